//! Connections that follow the presence of others.

use protocol::{
    limits::WATCH_MAX,
    link::{Down, write},
    presence::Status,
};

use super::{
    super::{COMMAND_WAIT_MS, ConnectionId, Input, SLEEP_AFTER_MS, Server},
    world::World,
};

fn watch(world: &mut World, connection: ConnectionId, id: u64, users: &[&str]) {
    command(world, connection, id, "watch", users);
}

fn command(world: &mut World, connection: ConnectionId, id: u64, op: &str, users: &[&str]) {
    let line = serde_json::json!({"id": id, "op": op, "users": users});
    world.say(connection, &line.to_string());
    world.run();
}

/// Who is what, as a reply says it.
fn reply(world: &World, connection: ConnectionId, id: u64) -> Option<Vec<String>> {
    let lines = &world.view(connection).lines;
    let reply = lines.iter().find(|line| line["re"] == id)?;
    let presence = reply["ok"]["presence"].as_array()?;
    let show = |one: &serde_json::Value| {
        let text = |field| one[field].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("user"), text("status"))
    };
    Some(presence.iter().map(show).collect())
}

/// What a connection was told in passing.
fn events(world: &World, connection: ConnectionId) -> Vec<String> {
    let lines = world.view(connection).lines.iter();
    let events = lines.filter(|line| line["event"] == "presence");
    events
        .map(|line| {
            assert_eq!(line["channel"], line["user"]);
            assert!(line.get("seq").is_none());
            format!(
                "{} {}",
                line["user"].as_str().unwrap(),
                line["status"].as_str().unwrap()
            )
        })
        .collect()
}

/// Somebody changes, and the gateway is told, if it watches them.
fn change(world: &mut World, user: &str, status: Status) {
    world.fake.presence.other(user, status);
    if !world.fake.presence.watched.contains(user) {
        return;
    }
    let mut frame = Vec::new();
    world.fake.presence.tell("T1", user, &mut frame);
    let server = world.server(user);
    if let Some(wakes) = world.wakes.get_mut(&server) {
        wakes.push_back(frame);
    } else if let Some(pipe) = world.pipes.get_mut(&server) {
        pipe.down.push_back(frame);
    }
}

fn count(world: &World, record: &str) -> usize {
    let heard = world.fake.heard.iter();
    heard.filter(|up| up.starts_with(record)).count()
}

fn world(servers: u32) -> World {
    let mut world = World::new(servers);
    world.fake.presence.other("U7", Status::Active);
    world.fake.presence.other("U8", Status::Away);
    world.fake.presence.other("U9", Status::Offline);
    let foreign = ("T2".to_owned(), Status::Active, 7);
    world.fake.presence.others.insert("UX".to_owned(), foreign);
    world
}

#[test]
fn whoever_watches_is_told_what_they_are_and_what_becomes_of_them() {
    let mut world = world(4);
    let connection = world.settled("U1");
    watch(&mut world, connection, 7, &["U9", "U7", "U8"]);
    assert_eq!(
        reply(&world, connection, 7).unwrap(),
        ["U9 offline", "U7 active", "U8 away"]
    );
    change(&mut world, "U9", Status::Active);
    change(&mut world, "U7", Status::Offline);
    world.run();
    let mut events = events(&world, connection);
    events.sort_unstable();
    assert_eq!(events, ["U7 offline", "U9 active"]);
}

#[test]
fn people_of_another_workspace_and_nobody_are_left_out_without_a_word() {
    let mut world = world(4);
    let connection = world.settled("U1");
    watch(&mut world, connection, 7, &["UX", "U7", "UNOBODY"]);
    assert_eq!(reply(&world, connection, 7).unwrap(), ["U7 active"]);
    assert_eq!(world.gateway.watching.len(), 1);
    watch(&mut world, connection, 8, &["UX"]);
    assert!(reply(&world, connection, 8).unwrap().is_empty());
}

#[test]
fn however_many_watch_somebody_is_asked_for_once_and_all_are_told() {
    let mut world = world(1);
    let connections: Vec<_> = (0..20).map(|_| world.settled("U1")).collect();
    for connection in &connections {
        watch(&mut world, *connection, 7, &["U7"]);
        assert_eq!(reply(&world, *connection, 7).unwrap(), ["U7 active"]);
    }
    assert_eq!(count(&world, "Watch"), 1);
    change(&mut world, "U7", Status::Away);
    world.run();
    for connection in &connections {
        assert_eq!(events(&world, *connection), ["U7 away"]);
    }
}

#[test]
fn who_stops_watching_is_told_no_more_and_the_last_has_nobody_told() {
    let mut world = world(1);
    let (first, second) = (world.settled("U1"), world.settled("U2"));
    watch(&mut world, first, 7, &["U7", "U8"]);
    watch(&mut world, second, 7, &["U7"]);
    command(&mut world, first, 8, "unwatch", &["U7", "U9"]);
    assert!(reply(&world, first, 8).unwrap().is_empty());
    assert_eq!(count(&world, "Unwatch"), 0);
    change(&mut world, "U7", Status::Away);
    world.run();
    assert!(events(&world, first).is_empty());
    assert_eq!(events(&world, second), ["U7 away"]);
    command(&mut world, second, 8, "unwatch", &["U7"]);
    assert_eq!(world.fake.presence.watched.len(), 1);
    assert_eq!(world.gateway.watching.len(), 1);
}

#[test]
fn watch_lists_are_freed_with_their_connections() {
    let mut world = world(4);
    let (goes, stays) = (world.settled("U1"), world.settled("U2"));
    watch(&mut world, goes, 7, &["U7", "U8"]);
    watch(&mut world, stays, 7, &["U8"]);
    world.views.get_mut(&goes).unwrap().closed = Some((1006, String::new()));
    world.input(Input::ConnectionClosed { connection: goes });
    world.pass(SLEEP_AFTER_MS);
    world.run();
    assert_eq!(world.gateway.watching.len(), 1);
    assert!(!world.fake.presence.watched.contains("U7"));
}

#[test]
fn nobody_watches_more_than_so_many() {
    let mut world = world(1);
    let connection = world.settled("U1");
    let users: Vec<String> = (0..=WATCH_MAX).map(|n| format!("U{n}")).collect();
    for user in &users {
        world.fake.presence.other(user, Status::Away);
    }
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let (half, rest) = users.split_at(WATCH_MAX / 2);
    watch(&mut world, connection, 7, &users);
    watch(&mut world, connection, 8, half);
    watch(&mut world, connection, 9, rest);
    watch(&mut world, connection, 10, &rest[1..]);
    watch(&mut world, connection, 11, &rest[1..]);
    let too_large = Some("too_large".to_owned());
    let replies = world.view(connection).replies();
    assert_eq!(
        replies[1..],
        [
            (7, too_large.clone()),
            (8, None),
            (9, too_large),
            (10, None),
            (11, None)
        ]
    );
    assert_eq!(world.gateway.watching.len(), WATCH_MAX);
}

#[test]
fn what_does_not_come_in_time_is_left_out_and_told_when_it_comes() {
    let mut world = world(1);
    let connection = world.settled("U1");
    watch(&mut world, connection, 7, &["U7"]);
    world.fake.presence.is_mute = true;
    watch(&mut world, connection, 8, &["U7", "U8"]);
    world.pass(COMMAND_WAIT_MS - 1_000);
    assert_eq!(reply(&world, connection, 8), None);
    world.pass(1_000);
    world.run();
    assert_eq!(reply(&world, connection, 8).unwrap(), ["U7 active"]);
    change(&mut world, "U8", Status::Away);
    world.run();
    assert_eq!(events(&world, connection), ["U8 away"]);
}

#[test]
fn a_link_that_is_dialled_again_is_told_of_all_who_are_watched_and_nothing_is_missed() {
    let mut world = world(1);
    let connection = world.settled("U1");
    watch(&mut world, connection, 7, &["U7", "U8"]);
    world.fake.presence.watched.clear();
    world.fake.presence.other("U7", Status::Offline);
    world.break_link(Server(0));
    world.run();
    assert_eq!(world.fake.presence.watched.len(), 2);
    assert_eq!(
        events(&world, connection),
        ["U7 offline"],
        "U8 is as before"
    );
}

#[test]
fn a_watch_while_the_links_part_is_told_of() {
    let mut world = world(1);
    let connection = world.settled("U1");
    world.pass(SLEEP_AFTER_MS);
    watch(&mut world, connection, 7, &["U7"]);
    assert_eq!(reply(&world, connection, 7).unwrap(), ["U7 active"]);
}

#[test]
fn a_sleeping_gateway_passes_on_what_it_is_woken_with_and_may_be_forgotten_at_once() {
    let mut world = world(1);
    let (connection, other) = (world.settled("U1"), world.settled("U2"));
    watch(&mut world, connection, 7, &["U7"]);
    watch(&mut world, other, 7, &["U8"]);
    world.pass(SLEEP_AFTER_MS);
    world.run();
    assert!(world.pipes.is_empty());
    let dials = world.dials;
    for (status, name) in [
        (Status::Away, "U7 away"),
        (Status::Active, "U7 active"),
        (Status::Offline, "U7 offline"),
    ] {
        world.lose_memory();
        change(&mut world, "U7", status);
        world.deliver_wake(Server(0));
        assert_eq!(events(&world, connection).last().unwrap(), name);
        world.pass(2_000);
    }
    assert!(events(&world, other).is_empty());
    assert_eq!(world.dials, dials);
    world.lose_memory();
    watch(&mut world, other, 8, &["U7"]);
    assert_eq!(reply(&world, other, 8).unwrap(), ["U7 offline"]);
}

#[test]
fn a_gateway_that_is_woken_for_somebody_whom_nobody_watches_says_so() {
    let mut world = world(1);
    world.settled("U1");
    world.pass(SLEEP_AFTER_MS);
    world.run();
    let mut bytes = Vec::new();
    world.fake.presence.tell("T1", "U7", &mut bytes);
    let (server, bytes) = (Server(0), bytes.as_slice());
    world.input(Input::Wake { server, bytes });
    assert_eq!(world.answers, [r#"Unwatch { users: ["U7"] }"#]);
}

#[test]
fn a_wake_up_that_comes_after_the_dial_tells_nothing_that_is_old() {
    let mut world = world(1);
    let connection = world.settled("U1");
    watch(&mut world, connection, 7, &["U7"]);
    let mut bytes = Vec::new();
    let old = Down::Presence {
        workspace: "T1",
        user: "U7",
        status: Some(Status::Offline),
        last_seen_ms: 1,
    };
    write(&mut bytes, &old);
    let (server, bytes) = (Server(0), bytes.as_slice());
    world.input(Input::Wake { server, bytes });
    assert!(events(&world, connection).is_empty());
}

#[test]
fn a_storm_is_told_once_for_each_change_and_each_who_watches() {
    const PEOPLE: usize = 2_000;
    const WATCHERS: usize = 100;
    const WATCHED: usize = 50;
    let mut world = World::new(1);
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("U{n:05}")).collect();
    for name in &names {
        world.fake.presence.other(name, Status::Offline);
    }
    let mut connections = Vec::new();
    for n in 0..WATCHERS {
        let connection = world.settled(&format!("UW{n}"));
        let watched: Vec<&str> = (0..WATCHED)
            .map(|k| names[(n * WATCHED / 2 + k) % PEOPLE].as_str())
            .collect();
        watch(&mut world, connection, 7, &watched);
        connections.push(connection);
    }
    let frames = world.frames;
    // Everybody comes, goes and comes within one turn of the channel server after the other.
    for name in &names {
        change(&mut world, name, Status::Active);
    }
    world.run();
    let told: usize = connections.iter().map(|id| events(&world, *id).len()).sum();
    assert_eq!(
        told,
        WATCHERS * WATCHED,
        "each change once, only to those who watch"
    );
    let frames = world.frames - frames;
    assert!(frames <= told, "{frames} frames for {told} lines");
    assert_eq!(count(&world, "Present "), WATCHERS);
}
