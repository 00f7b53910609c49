//! What a Worker in development counts of itself: `GET /dev/census`.

use serde::Deserialize;

use crate::error::{Context, Result};
use crate::figures::{self, Figure, Kind};
use crate::stage::Stage;
use crate::wire::Wire;

const PATH: &str = "/dev/census";

/// Counts that only rise. To read them wakes no object.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Census {
    /// Lives of gateways: one more each time that one gets its memory.
    gateways: u64,
    /// Lives of channel servers.
    channel_servers: u64,
    /// Frames of gateways that channel servers have taken in.
    link_frames: u64,
    /// How often a channel server read a log from its storage for somebody who subscribes or resumes.
    reads: Option<u64>,
    /// The memory of the wasm module, in bytes.
    memory_bytes: u64,
}

impl Census {
    /// `None` where the system has none.
    pub async fn take(stage: &Stage) -> Result<Option<Self>> {
        if stage.system().wire() == Wire::Party {
            return Ok(None);
        }
        let answer = stage.server().http().get(PATH, None).await?;
        answer
            .map(|answer| serde_json::from_value(answer).doing(format_args!("read {PATH}")))
            .transpose()
    }

    /// The memory of the wasm module, in megabytes.
    pub fn memory(census: Option<Self>) -> Figure {
        census.map_or(figures::WASM_MEMORY.is_unknown(), |census| {
            figures::WASM_MEMORY.is(census.memory_bytes as f64 / 1e6)
        })
    }
}

/// What passed between two readings.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    before: Option<Census>,
    after: Option<Census>,
}

impl Passed {
    /// Between these.
    pub fn between(before: Option<Census>, after: Option<Census>) -> Self {
        Self { before, after }
    }

    /// How many objects of both tiers were woken: those that had to be given memory were asleep.
    pub fn woken(self) -> [Figure; 2] {
        [
            self.figure(figures::GATEWAYS_ASLEEP, |census| Some(census.gateways)),
            self.figure(figures::CHANNEL_SERVERS_ASLEEP, |census| {
                Some(census.channel_servers)
            }),
        ]
        .map(|figure| figure.at_least(1.0))
    }

    /// What channel servers had to do for gateways.
    pub fn asked(self) -> [Figure; 2] {
        [
            self.figure(figures::CHANNEL_SERVER_READS, |census| census.reads)
                .at_most(49.0),
            self.figure(figures::LINK_FRAMES, |census| Some(census.link_frames)),
        ]
    }

    fn figure(self, kind: Kind, count: fn(Census) -> Option<u64>) -> Figure {
        match (self.before.and_then(count), self.after.and_then(count)) {
            // A module that was started anew counts from 0.
            (Some(before), Some(after)) => kind.is(after.saturating_sub(before) as f64),
            _ => kind.is_unknown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn census(gateways: u64, reads: Option<u64>) -> Census {
        Census {
            gateways,
            channel_servers: 0,
            link_frames: 0,
            reads,
            memory_bytes: 0,
        }
    }

    #[test]
    fn what_passed_is_the_difference_and_what_is_not_counted_is_unknown() {
        let passed = Passed::between(Some(census(4, None)), Some(census(6, None)));
        assert_eq!(passed.woken()[0].value, Some(2.0));
        assert_eq!(passed.asked()[0].value, None);
        let passed = Passed::between(Some(census(0, Some(5))), Some(census(0, Some(25))));
        assert_eq!(passed.asked()[0].value, Some(20.0));
    }

    #[test]
    fn a_system_without_a_census_says_nothing() {
        let passed = Passed::between(None, None);
        assert_eq!(passed.woken().map(|figure| figure.value), [None, None]);
    }
}
