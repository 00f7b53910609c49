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
/// Every so many sockets one reads and times what it gets.
const WITNESS_EVERY: usize = 50;
const WARM_UP: Duration = Duration::from_secs(4);

/// A message is in flight until its sender has it back, who then sends the next one. Each has a sender of its own: workerd serves
/// one that pipelines until it pauses, and nobody else meanwhile.
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
    let is_sender = |index: usize| {
        index % (SOCKETS / in_flight) == 1 && index / (SOCKETS / in_flight) < in_flight
    };
    let attention = |index: usize| match index {
        _ if index.is_multiple_of(WITNESS_EVERY) => Attention::Witness,
        _ if is_sender(index) => Attention::Sender,
        _ => Attention::Count,
    };
    let members = stage.connect(seats, attention).await?;

    stage.hub().refill(true);
    for (_, member) in members
        .iter()
        .enumerate()
        .filter(|(index, _)| is_sender(*index))
    {
        member.sender().launch(1);
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
