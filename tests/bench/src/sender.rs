//! What one socket sends, and what of it is still in flight.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::frame::{Opcode, encode};
use crate::hub::{Framing, Hub};
use crate::wire::Wire;
use crate::writer::Writer;

/// What one socket sends to its channel.
#[derive(Debug)]
pub struct Sender {
    hub: Rc<Hub>,
    writer: Rc<Writer>,
    wire: Wire,
    channel: String,
    /// Messages in flight, the oldest first; only of a sender that refills.
    flying: RefCell<VecDeque<u64>>,
}

impl Sender {
    /// Sends to a channel on a socket.
    pub fn new(hub: Rc<Hub>, writer: Rc<Writer>, wire: Wire, channel: String) -> Rc<Self> {
        Rc::new(Self {
            hub,
            writer,
            wire,
            channel,
            flying: RefCell::default(),
        })
    }

    /// The socket itself.
    pub fn writer(&self) -> &Rc<Writer> {
        &self.writer
    }

    /// The channel it sends to.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Sends one message, which counts as sent at `at_ns`.
    pub fn send(&self, at_ns: u64) {
        let number = self.hub.next_message(at_ns);
        self.writer
            .send(self.wire.send(&self.channel, number).as_bytes());
    }

    /// Sends as many messages and keeps them in flight.
    pub fn launch(&self, count: usize) {
        let now_ns = self.hub.now_ns();
        let mut lines = Vec::with_capacity(count);
        for _ in 0..count {
            let number = self.hub.next_message(now_ns);
            self.flying.borrow_mut().push_back(number);
            lines.push(self.wire.send(&self.channel, number));
        }
        match self.hub.framing() {
            Framing::Single => {
                let mut frames = Vec::new();
                for line in lines {
                    encode(Opcode::Text, line.as_bytes(), &mut frames);
                }
                self.writer.write(&frames);
            }
            Framing::Joined => self.writer.send(lines.join("\n").as_bytes()),
        }
    }

    /// Whether this message, which came back as an event, was one in flight: they come back in the order sent.
    pub fn is_delivered(&self, number: u64) -> Result<bool> {
        let mut flying = self.flying.borrow_mut();
        if flying.front() == Some(&number) {
            flying.pop_front();
            return Ok(true);
        }
        if flying.contains(&number) {
            return Err(Error::Wrong(format!(
                "message {number} overtook one that its sender sent before"
            )));
        }
        Ok(false)
    }

    /// Whether this message, which was acknowledged, was one in flight.
    pub fn is_acknowledged(&self, number: u64) -> bool {
        let mut flying = self.flying.borrow_mut();
        let index = flying.iter().position(|flying| *flying == number);
        index.and_then(|index| flying.remove(index)).is_some()
    }
}
