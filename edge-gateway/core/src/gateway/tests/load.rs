//! More than a channel server takes in.

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::link::{Up, read};

use super::{
    super::{
        COMMAND_BYTES, ConnectionId, DRAIN_MAX_MS, LINK_FRAME_BYTES, RETRY_MAX_MS, Server,
        WAITING_BYTES_LIMIT, WAITING_BYTES_MAX,
        request::{Asked, Request},
    },
    world::World,
};

const SERVER: Server = Server(0);

/// A channel server that takes a while for each command, and people who send more than that.
struct Overload {
    world: World,
    people: Vec<ConnectionId>,
    cost_ms: u64,
    /// When the frame that is being taken in is done.
    busy_until_ms: Option<u64>,
    sent: BTreeMap<u64, u64>,
    looked: Vec<usize>,
    /// How long each message that was taken has waited for its reply.
    waited: Vec<u64>,
    retries: Vec<u64>,
    reads: u64,
}

impl Overload {
    fn new(cost_ms: u64) -> Self {
        let mut world = World::new(1);
        let people: Vec<_> = (0..20).map(|n| world.settled(&format!("U{n}"))).collect();
        Self {
            looked: vec![0; people.len()],
            world,
            people,
            cost_ms,
            busy_until_ms: None,
            sent: BTreeMap::new(),
            waited: Vec::new(),
            retries: Vec::new(),
            reads: 0,
        }
    }

    fn send(&mut self, id: u64) {
        let connection = self.people[usize::try_from(id).unwrap() % self.people.len()];
        self.sent.insert(id, self.world.now_ms);
        self.world.send(connection, id, "C1");
    }

    /// A millisecond goes by.
    fn tick(&mut self) {
        let now_ms = self.world.now_ms;
        if self.busy_until_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.busy_until_ms = None;
            self.world.deliver_up(SERVER);
            self.world.deliver_down(SERVER);
        }
        if self.busy_until_ms.is_none()
            && let Some(frame) = self
                .world
                .pipes
                .get(&SERVER)
                .and_then(|pipe| pipe.up.front())
        {
            let commands = read::<Up<'_>>(frame)
                .filter(|up| matches!(up, Ok(Up::Command { .. })))
                .count() as u64;
            self.busy_until_ms = Some(now_ms + commands * self.cost_ms);
        }
        self.world.pass(1);
        self.look();
    }

    fn look(&mut self) {
        for (connection, looked) in self.people.iter().zip(&mut self.looked) {
            let lines = &self.world.view(*connection).lines;
            for line in &lines[*looked..] {
                let Some(sent_ms) = line["re"].as_u64().and_then(|re| self.sent.remove(&re)) else {
                    continue;
                };
                if let Some(retry) = line["error"]["retry_after_ms"].as_u64() {
                    self.retries.push(retry);
                } else if line["ok"]["seq"].is_u64() {
                    self.waited.push(self.world.now_ms - sent_ms);
                } else {
                    self.reads += 1;
                }
            }
            *looked = lines.len();
        }
    }
}

#[test]
fn three_times_what_a_server_takes_in_is_refused_and_what_is_taken_does_not_wait_for_long() {
    let mut over = Overload::new(1);
    let (per_ms, for_ms) = (3, 15_000);
    for ms in 0..for_ms {
        for n in 0..per_ms {
            over.send(2 + ms * per_ms + n);
        }
        over.tick();
    }
    let taken = over.waited.len() as u64;
    assert!(taken > for_ms * 8 / 10, "{taken} taken in {for_ms} ms");
    assert!(over.retries.len() as u64 > for_ms, "{}", over.retries.len());
    let longest = *over.waited.iter().max().unwrap();
    assert!(longest <= 2 * DRAIN_MAX_MS, "{longest} ms");
    assert!(
        over.retries
            .iter()
            .all(|ms| (500..=RETRY_MAX_MS).contains(ms))
    );
}

#[test]
fn as_much_as_a_server_takes_in_is_never_refused() {
    let mut over = Overload::new(1);
    for ms in 0..10_000 {
        // In bursts, as many as in the time up to the next.
        if ms % 400 == 0 {
            for n in 0..350 {
                over.send(2 + ms * 10 + n);
            }
        }
        over.tick();
    }
    assert!(over.retries.is_empty());
    assert_eq!(over.waited.len(), 25 * 350);
}

#[test]
fn a_server_that_stands_still_is_given_no_more_messages_and_reads_still_go() {
    let mut over = Overload::new(1);
    over.send(2);
    over.world.pass(DRAIN_MAX_MS + 1);
    over.send(3);
    over.look();
    assert_eq!(over.retries.len(), 1);
    let history = r#"{"id":4,"op":"history","channel":"C1"}"#;
    over.world.say(over.people[4], history);
    over.sent.insert(4, over.world.now_ms);
    for _ in 0..100 {
        over.tick();
    }
    assert_eq!((over.waited.len(), over.reads), (1, 1));
    over.send(5);
    over.look();
    assert_eq!(over.retries.len(), 1, "it goes again");
}

#[test]
fn another_server_is_no_worse_off() {
    let mut world = World::new(2);
    let connection = world.settled("U1");
    let of = |world: &World, server| {
        let ids = (0..100).map(|n| format!("C{n}"));
        ids.into_iter().find(|id| world.server(id) == server)
    };
    let (slow, quick) = (of(&world, Server(0)), of(&world, Server(1)));
    world.send(connection, 2, &slow.clone().unwrap());
    world.pass(DRAIN_MAX_MS + 1);
    world.send(connection, 3, &slow.unwrap());
    world.send(connection, 4, &quick.unwrap());
    let refused = (3, Some("overloaded".to_owned()));
    assert_eq!(world.view(connection).replies().last(), Some(&refused));
    world.run();
    assert_eq!(world.view(connection).replies().last(), Some(&(4, None)));
}

#[test]
fn typing_does_not_wait_behind_much_else() {
    let mut over = Overload::new(1);
    let say = r#"{"op":"typing","channel":"C1"}"#;
    for n in 0..20_000 {
        over.world.say(over.people[n % 20], say);
    }
    let link = over.world.gateway.links.get(&SERVER).unwrap();
    assert!(link.outbox_bytes() < LINK_FRAME_BYTES / 4);
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// So many messages of a length.
    Send(usize, u64, usize),
    History(usize, u64),
    Typing(usize, u64),
    Up,
    Down,
    Dialled,
    Break,
    Pass(u64),
    Close(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..12_usize;
    prop_oneof![
        12 => (n.clone(), 1..200_u64, 1..16_000_usize).prop_map(|(n, count, length)| Step::Send(n, count, length)),
        4 => (n.clone(), 1..400_u64).prop_map(|(n, count)| Step::History(n, count)),
        2 => (n.clone(), 1..400_u64).prop_map(|(n, count)| Step::Typing(n, count)),
        3 => Just(Step::Up),
        3 => Just(Step::Down),
        3 => Just(Step::Dialled),
        1 => Just(Step::Break),
        3 => (0..3_000_u64).prop_map(Step::Pass),
        1 => n.prop_map(Step::Close),
    ]
}

/// What waits for the server, in bytes: as it is counted, and counted again.
fn waiting(world: &World) -> (usize, usize) {
    let Some(link) = world.gateway.links.get(&SERVER) else {
        return (0, 0);
    };
    let bytes = |request: &Request| match &request.what {
        Asked::Command { op, .. } => op.len() + COMMAND_BYTES,
        Asked::Log { .. } => 0,
    };
    let counted = link.requests.each().map(bytes).sum();
    (link.requests.load.bytes(), counted)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_waits_for_a_server_is_bounded_and_everything_is_answered_once(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new(1);
        let mut people: Vec<_> = (0..12).map(|n| world.settled(&format!("U{n}"))).collect();
        let mut next = 1;
        let mut asked: Vec<(ConnectionId, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Send(n, count, length) => for _ in 0..count {
                    next += 1;
                    let text = "x".repeat(length);
                    asked.push((people[n], next));
                    world.say(people[n], &format!(r#"{{"id":{next},"op":"send","channel":"C1","client_message_id":"m{next}","text":"{text}"}}"#));
                },
                Step::History(n, count) => for _ in 0..count {
                    next += 1;
                    asked.push((people[n], next));
                    world.say(people[n], &format!(r#"{{"id":{next},"op":"history","channel":"C1"}}"#));
                },
                Step::Typing(n, count) => for _ in 0..count {
                    world.say(people[n], r#"{"op":"typing","channel":"C1"}"#);
                },
                Step::Up => { world.deliver_up(SERVER); }
                Step::Down => { world.deliver_down(SERVER); }
                Step::Dialled => world.dialled(SERVER),
                Step::Break => world.break_link(SERVER),
                Step::Pass(ms) => world.pass(ms),
                Step::Close(n) => {
                    let connection = people[n];
                    asked.retain(|(other, _)| *other != connection);
                    world.input(super::super::Input::ConnectionClosed { connection });
                    people[n] = world.hello(&format!("U{n}"));
                }
            }
            let (bytes, counted) = waiting(&world);
            prop_assert_eq!(bytes, counted);
            prop_assert!(bytes <= WAITING_BYTES_LIMIT);
            let outbox = world.gateway.links.get(&SERVER).map_or(0, super::super::link::Link::outbox_bytes);
            prop_assert!(outbox <= WAITING_BYTES_LIMIT + LINK_FRAME_BYTES, "{outbox} bytes wait for credit");
        }
        world.run();
        world.pass(60_000);
        world.run();
        prop_assert_eq!(waiting(&world), (0, 0));
        let mut replies: BTreeMap<(ConnectionId, u64), u32> = BTreeMap::new();
        for connection in world.views.keys() {
            for (re, _) in world.view(*connection).replies() {
                *replies.entry((*connection, re)).or_default() += 1;
            }
        }
        for command in asked {
            prop_assert_eq!(replies.get(&command), Some(&1), "{:?}", command);
        }
    }
}

#[test]
fn messages_stop_before_reads_do() {
    let mut world = World::new(1);
    let people: Vec<_> = (0..20).map(|n| world.settled(&format!("U{n}"))).collect();
    let text = "x".repeat(16_000);
    let mut id = 1;
    for connection in people
        .iter()
        .cycle()
        .take(2 * WAITING_BYTES_MAX / text.len())
    {
        id += 1;
        world.say(*connection, &format!(r#"{{"id":{id},"op":"send","channel":"C1","client_message_id":"m{id}","text":"{text}"}}"#));
    }
    let (bytes, _) = waiting(&world);
    assert!(
        (WAITING_BYTES_MAX - 20_000..=WAITING_BYTES_MAX).contains(&bytes),
        "{bytes}"
    );
    let before = world.view(people[0]).replies().len();
    world.say(people[0], r#"{"id":9999,"op":"history","channel":"C1"}"#);
    assert_eq!(
        world.view(people[0]).replies().len(),
        before,
        "it waits for its answer"
    );
}
