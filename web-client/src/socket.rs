//! The WebSocket. Dropping it closes it, and nothing more is heard of it.

use client_core::{connection::Dial, input::Input};
use gloo::events::EventListener;
use protocol::frame::SUBPROTOCOL;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, Url, WebSocket};

use crate::dom::{Dispatch, window};

/// What a browser's page may close with: all is well.
const NORMAL: u16 = 1000;

/// An open or opening socket.
pub struct Socket {
    socket: WebSocket,
    _listeners: [EventListener; 3],
}

impl Socket {
    /// Opens a socket; `None` where the browser refuses the address, which is told as a close.
    pub fn open(dial: Dial, url: &str, dispatch: &Dispatch) -> Option<Self> {
        let socket = absolute(url)
            .and_then(|url| WebSocket::new_with_str(&url, SUBPROTOCOL))
            .ok()?;
        let opened = dispatch.clone();
        let heard = dispatch.clone();
        let closed = dispatch.clone();
        let listeners = [
            EventListener::new(&socket, "open", move |_| opened.input(Input::Opened(dial))),
            EventListener::new(&socket, "message", move |event| {
                let event: &MessageEvent = event.unchecked_ref();
                if let Some(frame) = event.data().as_string() {
                    heard.input(Input::Frame(dial, frame));
                }
            }),
            EventListener::new(&socket, "close", move |event| {
                let event: &CloseEvent = event.unchecked_ref();
                closed.input(Input::Closed {
                    dial,
                    code: event.code(),
                    reason: event.reason(),
                });
            }),
        ];
        Some(Self {
            socket,
            _listeners: listeners,
        })
    }

    /// Sends a text frame. On a socket that is not open this does nothing: its close is on the way.
    pub fn send(&self, frame: &str) {
        let _ = self.socket.send_with_str(frame);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.socket.close_with_code(NORMAL);
    }
}

/// A path or address as a WebSocket address of this origin, or of its own.
fn absolute(url: &str) -> Result<String, JsValue> {
    let url = Url::new_with_base(url, &window().location().href()?)?;
    match url.protocol().as_str() {
        "https:" => url.set_protocol("wss:"),
        "http:" => url.set_protocol("ws:"),
        _ => {}
    }
    Ok(url.href())
}
