//! The browsers' sockets and what their attachments say.

use std::{borrow::Cow, collections::HashMap};

use gateway_core::gateway::{ConnectionId, Open};
use js_sys::Reflect;
use protocol::{
    api::Caller,
    close::{GO_AWAY, GoAway},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{WebSocket, web_sys};

/// Sockets of one object; the platform takes 32,768.
pub const SOCKETS_MAX: usize = 32_000;
/// Browsers that are sent away together come back over this time, in milliseconds.
const COME_BACK_WITHIN_MS: f64 = 1_000.0;
/// The property under which a socket carries its connection, in this life only.
const CONNECTION: &str = "heliographConnection";

/// What a socket is, kept with it as JSON, so that it outlives the object's memory.
#[derive(Serialize, Deserialize)]
struct Attachment<'a> {
    connection: u32,
    caller: Cow<'a, Caller>,
    /// Whether the client answers flow marks.
    flows: bool,
}

/// The sockets of this life by their connections.
#[derive(Debug, Default)]
pub struct Sockets {
    sockets: HashMap<ConnectionId, WebSocket>,
    last: u32,
}

impl Sockets {
    /// Takes an accepted socket in.
    pub fn insert(&mut self, socket: WebSocket, caller: &Caller) -> worker::Result<ConnectionId> {
        self.last = self.last.wrapping_add(1);
        let connection = ConnectionId(self.last);
        let attachment = Attachment {
            connection: connection.0,
            caller: Cow::Borrowed(caller),
            flows: false,
        };
        socket.serialize_attachment(serde_json::to_string(&attachment)?)?;
        Reflect::set(raw(&socket), &CONNECTION.into(), &connection.0.into())?;
        self.sockets.insert(connection, socket);
        Ok(connection)
    }

    /// Takes a socket in that outlived the object's memory, and gives whose it is.
    pub fn restore(&mut self, socket: WebSocket) -> Option<Open> {
        let Attachment {
            connection,
            caller,
            flows,
        } = attachment(&socket)?;
        Reflect::set(raw(&socket), &CONNECTION.into(), &connection.into()).ok()?;
        self.last = self.last.max(connection);
        let connection = ConnectionId(connection);
        self.sockets.insert(connection, socket);
        Some(Open {
            connection,
            caller: caller.into_owned(),
            flows,
        })
    }

    /// Writes with a socket that its client answers flow marks.
    pub fn set_flows(&self, connection: ConnectionId) -> worker::Result<()> {
        let Some(socket) = self.find(connection) else {
            return Ok(());
        };
        if let Some(attachment) = attachment(socket) {
            let attachment = Attachment {
                flows: true,
                ..attachment
            };
            socket.serialize_attachment(serde_json::to_string(&attachment)?)?;
        }
        Ok(())
    }

    /// The highest number that a connection has had.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// No connection gets a number up to this one any more.
    pub fn number_after(&mut self, last: u32) {
        self.last = self.last.max(last);
    }

    /// The socket of a connection.
    pub fn find(&self, connection: ConnectionId) -> Option<&WebSocket> {
        self.sockets.get(&connection)
    }

    /// Forgets a socket and gives it.
    pub fn remove(&mut self, connection: ConnectionId) -> Option<WebSocket> {
        self.sockets.remove(&connection)
    }

    /// How many sockets are open.
    pub fn len(&self) -> usize {
        self.sockets.len()
    }
}

/// The connection of a socket that was opened in this life.
pub fn connection(socket: &WebSocket) -> Option<ConnectionId> {
    let number = Reflect::get(raw(socket), &JsValue::from_str(CONNECTION))
        .ok()?
        .as_f64()?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was set from a u32"
    )]
    Some(ConnectionId(number as u32))
}

/// Closes a socket of an earlier life, so that its browser comes back with its cursors.
pub fn send_away(socket: &WebSocket) {
    // A socket outlives a reset of the wasm instance with its properties.
    let _ = Reflect::set(raw(socket), &CONNECTION.into(), &JsValue::UNDEFINED);
    let _ = socket.serialize_attachment(());
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a fraction of a second in milliseconds"
    )]
    let retry_after_ms = (js_sys::Math::random() * COME_BACK_WITHIN_MS) as u64;
    let reason = serde_json::to_string(&GoAway { retry_after_ms }).unwrap_or_default();
    // Closed already is closed too.
    let _ = socket.close(Some(GO_AWAY), Some(reason));
}

fn attachment(socket: &WebSocket) -> Option<Attachment<'static>> {
    let json: String = socket.deserialize_attachment().ok()??;
    serde_json::from_str(&json).ok()
}

fn raw(socket: &WebSocket) -> &web_sys::WebSocket {
    socket.as_ref()
}
