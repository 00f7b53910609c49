//! Workspaces, invites, sessions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::Output;
use protocol::{
    api::{ChannelKind, UpdateMe},
    call::{Answer, Request, UserOp, WorkspaceOp},
    close,
    error::Code,
    id::{SessionId, UserId},
};
use support::{World, code};

#[test]
fn an_invite_is_good_for_its_uses_and_its_time() {
    let mut world = World::new(2);
    let ana = world.found("Acme");
    let invite = |world: &mut World, secret: &str, max_uses| {
        let op = WorkspaceOp::CreateInvite {
            user: ana.user.clone(),
            secret: secret.to_owned(),
            max_uses,
            expires_ms: world.now_ms + 1_000,
            role: protocol::api::Role::Member,
        };
        world.workspace(&ana.workspace, op).unwrap();
    };
    let accept = |world: &mut World, secret: &str| {
        let op = WorkspaceOp::AcceptInvite {
            secret: secret.to_owned(),
            user: UserId::mint(world.now_ms, world.next_id()),
            display_name: "Ben".to_owned(),
            session: SessionId::mint(world.now_ms, world.next_id()),
        };
        world.workspace(&ana.workspace, op)
    };
    invite(&mut world, "once", 1);
    invite(&mut world, "twice", 2);
    assert!(accept(&mut world, "once").is_ok());
    assert_eq!(code(accept(&mut world, "once")), Code::NotFound);
    assert_eq!(code(accept(&mut world, "never")), Code::NotFound);
    assert!(accept(&mut world, "twice").is_ok());
    world.now_ms += 1_000;
    assert_eq!(code(accept(&mut world, "twice")), Code::NotFound);
}

#[test]
fn a_newcomer_can_act_at_once() {
    let mut world = World::new(8);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    for caller in [&ana, &ben] {
        world
            .user(caller, UserOp::Authenticate { socket: None })
            .unwrap();
    }
}

#[test]
fn a_session_that_ended_is_not_authenticated() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let ask = |world: &mut World, caller| world.user(caller, UserOp::Authenticate { socket: None });
    let mut forged = ana.clone();
    forged.session = ben.session.clone();
    assert_eq!(code(ask(&mut world, &forged)), Code::NotAuthenticated);
    world
        .user(&ana, UserOp::SignOut { everywhere: false })
        .unwrap();
    assert_eq!(code(ask(&mut world, &ana)), Code::NotAuthenticated);
    assert!(ask(&mut world, &ben).is_ok());
}

#[test]
fn a_sign_in_link_works_once_within_its_time() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let link = |world: &mut World, secret: &str| {
        let op = UserOp::CreateSignInLink {
            secret: secret.to_owned(),
            expires_ms: world.now_ms + 1_000,
        };
        world.user(&ana, op).unwrap();
    };
    let take = |world: &mut World, secret: &str| {
        let request = Request::TakeSignInLink {
            user: ana.user.clone(),
            secret: secret.to_owned(),
            session: SessionId::mint(world.now_ms, world.next_id()),
        };
        world.ask(0, request)
    };
    link(&mut world, "a");
    link(&mut world, "b");
    assert!(matches!(take(&mut world, "a"), Ok(Answer::SignedIn { .. })));
    assert_eq!(code(take(&mut world, "a")), Code::NotFound);
    world.now_ms += 1_000;
    assert_eq!(code(take(&mut world, "b")), Code::NotFound);
}

#[test]
fn signing_out_closes_the_sessions_sockets_on_every_server() {
    let mut world = World::new(4);
    let ana = world.found("Acme");
    let mut other_device = ana.clone();
    other_device.session = SessionId::mint(world.now_ms, world.next_id());
    let op = UserOp::CreateSignInLink {
        secret: "s".to_owned(),
        expires_ms: world.now_ms + 1_000,
    };
    world.user(&ana, op).unwrap();
    let server = world.owner(ana.user.as_str());
    let request = Request::TakeSignInLink {
        user: ana.user.clone(),
        secret: "s".to_owned(),
        session: other_device.session.clone(),
    };
    world.ask(server, request).unwrap();
    let channels: Vec<_> = (0..6)
        .map(|_| world.create(&ana, ChannelKind::Public))
        .collect();
    for (socket, channel) in (0..).zip(&channels) {
        for (offset, caller) in [(0, &ana), (100, &other_device)] {
            let op = UserOp::Authenticate {
                socket: Some(channel.clone()),
            };
            world.user(caller, op).unwrap();
            world.open(socket + offset, caller, channel, None);
        }
    }
    world.outputs.clear();
    world
        .user(&ana, UserOp::SignOut { everywhere: false })
        .unwrap();
    let mut closed: Vec<u32> = world
        .outputs
        .iter()
        .filter_map(|(_, output)| match output {
            Output::CloseSocket {
                socket,
                code: close::SESSION_ENDED,
                ..
            } => Some(socket.0),
            _ => None,
        })
        .collect();
    closed.sort_unstable();
    assert_eq!(closed, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn people_come_in_pages_and_by_the_beginning_of_their_names() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    for name in ["Ben", "BEA", "Cat", "Ärzte", "B%"] {
        world.invite(&ana, name);
    }
    let mut page = |prefix: Option<&str>, after: Option<UserId>, limit| {
        let op = WorkspaceOp::PeoplePage {
            after,
            limit,
            prefix: prefix.map(str::to_owned),
        };
        match world.workspace(&ana.workspace, op) {
            Ok(Answer::People { users, has_more }) => (users, has_more),
            other => panic!("{other:?}"),
        }
    };
    let names = |(users, _): (Vec<protocol::api::User>, bool)| -> Vec<String> {
        users.into_iter().map(|user| user.display_name).collect()
    };
    assert_eq!(names(page(Some("be"), None, 10)), ["BEA", "Ben"]);
    let (first, more) = page(Some("be"), None, 1);
    assert!(more);
    let after = Some(first[0].id.clone());
    assert_eq!(names(page(Some("be"), after, 1)), ["Ben"]);
    assert_eq!(names(page(Some("är"), None, 10)), ["Ärzte"]);
    assert_eq!(names(page(Some("b%"), None, 10)), ["B%"]);
    let (first, more) = page(None, None, 4);
    assert!(more && first.len() == 4);
    let (rest, more) = page(None, Some(first[3].id.clone()), 4);
    assert!(!more && rest.len() == 2);
}

#[test]
fn a_new_profile_is_told_to_the_workspace_once() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let op = WorkspaceOp::UpdatePerson {
        user: ana.user.clone(),
        update: UpdateMe {
            display_name: Some("Ana Maria".to_owned()),
            title: None,
        },
    };
    for _ in 0..2 {
        world.workspace(&ana.workspace, op.clone()).unwrap();
    }
    let rows: i64 = world.servers[0]
        .db
        .connection
        .query_row(
            "SELECT count(*) FROM events WHERE line LIKE '%user_updated%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(rows, 1);
}
