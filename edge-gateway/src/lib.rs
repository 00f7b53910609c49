//! The Worker at the edge and the regional gateway.
//!
//! | module | what it holds |
//! |---|---|
//! | [`routes`] | the calls of `/api/v1`, one file a noun |
//! | [`inbound`], [`stream`], [`answer`], [`fault`] | a request on its way in, its body, its answer, and why it is not done |
//! | [`channel_servers`], [`time_limit`] | asking channel servers, never for long |
//! | [`doors`] | gateways that were full a moment ago |
//! | [`addresses`] | what addresses have asked of this isolate lately |
//! | [`ring_check`] | nobody serves on another ring than the data lies on |
//! | [`gateway`] | the regional gateway's object |
//! | [`environment`], [`random`] | variables, secrets and randomness of the platform |
//!
//! What a request means and who may do what is decided in `gateway-core` and by the channel servers.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the map is for readers of this crate; nothing links to a Worker"
)]

mod addresses;
mod answer;
mod channel_servers;
mod doors;
mod environment;
mod fault;
mod gateway;
mod inbound;
mod random;
mod ring_check;
mod routes;
mod stream;
mod time_limit;

pub use channel_object::{ChannelServer, RingKeeper};
pub use gateway::Gateway;

use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    routes::answer(request, env).await
}
