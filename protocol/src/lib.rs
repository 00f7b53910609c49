//! The wire: what browsers, gateways, channel servers and tools say to each other.
//!
//! | module | what it holds |
//! |---|---|
//! | [`id`] | ids of workspaces, users, channels and sessions; a [`id::LogId`] names whatever has a log |
//! | [`frame`] | a WebSocket frame as lines, the bare `ping` and `pong` |
//! | [`command`] | what a client may say on a socket, parsed once at the door |
//! | [`message`], [`history`] | a message that is sent, and pages of messages that are read |
//! | [`markdown`] | the text of a message as a tree |
//! | [`event`] | logged and transient events |
//! | [`presence`] | who is there: statuses, watching, the digest of a gateway's people |
//! | [`mod@line`] | what a server says: replies, events, sync marks |
//! | [`emoji`] | what people react with |
//! | [`permission`] | who may do what |
//! | [`error`], [`close`] | codes on the wire: refusals, problem documents, close codes |
//! | [`coalesce`] | lines of a turn, gathered into one frame a socket |
//! | [`flow`] | how far a reader is behind |
//! | [`api`] | bodies and answers of the HTTP calls |
//! | [`ring`], [`hash`] | which channel server owns a log |
//! | [`link`] | the records between a gateway and a channel server |
//! | [`call`] | what the Worker asks of a channel server, and channel servers of each other |
//! | [`limits`] | every number of the contract |
//! | [`figures`] | what a channel server holds and has done, in numbers |
//! | [`rate`], [`rates`] | how often something may be done, and by which variable |
//!
//! Nothing here does I/O, reads a clock or draws random numbers.

pub mod api;
pub mod call;
pub mod close;
pub mod coalesce;
pub mod command;
pub mod emoji;
pub mod error;
pub mod event;
pub mod figures;
pub mod flow;
pub mod frame;
pub mod hash;
pub mod history;
pub mod id;
pub mod limits;
pub mod line;
pub mod link;
pub mod markdown;
pub mod message;
pub mod permission;
pub mod presence;
pub mod rate;
pub mod rates;
pub mod ring;
