//! Changing what is stored: editing, deleting, reacting.
//!
//! A message's row keeps the event as it was sent, with what it says now in `amendments`. Deleting takes what it said out of every
//! row, so that neither a page nor a resume gives it out again.

use protocol::{
    api::Caller,
    error::Refusal,
    event::{Body, Deletion, Edit, Event, Message},
    id::{ChannelId, LogId, UserId},
    line::ChangeOk,
    link::Hint,
    message::{Mentions, Seq, Text},
    permission::Action,
};

use crate::{
    fault::Fault,
    io::Moment,
    log::{Log, Place},
    member::Standing,
    message::check_storage,
    server::{ChannelServer, Fact},
    sql::{Sql, SqlError},
};

/// A message that is stored and not deleted.
pub struct Target {
    /// Its key.
    pub key: u64,
    /// Who wrote it.
    author: UserId,
    /// What it was when it was sent.
    sent: Event,
    /// What it says now.
    text: String,
    /// Whom it names now.
    mentions: Mentions,
    /// The event that last changed its text.
    edited_seq: Option<Seq>,
    /// The root where it is a reply.
    thread: Option<Seq>,
    also_to_channel: bool,
}

impl Target {
    /// Whether it stands in the channel itself.
    pub fn counts(&self) -> bool {
        self.thread.is_none() || self.also_to_channel
    }
}

/// What somebody wants of a message of their own, and of one of somebody else.
struct Wish {
    own: Action,
    others: Action,
}

impl<S: Sql> ChannelServer<S> {
    /// Gives the caller's message another text.
    pub(crate) fn edit(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        seq: Seq,
        text: &Text,
        at: Moment,
    ) -> Result<ChangeOk, Fault> {
        check_storage(at)?;
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        let wish = Wish {
            own: Action::EditOwn,
            others: Action::EditOthers,
        };
        let target = self.target(caller, &standing, &log, seq, &wish)?;
        if target.text == text.as_str() {
            return Ok(ChangeOk {
                seq: target.edited_seq.unwrap_or(seq),
                duplicate: true,
            });
        }
        self.admit_message(&log, at.now_ms)?;
        let mentions = text.mentions();
        let edit = Edit {
            target: seq,
            text: Some(text.as_str().to_owned()),
            mentions: mentions.users.clone(),
            everyone: mentions.everyone,
            mentions_before: target.mentions.users.clone(),
            everyone_before: target.mentions.everyone,
            thread: target.thread,
            also_to_channel: target.also_to_channel,
            deleted: false,
        };
        let event = self.change(caller, &log, Body::MessageEdited(edit), Hint::None, at)?;
        let event_key = self.existing(&log)?.key(event);
        self.sql.exec(
            "INSERT INTO edits (target, key) VALUES (?, ?)",
            &[target.key.into(), event_key.into()],
        )?;
        self.sql.exec(
            "INSERT INTO amendments (key, text, mentions, everyone, edited_at, edited_seq) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (key) DO UPDATE SET text = excluded.text, mentions = excluded.mentions, everyone = excluded.everyone,
             edited_at = excluded.edited_at, edited_seq = excluded.edited_seq",
            &[
                target.key.into(),
                text.as_str().into(),
                serde_json::to_string(&mentions.users)?.as_str().into(),
                u32::from(mentions.everyone).into(),
                at.now_ms.into(),
                event.into(),
            ],
        )?;
        self.forget_mentions(&log, seq)?;
        let named = self.note_mentions(&log, &target.author, &mentions, seq, target.counts())?;
        for user in named {
            if !target.mentions.users.contains(&user) {
                self.tell_mentioned(caller, id, &user, seq, at)?;
            }
        }
        Ok(ChangeOk {
            seq: event,
            duplicate: false,
        })
    }

    /// Takes from a message what it says, for good.
    pub(crate) fn delete(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        seq: Seq,
        at: Moment,
    ) -> Result<ChangeOk, Fault> {
        check_storage(at)?;
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        if let Some(before) = self.deleted_before(caller, &standing, &log, seq)? {
            return Ok(before);
        }
        let wish = Wish {
            own: Action::DeleteOwn,
            others: Action::DeleteOthers,
        };
        let target = self.target(caller, &standing, &log, seq, &wish)?;
        self.admit_message(&log, at.now_ms)?;
        self.blank(&target)?;
        self.forget_mentions(&log, seq)?;
        let deletion = Deletion {
            target: seq,
            subject: (target.author != caller.user).then(|| target.author.clone()),
            mentions_before: target.mentions.users.clone(),
            everyone_before: target.mentions.everyone,
            thread: target.thread,
            also_to_channel: target.also_to_channel,
        };
        let body = Body::MessageDeleted(deletion);
        let event = self.change(caller, &log, body, Hint::Deleted, at)?;
        self.sql.exec(
            "INSERT INTO amendments (key, mentions, everyone, deleted_seq) VALUES (?, '[]', 0, ?)
             ON CONFLICT (key) DO UPDATE SET text = NULL, mentions = '[]', everyone = 0, edited_at = NULL,
             deleted_seq = excluded.deleted_seq",
            &[target.key.into(), event.into()],
        )?;
        if let Some(root) = target.thread {
            self.recount_replies(&log, root)?;
        }
        Ok(ChangeOk {
            seq: event,
            duplicate: false,
        })
    }

    /// Takes what a message said out of its row and those of its edits.
    fn blank(&mut self, target: &Target) -> Result<(), Fault> {
        let Body::Message(sent) = &target.sent.body else {
            return Err(SqlError("a message is none".to_owned()).into());
        };
        // Whom it named stays: whoever counts events has counted it.
        let body = Message {
            text: None,
            client_message_id: None,
            deleted: true,
            ..sent.clone()
        };
        let blank = Event {
            body: Body::Message(body),
            ..target.sent.clone()
        };
        self.sql.exec(
            "UPDATE events SET place = place + 2, line = ? WHERE key = ?",
            &[blank.to_line().as_str().into(), target.key.into()],
        )?;
        let edits = self.sql.exec(
            "SELECT e.key, e.line FROM edits d JOIN events e ON e.key = d.key WHERE d.target = ?",
            &[target.key.into()],
        )?;
        for row in &edits {
            let key: u64 = row.int(0)?;
            let mut blank: Event = serde_json::from_str(row.text(1)?)?;
            if let Body::MessageEdited(edit) = &mut blank.body {
                edit.text = None;
                edit.deleted = true;
            }
            self.sql.exec(
                "UPDATE events SET line = ? WHERE key = ?",
                &[blank.to_line().as_str().into(), key.into()],
            )?;
        }
        for statement in [
            "DELETE FROM edits WHERE target = ?",
            "DELETE FROM reactions WHERE key = ?",
        ] {
            self.sql.exec(statement, &[target.key.into()])?;
        }
        Ok(())
    }

    /// Where a message was deleted before, for whoever may know of it.
    fn deleted_before(
        &mut self,
        caller: &Caller,
        standing: &Standing,
        log: &LogId,
        seq: Seq,
    ) -> Result<Option<ChangeOk>, Fault> {
        let key = self.key_of(log, seq)?;
        let rows = self.sql.exec(
            "SELECT a.deleted_seq, e.user FROM amendments a JOIN events e ON e.key = a.key
             WHERE a.key = ? AND a.deleted_seq IS NOT NULL",
            &[key.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        standing.may(if row.text(1)? == caller.user.as_str() {
            Action::DeleteOwn
        } else {
            Action::DeleteOthers
        })?;
        Ok(Some(ChangeOk {
            seq: row.int(0)?,
            duplicate: true,
        }))
    }

    /// The message `seq`, where the caller may do with it what they wish.
    fn target(
        &mut self,
        caller: &Caller,
        standing: &Standing,
        log: &LogId,
        seq: Seq,
        wish: &Wish,
    ) -> Result<Target, Fault> {
        let Some(target) = self.find_target(log, seq)? else {
            standing.may(wish.own)?;
            return Err(Refusal::not_found().into());
        };
        standing.may(if target.author == caller.user {
            wish.own
        } else {
            wish.others
        })?;
        Ok(target)
    }

    fn find_target(&mut self, log: &LogId, seq: Seq) -> Result<Option<Target>, Fault> {
        let key = self.key_of(log, seq)?;
        let rows = self.sql.exec(
            "SELECT e.line, e.thread, a.text, a.mentions, a.everyone, a.edited_seq
             FROM events e LEFT JOIN amendments a ON a.key = e.key WHERE e.key = ? AND e.place IN (1, 2)",
            &[key.into()],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let sent: Event = serde_json::from_str(row.text(0)?)?;
        let Body::Message(body) = &sent.body else {
            return Err(SqlError("a message is none".to_owned()).into());
        };
        let thread: Option<u64> = row.opt_int(1)?;
        let (text, mentions) = if let Some(text) = row.opt_text(2)? {
            let mentions = Mentions {
                users: serde_json::from_str(row.text(3)?)?,
                everyone: row.int::<u32>(4)? > 0,
            };
            (text.to_owned(), mentions)
        } else {
            let mentions = Mentions {
                users: body.mentions.clone(),
                everyone: body.everyone,
            };
            (body.text.clone().unwrap_or_default(), mentions)
        };
        Ok(Some(Target {
            key,
            author: sent.user.clone(),
            text,
            mentions,
            edited_seq: row.opt_int(5)?,
            thread: thread.map(Log::seq),
            also_to_channel: body.also_to_channel,
            sent,
        }))
    }

    /// The key of an event, which need not exist.
    fn key_of(&mut self, log: &LogId, seq: Seq) -> Result<u64, Fault> {
        let log = self.existing(log)?;
        // Past the end there is nothing, nor does it reach into another log.
        if seq > log.head {
            return Err(Refusal::not_found().into());
        }
        Ok(log.key(seq))
    }

    /// Records that the caller changed a message.
    fn change(
        &mut self,
        caller: &Caller,
        log: &LogId,
        body: Body,
        hint: Hint<'_>,
        at: Moment,
    ) -> Result<Seq, Fault> {
        let fact = Fact {
            user: &caller.user,
            body,
            place: Place::Nowhere,
            hint,
        };
        self.record(log, fact, at)
    }
}
