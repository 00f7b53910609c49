//! What channel servers say.

use std::rc::Rc;

use protocol::{
    api::Role,
    error::Refusal,
    id::ChannelId,
    line::Reply,
    link::{Down, Hint, NotARecord, Up, read},
    message::Seq,
};

use super::{
    ConnectionId, Gateway, Output, Server,
    log::Verdict,
    request::{Asked, Request},
    resume::Subscribed,
    tail::ALL_BYTES_MAX,
    watch::Told,
};

impl Gateway {
    /// A link is open: every log goes on from its cursor, then everything is asked again that has no answer.
    pub(super) fn link_opened(&mut self, server: Server, generation: u64, now_ms: u64) {
        let Some(link) = self.link_mut(server, generation) else {
            return;
        };
        link.opened(now_ms);
        let logs: Vec<Rc<str>> = link.logs.iter().cloned().collect();
        let is_users = |log: &Rc<str>| self.logs.get(log).is_some_and(super::log::Log::is_users);
        let (users, others): (Vec<_>, Vec<_>) = logs.into_iter().partition(is_users);
        for log in others {
            self.resume(&log, now_ms);
        }
        if let Some(link) = self.link_mut(server, generation) {
            link.ask_again();
        }
        for log in users {
            self.resume(&log, now_ms);
        }
        self.tell_typing(server);
        self.tell_people(server, generation);
        self.tell_all_watches(server);
    }

    pub(super) fn link_frame(
        &mut self,
        server: Server,
        generation: u64,
        bytes: &[u8],
        now_ms: u64,
    ) {
        for record in read::<Down<'_>>(bytes) {
            let taken = match record {
                Ok(record) => self.record(server, generation, record, now_ms),
                Err(error) => Err(error),
            };
            if taken.is_err() {
                self.drop_link(server, generation, now_ms);
                return;
            }
        }
    }

    /// Gives a link up that is no good and has another take its place.
    pub(super) fn drop_link(&mut self, server: Server, generation: u64, now_ms: u64) {
        if let Some(link) = self.link_mut(server, generation) {
            link.lost(now_ms);
            self.outputs.push(Output::CloseLink { server, generation });
        }
    }

    fn record(
        &mut self,
        server: Server,
        generation: u64,
        record: Down<'_>,
        now_ms: u64,
    ) -> Result<(), NotARecord> {
        let Some(link) = self.link_mut(server, generation) else {
            return Ok(());
        };
        match record {
            Down::Credit => link.credit(now_ms),
            Down::Event {
                log,
                seq,
                hint,
                line,
            } => {
                if !link.logs.contains(log) {
                    link.tell(&Up::Unsubscribe { log });
                    return Ok(());
                }
                self.event(log, seq, hint, text(line)?, now_ms);
            }
            Down::Backlog { request, lines } => {
                let lines = text(lines)?;
                if let Some(Asked::Log { pieces, .. }) =
                    link.requests.quoted_mut(request).map(|r| &mut r.what)
                {
                    pieces.push(lines.trim_end_matches('\n').into());
                }
            }
            Down::Subscribed {
                request,
                epoch,
                seq,
                recovered,
                channels,
                role,
            } => {
                if let Some(request) = link.requests.answered(request, now_ms) {
                    let log = Subscribed {
                        epoch,
                        seq,
                        recovered,
                        channels,
                        role,
                    };
                    self.subscribed(request, &log, now_ms);
                }
            }
            Down::Resumed {
                log,
                epoch,
                seq,
                recovered,
            } => self.resumed(log, epoch, seq, recovered, now_ms),
            Down::Reply { request, ok } => {
                let ok = text(ok)?;
                if let Some(request) = link.requests.answered(request, now_ms) {
                    self.done(&request, "ok", ok);
                }
            }
            Down::Refused { request, error } => {
                let error = text(error)?;
                if let Some(request) = link.requests.answered(request, now_ms) {
                    self.refused(request, error, now_ms);
                }
            }
            Down::SessionsEnded { user, session } => self.end_sessions(user, session),
            Down::Asleep => {
                link.asleep();
                self.outputs.push(Output::CloseLink { server, generation });
                self.stir_if_missing(server, now_ms);
            }
            Down::AskPeople { digest } => self.people_asked(server, digest, false),
            Down::Presence {
                workspace,
                user,
                status,
                last_seen_ms,
            } => {
                let told = Told {
                    workspace,
                    user,
                    status,
                    last_seen_ms,
                };
                self.presence_told(server, &told, false);
            }
        }
        Ok(())
    }

    /// Has a link that has just gone to sleep dialled where events are missing: a wake-up may have overtaken what came down the
    /// link, when they could not be asked for any more. Or where something came up meanwhile that it could not be told.
    fn stir_if_missing(&mut self, server: Server, now_ms: u64) {
        let awaits_watched = self.awaits_watched(server);
        let Some(link) = self.links.get_mut(&server) else {
            return;
        };
        let is_whole = |log: &Rc<str>| self.logs.get(log).is_none_or(super::log::Log::is_quiet);
        if awaits_watched || !link.untold.is_empty() || !link.logs.iter().all(is_whole) {
            link.stir(now_ms);
        }
    }

    pub(super) fn event(&mut self, log: &str, seq: Seq, hint: Hint<'_>, line: &str, now_ms: u64) {
        let verdict = match self.logs.get_mut(log) {
            Some(entry) => entry.take_in(seq),
            None => Verdict::Skip,
        };
        match verdict {
            Verdict::Skip => return,
            Verdict::Gap => return self.resume(log, now_ms),
            Verdict::Pass => {}
        }
        if seq > 0 {
            self.unkeep(log);
        }
        match hint {
            Hint::Cut(user) => self.cut(log, user, seq, now_ms),
            // Lines from before say what is not to be said any more: whoever missed them asks the channel server.
            Hint::Deleted => self.forget_tail(log),
            _ => {}
        }
        self.pass_on(log, seq, line);
        match hint {
            Hint::Joined(channel) => {
                if let Ok(channel) = ChannelId::parse(channel) {
                    self.joined(self.of_user(log, log, seq), &channel, now_ms);
                }
            }
            Hint::Left(channel) => {
                for connection in self.of_user(log, log, seq) {
                    self.leave(connection, channel);
                }
            }
            Hint::Role(role) => {
                for connection in self.of_user(log, log, seq) {
                    self.set_role(connection, role);
                }
            }
            Hint::None | Hint::Cut(_) | Hint::Deleted => {}
        }
    }

    /// The user of a connection has this role in the workspace from now on.
    pub(super) fn set_role(&mut self, connection: ConnectionId, role: Role) {
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        if state.caller.role == role {
            return;
        }
        Rc::make_mut(&mut state.caller).role = role;
        self.outputs.push(Output::Role { connection, role });
    }

    fn forget_tail(&mut self, log: &str) {
        if let Some(entry) = self.logs.get_mut(log) {
            self.tail_bytes = self.tail_bytes.saturating_sub(entry.tail.bytes());
            entry.tail.clear();
        }
    }

    /// Gives a line to the connections of a log whose sync mark is before it.
    fn pass_on(&mut self, log: &str, seq: Seq, line: &str) {
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        let line: Rc<str> = line.into();
        if seq > 0 {
            let grown = entry.tail.push(seq, line.clone());
            self.tail_bytes = self.tail_bytes.saturating_add_signed(grown);
        }
        let Some(entry) = self.logs.get(log) else {
            return;
        };
        let mut shared = None;
        for (connection, from) in &entry.connections {
            let is_wanted = if seq == 0 {
                !self.lags(*connection)
            } else {
                *from < seq
            };
            if is_wanted {
                let line = *shared.get_or_insert_with(|| self.batch.line(line.clone()));
                self.batch.push(*connection, line);
            }
        }
        if self.tail_bytes > ALL_BYTES_MAX {
            self.logs.values_mut().for_each(|log| log.tail.clear());
            self.tail_bytes = 0;
        }
    }

    /// Passes the answer to a command on as it is.
    fn done(&mut self, request: &Request, field: &str, json: &str) {
        if let Asked::Command { re, .. } = request.what {
            self.answered(request.connection);
            if self.connections.find(request.connection).is_some() {
                self.say(
                    request.connection,
                    format!(r#"{{"re":{re},"{field}":{json}}}"#),
                );
            }
        }
    }

    fn refused(&mut self, request: Request, error: &str, now_ms: u64) {
        if matches!(request.what, Asked::Command { .. }) {
            return self.done(&request, "error", error);
        }
        let refusal = serde_json::from_str(error).unwrap_or_else(|_| Refusal::internal());
        self.subscription_refused(request, &refusal, now_ms);
    }

    /// Gives commands up for which there was no link.
    pub(super) fn expired(&mut self, server: Server, requests: Vec<Request>, now_ms: u64) {
        for request in requests {
            if let Asked::Command { re, .. } = request.what {
                self.answered(request.connection);
                if self.connections.find(request.connection).is_some() {
                    let retry = self.link_to(server, now_ms).requests.load.refuse(now_ms);
                    let refusal = Refusal::overloaded(retry.0);
                    self.reply(request.connection, &Reply::error(re, refusal));
                }
            }
        }
    }

    fn answered(&mut self, connection: ConnectionId) {
        if let Some(state) = self.connections.find_mut(connection) {
            state.in_flight = state.in_flight.saturating_sub(1);
        }
    }
}

/// Lines are text; anything else is a fault of the channel server.
pub(super) fn text(bytes: &[u8]) -> Result<&str, NotARecord> {
    std::str::from_utf8(bytes).map_err(|_| NotARecord)
}
