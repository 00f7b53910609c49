//! A small world: everybody gets everything once and in order, in the time that ways and costs allow.

use gateway_core::{gateway::GATHER_MAX_MS, region::Region};
use simulation::{
    failure::Failure,
    globe::{
        Globe, MS,
        atlas::{browser_way_max_us, way_us},
        cost::JITTER_PERCENT,
        figures::Figures,
        town::Town,
    },
};

const PEOPLE: u64 = 10_000;

fn small(seed: u64) -> Result<Globe, Failure> {
    Globe::new(Town {
        people: PEOPLE,
        slots: 1,
        seed,
        ..Town::MILLION
    })
}

/// From the farthest writer to the channel's server, and on to the farthest reader of a region, in milliseconds.
fn ways_ms(globe: &Globe, to: Region) -> u64 {
    let home = globe.town().home;
    let up_us = Region::ALL.map(|from| browser_way_max_us(from) + way_us(from, home));
    let down_us = way_us(home, to) + browser_way_max_us(to);
    let longest_us = up_us.into_iter().max().unwrap_or_default() + down_us;
    u64::from(longest_us) * (100 + JITTER_PERCENT) / 100 / 1_000 + 1
}

/// The commit, a frame to each gateway, and one to everybody in a region, in milliseconds.
fn service_ms(globe: &Globe, to: Region) -> u64 {
    let costs = globe.town().costs;
    let people = globe.audience().people_of(to) as u64;
    let frames = Region::ALL.len() as u64 + people + 10;
    (costs.commit_ns + costs.durable_ns + frames * costs.frame_ns).div_ceil(MS)
}

fn is_whole(figures: &Figures, messages: u64) {
    assert_eq!(figures.all().count, messages * PEOPLE);
}

#[test]
fn a_message_is_as_quick_as_ways_and_costs_allow() {
    let mut globe = small(1).unwrap();
    let figures = globe.talk(9, 1_500).unwrap();
    is_whole(&figures, 9);
    for region in Region::ALL {
        let summary = figures.of(region);
        let longest_ms = ways_ms(&globe, region) + service_ms(&globe, region);
        assert!(summary.max_ms <= longest_ms, "{region}: {summary:?}");
        let least_ms = u64::from(way_us(globe.town().home, region)) / 1_000;
        assert!(summary.p50_ms > least_ms, "{region}: {summary:?}");
    }
}

/// The largest gateway needs 108 ms for a message, and one comes every 90: it keeps up by sending several to the frame.
#[test]
fn a_channel_busier_than_a_gateway_is_quick_does_not_fall_behind() {
    for seed in 1..=4 {
        let mut globe = small(seed).unwrap();
        // So that no gateway gathers any more as it did while everybody came.
        globe.talk(9, 1_500).unwrap();
        let figures = globe.talk(300, 90).unwrap();
        is_whole(&figures, 300);
        // A message from there waits for the flush before it, a message to there for that and for what it gathers with.
        let largest_ms = service_ms(&globe, Region::Apac);
        for region in Region::ALL {
            let summary = figures.of(region);
            let longest_ms = ways_ms(&globe, region) + 3 * largest_ms + GATHER_MAX_MS;
            assert!(summary.p99_ms <= longest_ms, "{region}: {summary:?}");
        }
    }
}

#[test]
fn a_seed_is_a_world() {
    let both = [1, 2].map(|_| {
        let mut globe = small(1).unwrap();
        globe.talk(9, 1_500).unwrap().all()
    });
    assert_eq!(both[0], both[1]);
}
