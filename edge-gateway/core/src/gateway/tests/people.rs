//! What channel servers are told of the users of a gateway.

use protocol::{
    limits::TYPING_EVERY_MS,
    link::{Down, write},
    presence::Status,
};

use super::{
    super::{ABSENT_MS, BACK_MS, CHANGES_APART_MS, ConnectionId, Input, SLEEP_AFTER_MS, Server},
    world::World,
};

fn say(world: &mut World, connection: ConnectionId, status: &str) {
    world.say(
        connection,
        &format!(r#"{{"op":"activity","status":"{status}"}}"#),
    );
    world.run();
}

/// What the channel server was told of users since this was last asked.
fn told(world: &mut World) -> Vec<String> {
    let heard = std::mem::take(&mut world.fake.heard);
    let told = heard.into_iter().filter(|up| up.starts_with("Present "));
    told.collect()
}

fn known(world: &World, user: &str) -> Option<Status> {
    world.fake.presence.people.get(user).copied()
}

fn fall_asleep(world: &mut World) {
    world.pass(SLEEP_AFTER_MS);
    world.run();
    assert!(world.pipes.is_empty() && world.is_whole);
}

fn close(world: &mut World, connection: ConnectionId) {
    world.views.get_mut(&connection).unwrap().closed = Some((1006, String::new()));
    world.input(Input::ConnectionClosed { connection });
}

#[test]
fn any_active_connection_makes_its_user_active_and_only_changes_are_told() {
    let mut world = World::new(1);
    let first = world.settled("U1");
    assert_eq!(known(&world, "U1"), Some(Status::Active));
    told(&mut world);
    let second = world.settled("U1");
    say(&mut world, first, "away");
    say(&mut world, first, "away");
    world.pass(CHANGES_APART_MS);
    assert!(told(&mut world).is_empty(), "the second is active");
    say(&mut world, second, "away");
    assert_eq!(known(&world, "U1"), Some(Status::Away));
    say(&mut world, first, "active");
    world.pass(CHANGES_APART_MS);
    world.run();
    assert_eq!(known(&world, "U1"), Some(Status::Active));
    assert_eq!(told(&mut world).len(), 2);
}

#[test]
fn changes_in_quick_succession_are_told_as_one() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    world.pass(CHANGES_APART_MS);
    told(&mut world);
    for _ in 0..50 {
        say(&mut world, connection, "away");
        say(&mut world, connection, "active");
    }
    say(&mut world, connection, "away");
    world.pass(CHANGES_APART_MS);
    world.run();
    assert_eq!(known(&world, "U1"), Some(Status::Away));
    let told = told(&mut world).len();
    assert!(told <= 10, "{told} of 101");
}

#[test]
fn who_loses_the_last_connection_is_offline_once_nobody_waits_for_them() {
    let mut world = World::new(1);
    let (goes, _stays) = (world.settled("U1"), world.settled("U2"));
    close(&mut world, goes);
    for _ in 0..58 {
        world.pass(1_000);
        // The gateway stays awake.
        world.input(Input::BinaryFrame {
            connection: ConnectionId(99),
            bytes: 0,
        });
        world.run();
    }
    assert_eq!(known(&world, "U1"), Some(Status::Active));
    world.pass(ABSENT_MS);
    world.run();
    assert_eq!(known(&world, "U1"), None);
    assert_eq!(known(&world, "U2"), Some(Status::Active));
}

#[test]
fn a_reload_at_a_sleeping_gateway_is_not_seen() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    fall_asleep(&mut world);
    told(&mut world);
    close(&mut world, connection);
    world.pass(BACK_MS - 1);
    world.settled("U1");
    world.pass(BACK_MS);
    assert_eq!(told(&mut world), Vec::<String>::new());
}

#[test]
fn who_closes_at_a_sleeping_gateway_is_offline_soon_and_it_sleeps_again() {
    let mut world = World::new(1);
    let (goes, _stays) = (world.settled("U1"), world.settled("U2"));
    fall_asleep(&mut world);
    close(&mut world, goes);
    world.pass(BACK_MS);
    world.run();
    assert_eq!(known(&world, "U1"), None);
    fall_asleep(&mut world);
    assert_eq!(world.wake_at_ms, None);
}

#[test]
fn the_last_of_all_is_offline_and_no_link_stays() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    fall_asleep(&mut world);
    close(&mut world, connection);
    world.pass(BACK_MS);
    world.run();
    assert_eq!(known(&world, "U1"), None);
    assert!(world.pipes.is_empty());
    assert_eq!(world.wake_at_ms, None);
}

#[test]
fn signing_out_is_told_at_once() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    let session = world.session_of(connection);
    world.tell(
        "U1",
        &Down::SessionsEnded {
            user: "U1",
            session: Some(&session),
        },
    );
    let before_ms = world.now_ms;
    world.run();
    assert_eq!(known(&world, "U1"), None);
    assert!(world.now_ms - before_ms < 100);
}

#[test]
fn a_gateway_that_lost_its_memory_asleep_merges_as_before() {
    let mut world = World::new(1);
    let (first, second) = (world.settled("U1"), world.settled("U1"));
    say(&mut world, first, "away");
    fall_asleep(&mut world);
    told(&mut world);
    world.lose_memory();
    say(&mut world, second, "away");
    world.pass(CHANGES_APART_MS);
    world.run();
    assert_eq!(known(&world, "U1"), Some(Status::Away));
    fall_asleep(&mut world);
    world.lose_memory();
    say(&mut world, second, "active");
    assert_eq!(known(&world, "U1"), Some(Status::Active));
    fall_asleep(&mut world);
    told(&mut world);
    world.lose_memory();
    say(&mut world, first, "active");
    world.pass(CHANGES_APART_MS);
    assert!(told(&mut world).is_empty(), "the second is active already");
}

#[test]
fn an_activity_that_changes_nothing_wakes_no_link_and_is_not_forgotten() {
    let mut world = World::new(1);
    let (first, second) = (world.settled("U1"), world.settled("U1"));
    fall_asleep(&mut world);
    let dials = world.dials;
    say(&mut world, first, "away");
    assert_eq!(world.dials, dials);
    world.lose_memory();
    say(&mut world, second, "away");
    assert_eq!(known(&world, "U1"), Some(Status::Away));
}

#[test]
fn whose_socket_closed_unnoticed_is_offline_after_the_next_life_began() {
    let mut world = World::new(1);
    let (goes, _stays) = (world.settled("U1"), world.settled("U2"));
    fall_asleep(&mut world);
    world.views.get_mut(&goes).unwrap().closed = Some((1006, String::new()));
    world.lose_memory();
    world.input(Input::BinaryFrame {
        connection: ConnectionId(99),
        bytes: 0,
    });
    world.pass(BACK_MS);
    world.run();
    assert_eq!(known(&world, "U1"), None);
    assert_eq!(known(&world, "U2"), Some(Status::Active));
}

#[test]
fn a_channel_server_that_knows_others_than_are_here_is_told_all() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    say(&mut world, connection, "away");
    world.pass(CHANGES_APART_MS);
    world.run();
    world.fake.presence.asks = true;
    let gone = ("U9".to_owned(), Status::Active);
    world.fake.presence.people.extend([gone]);
    world.fake.presence.people.remove("U1");
    world.break_link(Server(0));
    world.run();
    assert_eq!(known(&world, "U1"), Some(Status::Away));
    assert_eq!(known(&world, "U9"), None);
}

#[test]
fn a_channel_server_that_knows_everybody_is_told_a_digest_only() {
    let mut world = World::new(1);
    for n in 0..2_000 {
        world.hello(&format!("U{n}"));
    }
    world.run();
    world.fake.presence.asks = true;
    world.fake.heard.clear();
    world.break_link(Server(0));
    world.run();
    let people = |up: &&String| up.starts_with("People") || up.starts_with("Present ");
    assert_eq!(world.fake.heard.iter().filter(people).count(), 0);
    world.fake.presence.people.remove("U7");
    world.break_link(Server(0));
    world.pass(1_000);
    world.run();
    assert_eq!(world.fake.heard.iter().filter(people).count(), 4, "parts");
    assert_eq!(world.fake.presence.people.len(), 2_000);
}

#[test]
fn a_sleeping_gateway_says_whom_it_has_and_sleeps_on() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    say(&mut world, connection, "away");
    world.pass(CHANGES_APART_MS);
    world.run();
    fall_asleep(&mut world);
    let dials = world.dials;
    let digest = world.fake.presence.digest();
    for (known, expected) in [
        (digest, format!("Digest {{ digest: {digest} }}")),
        (
            digest ^ 1,
            r#"People { is_first: true, people: [("U1", true)] }"#.to_owned(),
        ),
    ] {
        world.lose_memory();
        let mut bytes = Vec::new();
        write(&mut bytes, &Down::AskPeople { digest: known });
        let (server, bytes) = (Server(0), bytes.as_slice());
        world.input(Input::Wake { server, bytes });
        assert_eq!(std::mem::take(&mut world.answers), [expected]);
        world.pass(2_000);
    }
    assert_eq!(world.dials, dials);
    assert_eq!(world.wake_at_ms, None);
}

#[test]
fn a_gateway_without_anybody_says_so() {
    let mut world = World::new(1);
    let mut bytes = Vec::new();
    write(&mut bytes, &Down::AskPeople { digest: 5 });
    let (server, bytes) = (Server(0), bytes.as_slice());
    world.input(Input::Wake { server, bytes });
    assert_eq!(world.answers, ["People { is_first: true, people: [] }"]);
}

#[test]
fn typing_passes_once_in_a_while_over_all_connections_of_a_user() {
    let mut world = World::new(1);
    for user in ["U1", "U2"] {
        world.member(user, "C1");
    }
    let (tab, other_tab, other) = (
        world.settled("U1"),
        world.settled("U1"),
        world.settled("U2"),
    );
    let typing = r#"{"op":"typing","channel":"C1"}"#;
    let begun_ms = world.now_ms;
    while world.now_ms < begun_ms + 2 * TYPING_EVERY_MS - 100 {
        for connection in [tab, other_tab, other] {
            world.say(connection, typing);
        }
        world.run();
        world.pass(50);
    }
    let heard = world.fake.heard.iter();
    let passed = heard.filter(|up| up.starts_with("Typing")).count();
    assert_eq!(passed, 4, "two of each");
}

#[test]
fn whoever_types_while_the_link_sleeps_is_told_of_once_it_is_dialled() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    fall_asleep(&mut world);
    for _ in 0..3 {
        world.say(connection, r#"{"op":"typing","channel":"C1"}"#);
    }
    world.run();
    let heard = world.fake.heard.iter();
    assert_eq!(heard.filter(|up| up.starts_with("Typing")).count(), 1);
}
