//! Effects on other servers: never lost, never doubled, in order.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, Output};
use protocol::{
    api::{Caller, ChannelKind, Role},
    call::{Answer, ChannelCall, Delivery, Effect, Request, UserOp},
    id::{LogId, SessionId, UserId},
};
use support::World;

/// A world in which the user's log and the channel's live on different servers.
fn apart() -> (World, protocol::api::Caller, protocol::id::ChannelId) {
    let mut world = World::new(16);
    let ana = world.found("Acme");
    loop {
        let channel = world.create(&ana, ChannelKind::Public);
        if world.owner(channel.as_str()) != world.owner(ana.user.as_str()) {
            return (world, ana, channel);
        }
    }
}

#[test]
fn what_could_not_be_delivered_is_delivered_when_the_alarm_rings_even_after_a_crash() {
    let (mut world, ana, channel) = apart();
    let ben = world.invite(&ana, "Ben");
    world.post_is_down = true;
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    let server = world.owner(channel.as_str());
    let delivered = world.memberships(&ben);
    if world.owner(ben.user.as_str()) != server {
        assert!(delivered.is_empty());
        assert!(
            world
                .outputs
                .iter()
                .any(|(from, output)| *from == server && matches!(output, Output::SetAlarm { .. }))
        );
    }
    world.servers[server as usize].crash();
    world.post_is_down = false;
    world.input(server, Input::Alarm);
    assert_eq!(world.memberships(&ben), [channel]);
}

#[test]
fn a_delivery_that_comes_twice_counts_once() {
    let (mut world, ana, channel) = apart();
    let (origin, target) = (LogId::from(&channel), LogId::from(&ana.user));
    let server = world.owner(target.as_str());
    let deliveries = |n, effect| {
        Request::Deliver(vec![Delivery {
            origin: origin.clone(),
            n,
            target: target.clone(),
            effect,
        }])
    };
    let left = Effect::Left {
        channel: channel.clone(),
        by: ana.user.clone(),
    };
    let joined = Effect::Joined {
        channel: channel.clone(),
        by: ana.user.clone(),
        seq: 1,
        workspace: None,
    };
    world.ask(server, deliveries(50, left.clone())).unwrap();
    world.ask(server, deliveries(51, joined)).unwrap();
    let before = world.memberships(&ana);
    assert!(before.contains(&channel));
    // Late and doubled: it was taken in before the user came back.
    world.ask(server, deliveries(50, left)).unwrap();
    assert_eq!(world.memberships(&ana), before);
}

#[test]
fn who_is_let_in_before_their_own_log_knows_of_them_is_in_all_the_same() {
    let (mut world, ana, channel) = apart();
    let ben = Caller {
        user: UserId::parse("U9new").unwrap(),
        session: SessionId::parse("S9new").unwrap(),
        role: Role::Member,
        ..ana.clone()
    };
    let target = LogId::from(&ben.user);
    let server = world.owner(target.as_str());
    let mut deliver = |origin: LogId, effect| {
        let delivery = Delivery {
            origin,
            n: 50,
            target: target.clone(),
            effect,
        };
        world.ask(server, Request::Deliver(vec![delivery])).unwrap();
    };
    let joined = Effect::Joined {
        channel: channel.clone(),
        by: ana.user.clone(),
        seq: 1,
        workspace: Some(ana.workspace.clone()),
    };
    deliver(LogId::from(&channel), joined);
    let found = Effect::FoundUser {
        workspace: ana.workspace.clone(),
        session: ben.session.clone(),
        role: Role::Admin,
    };
    deliver(LogId::from(&ana.workspace), found);
    assert_eq!(world.memberships(&ben), [channel]);
    let role = world.ask(
        server,
        Request::User {
            caller: ben,
            op: UserOp::Authenticate { socket: None },
        },
    );
    assert_eq!(role, Ok(Answer::Alive { role: Role::Admin }));
}

#[test]
fn an_answer_waits_until_its_effects_are_taken_in() {
    let (mut world, ana, _) = apart();
    let mut channel = world.create(&ana, ChannelKind::Private);
    while world.owner(channel.as_str()) == world.owner(ana.user.as_str()) {
        channel = world.create(&ana, ChannelKind::Private);
    }
    let server = world.owner(channel.as_str());
    let request = Request::Channel {
        caller: ana.clone(),
        id: channel.clone(),
        op: ChannelCall::Leave,
    };
    let now_ms = world.now_ms;
    let at = &mut world.servers[server as usize];
    let outputs = at.handle(Input::Request { id: 9_000, request }, now_ms);
    assert!(
        !outputs
            .iter()
            .any(|output| matches!(output, Output::Answer { .. }))
    );
    let Some(Output::Deliver { server: to, .. }) = outputs
        .iter()
        .find(|output| matches!(output, Output::Deliver { .. }))
    else {
        panic!("{outputs:?}");
    };
    let delivered = Input::Delivered {
        server: *to,
        taken: true,
    };
    let outputs = at.handle(delivered, now_ms);
    assert!(matches!(
        outputs.first(),
        Some(Output::Answer {
            id: 9_000,
            outcome: Ok(_)
        })
    ));
}
