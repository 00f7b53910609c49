//! A client written from the contract alone: it greets, resumes, sends until it is told that a message is stored, and counts.
//!
//! A *reader* is the same client on a single-channel socket.

mod acts;
mod answers;
mod frames;
mod outbox;
mod sending;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use gateway_core::region::Region;
use serde_json::json;

use self::outbox::Outbox;
pub use self::{answers::News, outbox::Draft};
use crate::{
    failure::Failure,
    fold::Messages,
    http::HttpRequest,
    promise::{Model, Name, Point, SocketKey},
    wire::{Post, WireId},
};

/// How often a client says `ping`, in microseconds.
const PING_US: u64 = 25_000_000;
/// Silent pings after which it gives a connection up.
const SILENT_PINGS: u32 = 2;
/// How long it waits before it dials again, in microseconds; it doubles with every failure.
const BACK_OFF_US: u64 = 500_000;
/// The longest such wait, in microseconds.
const BACK_OFF_MAX_US: u64 = 8_000_000;
/// How long a socket may take to open and greet, in microseconds.
const DIAL_US: u64 = 15_000_000;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The next dial comes by a timer.
    Waiting,
    /// A socket is asked for.
    Dialling,
    /// `hello` was said.
    Greeting,
    /// Commands can be sent.
    Ready,
}

/// What a client wants done.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Send a frame on the socket.
    Frame(String),
    /// Close a socket with this code.
    HangUp(Option<WireId>, u16),
    /// Make an HTTP call.
    Http(u64, HttpRequest),
    /// Ask for a timer.
    Timer(u64, Timer),
}

/// A client's timers; each counts for the dial that it was asked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Dial.
    Redial,
    /// Say `ping`, or give up.
    Ping,
    /// Give a dial up.
    DialTooLong,
    /// Send again what was refused for want of time.
    Resend,
}

/// What an HTTP call was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A socket.
    Socket,
    /// A message that also goes the other way.
    Send(Name),
    /// A page, asked for when there were so many deletions.
    Page(Rc<str>, u64),
    /// A new channel.
    Channel {
        /// Whether everybody may find it.
        is_public: bool,
    },
    /// Anything whose answer is not looked at.
    Change,
    /// An invite.
    Invite,
    /// A new person's session.
    Newcomer,
    /// A sign-in link.
    Link,
    /// A session on another device.
    Session,
    /// The end of the session.
    SignOut,
}

/// What a command on the socket was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Command {
    Hello,
    Send(Name),
    Page(Rc<str>, u64),
    /// How far a channel is read.
    Read(Rc<str>, u64),
    Watch,
    /// A page of a channel that may be read or not.
    Probe(Rc<str>, bool),
    Other,
}

/// How a client's session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// It is alive.
    Alive,
    /// Its end was asked for; whether that was heard is not known.
    Ending,
    /// Its end was answered.
    Ended,
}

/// A client.
#[derive(Debug)]
pub struct Browser {
    /// Its place in the list.
    pub index: usize,
    /// Whose it is.
    pub user: Rc<str>,
    /// The session's token.
    pub token: String,
    /// Where it is.
    pub region: Region,
    /// The channel of a reader.
    pub single: Option<Rc<str>>,
    /// Where the connection stands.
    pub phase: Phase,
    /// The number of the last dial.
    pub dial: u32,
    /// The socket.
    pub wire: Option<WireId>,
    /// The socket as the model knows it.
    pub key: SocketKey,
    /// Where it has each log.
    pub points: BTreeMap<Rc<str>, Point>,
    /// The channels that it may send to.
    pub channels: BTreeSet<Rc<str>>,
    /// What it has of each channel's messages.
    pub copies: BTreeMap<Rc<str>, Messages>,
    /// Whose presence it follows, and what was said of them last on this connection.
    pub watched: BTreeMap<Rc<str>, Option<String>>,
    /// Whether its user is away, as it has said on this connection.
    pub is_away: bool,
    /// Messages that are not known to be stored.
    pub outbox: Outbox,
    /// How the session stands.
    pub session: Session,
    /// Whether it answers flow marks.
    pub flows: bool,
    /// Whether a socket of it has ever opened: a new person's own log may still be on its way.
    was_let_in: bool,
    /// Whether a reader was told that the channel is not for its user.
    pub is_refused: bool,
    commands: BTreeMap<u64, Command>,
    last_command: u64,
    failures: u32,
    silent_pings: u32,
    calls: BTreeMap<u64, Wanted>,
    last_call: u64,
    letters: u64,
}

impl Browser {
    /// A client that has never been connected.
    #[must_use]
    pub fn new(index: usize, user: Rc<str>, token: String, region: Region) -> Self {
        Self {
            index,
            user,
            token,
            region,
            single: None,
            phase: Phase::Waiting,
            dial: 0,
            wire: None,
            key: SocketKey(0),
            points: BTreeMap::new(),
            channels: BTreeSet::new(),
            copies: BTreeMap::new(),
            watched: BTreeMap::new(),
            is_away: false,
            outbox: Outbox::default(),
            session: Session::Alive,
            flows: index.is_multiple_of(2),
            was_let_in: false,
            is_refused: false,
            commands: BTreeMap::new(),
            last_command: 0,
            failures: 0,
            silent_pings: 0,
            calls: BTreeMap::new(),
            last_call: 0,
            letters: 0,
        }
    }

    /// Whether nobody has asked for the end of the session.
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        self.session == Session::Alive
    }

    // The connection.

    /// Asks for a socket.
    pub fn connect(&mut self) -> Vec<Wish> {
        self.dial += 1;
        self.phase = Phase::Dialling;
        self.wire = None;
        self.commands.clear();
        self.outbox.disconnected();
        self.last_command = 0;
        let url = match &self.single {
            None => "/api/v1/socket".to_owned(),
            Some(channel) => match self.points.get(channel) {
                Some(Point { epoch, seq }) => {
                    format!("/api/v1/channels/{channel}/socket?epoch={epoch}&since={seq}")
                }
                None => format!("/api/v1/channels/{channel}/socket"),
            },
        };
        let mut wishes = self.call("GET", url, None, Wanted::Socket);
        wishes.push(Wish::Timer(DIAL_US, Timer::DialTooLong));
        wishes
    }

    /// The socket is open.
    pub fn opened(&mut self, wire: WireId, key: SocketKey, model: &mut Model) -> Vec<Wish> {
        self.wire = Some(wire);
        self.key = key;
        self.is_away = false;
        self.watched.values_mut().for_each(|known| *known = None);
        self.silent_pings = 0;
        self.was_let_in = true;
        self.is_refused = false;
        let points = self.points.clone();
        model.opened(key, &self.user, self.single.clone(), points);
        let mut wishes = vec![Wish::Timer(PING_US, Timer::Ping)];
        if self.single.is_some() {
            self.phase = Phase::Ready;
            self.failures = 0;
            wishes.extend(self.send_outbox(model));
            return wishes;
        }
        self.phase = Phase::Greeting;
        let id = self.command(Command::Hello);
        let resume: BTreeMap<&str, serde_json::Value> = self
            .points
            .iter()
            .map(|(log, point)| (&**log, json!({"epoch": point.epoch, "seq": point.seq})))
            .collect();
        let hello = json!({"id": id, "op": "hello", "resume": resume, "flow": self.flows});
        wishes.push(Wish::Frame(hello.to_string()));
        wishes
    }

    /// The socket is gone or did not open; the next dial comes after a while.
    pub fn lost(&mut self, after_us: Option<u64>, model: &mut Model) -> Vec<Wish> {
        model.closed(self.key);
        self.wire = None;
        self.phase = Phase::Waiting;
        self.dial += 1;
        self.commands.clear();
        self.outbox.disconnected();
        let back_off_us = (BACK_OFF_US << self.failures.min(4)).min(BACK_OFF_MAX_US);
        self.failures += 1;
        vec![Wish::Timer(after_us.unwrap_or(back_off_us), Timer::Redial)]
    }

    /// A timer runs out that was asked for in this dial.
    pub fn rang(&mut self, timer: Timer, model: &mut Model) -> Vec<Wish> {
        match (timer, self.phase) {
            (Timer::Redial, Phase::Waiting) if self.is_signed_in() => self.connect(),
            (Timer::DialTooLong, Phase::Dialling | Phase::Greeting) => self.give_up(model),
            (Timer::Ping, Phase::Ready | Phase::Greeting) => {
                if self.silent_pings >= SILENT_PINGS {
                    return self.give_up(model);
                }
                self.silent_pings += 1;
                vec![
                    Wish::Frame("ping".to_owned()),
                    Wish::Timer(PING_US, Timer::Ping),
                ]
            }
            (Timer::Resend, Phase::Ready) => self.send_outbox(model),
            _ => Vec::new(),
        }
    }

    fn give_up(&mut self, model: &mut Model) -> Vec<Wish> {
        let mut wishes = vec![Wish::HangUp(self.wire, 4001)];
        wishes.extend(self.lost(None, model));
        wishes
    }

    /// Closes the tab and opens it again after a while; without what it knew where `is_forgetful`.
    pub fn reload(&mut self, is_forgetful: bool, after_us: u64, model: &mut Model) -> Vec<Wish> {
        let mut wishes = vec![Wish::HangUp(self.wire, 1000)];
        wishes.extend(self.lost(Some(after_us), model));
        self.failures = 0;
        if is_forgetful {
            self.points.clear();
            self.copies.clear();
            self.channels.clear();
        }
        wishes
    }

    // Commands and calls.

    fn command(&mut self, command: Command) -> u64 {
        self.last_command += 1;
        self.commands.insert(self.last_command, command);
        self.last_command
    }

    /// Makes an HTTP call.
    pub fn call(
        &mut self,
        method: &'static str,
        url: String,
        body: Option<String>,
        wanted: Wanted,
    ) -> Vec<Wish> {
        self.last_call += 1;
        let dialler = (wanted == Wanted::Socket).then_some(Post::Browser {
            browser: self.index,
            dial: self.dial,
        });
        self.calls.insert(self.last_call, wanted);
        let request = HttpRequest {
            method,
            url,
            body,
            token: Some(self.token.clone()),
            region: self.region,
            dialler,
        };
        vec![Wish::Http(self.last_call, request)]
    }

    /// Ends the session.
    pub fn sign_out(&mut self) -> Vec<Wish> {
        self.session = Session::Ending;
        let url = "/api/v1/sign-out".to_owned();
        self.call("POST", url, Some("{}".to_owned()), Wanted::SignOut)
    }

    /// Whether nothing of this client is on its way.
    pub fn is_at_rest(&self) -> Result<(), Failure> {
        let pending = |what: String| Err(Failure::Rule("everything comes to rest", what));
        if self.session == Session::Ended && self.wire.is_some() {
            let (index, user) = (self.index, &self.user);
            return pending(format!("browser {index} of {user} outlived its session"));
        }
        if !self.is_signed_in() || self.is_refused {
            return Ok(());
        }
        if self.phase != Phase::Ready {
            let (index, user, phase) = (self.index, &self.user, self.phase);
            return pending(format!("browser {index} of {user} is {phase:?}"));
        }
        match self.outbox.first() {
            Some(name) => pending(format!(
                "{} of {} in {} is not acknowledged",
                name.client_message_id, name.user, name.channel
            )),
            None => Ok(()),
        }
    }
}
