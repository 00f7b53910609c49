//! What presence looks like on the wire. A change here is a change of the contract.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use protocol::{
    command::Command,
    event::Event,
    id::UserId,
    line::{Line, Reply},
    link::{Down, Up, read, write},
    presence::{Activity, Presence, Status, WatchOk},
};

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

#[test]
fn commands_are_read() {
    for (line, command) in [
        (
            r#"{"op":"activity","status":"active"}"#,
            Command::Activity {
                status: Activity::Active,
            },
        ),
        (
            r#"{"op":"activity","status":"away"}"#,
            Command::Activity {
                status: Activity::Away,
            },
        ),
        (
            r#"{"id":7,"op":"watch","users":["U01","U02","U01"]}"#,
            Command::Watch {
                id: 7,
                users: vec![user("U01"), user("U02")],
            },
        ),
        (
            r#"{"id":8,"op":"unwatch","users":[]}"#,
            Command::Unwatch {
                id: 8,
                users: Vec::new(),
            },
        ),
    ] {
        assert_eq!(Command::parse(line), Ok(command), "{line}");
    }
}

#[test]
fn a_reply_tells_of_those_who_are_watched() {
    let ok = WatchOk {
        presence: vec![Presence {
            user: user("U01"),
            status: Status::Offline,
            last_seen_ms: 1_700_000_000_000,
        }],
    };
    assert_eq!(
        Reply::ok(7, &ok).to_line(),
        r#"{"re":7,"ok":{"presence":[{"last_seen_ms":1700000000000,"status":"offline","user":"U01"}]}}"#
    );
}

#[test]
fn an_event_goes_there_and_back() {
    for (status, name) in [
        (Status::Active, "active"),
        (Status::Away, "away"),
        (Status::Offline, "offline"),
    ] {
        let presence = Presence {
            user: user("U01"),
            status,
            last_seen_ms: 7,
        };
        let line = format!(
            r#"{{"event":"presence","channel":"U01","user":"U01","status":"{name}","last_seen_ms":7}}"#
        );
        let event: Event = presence.to_event();
        assert_eq!(event.to_line(), line);
        assert_eq!(Line::parse(&line).unwrap(), Line::Event(event));
    }
}

#[test]
fn records_of_a_link() {
    let up = [
        Up::Present {
            user: "U01",
            status: Status::Away,
        },
        Up::Digest { digest: 300 },
        Up::People {
            is_first: true,
            people: vec![("U01", true)],
        },
        Up::Watch {
            workspace: "T01",
            users: vec!["U02"],
        },
        Up::Unwatch { users: vec!["U02"] },
    ];
    let mut frame = Vec::new();
    for record in &up {
        write(&mut frame, record);
    }
    let expected: &[&[u8]] = &[
        b"\x07\x03U01\x01",
        b"\x08\xac\x02",
        b"\x09\x01\x01\x03U01\x01",
        b"\x0a\x03T01\x01\x03U02",
        b"\x0b\x01\x03U02",
    ];
    assert_eq!(frame, expected.concat());
    assert!(read::<Up<'_>>(&frame).eq(up.into_iter().map(Ok)));
    let down = [
        Down::AskPeople { digest: 300 },
        Down::Presence {
            workspace: "T01",
            user: "U01",
            status: Some(Status::Active),
            last_seen_ms: 7,
        },
        Down::Presence {
            workspace: "T01",
            user: "U02",
            status: None,
            last_seen_ms: 0,
        },
    ];
    let mut frame = Vec::new();
    for record in &down {
        write(&mut frame, record);
    }
    let expected: &[&[u8]] = &[
        b"\x09\xac\x02",
        b"\x0a\x03T01\x03U01\x01\x02\x07",
        b"\x0a\x03T01\x03U02\x00\x00",
    ];
    assert_eq!(frame, expected.concat());
    assert!(read::<Down<'_>>(&frame).eq(down.into_iter().map(Ok)));
}
