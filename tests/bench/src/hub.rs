//! What all sockets of a run share: what was sent and when, what arrived, and the first fault.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::error::{Context, Error, Result};
use crate::latency::Latency;

/// The longest latency that is told from longer ones, in microseconds.
const LATENCY_MAX_US: u64 = 600_000_000;
const LATENCY_DIGITS: u8 = 3;

/// When a message is no longer in flight; latency is measured up to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flight {
    /// When its sender has it back as an event.
    UntilDelivered,
    /// When its sender knows that it is durable.
    UntilAcknowledged,
}

/// How the messages that are due leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each as a frame, as from people of their own.
    Single,
    /// Those due at once as one frame of lines, as from one program.
    Joined,
}

/// What arrived so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrived {
    /// Messages, at all sockets together.
    pub deliveries: u64,
    /// Frames with at least one message in them.
    pub frames: u64,
    /// Replies to messages.
    pub replies: u64,
}

impl Arrived {
    /// What came after an earlier count.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            deliveries: self.deliveries - earlier.deliveries,
            frames: self.frames - earlier.frames,
            replies: self.replies - earlier.replies,
        }
    }
}

/// What all sockets of a run share.
#[derive(Debug)]
pub struct Hub {
    start: Instant,
    /// When each message was sent, in nanoseconds since the start.
    sent: RefCell<Vec<u64>>,
    arrived: Cell<Arrived>,
    /// Messages that were refused as too many; `None` where that may not be.
    refused: Cell<Option<u64>>,
    fault: RefCell<Option<Error>>,
    latency_us: RefCell<Histogram<u64>>,
    timed: RefCell<Range<u64>>,
    flight: Flight,
    framing: Framing,
    is_refilling: Cell<bool>,
    is_closing: Cell<bool>,
}

impl Hub {
    /// A run in which nothing was sent yet.
    pub fn new(flight: Flight, framing: Framing) -> Result<Self> {
        let latency_us = Histogram::new_with_max(LATENCY_MAX_US, LATENCY_DIGITS);
        Ok(Self {
            start: Instant::now(),
            sent: RefCell::default(),
            arrived: Cell::default(),
            refused: Cell::new(None),
            fault: RefCell::default(),
            latency_us: RefCell::new(latency_us.doing("make a histogram")?),
            timed: RefCell::new(0..0),
            flight,
            framing,
            is_refilling: Cell::new(false),
            is_closing: Cell::new(false),
        })
    }

    /// When a message counts as over.
    pub fn flight(&self) -> Flight {
        self.flight
    }

    /// How messages leave.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Nanoseconds since the start.
    pub fn now_ns(&self) -> u64 {
        nanoseconds(self.start.elapsed())
    }

    /// The number of the next message, which counts as sent at `at_ns`.
    pub fn next_message(&self, at_ns: u64) -> u64 {
        let mut sent = self.sent.borrow_mut();
        sent.push(at_ns);
        sent.len() as u64 - 1
    }

    /// How many messages were sent.
    pub fn sent(&self) -> u64 {
        self.sent.borrow().len() as u64
    }

    /// From here on more may be sent than the server takes.
    pub fn may_be_refused(&self) {
        self.refused.set(Some(0));
    }

    /// A message was refused, as too much was sent.
    pub fn refused(&self) {
        match self.refused.get() {
            Some(refused) => self.refused.set(Some(refused + 1)),
            None => self.fail(Error::Failed(
                "a message was refused as too much".to_owned(),
            )),
        }
    }

    /// How many messages were refused.
    pub fn refusals(&self) -> u64 {
        self.refused.get().unwrap_or(0)
    }

    /// What arrived so far.
    pub fn arrived(&self) -> Arrived {
        self.arrived.get()
    }

    /// Counts what one read brought.
    pub fn count(&self, more: Arrived) {
        let arrived = self.arrived.get();
        self.arrived.set(Arrived {
            deliveries: arrived.deliveries + more.deliveries,
            frames: arrived.frames + more.frames,
            replies: arrived.replies + more.replies,
        });
    }

    /// From here on the latency of messages is kept, and only theirs.
    pub fn start_timing(&self) {
        self.latency_us.borrow_mut().reset();
        *self.timed.borrow_mut() = self.sent()..u64::MAX;
    }

    /// Messages from here on are not timed.
    pub fn stop_timing(&self) {
        self.timed.borrow_mut().end = self.sent();
    }

    /// Takes note that a message is there.
    pub fn time(&self, number: u64, now_ns: u64) {
        if !self.timed.borrow().contains(&number) {
            return;
        }
        let sent_ns = usize::try_from(number)
            .ok()
            .and_then(|index| self.sent.borrow().get(index).copied());
        let took_us = now_ns.saturating_sub(sent_ns.unwrap_or(now_ns)) / 1_000;
        self.latency_us.borrow_mut().saturating_record(took_us);
    }

    /// The latencies of what was timed.
    pub fn latency(&self) -> Latency {
        Latency::of(&self.latency_us.borrow())
    }

    /// Whether whoever has a message back sends the next one.
    pub fn is_refilling(&self) -> bool {
        self.is_refilling.get()
    }

    /// Keeps up what is in flight, or lets it run out.
    pub fn refill(&self, is_refilling: bool) {
        self.is_refilling.set(is_refilling);
    }

    /// From here on sockets may close.
    pub fn close(&self) {
        self.is_closing.set(true);
    }

    /// Whether sockets may close.
    pub fn is_closing(&self) -> bool {
        self.is_closing.get()
    }

    /// Something that may not be; the first one counts.
    pub fn fail(&self, error: Error) {
        self.fault.borrow_mut().get_or_insert(error);
    }

    /// An error if anything went wrong so far.
    pub fn check(&self) -> Result<()> {
        self.fault.borrow_mut().take().map_or(Ok(()), Err)
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
