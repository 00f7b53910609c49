//! The regional gateway as a Durable Object: a thin shell around [`gateway_core::gateway`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`object`] | the object's events, and how they become inputs |
//! | [`shell`] | the core; carries outputs out |
//! | [`sockets`] | the browsers' sockets and what their attachments say |
//! | [`links`] | dials and links to channel servers |
//!
//! | request of | what for |
//! |---|---|
//! | `https://do/socket`, an upgrade with the header [`gateway_core::open::OPEN_HEADER`] | the Worker hands a browser's socket on |
//! | `https://do/wake` | a channel server has lost its link; being awake is all that is wanted |

mod links;
#[allow(missing_docs, reason = "the macro makes public items without any")]
mod object;
mod shell;
mod sockets;

pub use object::Gateway;
