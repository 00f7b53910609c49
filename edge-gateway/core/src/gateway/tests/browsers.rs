//! What browsers say, well or badly.

use protocol::limits::FRAME_MAX_BYTES;

use super::{
    super::{ABSENT_MS, ConnectionId, Input, Output},
    world::{World, caller},
};

const HELLO: &str = r#"{"id":1,"op":"hello"}"#;

#[test]
fn hello_is_answered_before_any_channel_server() {
    let mut world = World::new(4);
    let connection = world.open("U1");
    world.say(connection, HELLO);
    let ok = &world.view(connection).lines[0]["ok"];
    assert_eq!(ok["user"], "U1");
    assert_eq!(ok["workspace"], "T1");
    assert_eq!(ok["region"], "weur");
    assert_eq!(ok["gateway"], "weur/0");
    assert_eq!(ok["heartbeat_ms"], 25_000);
    assert_eq!(ok["server_ms"], world.now_ms);
}

#[test]
fn what_is_said_before_hello_closes_without_a_word() {
    for line in [
        r#"{"id":1,"op":"read","channel":"C1","seq":1}"#,
        r#"{"op":"typing","channel":"C1"}"#,
    ] {
        let mut world = World::new(4);
        let connection = world.open("U1");
        world.say(connection, &format!("{line}\n{HELLO}"));
        let view = world.view(connection);
        assert!(view.lines.is_empty());
        assert_eq!(view.closed.as_ref().unwrap().0, 4501);
    }
}

#[test]
fn a_line_that_is_no_command_before_hello_is_answered_and_closes() {
    let mut world = World::new(4);
    let connection = world.open("U1");
    world.say(
        connection,
        &format!("{{\"id\":7,\"op\":\"dance\"}}\n{HELLO}"),
    );
    let view = world.view(connection);
    assert_eq!(view.replies(), [(7, Some("unknown_op".to_owned()))]);
    assert_eq!(view.closed.as_ref().unwrap().0, 4501);
}

#[test]
fn bad_lines_are_answered_and_the_connection_goes_on() {
    let mut world = World::new(4);
    let connection = world.settled("U1");
    world.say(connection, "nonsense\n{\"id\":5,\"op\":\"dance\"}\n\n");
    world.input(Input::BinaryFrame {
        connection,
        bytes: 3,
    });
    world.say(connection, r#"{"id":6,"op":"read","channel":"C1","seq":1}"#);
    world.run();
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(
        world.view(connection).replies(),
        [
            (1, None),
            (0, code("invalid_frame")),
            (5, code("unknown_op")),
            (0, code("invalid_frame")),
            (6, None)
        ]
    );
}

#[test]
fn a_second_hello_is_refused() {
    let mut world = World::new(4);
    let connection = world.settled("U1");
    world.say(connection, r#"{"id":2,"op":"hello"}"#);
    world.run();
    assert_eq!(
        world.view(connection).replies().last(),
        Some(&(2, Some("invalid_frame".to_owned())))
    );
}

#[test]
fn a_frame_over_the_limit_closes_with_1009() {
    let mut world = World::new(4);
    let connection = world.settled("U1");
    let largest = " ".repeat(FRAME_MAX_BYTES);
    world.say(connection, &largest);
    assert_eq!(world.view(connection).closed, None);
    world.say(connection, &(largest + " "));
    assert_eq!(world.view(connection).closed.as_ref().unwrap().0, 1009);
}

#[test]
fn a_ping_is_answered_in_a_frame_of_its_own() {
    let mut world = World::new(4);
    let connection = ConnectionId(1);
    let _ = world.gateway.handle(
        Input::ConnectionOpened {
            connection,
            caller: caller("U1", "S1"),
        },
        1,
    );
    let outputs = world.gateway.handle(
        Input::Frame {
            connection,
            text: "ping",
        },
        1,
    );
    assert_eq!(
        outputs,
        [Output::Frames {
            connections: vec![connection],
            text: "pong".to_owned()
        }]
    );
}

#[test]
fn what_a_closed_connection_says_is_ignored() {
    let mut world = World::new(4);
    let connection = world.settled("U1");
    world.input(Input::ConnectionClosed { connection });
    world.pass(ABSENT_MS);
    assert_eq!(
        world.gateway.handle(
            Input::Frame {
                connection,
                text: HELLO
            },
            world.now_ms
        ),
        []
    );
}

#[test]
fn lines_on_their_way_come_before_the_close() {
    let mut world = World::new(4);
    let connection = world.settled("U1");
    // The pace holds the second reply back.
    world.say(connection, "nonsense");
    world.say(connection, "nonsense");
    let too_large = " ".repeat(FRAME_MAX_BYTES + 1);
    world.say(connection, &too_large);
    let view = world.view(connection);
    assert_eq!(view.replies().len(), 3);
    assert_eq!(view.closed.as_ref().unwrap().0, 1009);
}
