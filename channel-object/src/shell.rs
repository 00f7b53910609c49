//! The core with its sockets; carries outputs out.

use std::{
    cell::{Cell, OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use channel_core::{ChannelServer, Input, LinkId, Moment, Output, SocketId, sql::SqlError};
use futures_channel::oneshot;
use js_sys::Uint8Array;
use protocol::{
    call::{Delivery, Outcome, Request},
    figures::{DoneFigures, ServerFigures},
    hash::mix64,
    rates::Rates,
    ring::{Ring, server_name, server_number},
};
use wasm_bindgen::{JsValue, closure::Closure};
use worker::{Env, State, console_error};

use crate::{
    census, peer,
    platform::{self, Message, now_ms},
    socket::{Attachment, SocketKind, SocketRole, SocketTable},
    storage::Storage,
};

/// How many channel servers there are where nothing else is said.
const CHANNEL_SERVERS_DEFAULT: u32 = 16;

/// A channel server that is awake.
pub struct Shell {
    state: State,
    env: Env,
    number: u32,
    core: RefCell<ChannelServer<Storage>>,
    sockets: RefCell<SocketTable>,
    waiting: RefCell<HashMap<u64, oneshot::Sender<Outcome>>>,
    requests: Cell<u64>,
    /// Whether what was stored is not durable yet; until then frames gather.
    is_storing: Cell<bool>,
    on_stored: OnceCell<Closure<dyn FnMut(JsValue)>>,
    queued: RefCell<Vec<(LinkId, Vec<u8>)>>,
    /// Since when something that was stored has not been durable, as far as it is watched.
    unstored_since_ms: Cell<Option<u64>>,
    on_watched: OnceCell<Closure<dyn FnMut(JsValue)>>,
    /// Where this life's random bits begin, and how many were drawn.
    seed: u128,
    draws: Cell<u64>,
}

impl Shell {
    /// Wakes a channel server up: from its storage and the sockets that outlived its memory.
    pub fn wake(state: State, env: Env) -> Result<Rc<Self>, String> {
        let name = state.id().name().unwrap_or_default();
        let number = server_number(&name).ok_or(format!("{name:?} is no channel server"))?;
        let servers = env
            .var("CHANNEL_SERVERS")
            .ok()
            .and_then(|count| count.to_string().parse().ok())
            .unwrap_or(CHANNEL_SERVERS_DEFAULT);
        let storage = Storage::new(&state).map_err(|error| error.to_string())?;
        // The Worker lets nobody through where one of them is wrong.
        let rates = Rates::parse(&|name| env.var(name).ok().map(|text| text.to_string()));
        let core = ChannelServer::new(storage, Rc::new(Ring::new(1, servers)), number)
            .map_err(|error| error.to_string())?
            .with_rates(rates.unwrap_or_default());
        let shell = Rc::new(Self {
            seed: seed(),
            draws: Cell::new(0),
            core: RefCell::new(core),
            sockets: RefCell::default(),
            waiting: RefCell::default(),
            requests: Cell::new(0),
            is_storing: Cell::new(false),
            on_stored: OnceCell::new(),
            queued: RefCell::default(),
            unstored_since_ms: Cell::new(None),
            on_watched: OnceCell::new(),
            number,
            env,
            state,
        });
        for socket in shell.state.get_websockets() {
            let restored = shell.sockets.borrow_mut().restore(socket);
            match restored {
                Some(Attachment {
                    id,
                    role: SocketRole::Link(gateway),
                }) => {
                    shell.handle(Input::LinkRestored {
                        link: LinkId(id),
                        gateway: &gateway,
                    });
                }
                Some(Attachment {
                    id,
                    role: SocketRole::Channel(open),
                }) => {
                    shell.handle(Input::SocketRestored {
                        socket: SocketId(id),
                        open,
                    });
                }
                Some(Attachment {
                    role: SocketRole::Closing,
                    ..
                }) => {}
                None => console_error!("a socket without an attachment"),
            }
        }
        Ok(shell)
    }

    /// The object's state.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The sockets.
    #[must_use]
    pub fn sockets(&self) -> &RefCell<SocketTable> {
        &self.sockets
    }

    /// Takes a frame of a gateway in: at once, or with all others that come while the last ones are being stored. So they share
    /// one commit, and one frame to each gateway.
    pub fn link_frame(self: &Rc<Self>, link: LinkId, frame: &[u8]) {
        if self.is_storing.get() {
            self.queued.borrow_mut().push((link, frame.to_vec()));
            return;
        }
        self.handle(Input::LinkFrame { link, frame });
        self.await_storage();
    }

    /// Has frames gather until what was stored is durable.
    fn await_storage(self: &Rc<Self>) {
        let Ok(stored) = platform::stored(&self.state) else {
            return;
        };
        let then = self.on_stored.get_or_init(|| {
            let shell = Rc::downgrade(self);
            Closure::new(move |_| {
                if let Some(shell) = shell.upgrade() {
                    shell.storage_is_ready();
                }
            })
        });
        self.is_storing.set(true);
        // A write that failed resets the object, whichever way this ends.
        let _ = stored.then2(then, then);
    }

    fn storage_is_ready(self: &Rc<Self>) {
        self.is_storing.set(false);
        let frames = self.queued.take();
        if !frames.is_empty() {
            self.handle(Input::LinkFrames { frames: &frames });
            self.await_storage();
        }
    }

    /// Takes note of how long it takes until what has just been stored is durable.
    pub fn watch_storage(self: &Rc<Self>) {
        if self.unstored_since_ms.get().is_some() {
            return;
        }
        let Ok(stored) = platform::stored(&self.state) else {
            return;
        };
        let then = self.on_watched.get_or_init(|| {
            let shell = Rc::downgrade(self);
            Closure::new(move |_| {
                if let Some(shell) = shell.upgrade() {
                    shell.unstored_since_ms.set(None);
                }
            })
        });
        self.unstored_since_ms.set(Some(now_ms()));
        let _ = stored.then2(then, then);
    }

    /// Gives an input to the core and carries out what comes of it.
    pub fn handle(self: &Rc<Self>, input: Input<'_>) {
        let outputs = self.decide(input);
        self.carry_out(outputs);
    }

    /// Gives an input to the core.
    pub fn decide(&self, input: Input<'_>) -> Vec<Output> {
        let now_ms = now_ms();
        let since_ms = self.unstored_since_ms.get();
        let at = Moment {
            now_ms,
            random: self.random(),
            unstored_ms: since_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms)),
        };
        let mut core = self.core.borrow_mut();
        let outputs = core.handle(input, at);
        census::READS.add(core.take_reads());
        census::server_did(self.number, core.take_done());
        outputs
    }

    /// Carries out what the core decided, in one synchronous turn with what it stored.
    pub fn carry_out(self: &Rc<Self>, outputs: Vec<Output>) {
        let mut judged = Vec::new();
        for output in outputs {
            match output {
                Output::Answer { id, outcome } => {
                    if let Some(waiting) = self.waiting.borrow_mut().remove(&id) {
                        // Whoever asked may be gone.
                        let _ = waiting.send(outcome);
                    }
                }
                Output::LinkFrame { link, frame } => {
                    self.send(&[link.0], &Message::binary(&frame));
                }
                Output::SocketFrame { sockets, frame } => {
                    let numbers: Vec<u32> = sockets.iter().map(|socket| socket.0).collect();
                    self.send(&numbers, &Message::text(&frame));
                }
                Output::CloseLink { link } => self.close(link.0, 1000, "replaced"),
                Output::CloseSocket {
                    socket,
                    code,
                    reason,
                } => self.close(socket.0, code, &reason),
                Output::Judge { sockets } => judged.extend(sockets),
                // Whoever opens a socket looks for this one before anything is carried out.
                Output::RefuseSocket { .. } => {}
                Output::Deliver { server, deliveries } => self.deliver(server, deliveries),
                Output::WakeGateway { id, gateway, frame } => self.wake_gateway(id, gateway, frame),
                Output::SetAlarm { at_ms } => {
                    if let Err(error) = platform::set_alarm(&self.state, at_ms) {
                        console_error!("the alarm can't be set: {error:?}");
                    }
                }
                Output::ClearAlarm => {
                    if let Err(error) = platform::clear_alarm(&self.state) {
                        console_error!("the alarm can't be cleared: {error:?}");
                    }
                }
                Output::Abort { reason } => {
                    console_error!("{reason}");
                    platform::abort(&self.state, &reason);
                }
            }
        }
        if !judged.is_empty() {
            let heard = judged
                .into_iter()
                .map(|socket| (socket, self.pinged_ms(socket)))
                .collect();
            self.handle(Input::SocketsHeard { heard });
        }
    }

    /// When the platform last answered a ping of a socket, in milliseconds since the epoch.
    fn pinged_ms(&self, socket: SocketId) -> Option<u64> {
        let sockets = self.sockets.borrow();
        platform::answered_ping_ms(&self.state, sockets.get(socket.0)?)
    }

    /// Asks the core and waits for the answer; after `patience` no longer for its effects elsewhere.
    pub async fn ask(
        self: &Rc<Self>,
        request: Request,
        patience: impl Future<Output = ()>,
    ) -> Option<Outcome> {
        let id = self.requests.get() + 1;
        self.requests.set(id);
        let (sender, mut receiver) = oneshot::channel();
        self.waiting.borrow_mut().insert(id, sender);
        self.handle(Input::Request { id, request });
        self.watch_storage();
        if let Ok(Some(outcome)) = receiver.try_recv() {
            return Some(outcome);
        }
        let patience = std::pin::pin!(patience);
        match futures_util::future::select(receiver, patience).await {
            futures_util::future::Either::Left((outcome, _)) => outcome.ok(),
            futures_util::future::Either::Right(((), receiver)) => {
                self.handle(Input::Hasten { id });
                receiver.await.ok()
            }
        }
    }

    /// What this server holds and has done.
    pub fn figures(&self) -> Result<ServerFigures, SqlError> {
        let stored = self.core.borrow_mut().stored()?;
        let sockets = self.sockets.borrow();
        let count = |kind| u64::try_from(sockets.count(kind)).unwrap_or(u64::MAX);
        Ok(ServerFigures {
            stored,
            done: census::done_by(self.number),
            database_bytes: platform::database_bytes(&self.state),
            links: count(SocketKind::Link),
            sockets: count(SocketKind::Channel),
        })
    }

    fn send(self: &Rc<Self>, numbers: &[u32], message: &Message) {
        let frames = DoneFigures {
            frames: u64::try_from(numbers.len()).unwrap_or(u64::MAX),
            ..DoneFigures::default()
        };
        census::server_did(self.number, frames);
        let sockets = self.sockets.borrow();
        for number in numbers {
            if let Some(socket) = sockets.get(*number)
                && let Err(error) = message.send(socket)
            {
                // Its close event is on its way or was missed: closing it brings one.
                console_error!("socket {number}: {error:?}");
                let _ = socket.close(Some(1011), Some("send failed"));
            }
        }
    }

    fn close(&self, number: u32, code: u16, reason: &str) {
        let socket = self.sockets.borrow().get(number).cloned();
        if let Some(socket) = socket {
            let closing = Attachment {
                id: number,
                role: SocketRole::Closing,
            };
            if let Ok(json) = serde_json::to_string(&closing) {
                // One that is closed already is given to nobody.
                let _ = socket.serialize_attachment(json);
            }
            // Closed already is closed too.
            let _ = socket.close(Some(code), Some(reason));
        }
    }

    fn deliver(self: &Rc<Self>, server: u32, deliveries: Vec<Delivery>) {
        let shell = Rc::clone(self);
        self.state.wait_until(async move {
            let taken = match shell.post_deliveries(server, deliveries).await {
                Ok(taken) => taken,
                Err(error) => {
                    console_error!("delivery to {}: {error}", server_name(server));
                    false
                }
            };
            shell.handle(Input::Delivered { server, taken });
        });
    }

    async fn post_deliveries(
        &self,
        server: u32,
        deliveries: Vec<Delivery>,
    ) -> worker::Result<bool> {
        let body = serde_json::to_string(&Request::Deliver(deliveries))?;
        let name = server_name(server);
        let mut answer = peer::post(
            &self.env,
            peer::CHANNEL_SERVER,
            &name,
            "/request",
            body.into(),
        )
        .await?;
        let outcome: Outcome = serde_json::from_str(&answer.text().await?)?;
        Ok(outcome.is_ok())
    }

    fn wake_gateway(self: &Rc<Self>, id: u64, gateway: String, frame: Vec<u8>) {
        census::WAKES.up();
        let shell = Rc::clone(self);
        self.state.wait_until(async move {
            let answer = match shell.post_wake(&gateway, &frame).await {
                Ok(answer) => Some(answer),
                Err(error) => {
                    console_error!("waking {gateway}: {error}");
                    None
                }
            };
            shell.handle(Input::Woken {
                id,
                answer: answer.as_deref(),
            });
        });
    }

    async fn post_wake(&self, gateway: &str, frame: &[u8]) -> worker::Result<Vec<u8>> {
        let path = format!("/wake?server={}", self.number);
        let body = Uint8Array::from(frame);
        let mut answer = peer::post(&self.env, peer::GATEWAY, gateway, &path, body.into()).await?;
        if answer.status_code() != 200 {
            let status = answer.status_code();
            return Err(worker::Error::RustError(format!(
                "{gateway} answered {status}"
            )));
        }
        answer.bytes().await
    }

    fn random(&self) -> u128 {
        let draw = self.draws.get() + 1;
        self.draws.set(draw);
        #[allow(clippy::cast_possible_truncation, reason = "both halves are taken")]
        let (low, high) = (self.seed as u64, (self.seed >> 64) as u64);
        let mixed = [mix64(low ^ mix64(draw)), mix64(high.wrapping_add(draw))];
        (u128::from(mixed[0]) << 64) | u128::from(mixed[1])
    }

    /// Forgets a socket and gives what it was.
    pub fn forget(&self, socket: &web_sys::WebSocket) -> Option<(u32, SocketKind)> {
        let number = crate::socket::number(socket)?;
        let kind = self.sockets.borrow_mut().remove(number)?;
        Some((number, kind))
    }
}

/// Bits that no other life of any object begins with; epochs are told apart by them, nothing is kept secret by them.
fn seed() -> u128 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "53 bits of a fraction"
    )]
    let draw = || (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64;
    (u128::from(draw()) << 75) ^ (u128::from(draw()) << 33) ^ u128::from(now_ms())
}
