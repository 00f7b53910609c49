//! Limits of channels, of users' calls, and of single-channel sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, LinkId, Output};
use protocol::{
    api::{Caller, ChannelKind},
    call::UserOp,
    command::ChannelOp,
    error::{Code, Refusal},
    history::RawQuery,
    id::ChannelId,
    line::Line,
    link::{Down, Up, read},
    rate::Rate,
    rates::Rates,
};
use support::{World, draft, op, seqs};

/// A workspace of Ana's with a public channel, on one server with rates; what it took to make them was not limited.
fn world(change: impl FnOnce(&mut Rates)) -> (World, Caller, ChannelId) {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    change(&mut world.servers[0].rates);
    world.servers[0].forget();
    (world, ana, channel)
}

fn limited(refusal: &Refusal) -> u64 {
    assert_eq!(refusal.code, Code::RateLimited);
    refusal.retry_after_ms.unwrap()
}

fn errors(lines: &[Line]) -> Vec<(u64, Refusal)> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Reply(reply) => Some((reply.re, reply.error.clone()?)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_channel_past_its_rate_refuses_messages_and_takes_them_later_under_the_same_id() {
    let (mut world, ana, channel) = world(|rates| rates.channel = Rate::per_s(10, 2));
    let other = world.create(&ana, ChannelKind::Public);
    for name in ["a", "b"] {
        world.send(&ana, &channel, name, "hi").unwrap();
    }
    let wait_ms = limited(&world.send(&ana, &channel, "c", "hi").unwrap_err());
    assert_eq!(wait_ms, 100);
    assert!(world.send(&ana, &other, "d", "hi").is_ok());
    world.now_ms += wait_ms;
    let sent = world.send(&ana, &channel, "c", "hi").unwrap();
    assert!(!sent.duplicate);
    let page = world.page(&ana, &channel, RawQuery::default());
    assert_eq!(page.messages.len(), 3);
}

#[test]
fn what_was_stored_is_answered_past_the_limit_too() {
    let (mut world, ana, channel) = world(|rates| rates.channel = Rate::per_s(1, 1));
    let first = world.send(&ana, &channel, "a", "hi").unwrap();
    assert!(world.send(&ana, &channel, "b", "hi").is_err());
    let again = world.send(&ana, &channel, "a", "hi").unwrap();
    assert!(again.duplicate);
    assert_eq!(again.seq, first.seq);
    let conflict = world.send(&ana, &channel, "a", "another").unwrap_err();
    assert_eq!(conflict.code, Code::Conflict);
}

#[test]
fn whoever_may_not_send_uses_up_nothing() {
    let (mut world, ana, channel) = world(|rates| rates.channel = Rate::per_s(1, 1));
    let ben = world.invite(&ana, "Ben");
    for n in 0..20 {
        let refusal = world
            .send(&ben, &channel, &n.to_string(), "hi")
            .unwrap_err();
        assert_eq!(refusal.code, Code::NotAMember);
    }
    assert!(world.send(&ana, &channel, "a", "hi").is_ok());
}

#[test]
fn those_who_wait_for_one_channel_are_each_told_another_time_and_all_get_in() {
    let (mut world, ana, channel) = world(|rates| rates.channel = Rate::per_s(100, 1));
    let (link, gateway) = (LinkId(9), "weur/0");
    world.input(0, Input::LinkOpened { link, gateway });
    let bodies: Vec<Vec<u8>> = (0..51)
        .map(|n| op(&ChannelOp::Send(draft(&n.to_string(), "hi"))))
        .collect();
    let commands: Vec<Up<'_>> = bodies
        .iter()
        .zip(0..)
        .map(|(op, request)| Up::Command {
            request,
            log: channel.as_str(),
            workspace: ana.workspace.as_str(),
            user: ana.user.as_str(),
            role: protocol::api::Role::Member,
            op,
        })
        .collect();
    let before = world.servers[0].db.statements.get();
    world.up(0, 9, &commands);
    let statements = world.servers[0].db.statements.get() - before;
    assert!(
        statements < 20,
        "those that are refused ask nothing of the storage: {statements}"
    );
    let mut waits = Vec::new();
    for (_, output) in &world.outputs {
        let Output::LinkFrame { frame, .. } = output else {
            continue;
        };
        for record in read::<Down<'_>>(frame) {
            if let Down::Refused { error, .. } = record.unwrap() {
                waits.push(limited(&serde_json::from_slice(error).unwrap()));
            }
        }
    }
    assert_eq!((waits.len(), waits[0], waits[49]), (50, 10, 500));
    let start_ms = world.now_ms;
    waits.sort_unstable();
    for (n, wait_ms) in waits.iter().enumerate() {
        world.now_ms = start_ms + wait_ms;
        let sent = world.send(&ana, &channel, &(n + 1).to_string(), "hi");
        assert!(!sent.unwrap().duplicate);
    }
}

#[test]
fn a_user_past_the_rate_of_calls_waits_and_may_sign_out_all_the_same() {
    let (mut world, ana, _) = world(|rates| rates.calls = Rate::per_s(4, 2));
    let authenticate = || UserOp::Authenticate { socket: None };
    let ben = {
        let ben = world.invite(&ana, "Ben");
        world.user(&ben, authenticate()).unwrap();
        ben
    };
    world.user(&ana, authenticate()).unwrap();
    world.user(&ana, UserOp::Memberships).unwrap();
    let refusal = world.user(&ana, authenticate()).unwrap_err();
    assert_eq!(limited(&refusal), 250);
    assert!(world.user(&ben, authenticate()).is_ok());
    world.now_ms += 250;
    assert!(world.user(&ana, authenticate()).is_ok());
    assert!(world.user(&ana, authenticate()).is_err());
    let out = UserOp::SignOut { everywhere: true };
    assert!(world.user(&ana, out).is_ok());
}

#[test]
fn a_session_that_has_ended_uses_up_no_calls_of_its_user() {
    let (mut world, ana, _) = world(|rates| rates.calls = Rate::per_s(1, 1));
    let mut stranger = ana.clone();
    stranger.session = protocol::id::SessionId::parse("S0").unwrap();
    for _ in 0..20 {
        let refusal = world
            .user(&stranger, UserOp::Authenticate { socket: None })
            .unwrap_err();
        assert_eq!(refusal.code, Code::NotAuthenticated);
    }
    let own = world.user(&ana, UserOp::Authenticate { socket: None });
    assert!(own.is_ok());
}

#[test]
fn a_single_channel_socket_has_the_rates_of_a_connection() {
    let (mut world, ana, channel) = world(|rates| {
        rates.connection = Rate::per_s(10, 3);
        rates.transient = Rate::per_s(1, 1);
    });
    world.open(1, &ana, &channel, None);
    world.open(2, &ana, &channel, None);
    world.lines(1);
    world.lines(2);
    let send = |id: u64, name: &str| {
        format!(
            r#"{{"id":{id},"op":"send","channel":"{channel}","client_message_id":"{name}","text":"hi"}}"#
        )
    };
    world.say(1, &channel, &[send(1, "a"), send(2, "b")].join("\n"));
    world.say(1, &channel, "nonsense");
    world.say(1, &channel, &send(4, "d"));
    world.say(2, &channel, &send(1, "e"));
    for _ in 0..5 {
        world.say(
            1,
            &channel,
            &format!(r#"{{"op":"typing","channel":"{channel}"}}"#),
        );
    }
    let lines = world.lines(1);
    let refused = errors(&lines);
    assert_eq!(refused[0].1.code, Code::InvalidFrame);
    assert_eq!((refused[1].0, limited(&refused[1].1)), (4, 100));
    assert_eq!(refused.len(), 2);
    assert_eq!(seqs(&lines), [2, 3, 4]);
    let is_typing = |line: &&Line| matches!(line, Line::Event(event) if event.seq.is_none());
    assert_eq!(lines.iter().filter(is_typing).count(), 1);
    assert_eq!(errors(&world.lines(2)), []);
    world.now_ms += 100;
    world.say(1, &channel, &send(5, "d"));
    let lines = world.lines(1);
    assert_eq!(errors(&lines), []);
    assert_eq!(seqs(&lines), [5]);
}

#[test]
fn a_user_has_one_rate_over_all_single_channel_sockets() {
    let (mut world, ana, channel) = world(|rates| rates.user = Rate::per_s(1, 1));
    let other = world.create(&ana, ChannelKind::Public);
    world.open(1, &ana, &channel, None);
    world.open(2, &ana, &other, None);
    for (socket, channel) in [(1, &channel), (2, &other)] {
        let send = format!(
            r#"{{"id":7,"op":"send","channel":"{channel}","client_message_id":"a","text":"hi"}}"#
        );
        world.say(socket, channel, &send);
    }
    assert_eq!(errors(&world.lines(1)), []);
    let refused = errors(&world.lines(2));
    assert_eq!(limited(&refused[0].1), 1_000);
}
