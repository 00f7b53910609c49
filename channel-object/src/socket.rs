//! Accepted sockets and what their attachments say.

use std::collections::HashMap;

use protocol::call::OpenSocket;
use serde::{Deserialize, Serialize};
use worker::WebSocket;

use crate::platform;

/// What an accepted socket is; kept with it as JSON, so that it outlives the object's memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The socket's number in this object.
    pub id: u32,
    /// What it is.
    pub role: SocketRole,
}

/// What an accepted socket is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketRole {
    /// The link of the gateway with this name.
    Link(String),
    /// A single-channel socket.
    Channel(OpenSocket),
    /// One that this side has closed. Until the other side has closed it too, the platform gives it to whoever wakes up next, who
    /// must not take it for an open one.
    Closing,
}

/// The sockets of an object by their numbers.
#[derive(Debug, Default)]
pub struct SocketTable {
    sockets: HashMap<u32, (WebSocket, SocketKind)>,
    last: u32,
}

/// Whether a socket is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// It is one.
    Link,
    /// It is a single-channel socket.
    Channel,
}

impl SocketRole {
    fn kind(&self) -> Option<SocketKind> {
        match self {
            Self::Link(_) => Some(SocketKind::Link),
            Self::Channel(_) => Some(SocketKind::Channel),
            Self::Closing => None,
        }
    }
}

impl SocketTable {
    /// A number that no socket of this object has.
    pub fn next_number(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }

    /// Takes a socket in with what it is.
    pub fn insert(&mut self, socket: WebSocket, attachment: &Attachment) -> worker::Result<()> {
        let json = serde_json::to_string(attachment)?;
        socket.serialize_attachment(json)?;
        self.remember(socket, attachment);
        Ok(())
    }

    /// Takes a socket in that outlived the object's memory, and gives what it is.
    pub fn restore(&mut self, socket: WebSocket) -> Option<Attachment> {
        let attachment = attachment(&socket)?;
        self.last = self.last.max(attachment.id);
        self.remember(socket, &attachment);
        Some(attachment)
    }

    fn remember(&mut self, socket: WebSocket, attachment: &Attachment) {
        platform::set_number(socket.as_ref(), Some(attachment.id));
        if let Some(kind) = attachment.role.kind() {
            self.sockets.insert(attachment.id, (socket, kind));
        }
    }

    /// The socket with this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&WebSocket> {
        self.sockets.get(&number).map(|(socket, _)| socket)
    }

    /// What kind of socket has this number.
    #[must_use]
    pub fn kind(&self, number: u32) -> Option<SocketKind> {
        self.sockets.get(&number).map(|(_, kind)| *kind)
    }

    /// Forgets a socket.
    pub fn remove(&mut self, number: u32) -> Option<SocketKind> {
        self.sockets.remove(&number).map(|(_, kind)| kind)
    }

    /// How many sockets are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sockets.len()
    }

    /// How many of a kind are open.
    #[must_use]
    pub fn count(&self, kind: SocketKind) -> usize {
        let kinds = self.sockets.values().map(|(_, kind)| *kind);
        kinds.filter(|other| *other == kind).count()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sockets.is_empty()
    }
}

/// The number of a socket that an event came from.
#[must_use]
pub fn number(socket: &web_sys::WebSocket) -> Option<u32> {
    let by_attachment = || Some(attachment(&socket.clone().into())?.id);
    platform::number_of(socket).or_else(by_attachment)
}

fn attachment(socket: &WebSocket) -> Option<Attachment> {
    let json: String = socket.deserialize_attachment().ok()??;
    serde_json::from_str(&json).ok()
}
