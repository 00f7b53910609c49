//! Rules of a user's own log: memberships, read markers, sessions.

use protocol::{
    api::{Caller, Role},
    call::{Answer, Effect, UserOp},
    error::Refusal,
    event::Body,
    id::{ChannelId, LogId, SessionId, UserId, WorkspaceId},
    link::{Down, Hint},
    message::Seq,
};

use crate::{
    fault::Fault,
    io::Moment,
    log::{Place, State},
    server::{ChannelServer, Fact},
    sql::{Sql, SqlError},
};

impl<S: Sql> ChannelServer<S> {
    pub(crate) fn user_op(
        &mut self,
        caller: &Caller,
        op: UserOp,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let num = self.session_alive(caller)?;
        // Whoever finds their session abused has to get out.
        if !matches!(op, UserOp::SignOut { .. }) {
            self.admit_call(&caller.user, at.now_ms)?;
        }
        match op {
            UserOp::Authenticate { socket } => {
                if let Some(channel) = socket {
                    self.sql.exec(
                        "INSERT OR IGNORE INTO session_sockets (num, session, channel) VALUES (?, ?, ?)",
                        &[
                            num.into(),
                            caller.session.as_str().into(),
                            channel.as_str().into(),
                        ],
                    )?;
                }
                Ok(Answer::Alive {
                    role: self.workspace_role(&(&caller.user).into())?,
                })
            }
            UserOp::Memberships => Ok(Answer::Memberships {
                channels: self.memberships(num)?,
                role: self.workspace_role(&(&caller.user).into())?,
                point: self.existing(&(&caller.user).into())?.point(),
            }),
            UserOp::CreateSignInLink { secret, expires_ms } => {
                self.sql.exec(
                    "DELETE FROM sign_in_links WHERE num = ? AND expires_ms <= ?",
                    &[num.into(), at.now_ms.into()],
                )?;
                self.sql.exec(
                    "INSERT INTO sign_in_links (num, secret, expires_ms) VALUES (?, ?, ?)",
                    &[num.into(), secret.as_str().into(), expires_ms.into()],
                )?;
                Ok(Answer::Done)
            }
            UserOp::SignOut { everywhere } => {
                let session = (!everywhere).then_some(&caller.session);
                self.end_sessions(&(&caller.user).into(), num, session, at)?;
                Ok(Answer::Done)
            }
        }
    }

    /// The number of the caller's log, where the caller's session is alive.
    pub(crate) fn session_alive(&mut self, caller: &Caller) -> Result<u32, Fault> {
        let Some(log) = self.log(&(&caller.user).into())? else {
            return Err(Refusal::not_authenticated().into());
        };
        let (num, same_workspace) = (log.num, log.workspace == caller.workspace);
        let rows = self.sql.exec(
            "SELECT 1 FROM sessions WHERE num = ? AND session = ?",
            &[num.into(), caller.session.as_str().into()],
        )?;
        if rows.is_empty() || !same_workspace {
            return Err(Refusal::not_authenticated().into());
        }
        Ok(num)
    }

    pub(crate) fn memberships(&mut self, num: u32) -> Result<Vec<(ChannelId, Seq)>, Fault> {
        let rows = self.sql.exec(
            "SELECT channel, last_read_seq FROM memberships WHERE num = ? ORDER BY channel",
            &[num.into()],
        )?;
        rows.iter()
            .map(|row| {
                let id =
                    ChannelId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()))?;
                Ok((id, row.int(1)?))
            })
            .collect()
    }

    pub(crate) fn take_sign_in_link(
        &mut self,
        user: &UserId,
        secret: &str,
        session: &SessionId,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = self.existing(&user.into())?;
        let (num, workspace) = (log.num, log.workspace.clone());
        let rows = self.sql.exec(
            "DELETE FROM sign_in_links WHERE num = ? AND secret = ? RETURNING expires_ms",
            &[num.into(), secret.into()],
        )?;
        let expires_ms: u64 = rows.first().map_or(Ok(0), |row| row.int(0))?;
        if expires_ms <= at.now_ms {
            return Err(Refusal::not_found().into());
        }
        self.begin_session(num, session)?;
        Ok(Answer::SignedIn { workspace })
    }

    fn begin_session(&mut self, num: u32, session: &SessionId) -> Result<(), Fault> {
        self.sql.exec(
            "INSERT OR IGNORE INTO sessions (num, session) VALUES (?, ?)",
            &[num.into(), session.as_str().into()],
        )?;
        Ok(())
    }

    /// Ends one session of a user, or all, wherever they have sockets.
    fn end_sessions(
        &mut self,
        log: &LogId,
        num: u32,
        session: Option<&SessionId>,
        at: Moment,
    ) -> Result<(), Fault> {
        // The session, or any where none is said: ids are never empty.
        let only = session.map_or("", SessionId::as_str);
        let bound = [num.into(), only.into(), only.into()];
        self.sql.exec(
            "DELETE FROM sessions WHERE num = ? AND (session = ? OR ? = '')",
            &bound,
        )?;
        let sockets = self.sql.exec(
            "DELETE FROM session_sockets WHERE num = ? AND (session = ? OR ? = '') RETURNING channel",
            &bound,
        )?;
        let Some(user) = log.user() else {
            return Ok(());
        };
        let mut channels = Vec::new();
        for row in &sockets {
            channels
                .push(ChannelId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()))?);
        }
        channels.sort_unstable();
        channels.dedup();
        for channel in channels {
            let effect = Effect::EndSessions {
                user: user.clone(),
                session: session.cloned(),
            };
            self.cause(log, channel.into(), effect, at)?;
        }
        let record = Down::SessionsEnded {
            user: user.as_str(),
            session: session.map(SessionId::as_str),
        };
        let gateways = self.existing(log)?.gateways.clone();
        for gateway in gateways {
            self.tell(gateway, &record);
        }
        Ok(())
    }

    /// The user is a person of this workspace from now on.
    pub(crate) fn found_user(
        &mut self,
        target: &LogId,
        workspace: &WorkspaceId,
        session: &SessionId,
        role: Role,
        at: Moment,
    ) -> Result<(), Fault> {
        self.expect_user(target, workspace, at)?;
        let log = self.existing(target)?;
        log.state = State::User { role };
        let num = log.num;
        if let Some(log) = self.logs.find(target) {
            log.save_state(&self.sql)?;
        }
        self.begin_session(num, session)
    }

    /// The user's own log is there from now on. A channel may let somebody in before the workspace's word of them has come here;
    /// until then they have no session, and count for the least.
    pub(crate) fn expect_user(
        &mut self,
        target: &LogId,
        workspace: &WorkspaceId,
        at: Moment,
    ) -> Result<(), Fault> {
        if self.log(target)?.is_none() {
            self.create(target, workspace, &State::User { role: Role::Guest }, at)?;
        }
        Ok(())
    }

    /// What a user is in their workspace.
    pub(crate) fn workspace_role(&mut self, user: &LogId) -> Result<Role, Fault> {
        match self.existing(user)?.state {
            State::User { role } => Ok(role),
            _ => Err(Refusal::not_found().into()),
        }
    }

    /// The user has another role in the workspace.
    pub(crate) fn user_has_role(
        &mut self,
        target: &LogId,
        role: Role,
        by: &UserId,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(log) = self.log(target)? else {
            return Ok(());
        };
        log.state = State::User { role };
        let num = log.num;
        if let Some(log) = self.logs.find(target) {
            log.save_state(&self.sql)?;
        }
        if let (Role::Guest, Some(user)) = (role, target.user()) {
            let channels = self.sql.exec(
                "SELECT DISTINCT channel FROM session_sockets WHERE num = ?",
                &[num.into()],
            )?;
            for row in &channels {
                let channel =
                    ChannelId::parse(row.text(0)?).map_err(|error| SqlError(error.to_string()))?;
                let effect = Effect::BecameGuest { user: user.clone() };
                self.cause(target, channel.into(), effect, at)?;
            }
        }
        let fact = Fact {
            user: by,
            body: Body::RoleGiven { role },
            place: Place::Nowhere,
            hint: Hint::Role(role),
        };
        self.record(target, fact, at)?;
        Ok(())
    }

    /// The user is in a channel.
    pub(crate) fn user_joined_channel(
        &mut self,
        target: &LogId,
        channel: &ChannelId,
        by: &UserId,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(log) = self.log(target)? else {
            return Ok(());
        };
        let num = log.num;
        let new = self.sql.exec(
            "INSERT OR IGNORE INTO memberships (num, channel, last_read_seq) VALUES (?, ?, ?) RETURNING 1",
            &[num.into(), channel.as_str().into(), seq.into()],
        )?;
        if new.is_empty() {
            return Ok(());
        }
        let fact = Fact {
            user: by,
            body: Body::Joined {
                subject: channel.clone(),
            },
            place: Place::Nowhere,
            hint: Hint::Joined(channel.as_str()),
        };
        self.record(target, fact, at)?;
        Ok(())
    }

    /// The user is out of a channel.
    pub(crate) fn user_left_channel(
        &mut self,
        target: &LogId,
        channel: &ChannelId,
        by: &UserId,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(log) = self.log(target)? else {
            return Ok(());
        };
        let num = log.num;
        let gone = self.sql.exec(
            "DELETE FROM memberships WHERE num = ? AND channel = ? RETURNING 1",
            &[num.into(), channel.as_str().into()],
        )?;
        if gone.is_empty() {
            return Ok(());
        }
        let fact = Fact {
            user: by,
            body: Body::Left {
                subject: channel.clone(),
            },
            place: Place::Nowhere,
            hint: Hint::Left(channel.as_str()),
        };
        self.record(target, fact, at)?;
        Ok(())
    }

    /// The user has read a channel up to a message, as an [`Effect::Read`] says. Markers only go forward, but where the user marks
    /// something unread.
    pub(crate) fn user_read_channel(
        &mut self,
        target: &LogId,
        effect: Effect,
        at: Moment,
    ) -> Result<(), Fault> {
        let Effect::Read {
            channel,
            seq,
            unread,
            mentions,
            counted_seq,
            marks_unread,
        } = effect
        else {
            return Ok(());
        };
        let Some(user) = target.user() else {
            return Ok(());
        };
        let Some(log) = self.log(target)? else {
            return Ok(());
        };
        let num = log.num;
        let moved = self.sql.exec(
            "UPDATE memberships SET last_read_seq = ?1 WHERE num = ?2 AND channel = ?3 AND
                (last_read_seq < ?1 OR ?4 AND last_read_seq > ?1) RETURNING 1",
            &[
                seq.into(),
                num.into(),
                channel.as_str().into(),
                u32::from(marks_unread).into(),
            ],
        )?;
        if moved.is_empty() {
            return Ok(());
        }
        let fact = Fact {
            user: &user,
            body: Body::Read {
                subject: channel,
                last_read_seq: seq,
                unread,
                mentions,
                counted_seq,
            },
            place: Place::Nowhere,
            hint: Hint::None,
        };
        self.record(target, fact, at)?;
        Ok(())
    }

    /// A message of a channel that the user is in names them.
    pub(crate) fn user_mentioned(
        &mut self,
        target: &LogId,
        channel: ChannelId,
        by: &UserId,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        if self.log(target)?.is_none() {
            return Ok(());
        }
        let fact = Fact {
            user: by,
            body: Body::Mentioned {
                subject: channel,
                target: seq,
            },
            place: Place::Nowhere,
            hint: Hint::None,
        };
        self.record(target, fact, at)?;
        Ok(())
    }
}
