//! The world model: one channel whose people are all over the world, and how long a message takes to each of them.
//!
//! Nothing breaks here, but everything costs. Each object has one thread: what comes waits for its turn, and the frames of a turn
//! leave one after the other. The channel server and the gateways are the cores that are shipped, every connection is one of
//! them; distances and costs are published or measured. Everybody's receipt of everything is checked: once, and in order.
//!
//! | module | what it holds |
//! |---|---|
//! | [`atlas`] | where people are, and how far it is between them |
//! | [`cost`] | what a thing costs a thread |
//! | [`town`] | how many people, on how many gateways |
//! | [`channel`], [`gateway`], [`home`] | the channel's server, a gateway, the server of everything else |
//! | `thread` | what waits for its turn |
//! | [`audience`] | the people: what they have got, and how long it took |
//! | [`figures`] | the times, and the table of them |
//!
//! What it leaves out: losses on the network and what TCP does about them, other work on the same machines, and the first
//! connection. Frames of a turn leave as it goes on; on the platform they leave once it is over.

pub mod atlas;
pub mod audience;
pub mod channel;
pub mod cost;
pub mod figures;
pub mod gateway;
pub mod home;
mod setup;
mod thread;
pub mod town;

use gateway_core::region::Region;
use protocol::id::ChannelId;

use self::{
    audience::Audience,
    channel::{ChannelThread, ToChannel},
    cost::Costs,
    figures::Figures,
    gateway::{GatewayThread, ToGateway},
    thread::Thread,
    town::Town,
};
use crate::{agenda::Agenda, failure::Failure, random::Random};

/// Nanoseconds in a millisecond.
pub const MS: u64 = 1_000_000;
/// When a run begins, in milliseconds since the epoch.
const EPOCH_MS: u64 = 1_800_000_000_000;
/// The number of the server that has the channel.
const CHANNEL_SERVER: u32 = 0;
/// The number of the server that has everything else.
const HOME_SERVER: u32 = 1;

/// One thing that happens.
#[derive(Debug)]
enum Event {
    /// Something reaches the channel's server.
    ToChannel(ToChannel),
    /// Something reaches a gateway.
    ToGateway(usize, ToGateway),
    /// The channel server's thread is free for what waits.
    ChannelIsFree,
    /// A gateway's thread is free for what waits.
    GatewayIsFree(usize),
    /// A person writes: by region.
    Writes(Region),
}

/// What a turn of an object left behind.
#[derive(Debug, Default)]
struct Turn {
    /// How much of the thread's time it took, in nanoseconds.
    took_ns: u64,
    /// What it brings about, each with its time.
    events: Vec<(u64, Event)>,
}

/// The world.
#[derive(Debug)]
pub struct Globe {
    town: Town,
    now_ns: u64,
    costs: Costs,
    random: Random,
    agenda: Agenda<Event>,
    channel_id: ChannelId,
    channel: ChannelThread,
    channel_thread: Thread<ToChannel>,
    gateways: Vec<GatewayThread>,
    gateway_threads: Vec<Thread<ToGateway>>,
    audience: Audience,
}

impl Globe {
    /// Has one person of each region in turn write a message every `every_ms`, `messages` in all. Gives how long each of them
    /// took to each person. The first is written after a pause in which everything comes to rest.
    pub fn talk(&mut self, messages: u64, every_ms: u64) -> Result<Figures, Failure> {
        /// Longer than anything gathers, much shorter than a gateway waits before it goes to sleep.
        const PAUSE_MS: u64 = 500;
        self.audience.begin();
        let begin_ns = self.now_ns + PAUSE_MS * MS;
        for (number, region) in (0..messages).zip(Region::ALL.into_iter().cycle()) {
            let at_ns = begin_ns + number * every_ms * MS;
            self.agenda.put(at_ns, Event::Writes(region));
        }
        // Timers to come are no reason to wait: they would have everything go to sleep.
        self.go_on_while(|globe| !globe.audience.has_everything(messages))?;
        Ok(std::mem::take(&mut self.audience.figures))
    }

    /// What the run is like.
    #[must_use]
    pub fn town(&self) -> &Town {
        &self.town
    }

    /// The people.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    fn go_on_while(&mut self, goes_on: impl Fn(&Self) -> bool) -> Result<(), Failure> {
        while goes_on(self) {
            let Some((at_ns, event)) = self.agenda.take() else {
                let how = "nothing is left to happen, and not everybody has everything".to_owned();
                return Err(Failure::Promise(4, how));
            };
            self.now_ns = self.now_ns.max(at_ns);
            self.step(event)?;
        }
        Ok(())
    }

    fn step(&mut self, event: Event) -> Result<(), Failure> {
        match event {
            Event::ToChannel(what) => {
                if let Some(free_ns) = self.channel_thread.comes(what, self.now_ns) {
                    self.agenda.put(free_ns, Event::ChannelIsFree);
                }
                Ok(())
            }
            Event::ToGateway(index, what) => {
                let thread = self.gateway_threads.get_mut(index);
                if let Some(free_ns) = thread.and_then(|thread| thread.comes(what, self.now_ns)) {
                    self.agenda.put(free_ns, Event::GatewayIsFree(index));
                }
                Ok(())
            }
            Event::ChannelIsFree => self.channel_turn(),
            Event::GatewayIsFree(index) => self.gateway_turn(index),
            Event::Writes(region) => {
                let written = self.audience.writes(
                    region,
                    &self.channel_id,
                    self.now_ns,
                    &self.costs,
                    &mut self.random,
                );
                if let Some((gateway, frame, at_ns)) = written {
                    self.agenda.put(at_ns, Event::ToGateway(gateway, frame));
                }
                Ok(())
            }
        }
    }

    fn channel_turn(&mut self) -> Result<(), Failure> {
        let Some(what) = self.channel_thread.next() else {
            return Ok(());
        };
        let turn = self
            .channel
            .turn(what, self.now_ns, &self.costs, &mut self.random)?;
        if let Some(free_ns) = self.channel_thread.worked(self.now_ns + turn.took_ns) {
            self.agenda.put(free_ns, Event::ChannelIsFree);
        }
        self.put_all(turn);
        Ok(())
    }

    fn gateway_turn(&mut self, index: usize) -> Result<(), Failure> {
        let (Some(gateway), Some(thread)) = (
            self.gateways.get_mut(index),
            self.gateway_threads.get_mut(index),
        ) else {
            return Ok(());
        };
        let Some(what) = thread.next() else {
            return Ok(());
        };
        let turn = gateway.turn(
            &what,
            self.now_ns,
            &self.costs,
            &mut self.audience,
            &mut self.random,
        )?;
        if let Some(free_ns) = thread.worked(self.now_ns + turn.took_ns) {
            self.agenda.put(free_ns, Event::GatewayIsFree(index));
        }
        self.put_all(turn);
        Ok(())
    }

    fn put_all(&mut self, turn: Turn) {
        for (at_ns, event) in turn.events {
            self.agenda.put(at_ns, event);
        }
    }
}

/// An object's clock.
fn clock_ms(now_ns: u64) -> u64 {
    EPOCH_MS + now_ns / MS
}
