//! Routes: one file a noun, one function a call.

mod boot;
mod channels;
mod development;
mod directs;
mod health;
mod invites;
mod members;
mod messages;
pub mod metrics;
mod sessions;
mod sign_in_links;
mod sockets;
mod users;
mod workspaces;

use gateway_core::route::{Call, Entry, Route};
use worker::{Env, Request, Response, Result};

use crate::{answer, fault::Fault, inbound::Inbound, ring_check, stream};

/// Answers a request.
pub async fn answer(request: Request, env: Env) -> Result<Response> {
    let route = Route::parse(&request.inner().method(), &request.path());
    metrics::requested();
    let came_in = Clone::clone(request.inner());
    let answer = match route {
        Ok(Route::Asset) => assets(request, &env).await,
        Ok(Route::Health) => answer::text(200, "ok").map_err(Fault::from),
        Ok(Route::Census) => development::census(&env),
        Ok(Route::Panic) => development::panic(&env),
        Ok(Route::Metrics) => metrics::metrics(&request, env).await,
        Ok(Route::Ready) => health::ready(&env).await,
        Ok(Route::Session) => sessions::state(request, env),
        Ok(Route::Entry(entry)) => enter(entry, request, env).await,
        Ok(Route::Api(call)) => serve(call, request, env).await,
        Err(none) => Err(none.into()),
    };
    stream::drain(&came_in).await;
    answer.or_else(Fault::answer)
}

/// Begins a session. Whoever asks has none, and may be a program, which sends no `Origin`.
async fn enter(entry: Entry, request: Request, env: Env) -> std::result::Result<Response, Fault> {
    let inbound = Inbound::new(request, env)?;
    ring_check::check(&inbound.env, inbound.settings.channel_servers).await?;
    inbound.check_not_foreign()?;
    inbound.check_entry()?;
    match entry {
        Entry::CreateWorkspace => workspaces::create(&inbound).await,
        Entry::AcceptInvite(code) => invites::accept(&inbound, code).await,
        Entry::AcceptSignInLink(code) => sign_in_links::accept(&inbound, code).await,
    }
}

/// Serves a call within a session. Whether that session is still alive each call asks the caller's own log, before anything
/// else or together with what it needs of that log anyway.
async fn serve(call: Call, request: Request, env: Env) -> std::result::Result<Response, Fault> {
    let inbound = Inbound::new(request, env)?;
    ring_check::check(&inbound.env, inbound.settings.channel_servers).await?;
    let caller = inbound.caller(call.needs_origin())?;
    let asking = caller.clone();
    let served = match call {
        Call::CreateInvite => invites::create(&inbound, caller).await,
        Call::CreateSignInLink => sign_in_links::create(&inbound, &caller).await,
        Call::SignOut => sessions::sign_out(&inbound, &caller).await,
        Call::Boot => boot::boot(&inbound, &caller).await,
        Call::UpdateMe => users::update_me(&inbound, caller).await,
        Call::Users => users::list(&inbound, caller).await,
        Call::UpdateUser(user) => users::update(&inbound, caller, user).await,
        Call::CreateChannel => channels::create(&inbound, caller).await,
        Call::Channels => channels::list(&inbound, &caller).await,
        Call::UpdateChannel(id) => channels::update(&inbound, caller, id).await,
        Call::Join(id) => members::join(&inbound, caller, id).await,
        Call::Leave(id) => members::leave(&inbound, caller, id).await,
        Call::Members(id) => members::list(&inbound, caller, id).await,
        Call::AddMember(id) => members::add(&inbound, caller, id).await,
        Call::RemoveMember(id, user) => members::remove(&inbound, caller, id, user).await,
        Call::CreateDirect => directs::create(&inbound, caller).await,
        Call::Send(id) => messages::send(&inbound, caller, id).await,
        Call::History(id) => messages::history(&inbound, caller, id).await,
        Call::ChannelSocket(id) => sockets::channel(&inbound, caller, id).await,
        Call::Socket => sockets::gateway(&inbound, caller).await,
    };
    served.map_err(|fault| inbound.behind_the_door(fault, &asking))
}

/// The web client's files, where the Worker was deployed with them.
async fn assets(request: Request, env: &Env) -> std::result::Result<Response, Fault> {
    match env.assets("ASSETS") {
        Ok(assets) => Ok(assets.fetch_request(request).await?),
        Err(_) => Err(gateway_core::route::NoRoute::Path.into()),
    }
}
