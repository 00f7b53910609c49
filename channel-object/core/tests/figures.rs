//! What a channel server says of itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::rc::Rc;

use channel_core::{ChannelServer, Input, LinkId, Moment};
use protocol::{
    api::ChannelKind,
    call::ChannelCall,
    figures::{DoneFigures, StoredFigures},
    link::Up,
};
use support::{Db, World};

/// What the server says that begins a life over this storage.
fn core(world: &World, server: u32) -> ChannelServer<Db> {
    let db = world.servers[server as usize].db.clone();
    ChannelServer::new(db, Rc::clone(&world.ring), server).unwrap()
}

fn stored(world: &World, server: u32) -> StoredFigures {
    core(world, server).stored().unwrap()
}

#[test]
fn logs_events_and_subscriptions_are_counted() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let channel = world.create(&ana, ChannelKind::Public);
    for n in 0..5 {
        world.send(&ana, &channel, &n.to_string(), "hi").unwrap();
    }
    let link = LinkId(1);
    world.input(
        0,
        Input::LinkOpened {
            link,
            gateway: "weur/0",
        },
    );
    let subscribe = Up::Subscribe {
        request: 1,
        log: channel.as_str(),
        workspace: ana.workspace.as_str(),
        user: ana.user.as_str(),
        session: ana.session.as_str(),
        since: None,
    };
    world.up(0, 1, &[subscribe]);
    let all: u64 = world.servers[0]
        .db
        .connection
        .query_row("SELECT COUNT(*) FROM events", [], |row| row.get(0))
        .unwrap();
    assert!(all > 5);
    assert_eq!(
        stored(&world, 0),
        StoredFigures {
            logs: 3,
            events: Some(all),
            effects_waiting: 0,
            subscriptions: 1,
        }
    );
}

#[test]
fn events_that_come_after_they_were_counted_count_once() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    let old = world.create(&ana, ChannelKind::Public);
    let mut server = core(&world, 0);
    let before = server.stored().unwrap().events.unwrap();
    server.take_done();
    let mut send = |channel, n: u64| {
        let request = protocol::call::Request::Channel {
            caller: ana.clone(),
            id: channel,
            op: ChannelCall::Send(support::draft(&n.to_string(), "hi")),
        };
        let at = Moment {
            now_ms: world.now_ms,
            random: n.into(),
            unstored_ms: 0,
        };
        server.handle(Input::Request { id: n, request }, at);
        (server.stored().unwrap().events.unwrap(), server.take_done())
    };
    let done = DoneFigures {
        events: 1,
        messages: 1,
        frames: 0,
    };
    assert_eq!(send(old.clone(), 1), (before + 1, done));
    assert_eq!(send(old.clone(), 2), (before + 2, done));
    // One that was stored before is none.
    assert_eq!(send(old, 2), (before + 2, DoneFigures::default()));
}

#[test]
fn effects_wait_while_they_cannot_be_delivered() {
    let mut world = World::new(8);
    let ana = world.found("Acme");
    world.post_is_down = true;
    let ids: Vec<_> = (0..8)
        .map(|_| world.create(&ana, ChannelKind::Public))
        .collect();
    let servers: std::collections::BTreeSet<u32> =
        ids.iter().map(|id| world.owner(id.as_str())).collect();
    let waiting = servers
        .iter()
        .map(|server| stored(&world, *server).effects_waiting);
    assert!(waiting.sum::<u64>() >= 8);
}
