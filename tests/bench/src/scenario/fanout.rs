//! One channel with many sockets, as fast as it goes.

use std::time::Duration;

use super::Setting;
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::measure::percentiles;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;

const SOCKETS: usize = 1_000;
const PEOPLE: usize = 100;
/// Of the sockets, those that send: each has the same share of the messages in flight.
const SENDERS: usize = 8;
/// Every so many sockets one reads and times what it gets; the senders are among them.
const WITNESS_EVERY: usize = 50;
const WARM_UP: Duration = Duration::from_secs(4);

/// A message is in flight until its sender has it back.
pub async fn run(setting: &Setting, system: System, in_flight: usize) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let cast = Cast {
        name: "fanout",
        people: PEOPLE,
        channels: 1,
    };
    let people = stage.people(cast).await?;
    let seats = people.into_iter().cycle().take(SOCKETS);
    let attention = |index: usize| match index % WITNESS_EVERY {
        0 => Attention::Witness,
        _ => Attention::Count,
    };
    let members = stage.connect(seats, attention).await?;

    stage.hub().refill(true);
    for member in members.iter().step_by(WITNESS_EVERY).take(SENDERS) {
        member.sender().launch(in_flight / SENDERS);
    }
    stage.pass(WARM_UP).await?;
    let window = stage.measure(setting.time).await?;
    stage.hub().refill(false);
    stage.drain(&members, SOCKETS).await?;

    let (rate, cost_us) = if in_flight < 100 {
        (1.5e6, 0.7)
    } else {
        (6e6, 0.2)
    };
    let mut found = vec![
        figures::DELIVERIES_PER_S
            .is(window.deliveries_per_s())
            .at_least(rate),
        figures::CPU_PER_DELIVERY
            .is(window.cpu_per_delivery_us())
            .at_most(cost_us),
        figures::MESSAGES_PER_S.is(window.messages_per_s(SOCKETS)),
        figures::CPU_PER_MESSAGE.is(window.cpu_per_message_us(SOCKETS)),
        figures::EVENTS_PER_FRAME.is(window.events_per_frame()),
    ];
    found.extend(percentiles(stage.hub().latency()));
    found.extend(window.load());
    Ok(found)
}
