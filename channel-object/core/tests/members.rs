//! Who is in a channel, who may know of it, and what they hear.
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
    api::{Caller, ChannelKind, Role, UpdateChannel},
    call::{Answer, ChannelCall, Request, UserOp, WorkspaceOp},
    close,
    error::Code,
    history::RawQuery,
    id::{ChannelId, direct_key},
};
use support::{World, code, seqs};

#[test]
fn joining_and_leaving_shows_in_the_users_own_log() {
    let mut world = World::new(4);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    assert_eq!(world.memberships(&ana), std::slice::from_ref(&channel));
    assert!(world.memberships(&ben).is_empty());
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    assert_eq!(world.memberships(&ben), std::slice::from_ref(&channel));
    world.channel(&ben, &channel, ChannelCall::Leave).unwrap();
    assert!(world.memberships(&ben).is_empty());
}

#[test]
fn joining_twice_is_joining_once() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let Ok(Answer::Channel { channel: view, .. }) =
        world.channel(&ana, &channel, ChannelCall::Join)
    else {
        panic!();
    };
    assert_eq!((view.member_count, view.seq), (1, 1));
}

#[test]
fn private_channels_are_not_found_by_others() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Private);
    for op in [
        ChannelCall::Join,
        ChannelCall::Leave,
        ChannelCall::Add {
            user: ben.user.clone(),
        },
        ChannelCall::History(RawQuery::default().check().unwrap()),
    ] {
        assert_eq!(code(world.channel(&ben, &channel, op)), Code::NotFound);
    }
}

#[test]
fn public_channels_are_read_without_joining_in_the_same_workspace_only() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let eve = world.found("Evil");
    let channel = world.create(&ana, ChannelKind::Public);
    world.send(&ana, &channel, "a", "hi").unwrap();
    let page = world.page(&ben, &channel, RawQuery::default());
    assert_eq!(page.messages.len(), 1);
    let op = ChannelCall::History(RawQuery::default().check().unwrap());
    assert_eq!(code(world.channel(&eve, &channel, op)), Code::NotFound);
}

#[test]
fn members_add_owners_remove() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let cat = world.invite(&ana, "Cat");
    let channel = world.create(&ana, ChannelKind::Private);
    let add = |user: &protocol::api::Caller| ChannelCall::Add {
        user: user.user.clone(),
    };
    let remove = |user: &protocol::api::Caller| ChannelCall::Remove {
        user: user.user.clone(),
    };
    world.channel(&ana, &channel, add(&ben)).unwrap();
    world.channel(&ben, &channel, add(&cat)).unwrap();
    assert_eq!(
        code(world.channel(&ben, &channel, remove(&cat))),
        Code::Forbidden
    );
    world.channel(&ana, &channel, remove(&cat)).unwrap();
    assert_eq!(
        code(world.channel(&ana, &channel, remove(&cat))),
        Code::NotFound
    );
    assert!(world.memberships(&cat).is_empty());
}

#[test]
fn a_removed_user_gets_neither_the_event_nor_anything_after_it() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    world.open(1, &ana, &channel, None);
    world.open(2, &ben, &channel, None);
    let (_, _) = (world.lines(1), world.lines(2));
    let op = ChannelCall::Remove {
        user: ben.user.clone(),
    };
    world.channel(&ana, &channel, op).unwrap();
    world.send(&ana, &channel, "a", "hi").unwrap();
    assert_eq!(seqs(&world.lines(1)), [3, 4]);
    assert!(world.lines(2).is_empty());
    assert!(world.outputs.iter().any(|(_, output)| matches!(
        output,
        Output::CloseSocket { socket, code: close::NOT_A_MEMBER, .. } if socket.0 == 2
    )));
}

#[test]
fn one_who_becomes_a_guest_hears_only_the_channels_they_are_in() {
    for servers in [1, 4] {
        let mut world = World::new(servers);
        let ana = world.found("Acme");
        let ben = world.invite(&ana, "Ben");
        let [inside, outside] = [1, 2].map(|_| world.create(&ana, ChannelKind::Public));
        world.channel(&ben, &inside, ChannelCall::Join).unwrap();
        for (socket, channel) in [(1, &inside), (2, &outside)] {
            let socket_of = Some(channel.clone());
            world
                .user(&ben, UserOp::Authenticate { socket: socket_of })
                .unwrap();
            world.open(socket, &ben, channel, None);
        }
        let op = WorkspaceOp::GiveRole {
            by: ana.user.clone(),
            user: ben.user.clone(),
            role: Role::Guest,
        };
        world.workspace(&ana.workspace, op).unwrap();
        assert_eq!(world.closed(1), None);
        let (code, _) = world.closed(2).unwrap();
        assert_eq!(code, close::NOT_A_MEMBER);
    }
}

#[test]
fn the_people_of_a_direct_stay_the_same() {
    let mut world = World::new(2);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let cat = world.invite(&ana, "Cat");
    let users = [ana.user.clone(), ben.user.clone()];
    let digest = u128::from(protocol::hash::fnv1a64(
        direct_key(&ana.workspace, &users).as_bytes(),
    ));
    let id = ChannelId::direct(&users, digest);
    let create = |user: &protocol::api::Caller| ChannelCall::Create {
        name: None,
        kind: ChannelKind::Direct,
        topic: None,
        members: vec![user.user.clone()],
    };
    let first = world.channel(&ana, &id, create(&ben)).unwrap();
    let second = world.channel(&ben, &id, create(&ana)).unwrap();
    let (Answer::Channel { channel, created }, Answer::Channel { created: again, .. }) =
        (first, second)
    else {
        panic!();
    };
    assert!(created && !again);
    assert_eq!(channel.members.as_deref().map(<[_]>::len), Some(2));
    assert_eq!(world.memberships(&ben), std::slice::from_ref(&id));
    for op in [
        ChannelCall::Leave,
        ChannelCall::Add {
            user: cat.user.clone(),
        },
        ChannelCall::Remove {
            user: ben.user.clone(),
        },
    ] {
        assert_eq!(code(world.channel(&ana, &id, op)), Code::Forbidden);
    }
    assert_eq!(code(world.channel(&cat, &id, create(&ana))), Code::NotFound);
}

#[test]
fn unread_counts_the_others_messages_after_the_marker() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    world.send(&ben, &channel, "own", "from me").unwrap();
    world.send(&ana, &channel, "a", "one").unwrap();
    world
        .send(&ana, &channel, "b", &format!("two <@{}>", ben.user))
        .unwrap();
    world
        .send(&ana, &channel, "c", &format!("quoted \"{}\"", ben.user))
        .unwrap();
    let mut unread = |seq| {
        let request = Request::Views {
            caller: ben.clone(),
            channels: vec![(channel.clone(), seq)],
        };
        match world.ask(0, request) {
            Ok(Answer::Views { channels }) => (channels[0].unread, channels[0].mentions),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(unread(0), (3, 1));
    assert_eq!(unread(4), (2, 1));
    assert_eq!(unread(5), (1, 0));
    assert_eq!(unread(6), (0, 0));
}

#[test]
fn one_who_joins_later_is_named_by_what_was_said_before() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    let text = format!("<@{}> <@{}>", ben.user, ana.user);
    world.send(&ana, &channel, "a", &text).unwrap();
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    let mut mentions = |caller: &Caller| {
        let request = Request::Views {
            caller: caller.clone(),
            channels: vec![(channel.clone(), 0)],
        };
        match world.ask(0, request) {
            Ok(Answer::Views { channels }) => channels[0].mentions,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(mentions(&ben), 1);
    assert_eq!(mentions(&ana), 0, "nobody is named by what they say");
}

#[test]
fn a_channel_is_archived_as_often_as_one_likes_and_changed_only_once_it_is_back() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let update = |name: Option<&str>, archived| {
        ChannelCall::Update(UpdateChannel {
            name: name.map(ToOwned::to_owned),
            topic: None,
            archived,
        })
    };
    let mut seq = |op| match world.channel(&ana, &channel, op) {
        Ok(Answer::Channel { channel, .. }) => Ok(channel.seq),
        Ok(other) => panic!("{other:?}"),
        Err(refusal) => Err(refusal.code),
    };
    assert_eq!(seq(update(None, Some(true))), Ok(2));
    assert_eq!(seq(update(None, Some(true))), Ok(2));
    assert_eq!(seq(update(Some("new"), None)), Err(Code::Archived));
    assert_eq!(seq(update(Some("new"), Some(true))), Err(Code::Archived));
    assert_eq!(seq(update(Some("new"), Some(false))), Ok(3));
}

#[test]
fn a_member_whom_a_message_names_hears_it_in_their_own_log_and_others_do_not() {
    let mut world = World::new(4);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let cat = world.invite(&ana, "Cat");
    let channel = world.create(&ana, ChannelKind::Private);
    let op = ChannelCall::Add {
        user: ben.user.clone(),
    };
    world.channel(&ana, &channel, op).unwrap();
    let text = format!("<@{}> <@{}> <@{}>", ana.user, ben.user, cat.user);
    let seq = world.send(&ana, &channel, "a", &text).unwrap().seq;
    let mentioned: Vec<(String, String)> = world
        .servers
        .iter()
        .flat_map(|server| {
            channel_core::schema::create(&server.db).unwrap();
            let mut found = server
                .db
                .connection
                .prepare("SELECT l.id, e.line FROM events e JOIN logs l ON l.num = e.key >> 32 WHERE line LIKE '{\"event\":\"mentioned\"%'")
                .unwrap();
            let rows = found
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(mentioned.len(), 1, "{mentioned:?}");
    assert_eq!(mentioned[0].0, ben.user.as_str());
    assert!(mentioned[0].1.contains(&format!("\"target\":{seq}")));
}
