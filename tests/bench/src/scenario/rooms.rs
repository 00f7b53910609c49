//! Many small channels in which everyone sends: the highest rate that is held.

use std::time::Duration;

use super::Setting;
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::latency::Latency;
use crate::measure::{Mark, Window, percentiles};
use crate::member::Member;
use crate::pacer;
use crate::ramp::Ramp;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;

const CHANNELS: usize = 100;
const SOCKETS_PER_CHANNEL: usize = 10;
/// What the search begins with, in messages a second.
const FIRST_PER_S: f64 = 2_000.0;
/// The slowest of a hundred deliveries may take so long.
const HELD_P99_MS: f64 = 200.0;
/// What Heliograph has to hold, in messages a second.
const HELD_PER_S: f64 = 45_000.0;
const WARM_UP: Duration = Duration::from_secs(1);
const TIME: Duration = Duration::from_secs(4);

/// A rate that was tried.
struct Try {
    /// Messages that the server did not take.
    refused: u64,
    window: Window,
    latency: Latency,
}

/// Every message of a held rate arrives everywhere, and all but one in a hundred within the time: a backlog that grows would show
/// in those that were sent last.
pub async fn run(setting: &Setting, system: System) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let cast = Cast {
        name: "rooms",
        people: CHANNELS * SOCKETS_PER_CHANNEL,
        channels: CHANNELS,
    };
    let people = stage.people(cast).await?;
    // One of each channel, and each time another one, so that it does not sit at the same place in all.
    let attention = |index: usize| {
        let (channel, place) = (index / SOCKETS_PER_CHANNEL, index % SOCKETS_PER_CHANNEL);
        if place == channel % SOCKETS_PER_CHANNEL {
            Attention::Witness
        } else {
            Attention::Count
        }
    };
    let members = stage.connect(people, attention).await?;
    let order = by_turns(members.len());
    let mut members: Vec<_> = order.into_iter().zip(members).collect();
    members.sort_by_key(|(turn, _)| *turn);
    let members: Vec<Member> = members.into_iter().map(|(_, member)| member).collect();

    stage.hub().may_be_refused();
    if let Some(rate) = setting.rate {
        return Ok(report(&attempt(&stage, &members, rate).await?));
    }
    let mut ramp = Ramp::new(FIRST_PER_S);
    let mut best = None;
    loop {
        let tried = attempt(&stage, &members, ramp.rate()).await?;
        let is_held = tried.latency.p99_ms <= HELD_P99_MS && tried.refused == 0;
        if is_held {
            best = Some(tried);
        }
        if !ramp.advance(is_held) {
            break;
        }
    }
    let nothing = || vec![figures::MESSAGES_PER_S.is(0.0).at_least(HELD_PER_S)];
    Ok(best.map_or_else(nothing, |best| report(&best)))
}

/// The place of each member in the order in which they send: channel by channel in turn.
fn by_turns(members: usize) -> Vec<usize> {
    let place = |index| {
        let (channel, place) = (index / SOCKETS_PER_CHANNEL, index % SOCKETS_PER_CHANNEL);
        place * CHANNELS + channel
    };
    (0..members).map(place).collect()
}

async fn attempt(stage: &Stage, members: &[Member], per_s: f64) -> Result<Try> {
    let hub = stage.hub();
    let refused = hub.refusals();
    pacer::run(stage, members, per_s, WARM_UP).await?;
    hub.start_timing();
    let before = Mark::read(stage.server(), hub)?;
    pacer::run(stage, members, per_s, TIME).await?;
    let window = Mark::read(stage.server(), hub)?.since(before);
    hub.stop_timing();
    stage.drain(members, SOCKETS_PER_CHANNEL).await?;
    Ok(Try {
        refused: hub.refusals() - refused,
        window,
        latency: hub.latency(),
    })
}

fn report(best: &Try) -> Vec<Figure> {
    let window = &best.window;
    let mut found = vec![
        figures::MESSAGES_PER_S
            .is(window.messages_per_s(SOCKETS_PER_CHANNEL))
            .at_least(HELD_PER_S),
        figures::CPU_PER_MESSAGE.is(window.cpu_per_message_us(SOCKETS_PER_CHANNEL)),
        figures::CPU_PER_DELIVERY.is(window.cpu_per_delivery_us()),
        figures::EVENTS_PER_FRAME.is(window.events_per_frame()),
    ];
    found.extend(percentiles(best.latency));
    found.extend(window.load());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_sends_once_before_anyone_sends_again_and_neighbours_are_of_other_channels() {
        let mut turns = by_turns(CHANNELS * SOCKETS_PER_CHANNEL);
        assert_eq!(turns[SOCKETS_PER_CHANNEL], 1);
        turns.sort_unstable();
        assert!(turns.into_iter().eq(0..CHANNELS * SOCKETS_PER_CHANNEL));
    }
}
