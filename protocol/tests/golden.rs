//! Every wire type as it stands on the wire, in `golden/`.
//!
//! A change of these files is a change of the contract. `UPDATE_GOLDEN=1 cargo test -p protocol --test golden` writes what is new.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::{collections::BTreeMap, fmt::Debug, fs, path::PathBuf};

use protocol::{
    api,
    call::{
        Answer, ChannelCall, Delivery, Effect, OpenSocket, Outcome, Request, UserOp, WorkspaceOp,
    },
    close::GoAway,
    command::{ChannelOp, Command, ResumePoint},
    emoji::Emoji,
    error::{Code, Problem, Refusal},
    event::{Body, Deletion, Edit, Event, Message},
    history::{self, Page, RawQuery},
    id::{ChannelId, LogId, SessionId, UserId, WorkspaceId},
    line::{HelloOk, Line, Reply, SendOk, Sync, reconnect_line},
    link::{Down, Hint, Up, read, write},
    message::{ClientMessageId, Draft, Text},
};
use serde::{Serialize, de::DeserializeOwned};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(name)
}

/// Holds `text` against the file `name`.
fn hold(name: &str, text: &str) {
    let path = file(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{text}\n")).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_else(|_| panic!("golden/{name} is missing"));
    assert_eq!(golden.trim_end(), text, "golden/{name}");
}

/// Holds a value against its file, there and back.
fn both_ways<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let json = serde_json::to_string(value).unwrap();
    hold(name, &json);
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{name}");
}

fn workspace() -> WorkspaceId {
    WorkspaceId::parse("T01").unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn channel() -> ChannelId {
    ChannelId::parse("C01").unwrap()
}

fn session() -> SessionId {
    SessionId::parse("S01").unwrap()
}

fn caller() -> api::Caller {
    api::Caller {
        workspace: workspace(),
        user: user("U01"),
        session: session(),
        role: protocol::api::Role::Member,
    }
}

fn person() -> api::User {
    api::User {
        id: user("U01"),
        display_name: "Ana".to_owned(),
        title: Some("Astronomer".to_owned()),
        role: api::Role::Owner,
    }
}

fn acme() -> api::Workspace {
    api::Workspace {
        id: workspace(),
        name: "Acme".to_owned(),
    }
}

fn view() -> api::Channel {
    api::Channel {
        id: channel(),
        name: Some("general".to_owned()),
        kind: api::ChannelKind::Public,
        topic: Some("All and sundry".to_owned()),
        archived: false,
        member: true,
        member_count: 2,
        members: None,
        epoch: "e1".to_owned(),
        seq: 42,
    }
}

fn draft() -> Draft {
    Draft {
        client_message_id: ClientMessageId::parse("m-1").unwrap(),
        text: Text::parse("Hello \"<@U02>\"\n\u{1f44b}".to_owned()).unwrap(),
        thread: Some(40),
        also_to_channel: true,
    }
}

#[test]
#[allow(clippy::too_many_lines, reason = "one of each event")]
fn events() {
    let in_channel = |body| Event {
        channel: LogId::from(channel()),
        seq: Some(42),
        at: Some(1_700_000_000_000),
        user: user("U01"),
        body,
    };
    let in_user = |body| Event {
        channel: LogId::from(user("U01")),
        ..in_channel(body)
    };
    let in_workspace = |body| Event {
        channel: LogId::from(workspace()),
        ..in_channel(body)
    };
    let message = Message {
        text: Some("Hello \"<@U02>\"\n\u{1f44b}".to_owned()),
        client_message_id: Some(ClientMessageId::parse("m-1").unwrap()),
        mentions: vec![user("U02")],
        thread: Some(40),
        also_to_channel: true,
        everyone: true,
        deleted: false,
    };
    let edit = Edit {
        target: 41,
        text: Some("Hello <@U01>".to_owned()),
        mentions: vec![user("U01")],
        everyone: false,
        mentions_before: vec![user("U02")],
        everyone_before: true,
        thread: Some(40),
        also_to_channel: true,
        deleted: false,
    };
    let edit_of_deleted = Edit {
        target: 41,
        deleted: true,
        ..Edit::default()
    };
    let deletion = Deletion {
        target: 41,
        subject: Some(user("U02")),
        mentions_before: vec![user("U02")],
        everyone_before: true,
        thread: Some(40),
        also_to_channel: true,
    };
    let deleted = Message {
        deleted: true,
        ..Message::default()
    };
    let typing = Event {
        seq: None,
        at: None,
        ..in_channel(Body::Typing)
    };
    for (name, event) in [
        ("message", in_channel(Body::Message(message))),
        ("message_deleted_since", in_channel(Body::Message(deleted))),
        ("message_edited", in_channel(Body::MessageEdited(edit))),
        (
            "message_edited_deleted_since",
            in_channel(Body::MessageEdited(edit_of_deleted)),
        ),
        (
            "message_deleted",
            in_channel(Body::MessageDeleted(deletion)),
        ),
        (
            "reaction_added",
            in_channel(Body::ReactionAdded {
                target: 41,
                emoji: Emoji::parse("\u{1f44d}").unwrap(),
            }),
        ),
        (
            "reaction_removed",
            in_channel(Body::ReactionRemoved {
                target: 41,
                emoji: Emoji::parse("tada").unwrap(),
            }),
        ),
        (
            "role_given",
            in_user(Body::RoleGiven {
                role: api::Role::Admin,
            }),
        ),
        (
            "member_joined",
            in_channel(Body::MemberJoined {
                subject: user("U02"),
            }),
        ),
        (
            "member_left",
            in_channel(Body::MemberLeft {
                subject: user("U02"),
            }),
        ),
        (
            "channel_updated",
            in_channel(Body::ChannelUpdated {
                name: Some("random".to_owned()),
                topic: Some(String::new()),
                archived: Some(true),
            }),
        ),
        ("joined", in_user(Body::Joined { subject: channel() })),
        ("left", in_user(Body::Left { subject: channel() })),
        (
            "read",
            in_user(Body::Read {
                subject: channel(),
                last_read_seq: 40,
                unread: 2,
                mentions: 1,
                counted_seq: 43,
            }),
        ),
        (
            "user_joined",
            in_workspace(Body::UserJoined {
                subject: user("U01"),
                display_name: "Ana".to_owned(),
                role: Some(api::Role::Guest),
            }),
        ),
        (
            "user_updated",
            in_workspace(Body::UserUpdated {
                subject: user("U01"),
                display_name: "Ana".to_owned(),
                title: Some("Astronomer".to_owned()),
                role: Some(api::Role::Owner),
            }),
        ),
        (
            "channel_created",
            in_workspace(Body::ChannelCreated {
                subject: channel(),
                name: "general".to_owned(),
            }),
        ),
        (
            "channel_archived",
            in_workspace(Body::ChannelArchived { subject: channel() }),
        ),
        ("typing", typing),
    ] {
        both_ways(&format!("event-{name}.json"), &event);
        assert_eq!(Line::parse(&event.to_line()).unwrap(), Line::Event(event));
    }
}

#[test]
fn an_event_of_a_later_version_is_read_as_unknown() {
    let line =
        r#"{"event":"poll_opened","channel":"C01","seq":43,"at":1,"user":"U01","choices":["a"]}"#;
    let Line::Event(event) = Line::parse(line).unwrap() else {
        panic!("{line}");
    };
    assert_eq!(event.seq, Some(43));
    assert!(matches!(event.body, Body::Unknown { event } if event == "poll_opened"));
}

#[test]
fn lines_of_a_server() {
    let hello = HelloOk {
        connection: "7".to_owned(),
        user: user("U01"),
        workspace: workspace(),
        region: "weur".to_owned(),
        gateway: "weur/0".to_owned(),
        heartbeat_ms: 25_000,
        server_ms: 1_700_000_000_000,
        reconnect_within_ms: 10_000,
    };
    let send = SendOk {
        seq: 42,
        at: 1_700_000_000_000,
        epoch: "e1".to_owned(),
        duplicate: false,
    };
    for (name, reply) in [
        ("hello", Reply::ok(1, &hello)),
        ("send", Reply::ok(2, &send)),
        (
            "error",
            Reply::error(0, Refusal::invalid("not a JSON object").on_socket()),
        ),
        ("overloaded", Reply::error(3, Refusal::overloaded(1_000))),
    ] {
        both_ways(&format!("reply-{name}.json"), &reply);
        assert_eq!(Line::parse(&reply.to_line()).unwrap(), Line::Reply(reply));
    }
    both_ways("ok-hello.json", &hello);
    let reconnect = reconnect_line(20_000);
    hold("reconnect.json", &reconnect);
    let within_ms = 20_000;
    assert_eq!(
        Line::parse(&reconnect).unwrap(),
        Line::Reconnect { within_ms }
    );
    let said_before = serde_json::to_string(&hello).unwrap();
    let said_before = said_before.replace(r#","reconnect_within_ms":10000"#, "");
    let read: HelloOk = serde_json::from_str(&said_before).unwrap();
    assert_eq!(read.reconnect_within_ms, 0, "an older server");
    both_ways("ok-send.json", &send);
    let sync = Sync {
        sync: LogId::from(channel()),
        epoch: "e1".to_owned(),
        seq: 42,
        recovered: true,
    };
    both_ways("sync.json", &sync);
    assert_eq!(Line::parse(&sync.to_line()).unwrap(), Line::Sync(sync));
    assert_eq!(Line::parse(r#"{"flow":7}"#).unwrap(), Line::Flow { n: 7 });
    assert_eq!(Line::parse(r#"{"weather":"fine"}"#).unwrap(), Line::Unknown);
    both_ways(
        "close-go-away.json",
        &GoAway {
            retry_after_ms: 250,
        },
    );
}

#[test]
fn commands_of_a_client() {
    for name in [
        "hello",
        "send",
        "history",
        "read",
        "typing",
        "flow",
        "edit",
        "delete",
        "react",
        "unreact",
        "mark_unread",
    ] {
        let line = fs::read_to_string(file(&format!("command-{name}.json"))).unwrap();
        let command = Command::parse(line.trim_end());
        assert!(command.is_ok(), "{name}: {command:?}");
    }
}

#[test]
fn refusals() {
    for (name, code) in [
        ("invalid_request", Code::InvalidRequest),
        ("not_authenticated", Code::NotAuthenticated),
        ("forbidden", Code::Forbidden),
        ("not_a_member", Code::NotAMember),
        ("not_found", Code::NotFound),
        ("conflict", Code::Conflict),
        ("archived", Code::Archived),
        ("too_large", Code::TooLarge),
        ("rate_limited", Code::RateLimited),
        ("overloaded", Code::Overloaded),
        ("internal", Code::Internal),
    ] {
        let refusal = Refusal {
            retry_after_ms: (code == Code::Overloaded).then_some(1_000),
            ..Refusal::new(code, "why")
        };
        both_ways(&format!("problem-{name}.json"), &Problem::from(refusal));
    }
    both_ways("code-unknown_op.json", &Code::UnknownOp);
    both_ways("code-invalid_frame.json", &Code::InvalidFrame);
}

#[test]
#[allow(clippy::too_many_lines, reason = "one value a type")]
fn bodies_and_answers() {
    both_ways("api-caller.json", &caller());
    both_ways("api-workspace.json", &acme());
    both_ways("api-user.json", &person());
    both_ways("api-channel.json", &view());
    let boot_channel = api::BootChannel {
        channel: view(),
        last_read_seq: 40,
        unread: 2,
        mentions: 1,
    };
    let boot = api::Boot {
        user: person(),
        workspace: acme(),
        channels: vec![boot_channel],
        socket: api::SocketAddress {
            url: "wss://chat.example/api/v1/socket".to_owned(),
            region: "weur".to_owned(),
        },
        ring: api::RingVersion { version: 1 },
        logs: BTreeMap::from([(
            LogId::from(user("U01")),
            ResumePoint {
                epoch: "e2".to_owned(),
                seq: 7,
            },
        )]),
    };
    both_ways("api-boot.json", &boot);
    both_ways(
        "api-create-workspace.json",
        &api::CreateWorkspace {
            name: "Acme".to_owned(),
            display_name: "Ana".to_owned(),
        },
    );
    both_ways(
        "api-signed-in.json",
        &api::SignedIn {
            workspace: acme(),
            user: person(),
            token: "v1.x.y".to_owned(),
        },
    );
    both_ways(
        "api-create-invite.json",
        &api::CreateInvite {
            max_uses: Some(5),
            expires_in_s: Some(3_600),
            role: Some(api::Role::Guest),
        },
    );
    both_ways(
        "api-invite.json",
        &api::Invite {
            code: "T01-secret".to_owned(),
            url: "https://chat.example/invite/T01-secret".to_owned(),
        },
    );
    both_ways(
        "api-sign-in-link.json",
        &api::SignInLink {
            code: "U01-secret".to_owned(),
            url: "https://chat.example/sign-in/U01-secret".to_owned(),
            expires_ms: 1_700_000_600_000,
        },
    );
    both_ways(
        "api-accept-invite.json",
        &api::AcceptInvite {
            display_name: "Ben".to_owned(),
        },
    );
    both_ways(
        "api-sign-out.json",
        &api::SignOut {
            everywhere: Some(true),
        },
    );
    both_ways(
        "api-update-me.json",
        &api::UpdateMe {
            display_name: Some("Ana".to_owned()),
            title: Some("Astronomer".to_owned()),
        },
    );
    both_ways(
        "api-create-channel.json",
        &api::CreateChannel {
            name: "general".to_owned(),
            kind: api::ChannelKind::Private,
            topic: Some("All".to_owned()),
        },
    );
    both_ways(
        "api-update-channel.json",
        &api::UpdateChannel {
            name: Some("random".to_owned()),
            topic: Some("All".to_owned()),
            archived: Some(true),
        },
    );
    both_ways("api-add-member.json", &api::AddMember { user: user("U02") });
    both_ways(
        "api-create-direct.json",
        &api::CreateDirect {
            users: vec![user("U02")],
        },
    );
    both_ways(
        "api-channel-answer.json",
        &api::ChannelAnswer { channel: view() },
    );
    both_ways("api-user-answer.json", &api::UserAnswer { user: person() });
    both_ways(
        "api-channels-page.json",
        &api::ChannelsPage {
            channels: vec![view()],
            next_cursor: None,
        },
    );
    both_ways(
        "api-users-page.json",
        &api::UsersPage {
            users: vec![person()],
            next_cursor: Some("U01".to_owned()),
        },
    );
    both_ways(
        "api-sent.json",
        &api::Sent {
            channel: LogId::from(channel()),
            epoch: "e1".to_owned(),
            seq: 42,
            at: 1_700_000_000_000,
        },
    );
    both_ways("draft.json", &draft());
    both_ways(
        "resume-point.json",
        &ResumePoint {
            epoch: "e1".to_owned(),
            seq: 41,
        },
    );
    both_ways(
        "history-query.json",
        &RawQuery {
            before: Some(42),
            limit: Some(50),
            ..RawQuery::default()
        },
    );
    both_ways("history-page.json", &page());
}

fn page() -> Page {
    let message = history::Message {
        seq: 42,
        at: 1_700_000_000_000,
        user: user("U01"),
        text: Some("Hello".to_owned()),
        client_message_id: Some(ClientMessageId::parse("m-1").unwrap()),
        mentions: Vec::new(),
        thread: None,
        also_to_channel: false,
        everyone: false,
        deleted: false,
        edited_at: Some(1_700_000_000_001),
        reactions: vec![history::Reaction {
            emoji: Emoji::parse("\u{1f44d}").unwrap(),
            count: 2,
            users: vec![user("U01"), user("U02")],
            mine: true,
        }],
        reply_count: 3,
        last_reply_at: Some(1_700_000_000_002),
        reply_users: vec![user("U02")],
    };
    let deleted = history::Message {
        seq: 43,
        edited_at: None,
        reactions: Vec::new(),
        reply_count: 0,
        last_reply_at: None,
        reply_users: Vec::new(),
        text: None,
        client_message_id: None,
        deleted: true,
        ..message.clone()
    };
    Page {
        epoch: "e1".to_owned(),
        messages: vec![message, deleted],
        has_more: true,
        has_before: true,
        has_after: false,
    }
}

#[test]
fn requests_between_objects() {
    let query = RawQuery::default().check().unwrap();
    for (name, request) in [
        (
            "workspace",
            Request::Workspace {
                id: workspace(),
                op: WorkspaceOp::AcceptInvite {
                    secret: "5ec3e7".to_owned(),
                    user: user("U02"),
                    display_name: "Ben".to_owned(),
                    session: session(),
                },
            },
        ),
        (
            "user",
            Request::User {
                caller: caller(),
                op: UserOp::Authenticate {
                    socket: Some(channel()),
                },
            },
        ),
        (
            "channel",
            Request::Channel {
                caller: caller(),
                id: channel(),
                op: ChannelCall::History(query),
            },
        ),
        (
            "views",
            Request::Views {
                caller: caller(),
                channels: vec![(channel(), 40)],
            },
        ),
        (
            "deliver",
            Request::Deliver(vec![Delivery {
                origin: LogId::from(channel()),
                n: 3,
                target: LogId::from(user("U02")),
                effect: Effect::Joined {
                    channel: channel(),
                    by: user("U01"),
                    seq: 7,
                    workspace: None,
                },
            }]),
        ),
    ] {
        both_ways(&format!("request-{name}.json"), &request);
    }
    let done: Outcome = Ok(Answer::Page(page()));
    both_ways("outcome-page.json", &done);
    let refused: Outcome = Err(Refusal::not_a_member());
    both_ways("outcome-refused.json", &refused);
    both_ways(
        "open-socket.json",
        &OpenSocket {
            caller: caller(),
            channel: channel(),
            since: Some(ResumePoint {
                epoch: "e1".to_owned(),
                seq: 41,
            }),
        },
    );
    both_ways("channel-op-send.json", &ChannelOp::Send(draft()));
    both_ways("channel-op-read.json", &ChannelOp::Read { seq: 42 });
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn records_of_a_link() {
    let up = [
        Up::Subscribe {
            request: 1,
            log: "C01",
            workspace: "T01",
            user: "U01",
            session: "S01",
            since: Some(("e1", 41)),
        },
        Up::Resume {
            log: "C01",
            epoch: "e1",
            seq: 300,
        },
        Up::Unsubscribe { log: "C01" },
        Up::Command {
            request: 2,
            log: "C01",
            workspace: "T01",
            user: "U01",
            role: protocol::api::Role::Member,
            op: b"{}",
        },
        Up::Typing {
            log: "C01",
            workspace: "T01",
            user: "U01",
        },
        Up::Sleep,
        Up::UnsubscribeAll,
    ];
    let mut frame = Vec::new();
    for record in &up {
        write(&mut frame, record);
    }
    hold("link-up.hex", &hex(&frame));
    assert!(read::<Up<'_>>(&frame).eq(up.into_iter().map(Ok)));
    let down = [
        Down::Credit,
        Down::Event {
            log: "C01",
            seq: 42,
            hint: Hint::None,
            line: b"{}",
        },
        Down::Event {
            log: "C01",
            seq: 43,
            hint: Hint::Cut("U02"),
            line: b"{}",
        },
        Down::Backlog {
            request: 1,
            lines: b"{}\n{}",
        },
        Down::Subscribed {
            request: 1,
            epoch: "e1",
            seq: 42,
            recovered: true,
            channels: vec!["C01"],
            role: Some(api::Role::Member),
        },
        Down::Resumed {
            log: "C01",
            epoch: "e1",
            seq: 42,
            recovered: false,
        },
        Down::Reply {
            request: 2,
            ok: b"{}",
        },
        Down::Refused {
            request: 2,
            error: b"{}",
        },
        Down::SessionsEnded {
            user: "U01",
            session: None,
        },
        Down::Asleep,
    ];
    let mut frame = Vec::new();
    for record in &down {
        write(&mut frame, record);
    }
    hold("link-down.hex", &hex(&frame));
    assert!(read::<Down<'_>>(&frame).eq(down.into_iter().map(Ok)));
}
