//! The regional gateway as a Durable Object: a thin shell around [`gateway_core::gateway`].
//!
//! | module | what it holds |
//! |---|---|
//! | [`object`] | the object's events, and how they become inputs |
//! | [`shell`] | the core; carries outputs out |
//! | [`sockets`] | the browsers' sockets and what their attachments say |
//! | [`keep`] | what a sleeping gateway has written down |
//! | [`links`] | dials and links to channel servers |
//!
//! | request of | what for |
//! |---|---|
//! | `https://do/socket`, an upgrade with the header [`gateway_core::open::OPEN_HEADER`] | the Worker hands a browser's socket on |
//! | `https://do/wake?server=n`, a `POST` of [`protocol::link::Down`] records | channel server `n` has something and no link; answered with [`protocol::link::Up`] records |

mod keep;
mod links;
#[allow(missing_docs, reason = "the macro makes public items without any")]
mod object;
mod shell;
mod sockets;

pub use object::Gateway;
