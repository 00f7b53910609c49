//! Single-channel sockets: one channel, no gateway, no `hello`.

use fnv::FnvHashMap;
use protocol::{
    call::OpenSocket,
    close::{self, GoAway},
    command::{ChannelOp, Command},
    error::{Code, Refusal},
    flow::{Flow, Verdict, is_silent},
    frame::{self, PING, PONG},
    hash::mix64,
    id::{LogId, SessionId, UserId},
    limits::{FRAME_MAX_BYTES, HEARTBEAT_MS},
    line::{Reply, Sync},
    rates::{Allowance, Rates, Toll},
};

use crate::{
    fault::Fault,
    io::{Moment, Output, SocketId},
    recovery,
    server::ChannelServer,
    sql::Sql,
};

/// Those who are closed come back within so long, in milliseconds.
const COME_BACK_WITHIN_MS: u64 = 1_000;
/// Missed events in one line group, in bytes.
const BACKLOG_BYTES: usize = 64 * 1024;

/// The sockets that are open now.
#[derive(Debug, Default)]
pub struct Sockets {
    open: FnvHashMap<SocketId, Socket>,
    of: FnvHashMap<LogId, Vec<SocketId>>,
    /// Of whom it has to be found out when they were last heard.
    doubted: Vec<SocketId>,
    /// When silent clients were last looked for.
    looked_ms: u64,
}

/// One of them.
#[derive(Debug)]
struct Socket {
    open: OpenSocket,
    flow: Flow,
    /// When anything last came from it, in milliseconds since the epoch, as far as known in this life.
    heard_ms: Option<u64>,
    allowance: Allowance,
}

impl Sockets {
    /// Takes a socket in.
    pub fn open(&mut self, socket: SocketId, open: OpenSocket) {
        self.of
            .entry((&open.channel).into())
            .or_default()
            .push(socket);
        let open = Socket {
            open,
            flow: Flow::default(),
            heard_ms: None,
            allowance: Allowance::default(),
        };
        self.open.insert(socket, open);
    }

    /// Forgets a socket.
    pub fn close(&mut self, socket: SocketId) {
        let Some(Socket { open, .. }) = self.open.remove(&socket) else {
            return;
        };
        let log = LogId::from(&open.channel);
        if let Some(sockets) = self.of.get_mut(&log) {
            sockets.retain(|other| *other != socket);
            if sockets.is_empty() {
                self.of.remove(&log);
            }
        }
    }

    /// The sockets of a channel.
    pub fn of(&self, log: &LogId) -> &[SocketId] {
        self.of.get(log).map_or(&[], Vec::as_slice)
    }

    /// Who and where a socket is.
    pub fn get(&self, socket: SocketId) -> Option<&OpenSocket> {
        self.open.get(&socket).map(|socket| &socket.open)
    }

    /// Takes the toll of a line, or tells in how many milliseconds there will be enough.
    pub fn take(
        &mut self,
        socket: SocketId,
        toll: Toll,
        rates: &Rates,
        now_ms: u64,
    ) -> Result<(), u64> {
        self.open
            .get_mut(&socket)
            .map_or(Ok(()), |state| state.allowance.take(toll, rates, now_ms))
    }

    /// Something came from a socket.
    fn heard_now(&mut self, socket: SocketId, now_ms: u64) {
        if let Some(state) = self.open.get_mut(&socket) {
            state.flow.heard_now();
            state.heard_ms = Some(now_ms);
        }
    }

    /// Whether a socket is so far behind that it is spared what is passing.
    pub fn lags(&self, socket: SocketId) -> bool {
        self.open
            .get(&socket)
            .is_some_and(|state| state.flow.lags())
    }

    /// Takes note of the frames among what is sent now.
    pub fn sent(&mut self, outputs: &[Output], now_ms: u64) {
        for output in outputs {
            let Output::SocketFrame { sockets, frame } = output else {
                continue;
            };
            for socket in sockets {
                let state = self.open.get_mut(socket);
                let verdict = state.map(|state| state.flow.sent(frame.len(), now_ms));
                if verdict == Some(Verdict::Judge) {
                    self.doubted.push(*socket);
                }
            }
        }
    }

    /// Looks, once a heartbeat at the most and only when awake anyway, who has been silent for too long.
    pub fn look_for_silent(&mut self, now_ms: u64) {
        if self.open.is_empty() || now_ms < self.looked_ms + HEARTBEAT_MS {
            return;
        }
        self.looked_ms = now_ms;
        for (socket, state) in &self.open {
            if state.heard_ms.is_none() || is_silent(state.heard_ms, now_ms) {
                self.doubted.push(*socket);
            }
        }
    }

    /// Asks when those were last heard of whom it is not known.
    pub fn judge(&mut self) -> Option<Output> {
        let mut sockets = std::mem::take(&mut self.doubted);
        sockets.sort_unstable();
        sockets.dedup();
        (!sockets.is_empty()).then_some(Output::Judge { sockets })
    }

    /// The sockets of a user in a channel, of one session or of all.
    fn of_user(&self, log: &LogId, user: &UserId, session: Option<&SessionId>) -> Vec<SocketId> {
        self.of(log)
            .iter()
            .copied()
            .filter(|socket| {
                self.get(*socket).is_some_and(|open| {
                    open.caller.user == *user
                        && session.is_none_or(|session| open.caller.session == *session)
                })
            })
            .collect()
    }
}

impl<S: Sql> ChannelServer<S> {
    pub(crate) fn socket_opened(
        &mut self,
        socket: SocketId,
        open: OpenSocket,
        at: Moment,
    ) -> Result<(), Fault> {
        let id = LogId::from(&open.channel);
        match self.standing(&open.caller, &id) {
            Ok(_) => {}
            Err(Fault::Refused(refusal)) => {
                self.turn.output(Output::RefuseSocket { socket, refusal });
                return Ok(());
            }
            Err(fault) => return Err(fault),
        }
        let Some(log) = self.logs.find(&id) else {
            return Ok(());
        };
        let missed = recovery::missed(&self.sql, log, open.since.as_ref(), BACKLOG_BYTES, at)?;
        let sync = Sync {
            sync: id,
            epoch: log.epoch.clone(),
            seq: log.head,
            recovered: missed.is_some(),
        };
        for piece in missed.into_iter().flatten() {
            let line = self.turn.line(piece);
            self.turn.push(socket, line);
        }
        let line = self.turn.line(sync.to_line());
        self.turn.push(socket, line);
        self.sockets.open(socket, open);
        Ok(())
    }

    pub(crate) fn socket_frame(
        &mut self,
        socket: SocketId,
        frame: &str,
        at: Moment,
    ) -> Result<(), Fault> {
        self.sockets.heard_now(socket, at.now_ms);
        if frame.len() > FRAME_MAX_BYTES {
            self.sockets.close(socket);
            self.turn
                .close(socket, close::MESSAGE_TOO_BIG, "frame too large");
            return Ok(());
        }
        if frame == PING {
            let pong = self.turn.line(PONG.to_owned());
            self.turn.push(socket, pong);
            return Ok(());
        }
        for line in frame::lines(frame) {
            let Some(open) = self.sockets.get(socket).cloned() else {
                return Ok(());
            };
            if let Some(reply) = self.socket_line(socket, &open, line, at)? {
                let line = self.turn.line(reply);
                self.turn.push(socket, line);
            }
        }
        Ok(())
    }

    /// Carries out one line and gives the reply's line.
    fn socket_line(
        &mut self,
        socket: SocketId,
        open: &OpenSocket,
        line: &str,
        at: Moment,
    ) -> Result<Option<String>, Fault> {
        let command = Command::parse(line);
        let (toll, id) = match &command {
            Ok(command) => (Toll::of(command), command.id()),
            Err(bad) => (Toll::Command, Some(bad.re)),
        };
        if let Err(refusal) = self.admit_line(socket, &open.caller.user, toll, at.now_ms) {
            return Ok(id.map(|re| Reply::error(re, refusal).to_line()));
        }
        let (re, done) = match command {
            Err(bad) => (bad.re, Err(bad.refusal.into())),
            Ok(Command::Typing { channel }) => {
                if channel == open.channel
                    && let Err(fault @ Fault::Storage(_)) = self.typing(&open.caller, &channel)
                {
                    return Err(fault);
                }
                return Ok(None);
            }
            Ok(Command::Flow { .. }) => return Ok(None),
            Ok(Command::Activity { .. }) => (0, Err(no_such_op())),
            Ok(
                Command::Hello { id, .. }
                | Command::Watch { id, .. }
                | Command::Unwatch { id, .. }
                | Command::Channel {
                    id,
                    op:
                        ChannelOp::Read { .. }
                        | ChannelOp::MarkUnread { .. }
                        | ChannelOp::Edit { .. }
                        | ChannelOp::Delete { .. }
                        | ChannelOp::React { .. }
                        | ChannelOp::Unreact { .. },
                    ..
                },
            ) => (id, Err(no_such_op())),
            Ok(Command::Channel { id, channel, .. }) if channel != open.channel => {
                (id, Err(Refusal::not_found().into()))
            }
            Ok(Command::Channel { id, channel, op }) => {
                (id, self.channel_op(&open.caller, &channel, op, at))
            }
        };
        match done {
            Ok(ok) => Ok(Some(format!("{{\"re\":{re},\"ok\":{ok}}}"))),
            Err(Fault::Refused(refusal)) => {
                Ok(Some(Reply::error(re, refusal.on_socket()).to_line()))
            }
            Err(fault) => Err(fault),
        }
    }

    /// It is known when sockets were last heard: those that are not there any more are closed, and those that do not keep up.
    pub(crate) fn sockets_heard(&mut self, heard: &[(SocketId, Option<u64>)], at: Moment) {
        for (socket, at_ms) in heard {
            let Some(state) = self.sockets.open.get_mut(socket) else {
                continue;
            };
            if let Some(at_ms) = at_ms {
                state.flow.heard(*at_ms);
            }
            // Of whom nothing is known the time begins now.
            state.heard_ms = state.heard_ms.max(*at_ms).or(Some(at.now_ms));
            let code = if is_silent(state.heard_ms, at.now_ms) {
                close::HEARTBEAT_TIMEOUT
            } else if state.flow.is_unheard() {
                close::SLOW_CONSUMER
            } else {
                continue;
            };
            let number = u64::try_from(at.random & u128::from(u64::MAX)).unwrap_or(0);
            let away = GoAway {
                retry_after_ms: mix64(number ^ u64::from(socket.0)) % COME_BACK_WITHIN_MS,
            };
            self.sockets.close(*socket);
            self.turn.forget(*socket);
            self.turn.close(*socket, code, away.to_reason());
        }
    }

    /// A binary frame is no command.
    pub(crate) fn socket_binary(&mut self, socket: SocketId) {
        let refusal = Refusal::invalid("frames are text").on_socket();
        let line = self.turn.line(Reply::error(0, refusal).to_line());
        self.turn.push(socket, line);
    }

    /// Closes a removed user's sockets before anything else is said.
    pub(crate) fn cut_sockets(&mut self, log: &LogId, user: &UserId) {
        for socket in self.sockets.of_user(log, user, None) {
            self.sockets.close(socket);
            self.turn
                .close(socket, close::NOT_A_MEMBER, "removed from the channel");
        }
    }

    /// Closes a guest's sockets of a channel that they were not let into: they may not know of it any more.
    pub(crate) fn cut_guest(&mut self, log: &LogId, user: &UserId) -> Result<(), Fault> {
        if self.log(log)?.is_some() && self.role(log, user)?.is_none() {
            self.cut_sockets(log, user);
        }
        Ok(())
    }

    /// Closes the sockets of sessions that ended.
    pub(crate) fn end_socket_sessions(
        &mut self,
        log: &LogId,
        user: &UserId,
        session: Option<&SessionId>,
    ) {
        for socket in self.sockets.of_user(log, user, session) {
            self.sockets.close(socket);
            self.turn.forget(socket);
            self.turn
                .close(socket, close::SESSION_ENDED, "session ended");
        }
    }
}

/// What a gateway takes and a single-channel socket does not.
fn no_such_op() -> Fault {
    Refusal::new(
        Code::UnknownOp,
        "a single-channel socket takes send, history and typing",
    )
    .into()
}
