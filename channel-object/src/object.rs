//! The object's events, and how they become inputs.

use std::{cell::RefCell, rc::Rc, time::Duration};

use channel_core::{Input, LinkId, Output, SocketId};
use protocol::{
    call::{OpenSocket, Outcome},
    error::Refusal,
    frame::{PING, PONG, SUBPROTOCOL},
};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::{
    Delay, DurableObject, Env, Request, Response, Result, State, WebSocketPair,
    WebSocketRequestResponsePair, console_error, durable_object,
};

use crate::{
    census,
    shell::Shell,
    socket::{Attachment, SocketKind, SocketRole, number},
};

/// How long the asker of a request waits for its effects on other servers, in milliseconds.
const EFFECTS_PATIENCE_MS: u64 = 2_000;
/// Sockets of one object; the platform takes 32,768.
const SOCKETS_MAX: usize = 32_000;
/// What opens a socket: the JSON of an [`OpenSocket`], from the Worker alone.
const OPEN_HEADER: &str = "heliograph-open";
/// The query parameter that names the gateway which dials.
const GATEWAY_PARAMETER: &str = "gateway";

/// A channel server, `cs-0` … : stores, orders and broadcasts the logs that the ring gives it.
#[durable_object(alarm)]
pub struct ChannelServer {
    shell: RefCell<std::result::Result<Rc<Shell>, String>>,
}

impl ChannelServer {
    fn shell(&self) -> Option<Rc<Shell>> {
        match &*self.shell.borrow() {
            Ok(shell) => Some(Rc::clone(shell)),
            Err(error) => {
                console_error!("{error}");
                None
            }
        }
    }
}

impl DurableObject for ChannelServer {
    fn new(state: State, env: Env) -> Self {
        if let Ok(pair) = WebSocketRequestResponsePair::new(PING, PONG) {
            state.set_websocket_auto_response(&pair);
        }
        census::CHANNEL_SERVERS.up();
        Self {
            shell: RefCell::new(Shell::wake(state, env)),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let Some(shell) = self.shell() else {
            return Response::error("this channel server has no storage", 500);
        };
        match request.path().as_str() {
            "/request" => {
                let Ok(asked) = serde_json::from_str(&request.text().await?) else {
                    return outcome(&Err(Refusal::invalid("not a request")));
                };
                let patience = Delay::from(Duration::from_millis(EFFECTS_PATIENCE_MS));
                match shell.ask(asked, patience).await {
                    Some(answer) => outcome(&answer),
                    None => Response::error("no answer", 500),
                }
            }
            "/figures" => match shell.figures() {
                Ok(figures) => Response::ok(serde_json::to_string(&figures)?),
                Err(error) => {
                    console_error!("{error}");
                    Response::error("no figures", 500)
                }
            },
            "/link" => open_link(&shell, &request),
            "/socket" => open_socket(&shell, &request),
            _ => Response::error("not found", 404),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        if let Some(shell) = self.shell() {
            shell.handle(Input::Alarm);
        }
        Response::empty()
    }
}

// Told by the Worker's entry script, without a promise.
#[wasm_bindgen]
impl ChannelServer {
    #[wasm_bindgen(js_name = webSocketText)]
    pub fn web_socket_text(&self, socket: &web_sys::WebSocket, frame: &str) {
        if let Some((shell, number, SocketKind::Channel)) = self.socket(socket) {
            shell.handle(Input::SocketFrame {
                socket: SocketId(number),
                frame,
            });
            shell.watch_storage();
        }
    }

    #[wasm_bindgen(js_name = webSocketBinary)]
    pub fn web_socket_binary(&self, socket: &web_sys::WebSocket, frame: &[u8]) {
        match self.socket(socket) {
            Some((shell, number, SocketKind::Link)) => {
                census::LINK_FRAMES.up();
                shell.link_frame(LinkId(number), frame);
            }
            Some((shell, number, SocketKind::Channel)) => {
                shell.handle(Input::SocketBinary {
                    socket: SocketId(number),
                });
            }
            None => {}
        }
    }

    #[wasm_bindgen(js_name = webSocketClose)]
    pub fn web_socket_close(&self, socket: &web_sys::WebSocket, code: u16) {
        // Whoever is closed closes too, or the other side stays pinned for a while. Closed already is closed too.
        let _ = socket.close_with_code_and_reason(1000, "");
        self.closed(socket, code == 1000);
    }

    #[wasm_bindgen(js_name = webSocketError)]
    pub fn web_socket_error(&self, socket: &web_sys::WebSocket, error: &str) {
        console_error!("a socket broke: {error}");
        self.closed(socket, false);
    }
}

impl ChannelServer {
    /// An open socket's number and kind.
    fn socket(&self, socket: &web_sys::WebSocket) -> Option<(Rc<Shell>, u32, SocketKind)> {
        let (shell, number) = (self.shell()?, number(socket)?);
        let kind = shell.sockets().borrow().kind(number)?;
        Some((shell, number, kind))
    }

    fn closed(&self, socket: &web_sys::WebSocket, clean: bool) {
        let Some(shell) = self.shell() else { return };
        match shell.forget(socket) {
            Some((number, SocketKind::Link)) => shell.handle(Input::LinkClosed {
                link: LinkId(number),
                clean,
            }),
            Some((number, SocketKind::Channel)) => shell.handle(Input::SocketClosed {
                socket: SocketId(number),
            }),
            None => {}
        }
    }
}

fn outcome(outcome: &Outcome) -> Result<Response> {
    Response::ok(serde_json::to_string(outcome)?)
}

/// A gateway dials.
fn open_link(shell: &Rc<Shell>, request: &Request) -> Result<Response> {
    let url = request.url()?;
    let gateway = url
        .query_pairs()
        .find(|(name, _)| name == GATEWAY_PARAMETER)
        .map(|(_, value)| value.into_owned());
    let Some(gateway) = gateway else {
        return Response::error("which gateway?", 400);
    };
    let pair = WebSocketPair::new()?;
    let number = accept(shell, &pair, SocketRole::Link(gateway.clone()))?;
    shell.handle(Input::LinkOpened {
        link: LinkId(number),
        gateway: &gateway,
    });
    Response::from_websocket(pair.client)
}

/// The Worker passes a single-channel socket on.
fn open_socket(shell: &Rc<Shell>, request: &Request) -> Result<Response> {
    let open: Option<OpenSocket> = request
        .headers()
        .get(OPEN_HEADER)?
        .and_then(|json| serde_json::from_str(&json).ok());
    let Some(open) = open else {
        return refused(&Refusal::invalid("nothing says who opens this socket"));
    };
    if shell.sockets().borrow().len() >= SOCKETS_MAX {
        return refused(&Refusal::overloaded(1_000));
    }
    let number = shell.sockets().borrow_mut().next_number();
    let outputs = shell.decide(Input::SocketOpened {
        socket: SocketId(number),
        open: open.clone(),
    });
    for output in &outputs {
        if let Output::RefuseSocket { refusal, .. } = output {
            return refused(refusal);
        }
    }
    let pair = WebSocketPair::new()?;
    accept_as(shell, &pair, number, SocketRole::Channel(open))?;
    shell.carry_out(outputs);
    let response = Response::from_websocket(pair.client)?;
    if request.headers().get("sec-websocket-protocol")?.is_some() {
        response
            .headers()
            .set("sec-websocket-protocol", SUBPROTOCOL)?;
    }
    Ok(response)
}

fn accept(shell: &Rc<Shell>, pair: &WebSocketPair, role: SocketRole) -> Result<u32> {
    let number = shell.sockets().borrow_mut().next_number();
    accept_as(shell, pair, number, role)?;
    Ok(number)
}

fn accept_as(shell: &Rc<Shell>, pair: &WebSocketPair, number: u32, role: SocketRole) -> Result<()> {
    shell.state().accept_web_socket(&pair.server);
    let attachment = Attachment { id: number, role };
    shell
        .sockets()
        .borrow_mut()
        .insert(pair.server.clone(), &attachment)
}

fn refused(refusal: &Refusal) -> Result<Response> {
    Ok(Response::ok(serde_json::to_string(refusal)?)?.with_status(refusal.code.status()))
}
