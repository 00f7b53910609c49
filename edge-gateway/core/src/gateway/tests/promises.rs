//! Whatever happens in whatever order: each log gap-free, once, and nothing for who was cut off.

use proptest::prelude::*;
use protocol::link::{Down, Hint};

use super::{
    super::{ConnectionId, Input},
    fake::Means,
    world::World,
};

const USERS: [&str; 3] = ["U1", "U2", "U3"];
const CHANNELS: [&str; 3] = ["C1", "C2", "D3"];
const SERVERS: u32 = 3;

/// One thing that happens. Numbers pick one of whatever there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Hello(usize),
    /// A connection closes and its browser comes back with its cursors.
    ComeBack(usize),
    Close(usize),
    Publish(usize),
    Typing(usize),
    /// An event that is stored and never sent down.
    Unheard(usize),
    Double(usize, usize),
    Send(usize, usize),
    Join(usize, usize),
    Cut(usize, usize),
    /// The next membership reaches its user's log.
    Outbox,
    EndSession(usize),
    NewEpoch(usize),
    Trim(usize),
    Dialled(usize),
    Up(usize),
    Down(usize),
    Break(usize),
    Wake(usize),
    /// A request that wakes the gateway fails.
    FailWake(usize),
    /// Nothing comes in for so long that the gateway goes to sleep.
    Idle,
    LoseMemory,
    Pass(u64),
    Refuse,
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..12_usize;
    prop_oneof![
        3 => n.clone().prop_map(Step::Hello),
        2 => n.clone().prop_map(Step::ComeBack),
        1 => n.clone().prop_map(Step::Close),
        12 => n.clone().prop_map(Step::Publish),
        3 => n.clone().prop_map(Step::Typing),
        2 => n.clone().prop_map(Step::Unheard),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Double(a, b)),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Send(a, b)),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Join(a, b)),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Cut(a, b)),
        4 => Just(Step::Outbox),
        1 => n.clone().prop_map(Step::EndSession),
        1 => n.clone().prop_map(Step::NewEpoch),
        1 => n.clone().prop_map(Step::Trim),
        12 => n.clone().prop_map(Step::Dialled),
        20 => n.clone().prop_map(Step::Up),
        20 => n.clone().prop_map(Step::Down),
        4 => n.clone().prop_map(Step::Break),
        12 => n.clone().prop_map(Step::Wake),
        1 => n.prop_map(Step::FailWake),
        4 => Just(Step::Idle),
        3 => Just(Step::LoseMemory),
        4 => (0..3_000_u64).prop_map(Step::Pass),
        1 => Just(Step::Refuse),
    ]
}

struct Run {
    world: World,
    /// Memberships on their way to the users' logs.
    outbox: Vec<(&'static str, Means)>,
    /// Each connection with its user and how many lines were checked.
    connections: Vec<(ConnectionId, &'static str, usize)>,
    commands: u64,
}

impl Run {
    fn new() -> Self {
        let mut world = World::new(SERVERS);
        for user in USERS {
            for channel in CHANNELS.iter().take(2) {
                world.member(user, channel);
            }
        }
        Self {
            world,
            outbox: Vec::new(),
            connections: Vec::new(),
            commands: 1,
        }
    }

    fn hello(&mut self, user: &'static str, logs: Logs) {
        let connection = self.world.hello_from(user, logs);
        self.connections.push((connection, user, 0));
    }

    /// In the session of another connection.
    fn hello_again(&mut self, was: ConnectionId, user: &'static str, logs: Logs) {
        let session = self.world.session_of(was);
        let connection = self.world.hello_again(user, &session, logs);
        self.connections.push((connection, user, 0));
    }

    fn connection(&self, n: usize) -> Option<(ConnectionId, &'static str)> {
        let open: Vec<_> = self
            .connections
            .iter()
            .filter(|(id, ..)| self.world.view(*id).closed.is_none())
            .collect();
        let (id, user, _) = open.get(n % open.len().max(1))?;
        Some((*id, user))
    }

    fn close(&mut self, connection: ConnectionId) {
        self.world.input(Input::ConnectionClosed { connection });
        self.world.views.get_mut(&connection).unwrap().closed = Some((1000, String::new()));
    }

    fn step(&mut self, step: Step) {
        let server = |n: usize| super::super::Server(u32::try_from(n).unwrap() % SERVERS);
        match step {
            Step::Hello(n) => self.hello(USERS[n % 3], Logs::new()),
            Step::ComeBack(n) => {
                if let Some((connection, user)) = self.connection(n) {
                    let logs = self.world.view(connection).logs.clone();
                    self.close(connection);
                    if n % 2 == 0 {
                        self.hello(user, logs);
                    } else {
                        self.hello_again(connection, user, logs);
                    }
                }
            }
            Step::Close(n) => {
                if let Some((connection, _)) = self.connection(n) {
                    self.close(connection);
                }
            }
            Step::Publish(n) => {
                self.world.publish(any_log(n), Means::Nothing);
            }
            Step::Typing(n) => self.typing(CHANNELS[n % 3]),
            Step::Unheard(n) => {
                self.world
                    .fake
                    .log(any_log(n))
                    .append(any_log(n), Means::Nothing);
            }
            Step::Double(n, back) => {
                let head = self.world.fake.log(any_log(n)).head();
                if head > 0 {
                    let seq = head - (back as u64).min(head - 1);
                    self.world.broadcast(any_log(n), seq);
                }
            }
            Step::Send(n, channel) => {
                if let Some((connection, _)) = self.connection(n) {
                    self.commands += 1;
                    let id = self.commands;
                    self.world.send(connection, id, CHANNELS[channel % 3]);
                }
            }
            Step::Join(user, channel) => self.join(USERS[user % 3], CHANNELS[channel % 3]),
            Step::Cut(user, channel) => self.cut(USERS[user % 3], CHANNELS[channel % 3]),
            Step::Outbox => self.deliver_outbox(),
            Step::EndSession(n) => self.end_session(n),
            // Events do not say their epoch: a channel server that begins another one drops its links.
            Step::NewEpoch(n) => {
                let server = self.world.server(any_log(n));
                self.world.break_link(server);
                let log = self.world.fake.log(any_log(n));
                log.epoch += 1;
                log.events.clear();
                log.trimmed = 0;
                log.members.values_mut().for_each(|seq| *seq = 0);
            }
            Step::Trim(n) => {
                let log = self.world.fake.log(any_log(n));
                log.trimmed = log.head();
            }
            Step::Dialled(n) => self.world.dialled(server(n)),
            Step::Up(n) => {
                self.world.deliver_up(server(n));
            }
            Step::Down(n) => {
                self.world.deliver_down(server(n));
            }
            Step::Break(n) => self.world.break_link(server(n)),
            Step::Wake(n) => {
                self.world.deliver_wake(server(n));
            }
            Step::FailWake(n) => self.world.fail_wakes(server(n)),
            Step::Idle => {
                self.world.run();
                self.world.pass(super::super::SLEEP_AFTER_MS);
                self.world.run();
            }
            Step::LoseMemory => self.lose_memory(),
            Step::Pass(ms) => self.world.pass(ms),
            Step::Refuse => {
                let refusal = protocol::error::Refusal::internal();
                self.world.fake.refusing = Some((2, refusal));
            }
        }
        self.check();
    }

    /// Those who were sent away come back with their cursors.
    fn lose_memory(&mut self) {
        let open: Vec<_> = self
            .connections
            .iter()
            .filter(|(id, ..)| self.world.view(*id).closed.is_none())
            .map(|(id, user, _)| (*id, *user))
            .collect();
        self.world.lose_memory();
        for (connection, user) in open {
            if self.world.view(connection).closed.is_some() {
                let logs = self.world.view(connection).logs.clone();
                self.hello(user, logs);
            }
        }
    }

    fn typing(&mut self, channel: &str) {
        let log = self.world.fake.log(channel);
        let members: Vec<&String> = log.members.keys().collect();
        let line = serde_json::json!({"event": "typing", "channel": channel, "members": members})
            .to_string();
        let typing = Down::Event {
            log: channel,
            seq: 0,
            hint: Hint::None,
            line: line.as_bytes(),
        };
        self.world.tell(channel, &typing);
    }

    fn join(&mut self, user: &'static str, channel: &str) {
        let log = self.world.fake.log(channel);
        if !log.members.contains_key(user) {
            log.members.insert(user.to_owned(), log.head() + 1);
            self.world.publish(channel, Means::Nothing);
            self.outbox.push((user, Means::Joined(channel.to_owned())));
        }
    }

    fn cut(&mut self, user: &'static str, channel: &str) {
        if self.world.fake.log(channel).members.contains_key(user) {
            self.world.publish(channel, Means::Cut(user.to_owned()));
            self.outbox.push((user, Means::Left(channel.to_owned())));
        }
    }

    fn deliver_outbox(&mut self) {
        if self.outbox.is_empty() {
            return;
        }
        let (user, means) = self.outbox.remove(0);
        let channels = self.world.fake.channels.entry(user.to_owned()).or_default();
        match &means {
            Means::Joined(channel) => channels.insert(channel.clone()),
            Means::Left(channel) => channels.remove(channel),
            _ => false,
        };
        self.world.publish(user, means);
    }

    fn end_session(&mut self, n: usize) {
        if let Some((connection, user)) = self.connection(n) {
            let session = self.world.session_of(connection);
            self.world.fake.ended.insert(session.clone());
            let ended = Down::SessionsEnded {
                user,
                session: Some(&session),
            };
            self.world.tell(user, &ended);
        }
    }

    /// Nobody is given an event of a channel that they are not in at that event.
    fn check(&mut self) {
        for (connection, user, checked) in &mut self.connections {
            let lines = &self.world.views[connection].lines;
            for line in &lines[*checked..] {
                let Some(channel) = line["channel"].as_str().filter(|id| CHANNELS.contains(id))
                else {
                    continue;
                };
                let log = &self.world.fake.logs[channel];
                let may_see = if let Some(seq) = line["seq"].as_u64() {
                    line["epoch"] != log.epoch()
                        || log.events[usize::try_from(seq).unwrap() - 1]
                            .members
                            .contains(*user)
                } else {
                    line["members"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .any(|member| member == user)
                };
                assert!(may_see, "{user} got {line}");
            }
            *checked = lines.len();
        }
    }

    /// Lets everything come to rest and checks that everybody has everything.
    fn finish(mut self) {
        self.world.fake.refusing = None;
        while !self.outbox.is_empty() {
            self.deliver_outbox();
        }
        for _ in 0..10 {
            self.world.run();
            self.world.pass(10_000);
        }
        // What was never heard of shows with the next event.
        for log in (0..7).map(any_log) {
            self.world.publish(log, Means::Nothing);
        }
        for _ in 0..10 {
            self.world.run();
            self.world.pass(10_000);
        }
        self.check();
        for (connection, user, _) in &self.connections {
            let view = self.world.view(*connection);
            let has_ended = self
                .world
                .fake
                .ended
                .contains(&self.world.session_of(*connection));
            if view.closed.is_some() {
                continue;
            }
            assert!(!has_ended, "{connection:?} outlived its session");
            let mut logs = vec!["T1", *user];
            let is_in = |channel: &&str| self.world.fake.logs[*channel].members.contains_key(*user);
            logs.extend(CHANNELS.iter().copied().filter(is_in));
            for log in logs {
                let entry = &self.world.fake.logs[log];
                assert_eq!(
                    view.logs.get(log),
                    Some(&(entry.epoch(), entry.head())),
                    "{user} {log}"
                );
            }
        }
    }
}

type Logs = std::collections::BTreeMap<String, (String, u64)>;

fn any_log(n: usize) -> &'static str {
    let all = ["C1", "C2", "D3", "U1", "U2", "U3", "T1"];
    all[n % all.len()]
}

/// `PROPTEST_CASES` asks for more than a suite has time for.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 100;
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_log_arrives_gap_free_and_once_whatever_breaks(steps in prop::collection::vec(step(), 0..250)) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
        }
        run.finish();
    }
}
