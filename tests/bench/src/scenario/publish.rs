//! Durable messages to one subscriber, as fast as it goes.

use std::time::Duration;

use super::Setting;
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::measure::percentiles;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;

const IN_FLIGHT: usize = 64;
const WARM_UP: Duration = Duration::from_secs(3);

/// The sender is the one subscriber; a message is in flight until it is acknowledged, and so durable.
pub async fn run(setting: &Setting, system: System, framing: Framing) -> Result<Vec<Figure>> {
    let stage = Stage::set(&setting.places, system, Flight::UntilAcknowledged, framing).await?;
    let cast = Cast {
        name: "publish",
        people: 1,
        channels: 1,
    };
    let people = stage.people(cast).await?;
    let members = stage.connect(people, |_| Attention::Witness).await?;

    stage.hub().refill(true);
    for member in &members {
        member.sender().launch(IN_FLIGHT);
    }
    stage.pass(WARM_UP).await?;
    let window = stage.measure(setting.time).await?;
    stage.hub().refill(false);
    stage.drain(&members, 1).await?;

    let mut found = vec![
        figures::CPU_PER_MESSAGE
            .is(window.cpu_per_message_us(1))
            .at_most(20.0),
        figures::MESSAGES_PER_S
            .is(window.messages_per_s(1))
            .at_least(30_000.0),
        figures::EVENTS_PER_FRAME.is(window.events_per_frame()),
    ];
    found.extend(percentiles(stage.hub().latency()));
    found.extend(window.load());
    Ok(found)
}
