//! Many commands at once: they come to the same as one after the other, in fewer statements.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use channel_core::{Input, LinkId};
use protocol::{
    api::{Caller, ChannelKind},
    command::ChannelOp,
    id::ChannelId,
    link::{Up, write},
};
use support::{World, draft, op};

/// One command: who, where, what.
type Said = (usize, usize, Vec<u8>);

/// A workspace with two people and two channels, of which the second is the first person's alone, and gateways that follow the
/// first channel.
fn town(links: u32) -> (World, [Caller; 2], [ChannelId; 2]) {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let ben = world.invite(&ana, "Ben");
    let open = world.create(&ana, ChannelKind::Public);
    let own = world.create(&ana, ChannelKind::Private);
    let join = protocol::call::ChannelCall::Join;
    world.channel(&ben, &open, join).unwrap();
    for link in 1..=links {
        let gateway = &format!("weur/{link}");
        let link = LinkId(link);
        world.input(0, Input::LinkOpened { link, gateway });
        let subscribe = Up::Subscribe {
            request: 1_000,
            log: open.as_str(),
            workspace: ana.workspace.as_str(),
            user: ana.user.as_str(),
            session: ana.session.as_str(),
            since: None,
        };
        world.up(0, link.0, &[subscribe]);
        world.down(0, link.0);
    }
    (world, [ana, ben], [open, own])
}

/// Commands of all kinds, many of which send what was sent before, with the same or another text.
fn commands() -> Vec<Said> {
    let mut bits = 7_u64;
    let mut below = |n: usize| {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(bits >> 33).unwrap() % n
    };
    let mut said = Vec::new();
    for _ in 0..400 {
        let (person, channel) = (below(2), below(4) / 3);
        let name = format!("m{} \"ö\" \\", below(120));
        let text = format!("text {} \"quoted\"\n\u{1f980}", below(2));
        let what = match below(20) {
            0 => op(&ChannelOp::Read {
                seq: below(30) as u64,
            }),
            1 => b"{\"op\":\"history\",\"limit\":3}".to_vec(),
            2 => b"{\"op\":\"dance\"}".to_vec(),
            3 => {
                let mut reply = draft(&name, &text);
                reply.thread = Some(below(40) as u64);
                op(&ChannelOp::Send(reply))
            }
            _ => op(&ChannelOp::Send(draft(&name, &text))),
        };
        said.push((person, channel, what));
    }
    said
}

fn frame(people: &[Caller; 2], channels: &[ChannelId; 2], said: &[Said], from: usize) -> Vec<u8> {
    let mut frame = Vec::new();
    for (index, (person, channel, op)) in said.iter().enumerate() {
        let record = Up::Command {
            request: (from + index).try_into().unwrap(),
            log: channels[*channel].as_str(),
            workspace: people[*person].workspace.as_str(),
            user: people[*person].user.as_str(),
            role: protocol::api::Role::Member,
            op,
        };
        write(&mut frame, &record);
    }
    frame
}

/// Takes the commands in as frames of `size` commands each, `together` frames to a turn, and gives all that comes back.
fn carry_out(size: usize, together: usize) -> (Vec<String>, usize) {
    let (mut world, people, channels) = town(1);
    let link = LinkId(1);
    let before = world.servers[0].db.statements.get();
    let said = commands();
    let frames: Vec<_> = (0..)
        .step_by(size)
        .zip(said.chunks(size))
        .map(|(from, said)| (link, frame(&people, &channels, said, from)))
        .collect();
    let mut down = Vec::new();
    for frames in frames.chunks(together) {
        world.input(0, Input::LinkFrames { frames });
        down.extend(world.down(0, link.0));
    }
    (down, world.servers[0].db.statements.get() - before)
}

#[test]
fn commands_in_one_turn_come_to_the_same_as_one_by_one() {
    let (one_by_one, _) = carry_out(1, 1);
    assert!(
        one_by_one
            .iter()
            .any(|down| down.contains("\"duplicate\":true"))
    );
    assert!(one_by_one.iter().any(|down| down.contains("Conflict")));
    assert!(one_by_one.iter().any(|down| down.contains("NotFound")));
    for (size, together) in [(400, 1), (7, 1), (1, 400), (13, 5)] {
        let (at_once, _) = carry_out(size, together);
        assert_eq!(
            at_once, one_by_one,
            "{size} to the frame, {together} to the turn"
        );
    }
}

#[test]
fn a_hundred_messages_of_one_turn_take_no_more_statements_than_two() {
    let statements = |messages: usize| {
        let (mut world, people, channels) = town(1);
        let send = |n: usize| (n % 2, 0, op(&ChannelOp::Send(draft(&n.to_string(), "hi"))));
        let warm: Vec<Said> = (900..902).map(send).collect();
        let said: Vec<Said> = (0..messages).map(send).collect();
        for said in [&warm, &said] {
            let before = world.servers[0].db.statements.get();
            let frame = frame(&people, &channels, said, 0);
            world.input(
                0,
                Input::LinkFrame {
                    link: LinkId(1),
                    frame: &frame,
                },
            );
            if said.len() == messages && said[0].2 != warm[0].2 {
                return world.servers[0].db.statements.get() - before;
            }
        }
        unreachable!("the second frame is another one")
    };
    assert_eq!(statements(100), statements(2));
    assert_eq!(statements(2), 3);
}

#[test]
fn what_is_sent_by_several_gateways_at_once_reaches_each_in_one_order() {
    let (mut world, people, channels) = town(3);
    let frames: Vec<_> = (1..=3)
        .map(|link| {
            let said: Vec<Said> = (0..20)
                .map(|n| {
                    let name = format!("{link} {n}");
                    (0, 0, op(&ChannelOp::Send(draft(&name, "hi"))))
                })
                .collect();
            (LinkId(link), frame(&people, &channels, &said, 0))
        })
        .collect();
    world.input(0, Input::LinkFrames { frames: &frames });
    let mut events = |link| -> Vec<String> {
        let down = world.down(0, link).into_iter();
        down.filter(|record| record.starts_with("event")).collect()
    };
    let first = events(1);
    assert_eq!(first.len(), 60);
    assert_eq!((events(2), events(3)), (first.clone(), first));
}
