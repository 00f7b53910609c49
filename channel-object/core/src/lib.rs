//! The channel server's rules, without I/O: what stores, orders and broadcasts.
//!
//! [`ChannelServer`] takes an [`Input`] and the [`Moment`] it came, and gives [`Output`]s; its storage is [`sql::Sql`]. Dropping it
//! between two inputs and building it again from its storage and its sockets' attachments changes nothing that anyone sees.
//!
//! | module | what it holds |
//! |---|---|
//! | [`server`] | the server itself: inputs in, outputs out |
//! | [`io`] | inputs and outputs |
//! | `log` | a log: its place in the storage, its head, appending to it |
//! | `recent` | what was read from the storage, as long as it was used recently |
//! | `channel` | rules of channels and directs: members, messages, typing |
//! | `member` | who is in a channel, and what they may do |
//! | `message` | sending: once, in order |
//! | `change`, `reaction` | editing, deleting, reacting |
//! | `thread`, `mention` | what stands at a root, whom messages name |
//! | `ledger` | what a turn stores of messages, in few statements |
//! | `limits` | how often something may be done |
//! | `history` | pages of messages as they are now |
//! | `unread` | how many messages came after a read marker |
//! | `workspace`, `person` | rules of workspaces: people, invites, the directory |
//! | `user` | rules of a user's own log: memberships, sessions, read markers |
//! | `subscribe`, `recovery` | links, resume points, backlogs |
//! | `presence`, `watch`, `peer` | who is there, who is told, and for how long a silent gateway is believed |
//! | `socket` | single-channel sockets |
//! | `effect`, `outbox` | what a fact in one log means for another, delivered once and in order |
//! | `figures` | what the server holds and has done, in numbers |
//! | [`sql`], [`schema`] | the storage |

mod change;
mod channel;
mod command;
mod effect;
mod fault;
mod figures;
mod history;
pub mod io;
mod ledger;
mod limits;
mod link;
mod log;
mod member;
mod mention;
mod message;
mod outbox;
mod peer;
mod person;
mod presence;
mod reaction;
mod recent;
mod recovery;
pub mod schema;
pub mod server;
mod socket;
pub mod sql;
mod subscribe;
mod thread;
mod turn;
mod unread;
mod user;
mod wake;
mod watch;
mod workspace;

pub use io::{Input, LinkId, Moment, Output, SocketId};
pub use server::ChannelServer;
