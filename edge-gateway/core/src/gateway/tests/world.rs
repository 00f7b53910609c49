//! The harness: one gateway, its links as queues that can break anywhere, browsers, a clock.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};

use protocol::{
    api::{Caller, Role},
    id::{SessionId, UserId, WorkspaceId},
    link::{Down, FRAMES_UP_MAX, Up, read, write},
    ring::Ring,
};

use super::{
    super::{ConnectionId, Gateway, Input, Kept, KeptPerson, Open, Output, Server},
    fake::{Fake, Means},
    view::View,
};

/// One link with what is on its way.
#[derive(Debug, Default)]
pub struct Pipe {
    pub generation: u64,
    pub is_open: bool,
    pub up: VecDeque<Vec<u8>>,
    pub down: VecDeque<Vec<u8>>,
    unanswered: u32,
}

pub struct World {
    pub gateway: Gateway,
    pub now_ms: u64,
    pub ring: Rc<Ring>,
    pub fake: Fake,
    pub pipes: BTreeMap<Server, Pipe>,
    pub views: BTreeMap<ConnectionId, View>,
    callers: BTreeMap<ConnectionId, Caller>,
    flows: BTreeSet<ConnectionId>,
    /// What was to be written with sockets of their users.
    pub roles: BTreeMap<ConnectionId, Role>,
    judged: Vec<ConnectionId>,
    /// The session of connections to come, where it is not a new one each.
    session: Option<String>,
    /// When browsers last pinged.
    pub pinged: BTreeMap<ConnectionId, u64>,
    pub wake_at_ms: Option<u64>,
    /// What channel servers have for the gateway whose link sleeps, one request after the other.
    pub wakes: BTreeMap<Server, VecDeque<Vec<u8>>>,
    /// Channel servers that have nothing more for the gateway until it dials.
    pub missed: BTreeSet<Server>,
    /// Who is waking the gateway.
    waking: Option<Server>,
    /// What the gateway has written down; nothing where that is not whole.
    pub kept: BTreeMap<Rc<str>, Kept>,
    pub is_whole: bool,
    /// What it has written down of connections.
    pub people: BTreeMap<ConnectionId, KeptPerson>,
    /// What it answered to those who woke it, in debug form.
    pub answers: Vec<String>,
    /// Logs that the gateway did not want to be woken for.
    pub unwanted: Vec<String>,
    /// Frames to browsers so far, one per socket.
    pub frames: usize,
    pub dials: usize,
    next: u32,
}

pub fn caller(user: &str, session: &str) -> Caller {
    Caller {
        workspace: WorkspaceId::parse("T1").unwrap(),
        user: UserId::parse(user).unwrap(),
        session: SessionId::parse(session).unwrap(),
        role: protocol::api::Role::Member,
    }
}

impl World {
    pub fn new(servers: u32) -> Self {
        let ring = Rc::new(Ring::new(1, servers));
        Self {
            gateway: Gateway::new("weur/0", "weur", ring.clone()),
            now_ms: 1_000_000,
            ring,
            fake: Fake::default(),
            pipes: BTreeMap::new(),
            views: BTreeMap::new(),
            callers: BTreeMap::new(),
            flows: BTreeSet::new(),
            roles: BTreeMap::new(),
            judged: Vec::new(),
            session: None,
            pinged: BTreeMap::new(),
            wakes: BTreeMap::new(),
            missed: BTreeSet::new(),
            waking: None,
            kept: BTreeMap::new(),
            is_whole: false,
            people: BTreeMap::new(),
            answers: Vec::new(),
            unwanted: Vec::new(),
            wake_at_ms: None,
            frames: 0,
            dials: 0,
            next: 0,
        }
    }

    pub fn server(&self, log: &str) -> Server {
        Server(self.ring.owner(log))
    }

    pub fn input(&mut self, input: Input<'_>) {
        for output in self.gateway.handle(input, self.now_ms) {
            self.carry_out(output);
        }
        while let Some(connection) = self.judged.pop() {
            let at_ms = self.pinged.get(&connection).copied();
            self.input(Input::Heard { connection, at_ms });
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Frames { connections, text } => {
                self.frames += connections.len();
                for connection in connections {
                    self.views.get_mut(&connection).unwrap().take_in(&text);
                }
            }
            Output::Close {
                connection,
                code,
                reason,
            } => self.views.get_mut(&connection).unwrap().closed = Some((code, reason)),
            Output::Dial { server, generation } => {
                self.dials += 1;
                let pipe = Pipe {
                    generation,
                    ..Pipe::default()
                };
                if let Some(old) = self.pipes.insert(server, pipe) {
                    assert!(old.generation < generation, "generations rise");
                }
            }
            Output::LinkSend {
                server,
                generation,
                bytes,
            } => {
                let pipe = self.pipes.get_mut(&server).unwrap();
                assert!(pipe.is_open && pipe.generation == generation);
                pipe.unanswered += 1;
                assert!(pipe.unanswered <= FRAMES_UP_MAX, "without credit");
                pipe.up.push_back(bytes);
            }
            Output::CloseLink { server, generation } => {
                // What was sent before the close arrives.
                let pipe = self.pipes.remove(&server).unwrap();
                assert_eq!(pipe.generation, generation);
                for frame in pipe.up {
                    self.fake.take_in(&frame);
                }
                if !self.wakes.contains_key(&server) {
                    self.unsubscribe_all(server);
                }
            }
            Output::Flows { connection } => {
                self.flows.insert(connection);
            }
            Output::Role { connection, role } => {
                self.roles.insert(connection, role);
            }
            Output::Judge { connection } => self.judged.push(connection),
            Output::Keep { changed, gone } => {
                for log in gone {
                    self.kept.remove(&log);
                }
                for kept in changed {
                    self.kept.insert(kept.log.clone(), kept);
                }
                self.is_whole = true;
            }
            Output::KeepPeople { changed, gone } => {
                for connection in gone {
                    self.people.remove(&connection);
                }
                for kept in changed {
                    self.people.insert(kept.connection, kept);
                }
            }
            Output::Answer { records } => {
                for record in read::<Up<'_>>(&records) {
                    self.answers.push(format!("{:?}", record.unwrap()));
                }
            }
            Output::Spoil => self.is_whole = false,
            Output::Unwanted { log: Some(log) } => {
                self.fake.log(&log).subscribed = false;
                self.unwanted.push(log);
            }
            Output::Unwanted { log: None } => {
                let server = self.waking.unwrap();
                self.missed.remove(&server);
                self.unsubscribe_all(server);
            }
            Output::WakeAt { at_ms } => self.wake_at_ms = at_ms,
        }
    }

    fn unsubscribe_all(&mut self, server: Server) {
        for (log, entry) in &mut self.fake.logs {
            if Server(self.ring.owner(log)) == server {
                entry.subscribed = false;
            }
        }
    }

    // Browsers.

    pub fn open(&mut self, user: &str) -> ConnectionId {
        let session = match &self.session {
            Some(session) => session.clone(),
            None => format!("S{}", self.next),
        };
        let connection = ConnectionId(self.next);
        self.next += 1;
        self.views.insert(connection, View::default());
        let caller = caller(user, &session);
        self.callers.insert(connection, caller.clone());
        self.input(Input::ConnectionOpened { connection, caller });
        connection
    }

    pub fn say(&mut self, connection: ConnectionId, text: &str) {
        self.input(Input::Frame { connection, text });
    }

    /// Opens a connection and says hello, from where `logs` are.
    pub fn hello_from(
        &mut self,
        user: &str,
        logs: BTreeMap<String, (String, u64)>,
    ) -> ConnectionId {
        let resume: BTreeMap<_, _> = logs
            .iter()
            .map(|(log, (epoch, seq))| (log, serde_json::json!({"epoch": epoch, "seq": seq})))
            .collect();
        let hello = serde_json::json!({"id": 1, "op": "hello", "resume": resume}).to_string();
        let connection = self.open(user);
        self.views.insert(connection, View::resuming(logs));
        self.say(connection, &hello);
        connection
    }

    /// Opens another connection of a session and says hello, from where `logs` are.
    pub fn hello_again(
        &mut self,
        user: &str,
        session: &str,
        logs: BTreeMap<String, (String, u64)>,
    ) -> ConnectionId {
        self.session = Some(session.to_owned());
        let connection = self.hello_from(user, logs);
        self.session = None;
        connection
    }

    /// Opens a connection and says hello.
    pub fn hello(&mut self, user: &str) -> ConnectionId {
        self.hello_from(user, BTreeMap::new())
    }

    /// Has a connection at rest with the channels of its user.
    pub fn settled(&mut self, user: &str) -> ConnectionId {
        let connection = self.hello(user);
        self.run();
        connection
    }

    pub fn send(&mut self, connection: ConnectionId, id: u64, channel: &str) {
        self.say(
            connection,
            &format!(r#"{{"id":{id},"op":"send","channel":"{channel}","client_message_id":"m{id}","text":"hi"}}"#),
        );
    }

    pub fn session_of(&self, connection: ConnectionId) -> String {
        self.callers[&connection].session.as_str().to_owned()
    }

    pub fn view(&self, connection: ConnectionId) -> &View {
        &self.views[&connection]
    }

    // Channel servers.

    /// Puts a user into a channel, before anything happens.
    pub fn member(&mut self, user: &str, channel: &str) {
        let seq = self.fake.log(channel).head();
        self.fake.log(channel).members.insert(user.to_owned(), seq);
        self.fake
            .channels
            .entry(user.to_owned())
            .or_default()
            .insert(channel.to_owned());
    }

    /// Appends an event and sends it down.
    pub fn publish(&mut self, log: &str, means: Means) -> u64 {
        let seq = self.fake.log(log).append(log, means);
        self.broadcast(log, seq);
        seq
    }

    /// Sends event `seq` of a log down, once more where it was sent.
    pub fn broadcast(&mut self, log: &str, seq: u64) {
        let mut frame = Vec::new();
        self.fake.log(log).write(log, seq, &mut frame);
        self.send_down(log, frame);
    }

    /// Sends a record about a log down, if the gateway has the log.
    pub fn tell(&mut self, log: &str, record: &Down<'_>) {
        let mut frame = Vec::new();
        write(&mut frame, record);
        self.send_down(log, frame);
    }

    fn send_down(&mut self, log: &str, frame: Vec<u8>) {
        let server = self.server(log);
        if !self.fake.log(log).subscribed {
            return;
        }
        if let Some(wakes) = self.wakes.get_mut(&server) {
            if !self.missed.contains(&server) {
                wakes.push_back(frame);
            }
        } else if let Some(pipe) = self.pipes.get_mut(&server) {
            pipe.down.push_back(frame);
        }
    }

    /// The next request of a channel server reaches the gateway.
    pub fn deliver_wake(&mut self, server: Server) -> bool {
        let wake = self.wakes.get_mut(&server).and_then(VecDeque::pop_front);
        let Some(bytes) = wake else {
            return false;
        };
        self.waking = Some(server);
        self.input(Input::Wake {
            server,
            bytes: &bytes,
        });
        true
    }

    /// Requests to the gateway fail: the channel server knows no more than that something was missed.
    pub fn fail_wakes(&mut self, server: Server) {
        if let Some(wakes) = self.wakes.get_mut(&server) {
            wakes.clear();
            wakes.push_back(Vec::new());
            self.missed.insert(server);
        }
    }

    /// The gateway loses its memory. Its sockets stay open if it went to sleep before, else its browsers are sent away.
    pub fn lose_memory(&mut self) {
        let ring = self.ring.clone();
        self.wake_at_ms = None;
        let lost = std::mem::take(&mut self.pipes);
        for server in lost.into_keys() {
            if !self.wakes.contains_key(&server) {
                self.unsubscribe_all(server);
            }
        }
        if !self.is_whole {
            self.kept.clear();
            self.people.clear();
            for view in self.views.values_mut() {
                view.closed.get_or_insert((4000, String::new()));
            }
            self.gateway = Gateway::new("weur/0", "weur", ring);
            return;
        }
        let open: Vec<_> = self
            .views
            .iter()
            .filter(|(_, view)| view.closed.is_none())
            .map(|(connection, _)| Open {
                connection: *connection,
                caller: self.callers[connection].clone(),
                flows: self.flows.contains(connection),
            })
            .collect();
        let kept: Vec<_> = self.kept.values().cloned().collect();
        self.gateway = Gateway::restore("weur/0", "weur", ring, open, kept);
        self.gateway.restore_people(self.people.values().cloned());
    }

    // Links.

    /// The dial on its way succeeds.
    pub fn dialled(&mut self, server: Server) {
        if let Some(pipe) = self.pipes.get_mut(&server).filter(|pipe| !pipe.is_open) {
            pipe.is_open = true;
            if self.wakes.remove(&server).is_some() {
                self.missed.remove(&server);
                self.unsubscribe_all(server);
            }
            let Some(pipe) = self.pipes.get(&server) else {
                return;
            };
            let generation = pipe.generation;
            self.input(Input::LinkOpened { server, generation });
        }
    }

    /// The link is lost with all that is on its way, or the dial fails.
    pub fn break_link(&mut self, server: Server) {
        self.fail_wakes(server);
        if let Some(pipe) = self.pipes.remove(&server) {
            if !self.wakes.contains_key(&server) {
                self.unsubscribe_all(server);
            }
            let generation = pipe.generation;
            self.input(Input::LinkClosed { server, generation });
        }
    }

    /// The channel server takes the next frame in.
    pub fn deliver_up(&mut self, server: Server) -> bool {
        let Some(pipe) = self.pipes.get_mut(&server) else {
            return false;
        };
        let Some(frame) = pipe.up.pop_front() else {
            return false;
        };
        let answer = self.fake.take_in(&frame);
        if read::<Down<'_>>(&answer).any(|record| record == Ok(Down::Asleep)) {
            self.wakes.insert(server, VecDeque::new());
        }
        pipe.down.push_back(answer);
        true
    }

    /// The gateway takes the next frame in.
    pub fn deliver_down(&mut self, server: Server) -> bool {
        let Some(pipe) = self.pipes.get_mut(&server) else {
            return false;
        };
        let Some(frame) = pipe.down.pop_front() else {
            return false;
        };
        let credits = read::<Down<'_>>(&frame)
            .filter(|record| *record == Ok(Down::Credit))
            .count();
        pipe.unanswered -= u32::try_from(credits).unwrap();
        let generation = pipe.generation;
        self.input(Input::LinkFrame {
            server,
            generation,
            bytes: &frame,
        });
        true
    }

    // Time.

    /// Lets everything arrive, and time pass as far as that takes.
    pub fn run(&mut self) {
        let mut has_rung = false;
        for _ in 0..100_000 {
            let mut has_moved = false;
            for server in self.pipes.keys().copied().collect::<Vec<_>>() {
                if self.pipes.get(&server).is_some_and(|pipe| !pipe.is_open) {
                    self.dialled(server);
                    has_moved = true;
                }
                has_moved |= self.deliver_up(server);
                has_moved |= self.deliver_down(server);
            }
            for server in self.wakes.keys().copied().collect::<Vec<_>>() {
                has_moved |= self.deliver_wake(server);
            }
            if !has_moved && !self.fire_by(self.now_ms + 50) {
                if has_rung {
                    return;
                }
                // The alarm of a channel server that has had no answer.
                has_rung = true;
                for server in self.missed.clone() {
                    self.fail_wakes(server);
                }
            }
        }
        panic!("it never comes to rest");
    }

    /// Has the next timer fire if it is due at `until_ms`.
    fn fire_by(&mut self, until_ms: u64) -> bool {
        let Some(at_ms) = self.wake_at_ms.filter(|at_ms| *at_ms <= until_ms) else {
            return false;
        };
        self.now_ms = self.now_ms.max(at_ms);
        self.wake_at_ms = None;
        self.input(Input::Timer);
        true
    }

    /// Time passes, with nothing arriving.
    pub fn pass(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while self.fire_by(until_ms) {}
        self.now_ms = until_ms;
    }
}
