//! Few messages to many sockets: how long one takes when nothing else is going on.

use std::time::Duration;

use super::Setting;
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::measure::Mark;
use crate::pacer;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;

const SOCKETS: usize = 100;
const PER_S: f64 = 20.0;
const WARM_UP: Duration = Duration::from_secs(3);
const TIME: Duration = Duration::from_secs(20);

/// Everyone is in one channel, sends in turn, and times everything.
pub async fn run(setting: &Setting, system: System) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let cast = Cast {
        name: "light",
        people: SOCKETS,
        channels: 1,
    };
    let people = stage.people(cast).await?;
    let members = stage.connect(people, |_| Attention::Witness).await?;

    pacer::run(&stage, &members, PER_S, WARM_UP).await?;
    stage.drain(&members, SOCKETS).await?;
    stage.hub().start_timing();
    let before = Mark::read(stage.server(), stage.hub())?;
    pacer::run(&stage, &members, PER_S, TIME).await?;
    stage.drain(&members, SOCKETS).await?;
    let window = Mark::read(stage.server(), stage.hub())?.since(before);

    let latency = stage.hub().latency();
    let mut found = vec![
        figures::P50.is(latency.p50_ms).at_most(1.0),
        figures::P99.is(latency.p99_ms).at_most(2.0),
        figures::MESSAGES_PER_S.is(window.messages_per_s(SOCKETS)),
        figures::CPU_PER_DELIVERY.is(window.cpu_per_delivery_us()),
        figures::CPU_PER_MESSAGE.is(window.cpu_per_message_us(SOCKETS)),
        figures::EVENTS_PER_FRAME.is(window.events_per_frame()),
    ];
    found.extend(window.load());
    Ok(found)
}
