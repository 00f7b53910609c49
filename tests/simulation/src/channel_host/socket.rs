//! Accepted sockets, which outlive the memory of their object.

use protocol::call::OpenSocket;

use super::{ChannelHost, Turn};
use crate::{
    action::Action,
    wire::{Parcel, Post, Side, WireId},
};

/// An accepted socket with its attachment.
#[derive(Clone, Debug)]
pub(super) struct Accepted {
    pub wire: WireId,
    pub role: Role,
    /// Whether this side has closed it: its attachment is gone.
    pub is_closing: bool,
}

impl Accepted {
    pub fn new(wire: WireId, role: Role) -> Self {
        Self {
            wire,
            role,
            is_closing: false,
        }
    }
}

/// What an accepted socket is.
#[derive(Clone, Debug)]
pub(super) enum Role {
    Link(String),
    Channel(OpenSocket),
}

impl ChannelHost {
    /// Whether the socket of this number is this connection.
    #[must_use]
    pub fn has(&self, number: u32, wire: WireId) -> bool {
        self.sockets
            .get(&number)
            .is_some_and(|accepted| accepted.wire == wire)
    }

    /// Whether a socket that this life knows is a link.
    pub(super) fn is_link(&self, number: u32) -> Option<bool> {
        if self.unknown.contains(&number) {
            return None;
        }
        let accepted = self.sockets.get(&number)?;
        Some(matches!(accepted.role, Role::Link(_)))
    }

    pub(super) fn next_socket(&mut self) -> u32 {
        self.last_socket += 1;
        self.last_socket
    }

    pub(super) fn post(&self, number: u32) -> Post {
        Post::ServerSocket {
            server: self.number,
            number,
        }
    }

    pub(super) fn send(&self, number: u32, parcel: &Parcel, turn: &mut Turn) {
        if let Some(accepted) = self.sockets.get(&number) {
            turn.actions.push(Action::Send {
                wire: accepted.wire,
                from: Side::Acceptor,
                parcel: parcel.clone(),
            });
        }
    }

    pub(super) fn close(&mut self, number: u32, code: u16, reason: &str, turn: &mut Turn) {
        if let Some(accepted) = self.sockets.get_mut(&number) {
            accepted.is_closing = true;
            let close = Action::close(accepted.wire, Side::Acceptor, code, reason);
            turn.actions.push(close);
        }
    }
}
