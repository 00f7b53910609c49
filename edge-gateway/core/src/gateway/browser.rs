//! What browsers say.

use std::rc::Rc;

use protocol::{
    api::Caller,
    close::{GoAway, MESSAGE_TOO_BIG, PROTOCOL_ERROR, SESSION_ENDED},
    command::{ChannelOp, Command, ResumePoint},
    error::Refusal,
    frame::{PING, PONG, lines},
    id::{ChannelId, LogId},
    limits::{COMMANDS_IN_FLIGHT_MAX, FRAME_MAX_BYTES, HEARTBEAT_MS},
    line::{HelloOk, Reply, reconnect_line},
    link::Up,
    rates::Toll,
};

use crate::door::{come_back_after_ms, come_back_within_ms};

use super::{
    ConnectionId, Gateway, OVERLOADED_RETRY_MS, Output, Server,
    request::{Asked, Request},
};

/// What is said in `hello` is not told anew among so few.
const FEW: usize = 500;

impl Gateway {
    pub(super) fn connection_opened(&mut self, connection: ConnectionId, caller: Caller) {
        self.forget(connection);
        self.connections.insert(connection, caller);
    }

    pub(super) fn frame(&mut self, connection: ConnectionId, text: &str, now_ms: u64) {
        if self.connections.find(connection).is_none() {
            return;
        }
        if let Some(state) = self.connections.find_mut(connection) {
            state.flow.heard_now();
            state.heard_ms = Some(now_ms);
        }
        if text.len() > FRAME_MAX_BYTES {
            self.close(connection, MESSAGE_TOO_BIG, "a frame is too large");
            return;
        }
        if text == PING {
            // A frame of its own: the bare word is no line.
            self.outputs.push(Output::Frames {
                connections: vec![connection],
                text: PONG.to_owned(),
            });
            return;
        }
        for line in lines(text) {
            let Some(state) = self.connections.find(connection) else {
                return;
            };
            let greeted = state.greeted;
            match Command::parse(line) {
                Ok(Command::Hello { id, resume, flow }) if !greeted => {
                    self.hello(connection, id, resume, flow, now_ms);
                }
                Ok(command) if greeted => self.command(connection, command, now_ms),
                Ok(_) => self.close(connection, PROTOCOL_ERROR, "hello comes first"),
                Err(bad) => {
                    let admitted = self.admit(connection, Toll::Command, now_ms);
                    let refusal = admitted.err().unwrap_or(bad.refusal);
                    self.reply(connection, &Reply::error(bad.re, refusal));
                    if !greeted {
                        self.close(connection, PROTOCOL_ERROR, "hello comes first");
                    }
                }
            }
        }
    }

    pub(super) fn binary_frame(&mut self, connection: ConnectionId, bytes: usize) {
        let Some(state) = self.connections.find(connection) else {
            return;
        };
        let greeted = state.greeted;
        if bytes > FRAME_MAX_BYTES {
            self.close(connection, MESSAGE_TOO_BIG, "a frame is too large");
            return;
        }
        let refusal = Refusal::invalid("frames are text").on_socket();
        self.reply(connection, &Reply::error(0, refusal));
        if !greeted {
            self.close(connection, PROTOCOL_ERROR, "hello comes first");
        }
    }

    /// Closes a connection, after what is on its way to it.
    pub(super) fn close(&mut self, connection: ConnectionId, code: u16, reason: &str) {
        if self.forget(connection) {
            self.closes.push(Output::Close {
                connection,
                code,
                reason: reason.to_owned(),
            });
        }
    }

    /// Closes a connection whose client comes back, and tells it when.
    pub(super) fn send_away(&mut self, connection: ConnectionId, code: u16) {
        let retry_after_ms = come_back_after_ms(connection.0.into(), self.connections.len());
        let reason = GoAway { retry_after_ms }.to_reason();
        self.close(connection, code, &reason);
    }

    /// Closes connections of a user at once: what is on its way to them is no longer theirs.
    pub(super) fn end_sessions(&mut self, user: &str, session: Option<&str>) {
        let ended: Vec<ConnectionId> = self
            .connections
            .of_user(user)
            .iter()
            .copied()
            .filter(|id| {
                self.connections.find(*id).is_some_and(|connection| {
                    session.is_none_or(|session| connection.caller.session.as_str() == session)
                })
            })
            .collect();
        for connection in ended {
            self.end_session(connection);
        }
    }

    pub(super) fn end_session(&mut self, connection: ConnectionId) {
        if let Some(state) = self.connections.find(connection) {
            self.people.end(state.caller.user.as_str());
        }
        self.batch.forget(connection);
        self.close(connection, SESSION_ENDED, "the session has ended");
    }

    fn hello(
        &mut self,
        connection: ConnectionId,
        id: u64,
        resume: std::collections::BTreeMap<LogId, ResumePoint>,
        answers_marks: bool,
        now_ms: u64,
    ) {
        let reconnect_within_ms = come_back_within_ms(self.connections.len());
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        state.greeted = true;
        state.flow.answers = answers_marks;
        state.resume = resume;
        let caller = state.caller.clone();
        let ok = HelloOk {
            connection: format!("{}/{}", self.name, connection.0),
            user: caller.user.clone(),
            workspace: caller.workspace.clone(),
            region: self.region.clone(),
            gateway: self.name.clone(),
            heartbeat_ms: HEARTBEAT_MS,
            server_ms: now_ms,
            reconnect_within_ms,
        };
        self.reply(connection, &Reply::ok(id, &ok));
        if answers_marks {
            self.outputs.push(Output::Flows { connection });
        }
        self.tell_growth();
        if !self.take_place(connection, now_ms) {
            self.follow(connection, &LogId::from(&caller.user), now_ms);
        }
        self.people.touch(caller.user.as_str().into());
    }

    /// Tells everybody within how long to come back, where there are many more by now than when that was last told.
    fn tell_growth(&mut self) {
        let connections = self.connections.len();
        if connections < 2 * self.told_for.max(FEW) {
            return;
        }
        self.told_for = connections;
        let line = self
            .batch
            .line(reconnect_line(come_back_within_ms(connections)));
        let batch = &mut self.batch;
        self.connections.each_mut(|connection, state| {
            if state.greeted && !state.is_absent() {
                batch.push(connection, line);
            }
        });
    }

    fn command(&mut self, connection: ConnectionId, command: Command, now_ms: u64) {
        if let Err(refusal) = self.admit(connection, Toll::of(&command), now_ms) {
            // What has no id is dropped without a word.
            if let Some(id) = command.id() {
                self.reply(connection, &Reply::error(id, refusal));
            }
            return;
        }
        match command {
            Command::Hello { id, .. } => {
                let refusal = Refusal::invalid("hello was said").on_socket();
                self.reply(connection, &Reply::error(id, refusal));
            }
            Command::Channel { id, channel, op } => {
                if let Err(refusal) = self.channel_command(connection, id, &channel, &op, now_ms) {
                    self.reply(connection, &Reply::error(id, refusal));
                }
            }
            Command::Typing { channel } => self.typing(connection, &channel, now_ms),
            Command::Flow { n } => self.flowed(connection, n),
            Command::Activity { status } => self.activity(connection, status),
            Command::Watch { id, users } => {
                if let Err(refusal) = self.watch_people(connection, id, &users, now_ms) {
                    self.reply(connection, &Reply::error(id, refusal));
                }
            }
            Command::Unwatch { id, users } => self.unwatch_people(connection, id, &users),
        }
    }

    fn channel_command(
        &mut self,
        connection: ConnectionId,
        re: u64,
        channel: &ChannelId,
        op: &ChannelOp,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let Some(state) = self.connections.find_mut(connection) else {
            return Ok(());
        };
        if state.in_flight >= COMMANDS_IN_FLIGHT_MAX {
            return Err(Refusal::overloaded(OVERLOADED_RETRY_MS));
        }
        let is_message = matches!(op, ChannelOp::Send(_));
        let op = serde_json::to_vec(op).map_err(|_| Refusal::internal())?;
        let server = Server(self.ring.owner(channel.as_str()));
        if let Some(link) = self.links.get_mut(&server) {
            let load = &mut link.requests.load;
            let admitted = if is_message {
                load.admit(op.len(), now_ms)
            } else {
                load.admit_other(op.len(), now_ms)
            };
            admitted.map_err(|retry| Refusal::overloaded(retry.0))?;
        }
        state.in_flight += 1;
        let request = Request {
            connection,
            caller: state.caller.clone(),
            log: channel.as_str().into(),
            asked_ms: now_ms,
            what: Asked::Command { re, op, ahead: 0 },
        };
        self.link_to(server, now_ms).ask(request, now_ms);
        Ok(())
    }

    /// Passing news: where no link is open, or much waits for it, it is dropped. A sleeping one is dialled, as whoever types is about
    /// to send, and then told.
    fn typing(&mut self, connection: ConnectionId, channel: &ChannelId, now_ms: u64) {
        let Some(state) = self.connections.find(connection) else {
            return;
        };
        let server = Server(self.ring.owner(channel.as_str()));
        let Some(link) = self.links.get_mut(&server) else {
            return;
        };
        let was_asleep = link.is_asleep();
        link.stir(now_ms);
        let user = state.caller.user.as_str();
        if !was_asleep && !link.is_streaming() {
            return;
        }
        if !self.typing.may_pass(user, channel.as_str(), now_ms) {
            return;
        }
        let workspace = state.caller.workspace.as_str();
        if was_asleep {
            let typing = [user, workspace, channel.as_str()].map(Rc::from);
            link.typing.push(typing);
        } else {
            link.tell_in_passing(&Up::Typing {
                log: channel.as_str(),
                workspace,
                user,
            });
        }
    }

    /// A link is open: its channel server is told who began to type while it slept.
    pub(super) fn tell_typing(&mut self, server: Server) {
        let Some(link) = self.links.get_mut(&server) else {
            return;
        };
        for [user, workspace, log] in std::mem::take(&mut link.typing) {
            link.tell_in_passing(&Up::Typing {
                log: &log,
                workspace: &workspace,
                user: &user,
            });
        }
    }
}
