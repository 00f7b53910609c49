//! The rules of the edge, without I/O: the Worker's and the regional gateway's.
//!
//! | module | what it holds |
//! |---|---|
//! | [`route`] | what a method and a path ask for |
//! | [`credential`], [`session`], [`key`] | who asks: bearer or cookie, the token, the key that signs it |
//! | [`origin`], [`cookie`] | which page asks, and the cookie that its browser keeps |
//! | [`body`], [`form`], [`query`] | bodies and query strings, parsed and checked |
//! | [`secret`] | codes of invites and sign-in links |
//! | [`direct`], [`channel_list`] | the direct among some people, the list of channels |
//! | [`ask`] | which log a request is about, and whether it may be sent twice |
//! | [`open`] | what an object's socket is opened with |
//! | [`door`] | how many sockets are let in at a time |
//! | [`address`] | how often an address may try to get in |
//! | [`region`] | where a user's gateway stands |
//! | [`gateway`] | the regional gateway: browsers' sockets, links to channel servers |
//! | [`metrics`] | what whoever runs it is told, in numbers |
//! | [`settings`] | the Worker's variables |
//! | [`denial`] | a refusal as an HTTP answer |

pub mod address;
pub mod ask;
pub mod body;
pub mod channel_list;
pub mod cookie;
pub mod credential;
pub mod denial;
pub mod direct;
pub mod door;
pub mod form;
pub mod gateway;
pub mod key;
pub mod metrics;
pub mod open;
pub mod origin;
pub mod query;
pub mod region;
pub mod route;
pub mod secret;
pub mod session;
pub mod settings;
