//! Many sockets that close and come back at once, while others go on talking.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use futures_util::future::{Either, select, try_join_all};
use futures_util::pin_mut;
use tokio::time::{sleep, timeout};

use super::Setting;
use crate::census::{Census, Passed};
use crate::error::{Context, Error, Result};
use crate::figures::{self, Figure};
use crate::hub::{Flight, Framing};
use crate::measure::{Mark, Window};
use crate::member::{Member, Seat};
use crate::pacer;
use crate::stage::{Cast, Stage};
use crate::subscription::Attention;
use crate::system::System;
use crate::wire::{Point, Wire};

const SOCKETS: usize = 5_000;
const CHANNELS: usize = 50;
const PEOPLE: usize = 500;
/// Messages of each channel that those who come back have missed.
const MISSED: usize = 5;
const LIVE_SOCKETS: usize = 100;
const LIVE_PER_S: f64 = 20.0;
const CALM: Duration = Duration::from_secs(3);
const LIMIT: Duration = Duration::from_mins(2);

/// What the storm itself brought.
struct Storm {
    window: Window,
    passed: Passed,
    back: Vec<Member>,
}

/// Those who come back have every message that they missed, once; those who stayed notice nothing but a little delay.
pub async fn run(setting: &Setting, system: System) -> Result<Vec<Figure>> {
    let stage = Stage::set(
        &setting.places,
        system,
        Flight::UntilDelivered,
        Framing::Single,
    )
    .await?;
    let live = Cast {
        name: "live",
        people: LIVE_SOCKETS,
        channels: 1,
    };
    let live = stage
        .connect(stage.people(live).await?, |_| Attention::Witness)
        .await?;
    let people = stage
        .people(Cast {
            name: "storm",
            people: PEOPLE,
            channels: CHANNELS,
        })
        .await?;
    let per_channel = PEOPLE / CHANNELS;
    let talkers = people.iter().step_by(per_channel).cloned();
    let talkers = stage.connect(talkers, |_| Attention::Count).await?;
    let seats = people
        .into_iter()
        .flat_map(|seat| std::iter::repeat_n(seat, SOCKETS / PEOPLE));
    let members = stage.connect(seats, |_| Attention::Count).await?;

    let talk = pacer::run(&stage, &live, LIVE_PER_S, LIMIT);
    let storm = storm(&stage, members, &talkers);
    pin_mut!(talk, storm);
    let storm = match select(storm, talk).await {
        Either::Left((storm, _)) => storm?,
        Either::Right((talked, _)) => {
            talked?;
            return Err(Error::Failed(format!(
                "the storm lasted over {} s",
                LIMIT.as_secs()
            )));
        }
    };
    settle(&stage, &live).await?;
    check_missed(system, &storm.back)?;
    Ok(report(&stage, &storm))
}

async fn storm(stage: &Stage, members: Vec<Member>, talkers: &[Member]) -> Result<Storm> {
    stage.pass(CALM).await?;
    let gone: Vec<_> = members
        .iter()
        .map(|member| {
            let within = member.got().reconnect_within();
            (member.seat().clone(), member.points(), within)
        })
        .collect();
    drop(members);
    for talker in talkers {
        for _ in 0..MISSED {
            talker.sender().send(stage.hub().now_ns());
        }
    }
    while talkers
        .iter()
        .any(|talker| talker.got().messages() < MISSED as u64)
    {
        stage.pass(Duration::from_millis(1)).await?;
    }

    let census = Census::take(stage).await?;
    stage.hub().start_timing();
    let before = Mark::read(stage.server(), stage.hub())?;
    let back = try_join_all(
        gone.into_iter()
            .map(|(seat, points, within)| come_back(stage, seat, points, within)),
    )
    .await?;
    let window = Mark::read(stage.server(), stage.hub())?.since(before);
    stage.hub().stop_timing();
    Ok(Storm {
        window,
        passed: Passed::between(census, Census::take(stage).await?),
        back,
    })
}

/// Comes back at any time within what the server said in `hello`, and then as often as it takes to be let in, each time after as
/// long as the server asks for.
async fn come_back(
    stage: &Stage,
    seat: Seat,
    points: BTreeMap<String, Point>,
    within: Duration,
) -> Result<Member> {
    let tries = async {
        sleep(within.mul_f64(fraction())).await;
        loop {
            let connect = stage.connect_one(seat.clone(), Attention::Count, points.clone());
            match connect.await {
                Err(Error::Busy { retry_after }) => sleep(retry_after).await,
                ended => return ended,
            }
        }
    };
    timeout(LIMIT, tries).await.doing("come back")?
}

/// A random number from 0 up to 1.
fn fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish();
    bits as f64 / u64::MAX as f64
}

/// Waits until all of the live traffic has arrived.
async fn settle(stage: &Stage, live: &[Member]) -> Result<()> {
    let said = stage.hub().sent() - (CHANNELS * MISSED) as u64;
    let start = Instant::now();
    while live.iter().any(|member| member.got().messages() != said) {
        if start.elapsed() > LIMIT {
            return Err(Error::Wrong(format!(
                "not all of {said} live messages arrived everywhere"
            )));
        }
        stage.pass(Duration::from_millis(5)).await?;
    }
    Ok(())
}

/// A party gives nothing that was missed.
fn check_missed(system: System, back: &[Member]) -> Result<()> {
    let expected = match system.wire() {
        Wire::Heliograph => MISSED as u64,
        Wire::Party => 0,
    };
    match back
        .iter()
        .map(|member| member.got().messages())
        .find(|got| *got != expected)
    {
        None => Ok(()),
        Some(got) => Err(Error::Wrong(format!(
            "{expected} messages were missed, and a socket that came back got {got}"
        ))),
    }
}

fn report(stage: &Stage, storm: &Storm) -> Vec<Figure> {
    let (window, live) = (&storm.window, stage.hub().latency());
    let mut found = vec![
        figures::CAUGHT_UP.is(window.seconds),
        figures::LIVE_P50.is(live.p50_ms),
        figures::LIVE_P99.is(live.p99_ms).at_most(250.0),
        figures::CPU_PER_CONNECT.is(window.cpu.server.as_secs_f64() * 1e6 / SOCKETS as f64),
    ];
    found.extend(storm.passed.asked());
    found.extend(window.load());
    found
}
