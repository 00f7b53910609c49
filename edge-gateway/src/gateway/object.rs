//! The object's events, and how they become inputs.

use std::rc::Rc;

use channel_object::census;
use gateway_core::{
    gateway::{Input, Server},
    open::{OPEN_HEADER, OpenGateway},
};
use protocol::{
    error::Refusal,
    frame::{PING, PONG, SUBPROTOCOL},
};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    DurableObject, Env, Request, Response, Result, State, WebSocketPair,
    WebSocketRequestResponsePair, console_error, durable_object, web_sys,
};

use crate::fault::Fault;

use super::{
    shell::Shell,
    sockets::{self, SOCKETS_MAX},
};

/// The query parameter with the number of the channel server that wakes a gateway.
const SERVER_PARAMETER: &str = "server";
const SUBPROTOCOLS_HEADER: &str = "sec-websocket-protocol";
/// How long a browser is to wait where there is no room for its socket, in milliseconds.
const FULL_RETRY_MS: u64 = 1_000;

/// A regional gateway, `region/slot`: holds the browsers' sockets of its users.
#[durable_object(fetch)]
pub struct Gateway {
    shell: Rc<Shell>,
}

impl DurableObject for Gateway {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = WebSocketRequestResponsePair::new(PING, PONG) {
            state.set_websocket_auto_response(&pair);
        }
        census::GATEWAYS.up();
        Self {
            shell: Shell::wake(state, env),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        match request.path().as_str() {
            "/socket" => open(&self.shell, &request).await,
            "/wake" => wake(&self.shell, request).await,
            _ => Response::error("not found", 404),
        }
    }
}

// Told by the Worker's entry script, without a promise.
#[wasm_bindgen]
impl Gateway {
    #[wasm_bindgen(js_name = webSocketText)]
    pub fn web_socket_text(&self, socket: &web_sys::WebSocket, text: &str) {
        if let Some(connection) = sockets::connection(socket) {
            self.shell.handle(Input::Frame { connection, text });
        }
    }

    #[wasm_bindgen(js_name = webSocketBinary)]
    pub fn web_socket_binary(&self, socket: &web_sys::WebSocket, frame: &[u8]) {
        if let Some(connection) = sockets::connection(socket) {
            self.shell.handle(Input::BinaryFrame {
                connection,
                bytes: frame.len(),
            });
        }
    }

    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, socket: &web_sys::WebSocket, _code: u16) {
        // Whoever is closed closes too. Closed already is closed too.
        let _ = socket.close_with_code_and_reason(1000, "");
        self.closed(socket);
    }

    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, socket: &web_sys::WebSocket, error: &str) {
        console_error!("a browser's socket broke: {error}");
        self.closed(socket);
    }
}

impl Gateway {
    fn closed(&self, socket: &web_sys::WebSocket) {
        if let Some(connection) = sockets::connection(socket) {
            self.shell.sockets().borrow_mut().remove(connection);
            self.shell.handle(Input::ConnectionClosed { connection });
        }
    }
}

/// The Worker hands a browser's socket on.
async fn open(shell: &Rc<Shell>, request: &Request) -> Result<Response> {
    let headers = request.headers();
    let open: Option<OpenGateway> = headers
        .get(OPEN_HEADER)?
        .and_then(|json| serde_json::from_str(&json).ok());
    let Some(OpenGateway { caller, .. }) = open else {
        return refused(&Refusal::invalid("nothing says who opens this socket"));
    };
    if shell.sockets().borrow().len() >= SOCKETS_MAX {
        return refused(&Refusal::overloaded(FULL_RETRY_MS));
    }
    if let Err(wait_ms) = shell.knock() {
        return refused(&Refusal::overloaded(wait_ms));
    }
    match shell.authenticate(&caller).await {
        Ok(Ok(_)) => {}
        Ok(Err(refusal)) => return refused(&refusal),
        Err(Fault::Platform(error)) => return Err(error),
        Err(_) => return refused(&Refusal::overloaded(FULL_RETRY_MS)),
    }
    let pair = WebSocketPair::new()?;
    shell.state().accept_web_socket(&pair.server);
    let connection = shell.sockets().borrow_mut().insert(&pair.server, &caller)?;
    shell.handle(Input::ConnectionOpened { connection, caller });
    let response = Response::from_websocket(pair.client)?;
    let offered = headers.get(SUBPROTOCOLS_HEADER)?.unwrap_or_default();
    if offered.split(',').any(|name| name.trim() == SUBPROTOCOL) {
        response.headers().set(SUBPROTOCOLS_HEADER, SUBPROTOCOL)?;
    }
    Ok(response)
}

/// A channel server has something for this gateway and no link to send it down.
async fn wake(shell: &Rc<Shell>, mut request: Request) -> Result<Response> {
    let url = request.url()?;
    let server = url
        .query_pairs()
        .find(|(name, _)| name == SERVER_PARAMETER)
        .and_then(|(_, number)| number.parse().ok());
    let Some(server) = server.map(Server) else {
        // To be awake is all that is wanted.
        return Response::empty();
    };
    let bytes = request.bytes().await?;
    Response::from_bytes(shell.woken(server, &bytes))
}

fn refused(refusal: &Refusal) -> Result<Response> {
    Ok(Response::ok(serde_json::to_string(refusal)?)?.with_status(refusal.code.status()))
}
