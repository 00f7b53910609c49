//! Who has which log: hello, joining, leaving, being cut off.

use std::collections::BTreeMap;

use protocol::{
    error::Refusal,
    link::{Down, Hint},
};

use super::super::ABSENT_MS;
use super::{super::Input, fake::Means, world::World};

#[test]
fn a_connection_gets_its_own_log_its_workspace_and_all_channels() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    world.member("U1", "D2");
    world.publish("C1", Means::Nothing);
    let connection = world.settled("U1");
    let mut syncs = world.view(connection).syncs();
    assert_eq!(syncs[0], ("U1".to_owned(), 0, false));
    syncs.sort();
    let expected = [("C1", 1), ("D2", 0), ("T1", 0), ("U1", 0)];
    assert_eq!(
        syncs,
        expected.map(|(log, seq)| (log.to_owned(), seq, false))
    );
}

#[test]
fn with_a_resume_point_the_missed_events_come_before_the_sync_mark() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    for _ in 0..5 {
        world.publish("C1", Means::Nothing);
    }
    let resume = BTreeMap::from([
        ("C1".to_owned(), ("e0".to_owned(), 2)),
        ("U1".to_owned(), ("e0".to_owned(), 0)),
        ("T1".to_owned(), ("other".to_owned(), 9)),
    ]);
    let connection = world.hello_from("U1", resume);
    world.run();
    let view = world.view(connection);
    assert_eq!(view.seqs("C1"), [3, 4, 5]);
    let mut syncs = view.syncs();
    syncs.sort();
    let expected = [("C1", 5, true), ("T1", 0, false), ("U1", 0, true)];
    assert_eq!(
        syncs,
        expected.map(|(log, seq, yes)| (log.to_owned(), seq, yes))
    );
}

#[test]
fn an_event_goes_to_every_connection_of_its_log_once() {
    let mut world = World::new(4);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let (one, two, tab) = (
        world.settled("U1"),
        world.settled("U2"),
        world.settled("U1"),
    );
    let stranger = world.settled("U3");
    world.publish("C1", Means::Nothing);
    world.broadcast("C1", 1);
    world.run();
    for connection in [one, two, tab] {
        assert_eq!(world.view(connection).seqs("C1"), [1]);
    }
    assert!(world.view(stranger).seqs("C1").is_empty());
}

#[test]
fn transient_events_do_not_count() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    let typing = Down::Event {
        log: "C1",
        seq: 0,
        hint: Hint::None,
        line: br#"{"event":"typing","channel":"C1","user":"U2"}"#,
    };
    world.tell("C1", &typing);
    world.publish("C1", Means::Nothing);
    world.run();
    let view = world.view(connection);
    assert_eq!(
        view.lines
            .iter()
            .filter(|line| line["event"] == "typing")
            .count(),
        1
    );
    assert_eq!(view.seqs("C1"), [1]);
}

#[test]
fn who_is_cut_off_gets_neither_that_event_nor_any_later_one() {
    let mut world = World::new(4);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let (stays, goes, tab) = (
        world.settled("U1"),
        world.settled("U2"),
        world.settled("U2"),
    );
    world.publish("C1", Means::Nothing);
    world.publish("C1", Means::Cut("U2".to_owned()));
    world.publish("C1", Means::Nothing);
    world.run();
    assert_eq!(world.view(stays).seqs("C1"), [1, 2, 3]);
    assert_eq!(world.view(goes).seqs("C1"), [1]);
    assert_eq!(world.view(tab).seqs("C1"), [1]);
}

#[test]
fn a_cut_that_a_connection_has_behind_it_does_not_cut_it() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let _stays = world.settled("U1");
    let (channels, users) = (world.server("C1"), world.server("U2"));
    assert_ne!(channels, users);
    // U2, in again, asks before the gateway finds that it has missed the cut, and is answered before the cut comes again.
    world.member("U2", "C1");
    let log = world.fake.log("C1");
    log.append("C1", Means::Cut("U2".to_owned()));
    world.member("U2", "C1");
    let back = world.hello("U2");
    world.dialled(users);
    while world.deliver_up(users) || world.deliver_down(users) {}
    world.publish("C1", Means::Nothing);
    world.deliver_down(channels);
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    assert!(world.fake.heard.iter().any(|up| up.starts_with("Resume")));
    assert_eq!(world.view(back).seqs("C1"), [3]);
}

#[test]
fn who_left_and_came_back_before_the_cut_was_heard_of_gets_the_channel_anew() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    let (channels, users) = (world.server("C1"), world.server("U1"));
    assert_ne!(channels, users);
    world.break_link(channels);
    world.break_link(users);
    world.publish("C1", Means::Cut("U1".to_owned()));
    world.publish("U1", Means::Left("C1".to_owned()));
    world.member("U1", "C1");
    world.publish("U1", Means::Joined("C1".to_owned()));
    // The user's log is heard of first.
    world.dialled(users);
    while world.deliver_up(users) || world.deliver_down(users) {}
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    let view = world.view(connection);
    assert_eq!(view.syncs().last(), Some(&("C1".to_owned(), 1, false)));
    assert_eq!(view.seqs("C1"), [2]);
}

#[test]
fn a_refusal_that_was_on_its_way_when_the_user_came_back_is_asked_about() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    world.fake.log("C1").members.clear();
    let connection = world.hello("U1");
    let (channels, users) = (world.server("C1"), world.server("U1"));
    let settle_users = |world: &mut World| {
        world.dialled(users);
        while world.deliver_up(users) || world.deliver_down(users) {}
    };
    settle_users(&mut world);
    world.dialled(channels);
    world.deliver_up(channels);
    world.member("U1", "C1");
    world.break_link(users);
    settle_users(&mut world);
    world.run();
    assert!(world.view(connection).logs.contains_key("C1"));
}

#[test]
fn joined_brings_the_channel_to_every_connection_of_the_user_and_left_takes_it() {
    let mut world = World::new(4);
    let (one, tab) = (world.settled("U1"), world.settled("U1"));
    world.member("U1", "C1");
    world.publish("U1", Means::Joined("C1".to_owned()));
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    world.publish("U1", Means::Left("C1".to_owned()));
    world.run();
    assert!(!world.fake.log("C1").subscribed);
    for connection in [one, tab] {
        assert_eq!(world.view(connection).seqs("C1"), [1]);
        assert_eq!(world.view(connection).seqs("U1"), [1, 2]);
        let marks = world.view(connection).syncs();
        assert_eq!(marks.iter().filter(|mark| mark.0 == "C1").count(), 1);
    }
}

#[test]
fn a_channel_that_refuses_gets_no_sync_mark() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    world.fake.log("C1").members.clear();
    let connection = world.settled("U1");
    assert!(
        world
            .view(connection)
            .syncs()
            .iter()
            .all(|mark| mark.0 != "C1")
    );
}

#[test]
fn a_subscription_refused_for_want_of_time_is_asked_for_again_later_and_later() {
    let mut world = World::new(1);
    world.fake.refusing = Some((3, Refusal::overloaded(0)));
    let connection = world.settled("U1");
    for (wait_ms, refused) in [(1_000, 2), (2_000, 1), (4_000, 0)] {
        world.pass(wait_ms - 100);
        world.run();
        assert_eq!(world.fake.refusing.as_ref().unwrap().0, refused);
        world.pass(200);
        world.run();
    }
    assert_eq!(world.view(connection).syncs().len(), 2);
}

#[test]
fn the_last_connection_to_leave_unsubscribes() {
    let mut world = World::new(4);
    world.member("U1", "C1");
    let (one, tab) = (world.settled("U1"), world.settled("U1"));
    world.input(Input::ConnectionClosed { connection: one });
    world.run();
    assert!(world.fake.log("C1").subscribed);
    world.input(Input::ConnectionClosed { connection: tab });
    world.run();
    assert!(world.fake.log("C1").subscribed, "it may come back");
    world.pass(ABSENT_MS);
    world.run();
    assert!(
        world
            .fake
            .heard
            .contains(&r#"Unsubscribe { log: "C1" }"#.to_owned())
    );
    assert!(!world.fake.log("C1").subscribed);
}

#[test]
fn a_connection_that_closes_while_it_asks_leaves_no_subscription() {
    let mut world = World::new(4);
    let connection = world.hello("U1");
    let server = world.server("U1");
    world.dialled(server);
    world.input(Input::ConnectionClosed { connection });
    world.run();
    world.pass(ABSENT_MS);
    world.run();
    assert!(!world.fake.log("U1").subscribed);
    assert!(world.pipes.is_empty());
}
