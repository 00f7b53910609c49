//! What a message costs does not grow with users or channels.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::{fs, path::Path};

use channel_core::{Input, LinkId};
use protocol::{
    api::{Caller, ChannelKind},
    call::{Answer, ChannelCall, Request},
    command::ChannelOp,
    history::RawQuery,
    id::ChannelId,
    link::Up,
};
use rusqlite::Connection;
use support::{World, draft, op};

/// A channel with so many members, connected over two gateways.
fn crowd(members: usize) -> (World, Vec<Caller>, ChannelId) {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    let mut people = vec![ana.clone()];
    people.extend((1..members).map(|_| world.invite(&ana, "Ben")));
    for person in &people {
        world.channel(person, &channel, ChannelCall::Join).unwrap();
    }
    for (link, gateway) in [(10, "weur/0"), (11, "weur/1")] {
        let link = LinkId(link);
        world.input(0, Input::LinkOpened { link, gateway });
    }
    for (person, link) in people.iter().zip([10, 11].into_iter().cycle()) {
        let record = Up::Subscribe {
            request: 1,
            log: channel.as_str(),
            workspace: person.workspace.as_str(),
            user: person.user.as_str(),
            session: person.session.as_str(),
            since: None,
        };
        world.up(0, link, &[record]);
    }
    (world, people, channel)
}

/// The steps of a piece of work in two sizes of a world, each after a wake-up.
fn steps(sizes: [usize; 2], work: impl Fn(&mut World, &[Caller], &ChannelId)) -> [i64; 2] {
    sizes.map(|members| {
        let (mut world, people, channel) = crowd(members);
        world.servers[0].forget();
        world.servers[0].db.take_steps();
        work(&mut world, &people, &channel);
        world.servers[0].db.take_steps()
    })
}

fn assert_flat([small, large]: [i64; 2]) {
    assert!(large * 10 <= small * 11, "{small} steps, then {large}");
}

#[test]
fn a_wake_up_and_a_message_take_the_same_steps_however_many_members_there_are() {
    assert_flat(steps([10, 300], |world, people, channel| {
        let body = op(&ChannelOp::Send(draft("1", "hi")));
        let record = Up::Command {
            request: 1,
            log: channel.as_str(),
            workspace: people[5].workspace.as_str(),
            user: people[5].user.as_str(),
            role: protocol::api::Role::Member,
            op: &body,
        };
        world.up(0, 10, &[record]);
    }));
}

#[test]
fn a_view_takes_the_same_steps_however_many_members_there_are() {
    assert_flat(steps([10, 300], |world, people, channel| {
        let head = world.page(&people[0], channel, RawQuery::default());
        assert!(head.messages.is_empty());
        world.servers[0].db.take_steps();
        let request = Request::Views {
            caller: people[5].clone(),
            channels: vec![(channel.clone(), u64::from(u32::MAX))],
        };
        assert!(world.ask(0, request).is_ok());
    }));
}

#[test]
fn members_are_counted_right_after_a_wake_up() {
    let (mut world, people, channel) = crowd(5);
    let count = |world: &mut World, op: ChannelCall| match world.channel(&people[1], &channel, op) {
        Ok(Answer::Channel { channel, .. }) => channel.member_count,
        other => panic!("{other:?}"),
    };
    assert_eq!(count(&mut world, ChannelCall::Join), 5);
    world.servers[0].forget();
    assert_eq!(count(&mut world, ChannelCall::Leave), 4);
    assert_eq!(count(&mut world, ChannelCall::Join), 5);
    world.servers[0].forget();
    assert_eq!(count(&mut world, ChannelCall::Join), 5);
}

#[test]
fn no_statement_looks_at_all_rows_of_a_table_that_grows() {
    let (world, ..) = crowd(1);
    let database = &world.servers[0].db.connection;
    let mut statements = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        // Every second piece between quotes is a string; no statement has an escaped one in it.
        for literal in text.split('"').map(str::trim_start) {
            if ["SELECT", "INSERT", "UPDATE", "DELETE"]
                .iter()
                .any(|verb| literal.starts_with(verb))
            {
                statements.push(literal.to_owned());
            }
        }
    }
    assert!(statements.len() > 40, "where are they?");
    for statement in statements {
        for step in plan(database, &statement) {
            // Not a table but what was found in one.
            let scans = step.starts_with("SCAN")
                && step != "SCAN CONSTANT ROW"
                && !step.starts_with("SCAN (subquery");
            // As many rows as there are gateways; effects that were not delivered yet.
            let is_small = ["SCAN wakes", "SCAN peers", "SCAN o"].contains(&step.as_str());
            // What the statement brings along.
            let is_small = is_small || step.contains("VIRTUAL TABLE");
            assert!(!scans || is_small, "{step} in {statement}");
        }
    }
}

fn plan(database: &Connection, statement: &str) -> Vec<String> {
    let mut explain = database
        .prepare(&format!("EXPLAIN QUERY PLAN {statement}"))
        .unwrap();
    // Parameters that are not bound are NULL.
    let rows = explain.raw_query();
    rows.mapped(|row| row.get(3)).map(Result::unwrap).collect()
}

#[test]
fn a_thread_is_read_without_the_rest_of_its_channel() {
    let (mut world, people, channel) = crowd(2);
    let root = world.send(&people[0], &channel, "root", "hi").unwrap().seq;
    let page = |world: &mut World| {
        world.servers[0].db.take_steps();
        let query = RawQuery {
            thread: Some(root),
            ..RawQuery::default()
        };
        assert_eq!(world.page(&people[0], &channel, query).messages.len(), 1);
        world.servers[0].db.take_steps()
    };
    let small = page(&mut world);
    for n in 0..200 {
        world
            .send(&people[0], &channel, &n.to_string(), "hi")
            .unwrap();
    }
    assert_flat([small, page(&mut world)]);
}
