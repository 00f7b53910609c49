//! Rules of a workspace: its people, its invites, its directory of public channels.

use protocol::{
    api::{Role, Workspace},
    call::{Answer, Effect, WorkspaceOp},
    error::{Code, Refusal},
    event::Body,
    id::{ChannelId, LogId, SessionId, UserId, WorkspaceId},
    link::Hint,
    permission::{WorkspaceAction, may_in_workspace},
};

use crate::{
    fault::Fault,
    io::Moment,
    log::{Place, State},
    member::{role_column, role_of},
    person::{self, Person},
    server::{ChannelServer, Fact},
    sql::Sql,
};

impl<S: Sql> ChannelServer<S> {
    pub(crate) fn workspace_op(
        &mut self,
        id: &WorkspaceId,
        op: WorkspaceOp,
        at: Moment,
    ) -> Result<Answer, Fault> {
        match op {
            WorkspaceOp::Found {
                name,
                user,
                display_name,
                session,
            } => {
                if self.log(&id.into())?.is_some() {
                    return Err(Refusal::new(Code::Conflict, "the workspace exists").into());
                }
                self.create(&id.into(), id, &State::Workspace { name }, at)?;
                self.add_person(id, &user, &display_name, Role::Owner, &session, at)
            }
            WorkspaceOp::CreateInvite {
                user,
                secret,
                max_uses,
                expires_ms,
                role,
            } => {
                let num = self.existing(&id.into())?.num;
                let by = person::find(&self.sql, num, &user)?.ok_or_else(Refusal::not_found)?;
                if !may_in_workspace(WorkspaceAction::Invite, by.role) {
                    return Err(Refusal::new(Code::Forbidden, "guests invite nobody").into());
                }
                self.sql.exec(
                    "INSERT INTO invites (num, secret, uses_left, expires_ms, role) VALUES (?, ?, ?, ?, ?)",
                    &[
                        num.into(),
                        secret.as_str().into(),
                        max_uses.into(),
                        expires_ms.into(),
                        role_column(role).into(),
                    ],
                )?;
                Ok(Answer::Done)
            }
            WorkspaceOp::AcceptInvite {
                secret,
                user,
                display_name,
                session,
            } => {
                let role = self.use_invite(id, &secret, at)?;
                self.add_person(id, &user, &display_name, role, &session, at)
            }
            WorkspaceOp::Person { user } => {
                let num = self.existing(&id.into())?.num;
                let person = person::find(&self.sql, num, &user)?.ok_or_else(Refusal::not_found)?;
                self.person_answer(id, person)
            }
            WorkspaceOp::UpdatePerson { user, update } => self.update_person(id, &user, update, at),
            WorkspaceOp::GiveRole { by, user, role } => self.give_role(id, &by, &user, role, at),
            WorkspaceOp::People { ids } => {
                let num = self.existing(&id.into())?.num;
                let mut users = Vec::new();
                for user in ids {
                    if let Some(person) = person::find(&self.sql, num, &user)? {
                        users.push(person.into());
                    }
                }
                Ok(Answer::People {
                    users,
                    has_more: false,
                })
            }
            WorkspaceOp::PeoplePage {
                after,
                limit,
                prefix,
            } => {
                let num = self.existing(&id.into())?.num;
                let (people, has_more) =
                    person::page(&self.sql, num, after.as_ref(), limit, prefix.as_deref())?;
                Ok(Answer::People {
                    users: people.into_iter().map(Into::into).collect(),
                    has_more,
                })
            }
            WorkspaceOp::Directory { after, limit } => self.directory(id, after.as_ref(), limit),
        }
    }

    fn add_person(
        &mut self,
        id: &WorkspaceId,
        user: &UserId,
        display_name: &str,
        role: Role,
        session: &SessionId,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        let num = self.existing(&log)?.num;
        let person = Person {
            id: user.clone(),
            display_name: display_name.to_owned(),
            title: None,
            role,
        };
        person::save(&self.sql, num, &person)?;
        let fact = Fact {
            user,
            body: Body::UserJoined {
                subject: user.clone(),
                display_name: display_name.to_owned(),
                role: Some(role),
            },
            place: Place::Nowhere,
            hint: Hint::None,
        };
        self.record(&log, fact, at)?;
        let effect = Effect::FoundUser {
            workspace: id.clone(),
            session: session.clone(),
            role,
        };
        self.cause(&log, user.into(), effect, at)?;
        self.person_answer(id, person)
    }

    fn update_person(
        &mut self,
        id: &WorkspaceId,
        user: &UserId,
        update: protocol::api::UpdateMe,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        let num = self.existing(&log)?.num;
        let before = person::find(&self.sql, num, user)?.ok_or_else(Refusal::not_found)?;
        let mut person = before.clone();
        if let Some(display_name) = update.display_name {
            person.display_name = display_name;
        }
        if let Some(title) = update.title {
            person.title = (!title.is_empty()).then_some(title);
        }
        if person != before {
            self.person_changed(&log, user, &person, at)?;
        }
        self.person_answer(id, person)
    }

    /// Stores new facts about a person and tells the workspace.
    fn person_changed(
        &mut self,
        log: &LogId,
        by: &UserId,
        person: &Person,
        at: Moment,
    ) -> Result<(), Fault> {
        let num = self.existing(log)?.num;
        person::save(&self.sql, num, person)?;
        let fact = Fact {
            user: by,
            body: Body::UserUpdated {
                subject: person.id.clone(),
                display_name: person.display_name.clone(),
                title: person.title.clone(),
                role: Some(person.role),
            },
            place: Place::Nowhere,
            hint: Hint::None,
        };
        self.record(log, fact, at)?;
        Ok(())
    }

    /// Gives a person another role; the workspace keeps an owner.
    fn give_role(
        &mut self,
        id: &WorkspaceId,
        by: &UserId,
        user: &UserId,
        role: Role,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        let num = self.existing(&log)?.num;
        let giver = person::find(&self.sql, num, by)?.ok_or_else(Refusal::not_found)?;
        let mut person = person::find(&self.sql, num, user)?.ok_or_else(Refusal::not_found)?;
        let from = person.role;
        if !may_in_workspace(WorkspaceAction::GiveRole { from, to: role }, giver.role) {
            return Err(
                Refusal::new(Code::Forbidden, "this role is not the caller's to give").into(),
            );
        }
        if from == role {
            return self.person_answer(id, person);
        }
        if from == Role::Owner && person::owners(&self.sql, num)? <= 1 {
            return Err(Refusal::new(Code::Conflict, "a workspace has an owner").into());
        }
        person.role = role;
        self.person_changed(&log, by, &person, at)?;
        let effect = Effect::RoleGiven {
            role,
            by: by.clone(),
        };
        self.cause(&log, user.into(), effect, at)?;
        self.person_answer(id, person)
    }

    fn person_answer(&mut self, id: &WorkspaceId, person: Person) -> Result<Answer, Fault> {
        let log = self.existing(&id.into())?;
        let State::Workspace { name } = &log.state else {
            return Err(Refusal::not_found().into());
        };
        Ok(Answer::Person {
            workspace: Workspace {
                id: id.clone(),
                name: name.clone(),
            },
            user: person.into(),
            point: log.point(),
        })
    }

    /// Uses an invite, and gives what it makes of whoever comes by it.
    fn use_invite(&mut self, id: &WorkspaceId, secret: &str, at: Moment) -> Result<Role, Fault> {
        let num = self.existing(&id.into())?.num;
        // Used up and over ones are gone for whoever asks, so they can go from the table too.
        self.sql.exec(
            "DELETE FROM invites WHERE num = ? AND (uses_left <= 0 OR expires_ms <= ?)",
            &[num.into(), at.now_ms.into()],
        )?;
        let rows = self.sql.exec(
            "UPDATE invites SET uses_left = uses_left - 1 WHERE num = ? AND secret = ? RETURNING role",
            &[num.into(), secret.into()],
        )?;
        let row = rows.first().ok_or_else(Refusal::not_found)?;
        Ok(role_of(row.int(0)?))
    }

    /// A public channel is new or changed.
    pub(crate) fn list_channel(
        &mut self,
        target: &LogId,
        channel: &ChannelId,
        by: &UserId,
        name: &str,
        archived: bool,
        at: Moment,
    ) -> Result<(), Fault> {
        let Some(log) = self.log(target)? else {
            return Ok(());
        };
        let num = log.num;
        let before = self.sql.exec(
            "SELECT archived FROM directory WHERE num = ? AND channel = ?",
            &[num.into(), channel.as_str().into()],
        )?;
        let was: Option<u32> = before.first().map(|row| row.int(0)).transpose()?;
        self.sql.exec(
            "INSERT INTO directory (num, channel, name, archived) VALUES (?, ?, ?, ?)
             ON CONFLICT (num, channel) DO UPDATE SET name = excluded.name, archived = excluded.archived",
            &[
                num.into(),
                channel.as_str().into(),
                name.into(),
                u32::from(archived).into(),
            ],
        )?;
        let subject = channel.clone();
        let body = match was {
            None => Body::ChannelCreated {
                subject,
                name: name.to_owned(),
            },
            Some(0) if archived => Body::ChannelArchived { subject },
            Some(_) => return Ok(()),
        };
        let fact = Fact {
            user: by,
            body,
            place: Place::Nowhere,
            hint: Hint::None,
        };
        self.record(target, fact, at)?;
        Ok(())
    }

    fn directory(
        &mut self,
        id: &WorkspaceId,
        after: Option<&ChannelId>,
        limit: u32,
    ) -> Result<Answer, Fault> {
        let num = self.existing(&id.into())?.num;
        let rows = self.sql.exec(
            "SELECT channel FROM directory WHERE num = ? AND channel > ? ORDER BY channel LIMIT ?",
            &[
                num.into(),
                after.map_or("", ChannelId::as_str).into(),
                (limit + 1).into(),
            ],
        )?;
        let has_more = rows.len() > limit as usize;
        let mut channels = Vec::new();
        for row in rows.iter().take(limit as usize) {
            channels.push(
                ChannelId::parse(row.text(0)?)
                    .map_err(|error| crate::sql::SqlError(error.to_string()))?,
            );
        }
        Ok(Answer::Directory { channels, has_more })
    }
}
