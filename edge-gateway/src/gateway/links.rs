//! Dials and links to channel servers.

use std::{collections::HashMap, rc::Rc};

use channel_object::platform::Message;
use gateway_core::gateway::{Input, Server};
use gloo::events::{EventListener, EventListenerOptions};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use worker::{
    Env, Error, Headers, Method, Request, RequestInit, WebSocket, console_error,
    wasm_bindgen_futures::spawn_local, web_sys,
};

use super::shell::Shell;
use crate::{fault::Fault, time_limit::within};

const CHANNEL_SERVER: &str = "CHANNEL_SERVER";
/// The close code of a link that is no longer needed.
const DONE: u16 = 1000;

/// Dials on their way and open links, one per channel server.
#[derive(Default)]
pub struct Links {
    links: HashMap<Server, Link>,
}

struct Link {
    generation: u64,
    /// `None` while the dial is on its way.
    open: Option<OpenLink>,
}

struct OpenLink {
    socket: WebSocket,
    /// Cancelled when they are dropped.
    _listeners: [EventListener; 3],
}

impl Links {
    /// Sends a frame up; `Err` where the link is gone.
    pub fn send(&self, server: Server, generation: u64, bytes: &[u8]) -> Result<(), LinkGone> {
        let open = self
            .links
            .get(&server)
            .filter(|link| link.generation == generation)
            .and_then(|link| link.open.as_ref())
            .ok_or(LinkGone)?;
        Message::binary(bytes)
            .send(&open.socket)
            .map_err(|_| LinkGone)
    }

    /// Forgets a link or dial and closes it; whether it was there.
    pub fn close(&mut self, server: Server, generation: u64) -> bool {
        if !self.has(server, generation) {
            return false;
        }
        if let Some(open) = self.links.remove(&server).and_then(|link| link.open) {
            // Closed already is closed too.
            let _ = open.socket.close(Some(DONE), Some(""));
        }
        true
    }

    fn has(&self, server: Server, generation: u64) -> bool {
        self.links
            .get(&server)
            .is_some_and(|link| link.generation == generation)
    }
}

/// There is no such link any more.
#[derive(Clone, Copy, Debug)]
pub struct LinkGone;

/// Dials a channel server: [`Input::LinkOpened`] or [`Input::LinkClosed`] follows.
pub fn dial(shell: &Rc<Shell>, server: Server, generation: u64) {
    let dialling = Link {
        generation,
        open: None,
    };
    shell.links().borrow_mut().links.insert(server, dialling);
    let shell = Rc::clone(shell);
    spawn_local(async move {
        let name = server.name();
        let dialled = within(&name, connect(shell.env(), &name, shell.name(), generation)).await;
        let opened = dialled.and_then(|socket| open(&shell, server, generation, socket));
        match opened {
            Ok(()) => shell.handle(Input::LinkOpened { server, generation }),
            Err(fault) => {
                if let Fault::Platform(error) = fault {
                    console_error!("{name} can't be dialled: {error}");
                }
                lost(&shell, server, generation);
            }
        }
    });
}

async fn connect(
    env: &Env,
    server: &str,
    gateway: &str,
    generation: u64,
) -> Result<WebSocket, Fault> {
    // A stub that has failed once fails for ever.
    let stub = env.durable_object(CHANNEL_SERVER)?.get_by_name(server)?;
    let headers = Headers::new();
    headers.set("upgrade", "websocket")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_headers(headers);
    let url = format!("https://do/link?gateway={gateway}&generation={generation}");
    let response = stub
        .fetch_with_request(Request::new_with_init(&url, &init)?)
        .await?;
    let status = response.status_code();
    let socket = response.websocket().ok_or_else(|| {
        Fault::Platform(Error::RustError(format!("{status} instead of a WebSocket")))
    })?;
    Ok(socket)
}

/// Begins to listen to a link; one that is no longer wanted is closed.
fn open(
    shell: &Rc<Shell>,
    server: Server,
    generation: u64,
    socket: WebSocket,
) -> Result<(), Fault> {
    let raw: &web_sys::WebSocket = socket.as_ref();
    raw.set_binary_type(web_sys::BinaryType::Arraybuffer);
    let listeners = [
        EventListener::new_with_options(raw, "message", active(), {
            let shell = Rc::downgrade(shell);
            move |event| {
                let Some(shell) = shell.upgrade() else { return };
                let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
                let bytes = Uint8Array::new(&data).to_vec();
                shell.handle(Input::LinkFrame {
                    server,
                    generation,
                    bytes: &bytes,
                });
            }
        }),
        ends(shell, server, generation, raw, "close"),
        ends(shell, server, generation, raw, "error"),
    ];
    socket.accept()?;
    let mut links = shell.links().borrow_mut();
    match links.links.get_mut(&server) {
        Some(link) if link.generation == generation => {
            link.open = Some(OpenLink {
                socket,
                _listeners: listeners,
            });
        }
        _ => {
            let _ = socket.close(Some(DONE), Some(""));
        }
    }
    Ok(())
}

fn ends(
    shell: &Rc<Shell>,
    server: Server,
    generation: u64,
    socket: &web_sys::WebSocket,
    event: &'static str,
) -> EventListener {
    let shell = Rc::downgrade(shell);
    EventListener::new_with_options(socket, event, active(), move |_| {
        if let Some(shell) = shell.upgrade() {
            lost(&shell, server, generation);
        }
    })
}

/// Listeners of a Worker cannot be passive, which gloo's are unless told otherwise.
fn active() -> EventListenerOptions {
    EventListenerOptions::enable_prevent_default()
}

fn lost(shell: &Rc<Shell>, server: Server, generation: u64) {
    let was_there = shell.links().borrow_mut().close(server, generation);
    if was_there {
        shell.handle(Input::LinkClosed { server, generation });
    }
}
