//! Many sockets on which nothing happens: what each costs.

use std::time::{Duration, Instant};

use super::Setting;
use crate::census::{Census, Passed};
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::machine::resident_bytes;
use crate::measure::Mark;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;

const SOCKETS: usize = 5_000;
const CHANNELS: usize = 50;
const PEOPLE: usize = 500;
/// How long what connecting left to do may take.
const SETTLE: Duration = Duration::from_secs(2);
/// Objects go to sleep after ten seconds.
const UNTIL_ASLEEP: Duration = Duration::from_secs(13);
const IDLE_TIME: Duration = Duration::from_secs(5);

/// At the end a message goes to each channel: everyone gets it, and who had to be woken for it was asleep.
pub async fn run(setting: &Setting, system: System) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let people = stage
        .people(Cast {
            name: "idle",
            people: PEOPLE,
            channels: CHANNELS,
        })
        .await?;
    let per_person = SOCKETS / PEOPLE;
    let seats = people
        .into_iter()
        .flat_map(|seat| std::iter::repeat_n(seat, per_person));
    stage.pass(SETTLE).await?;
    let process = stage.server().process();
    let before_bytes = resident_bytes(process)?;

    let start = Instant::now();
    let members = stage.connect(seats, |_| Attention::Count).await?;
    let connecting_s = start.elapsed().as_secs_f64();
    stage.pass(SETTLE).await?;
    let after_bytes = resident_bytes(process)?;
    let growth_kb = after_bytes.saturating_sub(before_bytes) as f64 / 1e3;

    stage.pass(UNTIL_ASLEEP).await?;
    let mark = Mark::read(stage.server(), stage.hub())?;
    stage.pass(IDLE_TIME).await?;
    let window = Mark::read(stage.server(), stage.hub())?.since(mark);
    let before = Census::take(&stage).await?;
    for member in members.iter().step_by(SOCKETS / CHANNELS) {
        member.sender().send(stage.hub().now_ns());
    }
    stage.drain(&members, SOCKETS / CHANNELS).await?;

    let mut found = vec![
        figures::MEMORY_PER_SOCKET
            .is(growth_kb / SOCKETS as f64)
            .at_most(75.0),
        figures::RESIDENT.is(after_bytes as f64 / 1e6),
        Census::memory(before),
        figures::CONNECTS_PER_S.is(SOCKETS as f64 / connecting_s),
        figures::IDLE_CPU.is(window.cpu.server.as_secs_f64() / window.seconds),
    ];
    let passed = Passed::between(before, Census::take(&stage).await?);
    found.extend(passed.woken());
    Ok(found)
}
