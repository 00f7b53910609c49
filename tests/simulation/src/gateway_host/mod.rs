//! The shell of a gateway, as the simulation has it: the browsers' sockets that outlive its memory, and its links that do not.

mod link;
mod turn;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use gateway_core::gateway::{ConnectionId, Gateway, Input, Open, Server};
use protocol::{
    api::Caller,
    call::{Request, UserOp},
    error::Refusal,
    link::{Down, Hint, read},
    ring::Ring,
};

use self::link::Link;

use crate::{
    action::{Action, Ask, Asker, CallId, Object, Reply},
    gate::Gate,
    mistake::Mistake,
    night::Night,
    plan::Plan,
    random::Random,
    tamper,
    wire::{Parcel, Post, Side, WireId},
};

/// How long a client is told to wait where nobody says whether its session is alive, in milliseconds.
const FULL_RETRY_MS: u64 = 1_000;
/// The close code of a link whose listener is gone.
const NOBODY_LISTENS: u16 = 1011;

/// A browser's socket.
#[derive(Clone, Debug)]
struct Accepted {
    wire: WireId,
    /// What is kept with it; nothing once its browser was sent away.
    attachment: Option<Open>,
    /// When the platform last answered a ping on it.
    pinged_ms: Option<u64>,
}

/// One gateway.
#[derive(Debug)]
pub struct GatewayHost {
    index: usize,
    name: String,
    region: String,
    ring: Rc<Ring>,
    core: Option<Gateway>,
    life: u32,
    /// By the numbers that the platform's side of the simulation gives them.
    sockets: BTreeMap<u32, Accepted>,
    last_socket: u32,
    by_connection: BTreeMap<ConnectionId, u32>,
    last_connection: u32,
    links: BTreeMap<Server, Link>,
    night: Night,
    gate: Gate,
    /// The answer to whoever wakes this gateway.
    unwanted: Vec<u8>,
    /// Calls that wait at the door until their session is known to be alive.
    waiting: BTreeMap<CallId, (Post, Caller)>,
    timer: u64,
    has_timer: bool,
    /// Who was removed from where, as long as a mistake wants to know.
    removed: BTreeSet<(String, String)>,
    mistake: Option<Mistake>,
}

/// What a turn left behind.
#[derive(Debug, Default)]
pub struct GatewayTurn {
    /// What is to be done at once.
    pub actions: Vec<Action>,
    /// The confirmation to ask for, if this turn is the first that waits for one.
    pub confirm: Option<u64>,
}

/// How a gateway loses its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Its links break, its browsers' sockets stay open.
    Eviction,
    /// Everything stays open, and nobody listens to the links any more.
    Panic,
    /// Everything breaks.
    Death,
}

impl GatewayHost {
    /// A gateway without memory.
    #[must_use]
    pub fn new(index: usize, name: String, ring: Rc<Ring>, plan: &Plan) -> Self {
        let region = name.split_once('/').map_or("", |(region, _)| region);
        Self {
            index,
            region: region.to_owned(),
            name,
            ring,
            core: None,
            life: 0,
            sockets: BTreeMap::new(),
            last_socket: 0,
            by_connection: BTreeMap::new(),
            last_connection: 0,
            links: BTreeMap::new(),
            night: Night::default(),
            gate: Gate::default(),
            unwanted: Vec::new(),
            waiting: BTreeMap::new(),
            timer: 0,
            has_timer: false,
            removed: BTreeSet::new(),
            mistake: plan.mistake,
        }
    }

    /// Its name, `region/slot`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// A call arrives. `connect` makes the connection that it may open.
    pub fn called(
        &mut self,
        call: CallId,
        ask: Ask,
        connect: impl FnOnce(Post, Post) -> WireId,
        now_ms: u64,
        random: &mut Random,
    ) -> GatewayTurn {
        let mut actions = self.wake(random);
        let reply = match ask {
            Ask::OpenGateway { dialler, caller } => {
                let core = self.core.as_mut();
                if let Some(Err(wait_ms)) = core.map(|core| core.knock(now_ms)) {
                    let reply = Reply::Refused(Refusal::overloaded(wait_ms));
                    actions.push(Action::Respond { call, reply });
                    return self.end(actions);
                }
                let is_known = self.core.as_ref().is_some_and(|core| core.knows(&caller));
                if !is_known {
                    actions.push(self.ask_session(call, &caller));
                    self.waiting.insert(call, (dialler, caller));
                    return self.end(actions);
                }
                let wire = self.let_in(dialler, caller, connect, now_ms, &mut actions);
                Reply::Upgraded(wire)
            }
            Ask::Wake => Reply::Woken(Vec::new()),
            Ask::WakeWith { server, frame } => {
                let bytes = &tamper::down(&frame, self.mistake);
                let server = Server(server);
                self.input(Input::Wake { server, bytes }, now_ms, &mut actions);
                Reply::Woken(std::mem::take(&mut self.unwanted))
            }
            Ask::Request(_) | Ask::OpenLink { .. } | Ask::OpenSocket { .. } => Reply::Failed,
        };
        actions.push(Action::Respond { call, reply });
        self.end(actions)
    }

    fn ask_session(&self, call: CallId, caller: &Caller) -> Action {
        let (gateway, life) = (self.index, self.life);
        Action::Ask {
            asker: Asker::Door {
                gateway,
                life,
                call,
            },
            to: Object::Server(self.ring.owner(caller.user.as_str())),
            ask: Ask::Request(Request::User {
                caller: caller.clone(),
                op: UserOp::Authenticate { socket: None },
            }),
        }
    }

    /// It is known whether the session of a call is alive.
    pub fn authenticated(
        &mut self,
        (life, call): (u32, CallId),
        reply: Reply,
        connect: impl FnOnce(Post, Post) -> WireId,
        now_ms: u64,
    ) -> GatewayTurn {
        if life != self.life || self.core.is_none() {
            return GatewayTurn::default();
        }
        let Some((dialler, caller)) = self.waiting.remove(&call) else {
            return GatewayTurn::default();
        };
        let mut actions = Vec::new();
        let reply = match reply {
            Reply::Outcome(Ok(_)) => {
                Reply::Upgraded(self.let_in(dialler, caller, connect, now_ms, &mut actions))
            }
            Reply::Outcome(Err(refusal)) => Reply::Refused(refusal),
            _ => Reply::Refused(Refusal::overloaded(FULL_RETRY_MS)),
        };
        actions.push(Action::Respond { call, reply });
        self.end(actions)
    }

    fn let_in(
        &mut self,
        dialler: Post,
        caller: Caller,
        connect: impl FnOnce(Post, Post) -> WireId,
        now_ms: u64,
        actions: &mut Vec<Action>,
    ) -> WireId {
        self.last_socket += 1;
        let (gateway, socket) = (self.index, self.last_socket);
        let wire = connect(dialler, Post::GatewaySocket { gateway, socket });
        self.last_connection += 1;
        let connection = ConnectionId(self.last_connection);
        self.by_connection.insert(connection, socket);
        let attachment = Open {
            connection,
            caller: caller.clone(),
            flows: false,
        };
        let accepted = Accepted {
            wire,
            attachment: Some(attachment),
            pinged_ms: None,
        };
        self.sockets.insert(socket, accepted);
        let input = Input::ConnectionOpened { connection, caller };
        self.input(input, now_ms, actions);
        wire
    }

    /// Something arrives on a browser's socket.
    pub fn from_browser(
        &mut self,
        socket: u32,
        parcel: &Parcel,
        now_ms: u64,
        random: &mut Random,
    ) -> GatewayTurn {
        let mut actions = self.wake(random);
        let attachment = self
            .sockets
            .get(&socket)
            .and_then(|open| open.attachment.as_ref());
        let Some(connection) = attachment.map(|open| open.connection) else {
            if matches!(parcel, Parcel::Close { .. } | Parcel::Broken) {
                self.sockets.remove(&socket);
            }
            return self.end(actions);
        };
        let input = match parcel {
            Parcel::Text(text) => Input::Frame { connection, text },
            Parcel::Binary(bytes) => Input::BinaryFrame {
                connection,
                bytes: bytes.len(),
            },
            Parcel::Close { .. } | Parcel::Broken => {
                self.sockets.remove(&socket);
                self.by_connection.remove(&connection);
                Input::ConnectionClosed { connection }
            }
        };
        self.input(input, now_ms, &mut actions);
        self.end(actions)
    }

    /// The platform has answered a ping on a browser's socket.
    pub fn pinged(&mut self, socket: u32, now_ms: u64) {
        if let Some(accepted) = self.sockets.get_mut(&socket) {
            accepted.pinged_ms = Some(now_ms);
        }
    }

    /// Something arrives on a link of an earlier or of this life.
    pub fn from_server(
        &mut self,
        wire: WireId,
        (life, server, generation): (u32, Server, u64),
        parcel: &Parcel,
        now_ms: u64,
        random: &mut Random,
    ) -> GatewayTurn {
        if life != self.life || self.core.is_none() {
            // The listener belongs to a memory that is gone: it closes the link, and nobody hears of it.
            let close = Action::close(wire, Side::Dialler, NOBODY_LISTENS, "nobody listens");
            let from = Side::Dialler;
            return GatewayTurn {
                actions: vec![close, Action::Abandon { wire, from }],
                confirm: None,
            };
        }
        let mut actions = self.wake(random);
        let bytes = match parcel {
            Parcel::Binary(bytes) => tamper::down(bytes, self.mistake),
            Parcel::Text(_) => return self.end(actions),
            Parcel::Close { .. } | Parcel::Broken => {
                if self.forget_link(server, generation).is_some() {
                    self.input(
                        Input::LinkClosed { server, generation },
                        now_ms,
                        &mut actions,
                    );
                }
                return self.end(actions);
            }
        };
        let input = Input::LinkFrame {
            server,
            generation,
            bytes: &bytes,
        };
        self.input(input, now_ms, &mut actions);
        if self.makes(Mistake::ReactionsAfterRemoval) {
            self.leak_reactions(&bytes, &mut actions);
        }
        self.end(actions)
    }

    /// Gives reactions to those who were removed.
    fn leak_reactions(&mut self, bytes: &[u8], actions: &mut Vec<Action>) {
        for record in read::<Down<'_>>(bytes).flatten() {
            let Down::Event {
                log, hint, line, ..
            } = record
            else {
                continue;
            };
            if let Hint::Cut(user) = hint {
                self.removed.insert((log.to_owned(), user.to_owned()));
            }
            let text = String::from_utf8_lossy(line);
            if !text.starts_with("{\"event\":\"reaction_") {
                continue;
            }
            for accepted in self.sockets.values() {
                let user = accepted
                    .attachment
                    .as_ref()
                    .map(|open| open.caller.user.as_str());
                let place = (log.to_owned(), user.unwrap_or_default().to_owned());
                if self.removed.contains(&place) {
                    actions.push(Action::Send {
                        wire: accepted.wire,
                        from: Side::Acceptor,
                        parcel: Parcel::Text(text.as_ref().into()),
                    });
                }
            }
        }
    }

    /// A dial came to its end. Gives what is to be done, and whether the connection is wanted.
    pub fn dialled(
        &mut self,
        (life, server, generation): (u32, Server, u64),
        wire: Option<WireId>,
        now_ms: u64,
    ) -> (GatewayTurn, bool) {
        let mut actions = Vec::new();
        if life != self.life || self.core.is_none() {
            return (GatewayTurn::default(), false);
        }
        let link = self
            .links
            .get_mut(&server)
            .filter(|link| link.generation == generation);
        let Some(link) = link else {
            return (GatewayTurn::default(), false);
        };
        let input = if wire.is_some() {
            link.wire = wire;
            Input::LinkOpened { server, generation }
        } else {
            self.forget_link(server, generation);
            Input::LinkClosed { server, generation }
        };
        self.input(input, now_ms, &mut actions);
        (self.end(actions), wire.is_some())
    }

    /// The timer of this number runs out.
    pub fn timer(&mut self, number: u64, now_ms: u64) -> GatewayTurn {
        let mut actions = Vec::new();
        if number == self.timer && self.core.is_some() {
            self.has_timer = false;
            self.input(Input::Timer, now_ms, &mut actions);
        }
        self.end(actions)
    }

    /// The number of the timer that is asked for from now on.
    pub fn next_timer(&mut self, is_set: bool) -> u64 {
        self.timer += 1;
        self.has_timer = is_set;
        self.timer
    }

    /// Whether the platform may take the memory away unnoticed: nothing is open or timed that would keep it.
    #[must_use]
    pub fn can_hibernate(&self) -> bool {
        self.links.is_empty() && !self.has_timer
    }

    /// Loses the memory. Gives the connections that break with it, and the calls that are not answered.
    pub fn lose(&mut self, loss: Loss) -> (Vec<WireId>, Vec<CallId>) {
        self.core = None;
        self.life += 1;
        self.timer += 1;
        self.has_timer = false;
        self.by_connection.clear();
        self.last_connection = 0;
        self.unwanted.clear();
        let links = std::mem::take(&mut self.links);
        let mut broken: Vec<WireId> = links.into_values().filter_map(|link| link.wire).collect();
        let waiting = std::mem::take(&mut self.waiting);
        let mut calls: Vec<CallId> = waiting.into_keys().collect();
        match loss {
            Loss::Eviction => {}
            Loss::Panic => broken.clear(),
            Loss::Death => {
                let sockets = std::mem::take(&mut self.sockets);
                broken.extend(sockets.into_values().map(|accepted| accepted.wire));
                calls.extend(self.gate.die());
                self.night.lose();
            }
        }
        (broken, calls)
    }
}
