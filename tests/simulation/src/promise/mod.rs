//! The five promises of the contract, each checked by what clients see.
//!
//! The model knows nothing of how the system works. It is told what is sent, what is acknowledged and which lines reach which
//! socket. Of the storage it knows one thing: which events have become durable and when, to tell from when on somebody is out
//! of a channel and how far everybody has to be in the end.
//!
//! | module | what is checked |
//! |---|---|
//! | `one` | what is acknowledged stays |
//! | `two` | one order, the same for everyone |
//! | `three` | a message is stored once |
//! | `four` | every event once, or a sync mark that says otherwise |
//! | `five` | whoever is removed gets nothing more |
//! | `marks` | what is read, unread and named, and that each effect is taken in once |
//! | `gone` | what is deleted says nothing any more |

mod five;
mod four;
mod gone;
mod marks;
mod one;
mod three;
mod two;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

pub use self::marks::capped;
use self::{gone::Gone, marks::Marks};
use crate::{failure::Failure, fold::Messages, line::Line};

/// The number of a socket of a client, never used twice in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketKey(pub u64);

/// A message by what its sender calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// Where it goes.
    pub channel: Rc<str>,
    /// Who sends it.
    pub user: Rc<str>,
    /// The sender's own id.
    pub client_message_id: Rc<str>,
}

/// What an acknowledgement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// What `seq` counts in.
    pub epoch: String,
    /// The message's place.
    pub seq: u64,
    /// When it was stored.
    pub at: u64,
    /// Whether it was stored before.
    pub duplicate: bool,
}

/// How far a client is with a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What `seq` counts in.
    pub epoch: String,
    /// The last event.
    pub seq: u64,
}

/// A log as clients see it.
#[derive(Debug, Default)]
struct Log {
    epoch: Option<String>,
    /// The lines as they were first seen.
    lines: BTreeMap<u64, Rc<str>>,
    /// Messages by their place.
    names: BTreeMap<u64, Name>,
    /// The last durable event.
    head: u64,
    /// The last event in the storage, as it is read in the end.
    stored: u64,
    members: five::Members,
    /// A channel's messages by its durable events.
    truth: Messages,
    /// Deleted messages.
    gone: BTreeMap<u64, Gone>,
}

/// A socket as its client sees it.
#[derive(Debug)]
struct Socket {
    user: Rc<str>,
    /// The one channel of a single-channel socket.
    single: Option<Rc<str>>,
    points: BTreeMap<Rc<str>, Point>,
    /// Where each log was when its last sync mark came.
    marks: BTreeMap<Rc<str>, u64>,
    /// Channels that the user's own log has taken away, until the next sync mark.
    left: BTreeSet<Rc<str>>,
    /// Channels that the user's own log has given, until the next sync mark.
    joined: BTreeSet<Rc<str>>,
    /// Whether its client has asked boot where it is and how far.
    knows_by_boot: bool,
    /// How many deletions nothing of which may come here.
    opened_after: u64,
    /// The last command so far.
    last_command: u64,
    /// Commands up to here may be taken out of the order sent.
    unordered: u64,
    /// What was acknowledged as new, by channel and command.
    order: BTreeMap<Rc<str>, BTreeMap<u64, u64>>,
}

/// What is known.
#[derive(Debug, Default)]
pub struct Model {
    logs: BTreeMap<Rc<str>, Log>,
    letters: BTreeMap<Name, three::Letter>,
    sockets: BTreeMap<SocketKey, Socket>,
    checks: u64,
    /// What is read and named, by everybody's own log.
    pub marks: Marks,
    /// Durable deletions.
    deletions: u64,
    /// Whether nothing goes wrong any more and nothing old is on its way.
    pub is_quiet: bool,
}

impl Model {
    /// How many lines were checked.
    #[must_use]
    pub fn checks(&self) -> u64 {
        self.checks
    }

    /// The last durable event of a log.
    #[must_use]
    pub fn head(&self, log: &str) -> u64 {
        self.logs.get(log).map_or(0, |log| log.head)
    }

    /// The epoch of a log, once seen.
    #[must_use]
    pub fn epoch(&self, log: &str) -> Option<&str> {
        self.logs.get(log)?.epoch.as_deref()
    }

    /// A channel's messages, by its durable events.
    #[must_use]
    pub fn truth(&self, channel: &str) -> Option<&Messages> {
        self.logs.get(channel).map(|log| &log.truth)
    }

    /// How many messages have been deleted.
    #[must_use]
    pub fn deletions(&self) -> u64 {
        self.deletions
    }

    /// Every log that has an event.
    pub fn logs(&self) -> impl Iterator<Item = &Rc<str>> {
        self.logs.keys()
    }

    /// Whether a user is in a channel, by its durable events.
    #[must_use]
    pub fn is_member(&self, user: &str, channel: &str) -> bool {
        let Some(log) = self.logs.get(channel) else {
            return false;
        };
        log.members.is_in(user, log.head)
    }

    /// A client has opened a socket: to a gateway, from its resume points, or to one channel.
    pub fn opened(
        &mut self,
        socket: SocketKey,
        user: &Rc<str>,
        single: Option<Rc<str>>,
        points: BTreeMap<Rc<str>, Point>,
    ) {
        let opened = Socket {
            user: user.clone(),
            single,
            points,
            marks: BTreeMap::new(),
            left: BTreeSet::new(),
            joined: BTreeSet::new(),
            knows_by_boot: false,
            opened_after: if self.is_quiet { self.deletions } else { 0 },
            last_command: 0,
            unordered: 0,
            order: BTreeMap::new(),
        };
        self.sockets.insert(socket, opened);
    }

    /// The client of a socket has asked boot where it is and how far.
    pub fn asked_boot(&mut self, socket: SocketKey) {
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.knows_by_boot = true;
        }
    }

    /// A socket is closed: nothing more comes on it.
    pub fn closed(&mut self, socket: SocketKey) {
        self.sockets.remove(&socket);
    }

    /// An event has become durable at `now_us`.
    pub fn recorded(&mut self, line: &str) -> Result<(), Failure> {
        let event: Line = parse(line)?;
        let (Some(name), Some(seq)) = (&event.channel, event.seq) else {
            return Ok(());
        };
        let log = self.logs.entry(name.as_str().into()).or_default();
        log.head = seq;
        match name.as_bytes().first() {
            Some(b'U') => {
                let subject = event.subject.as_deref();
                let channel = subject.and_then(|channel| self.logs.get(channel));
                self.marks.of_user(name, &event, channel)?;
            }
            Some(b'T') => self.marks.of_workspace(&event),
            _ => {
                log.members.recorded(&event, seq);
                log.truth.fold(&event);
                if let (Some("message_deleted"), Some(target)) =
                    (event.event.as_deref(), event.target)
                {
                    log.gone.entry(target).or_insert(Gone(self.deletions));
                    self.deletions += 1;
                }
                self.marks.names(log, name, &event, seq);
            }
        }
        Ok(())
    }

    /// A line reaches a client.
    pub fn heard(&mut self, key: SocketKey, text: &str, line: &Line) -> Result<(), Failure> {
        self.checks += 1;
        let Some(socket) = self.sockets.get_mut(&key) else {
            return Ok(());
        };
        if let (Some(sync), Some(epoch), Some(seq), Some(recovered)) =
            (&line.sync, &line.epoch, line.seq, line.recovered)
        {
            let log = self.logs.entry(sync.as_str().into()).or_default();
            two::one_epoch(log, sync, epoch)?;
            return four::sync(socket, log, sync, epoch, seq, recovered);
        }
        let (Some(_), Some(channel)) = (&line.event, &line.channel) else {
            return Ok(());
        };
        let channel: Rc<str> = channel.as_str().into();
        let log = self.logs.entry(channel.clone()).or_default();
        let Some(seq) = line.seq else {
            return five::passing(socket, &channel);
        };
        four::event(socket, &channel, seq)?;
        five::event(socket, log, &channel, seq)?;
        two::same_for_everyone(log, &channel, seq, text)?;
        gone::event(socket, log, &channel, seq, line)?;
        if line.event.as_deref() == Some("message") {
            self.message(&channel, seq, line)?;
        }
        if let Some(socket) = self.sockets.get_mut(&key) {
            four::follow_membership(socket, &channel, line);
        }
        Ok(())
    }

    fn message(&mut self, channel: &Rc<str>, seq: u64, line: &Line) -> Result<(), Failure> {
        let (Some(user), Some(id)) = (&line.user, &line.client_message_id) else {
            return Ok(());
        };
        let name = Name {
            channel: channel.clone(),
            user: user.as_str().into(),
            client_message_id: id.as_str().into(),
        };
        let letter = self.letters.entry(name.clone()).or_default();
        three::stored(letter, &name, seq, line.text.as_deref())?;
        let log = self.logs.entry(channel.clone()).or_default();
        one::stands_where_acknowledged(log, &name, seq)
    }

    /// A client sends a command.
    pub fn commands(&mut self, socket: SocketKey, command: u64) {
        if let Some(socket) = self.sockets.get_mut(&socket) {
            socket.last_command = command;
        }
    }

    /// What is on its way may be taken out of the order sent.
    pub fn order_may_break(&mut self) {
        for socket in self.sockets.values_mut() {
            socket.unordered = socket.last_command;
        }
    }

    /// A client sends a message, or sends it again.
    pub fn sends(&mut self, name: &Name, text: &str) {
        let letter = self.letters.entry(name.clone()).or_default();
        letter.sent(text);
    }

    /// A client is told that a message is stored. `command` is its number on the socket, where it came by one.
    pub fn acknowledged(
        &mut self,
        name: &Name,
        ack: &Ack,
        command: Option<(SocketKey, u64)>,
    ) -> Result<(), Failure> {
        self.checks += 1;
        let letter = self.letters.entry(name.clone()).or_default();
        three::acknowledged(letter, name, ack)?;
        let log = self.logs.entry(name.channel.clone()).or_default();
        two::one_epoch(log, &name.channel, &ack.epoch)?;
        one::stands_where_acknowledged(log, name, ack.seq)?;
        let socket = command.and_then(|(key, id)| Some((self.sockets.get_mut(&key)?, id)));
        match socket {
            Some((socket, id)) if !ack.duplicate => two::in_order_sent(socket, name, id, ack.seq),
            _ => Ok(()),
        }
    }

    /// A client reads a page of a channel, asked for when there were `after` deletions.
    pub fn page(
        &mut self,
        channel: &str,
        messages: &[crate::line::PageMessage],
        after: u64,
    ) -> Result<(), Failure> {
        self.checks += 1;
        let log = self.logs.entry(channel.into()).or_default();
        gone::page(log, channel, messages, after)?;
        two::page_agrees(log, channel, messages)
    }

    /// How far a socket is with a log that it follows.
    #[must_use]
    pub fn point(&self, socket: SocketKey, log: &str) -> Option<&Point> {
        let socket = self.sockets.get(&socket)?;
        socket
            .points
            .get(log)
            .filter(|_| socket.marks.contains_key(log))
    }

    /// Everything has come to rest, and this is what the storages hold, log by log in order: nothing else was ever seen, and what
    /// was acknowledged is among it.
    pub fn rested(&mut self, stored: &[String]) -> Result<(), Failure> {
        for text in stored {
            let line = parse(text)?;
            let (Some(channel), Some(seq)) = (&line.channel, line.seq) else {
                continue;
            };
            let channel: Rc<str> = channel.as_str().into();
            let log = self.logs.entry(channel.clone()).or_default();
            two::next_stored(log, &channel, seq)?;
            two::same_for_everyone(log, &channel, seq, text)?;
            gone::stored(log, &channel, seq, &line)?;
            if line.event.as_deref() == Some("message") {
                self.message(&channel, seq, &line)?;
            }
        }
        self.marks.rested()?;
        two::nothing_else(&self.logs)?;
        one::all_are_there(&self.letters, &self.logs)
    }
}

/// Reads a line of the contract.
pub fn parse(line: &str) -> Result<Line, Failure> {
    serde_json::from_str(line)
        .map_err(|error| Failure::Rule("lines are JSON objects", format!("{error} in {line}")))
}
