//! The core; carries outputs out.

use std::{cell::RefCell, rc::Rc};

use channel_object::platform::{self, Message, abort, now_ms};
use gateway_core::gateway::{ConnectionId, Gateway, Input, Output, Server};
use gloo::timers::callback::Timeout;
use protocol::{
    api::Caller,
    call::{Answer, Outcome, Request, UserOp},
    close::GO_AWAY,
    link::{Up, write},
    rates::Rates,
    ring::Ring,
};
use worker::{Env, State, console_error};

use super::{
    keep::Keep,
    links::{self, Links},
    sockets::{self, Sockets},
};
use crate::{channel_servers::ChannelServers, fault::Fault};

/// How many channel servers there are where nothing else is said.
const CHANNEL_SERVERS_DEFAULT: u32 = 16;
/// The longest timer, in milliseconds: the platform takes 31 bits.
const TIMER_MAX_MS: u64 = 60 * 60 * 1_000;

/// A gateway that is awake.
///
/// Nothing of it is borrowed while the platform or another object is waited for.
pub struct Shell {
    state: State,
    env: Env,
    name: String,
    /// How many channel servers there are.
    servers: u32,
    core: RefCell<Gateway>,
    keep: worker::Result<Keep>,
    /// The answer to whoever wakes this gateway.
    unwanted: RefCell<Vec<u8>>,
    sockets: RefCell<Sockets>,
    links: RefCell<Links>,
    /// Cancelled when it is dropped.
    timer: RefCell<Option<Timeout>>,
}

impl Shell {
    /// Wakes a gateway up: from what it wrote down, if that is whole; else its browsers are sent away.
    pub fn wake(state: State, env: Env) -> Rc<Self> {
        let name = state.id().name().unwrap_or_default();
        let region = name.split_once('/').map_or("", |(region, _)| region);
        let servers = env
            .var("CHANNEL_SERVERS")
            .ok()
            .and_then(|count| count.to_string().parse().ok())
            .unwrap_or(CHANNEL_SERVERS_DEFAULT);
        let ring = Rc::new(Ring::new(1, servers));
        // The Worker lets nobody through where one of them is wrong.
        let rates = Rates::parse(&|name| env.var(name).ok().map(|text| text.to_string()));
        let keep = Keep::new(state.storage().sql());
        let night = keep.as_ref().ok().map(Keep::load);
        let mut sockets = Sockets::default();
        let core = match night {
            Some(Ok(Some(night))) => {
                sockets.number_after(night.last_connection);
                let open: Vec<_> = state
                    .get_websockets()
                    .into_iter()
                    .filter_map(|socket| sockets.restore(&socket))
                    .collect();
                let mut core = Gateway::restore(name.as_str(), region, ring, open, night.logs);
                core.restore_people(night.people);
                core
            }
            night => {
                if let Some(Err(error)) = night {
                    console_error!("what {name} wrote down can't be read: {error}");
                }
                // What their browsers have is not known in this life: they come back with cursors of their own.
                let open = state.get_websockets();
                for socket in &open {
                    sockets::send_away(socket, open.len());
                }
                Gateway::new(name.as_str(), region, ring)
            }
        };
        let core = core.with_rates(rates.unwrap_or_default());
        Rc::new(Self {
            state,
            env,
            core: RefCell::new(core),
            name,
            keep,
            servers,
            unwanted: RefCell::default(),
            sockets: RefCell::new(sockets),
            links: RefCell::default(),
            timer: RefCell::new(None),
        })
    }

    /// The object's state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The object's bindings.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The gateway's name, `region/slot`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lets a socket in, or tells when to try again, in milliseconds from now.
    pub fn knock(&self) -> Result<(), u64> {
        self.core.borrow_mut().knock(now_ms())
    }

    /// Whether the session of a caller is alive: known here where its user is followed, else asked of the user's log.
    pub async fn authenticate(&self, caller: &Caller) -> Result<Outcome, Fault> {
        if self.core.borrow().knows(caller) {
            return Ok(Ok(Answer::Done));
        }
        let ask = Request::User {
            caller: caller.clone(),
            op: UserOp::Authenticate { socket: None },
        };
        ChannelServers::new(self.env.clone(), self.servers)
            .outcome_of(&ask)
            .await
    }

    /// The browsers' sockets.
    pub fn sockets(&self) -> &RefCell<Sockets> {
        &self.sockets
    }

    /// The links to channel servers.
    pub fn links(&self) -> &RefCell<Links> {
        &self.links
    }

    /// Gives to the core what a channel server has, and gives the answer.
    pub fn woken(self: &Rc<Self>, server: Server, bytes: &[u8]) -> Vec<u8> {
        self.handle(Input::Wake { server, bytes });
        self.unwanted.take()
    }

    /// Gives an input to the core, and carries out what comes of it and of what fails then.
    pub fn handle(self: &Rc<Self>, input: Input<'_>) {
        let mut failed = self.turn(input);
        while let Some(input) = failed.pop() {
            failed.extend(self.turn(input));
        }
    }

    /// One turn of the core; gives what could not be carried out.
    fn turn(self: &Rc<Self>, input: Input<'_>) -> Vec<Input<'static>> {
        let outputs = self.core.borrow_mut().handle(input, now_ms());
        let mut failed = Vec::new();
        for output in outputs {
            match output {
                Output::Frames { connections, text } => {
                    self.send(&connections, &Message::text(&text), &mut failed);
                }
                Output::Close {
                    connection,
                    code,
                    reason,
                } => self.close(connection, code, &reason),
                Output::Dial { server, generation } => links::dial(self, server, generation),
                Output::LinkSend {
                    server,
                    generation,
                    bytes,
                } => {
                    let sent = self.links.borrow().send(server, generation, &bytes);
                    if sent.is_err() {
                        self.links.borrow_mut().close(server, generation);
                        failed.push(Input::LinkClosed { server, generation });
                    }
                }
                Output::CloseLink { server, generation } => {
                    self.links.borrow_mut().close(server, generation);
                }
                Output::Flows { connection } => {
                    if let Err(error) = self.sockets.borrow().set_flows(connection) {
                        console_error!("a socket's attachment can't be written: {error}");
                    }
                }
                Output::Role { connection, role } => {
                    if let Err(error) = self.sockets.borrow().set_role(connection, role) {
                        console_error!("a socket's attachment can't be written: {error}");
                    }
                }
                Output::Judge { connection } => failed.push(Input::Heard {
                    connection,
                    at_ms: self.pinged_ms(connection),
                }),
                Output::Keep { changed, gone } => {
                    let last = self.sockets.borrow().last();
                    self.store(|keep| keep.write(&changed, &gone, last));
                }
                Output::KeepPeople { changed, gone } => {
                    self.store(|keep| keep.write_people(&changed, &gone));
                }
                Output::Spoil => self.store(Keep::spoil),
                Output::Answer { records } => self.unwanted.borrow_mut().extend(records),
                Output::Unwanted { log } => {
                    let record = match &log {
                        Some(log) => Up::Unsubscribe { log },
                        None => Up::UnsubscribeAll,
                    };
                    write(&mut self.unwanted.borrow_mut(), &record);
                }
                Output::WakeAt { at_ms } => self.wake_at(at_ms),
            }
        }
        failed
    }

    /// When the platform last answered a ping of a connection, in milliseconds since the epoch.
    fn pinged_ms(&self, connection: ConnectionId) -> Option<u64> {
        let sockets = self.sockets.borrow();
        let socket = sockets.find(connection)?;
        platform::answered_ping_ms(&self.state, &socket)
    }

    /// Uses the storage; where it fails the object is reset, with nothing of this turn sent.
    fn store(&self, work: impl FnOnce(&Keep) -> worker::Result<()>) {
        let done = match &self.keep {
            Ok(keep) => work(keep),
            Err(error) => Err(worker::Error::RustError(error.to_string())),
        };
        if let Err(error) = done {
            let reason = format!("{} can't write: {error}", self.name);
            console_error!("{reason}");
            abort(&self.state, &reason);
        }
    }

    /// Sends one frame to many; a socket that does not take it is closed, the others get it.
    fn send(
        &self,
        connections: &[ConnectionId],
        message: &Message,
        failed: &mut Vec<Input<'static>>,
    ) {
        let broken = self.sockets.borrow().send(connections, message);
        for connection in broken {
            self.close(connection, GO_AWAY, "");
            failed.push(Input::ConnectionClosed { connection });
        }
    }

    fn close(&self, connection: ConnectionId, code: u16, reason: &str) {
        let socket = self.sockets.borrow_mut().remove(connection);
        if let Some(socket) = socket
            && let Err(error) = socket.close(Some(code), Some(reason))
        {
            console_error!("a socket can't be closed: {error}");
        }
    }

    fn wake_at(self: &Rc<Self>, at_ms: Option<u64>) {
        let timer = at_ms.map(|at_ms| {
            let wait_ms = at_ms.saturating_sub(now_ms()).min(TIMER_MAX_MS);
            let shell = Rc::downgrade(self);
            Timeout::new(wait_ms.try_into().unwrap_or(u32::MAX), move || {
                if let Some(shell) = shell.upgrade() {
                    shell.handle(Input::Timer);
                }
            })
        });
        self.timer.replace(timer);
    }
}
