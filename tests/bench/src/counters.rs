//! What a Worker in development tells of itself, where it does: `GET /dev/counters`.

use serde::Deserialize;

use crate::error::{Context, Result};
use crate::figures::{self, Figure};
use crate::stage::Stage;
use crate::wire::Wire;

const PATH: &str = "/dev/counters";

/// Counts since the Worker started. To read them wakes no object.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counters {
    /// How often a gateway was constructed.
    pub gateways_started: u64,
    /// How often a channel server was constructed.
    pub channel_servers_started: u64,
    /// How often a channel server read a log from its storage for somebody who subscribes or resumes.
    pub channel_server_reads: u64,
}

impl Counters {
    /// `None` where the system does not tell.
    pub async fn read(stage: &Stage) -> Result<Option<Self>> {
        if stage.system().wire() == Wire::Party {
            return Ok(None);
        }
        let answer = stage.server().http().get(PATH, None).await?;
        answer
            .map(|answer| serde_json::from_value(answer).doing(format_args!("read {PATH}")))
            .transpose()
    }
}

/// How many objects something woke: those that had to be constructed for it were asleep.
pub fn asleep(before: Option<Counters>, after: Option<Counters>) -> [Figure; 2] {
    let woken = |kind: figures::Kind, count: fn(Counters) -> u64| match (before, after) {
        (Some(before), Some(after)) => kind.is((count(after) - count(before)) as f64).at_least(1.0),
        _ => kind.is_unknown(),
    };
    [
        woken(figures::GATEWAYS_ASLEEP, |counters| {
            counters.gateways_started
        }),
        woken(figures::CHANNEL_SERVERS_ASLEEP, |counters| {
            counters.channel_servers_started
        }),
    ]
}
