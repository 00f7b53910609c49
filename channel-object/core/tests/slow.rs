//! Single-channel sockets that do not keep up, or are not there any more.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use protocol::{
    api::{Caller, ChannelKind},
    close::{GoAway, HEARTBEAT_TIMEOUT, SLOW_CONSUMER},
    flow::UNHEARD_BYTES,
    id::ChannelId,
    limits::HEARTBEAT_MS,
    line::Line,
};
use support::World;

const TEXT_BYTES: usize = 16_000;
const MIB: usize = 1024 * 1024;

/// A channel with these sockets on it.
fn room(sockets: &[u32]) -> (World, Caller, ChannelId) {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    for socket in sockets {
        world.open(*socket, &ana, &channel, None);
    }
    (world, ana, channel)
}

fn flood(world: &mut World, ana: &Caller, channel: &ChannelId, bytes: usize) {
    for _ in 0..bytes / TEXT_BYTES {
        world.now_ms += 10;
        let name = world.next_id().to_string();
        world
            .send(ana, channel, &name, &"x".repeat(TEXT_BYTES))
            .unwrap();
    }
}

fn type_in(world: &mut World, socket: u32, channel: &ChannelId) {
    let typing = format!(r#"{{"op":"typing","channel":"{channel}"}}"#);
    world.say(socket, channel, &typing);
}

/// How many events came that are logged, and how many that are passing.
fn events(world: &mut World, socket: u32) -> (usize, usize) {
    let lines = world.lines(socket);
    let of = |logged: bool| {
        lines
            .iter()
            .filter(|line| matches!(line, Line::Event(event) if event.seq.is_some() == logged))
            .count()
    };
    (of(true), of(false))
}

#[test]
fn a_reader_that_is_not_heard_loses_what_is_passing_then_its_socket_and_slows_nobody() {
    let (mut world, ana, channel) = room(&[1, 2, 3]);
    let (dead, pings, talks) = (1, 2, 3);
    let mut given = [0; 2];
    for round in 0..17 {
        flood(&mut world, &ana, &channel, MIB);
        let now_ms = world.now_ms;
        world.pinged.insert(pings, now_ms);
        type_in(&mut world, talks, &channel);
        let (logged, passing) = events(&mut world, dead);
        // With what stands around each text half of the bound is passed in the eighth.
        assert_eq!(passing, usize::from(round < 7), "round {round}");
        given[0] += logged;
        let (logged, passing) = events(&mut world, pings);
        assert_eq!(passing, 1);
        given[1] += logged;
        if round < 15 {
            assert_eq!(world.closed(dead), None);
        }
    }
    let (code, reason) = world.closed(dead).unwrap();
    assert_eq!(code, SLOW_CONSUMER);
    let reason: GoAway = serde_json::from_str(&reason).unwrap();
    assert!(reason.retry_after_ms < 1_000);
    assert_eq!((world.closed(pings), world.closed(talks)), (None, None));
    assert_eq!(given[1], 17 * (MIB / TEXT_BYTES));
    assert!(given[0] * TEXT_BYTES < usize::try_from(UNHEARD_BYTES).unwrap());
}

#[test]
fn a_socket_that_is_silent_for_three_heartbeats_is_closed_as_soon_as_the_server_is_awake() {
    let (mut world, ana, channel) = room(&[1, 2]);
    let (gone, pings) = (1, 2);
    let now_ms = world.now_ms;
    world.pinged.insert(gone, now_ms);
    world.servers[0].forget();
    world.now_ms += 4 * HEARTBEAT_MS;
    let now_ms = world.now_ms;
    world.pinged.insert(pings, now_ms - HEARTBEAT_MS);
    world.lines(gone);
    world.send(&ana, &channel, "a", "hi").unwrap();
    let (code, _) = world.closed(gone).unwrap();
    assert_eq!(code, HEARTBEAT_TIMEOUT);
    assert_eq!(world.closed(pings), None);
    assert_eq!(events(&mut world, pings), (1, 0));
}

#[test]
fn of_whom_nothing_is_known_the_time_begins_when_the_server_wakes() {
    let (mut world, ana, channel) = room(&[1]);
    world.now_ms += 4 * HEARTBEAT_MS;
    world.servers[0].forget();
    world.send(&ana, &channel, "a", "hi").unwrap();
    assert_eq!(world.closed(1), None);
    world.now_ms += 3 * HEARTBEAT_MS + 1;
    world.send(&ana, &channel, "b", "hi").unwrap();
    assert_eq!(world.closed(1).unwrap().0, HEARTBEAT_TIMEOUT);
}
