//! Going to sleep, and being woken.

use protocol::link::{Down, Hint};

use super::{
    super::{ConnectionId, SLEEP_AFTER_MS, Server, WAKE_APART_MS},
    fake::Means,
    world::World,
};

/// A world with a connection at rest, whose gateway has gone to sleep.
fn asleep() -> (World, ConnectionId) {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    fall_asleep(&mut world);
    (world, connection)
}

fn fall_asleep(world: &mut World) {
    world.pass(SLEEP_AFTER_MS);
    world.run();
    assert!(world.pipes.is_empty(), "no link is open");
    assert!(world.is_whole);
}

#[test]
fn an_idle_gateway_closes_its_links_and_wants_no_timer() {
    let (world, _) = asleep();
    assert_eq!(world.wake_at_ms, None);
    assert_eq!(world.kept.len(), 3, "the channel, the user, the workspace");
}

#[test]
fn a_wake_up_brings_the_event_without_a_dial_and_may_be_forgotten_at_once() {
    let (mut world, connection) = asleep();
    let dials = world.dials;
    for seq in 1..=3 {
        world.publish("C1", Means::Nothing);
        world.deliver_wake(Server(0));
        world.lose_memory();
        world.pass(WAKE_APART_MS);
        assert_eq!(world.view(connection).seqs("C1").last(), Some(&seq));
    }
    assert_eq!(world.dials, dials);
    assert_eq!(world.wake_at_ms, None);
}

#[test]
fn wake_ups_in_quick_succession_have_the_link_dialled() {
    let (mut world, connection) = asleep();
    for _ in 0..2 {
        world.publish("C1", Means::Nothing);
        world.deliver_wake(Server(0));
    }
    assert!(!world.is_whole);
    world.run();
    assert_eq!(world.view(connection).seqs("C1"), [1, 2]);
    fall_asleep(&mut world);
}

#[test]
fn a_gap_in_a_wake_up_has_the_link_dialled_and_the_rest_asked_for() {
    let (mut world, connection) = asleep();
    world.publish("C1", Means::Nothing);
    world.fail_wakes(Server(0));
    world.publish("C1", Means::Nothing);
    world.deliver_wake(Server(0));
    world.run();
    assert_eq!(world.view(connection).seqs("C1"), [1, 2]);
}

#[test]
fn a_command_wakes_the_link_and_only_that() {
    let mut world = World::new(3);
    for channel in ["C1", "C2", "C3", "C4"] {
        world.member("U1", channel);
    }
    let connection = world.settled("U1");
    fall_asleep(&mut world);
    world.send(connection, 7, "C1");
    world.run();
    assert_eq!(world.pipes.len(), 1);
    assert!(
        world
            .view(connection)
            .lines
            .iter()
            .any(|line| line["re"] == 7)
    );
    assert_eq!(world.view(connection).seqs("C1"), [1]);
}

#[test]
fn a_gateway_that_loses_its_memory_while_links_are_open_sends_its_browsers_away() {
    let (mut world, connection) = asleep();
    world.send(connection, 7, "C1");
    world.run();
    world.lose_memory();
    assert!(world.view(connection).closed.is_some());
}

#[test]
fn who_closed_meanwhile_is_not_there_any_more_and_its_log_is_not_wanted() {
    let (mut world, connection) = asleep();
    world.views.get_mut(&connection).unwrap().closed = Some((1006, String::new()));
    world.lose_memory();
    world.publish("C1", Means::Nothing);
    world.deliver_wake(Server(0));
    assert_eq!(world.unwanted, ["C1"]);
}

#[test]
fn a_wake_up_that_overtakes_what_came_down_the_link_loses_nothing() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.pass(SLEEP_AFTER_MS);
    world.publish("C1", Means::Nothing);
    world.deliver_up(Server(0));
    world.publish("C1", Means::Nothing);
    world.deliver_wake(Server(0));
    world.run();
    assert_eq!(world.view(connection).seqs("C1"), [1, 2]);
}

#[test]
fn typing_reaches_whoever_is_connected_to_a_sleeping_gateway_without_a_dial() {
    let (mut world, connection) = asleep();
    let dials = world.dials;
    let typing = Down::Event {
        log: "C1",
        seq: 0,
        hint: Hint::None,
        line: br#"{"event":"typing","channel":"C1","user":"U2"}"#,
    };
    world.lose_memory();
    world.tell("C1", &typing);
    world.deliver_wake(Server(0));
    let lines = world.view(connection).lines.iter();
    assert_eq!(lines.filter(|line| line["event"] == "typing").count(), 1);
    assert_eq!((world.dials, world.wake_at_ms), (dials, None));
}
