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

/// From whom the messages come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// From one program on one socket, each as a frame.
    One,
    /// From one program on one socket, those that are due at once as lines of one frame.
    OneJoined,
    /// From many people, each in a channel of its own with one message in flight.
    Many,
}

const WARM_UP: Duration = Duration::from_secs(3);

/// Each sender is the one subscriber of its channel; a message is in flight until it is acknowledged, and so durable.
pub async fn run(setting: &Setting, system: System, from: From) -> Result<Vec<Figure>> {
    let (senders, framing) = match from {
        From::One => (1, Framing::Single),
        From::OneJoined => (1, Framing::Joined),
        From::Many => (IN_FLIGHT, Framing::Single),
    };
    let stage = Stage::set(&setting.places, system, Flight::UntilAcknowledged, framing).await?;
    let cast = Cast {
        name: "publish",
        people: senders,
        channels: senders,
    };
    let people = stage.people(cast).await?;
    let members = stage.connect(people, |_| Attention::Witness).await?;

    stage.hub().refill(true);
    for member in &members {
        member.sender().launch(IN_FLIGHT / senders);
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
