//! Who comes back after a moment is served from memory.

use std::collections::BTreeMap;

use super::{
    super::{ABSENT_MS, ConnectionId, Input, Server},
    fake::Means,
    world::{World, caller},
};

/// A world with somebody in two channels whose socket has just gone.
fn gone() -> (World, ConnectionId) {
    let mut world = World::new(1);
    world.member("U1", "C1");
    world.member("U1", "C2");
    let connection = world.settled("U1");
    world.publish("C1", Means::Nothing);
    world.run();
    world.input(Input::ConnectionClosed { connection });
    (world, connection)
}

/// They come back in the same session, from where they were.
fn come_back(world: &mut World, was: ConnectionId) -> ConnectionId {
    let logs = world.view(was).logs.clone();
    world.hello_again("U1", &format!("S{}", was.0), logs)
}

#[test]
fn what_was_missed_is_given_without_asking_anybody() {
    let (mut world, was) = gone();
    for _ in 0..5 {
        world.publish("C1", Means::Nothing);
    }
    world.run();
    let heard = world.fake.heard.len();
    let again = come_back(&mut world, was);
    world.pass(100);
    assert_eq!(world.fake.heard.len(), heard);
    assert_eq!(world.view(again).seqs("C1"), [2, 3, 4, 5, 6]);
    let mut syncs = world.view(again).syncs();
    syncs.sort();
    let expected = [("C1", 6), ("C2", 0), ("T1", 0), ("U1", 0)];
    assert!(
        syncs
            .iter()
            .map(|(log, seq, _)| (log.as_str(), *seq))
            .eq(expected)
    );
    assert!(syncs.iter().all(|(.., recovered)| *recovered));
    world.publish("C2", Means::Nothing);
    world.run();
    assert_eq!(world.view(again).seqs("C2"), [1]);
    assert!(world.view(was).seqs("C2").is_empty());
}

#[test]
fn who_comes_back_without_resume_points_begins_at_the_head() {
    let (mut world, was) = gone();
    let session = format!("S{}", was.0);
    let again = world.hello_again("U1", &session, BTreeMap::new());
    world.pass(100);
    let syncs = world.view(again).syncs();
    assert!(syncs.contains(&("C1".to_owned(), 1, false)));
}

#[test]
fn what_is_no_longer_in_memory_is_asked_for() {
    let (mut world, was) = gone();
    for _ in 0..300 {
        world.publish("C1", Means::Nothing);
    }
    world.run();
    let again = come_back(&mut world, was);
    let asked = |world: &World| {
        let is_subscribe = |record: &&String| record.contains("Subscribe {");
        world.fake.heard.iter().filter(is_subscribe).count()
    };
    let before = asked(&world);
    world.run();
    assert_eq!(
        asked(&world),
        before + 1,
        "only for the channel with the gap"
    );
    assert_eq!(world.view(again).seqs("C1").len(), 300);
}

#[test]
fn another_session_is_not_served() {
    let (mut world, was) = gone();
    assert!(world.gateway.knows(&caller("U1", &format!("S{}", was.0))));
    assert!(!world.gateway.knows(&caller("U1", "S77")));
    let heard = world.fake.heard.len();
    world.hello("U1");
    world.run();
    assert!(world.fake.heard.len() > heard);
}

#[test]
fn a_session_that_ends_meanwhile_is_not_known_any_more() {
    let (mut world, was) = gone();
    let session = format!("S{}", was.0);
    world.fake.ended.insert(session.clone());
    let ended = protocol::link::Down::SessionsEnded {
        user: "U1",
        session: Some(&session),
    };
    world.tell("U1", &ended);
    world.run();
    assert!(!world.gateway.knows(&caller("U1", &session)));
    let again = come_back(&mut world, was);
    world.run();
    assert!(world.view(again).closed.is_some());
}

#[test]
fn a_channel_that_the_user_was_removed_from_meanwhile_is_not_given() {
    let (mut world, was) = gone();
    world.publish("C1", Means::Cut("U1".to_owned()));
    world.publish("C1", Means::Nothing);
    world.fake.channels.get_mut("U1").unwrap().remove("C1");
    world.publish("U1", Means::Left("C1".to_owned()));
    world.run();
    let again = come_back(&mut world, was);
    world.run();
    assert!(world.view(again).seqs("C1").is_empty());
    assert_eq!(world.view(again).seqs("U1"), [1]);
}

#[test]
fn a_channel_that_the_user_was_added_to_meanwhile_is_given() {
    let (mut world, was) = gone();
    world.member("U1", "C3");
    world.publish("U1", Means::Joined("C3".to_owned()));
    world.run();
    let again = come_back(&mut world, was);
    world.run();
    world.publish("C3", Means::Nothing);
    world.run();
    assert_eq!(world.view(again).seqs("C3"), [1]);
}

#[test]
fn nobody_is_known_while_the_link_of_their_log_is_broken() {
    let (mut world, was) = gone();
    let session = format!("S{}", was.0);
    world.break_link(Server(0));
    assert!(!world.gateway.knows(&caller("U1", &session)));
    let again = come_back(&mut world, was);
    world.run();
    world.publish("C1", Means::Nothing);
    world.run();
    assert_eq!(world.view(again).seqs("C1"), [2]);
}

#[test]
fn who_stays_away_is_forgotten() {
    let (mut world, was) = gone();
    world.pass(ABSENT_MS);
    world.run();
    assert!(world.pipes.is_empty());
    assert!(!world.gateway.knows(&caller("U1", &format!("S{}", was.0))));
}

#[test]
fn a_channel_that_was_left_and_joined_again_begins_after_that_is_told() {
    let (mut world, was) = gone();
    world.publish("U1", Means::Left("C2".to_owned()));
    world.publish("U1", Means::Joined("C2".to_owned()));
    world.run();
    let again = come_back(&mut world, was);
    world.pass(100);
    let lines = &world.view(again).lines;
    let left = lines.iter().position(|line| line["event"] == "left");
    let sync = lines.iter().rposition(|line| line["sync"] == "C2");
    assert!(left.is_some() && left < sync, "{lines:?}");
}

/// A world with so many connections of one user.
fn crowd(people: usize) -> (World, Vec<ConnectionId>) {
    let mut world = World::new(1);
    let all = (0..people).map(|_| world.settled("U1")).collect();
    (world, all)
}

#[test]
fn many_who_lost_their_sockets_at_once_are_let_in_at_a_pace_and_told_when_it_is_their_turn() {
    let (mut world, people) = crowd(600);
    assert!(
        people
            .iter()
            .all(|_| world.gateway.knock(world.now_ms).is_ok())
    );
    world.pass(10_000);
    for connection in people {
        world.input(Input::ConnectionClosed { connection });
    }
    let answers: Vec<_> = (0..600)
        .map(|_| world.gateway.knock(world.now_ms))
        .collect();
    let mut told: Vec<u64> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(told.len(), 500);
    told.dedup();
    assert_eq!(told.len(), 500, "each at a time of their own");
    assert!(told.iter().all(|ms| (200..1_200).contains(ms)));
}

#[test]
fn hello_says_within_how_long_to_come_back_and_the_more_there_are_the_longer() {
    let (world, people) = crowd(600);
    let within = |n: usize| {
        let hello = &world.view(people[n]).lines[0];
        hello["ok"]["reconnect_within_ms"].as_u64().unwrap()
    };
    assert_eq!((within(0), within(599)), (500, 1_200));
}

#[test]
fn when_there_are_twice_as_many_all_are_told_to_come_back_over_a_longer_time() {
    let (mut world, mut people) = crowd(999);
    let told = |world: &World, connection: ConnectionId| {
        let lines = &world.view(connection).lines;
        let told = lines
            .iter()
            .filter_map(|line| line["reconnect_within_ms"].as_u64());
        told.collect::<Vec<_>>()
    };
    assert!(told(&world, people[0]).is_empty());
    people.extend((0..500).map(|_| world.settled("U1")));
    assert_eq!(told(&world, people[0]), [2_000]);
    assert_eq!(told(&world, people[998]), [2_000]);
}
