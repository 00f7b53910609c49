//! The shell of a channel server, as the simulation has it: what outlives its memory, and what waits for the storage.

mod ending;
mod socket;
mod turn;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use channel_core::{ChannelServer, Input, LinkId, Moment, Output, SocketId};
use protocol::{
    call::{OpenSocket, Request},
    ring::Ring,
};

pub use self::ending::{Death, Ending};
use self::socket::{Accepted, Role};

use crate::{
    action::{Action, Ask, CallId, Reply},
    failure::Failure,
    gate::Gate,
    mistake::Mistake,
    plan::Plan,
    random::Random,
    storage::{Shared, Storage},
    wire::{Parcel, Post, WireId},
};

/// When the alarm rings, in milliseconds of the server's clock.
#[derive(Clone, Copy, Debug, Default)]
struct Alarm {
    durable: Option<u64>,
    /// What it becomes with the next confirmation.
    wanted: Wanted,
}

/// What becomes of an alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wanted {
    /// Nothing.
    #[default]
    AsItIs,
    /// It rings then, in milliseconds of the server's clock.
    At(u64),
    /// It does not ring.
    Off,
}

impl Alarm {
    /// What is wanted becomes durable. Gives when the alarm rings, if it was set.
    fn confirm(&mut self) -> Option<u64> {
        match std::mem::take(&mut self.wanted) {
            Wanted::AsItIs => return None,
            Wanted::At(at_ms) => self.durable = Some(at_ms),
            Wanted::Off => self.durable = None,
        }
        self.durable
    }
}

/// The time and chance that a turn takes place in.
#[derive(Debug)]
pub struct Now<'a> {
    /// Milliseconds since the epoch, by the object's clock.
    pub ms: u64,
    /// Where random bits come from.
    pub random: &'a mut Random,
}

impl Now<'_> {
    fn moment(&mut self) -> Moment {
        Moment {
            now_ms: self.ms,
            random: self.random.wide_bits(),
            unstored_ms: 0,
        }
    }
}

/// What a turn left behind.
#[derive(Debug, Default)]
pub struct Turn {
    /// What is to be done at once.
    pub actions: Vec<Action>,
    /// The confirmation to ask for, if this turn is the first that waits for one.
    pub confirm: Option<u64>,
    /// Whether the object is to be reset.
    pub is_aborted: bool,
}

/// What a confirmation sets free.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// What waited for it.
    pub actions: Vec<Action>,
    /// The lines of the events that are durable now.
    pub lines: Vec<String>,
    /// The alarm's number, and when it rings by the server's clock, if it was set.
    pub alarm: Option<(u64, u64)>,
}

/// One channel server.
#[derive(Debug)]
pub struct ChannelHost {
    number: u32,
    ring: Rc<Ring>,
    gateways: Rc<BTreeMap<String, usize>>,
    storage: Shared,
    core: Option<ChannelServer<Shared>>,
    life: u32,
    sockets: BTreeMap<u32, Accepted>,
    /// Sockets that this life does not know: they were closed in an earlier one.
    unknown: BTreeSet<u32>,
    last_socket: u32,
    waiting: BTreeMap<u64, CallId>,
    requests: u64,
    gate: Gate,
    /// Whether frames of links gather until what was written is confirmed.
    is_storing: bool,
    queued: Vec<(LinkId, Vec<u8>)>,
    alarm: Alarm,
    alarms: u64,
    mistake: Option<Mistake>,
}

impl ChannelHost {
    /// Server `number`, without memory and with an empty storage.
    pub fn new(
        number: u32,
        ring: Rc<Ring>,
        gateways: Rc<BTreeMap<String, usize>>,
        plan: &Plan,
    ) -> Result<Self, Failure> {
        let storage = Storage::new()?;
        storage.bend(plan.mistake.and_then(Mistake::bends_statement));
        Ok(Self {
            number,
            ring,
            gateways,
            storage: Rc::new(storage),
            core: None,
            life: 0,
            sockets: BTreeMap::new(),
            unknown: BTreeSet::new(),
            last_socket: 0,
            waiting: BTreeMap::new(),
            requests: 0,
            gate: Gate::default(),
            is_storing: false,
            queued: Vec::new(),
            alarm: Alarm::default(),
            alarms: 0,
            mistake: plan.mistake,
        })
    }

    /// The storage.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Which of its lives this is.
    #[must_use]
    pub fn life(&self) -> u32 {
        self.life
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// A call arrives. `wire` is the connection that it may open.
    pub fn called(
        &mut self,
        call: CallId,
        ask: Ask,
        connect: impl FnOnce(Post, Post) -> WireId,
        mut now: Now<'_>,
    ) -> Result<Turn, Failure> {
        let mut turn = self.wake(&mut now)?;
        match ask {
            Ask::Request(request) => {
                if self.makes(Mistake::DeliveryUnchecked) && matches!(request, Request::Deliver(_))
                {
                    self.storage.tamper("DELETE FROM inbox")?;
                }
                self.requests += 1;
                let id = self.requests;
                self.waiting.insert(id, call);
                self.input(Input::Request { id, request }, &mut now, &mut turn)?;
                if self.waiting.contains_key(&id) {
                    let (server, life) = (self.number, self.life);
                    turn.actions.push(Action::Hasten { server, life, id });
                }
            }
            Ask::OpenLink { dialler, gateway } => {
                let number = self.next_socket();
                let wire = connect(dialler, self.post(number));
                let role = Role::Link(gateway.clone());
                self.sockets.insert(number, Accepted::new(wire, role));
                turn.actions.push(upgraded(call, wire));
                let link = LinkId(number);
                let gateway = &gateway;
                self.input(Input::LinkOpened { link, gateway }, &mut now, &mut turn)?;
            }
            Ask::OpenSocket { dialler, open } => {
                let number = self.next_socket();
                let wire = connect(dialler, self.post(number));
                self.open_socket(number, wire, open, call, &mut now, &mut turn)?;
            }
            Ask::OpenGateway { .. } | Ask::Wake | Ask::WakeWith { .. } => {
                let reply = Reply::Failed;
                turn.actions.push(Action::Respond { call, reply });
            }
        }
        self.end(turn)
    }

    fn open_socket(
        &mut self,
        number: u32,
        wire: WireId,
        open: OpenSocket,
        call: CallId,
        now: &mut Now<'_>,
        turn: &mut Turn,
    ) -> Result<(), Failure> {
        let role = Role::Channel(open.clone());
        self.sockets.insert(number, Accepted::new(wire, role));
        let socket = SocketId(number);
        let outputs = self.decide(Input::SocketOpened { socket, open }, now)?;
        let refusal = outputs.iter().find_map(|output| match output {
            Output::RefuseSocket { refusal, .. } => Some(refusal.clone()),
            _ => None,
        });
        if let Some(refusal) = refusal {
            self.sockets.remove(&number);
            let reply = Reply::Refused(refusal);
            turn.actions.push(Action::Respond { call, reply });
            return Ok(());
        }
        turn.actions.push(upgraded(call, wire));
        self.carry_out(outputs, turn);
        Ok(())
    }

    /// Something arrives on a socket. A close frame has been answered already.
    pub fn arrived(
        &mut self,
        number: u32,
        parcel: &Parcel,
        mut now: Now<'_>,
    ) -> Result<Turn, Failure> {
        let mut turn = self.wake(&mut now)?;
        let Some(is_link) = self.is_link(number) else {
            self.sockets.remove(&number);
            return self.end(turn);
        };
        let (link, socket) = (LinkId(number), SocketId(number));
        let input = match parcel {
            Parcel::Binary(frame) if is_link && self.is_storing => {
                self.queued.push((link, frame.to_vec()));
                return self.end(turn);
            }
            Parcel::Binary(frame) if is_link => {
                self.is_storing = true;
                Input::LinkFrame { link, frame }
            }
            Parcel::Binary(_) => Input::SocketBinary { socket },
            Parcel::Text(frame) if !is_link => Input::SocketFrame { socket, frame },
            Parcel::Text(_) => return self.end(turn),
            Parcel::Close { .. } | Parcel::Broken => {
                self.sockets.remove(&number);
                if is_link {
                    let clean = matches!(parcel, Parcel::Close { code: 1000, .. });
                    Input::LinkClosed { link, clean }
                } else {
                    Input::SocketClosed { socket }
                }
            }
        };
        self.input(input, &mut now, &mut turn)?;
        self.end(turn)
    }

    /// What was stored is durable: frames that have gathered share a turn.
    pub fn stored(&mut self, mut now: Now<'_>) -> Result<Turn, Failure> {
        let mut turn = self.wake(&mut now)?;
        let frames = std::mem::take(&mut self.queued);
        self.is_storing = !frames.is_empty();
        if self.is_storing {
            let frames = &frames;
            self.input(Input::LinkFrames { frames }, &mut now, &mut turn)?;
        }
        self.end(turn)
    }

    /// Whether frames of links have gathered.
    #[must_use]
    pub fn has_gathered(&self) -> bool {
        !self.queued.is_empty()
    }

    /// Somebody's patience with the effects of a request has ended.
    pub fn hasten(&mut self, life: u32, id: u64, now: Now<'_>) -> Result<Turn, Failure> {
        if life != self.life || !self.waiting.contains_key(&id) {
            return Ok(Turn::default());
        }
        self.only(Input::Hasten { id }, now)
    }

    /// A delivery came to its end.
    pub fn delivered(
        &mut self,
        life: u32,
        server: u32,
        taken: bool,
        now: Now<'_>,
    ) -> Result<Turn, Failure> {
        if life != self.life || self.core.is_none() {
            return Ok(Turn::default());
        }
        let taken = taken || self.makes(Mistake::EffectsPresumedTaken);
        self.only(Input::Delivered { server, taken }, now)
    }

    /// A wake-up came to its end.
    pub fn woken(
        &mut self,
        life: u32,
        id: u64,
        answer: Option<&[u8]>,
        now: Now<'_>,
    ) -> Result<Turn, Failure> {
        if life != self.life || self.core.is_none() {
            return Ok(Turn::default());
        }
        self.only(Input::Woken { id, answer }, now)
    }

    /// The alarm of this number rings.
    pub fn alarm(&mut self, number: u64, now: Now<'_>) -> Result<Turn, Failure> {
        if number != self.alarms || self.alarm.durable.is_none() {
            return Ok(Turn::default());
        }
        self.alarm.wanted = Wanted::Off;
        self.only(Input::Alarm, now)
    }

    fn only(&mut self, input: Input<'_>, mut now: Now<'_>) -> Result<Turn, Failure> {
        let mut turn = self.wake(&mut now)?;
        self.input(input, &mut now, &mut turn)?;
        self.end(turn)
    }
}

fn upgraded(call: CallId, wire: WireId) -> Action {
    let reply = Reply::Upgraded(wire);
    Action::Respond { call, reply }
}
