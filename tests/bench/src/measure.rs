//! A window of time: what passed in it, and what it cost.

use std::time::{Duration, Instant};

use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Arrived, Hub};
use crate::latency::Latency;
use crate::machine::CpuTime;
use crate::server::Server;

/// A generator that uses more of its one processor may be what is measured.
const GENERATOR_MAX: f64 = 0.9;
/// More of a processor for anything else disturbs.
const OTHERS_MAX: f64 = 0.1;

/// The state of all counters at one time.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: Instant,
    cpu: CpuTime,
    arrived: Arrived,
}

/// What passed between two marks.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// How long it was, in seconds.
    pub seconds: f64,
    /// The processor time that it took.
    pub cpu: CpuTime,
    /// What arrived in it.
    pub arrived: Arrived,
}

impl Mark {
    /// Now.
    pub fn read(server: &Server, hub: &Hub) -> Result<Self> {
        Ok(Self {
            at: Instant::now(),
            cpu: CpuTime::read(server.process())?,
            arrived: hub.arrived(),
        })
    }

    /// The window from an earlier mark to this.
    pub fn since(self, earlier: Self) -> Window {
        Window {
            seconds: self.at.duration_since(earlier.at).as_secs_f64(),
            cpu: self.cpu.since(earlier.cpu),
            arrived: self.arrived.since(earlier.arrived),
        }
    }
}

impl Window {
    /// Messages, of which each is delivered to `audience` sockets.
    pub fn messages(&self, audience: usize) -> f64 {
        self.arrived.deliveries as f64 / audience as f64
    }

    /// Messages a second.
    pub fn messages_per_s(&self, audience: usize) -> f64 {
        self.messages(audience) / self.seconds
    }

    /// Deliveries a second.
    pub fn deliveries_per_s(&self) -> f64 {
        self.arrived.deliveries as f64 / self.seconds
    }

    /// The server's processor time a message, in microseconds.
    pub fn cpu_per_message_us(&self, audience: usize) -> f64 {
        self.cpu.server.as_secs_f64() * 1e6 / self.messages(audience)
    }

    /// The server's processor time a delivery, in microseconds.
    pub fn cpu_per_delivery_us(&self) -> f64 {
        self.cpu.server.as_secs_f64() * 1e6 / self.arrived.deliveries as f64
    }

    /// Messages in a frame that brings any.
    pub fn events_per_frame(&self) -> f64 {
        self.arrived.deliveries as f64 / self.arrived.frames as f64
    }

    /// What tells whether the figures can be trusted: who used how much of the machine, in processors.
    pub fn load(&self) -> [Figure; 3] {
        let cores = |time: Duration| time.as_secs_f64() / self.seconds;
        [
            figures::SERVER_CPU.is(cores(self.cpu.server)),
            figures::GENERATOR_CPU
                .is(cores(self.cpu.generator))
                .at_most(GENERATOR_MAX),
            figures::OTHERS_CPU
                .is(cores(self.cpu.others()))
                .at_most(OTHERS_MAX),
        ]
    }
}

/// Percentiles as figures.
pub fn percentiles(latency: Latency) -> [Figure; 2] {
    [
        figures::P50.is(latency.p50_ms),
        figures::P99.is(latency.p99_ms),
    ]
}
