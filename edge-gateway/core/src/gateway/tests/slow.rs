//! Readers that do not keep up.

use serde_json::json;

use protocol::{
    close::{GoAway, HEARTBEAT_TIMEOUT, SLOW_CONSUMER},
    flow::STALLED_MS,
    limits::HEARTBEAT_MS,
    link::{Down, Hint},
};

use super::{
    super::{ConnectionId, SLEEP_AFTER_MS},
    world::World,
};

const EVENT_BYTES: usize = 50_000;
const MIB: usize = 1024 * 1024;

/// A reader that answers flow marks, with the channel `C1`.
fn flowing(world: &mut World, user: &str) -> ConnectionId {
    let connection = world.open(user);
    world.say(connection, r#"{"id":1,"op":"hello","flow":true}"#);
    world.run();
    connection
}

fn flood(world: &mut World, bytes: usize) {
    for _ in 0..bytes / EVENT_BYTES {
        let seq = world.fake.log("C1").append_long("C1", EVENT_BYTES);
        world.broadcast("C1", seq);
        world.run();
        world.pass(100);
    }
}

fn marks(world: &World, connection: ConnectionId) -> Vec<u64> {
    let lines = &world.view(connection).lines;
    lines
        .iter()
        .filter_map(|line| line["flow"].as_u64())
        .collect()
}

/// Answers the newest mark.
fn answer(world: &mut World, connection: ConnectionId) {
    if let Some(mark) = marks(world, connection).last() {
        let flow = json!({"op": "flow", "n": mark}).to_string();
        world.say(connection, &flow);
    }
}

fn type_in(world: &mut World) {
    let typing = Down::Event {
        log: "C1",
        seq: 0,
        hint: Hint::None,
        line: br#"{"event":"typing","channel":"C1"}"#,
    };
    world.tell("C1", &typing);
    world.run();
}

fn typings(world: &World, connection: ConnectionId) -> usize {
    let lines = &world.view(connection).lines;
    lines
        .iter()
        .filter(|line| line["event"] == "typing")
        .count()
}

#[test]
fn a_reader_that_answers_gets_marks_often_enough_and_everything() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let reader = flowing(&mut world, "U1");
    for _ in 0..40 {
        flood(&mut world, MIB / 4);
        answer(&mut world, reader);
    }
    assert_eq!(world.view(reader).closed, None);
    let mut unmarked = 0;
    for line in &world.view(reader).lines {
        unmarked += line.to_string().len();
        assert!(unmarked <= 256 * 1024, "{unmarked} bytes without a mark");
        if line["flow"].is_u64() {
            unmarked = 0;
        }
    }
    assert!(marks(&world, reader).len() > 40);
}

#[test]
fn one_frame_with_more_than_a_mark_allows_is_split() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let reader = flowing(&mut world, "U1");
    for _ in 0..20 {
        let seq = world.fake.log("C1").append_long("C1", EVENT_BYTES);
        world.broadcast("C1", seq);
    }
    let before = world.frames;
    world.run();
    world.pass(100);
    assert!(world.frames - before >= 5, "a mebibyte is no frame");
    assert!(marks(&world, reader).len() >= 4);
}

#[test]
fn while_little_is_sent_there_are_no_marks() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let reader = flowing(&mut world, "U1");
    flood(&mut world, EVENT_BYTES);
    assert!(marks(&world, reader).is_empty());
}

#[test]
fn a_reader_that_does_not_answer_loses_what_is_passing_then_its_socket_and_slows_nobody() {
    let mut world = World::new(1);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let (slow, quick) = (flowing(&mut world, "U1"), flowing(&mut world, "U2"));
    for _ in 0..3 {
        flood(&mut world, MIB);
        answer(&mut world, quick);
    }
    type_in(&mut world);
    assert_eq!((typings(&world, slow), typings(&world, quick)), (1, 1));
    for _ in 0..2 {
        flood(&mut world, MIB);
        answer(&mut world, quick);
    }
    type_in(&mut world);
    assert_eq!((typings(&world, slow), typings(&world, quick)), (1, 2));
    assert_eq!(world.view(slow).closed, None);
    for _ in 0..4 {
        flood(&mut world, MIB);
        answer(&mut world, quick);
    }
    let (code, reason) = world.view(slow).closed.clone().unwrap();
    assert_eq!(code, SLOW_CONSUMER);
    let reason: GoAway = serde_json::from_str(&reason).unwrap();
    assert!(reason.retry_after_ms < 500);
    assert_eq!(world.view(quick).closed, None);
    let head = world.fake.log("C1").head();
    assert_eq!(world.view(quick).seqs("C1").last(), Some(&head));
}

#[test]
fn a_reader_whose_socket_is_lost_in_the_middle_of_a_frame_gets_nothing_after_the_gap() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let slow = flowing(&mut world, "U1");
    for _ in 0..12 * MIB / EVENT_BYTES {
        let seq = world.fake.log("C1").append_long("C1", EVENT_BYTES);
        world.broadcast("C1", seq);
    }
    world.run();
    world.pass(100);
    let closed = world.view(slow).closed.clone();
    assert_eq!(closed.map(|(code, _)| code), Some(SLOW_CONSUMER));
    let seqs = world.view(slow).seqs("C1");
    assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "{seqs:?}");
}

#[test]
fn a_mark_without_an_answer_for_too_long_ends_the_socket() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let (slow, quick) = (flowing(&mut world, "U1"), flowing(&mut world, "U1"));
    flood(&mut world, MIB / 4);
    answer(&mut world, quick);
    world.pass(STALLED_MS - 2_000);
    assert_eq!(world.view(slow).closed, None);
    world.pass(2_000);
    assert!(world.view(slow).closed.is_some());
    assert_eq!(world.view(quick).closed, None);
}

#[test]
fn who_is_silent_for_three_heartbeats_is_closed_once_the_gateway_is_awake_anyway() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let silent = world.settled("U1");
    let pings = flowing(&mut world, "U1");
    world.pass(SLEEP_AFTER_MS);
    world.run();
    world.pass(2 * HEARTBEAT_MS);
    assert_eq!(world.wake_at_ms, None, "no timer is kept for it");
    assert_eq!(world.view(silent).closed, None);
    world.pass(2 * HEARTBEAT_MS);
    world.pinged.insert(pings, world.now_ms - HEARTBEAT_MS);
    world.publish("C1", super::fake::Means::Nothing);
    world.run();
    let closed = world.view(silent).closed.clone();
    assert_eq!(closed.map(|(code, _)| code), Some(HEARTBEAT_TIMEOUT));
    assert_eq!(world.view(pings).closed, None);
    assert_eq!(world.view(pings).seqs("C1"), [1]);
}

#[test]
fn nobody_is_taken_for_silent_for_what_was_before_the_gateway_woke() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.pass(10_000);
    world.run();
    world.lose_memory();
    world.pass(10 * HEARTBEAT_MS);
    world.publish("C1", super::fake::Means::Nothing);
    world.run();
    assert_eq!(world.view(connection).closed, None);
    assert_eq!(world.view(connection).seqs("C1"), [1]);
}

#[test]
fn who_stopped_pinging_while_the_gateway_slept_is_closed_as_soon_as_it_wakes() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let (gone, pings) = (world.settled("U1"), world.settled("U1"));
    world.pass(10_000);
    world.run();
    world.lose_memory();
    world.pinged.insert(gone, world.now_ms);
    world.pass(10 * HEARTBEAT_MS);
    world.pinged.insert(pings, world.now_ms - HEARTBEAT_MS);
    world.publish("C1", super::fake::Means::Nothing);
    world.run();
    let closed = world.view(gone).closed.clone();
    assert_eq!(closed.map(|(code, _)| code), Some(HEARTBEAT_TIMEOUT));
    assert_eq!(world.view(pings).closed, None);
    assert_eq!(world.view(pings).seqs("C1"), [1]);
}

#[test]
fn a_reader_without_flow_that_is_not_heard_loses_what_is_passing_first() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let (dead, pings) = (world.settled("U1"), world.settled("U1"));
    for _ in 0..10 {
        flood(&mut world, MIB);
        world.pinged.insert(pings, world.now_ms);
    }
    type_in(&mut world);
    assert_eq!((typings(&world, dead), typings(&world, pings)), (0, 1));
    assert_eq!(world.view(dead).closed, None);
    assert_eq!(
        world.view(dead).seqs("C1").len(),
        world.view(pings).seqs("C1").len()
    );
}

#[test]
fn a_reader_without_flow_is_judged_by_when_it_was_last_heard() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let dead = world.settled("U1");
    let pings = world.settled("U1");
    let talks = world.settled("U1");
    for n in 0..20 {
        flood(&mut world, MIB);
        world.pinged.insert(pings, world.now_ms);
        world.say(
            talks,
            &format!(r#"{{"id":{},"op":"history","channel":"C1"}}"#, n + 2),
        );
        if n < 15 {
            assert_eq!(world.view(dead).closed, None);
        }
    }
    let closed = world.view(dead).closed.clone();
    assert_eq!(closed.map(|(code, _)| code), Some(SLOW_CONSUMER));
    assert_eq!(world.view(pings).closed, None);
    assert_eq!(world.view(talks).closed, None);
}
