//! The browsers' sockets and what their attachments say.

use std::borrow::Cow;

use channel_object::{
    census,
    platform::{self, Message},
};
use gateway_core::{
    door::come_back_after_ms,
    gateway::{ConnectionId, Open},
};
use protocol::{
    api::{Caller, Role},
    close::{GO_AWAY, GoAway},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{WebSocket, web_sys};

/// Sockets of one object; the platform takes 32,768.
pub const SOCKETS_MAX: usize = 32_000;

/// What a socket is, kept with it as JSON, so that it outlives the object's memory.
#[derive(Serialize, Deserialize)]
struct Attachment<'a> {
    connection: u32,
    caller: Cow<'a, Caller>,
    /// Whether the client answers flow marks.
    flows: bool,
}

// One crossing a frame, not one a socket.
#[wasm_bindgen(inline_js = "
export function sendToAll(sockets, connections, message) {
  const failed = [];
  for (const connection of connections) {
    try {
      sockets.get(connection)?.send(message);
    } catch {
      failed.push(connection);
    }
  }
  return new Uint32Array(failed);
}
")]
extern "C" {
    #[wasm_bindgen(js_name = sendToAll)]
    fn send_to_all(sockets: &js_sys::Map, connections: &[u32], message: &JsValue) -> Vec<u32>;
}

/// The sockets of this life by their connections, kept on the side of JavaScript, which sends to many of them at a time.
#[derive(Debug, Default)]
pub struct Sockets {
    sockets: js_sys::Map,
    last: u32,
}

impl Sockets {
    /// Takes an accepted socket in.
    pub fn insert(&mut self, socket: &WebSocket, caller: &Caller) -> worker::Result<ConnectionId> {
        self.last = self.last.wrapping_add(1);
        let connection = ConnectionId(self.last);
        let attachment = Attachment {
            connection: connection.0,
            caller: Cow::Borrowed(caller),
            flows: false,
        };
        socket.serialize_attachment(serde_json::to_string(&attachment)?)?;
        platform::set_number(raw(socket), Some(connection.0));
        self.sockets.set(&connection.0.into(), raw(socket));
        Ok(connection)
    }

    /// Takes a socket in that outlived the object's memory, and gives whose it is.
    pub fn restore(&mut self, socket: &WebSocket) -> Option<Open> {
        let Attachment {
            connection,
            caller,
            flows,
        } = attachment(socket)?;
        platform::set_number(raw(socket), Some(connection));
        self.last = self.last.max(connection);
        self.sockets.set(&connection.into(), raw(socket));
        let connection = ConnectionId(connection);
        Some(Open {
            connection,
            caller: caller.into_owned(),
            flows,
        })
    }

    /// Writes with a socket that its client answers flow marks.
    pub fn set_flows(&self, connection: ConnectionId) -> worker::Result<()> {
        self.write(connection, |attachment| attachment.flows = true)
    }

    /// Writes with a socket what its user is in the workspace.
    pub fn set_role(&self, connection: ConnectionId, role: Role) -> worker::Result<()> {
        self.write(connection, |attachment| {
            attachment.caller.to_mut().role = role;
        })
    }

    fn write(
        &self,
        connection: ConnectionId,
        change: impl FnOnce(&mut Attachment<'static>),
    ) -> worker::Result<()> {
        let Some(socket) = self.find(connection) else {
            return Ok(());
        };
        if let Some(mut attachment) = attachment(&socket) {
            change(&mut attachment);
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
    pub fn find(&self, connection: ConnectionId) -> Option<WebSocket> {
        let socket = self.sockets.get(&connection.0.into());
        let socket: web_sys::WebSocket = socket.dyn_into().ok()?;
        Some(socket.into())
    }

    /// Forgets a socket and gives it.
    pub fn remove(&mut self, connection: ConnectionId) -> Option<WebSocket> {
        let socket = self.find(connection);
        self.sockets.delete(&connection.0.into());
        socket
    }

    /// Sends one message to many, and gives those whose sockets did not take it.
    pub fn send(&self, connections: &[ConnectionId], message: &Message) -> Vec<ConnectionId> {
        let numbers: Vec<u32> = connections.iter().map(|connection| connection.0).collect();
        census::BROWSER_FRAMES.add(u32::try_from(numbers.len()).unwrap_or(u32::MAX));
        let failed = send_to_all(&self.sockets, &numbers, message.as_js());
        failed.into_iter().map(ConnectionId).collect()
    }

    /// How many sockets are open.
    pub fn len(&self) -> usize {
        self.sockets.size().try_into().unwrap_or(usize::MAX)
    }
}

/// The connection of a socket that was opened in this life.
pub fn connection(socket: &web_sys::WebSocket) -> Option<ConnectionId> {
    platform::number_of(socket).map(ConnectionId)
}

/// Closes a socket of an earlier life, one of so many, so that its browser comes back with its cursors.
pub fn send_away(socket: &WebSocket, together: usize) {
    // A socket outlives a reset of the wasm instance with its properties.
    platform::set_number(raw(socket), None);
    let _ = socket.serialize_attachment(());
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 random bits"
    )]
    let number = (js_sys::Math::random() * 4_294_967_296.0) as u64;
    let retry_after_ms = come_back_after_ms(number, together);
    let reason = GoAway { retry_after_ms }.to_reason();
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
