//! Rules of channels and directs: making, changing, joining and leaving them, and how they look.

use protocol::{
    api::{BootChannel, Caller, Channel, ChannelKind, Role, UpdateChannel},
    call::{Answer, ChannelCall, Effect},
    error::{Code, Refusal},
    event::{Body, Event},
    id::{ChannelId, LogId, UserId},
    link::Hint,
    message::Seq,
    permission::{Action, WorkspaceAction, may_in_workspace},
};

use crate::{
    fault::Fault,
    io::Moment,
    log::{ChannelState, Place, State},
    server::{ChannelServer, Fact},
    sql::Sql,
};

impl<S: Sql> ChannelServer<S> {
    pub(crate) fn channel_call(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        op: ChannelCall,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        match op {
            ChannelCall::Create {
                name,
                kind,
                topic,
                members,
            } => {
                let state = ChannelState {
                    kind,
                    name,
                    topic,
                    archived: false,
                };
                self.create_channel(caller, id, state, members, at)
            }
            ChannelCall::Update(update) => self.update_channel(caller, id, update, at),
            ChannelCall::Join => {
                let standing = self.standing(caller, &log)?;
                if standing.membership.is_none() {
                    standing.may(Action::Join)?;
                    self.let_in(id, &caller.user, Role::Member, &caller.user, at)?;
                }
                self.channel_answer(caller, id, false)
            }
            ChannelCall::Leave => {
                self.standing(caller, &log)?.may(Action::Leave)?;
                let view = self.view(caller, id)?;
                self.put_out(id, &caller.user, &caller.user, at)?;
                Ok(Answer::Channel {
                    channel: Channel {
                        member: false,
                        member_count: view.member_count.saturating_sub(1),
                        seq: view.seq + 1,
                        ..view
                    },
                    created: false,
                })
            }
            ChannelCall::Add { user } => {
                self.standing(caller, &log)?.may(Action::AddMember)?;
                if self.role(&log, &user)?.is_none() {
                    self.let_in(id, &user, Role::Member, &caller.user, at)?;
                }
                self.channel_answer(caller, id, false)
            }
            ChannelCall::Remove { user } => {
                self.standing(caller, &log)?.may(Action::RemoveMember)?;
                self.role(&log, &user)?.ok_or_else(Refusal::not_found)?;
                self.put_out(id, &user, &caller.user, at)?;
                Ok(Answer::Done)
            }
            ChannelCall::Send(draft) => Ok(Answer::Sent(self.send(caller, id, draft, at)?)),
            ChannelCall::History(query) => Ok(Answer::Page(self.history(caller, id, query)?)),
            ChannelCall::Members { after, limit } => {
                self.standing(caller, &log)?;
                let (members, has_more) = self.members_page(&log, after.as_ref(), limit)?;
                Ok(Answer::Members { members, has_more })
            }
        }
    }

    fn create_channel(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        state: ChannelState,
        members: Vec<UserId>,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        if self.log(&log)?.is_some() {
            // A direct is found by its people, and nobody else has its id.
            let standing = self.standing(caller, &log)?;
            standing.membership.ok_or_else(Refusal::not_a_member)?;
            return self.channel_answer(caller, id, false);
        }
        let is_direct = state.kind == ChannelKind::Direct;
        if !is_direct && !may_in_workspace(WorkspaceAction::CreateChannel, caller.role) {
            return Err(Refusal::new(Code::Forbidden, "guests make no channels").into());
        }
        let founder = if is_direct { Role::Member } else { Role::Owner };
        self.create(&log, &caller.workspace, &State::Channel(state), at)?;
        self.let_in(id, &caller.user, founder, &caller.user, at)?;
        for user in members {
            if self.role(&log, &user)?.is_none() {
                self.let_in(id, &user, Role::Member, &caller.user, at)?;
            }
        }
        self.tell_directory(caller, id, at)?;
        self.channel_answer(caller, id, true)
    }

    fn update_channel(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        update: UpdateChannel,
        at: Moment,
    ) -> Result<Answer, Fault> {
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        // What is archived is brought back before it is changed, or with that; to archive it once more is no change.
        let archives = match update.archived {
            Some(true) => update.name.is_none() && update.topic.is_none(),
            Some(false) => true,
            None => false,
        };
        standing.may(if archives {
            Action::Archive
        } else {
            Action::Update
        })?;
        let mut state = standing.channel.clone();
        if let Some(name) = &update.name {
            state.name = Some(name.clone());
        }
        if let Some(topic) = &update.topic {
            state.topic = (!topic.is_empty()).then(|| topic.clone());
        }
        if let Some(archived) = update.archived {
            state.archived = archived;
        }
        if state != standing.channel {
            let stored = self.existing(&log)?;
            stored.state = State::Channel(state);
            if let Some(stored) = self.logs.find(&log) {
                stored.save_state(&self.sql)?;
            }
            let fact = Fact {
                user: &caller.user,
                body: Body::ChannelUpdated {
                    name: update.name,
                    topic: update.topic,
                    archived: update.archived,
                },
                place: Place::Nowhere,
                hint: Hint::None,
            };
            self.record(&log, fact, at)?;
            self.tell_directory(caller, id, at)?;
        }
        self.channel_answer(caller, id, false)
    }

    /// Tells the workspace how a public channel looks now.
    fn tell_directory(&mut self, caller: &Caller, id: &ChannelId, at: Moment) -> Result<(), Fault> {
        let log = LogId::from(id);
        let Some(state) = self.existing(&log)?.channel().cloned() else {
            return Ok(());
        };
        if state.kind != ChannelKind::Public {
            return Ok(());
        }
        let effect = Effect::PublicChannel {
            channel: id.clone(),
            by: caller.user.clone(),
            name: state.name.unwrap_or_default(),
            archived: state.archived,
        };
        self.cause(&log, (&caller.workspace).into(), effect, at)
    }

    /// Lets a user in who is not: the channel says so, then the user's own log.
    fn let_in(
        &mut self,
        id: &ChannelId,
        user: &UserId,
        role: Role,
        by: &UserId,
        at: Moment,
    ) -> Result<(), Fault> {
        let log = LogId::from(id);
        self.insert_member(&log, user, role)?;
        let fact = Fact {
            user: by,
            body: Body::MemberJoined {
                subject: user.clone(),
            },
            place: Place::Nowhere,
            hint: Hint::None,
        };
        let seq = self.record(&log, fact, at)?;
        let effect = Effect::Joined {
            channel: id.clone(),
            by: by.clone(),
            seq,
            workspace: Some(self.existing(&log)?.workspace.clone()),
        };
        self.cause(&log, user.into(), effect, at)
    }

    /// Puts a member out. Neither the event that says so nor a later one reaches them.
    fn put_out(
        &mut self,
        id: &ChannelId,
        user: &UserId,
        by: &UserId,
        at: Moment,
    ) -> Result<(), Fault> {
        let log = LogId::from(id);
        self.delete_member(&log, user)?;
        self.cut_sockets(&log, user);
        let fact = Fact {
            user: by,
            body: Body::MemberLeft {
                subject: user.clone(),
            },
            place: Place::Nowhere,
            hint: Hint::Cut(user.as_str()),
        };
        self.record(&log, fact, at)?;
        let effect = Effect::Left {
            channel: id.clone(),
            by: by.clone(),
        };
        self.cause(&log, user.into(), effect, at)
    }

    /// "I am writing": to everybody who listens, stored nowhere.
    pub(crate) fn typing(&mut self, caller: &Caller, id: &ChannelId) -> Result<(), Fault> {
        let log = LogId::from(id);
        self.standing(caller, &log)?.may(Action::Send)?;
        let event = Event {
            channel: log.clone(),
            seq: None,
            at: None,
            user: caller.user.clone(),
            body: Body::Typing,
        };
        self.broadcast(&log, 0, Hint::None, &event.to_line());
        Ok(())
    }

    fn channel_answer(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        created: bool,
    ) -> Result<Answer, Fault> {
        Ok(Answer::Channel {
            channel: self.view(caller, id)?,
            created,
        })
    }

    /// The channel as the caller sees it.
    fn view(&mut self, caller: &Caller, id: &ChannelId) -> Result<Channel, Fault> {
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        let members = match standing.channel.kind {
            ChannelKind::Direct => Some(self.people_of_direct(id)?),
            ChannelKind::Public | ChannelKind::Private => None,
        };
        let member_count = self.member_count(&log)?;
        let stored = self.existing(&log)?;
        Ok(Channel {
            id: id.clone(),
            name: standing.channel.name,
            kind: standing.channel.kind,
            topic: standing.channel.topic,
            archived: standing.channel.archived,
            member: standing.membership.is_some(),
            member_count,
            members,
            epoch: stored.epoch.clone(),
            seq: stored.head,
        })
    }

    /// How channels look to the caller, with what is unread; without those that the caller may not know of.
    pub(crate) fn views(
        &mut self,
        caller: &Caller,
        channels: &[(ChannelId, Seq)],
    ) -> Result<Answer, Fault> {
        let mut views = Vec::with_capacity(channels.len());
        for (id, last_read_seq) in channels {
            let channel = match self.view(caller, id) {
                Ok(channel) => channel,
                Err(Fault::Refused(_)) => continue,
                Err(fault) => return Err(fault),
            };
            let unread = if channel.member {
                self.unread(&id.into(), &caller.user, *last_read_seq)?
            } else {
                crate::unread::Unread::default()
            };
            views.push(BootChannel {
                channel,
                last_read_seq: *last_read_seq,
                unread: unread.messages,
                mentions: unread.mentions,
            });
        }
        Ok(Answer::Views { channels: views })
    }
}
