//! Channel servers over `SQLite` in memory, with a clock that stands until it is moved.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{
    cell::Cell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
};

use channel_core::{
    ChannelServer, Input, LinkId, Moment, Output, SocketId,
    sql::{Param, Row, Sql, SqlError, Value},
};
use protocol::{
    api::{Caller, ChannelKind},
    call::{Answer, ChannelCall, OpenSocket, Outcome, Request, UserOp, WorkspaceOp},
    command::{ChannelOp, ResumePoint},
    error::{Code, Refusal},
    history::{Page, RawQuery},
    id::{ChannelId, SessionId, UserId, WorkspaceId},
    line::{Line, SendOk, Sync},
    link::{Down, Up, read, write},
    message::{ClientMessageId, Draft, Text},
    rate::Rate,
    rates::Rates,
    ring::Ring,
};
use rusqlite::{Connection, StatementStatus, types::ValueRef};

/// The database of one server. It outlives the server's memory.
#[derive(Clone)]
pub struct Db {
    pub connection: Rc<Connection>,
    /// How many statements were run.
    pub statements: Rc<Cell<usize>>,
    steps: Rc<Cell<i64>>,
}

impl Db {
    pub fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.set_prepared_statement_cache_capacity(256);
        Self {
            connection: Rc::new(connection),
            statements: Rc::default(),
            steps: Rc::default(),
        }
    }

    /// Steps that `SQLite` has taken since this was last asked: the more rows are looked at, the more.
    pub fn take_steps(&self) -> i64 {
        self.steps.take()
    }
}

impl Sql for Db {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        let failed = |error: rusqlite::Error| SqlError(format!("{error} in {statement}"));
        self.statements.update(|count| count + 1);
        let mut prepared = self.connection.prepare_cached(statement).map_err(failed)?;
        if prepared.parameter_count() != params.len() {
            return Err(SqlError(format!("parameters of {statement}")));
        }
        for (index, param) in params.iter().enumerate() {
            match param {
                Param::Null => prepared.raw_bind_parameter(index + 1, rusqlite::types::Null),
                Param::Int(value) => {
                    assert!(value.abs() < 1 << 53, "{value} does not fit a double");
                    prepared.raw_bind_parameter(index + 1, value)
                }
                Param::Text(value) => prepared.raw_bind_parameter(index + 1, value),
            }
            .map_err(failed)?;
        }
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let mut values = Vec::new();
            for column in 0..columns {
                values.push(match row.get_ref(column).map_err(failed)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Int(value),
                    ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).unwrap()),
                    other => panic!("{other:?}"),
                });
            }
            read.push(Row(values));
        }
        drop(rows);
        let steps = prepared.reset_status(StatementStatus::VmStep);
        self.steps.set(self.steps.get() + i64::from(steps));
        Ok(read)
    }
}

/// One server: its memory can be dropped at any time.
pub struct Server {
    pub number: u32,
    pub db: Db,
    ring: Rc<Ring>,
    core: Option<ChannelServer<Db>>,
    /// What is open: told to the core again after its memory was dropped.
    links: Vec<(LinkId, String)>,
    sockets: Vec<(SocketId, OpenSocket)>,
    /// Drops the memory before every input.
    pub forgetful: bool,
    /// For how long what was stored is not durable.
    pub unstored_ms: u64,
    pub rates: Rates,
    random: u128,
}

impl Server {
    pub fn new(ring: &Rc<Ring>, number: u32) -> Self {
        Self {
            number,
            db: Db::new(),
            ring: Rc::clone(ring),
            core: None,
            links: Vec::new(),
            sockets: Vec::new(),
            forgetful: false,
            unstored_ms: 0,
            rates: Rates::all(Rate::OFF),
            random: 0,
        }
    }

    /// Drops everything that is not stored.
    pub fn forget(&mut self) {
        self.core = None;
    }

    /// Drops everything that is not stored, with all sockets.
    pub fn crash(&mut self) {
        self.core = None;
        self.links.clear();
        self.sockets.clear();
    }

    pub fn handle(&mut self, input: Input<'_>, now_ms: u64) -> Vec<Output> {
        self.random += 1;
        let at = Moment {
            now_ms,
            random: self.random * 0x1_0000_0001 + u128::from(self.number),
            unstored_ms: self.unstored_ms,
        };
        if self.forgetful {
            self.core = None;
        }
        if self.core.is_none() {
            let mut core =
                ChannelServer::new(self.db.clone(), Rc::clone(&self.ring), self.number).unwrap();
            core = core.with_rates(self.rates.clone());
            for (link, gateway) in &self.links {
                core.handle(
                    Input::LinkRestored {
                        link: *link,
                        gateway,
                    },
                    at,
                );
            }
            for (socket, open) in &self.sockets {
                let (socket, open) = (*socket, open.clone());
                core.handle(Input::SocketRestored { socket, open }, at);
            }
            self.core = Some(core);
        }
        match &input {
            Input::LinkOpened { link, gateway } => self.links.push((*link, (*gateway).to_owned())),
            Input::LinkClosed { link, .. } => self.links.retain(|(other, _)| other != link),
            Input::SocketOpened { socket, open } => self.sockets.push((*socket, open.clone())),
            Input::SocketClosed { socket } => self.sockets.retain(|(other, _)| other != socket),
            _ => {}
        }
        self.db.connection.execute_batch("BEGIN").unwrap();
        let outputs = self.core.as_mut().unwrap().handle(input, at);
        self.db.connection.execute_batch("COMMIT").unwrap();
        for output in &outputs {
            match output {
                Output::CloseSocket { socket, .. } | Output::RefuseSocket { socket, .. } => {
                    self.sockets.retain(|(other, _)| other != socket);
                }
                Output::CloseLink { link } => self.links.retain(|(other, _)| other != link),
                Output::Abort { reason } => panic!("{reason}"),
                _ => {}
            }
        }
        outputs
    }
}

/// Servers that deliver to each other at once.
pub struct World {
    pub ring: Rc<Ring>,
    pub servers: Vec<Server>,
    pub now_ms: u64,
    /// What came out, but for answers and deliveries, with the server that it came from.
    pub outputs: Vec<(u32, Output)>,
    pub answers: Vec<(u64, Outcome)>,
    /// Deliveries that are not carried out, while this is so.
    pub post_is_down: bool,
    /// When single-channel sockets last pinged.
    pub pinged: BTreeMap<u32, u64>,
    requests: u64,
    ids: u128,
}

impl World {
    pub fn new(servers: u32) -> Self {
        let ring = Rc::new(Ring::new(1, servers));
        Self {
            servers: (0..servers)
                .map(|number| Server::new(&ring, number))
                .collect(),
            ring,
            now_ms: 1_700_000_000_000,
            outputs: Vec::new(),
            answers: Vec::new(),
            post_is_down: false,
            pinged: BTreeMap::new(),
            requests: 0,
            ids: 0,
        }
    }

    pub fn owner(&self, id: &str) -> u32 {
        self.ring.owner(id)
    }

    /// Gives one input to a server and carries deliveries out until there are none.
    pub fn input(&mut self, server: u32, input: Input<'_>) {
        let mut work: VecDeque<(u32, Output)> = self.servers[server as usize]
            .handle(input, self.now_ms)
            .into_iter()
            .map(|output| (server, output))
            .collect();
        while let Some((from, output)) = work.pop_front() {
            match output {
                Output::Answer { id, outcome } => self.answers.push((id, outcome)),
                Output::Deliver { server, deliveries } => {
                    let taken = !self.post_is_down;
                    if taken {
                        self.requests += 1;
                        let id = self.requests;
                        let request = Request::Deliver(deliveries);
                        let done = self.servers[server as usize]
                            .handle(Input::Request { id, request }, self.now_ms);
                        for output in done {
                            if !matches!(output, Output::Answer { .. }) {
                                work.push_back((server, output));
                            }
                        }
                    }
                    let after = self.servers[from as usize]
                        .handle(Input::Delivered { server, taken }, self.now_ms);
                    work.extend(after.into_iter().map(|output| (from, output)));
                }
                Output::Judge { sockets } => {
                    let pinged = |socket: SocketId| (socket, self.pinged.get(&socket.0).copied());
                    let heard = sockets.into_iter().map(pinged).collect();
                    let after = self.servers[from as usize]
                        .handle(Input::SocketsHeard { heard }, self.now_ms);
                    work.extend(after.into_iter().map(|output| (from, output)));
                }
                other => self.outputs.push((from, other)),
            }
        }
    }

    pub fn ask(&mut self, server: u32, request: Request) -> Outcome {
        self.requests += 1;
        let id = self.requests;
        self.input(server, Input::Request { id, request });
        if !self.answers.iter().any(|(other, _)| *other == id) {
            self.input(server, Input::Hasten { id });
        }
        let index = self
            .answers
            .iter()
            .position(|(other, _)| *other == id)
            .expect("an answer");
        self.answers.remove(index).1
    }

    pub fn next_id(&mut self) -> u128 {
        self.ids += 1;
        // Ids made in one test differ in their high bits too.
        self.ids * 0x9e37_79b9_7f4a_7c15_f39c
    }

    /// A new workspace and its founder.
    pub fn found(&mut self, name: &str) -> Caller {
        let caller = Caller {
            workspace: WorkspaceId::mint(self.now_ms, self.next_id()),
            user: UserId::mint(self.now_ms, self.next_id()),
            session: SessionId::mint(self.now_ms, self.next_id()),
            role: protocol::api::Role::Owner,
        };
        let op = WorkspaceOp::Found {
            name: name.to_owned(),
            user: caller.user.clone(),
            display_name: format!("founder of {name}"),
            session: caller.session.clone(),
        };
        self.workspace(&caller.workspace, op).unwrap();
        caller
    }

    /// Another person of a workspace, by an invite.
    pub fn invite(&mut self, by: &Caller, display_name: &str) -> Caller {
        let secret = format!("{:x}", self.next_id());
        let caller = Caller {
            workspace: by.workspace.clone(),
            user: UserId::mint(self.now_ms, self.next_id()),
            session: SessionId::mint(self.now_ms, self.next_id()),
            role: protocol::api::Role::Member,
        };
        let op = WorkspaceOp::CreateInvite {
            user: by.user.clone(),
            secret: secret.clone(),
            max_uses: 1,
            expires_ms: self.now_ms + 1,
            role: protocol::api::Role::Member,
        };
        self.workspace(&by.workspace, op).unwrap();
        let op = WorkspaceOp::AcceptInvite {
            secret,
            user: caller.user.clone(),
            display_name: display_name.to_owned(),
            session: caller.session.clone(),
        };
        self.workspace(&by.workspace, op).unwrap();
        caller
    }

    pub fn workspace(&mut self, id: &WorkspaceId, op: WorkspaceOp) -> Outcome {
        let server = self.owner(id.as_str());
        let id = id.clone();
        self.ask(server, Request::Workspace { id, op })
    }

    pub fn user(&mut self, caller: &Caller, op: UserOp) -> Outcome {
        let server = self.owner(caller.user.as_str());
        let caller = caller.clone();
        self.ask(server, Request::User { caller, op })
    }

    pub fn channel(&mut self, caller: &Caller, id: &ChannelId, op: ChannelCall) -> Outcome {
        let server = self.owner(id.as_str());
        let (caller, id) = (caller.clone(), id.clone());
        self.ask(server, Request::Channel { caller, id, op })
    }

    pub fn create(&mut self, caller: &Caller, kind: ChannelKind) -> ChannelId {
        let id = ChannelId::mint(self.now_ms, self.next_id());
        let op = ChannelCall::Create {
            name: Some("general".to_owned()),
            kind,
            topic: None,
            members: Vec::new(),
        };
        match self.channel(caller, &id, op) {
            Ok(Answer::Channel { created: true, .. }) => id,
            other => panic!("{other:?}"),
        }
    }

    pub fn send(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        name: &str,
        text: &str,
    ) -> Result<SendOk, Refusal> {
        match self.channel(caller, id, ChannelCall::Send(draft(name, text)))? {
            Answer::Sent(sent) => Ok(sent),
            other => panic!("{other:?}"),
        }
    }

    pub fn page(&mut self, caller: &Caller, id: &ChannelId, query: RawQuery) -> Page {
        let query = query.check().unwrap();
        match self.channel(caller, id, ChannelCall::History(query)) {
            Ok(Answer::Page(page)) => page,
            other => panic!("{other:?}"),
        }
    }

    pub fn memberships(&mut self, caller: &Caller) -> Vec<ChannelId> {
        match self.user(caller, UserOp::Memberships) {
            Ok(Answer::Memberships { channels, .. }) => {
                channels.into_iter().map(|(id, _)| id).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    /// Opens a single-channel socket.
    pub fn open(
        &mut self,
        socket: u32,
        caller: &Caller,
        channel: &ChannelId,
        since: Option<(&str, u64)>,
    ) {
        let server = self.owner(channel.as_str());
        let open = OpenSocket {
            caller: caller.clone(),
            channel: channel.clone(),
            since: since.map(|(epoch, seq)| ResumePoint {
                epoch: epoch.to_owned(),
                seq,
            }),
        };
        let socket = SocketId(socket);
        self.input(server, Input::SocketOpened { socket, open });
    }

    /// Sends a frame on a single-channel socket.
    pub fn say(&mut self, socket: u32, channel: &ChannelId, frame: &str) {
        let server = self.owner(channel.as_str());
        let socket = SocketId(socket);
        self.input(server, Input::SocketFrame { socket, frame });
    }

    /// With what a single-channel socket was closed, if it was.
    pub fn closed(&self, socket: u32) -> Option<(u16, String)> {
        self.outputs.iter().find_map(|(_, output)| match output {
            Output::CloseSocket {
                socket: other,
                code,
                reason,
            } if other.0 == socket => Some((*code, reason.to_string())),
            _ => None,
        })
    }

    /// Sends records up a link.
    pub fn up(&mut self, server: u32, link: u32, records: &[Up<'_>]) {
        let mut frame = Vec::new();
        for record in records {
            write(&mut frame, record);
        }
        self.input(
            server,
            Input::LinkFrame {
                link: LinkId(link),
                frame: &frame,
            },
        );
    }

    /// What single-channel sockets got since the last time, as lines.
    pub fn lines(&mut self, socket: u32) -> Vec<Line> {
        let mut lines = Vec::new();
        self.outputs.retain_mut(|(_, output)| {
            let Output::SocketFrame { sockets, frame } = output else {
                return true;
            };
            let before = sockets.len();
            sockets.retain(|other| other.0 != socket);
            if sockets.len() < before {
                lines.extend(protocol::frame::lines(frame).map(|line| Line::parse(line).unwrap()));
            }
            !sockets.is_empty()
        });
        lines
    }

    /// What a link got since the last time, as printed records; `Credit` is left out.
    pub fn down(&mut self, server: u32, link: u32) -> Vec<String> {
        let mut records = Vec::new();
        self.outputs.retain(|(from, output)| match output {
            Output::LinkFrame { link: to, frame } if *from == server && to.0 == link => {
                for record in read::<Down<'_>>(frame) {
                    match record.unwrap() {
                        Down::Credit => {}
                        record => records.push(show(&record)),
                    }
                }
                false
            }
            _ => true,
        });
        records
    }
}

/// A record in one line.
pub fn show(record: &Down<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    match record {
        Down::Credit => "credit".to_owned(),
        Down::Event {
            seq, hint, line, ..
        } => {
            let name = serde_json::from_slice::<serde_json::Value>(line).unwrap()["event"].clone();
            format!("event {seq} {} {hint:?}", name.as_str().unwrap())
        }
        Down::Backlog { request, lines } => {
            format!("backlog {request}: {} lines", text(lines).lines().count())
        }
        Down::Subscribed {
            request,
            seq,
            recovered,
            channels,
            ..
        } => format!(
            "subscribed {request} at {seq} recovered={recovered} channels={}",
            channels.len()
        ),
        Down::Resumed { seq, recovered, .. } => format!("resumed at {seq} recovered={recovered}"),
        Down::Reply { request, ok } => format!("reply {request} {}", text(ok)),
        Down::Refused { request, error } => {
            let refusal: Refusal = serde_json::from_slice(error).unwrap();
            format!("refused {request} {:?}", refusal.code)
        }
        Down::SessionsEnded { session, .. } => format!("sessions ended {}", session.is_some()),
        Down::Asleep => "asleep".to_owned(),
        Down::AskPeople { .. } => "ask people".to_owned(),
        Down::Presence {
            user,
            status,
            last_seen_ms,
            ..
        } => format!("presence {user} {status:?} {last_seen_ms}"),
    }
}

pub fn draft(name: &str, text: &str) -> Draft {
    Draft {
        client_message_id: ClientMessageId::parse(name).unwrap(),
        text: Text::parse(text.to_owned()).unwrap(),
        thread: None,
        also_to_channel: false,
    }
}

pub fn op(op: &ChannelOp) -> Vec<u8> {
    serde_json::to_vec(op).unwrap()
}

pub fn code<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> Code {
    outcome.unwrap_err().code
}

/// The seqs of the events among lines.
pub fn seqs(lines: &[Line]) -> Vec<u64> {
    lines
        .iter()
        .filter_map(|line| match line {
            Line::Event(event) => event.seq,
            _ => None,
        })
        .collect()
}

/// The sync mark among lines.
pub fn sync(lines: &[Line]) -> Sync {
    lines
        .iter()
        .find_map(|line| match line {
            Line::Sync(sync) => Some(sync.clone()),
            _ => None,
        })
        .expect("a sync mark")
}
