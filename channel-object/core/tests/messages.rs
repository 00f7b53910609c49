//! Sending and reading back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use protocol::{
    api::{ChannelKind, UpdateChannel},
    call::{Answer, ChannelCall},
    error::Code,
    history::RawQuery,
    line::Line,
};
use support::{World, code, draft, seqs};

#[test]
fn seqs_count_on_without_gaps() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let sent: Vec<u64> = (0..5)
        .map(|n| {
            world
                .send(&ana, &channel, &n.to_string(), "hi")
                .unwrap()
                .seq
        })
        .collect();
    // The first event says that its founder joined.
    assert_eq!(sent, [2, 3, 4, 5, 6]);
}

#[test]
fn second_send_with_same_client_message_id_is_not_stored() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let first = world.send(&ana, &channel, "a", "hi").unwrap();
    world.now_ms += 60_000;
    world.servers[0].forget();
    let second = world.send(&ana, &channel, "a", "hi").unwrap();
    assert!(second.duplicate && !first.duplicate);
    assert_eq!((first.seq, first.at), (second.seq, second.at));
    let page = world.page(&ana, &channel, RawQuery::default());
    assert_eq!(page.messages.len(), 1);
}

#[test]
fn nothing_more_is_sent_while_the_storage_does_not_keep_up_and_reads_go_on() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    world.open(1, &ana, &channel, None);
    world.lines(1);
    world.servers[0].unstored_ms = 2_000;
    world.send(&ana, &channel, "a", "hi").unwrap();
    world.servers[0].unstored_ms = 2_001;
    let mut retries = Vec::new();
    for n in 0..20 {
        let refusal = world
            .send(&ana, &channel, &format!("b{n}"), "hi")
            .unwrap_err();
        assert_eq!(refusal.code, Code::Overloaded);
        retries.push(refusal.retry_after_ms.unwrap());
    }
    assert!(retries.iter().all(|ms| (2_001..4_002).contains(ms)));
    retries.dedup();
    assert!(retries.len() > 10, "{retries:?}");
    world.lines(1);
    let send = r#"{"id":7,"op":"send","channel":"C","client_message_id":"c","text":"hi"}"#;
    world.say(
        1,
        &channel,
        &send.replace("\"C\"", &format!("\"{channel}\"")),
    );
    let lines = world.lines(1);
    let Some(Line::Reply(reply)) = lines.first() else {
        panic!("{lines:?}");
    };
    assert_eq!(reply.error.as_ref().map(|e| e.code), Some(Code::Overloaded));
    let page = world.page(&ana, &channel, RawQuery::default());
    assert_eq!(page.messages.len(), 1);
    world.servers[0].unstored_ms = 0;
    world.send(&ana, &channel, "b0", "hi").unwrap();
}

#[test]
fn same_client_message_id_with_another_body_is_a_conflict() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    world.send(&ana, &channel, "a", "hi").unwrap();
    assert_eq!(code(world.send(&ana, &channel, "a", "ho")), Code::Conflict);
}

#[test]
fn client_message_ids_belong_to_their_user() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    world.send(&ana, &channel, "a", "hi").unwrap();
    assert!(!world.send(&ben, &channel, "a", "ho").unwrap().duplicate);
}

#[test]
fn only_members_send() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let eve = world.found("Evil");
    let public = world.create(&ana, ChannelKind::Public);
    let private = world.create(&ana, ChannelKind::Private);
    assert_eq!(code(world.send(&ben, &public, "a", "hi")), Code::NotAMember);
    assert_eq!(code(world.send(&ben, &private, "a", "hi")), Code::NotFound);
    assert_eq!(code(world.send(&eve, &public, "a", "hi")), Code::NotFound);
}

#[test]
fn an_archived_channel_takes_nothing_but_repetitions() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    world.send(&ana, &channel, "a", "hi").unwrap();
    let update = UpdateChannel {
        archived: Some(true),
        ..UpdateChannel::default()
    };
    world
        .channel(&ana, &channel, ChannelCall::Update(update))
        .unwrap();
    assert_eq!(code(world.send(&ana, &channel, "b", "hi")), Code::Archived);
    assert!(world.send(&ana, &channel, "a", "hi").unwrap().duplicate);
}

#[test]
fn replies_stand_in_their_thread_and_in_the_channel_when_asked() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let root = world.send(&ana, &channel, "root", "root").unwrap().seq;
    let mut reply = |name: &str, also| {
        let draft = protocol::message::Draft {
            thread: Some(root),
            also_to_channel: also,
            ..draft(name, "reply")
        };
        match world.channel(&ana, &channel, ChannelCall::Send(draft)) {
            Ok(Answer::Sent(sent)) => sent.seq,
            other => panic!("{other:?}"),
        }
    };
    let (quiet, loud) = (reply("quiet", false), reply("loud", true));
    let page = |world: &mut World, thread| {
        let query = RawQuery {
            thread,
            ..RawQuery::default()
        };
        let page = world.page(&ana, &channel, query);
        page.messages.iter().map(|m| m.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(&mut world, None), [root, loud]);
    assert_eq!(page(&mut world, Some(root)), [root, quiet, loud]);
}

#[test]
fn a_thread_needs_a_root_that_is_a_message_of_the_channel() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    for root in [1, 99] {
        let draft = protocol::message::Draft {
            thread: Some(root),
            ..draft("a", "reply")
        };
        let refused = world.channel(&ana, &channel, ChannelCall::Send(draft));
        assert_eq!(code(refused), Code::NotFound, "root {root}");
    }
}

#[test]
fn pages_have_an_exact_has_more_in_the_direction_asked() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let other = world.create(&ana, ChannelKind::Public);
    for n in 0..10 {
        world.send(&ana, &channel, &n.to_string(), "hi").unwrap();
        world
            .send(&ana, &other, &n.to_string(), "not this one")
            .unwrap();
    }
    // Messages have the seqs 2 to 11.
    let mut page = |before, after, around, limit| {
        let query = RawQuery {
            before,
            after,
            around,
            thread: None,
            limit: Some(limit),
        };
        let page = world.page(&ana, &channel, query);
        assert!(
            page.messages
                .iter()
                .all(|m| m.text.as_deref() == Some("hi"))
        );
        let seqs: Vec<u64> = page.messages.iter().map(|m| m.seq).collect();
        (seqs, page.has_more, page.has_before, page.has_after)
    };
    assert_eq!(
        page(None, None, None, 3),
        (vec![9, 10, 11], true, true, false)
    );
    assert!(!page(None, None, None, 10).1);
    assert_eq!(
        page(Some(9), None, None, 3),
        (vec![6, 7, 8], true, true, true)
    );
    assert_eq!(
        page(Some(5), None, None, 3),
        (vec![2, 3, 4], false, false, true)
    );
    assert_eq!(page(Some(2), None, None, 3), (vec![], false, false, true));
    assert_eq!(page(Some(99), None, None, 1), (vec![11], true, true, false));
    assert_eq!(
        page(None, Some(0), None, 3),
        (vec![2, 3, 4], true, false, true)
    );
    assert_eq!(
        page(None, Some(8), None, 3),
        (vec![9, 10, 11], false, true, false)
    );
    assert_eq!(page(None, Some(11), None, 3), (vec![], false, true, false));
    assert_eq!(
        page(None, Some(1 << 40), None, 3),
        (vec![], false, true, false)
    );
    assert_eq!(
        page(None, None, Some(6), 4),
        (vec![4, 5, 6, 7], true, true, true)
    );
    assert!(!page(None, None, Some(2), 20).1);
    assert_eq!(page(None, None, Some(6), 1), (vec![6], true, true, true));
}

#[test]
fn everyone_hears_a_message_once_with_its_names_and_the_sender_is_answered() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    world.open(1, &ana, &channel, None);
    world.open(2, &ben, &channel, None);
    let (_, _) = (world.lines(1), world.lines(2));
    let frame = format!(
        r#"{{"id":1,"op":"send","channel":"{channel}","client_message_id":"a","text":"hi <@{}>"}}"#,
        ben.user
    );
    world.say(1, &channel, &frame);
    let (own, others) = (world.lines(1), world.lines(2));
    assert_eq!(seqs(&others), [2]);
    assert_eq!(seqs(&own), [2]);
    assert_eq!(own.len(), 2);
    assert!(
        own.iter()
            .any(|line| matches!(line, Line::Reply(reply) if reply.re == 1))
    );
    let Some(Line::Event(event)) = others.first() else {
        panic!("{others:?}");
    };
    let protocol::event::Body::Message(message) = &event.body else {
        panic!("{event:?}");
    };
    assert_eq!(message.mentions, [ben.user]);
}
