//! Dials, back-off, credit, closing.

use protocol::link::FRAMES_UP_MAX;

use super::{
    super::{ABSENT_MS, CREDIT_WAIT_MS, Input, Output, REDIAL_MS, Server},
    fake::Means,
    world::World,
};

#[test]
fn one_link_per_channel_server_is_dialled_when_it_is_needed() {
    let mut world = World::new(4);
    let connection = world.open("U1");
    assert_eq!(world.dials, 0);
    world.say(connection, r#"{"id":1,"op":"hello"}"#);
    assert_eq!(world.dials, 1);
    world.run();
    for user in ["U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8"] {
        world.settled(user);
    }
    assert_eq!(world.dials, world.pipes.len());
}

#[test]
fn a_lost_link_is_dialled_soon_and_then_ever_later() {
    let mut world = World::new(1);
    world.settled("U1");
    let server = Server(0);
    for (n, wait_ms) in [REDIAL_MS, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]
        .into_iter()
        .enumerate()
    {
        world.break_link(server);
        world.pass(wait_ms - 1);
        assert_eq!(world.dials, n + 1, "before {wait_ms}");
        world.pass(1);
        assert_eq!(world.dials, n + 2, "after {wait_ms}");
    }
}

#[test]
fn a_link_that_lasted_is_dialled_soon_again() {
    let mut world = World::new(1);
    world.settled("U1");
    world.break_link(Server(0));
    world.run();
    world.pass(6_000);
    world.break_link(Server(0));
    world.pass(REDIAL_MS);
    assert_eq!(world.dials, 3);
}

#[test]
fn what_an_older_link_brings_is_void() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    let old = world.pipes[&Server(0)].generation;
    world.break_link(Server(0));
    world.run();
    world.fake.log("U1").append("U1", Means::Nothing);
    let mut frame = Vec::new();
    world.fake.log("U1").write("U1", 1, &mut frame);
    world.input(Input::LinkFrame {
        server: Server(0),
        generation: old,
        bytes: &frame,
    });
    world.input(Input::LinkClosed {
        server: Server(0),
        generation: old,
    });
    world.run();
    assert!(world.view(connection).seqs("U1").is_empty());
    assert_eq!(world.dials, 2);
}

#[test]
fn without_credit_records_gather_into_the_next_frame() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    for id in 2..=21 {
        world.send(connection, id, "C1");
    }
    let waiting = |world: &World| world.pipes[&Server(0)].up.len();
    assert_eq!(waiting(&world), 1);
    world.pass(10);
    assert_eq!(waiting(&world), FRAMES_UP_MAX as usize);
    world.send(connection, 22, "C1");
    world.pass(10);
    assert_eq!(waiting(&world), FRAMES_UP_MAX as usize);
    world.deliver_up(Server(0));
    world.deliver_down(Server(0));
    assert_eq!(waiting(&world), FRAMES_UP_MAX as usize);
    world.run();
    assert_eq!(
        world.view(connection).seqs("C1"),
        (1..=21).collect::<Vec<u64>>()
    );
    assert_eq!(world.view(connection).replies().len(), 22);
}

#[test]
fn a_server_that_never_takes_a_frame_in_is_dialled_anew() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.send(connection, 2, "C1");
    world.pass(CREDIT_WAIT_MS - 1);
    assert_eq!(world.pipes.len(), 1);
    world.pass(1);
    assert_eq!(world.pipes.len(), 0);
    world.run();
    assert_eq!(world.dials, 2);
    assert_eq!(world.view(connection).replies(), [(1, None), (2, None)]);
}

#[test]
fn rubbish_gives_the_link_up_and_the_logs_go_on_over_the_next() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    let generation = world.pipes[&Server(0)].generation;
    world.input(Input::LinkFrame {
        server: Server(0),
        generation,
        bytes: &[250, 1, 2],
    });
    assert!(world.pipes.is_empty());
    world.fake.log("U1").append("U1", Means::Nothing);
    world.run();
    assert_eq!(world.dials, 2);
    assert_eq!(world.view(connection).seqs("U1"), [1]);
}

#[test]
fn a_link_that_nothing_needs_is_closed_and_no_timer_is_left() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.say(connection, r#"{"op":"typing","channel":"C1"}"#);
    world.run();
    assert!(!world.pipes.is_empty());
    assert_ne!(world.wake_at_ms, None);
    world.input(Input::ConnectionClosed { connection });
    world.pass(ABSENT_MS);
    world.run();
    assert!(world.pipes.is_empty());
    assert_eq!(world.wake_at_ms, None);
    assert!(world.fake.logs.values().all(|log| !log.subscribed));
}

#[test]
fn an_unsubscription_leaves_before_its_link_is_closed() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    world.input(Input::ConnectionClosed { connection });
    let outputs = world.gateway.handle(Input::Timer, world.now_ms + ABSENT_MS);
    let kinds: Vec<&str> = outputs
        .iter()
        .map(|output| match output {
            Output::LinkSend { .. } => "send",
            Output::CloseLink { .. } => "close",
            _ => "other",
        })
        .collect();
    assert_eq!(kinds[..2], ["send", "close"]);
}

#[test]
fn a_link_without_credit_is_closed_only_after_the_unsubscription() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    for _ in 0..FRAMES_UP_MAX {
        world.say(connection, r#"{"op":"typing","channel":"C1"}"#);
    }
    world.input(Input::ConnectionClosed { connection });
    world.run();
    world.pass(ABSENT_MS);
    world.run();
    assert!(world.pipes.is_empty());
    let unsubscribed = r#"Unsubscribe { log: "U1" }"#.to_owned();
    assert!(world.fake.heard.contains(&unsubscribed));
}

#[test]
fn an_event_of_a_log_that_nobody_has_is_answered_by_unsubscribing() {
    let mut world = World::new(1);
    world.settled("U1");
    world.fake.log("C9").subscribed = true;
    world.publish("C9", Means::Nothing);
    world.run();
    assert!(!world.fake.log("C9").subscribed);
}

#[test]
fn generations_rise_from_one_life_to_the_next() {
    let mut world = World::new(1);
    world.settled("U1");
    let first = world.pipes[&Server(0)].generation;
    let mut reborn = World::new(1);
    reborn.now_ms = world.now_ms + 1;
    reborn.settled("U1");
    assert!(reborn.pipes[&Server(0)].generation > first);
}
