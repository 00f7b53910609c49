//! The channel server as a Durable Object: a thin shell around [`channel_core`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`object`] | the object's events, and how they become inputs |
//! | [`shell`] | the core with its sockets; carries outputs out |
//! | [`socket`] | accepted sockets and what their attachments say |
//! | [`storage`] | the object's `SQLite` as the core's storage |
//! | [`platform`] | what the platform offers and the `worker` crate does not |
//! | [`ring_keeper`] | remembers which ring the data lies on |
//! | [`peer`] | requests to other objects |
//! | [`census`] | what the isolate has had to do, for tests and benchmarks |

pub mod census;
#[allow(missing_docs, reason = "the macro makes public items without any")]
pub mod object;
pub mod peer;
pub mod platform;
#[allow(missing_docs, reason = "the macro makes public items without any")]
pub mod ring_keeper;
pub mod shell;
pub mod socket;
pub mod storage;

pub use object::ChannelServer;
pub use ring_keeper::RingKeeper;
