//! Gateways that sleep are woken for what they are subscribed to, and told until they have heard it.
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
    id::ChannelId,
    link::{Down, Up, read, write},
};
use support::{World, show};

/// A world with a gateway asleep that is subscribed to a channel and to the log of its user.
struct Asleep {
    world: World,
    ana: Caller,
    channel: ChannelId,
}

impl Asleep {
    fn new() -> Self {
        let mut world = World::new(1);
        let ana = world.found("Acme");
        let channel = world.create(&ana, ChannelKind::Public);
        let mut asleep = Self {
            world,
            ana,
            channel,
        };
        asleep.dial(1);
        asleep.sleep(1);
        asleep
    }

    fn dial(&mut self, link: u32) {
        self.world.input(
            0,
            Input::LinkOpened {
                link: LinkId(link),
                gateway: "weur/0",
            },
        );
        let subscribe = |request, log| Up::Subscribe {
            request,
            log,
            workspace: self.ana.workspace.as_str(),
            user: self.ana.user.as_str(),
            session: self.ana.session.as_str(),
            since: None,
        };
        let records = [
            subscribe(1, self.channel.as_str()),
            subscribe(2, self.ana.user.as_str()),
        ];
        self.world.up(0, link, &records);
    }

    fn sleep(&mut self, link: u32) {
        self.world.down(0, link);
        self.world.up(0, link, &[Up::Sleep]);
        assert_eq!(self.world.down(0, link), ["asleep"]);
        let closes = |output: &Output| matches!(output, Output::CloseLink { .. });
        assert!(self.world.outputs.iter().any(|(_, output)| closes(output)));
        self.world.outputs.clear();
    }

    fn send(&mut self, name: &str) {
        self.world
            .send(&self.ana, &self.channel, name, "hi")
            .unwrap();
    }

    /// The requests to the gateway since the last time: their numbers and records.
    fn wakes(&mut self) -> Vec<(u64, Vec<String>)> {
        let mut wakes = Vec::new();
        self.world.outputs.retain(|(_, output)| match output {
            Output::WakeGateway { id, gateway, frame } => {
                assert_eq!(gateway, "weur/0");
                let records = read::<Down<'_>>(frame).map(|record| show(&record.unwrap()));
                wakes.push((*id, records.collect()));
                false
            }
            _ => true,
        });
        wakes
    }

    /// The only request to the gateway since the last time.
    fn wake(&mut self) -> (u64, Vec<String>) {
        let mut wakes = self.wakes();
        assert_eq!(wakes.len(), 1, "{wakes:?}");
        wakes.remove(0)
    }

    fn answer(&mut self, id: u64, records: Option<&[Up<'_>]>) {
        let mut frame = Vec::new();
        for record in records.unwrap_or_default() {
            write(&mut frame, record);
        }
        let answer = records.is_some().then_some(frame.as_slice());
        self.world.input(0, Input::Woken { id, answer });
    }

    fn alarm(&mut self) {
        let set_ms = self.world.outputs.iter().rev().find_map(|(_, output)| {
            let Output::SetAlarm { at_ms } = output else {
                return None;
            };
            Some(*at_ms)
        });
        self.world.now_ms = set_ms.expect("an alarm is set");
        self.world.input(0, Input::Alarm);
    }
}

#[test]
fn a_sleeping_gateway_is_sent_an_event_by_a_request() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    let (id, records) = asleep.wake();
    assert_eq!(records, ["event 2 message None"]);
    asleep.answer(id, Some(&[]));
    assert_eq!(asleep.world.outputs.pop(), Some((0, Output::ClearAlarm)));
    assert!(asleep.wakes().is_empty());
}

#[test]
fn one_request_is_on_its_way_at_a_time_and_the_next_brings_what_came_meanwhile() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    let (first, _) = asleep.wake();
    asleep.send("b");
    asleep.send("c");
    assert!(asleep.wakes().is_empty());
    asleep.answer(first, Some(&[]));
    let (second, records) = asleep.wake();
    assert_ne!(first, second);
    assert_eq!(records, ["event 3 message None", "event 4 message None"]);
}

#[test]
fn a_gateway_that_was_not_reached_is_told_again_that_it_missed_something_until_it_dials() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    let (id, _) = asleep.wake();
    asleep.answer(id, None);
    assert!(asleep.wakes().is_empty(), "the alarm's turn");
    asleep.send("b");
    assert!(asleep.wakes().is_empty(), "it has to ask anyway");
    asleep.alarm();
    let (id, records) = asleep.wake();
    assert!(records.is_empty());
    asleep.answer(id, Some(&[]));
    asleep.alarm();
    assert_eq!(asleep.wakes().len(), 1, "it has not dialled");
    asleep.dial(2);
    asleep.world.down(0, 2);
    asleep.send("c");
    assert_eq!(asleep.world.down(0, 2), ["event 4 message None"]);
    assert!(asleep.wakes().is_empty());
}

#[test]
fn a_server_that_lost_its_memory_still_knows_whom_it_owes_something() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    assert_eq!(asleep.wakes().len(), 1);
    asleep.world.servers[0].forget();
    asleep.alarm();
    let (_, records) = asleep.wake();
    assert!(records.is_empty());
}

#[test]
fn a_server_that_lost_its_memory_still_knows_who_sleeps() {
    let mut asleep = Asleep::new();
    asleep.world.servers[0].forget();
    asleep.send("a");
    assert_eq!(asleep.wake().1, ["event 2 message None"]);
}

#[test]
fn a_log_that_the_gateway_does_not_want_is_left_out_from_then_on() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    let (id, _) = asleep.wake();
    let log = asleep.channel.clone();
    asleep.answer(id, Some(&[Up::Unsubscribe { log: log.as_str() }]));
    asleep.world.servers[0].forget();
    asleep.send("b");
    assert!(asleep.wakes().is_empty());
}

#[test]
fn a_gateway_that_wants_nothing_is_owed_nothing() {
    let mut asleep = Asleep::new();
    asleep.send("a");
    let (id, _) = asleep.wake();
    asleep.answer(id, None);
    asleep.alarm();
    let (id, _) = asleep.wake();
    asleep.answer(id, Some(&[Up::UnsubscribeAll]));
    asleep.send("b");
    assert!(asleep.wakes().is_empty());
}

#[test]
fn typing_wakes_a_gateway_once_and_is_neither_stored_nor_told_again() {
    let mut asleep = Asleep::new();
    let ben = asleep.world.invite(&asleep.ana.clone(), "Ben");
    let channel = asleep.channel.clone();
    asleep
        .world
        .channel(&ben, &channel, protocol::call::ChannelCall::Join)
        .unwrap();
    let (id, _) = asleep.wake();
    asleep.answer(id, Some(&[]));
    asleep.world.open(9, &ben, &channel, None);
    let typing = format!(r#"{{"op":"typing","channel":"{channel}"}}"#);
    asleep.world.outputs.clear();
    asleep.world.say(9, &channel, &typing);
    let (id, records) = asleep.wake();
    assert_eq!(records, ["event 0 typing None"]);
    let sets_alarm = |(_, output): &(u32, Output)| matches!(output, Output::SetAlarm { .. });
    assert!(!asleep.world.outputs.iter().any(sets_alarm));
    let database = &asleep.world.servers[0].db.connection;
    let count = "SELECT count(*) FROM wakes";
    let owed: i64 = database.query_row(count, [], |row| row.get(0)).unwrap();
    assert_eq!(owed, 0);
    asleep.answer(id, None);
    assert!(asleep.wakes().is_empty());
}

#[test]
fn a_session_that_ends_wakes_the_gateway_that_has_it() {
    let mut asleep = Asleep::new();
    let ana = asleep.ana.clone();
    let op = UserOp::SignOut { everywhere: false };
    asleep.world.user(&ana, op).unwrap();
    assert_eq!(asleep.wake().1, ["sessions ended true"]);
}

#[test]
fn what_is_too_much_for_a_request_is_left_to_be_asked_for() {
    let mut asleep = Asleep::new();
    asleep.send("first");
    let (id, _) = asleep.wake();
    let text = "x".repeat(16_000);
    for n in 0..20 {
        let ana = asleep.ana.clone();
        let channel = asleep.channel.clone();
        asleep
            .world
            .send(&ana, &channel, &n.to_string(), &text)
            .unwrap();
    }
    asleep.answer(id, Some(&[]));
    let wakes = asleep.wakes();
    assert!(wakes.iter().all(|(_, records)| records.is_empty()));
}
