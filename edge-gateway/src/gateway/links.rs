//! Dials and links to channel servers.

use std::{collections::HashMap, rc::Rc};

use channel_object::platform::Message;
use gateway_core::gateway::{Input, Server};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::{JsValue, closure::Closure, prelude::wasm_bindgen};
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
    /// What the socket calls, for as long as the link is open.
    _listeners: Listeners,
}

/// The listeners of a link, taken away when this is dropped.
struct Listeners {
    stop: Function,
    _message: Closure<dyn FnMut(JsValue)>,
    _end: Closure<dyn FnMut()>,
}

// A panic of the module leaves the socket open with listeners that belong to no memory any more. Closing it then makes the
// channel server wake this gateway, which has to send its browsers away: nothing else would tell it that it forgot them.
#[wasm_bindgen(inline_js = "
export function listenToLink(socket, onMessage, onEnd) {
  const guarded = (listener) => (event) => {
    try {
      listener(event.data);
    } catch (error) {
      try { socket.close(1011, 'nobody listens'); } catch {}
      throw error;
    }
  };
  const listeners = { message: guarded(onMessage), close: guarded(onEnd), error: guarded(onEnd) };
  for (const event in listeners) socket.addEventListener(event, listeners[event]);
  return () => {
    for (const event in listeners) socket.removeEventListener(event, listeners[event]);
  };
}
")]
extern "C" {
    #[wasm_bindgen(js_name = listenToLink)]
    fn listen_to_link(
        socket: &web_sys::WebSocket,
        on_message: &Closure<dyn FnMut(JsValue)>,
        on_end: &Closure<dyn FnMut()>,
    ) -> Function;
}

impl Listeners {
    fn new(
        socket: &web_sys::WebSocket,
        message: Closure<dyn FnMut(JsValue)>,
        end: Closure<dyn FnMut()>,
    ) -> Self {
        Self {
            stop: listen_to_link(socket, &message, &end),
            _message: message,
            _end: end,
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        // It only takes listeners away, which does not fail.
        let _ = self.stop.call0(&JsValue::NULL);
    }
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
    let listeners = Listeners::new(
        raw,
        Closure::new({
            let shell = Rc::downgrade(shell);
            move |data: JsValue| {
                let Some(shell) = shell.upgrade() else { return };
                let bytes = Uint8Array::new(&data).to_vec();
                shell.handle(Input::LinkFrame {
                    server,
                    generation,
                    bytes: &bytes,
                });
            }
        }),
        Closure::new({
            let shell = Rc::downgrade(shell);
            move || {
                if let Some(shell) = shell.upgrade() {
                    lost(&shell, server, generation);
                }
            }
        }),
    );
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

fn lost(shell: &Rc<Shell>, server: Server, generation: u64) {
    let was_there = shell.links().borrow_mut().close(server, generation);
    if was_there {
        shell.handle(Input::LinkClosed { server, generation });
    }
}
