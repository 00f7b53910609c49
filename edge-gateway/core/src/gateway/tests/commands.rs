//! Commands on their way to channel servers.

use protocol::limits::COMMANDS_IN_FLIGHT_MAX;

use super::{
    super::{COMMAND_WAIT_MS, Input, Server},
    world::World,
};

#[test]
fn commands_of_a_connection_arrive_in_the_order_said() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    for id in 2..=30 {
        world.send(connection, id, "C1");
    }
    world.run();
    for id in 2..=30 {
        assert_eq!(world.fake.stored[&format!("m{id}")], id - 1);
    }
}

#[test]
fn an_answer_is_passed_on_as_it_is() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.send(connection, 9, "C1");
    world.run();
    let reply = world
        .view(connection)
        .lines
        .iter()
        .find(|line| line["re"] == 9);
    assert_eq!(reply.unwrap().to_string(), r#"{"ok":{"seq":1},"re":9}"#);
}

#[test]
fn a_command_whose_link_breaks_is_asked_again_and_done_once() {
    // With the answer on its way, and with the command on its way.
    for delivered in [true, false] {
        let mut world = World::new(1);
        world.member("U1", "C1");
        let connection = world.settled("U1");
        world.send(connection, 2, "C1");
        if delivered {
            world.deliver_up(Server(0));
        }
        world.break_link(Server(0));
        world.run();
        assert_eq!(world.view(connection).replies(), [(1, None), (2, None)]);
        assert_eq!(world.view(connection).seqs("C1"), [1]);
    }
}

#[test]
fn the_501st_command_in_flight_is_refused() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let (connection, other) = (world.settled("U1"), world.settled("U1"));
    world.fake.is_mute = true;
    let first = 2;
    let last = first + COMMANDS_IN_FLIGHT_MAX as u64;
    for id in first..=last {
        world.send(connection, id, "C1");
    }
    world.run();
    let view = world.view(connection);
    assert_eq!(view.replies()[1..], [(last, Some("overloaded".to_owned()))]);
    assert_eq!(view.lines.last().unwrap()["error"]["retry_after_ms"], 1_000);
    world.fake.is_mute = false;
    world.send(other, last + 1, "C1");
    world.run();
    assert_eq!(world.view(other).replies().last(), Some(&(last + 1, None)));
}

#[test]
fn an_answered_command_makes_room_for_another() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    for round in 0..3 {
        for n in 0..COMMANDS_IN_FLIGHT_MAX as u64 {
            world.send(connection, 2 + round * 1_000 + n, "C1");
        }
        world.run();
    }
    assert!(
        world
            .view(connection)
            .replies()
            .iter()
            .all(|reply| reply.1.is_none())
    );
}

#[test]
fn a_command_without_a_link_is_refused_after_ten_seconds() {
    let mut world = World::new(1);
    let connection = world.hello("U1");
    world.send(connection, 2, "C1");
    world.pass(1_000);
    world.send(connection, 3, "C1");
    world.pass(COMMAND_WAIT_MS - 1_001);
    assert_eq!(world.view(connection).replies(), [(1, None)]);
    world.pass(1);
    let overloaded = Some("overloaded".to_owned());
    assert_eq!(
        world.view(connection).replies(),
        [(1, None), (2, overloaded.clone())]
    );
    world.pass(COMMAND_WAIT_MS);
    assert_eq!(
        world.view(connection).replies().last(),
        Some(&(3, overloaded))
    );
    world.run();
    assert_eq!(
        world.view(connection).syncs().len(),
        2,
        "subscriptions wait on"
    );
}

#[test]
fn a_lost_link_gives_commands_ten_seconds_more() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.fake.is_mute = true;
    world.send(connection, 2, "C1");
    world.run();
    world.pass(60_000);
    world.break_link(Server(0));
    world.pass(COMMAND_WAIT_MS - 1);
    assert_eq!(world.view(connection).replies(), [(1, None)]);
    world.pass(1);
    assert_eq!(world.view(connection).replies().len(), 2);
}

#[test]
fn typing_goes_up_without_a_reply_and_is_dropped_without_a_link() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    world.say(connection, r#"{"op":"typing","channel":"C1"}"#);
    world.break_link(Server(0));
    world.say(connection, r#"{"op":"typing","channel":"C2"}"#);
    world.run();
    world.say(connection, r#"{"op":"typing","channel":"C3"}"#);
    world.run();
    let heard: Vec<&String> = world
        .fake
        .heard
        .iter()
        .filter(|up| up.starts_with("Typing"))
        .collect();
    assert_eq!(
        heard,
        [r#"Typing { log: "C3", workspace: "T1", user: "U1" }"#]
    );
    assert_eq!(world.view(connection).replies(), [(1, None)]);
}

#[test]
fn flow_is_taken_without_a_word() {
    let mut world = World::new(1);
    let connection = world.settled("U1");
    let before = world.view(connection).lines.len();
    world.say(connection, r#"{"op":"flow","n":1}"#);
    world.run();
    assert_eq!(world.view(connection).lines.len(), before);
}

#[test]
fn a_command_of_a_connection_that_is_gone_is_still_done() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let (connection, other) = (world.settled("U1"), world.settled("U1"));
    world.send(connection, 2, "C1");
    world.input(Input::ConnectionClosed { connection });
    world.run();
    assert_eq!(world.view(other).seqs("C1"), [1]);
}
