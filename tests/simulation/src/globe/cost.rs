//! What a thing costs the thread that does it.
//!
//! Measured on two shared cores (`cargo xtask bench`, the table in README.md): frames to browsers are what costs, 20 µs each, and
//! a line more in the same frame next to nothing; a commit is 200 µs. What a commit waits for besides is Cloudflare's: a
//! write is durable once three of five followers nearby have it ("Zero-latency `SQLite` storage in every Durable Object", 2024),
//! which is taken to be one way there and back between two data centres of a region.

use super::atlas::WITHIN_US;
use crate::random::Random;

/// By how much a way takes longer than at its best, at the most, in hundredths.
pub const JITTER_PERCENT: u64 = 10;

/// What things cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// To send or to take in a frame, in nanoseconds.
    pub frame_ns: u64,
    /// A further line in a frame, in nanoseconds.
    pub line_ns: u64,
    /// The writes of a turn, in nanoseconds.
    pub commit_ns: u64,
    /// How long nothing leaves until what was written is durable, in nanoseconds; the thread does other things meanwhile.
    pub durable_ns: u64,
    /// Whether ways take time.
    pub has_ways: bool,
}

impl Costs {
    /// As measured.
    pub const MEASURED: Self = Self {
        frame_ns: 20_000,
        line_ns: 660,
        commit_ns: 200_000,
        durable_ns: WITHIN_US as u64 * 1_000,
        has_ways: true,
    };

    /// Nothing: how people get to where they are takes no time.
    pub const NOTHING: Self = Self {
        frame_ns: 0,
        line_ns: 0,
        commit_ns: 0,
        durable_ns: 0,
        has_ways: false,
    };

    /// To send a frame of so many lines.
    #[must_use]
    pub fn frame(&self, lines: usize) -> u64 {
        self.frame_ns + self.line_ns * (lines.max(1) - 1) as u64
    }

    /// How long a way takes this time, in nanoseconds.
    pub fn travel(&self, way_us: u32, random: &mut Random) -> u64 {
        if !self.has_ways {
            return 0;
        }
        let best_ns = u64::from(way_us) * 1_000;
        best_ns + random.below(best_ns * JITTER_PERCENT / 100 + 1)
    }
}
