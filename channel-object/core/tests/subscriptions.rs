//! Links of gateways, and what subscribers miss.
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
    call::{ChannelCall, UserOp},
    command::ChannelOp,
    id::ChannelId,
    link::Up,
};
use support::{World, draft, op, seqs, sync};

fn subscribe<'a>(
    request: u32,
    caller: &'a Caller,
    log: &'a str,
    since: Option<(&'a str, u64)>,
) -> Up<'a> {
    Up::Subscribe {
        request,
        log,
        workspace: caller.workspace.as_str(),
        user: caller.user.as_str(),
        session: caller.session.as_str(),
        since,
    }
}

fn dial(world: &mut World, link: u32, gateway: &str) {
    world.input(
        0,
        Input::LinkOpened {
            link: LinkId(link),
            gateway,
        },
    );
}

fn send<'a>(request: u32, caller: &'a Caller, log: &'a ChannelId, op: &'a [u8]) -> Up<'a> {
    Up::Command {
        request,
        log: log.as_str(),
        workspace: caller.workspace.as_str(),
        user: caller.user.as_str(),
        role: protocol::api::Role::Member,
        op,
    }
}

#[test]
fn a_subscribed_gateway_gets_events_and_its_reply_in_one_frame() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    dial(&mut world, 1, "weur/0");
    world.up(0, 1, &[subscribe(7, &ana, channel.as_str(), None)]);
    assert_eq!(
        world.down(0, 1),
        ["subscribed 7 at 1 recovered=false channels=0"]
    );
    let body = op(&ChannelOp::Send(draft("a", "hi")));
    world.up(
        0,
        1,
        &[
            send(8, &ana, &channel, &body),
            send(9, &ana, &channel, &body),
        ],
    );
    let frames = world
        .outputs
        .iter()
        .filter(|(_, output)| matches!(output, Output::LinkFrame { .. }))
        .count();
    assert_eq!(frames, 1);
    let down = world.down(0, 1);
    assert_eq!(down.len(), 3);
    assert_eq!(down[0], "event 2 message None");
    assert!(down[1].starts_with("reply 8") && down[1].ends_with("\"duplicate\":false}"));
    assert!(down[2].starts_with("reply 9") && down[2].ends_with("\"duplicate\":true}"));
}

#[test]
fn each_frame_up_is_credited_once() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    dial(&mut world, 1, "weur/0");
    let typing = Up::Typing {
        log: channel.as_str(),
        workspace: ana.workspace.as_str(),
        user: ana.user.as_str(),
    };
    world.up(0, 1, &[typing.clone(), typing]);
    let credits: usize = world
        .outputs
        .iter()
        .filter_map(|(_, output)| match output {
            Output::LinkFrame { frame, .. } => Some(
                protocol::link::read::<protocol::link::Down<'_>>(frame)
                    .filter(|record| matches!(record, Ok(protocol::link::Down::Credit)))
                    .count(),
            ),
            _ => None,
        })
        .sum();
    assert_eq!(credits, 1);
}

#[test]
fn a_resume_gives_exactly_what_was_missed_with_its_hints() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    let epoch = world.send(&ana, &channel, "a", "hi").unwrap().epoch;
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    world.channel(&ben, &channel, ChannelCall::Leave).unwrap();
    dial(&mut world, 1, "weur/0");
    world.up(
        0,
        1,
        &[Up::Resume {
            log: channel.as_str(),
            epoch: &epoch,
            seq: 2,
        }],
    );
    let cut = format!("event 4 member_left Cut(\"{}\")", ben.user);
    assert_eq!(
        world.down(0, 1),
        [
            "event 3 member_joined None",
            &cut,
            "resumed at 4 recovered=true"
        ]
    );
    world.send(&ana, &channel, "b", "hi").unwrap();
    assert_eq!(world.down(0, 1), ["event 5 message None"]);
}

#[test]
fn a_new_link_takes_the_place_of_the_old_one_and_of_its_subscriptions() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    dial(&mut world, 1, "weur/0");
    world.up(0, 1, &[subscribe(7, &ana, channel.as_str(), None)]);
    dial(&mut world, 2, "weur/0");
    assert!(
        world
            .outputs
            .iter()
            .any(|(_, output)| matches!(output, Output::CloseLink { link } if *link == LinkId(1)))
    );
    let _ = world.down(0, 1);
    world.send(&ana, &channel, "a", "hi").unwrap();
    assert!(world.down(0, 1).is_empty());
    assert!(world.down(0, 2).is_empty());
}

#[test]
fn a_gateway_whose_link_breaks_is_woken_and_one_that_closes_it_is_not() {
    let mut world = World::new(1);
    dial(&mut world, 1, "weur/0");
    dial(&mut world, 2, "enam/0");
    for (link, clean) in [(1, false), (2, true)] {
        let link = LinkId(link);
        world.input(0, Input::LinkClosed { link, clean });
    }
    let woken: Vec<&str> = world
        .outputs
        .iter()
        .filter_map(|(_, output)| match output {
            Output::WakeGateway { gateway, .. } => Some(gateway.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(woken, ["weur/0"]);
}

#[test]
fn a_users_log_lists_their_channels_and_needs_a_living_session() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    world.create(&ana, ChannelKind::Public);
    dial(&mut world, 1, "weur/0");
    world.up(
        0,
        1,
        &[
            subscribe(1, &ana, ana.user.as_str(), None),
            subscribe(2, &ben, ana.user.as_str(), None),
        ],
    );
    assert_eq!(
        world.down(0, 1),
        [
            "subscribed 1 at 1 recovered=false channels=1",
            "refused 2 NotFound"
        ]
    );
    world
        .user(&ana, UserOp::SignOut { everywhere: false })
        .unwrap();
    assert_eq!(world.down(0, 1), ["sessions ended true"]);
    world.up(0, 1, &[subscribe(3, &ana, ana.user.as_str(), None)]);
    assert_eq!(world.down(0, 1), ["refused 3 NotAuthenticated"]);
}

#[test]
fn others_private_channels_and_workspaces_are_not_subscribed() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let eve = world.found("Evil");
    let channel = world.create(&ana, ChannelKind::Private);
    dial(&mut world, 1, "weur/0");
    world.up(
        0,
        1,
        &[
            subscribe(1, &eve, channel.as_str(), None),
            subscribe(2, &eve, ana.workspace.as_str(), None),
        ],
    );
    assert_eq!(
        world.down(0, 1),
        ["refused 1 NotFound", "refused 2 NotFound"]
    );
    world.send(&ana, &channel, "a", "secret").unwrap();
    assert!(world.down(0, 1).is_empty());
}

/// A resume point, and the seqs that it leads to.
type Case<'a> = (Option<(&'a str, u64)>, &'a [u64]);

#[test]
fn a_socket_gets_all_it_missed_or_is_told_that_it_does_not() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let mut epoch = String::new();
    for n in 0..5 {
        epoch = world
            .send(&ana, &channel, &n.to_string(), "hi")
            .unwrap()
            .epoch;
    }
    let cases: [Case<'_>; 5] = [
        (None, &[]),
        (Some((&epoch, 0)), &[1, 2, 3, 4, 5, 6]),
        (Some((&epoch, 4)), &[5, 6]),
        (Some((&epoch, 6)), &[]),
        (Some(("other", 4)), &[]),
    ];
    for (socket, (since, missed)) in (1..).zip(cases) {
        world.open(socket, &ana, &channel, since);
        let lines = world.lines(socket);
        assert_eq!(seqs(&lines), missed, "{since:?}");
        let sync = sync(&lines);
        assert_eq!(sync.seq, 6);
        assert_eq!(
            sync.recovered,
            since.is_some_and(|(e, _)| e == epoch),
            "{since:?}"
        );
    }
    world.open(9, &ana, &channel, Some((&epoch, 7)));
    assert!(!sync(&world.lines(9)).recovered, "from the future");
}

#[test]
fn a_thousand_events_or_a_day_can_be_recovered_and_no_more() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let mut epoch = String::new();
    for n in 0..1_500 {
        epoch = world
            .send(&ana, &channel, &n.to_string(), "hi")
            .unwrap()
            .epoch;
    }
    let recovered = |world: &mut World, socket, seq| {
        world.open(socket, &ana, &channel, Some((&epoch, seq)));
        let lines = world.lines(socket);
        let sync = sync(&lines);
        let expected = if sync.recovered { sync.seq - seq } else { 0 };
        assert_eq!(seqs(&lines).len() as u64, expected);
        sync.recovered
    };
    assert!(
        recovered(&mut world, 1, 1),
        "all of it is younger than a day"
    );
    world.now_ms += 24 * 60 * 60 * 1_000 + 1;
    assert!(recovered(&mut world, 2, 501), "the newest thousand");
    assert!(!recovered(&mut world, 3, 500), "older and more");
}

#[test]
fn rubbish_on_a_link_closes_it() {
    let mut world = World::new(1);
    dial(&mut world, 1, "weur/0");
    let frame: &[u8] = &[255, 255, 255];
    let link = LinkId(1);
    world.input(0, Input::LinkFrame { link, frame });
    assert!(matches!(
        world.outputs.last(),
        Some((0, Output::CloseLink { link: LinkId(1) }))
    ));
}

#[test]
fn a_removed_user_does_not_subscribe_to_a_public_channel_again() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let channel = world.create(&ana, ChannelKind::Public);
    world.channel(&ben, &channel, ChannelCall::Join).unwrap();
    let op = ChannelCall::Remove {
        user: ben.user.clone(),
    };
    world.channel(&ana, &channel, op).unwrap();
    dial(&mut world, 1, "weur/0");
    world.up(0, 1, &[subscribe(1, &ben, channel.as_str(), None)]);
    assert_eq!(world.down(0, 1), ["refused 1 NotAMember"]);
    world.send(&ana, &channel, "a", "without ben").unwrap();
    assert!(world.down(0, 1).is_empty());
}
