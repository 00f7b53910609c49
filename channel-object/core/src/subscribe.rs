//! Gateways' links: subscriptions, resume points, commands.

use std::collections::VecDeque;

use protocol::{
    api::{Caller, Role},
    command::{ChannelOp, ResumePoint},
    error::Refusal,
    event::{Body, Event},
    id::{ChannelId, Kind, LogId, SessionId, UserId, WorkspaceId},
    link::{Down, Hint, Up, read},
    message::Seq,
};

use crate::{
    fault::Fault,
    io::{LinkId, Moment, Output},
    ledger::SendKey,
    link::{GatewayId, Links},
    recovery,
    server::ChannelServer,
    sql::Sql,
};

/// The commands of a frame that are still to be carried out, in order.
type Ops = VecDeque<Result<ChannelOp, Refusal>>;

/// Missed events in one record, in bytes.
const BACKLOG_BYTES: usize = 64 * 1024;

/// The user who stands behind a record, as the gateway knows them.
struct Connection<'a> {
    workspace: &'a str,
    user: &'a str,
    role: Role,
}

impl Connection<'_> {
    /// The caller; gateways send nothing but ids that they got from the Worker.
    fn caller(&self, session: &str) -> Result<Caller, Refusal> {
        let bad = |_| Refusal::invalid("a gateway sent an id that is none");
        Ok(Caller {
            workspace: WorkspaceId::parse(self.workspace).map_err(bad)?,
            user: UserId::parse(self.user).map_err(bad)?,
            session: SessionId::parse(session).map_err(bad)?,
            role: self.role,
        })
    }
}

/// A session stands for nothing in commands, whose connection was let in with one.
const NO_SESSION: &str = "S";

impl<S: Sql> ChannelServer<S> {
    pub(crate) fn link_opened(&mut self, link: LinkId, gateway: &str) -> Result<(), Fault> {
        let number = Links::number(&self.sql, gateway)?;
        // A gateway that dials resumes or subscribes all that it wants: what it wanted before is over, and so is what it is owed.
        self.unsubscribe_all(number)?;
        self.wakes.settle(&self.sql, number)?;
        self.peer_dialled(number)?;
        if let Some(old) = self.links.open(link, number) {
            self.turn.output(Output::CloseLink { link: old });
        }
        Ok(())
    }

    pub(crate) fn link_closed(
        &mut self,
        link: LinkId,
        clean: bool,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(gateway) = self.links.close(link) else {
            return Ok(());
        };
        self.unsubscribe_all(gateway)?;
        self.unwatch_all(gateway)?;
        self.peers.is_silent_from(gateway, at.now_ms);
        if !clean {
            self.wakes.miss(gateway);
        }
        Ok(())
    }

    /// The gateway goes to sleep: what there is for it from here on is sent by requests.
    fn link_sleeps(&mut self, link: LinkId, at: Moment) {
        self.turn.down(link, &Down::Asleep);
        if let Some(gateway) = self.links.close(link) {
            self.turn.close_link(link);
            self.peers.is_silent_from(gateway, at.now_ms);
        }
    }

    /// A request that woke a gateway came to its end.
    pub(crate) fn woken(
        &mut self,
        request: u64,
        answer: Option<&[u8]>,
        at: Moment,
    ) -> Result<(), Fault> {
        let ended = match self.peers.ended(request, answer.is_some(), at.now_ms) {
            Some(gateway) => Some(gateway),
            None => self.wakes.ended(&self.sql, request, answer.is_some())?,
        };
        let (Some(gateway), Some(answer)) = (ended, answer) else {
            return Ok(());
        };
        for record in read::<Up<'_>>(answer) {
            match record {
                Ok(Up::Unsubscribe { log }) => self.unsubscribe(gateway, log)?,
                Ok(Up::UnsubscribeAll) => {
                    self.unsubscribe_all(gateway)?;
                    self.wakes.settle(&self.sql, gateway)?;
                    self.unwatch_all(gateway)?;
                    self.people(gateway, true, &[], at)?;
                }
                Ok(record) => {
                    if !self.presence_answer(gateway, &record, at)? {
                        return Ok(());
                    }
                }
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    fn unsubscribe_all(&mut self, gateway: GatewayId) -> Result<(), Fault> {
        self.sql.exec(
            "DELETE FROM subscriptions WHERE gateway = ?",
            &[gateway.0.into()],
        )?;
        for log in self.logs.values_mut() {
            log.gateways.retain(|other| *other != gateway);
        }
        Ok(())
    }

    /// Takes frames in, in their order. What is sent in them is looked for all at once.
    pub(crate) fn link_frames(
        &mut self,
        frames: &[(LinkId, &[u8])],
        at: Moment,
    ) -> Result<(), Fault> {
        let mut keys = Vec::new();
        let mut ops = Vec::with_capacity(frames.len());
        for (_, frame) in frames {
            ops.push(self.ops(frame, &mut keys)?);
        }
        // One that comes alone is looked for as it is stored.
        if keys.len() > 1 {
            self.sql.look_for(keys)?;
        }
        let mut with_ops = frames.iter().zip(ops);
        with_ops.try_for_each(|((link, frame), ops)| self.link_frame(*link, frame, ops, at))
    }

    /// The commands in a frame, and the keys of those that send.
    fn ops(&mut self, frame: &[u8], keys: &mut Vec<SendKey>) -> Result<Ops, Fault> {
        let mut ops = Ops::new();
        for record in read::<Up<'_>>(frame) {
            let Ok(record) = record else { break };
            let Up::Command { log, user, op, .. } = record else {
                continue;
            };
            let op: Result<ChannelOp, Refusal> = serde_json::from_slice(op)
                .map_err(|error| Refusal::invalid(format!("a gateway sent no command: {error}")));
            if let (Ok(ChannelOp::Send(draft)), Ok(user), Ok(id)) =
                (&op, UserId::parse(user), LogId::parse(log))
                && let Some(log) = self.log(&id)?
            {
                keys.push((log.num, user, draft.client_message_id.clone()));
            }
            ops.push_back(op);
        }
        Ok(ops)
    }

    fn link_frame(
        &mut self,
        link: LinkId,
        frame: &[u8],
        mut ops: Ops,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(gateway) = self.links.gateway(link) else {
            self.turn.output(Output::CloseLink { link });
            return Ok(());
        };
        for record in read::<Up<'_>>(frame) {
            let Ok(record) = record else {
                self.turn.output(Output::CloseLink { link });
                return Ok(());
            };
            self.up(link, gateway, &record, &mut ops, at)?;
        }
        self.turn.down(link, &Down::Credit);
        Ok(())
    }

    fn up(
        &mut self,
        link: LinkId,
        gateway: GatewayId,
        record: &Up<'_>,
        ops: &mut Ops,
        at: Moment,
    ) -> Result<(), Fault> {
        match *record {
            Up::Subscribe {
                request,
                log,
                workspace,
                user,
                session,
                since,
            } => {
                let point = since.map(|(epoch, seq)| ResumePoint {
                    epoch: epoch.to_owned(),
                    seq,
                });
                let done = Connection {
                    workspace,
                    user,
                    // Membership of the log itself is all that this asks for.
                    role: Role::Member,
                }
                .caller(session)
                .map_err(Fault::from)
                .and_then(|caller| {
                    self.subscribe(link, gateway, request, &caller, log, point.as_ref(), at)
                });
                self.refuse(link, request, done)
            }
            Up::Resume { log, epoch, seq } => self.go_on(link, gateway, log, (epoch, seq), at),
            Up::Unsubscribe { log } => self.unsubscribe(gateway, log),
            Up::UnsubscribeAll => self.unsubscribe_all(gateway),
            Up::Sleep => {
                self.link_sleeps(link, at);
                Ok(())
            }
            Up::Present { user, status } => self.present(gateway, user, status, at),
            Up::Digest { digest } => {
                self.compare_people(link, gateway, digest);
                Ok(())
            }
            Up::People {
                is_first,
                ref people,
            } => self.people(gateway, is_first, people, at),
            Up::Watch {
                workspace,
                ref users,
            } => self.watch(link, gateway, workspace, users, at),
            Up::Unwatch { ref users } => self.unwatch(gateway, users),
            Up::Command {
                request,
                log,
                workspace,
                user,
                role,
                op: _,
            } => {
                let op = ops.pop_front().unwrap_or_else(|| Err(Refusal::internal()));
                let done = Connection {
                    workspace,
                    user,
                    role,
                }
                .caller(NO_SESSION)
                .and_then(|caller| Ok((caller, op?)))
                .map_err(Fault::from)
                .and_then(|(caller, op)| self.command(link, request, &caller, log, op, at));
                self.refuse(link, request, done)
            }
            Up::Typing {
                log,
                workspace,
                user,
            } => {
                let done = Connection {
                    workspace,
                    user,
                    // Membership of the log itself is all that this asks for.
                    role: Role::Member,
                }
                .caller(NO_SESSION)
                .map_err(Fault::from)
                .and_then(|caller| self.typing(&caller, &channel(log)?));
                match done {
                    // Nobody waits for an answer.
                    Err(Fault::Refused(_)) => Ok(()),
                    other => other,
                }
            }
        }
    }

    /// Resumes a log, or says that there is nothing to resume: each connection asks for itself then and hears why.
    fn go_on(
        &mut self,
        link: LinkId,
        gateway: GatewayId,
        log: &str,
        (epoch, seq): (&str, Seq),
        at: Moment,
    ) -> Result<(), Fault> {
        let done = self.resume(link, gateway, log, epoch, seq, at);
        if let Err(Fault::Refused(_)) = done {
            let record = Down::Resumed {
                log,
                epoch: "",
                seq: 0,
                recovered: false,
            };
            self.turn.down(link, &record);
            return Ok(());
        }
        done
    }

    /// Tells the gateway of a refusal.
    fn refuse(&mut self, link: LinkId, request: u32, done: Result<(), Fault>) -> Result<(), Fault> {
        let refusal = match done {
            Ok(()) => return Ok(()),
            Err(Fault::Refused(refusal)) => refusal.on_socket(),
            Err(fault) => return Err(fault),
        };
        let error = serde_json::to_vec(&refusal)?;
        self.turn.down(
            link,
            &Down::Refused {
                request,
                error: &error,
            },
        );
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one record")]
    fn subscribe(
        &mut self,
        link: LinkId,
        gateway: GatewayId,
        request: u32,
        caller: &Caller,
        log: &str,
        point: Option<&ResumePoint>,
        at: Moment,
    ) -> Result<(), Fault> {
        let id = LogId::parse(log).map_err(|_| Refusal::not_found())?;
        let mut channels = Vec::new();
        let mut role = None;
        match id.kind() {
            Kind::User => {
                if id != LogId::from(&caller.user) {
                    return Err(Refusal::not_found().into());
                }
                let num = self.session_alive(caller)?;
                channels = self.memberships(num)?;
                role = Some(self.workspace_role(&id)?);
            }
            Kind::Workspace => {
                if id != LogId::from(&caller.workspace) {
                    return Err(Refusal::not_found().into());
                }
            }
            // What a connection of a gateway follows is what its user is in; readers open a socket of the channel itself.
            Kind::Channel | Kind::Direct => {
                let standing = self.standing(caller, &id)?;
                standing.membership.ok_or_else(Refusal::not_a_member)?;
            }
        }
        self.existing(&id)?;
        self.keep_subscription(gateway, &id)?;
        let Some(stored) = self.logs.find(&id) else {
            return Err(Refusal::not_found().into());
        };
        self.reads += 1;
        let missed = recovery::missed(&self.sql, stored, point, BACKLOG_BYTES, at)?;
        let recovered = missed.is_some();
        for piece in missed.into_iter().flatten() {
            let record = Down::Backlog {
                request,
                lines: piece.as_bytes(),
            };
            self.turn.down(link, &record);
        }
        let record = Down::Subscribed {
            request,
            epoch: &stored.epoch,
            seq: stored.head,
            recovered,
            channels: channels.iter().map(|(id, _)| id.as_str()).collect(),
            role,
        };
        self.turn.down(link, &record);
        Ok(())
    }

    fn keep_subscription(&mut self, gateway: GatewayId, id: &LogId) -> Result<(), Fault> {
        let log = self.existing(id)?;
        // Sorted, as the rows are: who sleeps and wakes sends in the same order.
        let Err(index) = log.gateways.binary_search(&gateway) else {
            return Ok(());
        };
        log.gateways.insert(index, gateway);
        let num = log.num;
        self.sql.exec(
            "INSERT OR IGNORE INTO subscriptions (num, gateway) VALUES (?, ?)",
            &[num.into(), gateway.0.into()],
        )?;
        Ok(())
    }

    fn unsubscribe(&mut self, gateway: GatewayId, log: &str) -> Result<(), Fault> {
        let Ok(id) = LogId::parse(log) else {
            return Ok(());
        };
        let Some(log) = self.log(&id)? else {
            return Ok(());
        };
        log.gateways.retain(|other| *other != gateway);
        let num = log.num;
        self.sql.exec(
            "DELETE FROM subscriptions WHERE num = ? AND gateway = ?",
            &[num.into(), gateway.0.into()],
        )?;
        Ok(())
    }

    /// Gives a gateway what it missed of a log as the events that they were, so that a cut in between is one.
    fn resume(
        &mut self,
        link: LinkId,
        gateway: GatewayId,
        log: &str,
        epoch: &str,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        let id = LogId::parse(log).map_err(|_| Refusal::not_found())?;
        self.existing(&id)?;
        self.keep_subscription(gateway, &id)?;
        let Some(stored) = self.logs.find(&id) else {
            return Err(Refusal::not_found().into());
        };
        self.reads += 1;
        let recovered = recovery::can_recover(&self.sql, stored, epoch, seq, at)?;
        if recovered {
            let turn = &mut self.turn;
            recovery::each_after(&self.sql, stored, seq, |seq, line| {
                let event: Option<Event> = serde_json::from_str(line).ok();
                let record = Down::Event {
                    log,
                    seq,
                    hint: event.as_ref().map_or(Hint::None, hint),
                    line: line.as_bytes(),
                };
                turn.down(link, &record);
            })?;
        }
        let record = Down::Resumed {
            log,
            epoch: &stored.epoch,
            seq: stored.head,
            recovered,
        };
        self.turn.down(link, &record);
        Ok(())
    }

    fn command(
        &mut self,
        link: LinkId,
        request: u32,
        caller: &Caller,
        log: &str,
        op: ChannelOp,
        at: Moment,
    ) -> Result<(), Fault> {
        let id = channel(log)?;
        let ok = self.channel_op(caller, &id, op, at)?;
        self.turn.down(
            link,
            &Down::Reply {
                request,
                ok: ok.as_bytes(),
            },
        );
        Ok(())
    }
}

fn channel(log: &str) -> Result<ChannelId, Refusal> {
    ChannelId::parse(log).map_err(|_| Refusal::not_found())
}

/// What an event means for a gateway.
fn hint(event: &Event) -> Hint<'_> {
    match &event.body {
        Body::MemberLeft { subject } => Hint::Cut(subject.as_str()),
        Body::Joined { subject } => Hint::Joined(subject.as_str()),
        Body::Left { subject } => Hint::Left(subject.as_str()),
        Body::MessageDeleted(_) => Hint::Deleted,
        Body::RoleGiven { role } => Hint::Role(*role),
        _ => Hint::None,
    }
}
