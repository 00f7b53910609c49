//! What one socket has to get, and whether it gets just that.
//!
//! Every socket checks each message's seq: none may be missing, come twice or out of order. A witness also reads what the
//! message says and how long it took.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use memchr::memmem::Finder;

use crate::error::Error;
use crate::hub::{Arrived, Flight, Hub};
use crate::sender::Sender;
use crate::wire::{Other, Point, Wire, leading_number, number_behind, other, text};

/// How closely a socket looks at what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// It counts messages and checks their order.
    Count,
    /// It also tells its own, and so can keep messages in flight.
    Sender,
    /// It also reads and times all of them.
    Witness,
}

/// What a socket got so far, for others to see.
#[derive(Debug, Default)]
pub struct Got {
    messages: Cell<u64>,
    next_seq: Cell<Option<u64>>,
    is_synced: Cell<bool>,
    reconnect_within_ms: Cell<u64>,
    logs: RefCell<BTreeMap<String, Point>>,
}

impl Got {
    /// Nothing yet, but what came before these points is had.
    pub fn after(resume: BTreeMap<String, Point>, channel: &str) -> Rc<Self> {
        let next_seq = resume.get(channel).map(|point| point.seq + 1);
        Rc::new(Self {
            next_seq: Cell::new(next_seq),
            logs: RefCell::new(resume),
            ..Self::default()
        })
    }

    /// How many messages came on this socket.
    pub fn messages(&self) -> u64 {
        self.messages.get()
    }

    /// Whether the followed channel's subscription stands.
    pub fn is_synced(&self) -> bool {
        self.is_synced.get()
    }

    /// A party has no sync mark: it subscribes by connecting.
    pub fn sync(&self) {
        self.is_synced.set(true);
    }

    /// Within how long to come back if the connection breaks.
    pub fn reconnect_within(&self) -> Duration {
        Duration::from_millis(self.reconnect_within_ms.get())
    }

    /// From where to resume.
    pub fn points(&self, channel: &str) -> BTreeMap<String, Point> {
        let mut points = self.logs.borrow().clone();
        if let (Some(point), Some(next)) = (points.get_mut(channel), self.next_seq.get()) {
            point.seq = next - 1;
        }
        points
    }
}

/// What one socket has to get.
#[derive(Debug)]
pub struct Subscription {
    hub: Rc<Hub>,
    wire: Wire,
    prefix: Vec<u8>,
    number_key: Finder<'static>,
    attention: Attention,
    sender: Rc<Sender>,
    got: Rc<Got>,
    /// What the bytes that are being read have brought.
    arrived: Arrived,
    has_message_in_frame: bool,
    released: usize,
}

impl Subscription {
    /// Follows the channel that `sender` sends to.
    pub fn new(
        hub: Rc<Hub>,
        wire: Wire,
        attention: Attention,
        sender: Rc<Sender>,
        got: Rc<Got>,
    ) -> Self {
        Self {
            prefix: wire.message_prefix(sender.channel()),
            number_key: Finder::new(wire.number_key()),
            hub,
            wire,
            attention,
            sender,
            got,
            arrived: Arrived::default(),
            has_message_in_frame: false,
            released: 0,
        }
    }

    /// Takes a line that was read at `now_ns`.
    pub fn line(&mut self, line: &[u8], now_ns: u64) {
        if let Some(rest) = line.strip_prefix(&self.prefix[..]) {
            if self.wire == Wire::Heliograph {
                self.check_seq(leading_number(rest));
            }
            self.arrived.deliveries += 1;
            self.has_message_in_frame = true;
            match self.attention {
                Attention::Count => {}
                Attention::Sender => self.delivered(number_behind(&self.number_key, line)),
                Attention::Witness => self.witness(line, now_ns),
            }
            return;
        }
        match other(line) {
            Ok(other) => self.other(other, now_ns),
            Err(error) => self.hub.fail(error),
        }
    }

    /// A frame ended.
    pub fn frame_ended(&mut self) {
        self.arrived.frames += u64::from(self.has_message_in_frame);
        self.has_message_in_frame = false;
    }

    /// Everything that was read is taken: counts it, and sends on for what is no longer in flight.
    pub fn settle(&mut self) {
        let arrived = std::mem::take(&mut self.arrived);
        let messages = self.got.messages.get() + arrived.deliveries;
        self.got.messages.set(messages);
        self.hub.count(arrived);
        let released = std::mem::take(&mut self.released);
        if released > 0 && self.hub.is_refilling() {
            self.sender.launch(released);
        }
    }

    fn check_seq(&self, seq: Option<u64>) {
        let expected = self.got.next_seq.get();
        if seq != expected || seq.is_none() {
            let show = |seq: Option<u64>| seq.map_or("none".to_owned(), |seq| seq.to_string());
            self.hub.fail(Error::Wrong(format!(
                "a socket of {} got the seq {} in place of {}",
                self.sender.channel(),
                show(seq),
                show(expected)
            )));
        }
        self.got.next_seq.set(seq.map(|seq| seq + 1));
    }

    fn witness(&mut self, line: &[u8], now_ns: u64) {
        let message = self.wire.message(line);
        let Some(message) = message.filter(|message| message.text == text(message.number)) else {
            let line = String::from_utf8_lossy(line);
            self.hub
                .fail(Error::Wrong(format!("nobody sent what arrived: {line}")));
            return;
        };
        if self.hub.flight() == Flight::UntilDelivered {
            self.hub.time(message.number, now_ns);
        }
        self.delivered(Some(message.number));
    }

    fn delivered(&mut self, number: Option<u64>) {
        if self.hub.flight() == Flight::UntilAcknowledged {
            return;
        }
        match number.map(|number| self.sender.is_delivered(number)) {
            Some(Ok(is_own)) => self.released += usize::from(is_own),
            Some(Err(error)) => self.hub.fail(error),
            None => {}
        }
    }

    fn other(&mut self, other: Other, now_ns: u64) {
        match other {
            Other::Reply { number } => self.acknowledged(number, now_ns),
            Other::Hello {
                reconnect_within_ms,
            } => self.got.reconnect_within_ms.set(reconnect_within_ms),
            Other::Overloaded => self.hub.refused(),
            Other::Sync {
                log,
                point,
                recovered,
            } => self.synced(log, point, recovered),
            Other::Event { log, seq } => self.event(&log, seq),
            Other::Passing => {}
        }
    }

    fn acknowledged(&mut self, number: u64, now_ns: u64) {
        self.arrived.replies += 1;
        if self.hub.flight() == Flight::UntilAcknowledged {
            self.hub.time(number, now_ns);
            self.released += usize::from(self.sender.is_acknowledged(number));
        }
    }

    fn synced(&self, log: String, point: Point, recovered: bool) {
        if log == self.sender.channel() {
            if self.got.next_seq.get().is_some() {
                self.check_resumed(&point, recovered);
            }
            self.got.next_seq.set(Some(point.seq + 1));
            self.got.sync();
        }
        self.got.logs.borrow_mut().insert(log, point);
    }

    fn check_resumed(&self, head: &Point, recovered: bool) {
        let next_seq = self.got.next_seq.get();
        if !recovered || next_seq != Some(head.seq + 1) {
            self.hub.fail(Error::Wrong(format!(
                "a socket of {} waits for {next_seq:?}, the sync mark says {head:?}, recovered {recovered}",
                self.sender.channel()
            )));
        }
    }

    fn event(&self, log: &str, seq: u64) {
        if log == self.sender.channel() {
            self.check_seq(Some(seq));
        } else if let Some(point) = self.got.logs.borrow_mut().get_mut(log) {
            point.seq = seq;
        }
    }
}
