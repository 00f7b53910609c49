//! The regional gateway: browsers' sockets on one side, one link per channel server on the other.
//!
//! [`Gateway::handle`] takes one [`Input`] and the time and gives the [`Output`]s, in order. It does no I/O, has no clock and no
//! randomness. A gateway that went to sleep before it lost its memory goes on from what it wrote down; one that did not sends
//! its browsers away, to resume by their own cursors.
//!
//! | module | what it holds |
//! |---|---|
//! | `input` | what comes in and goes out |
//! | `browser` | what browsers say: `hello`, commands, bad frames |
//! | `server` | what channel servers say: events, backlogs, replies |
//! | `follow`, `resume` | who has which log; from where a log goes on |
//! | `connection`, `log`, `link` | the state of one socket, one log, one link |
//! | `request`, `outbox` | questions without an answer, records without credit |
//! | `load` | how much may wait for a channel server |
//! | `limits` | how often a connection and a user may have something done |
//! | `absent`, `tail` | connections without a socket, and what they are served from when they come back |
//! | `presence`, `watch` | what users are here, and whom connections watch |
//! | `typing` | how often somebody says that they are typing |
//! | `flow` | readers that do not keep up |
//! | `sleep` | going to sleep, being woken, going on from what was written down |
//! | `settle`, `pace` | the end of each input: dials, frames up, frames to browsers, the next timer |
//!
//! **What holds it together.** Down one link records keep their order, so a [`protocol::link::Down::Subscribed`] at seq `n` comes after
//! every event up to `n` and before every later one. A log has one cursor; each of its connections has the seq of its own sync
//! mark. An event goes to those whose mark is before it, if it is the one after the cursor; anything else is a double or a gap.

mod absent;
mod browser;
mod connection;
mod flow;
mod follow;
mod input;
mod limits;
mod link;
mod load;
mod log;
mod outbox;
mod pace;
mod presence;
mod request;
mod resume;
mod server;
mod settle;
mod sleep;
mod tail;
#[cfg(test)]
mod tests;
mod typing;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use fnv::FnvBuildHasher;
use protocol::{coalesce::Batch, line::Reply, ring::Ring};

use crate::door::Door;

pub use self::{
    absent::ABSENT_MS,
    input::{ConnectionId, Input, Kept, KeptPerson, Open, Output, Server},
    link::{
        BACK_OFF_MAX_MS, BACK_OFF_MIN_MS, COMMAND_WAIT_MS, CREDIT_WAIT_MS, REDIAL_MS, WAKE_APART_MS,
    },
    load::{COMMAND_BYTES, DRAIN_MAX_MS, RETRY_MAX_MS, WAITING_BYTES_LIMIT, WAITING_BYTES_MAX},
    outbox::LINK_FRAME_BYTES,
    pace::{FRAME_COST_US, GATHER_MAX_MS, LINK_FRAME_COST_US, LINK_GATHER_MAX_MS},
    presence::{BACK_MS, CHANGES_APART_MS},
    sleep::SLEEP_AFTER_MS,
};
use self::{
    connection::Connections, limits::Limits, link::Link, log::Log, pace::Pace, presence::People,
    typing::Typing, watch::Watching,
};

/// How long a client is told to wait where the gateway itself is in the way, in milliseconds.
pub const OVERLOADED_RETRY_MS: u64 = 1_000;
/// The first wait before a subscription that was refused for want of time is asked for again, in milliseconds; it doubles.
pub const SUBSCRIBE_RETRY_MIN_MS: u64 = 1_000;
/// The longest such wait, in milliseconds.
pub const SUBSCRIBE_RETRY_MAX_MS: u64 = 30_000;

/// A regional gateway.
#[derive(Debug)]
pub struct Gateway {
    name: String,
    region: String,
    ring: Rc<Ring>,
    connections: Connections,
    logs: HashMap<Rc<str>, Log, FnvBuildHasher>,
    links: BTreeMap<Server, Link>,
    /// When which connection asks again for which log.
    retries: BTreeSet<(u64, ConnectionId, Rc<str>)>,
    last_generation: u64,
    /// Lines on their way to browsers.
    batch: Batch<ConnectionId>,
    pace: Pace,
    /// The same for frames up.
    link_pace: Pace,
    closes: Vec<Output>,
    outputs: Vec<Output>,
    /// The timer that was asked for.
    wake_at_ms: Option<u64>,
    /// When anything last came in.
    active_ms: u64,
    /// Whether what is written down is what is in memory.
    is_kept: bool,
    /// Logs that have changed since.
    unkept: Vec<Rc<str>>,
    /// Logs that are written down and that nobody has any more.
    gone: BTreeSet<Rc<str>>,
    /// When which connection has stalled, unless it answers.
    stalls: BTreeSet<(u64, ConnectionId)>,
    /// Connections without a socket, each with the time at which it is forgotten.
    absent: BTreeSet<(u64, ConnectionId)>,
    /// How many sockets are let in at a time.
    door: Door,
    /// For how many connections it was last told to all of them within how long to come back.
    told_for: usize,
    /// What the logs' tails hold, in bytes.
    tail_bytes: usize,
    /// When silent clients were last looked for.
    looked_ms: u64,
    limits: Limits,
    people: People,
    watching: Watching,
    typing: Typing,
}

impl Gateway {
    /// A gateway without connections. `name` is `region/slot`, as clients are told.
    #[must_use]
    pub fn new(name: impl Into<String>, region: impl Into<String>, ring: Rc<Ring>) -> Self {
        Self {
            name: name.into(),
            region: region.into(),
            ring,
            connections: Connections::default(),
            logs: HashMap::default(),
            links: BTreeMap::new(),
            retries: BTreeSet::new(),
            last_generation: 0,
            batch: Batch::default(),
            pace: Pace::down(),
            link_pace: Pace::up(),
            closes: Vec::new(),
            outputs: Vec::new(),
            wake_at_ms: None,
            active_ms: 0,
            is_kept: false,
            unkept: Vec::new(),
            gone: BTreeSet::new(),
            stalls: BTreeSet::new(),
            absent: BTreeSet::new(),
            door: Door::default(),
            told_for: 0,
            tail_bytes: 0,
            looked_ms: 0,
            limits: Limits::none(),
            people: People::default(),
            watching: Watching::default(),
            typing: Typing::default(),
        }
    }

    /// Takes `input` in at `now_ms`, milliseconds since the epoch, and tells what is to be done, in order.
    ///
    /// Inputs about connections and links that the gateway does not know, or no longer, are ignored.
    #[must_use]
    pub fn handle(&mut self, input: Input<'_>, now_ms: u64) -> Vec<Output> {
        if !matches!(input, Input::Timer) {
            self.active_ms = now_ms;
        }
        match input {
            Input::ConnectionOpened { connection, caller } => {
                self.connection_opened(connection, caller);
            }
            Input::Frame { connection, text } => self.frame(connection, text, now_ms),
            Input::BinaryFrame { connection, bytes } => self.binary_frame(connection, bytes),
            Input::Heard { connection, at_ms } => self.heard(connection, at_ms, now_ms),
            Input::ConnectionClosed { connection } => self.leave_absent(connection, now_ms),
            Input::LinkOpened { server, generation } => {
                self.link_opened(server, generation, now_ms);
            }
            Input::LinkFrame {
                server,
                generation,
                bytes,
            } => self.link_frame(server, generation, bytes, now_ms),
            Input::LinkClosed { server, generation } => {
                if let Some(link) = self.link_mut(server, generation) {
                    link.lost(now_ms);
                }
            }
            Input::Wake { server, bytes } => self.woken(server, bytes, now_ms),
            Input::Timer => {
                self.wake_at_ms = None;
                self.pace.timer(now_ms);
                self.link_pace.timer(now_ms);
            }
        }
        self.settle(now_ms);
        std::mem::take(&mut self.outputs)
    }

    /// The link of that generation: whatever an older one still brings is void.
    fn link_mut(&mut self, server: Server, generation: u64) -> Option<&mut Link> {
        self.links
            .get_mut(&server)
            .filter(|link| link.generation == generation && link.is_up())
    }

    fn link_to(&mut self, server: Server, now_ms: u64) -> &mut Link {
        self.links
            .entry(server)
            .or_insert_with(|| Link::new(now_ms))
    }

    fn say(&mut self, connection: ConnectionId, line: impl Into<Rc<str>>) {
        let line = self.batch.line(line);
        self.batch.push(connection, line);
    }

    fn reply(&mut self, connection: ConnectionId, reply: &Reply) {
        self.say(connection, reply.to_line());
    }
}
