//! The server itself: inputs in, outputs out.

use std::rc::Rc;

use protocol::{
    api::Role,
    call::{Answer, ChannelCall, Outcome, Request},
    error::Refusal,
    event::Body,
    id::{LogId, UserId},
    link::{Down, Hint, write},
    message::Seq,
    ring::Ring,
};

use crate::{
    fault::Fault,
    figures::Tally,
    io::{Input, Moment, Output},
    ledger::Ledger,
    limits::Limits,
    link::{GatewayId, Links},
    log::{Log, Place, State},
    outbox::Outbox,
    peer::Peers,
    recent::Recent,
    schema,
    socket::Sockets,
    sql::{Sql, SqlError},
    turn::Turn,
    wake::Wakes,
};

/// Logs in memory at the most, of some hundred bytes each.
const LOGS_MAX: usize = 4_096;
/// Answers to who is in which log in memory at the most.
const ROLES_MAX: usize = 16_384;

/// One channel server: the logs that the ring gives it.
#[derive(Debug)]
pub struct ChannelServer<S> {
    pub(crate) sql: Ledger<S>,
    pub(crate) ring: Rc<Ring>,
    pub(crate) number: u32,
    /// Logs that were touched recently.
    pub(crate) logs: Recent<LogId, Log>,
    /// Who is in which log, by its number, and who is not, as far as asked recently.
    pub(crate) roles: Recent<(u32, UserId), Option<Role>>,
    pub(crate) links: Links,
    pub(crate) sockets: Sockets,
    pub(crate) outbox: Outbox,
    pub(crate) wakes: Wakes,
    pub(crate) peers: Peers,
    pub(crate) turn: Turn,
    /// When the alarm rings, as far as this life has set it.
    alarm_ms: Option<u64>,
    /// How often a log was read for a subscriber.
    pub(crate) reads: u32,
    pub(crate) tally: Tally,
    pub(crate) limits: Limits,
}

/// What is recorded, and what it means for gateways.
pub(crate) struct Fact<'a> {
    pub user: &'a UserId,
    pub body: Body,
    pub place: Place,
    pub hint: Hint<'a>,
}

impl<S: Sql> ChannelServer<S> {
    /// Server number `number` of `ring` over its storage, whose tables are made where they are missing.
    ///
    /// Links and sockets that are open already have to be told of before anything else.
    pub fn new(sql: S, ring: Rc<Ring>, number: u32) -> Result<Self, SqlError> {
        let sql = Ledger::new(sql);
        schema::create(&sql)?;
        let broken = |fault: Fault| SqlError(fault.reason());
        let outbox = Outbox::load(&sql, &ring).map_err(broken)?;
        let wakes = Wakes::load(&sql).map_err(broken)?;
        let peers = Peers::load(&sql).map_err(broken)?;
        Ok(Self {
            sql,
            ring,
            number,
            logs: Recent::new(LOGS_MAX),
            roles: Recent::new(ROLES_MAX),
            links: Links::default(),
            sockets: Sockets::default(),
            outbox,
            wakes,
            peers,
            turn: Turn::default(),
            alarm_ms: None,
            reads: 0,
            tally: Tally::default(),
            limits: Limits::none(),
        })
    }

    /// Takes one input. Everything that it writes belongs together, and what comes out may be sent once that is durable.
    ///
    /// If the storage fails the only output is [`Output::Abort`]: the object has to be reset then.
    pub fn handle(&mut self, input: Input<'_>, at: Moment) -> Vec<Output> {
        self.logs.age();
        self.roles.age();
        // Who is there has to be known before it is asked whether they are.
        let is_restoring = matches!(
            input,
            Input::LinkRestored { .. } | Input::SocketRestored { .. } | Input::SocketsHeard { .. }
        );
        let done = self.dispatch(input, at);
        if !is_restoring {
            self.sockets.look_for_silent(at.now_ms);
        }
        let pumped = match done {
            Err(fault @ Fault::Storage(_)) => Err(fault),
            // Which links there are is not known before all are restored.
            Ok(()) | Err(Fault::Refused(_)) if is_restoring => Ok(Vec::new()),
            Ok(()) | Err(Fault::Refused(_)) => self.pump_presence(at),
        };
        let pumped = pumped.and_then(|mut wakes| {
            wakes.extend(self.wakes.pump(&self.sql)?);
            self.sql.flush()?;
            Ok(wakes)
        });
        match pumped {
            Ok(wakes) => {
                let mut outputs = self.turn.take();
                self.sockets.sent(&outputs, at.now_ms);
                outputs.extend(self.sockets.judge());
                outputs.extend(wakes);
                outputs.extend(self.outbox.pump());
                outputs.extend(self.set_alarm(at.now_ms));
                outputs
            }
            Err(fault) => vec![Output::Abort {
                reason: fault.reason(),
            }],
        }
    }

    /// How often a log was read for a subscriber since this was last asked.
    pub fn take_reads(&mut self) -> u32 {
        std::mem::take(&mut self.reads)
    }

    /// Has the alarm ring in time for what is not done yet. It is set with what it is for, in one write.
    fn set_alarm(&mut self, now_ms: u64) -> Option<Output> {
        let retries = [self.outbox.retry_ms(), self.wakes.retry_ms()];
        let retry_ms = retries.into_iter().flatten().min();
        let times = [
            retry_ms.map(|wait_ms| now_ms + wait_ms),
            self.peers.due_ms(),
        ];
        let Some(at_ms) = times.into_iter().flatten().min() else {
            return self.alarm_ms.take().map(|_| Output::ClearAlarm);
        };
        // One that is set already is left where it is, unless it comes too late.
        if self.alarm_ms.is_some_and(|set_ms| set_ms <= at_ms) {
            return None;
        }
        self.alarm_ms = Some(at_ms);
        Some(Output::SetAlarm { at_ms })
    }

    fn dispatch(&mut self, input: Input<'_>, at: Moment) -> Result<(), Fault> {
        match input {
            Input::Request { id, request } => {
                let outcome = match self.request(id, request, at) {
                    Ok(answer) => Ok(answer),
                    Err(Fault::Refused(refusal)) => Err(refusal),
                    Err(fault) => return Err(fault),
                };
                self.answer(id, outcome);
                Ok(())
            }
            Input::Hasten { id } => {
                if let Some(outcome) = self.outbox.hasten(id) {
                    self.turn.output(Output::Answer { id, outcome });
                }
                Ok(())
            }
            Input::LinkOpened { link, gateway } => self.link_opened(link, gateway),
            Input::LinkRestored { link, gateway } => {
                let number = Links::number(&self.sql, gateway)?;
                self.links.open(link, number);
                Ok(())
            }
            Input::LinkFrame { link, frame } => self.link_frames(&[(link, frame)], at),
            Input::LinkFrames { frames } => {
                let frames: Vec<_> = frames.iter().map(|(link, f)| (*link, &**f)).collect();
                self.link_frames(&frames, at)
            }
            Input::LinkClosed { link, clean } => self.link_closed(link, clean, at),
            Input::SocketOpened { socket, open } => self.socket_opened(socket, open, at),
            Input::SocketRestored { socket, open } => {
                self.sockets.open(socket, open);
                Ok(())
            }
            Input::SocketFrame { socket, frame } => self.socket_frame(socket, frame, at),
            Input::SocketBinary { socket } => {
                self.socket_binary(socket);
                Ok(())
            }
            Input::SocketsHeard { heard } => {
                self.sockets_heard(&heard, at);
                Ok(())
            }
            Input::SocketClosed { socket } => {
                self.sockets.close(socket);
                Ok(())
            }
            Input::Delivered { server, taken } => {
                let answers = self.outbox.delivered(&self.sql, server, taken)?;
                for (id, outcome) in answers {
                    self.turn.output(Output::Answer { id, outcome });
                }
                Ok(())
            }
            Input::Woken { id, answer } => self.woken(id, answer, at),
            Input::Alarm => {
                self.alarm_ms = None;
                self.outbox.alarm();
                self.wakes.alarm();
                Ok(())
            }
        }
    }

    fn request(&mut self, id: u64, request: Request, at: Moment) -> Result<Answer, Fault> {
        match request {
            Request::Workspace { id: workspace, op } => {
                self.outbox.asked_by(Some(id));
                self.workspace_op(&workspace, op, at)
            }
            Request::User { caller, op } => {
                self.outbox.asked_by(Some(id));
                self.user_op(&caller, op, at)
            }
            Request::TakeSignInLink {
                user,
                secret,
                session,
            } => self.take_sign_in_link(&user, &secret, &session, at),
            Request::Channel {
                caller,
                id: channel,
                op,
            } => {
                // A message is answered once it is stored; whom it names is told in passing.
                if !matches!(op, ChannelCall::Send(_)) {
                    self.outbox.asked_by(Some(id));
                }
                self.channel_call(&caller, &channel, op, at)
            }
            Request::Views { caller, channels } => self.views(&caller, &channels),
            Request::Deliver(deliveries) => {
                self.take_deliveries(deliveries, at)?;
                Ok(Answer::Done)
            }
        }
    }

    /// Answers a request now, or once its effects on other servers have been taken in.
    fn answer(&mut self, id: u64, outcome: Outcome) {
        self.outbox.asked_by(None);
        if let Some(outcome) = self.outbox.hold(id, outcome) {
            self.turn.output(Output::Answer { id, outcome });
        }
    }

    /// A log by its id, loaded where it is not.
    pub(crate) fn log(&mut self, id: &LogId) -> Result<Option<&mut Log>, Fault> {
        if self.logs.find(id).is_none() {
            let Some(log) = Log::load(&self.sql, id)? else {
                return Ok(None);
            };
            self.logs.insert(id.clone(), log);
        }
        Ok(self.logs.find_mut(id))
    }

    /// A log that has to be there.
    pub(crate) fn existing(&mut self, id: &LogId) -> Result<&mut Log, Fault> {
        self.log(id)?.ok_or_else(|| Refusal::not_found().into())
    }

    /// Makes a log.
    pub(crate) fn create(
        &mut self,
        id: &LogId,
        workspace: &protocol::id::WorkspaceId,
        state: &State,
        at: Moment,
    ) -> Result<(), Fault> {
        let log = Log::create(&self.sql, id, workspace, state, at)?;
        self.logs.insert(id.clone(), log);
        Ok(())
    }

    /// Stores the next event of a log and sends it to all its subscribers.
    pub(crate) fn record(&mut self, id: &LogId, fact: Fact<'_>, at: Moment) -> Result<Seq, Fault> {
        let Some(log) = self.logs.find_mut(id) else {
            return Err(SqlError(format!("{id} is not loaded")).into());
        };
        self.tally
            .recorded(log.num, matches!(fact.body, Body::Message(_)));
        let (seq, line) = log.append(&self.sql, fact.user, fact.body, fact.place, at);
        self.broadcast(id, seq, fact.hint, &line);
        Ok(seq)
    }

    /// Sends a line to all subscribers of a loaded log; `seq` is 0 in transient events.
    pub(crate) fn broadcast(&mut self, id: &LogId, seq: Seq, hint: Hint<'_>, line: &str) {
        let Some(log) = self.logs.find(id) else {
            return;
        };
        let event = Down::Event {
            log: id.as_str(),
            seq,
            hint,
            line: line.as_bytes(),
        };
        // Written once, however many gateways get it.
        let mut record = Vec::new();
        write(&mut record, &event);
        for &gateway in &log.gateways {
            if let Some(open) = self.links.of(gateway) {
                self.turn.down_written(open, &record);
            } else if seq > 0 {
                self.wakes.push(gateway, &record);
            } else {
                self.wakes.push_in_passing(gateway, &record);
            }
        }
        let sockets = self.sockets.of(id);
        if !sockets.is_empty() {
            let line = self.turn.line(line);
            for &socket in sockets {
                if seq > 0 || !self.sockets.lags(socket) {
                    self.turn.push(socket, line);
                }
            }
        }
    }

    /// Sends a record to a gateway, however it is reached.
    pub(crate) fn tell(&mut self, gateway: GatewayId, record: &Down<'_>) {
        if let Some(link) = self.links.of(gateway) {
            self.turn.down(link, record);
        } else {
            let mut bytes = Vec::new();
            write(&mut bytes, record);
            self.wakes.push(gateway, &bytes);
        }
    }
}
