//! Sending: once, in order.

use protocol::{
    api::Caller,
    call::Effect,
    error::{Code, Refusal},
    event::{Body, Message},
    hash::{fnv1a64, mix64},
    id::{ChannelId, LogId, UserId},
    line::SendOk,
    link::Hint,
    message::{Draft, Seq},
};

use crate::{
    fault::Fault,
    io::Moment,
    log::Place,
    server::{ChannelServer, Fact},
    sql::Sql,
};

/// A fingerprint of what was sent under a `client_message_id`, to tell a repetition from a conflict.
fn fingerprint(draft: &Draft) -> String {
    let thread = draft.thread.unwrap_or(0);
    let mut body = Vec::with_capacity(draft.text.as_str().len() + 9);
    body.extend_from_slice(&thread.to_le_bytes());
    body.push(draft.also_to_channel.into());
    body.extend_from_slice(draft.text.as_str().as_bytes());
    format!("{:016x}", mix64(fnv1a64(&body)))
}

impl<S: Sql> ChannelServer<S> {
    /// Stores a message and sends it to all subscribers, or says where it is stored already.
    pub(crate) fn send(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        draft: Draft,
        at: Moment,
    ) -> Result<SendOk, Fault> {
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        standing.member()?;
        let body = fingerprint(&draft);
        if let Some(sent) = self.sent_before(caller, &log, &draft, &body)? {
            return Ok(sent);
        }
        standing.open()?;
        let place = match draft.thread {
            None => Place::Channel,
            Some(root) => {
                self.thread_root(&log, root)?;
                if draft.also_to_channel {
                    Place::Both(root)
                } else {
                    Place::Thread(root)
                }
            }
        };
        let mentions = draft.text.mentions();
        let message = Message {
            mentions: mentions.clone(),
            text: Some(draft.text.into()),
            client_message_id: Some(draft.client_message_id.clone()),
            thread: draft.thread,
            also_to_channel: draft.also_to_channel,
            deleted: false,
        };
        let fact = Fact {
            user: &caller.user,
            body: Body::Message(message),
            place,
            hint: Hint::None,
        };
        let seq = self.record(&log, fact, at)?;
        let stored = self.existing(&log)?;
        let (num, epoch) = (stored.num, stored.epoch.clone());
        self.sql.exec(
            "INSERT INTO sends (num, user, client_message_id, seq, body) VALUES (?, ?, ?, ?, ?)",
            &[
                num.into(),
                caller.user.as_str().into(),
                draft.client_message_id.as_str().into(),
                seq.into(),
                body.as_str().into(),
            ],
        )?;
        self.tell_mentioned(caller, id, &mentions, seq, at)?;
        Ok(SendOk {
            seq,
            at: at.now_ms,
            epoch,
            duplicate: false,
        })
    }

    /// Tells the members whom a message names, but for its author; others may not know of it.
    fn tell_mentioned(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        mentions: &[UserId],
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        let log = LogId::from(id);
        for user in mentions {
            if *user == caller.user || self.role(&log, user)?.is_none() {
                continue;
            }
            let effect = Effect::Mentioned {
                channel: id.clone(),
                by: caller.user.clone(),
                seq,
            };
            self.cause(&log, user.into(), effect, at)?;
        }
        Ok(())
    }

    fn sent_before(
        &mut self,
        caller: &Caller,
        log: &LogId,
        draft: &Draft,
        body: &str,
    ) -> Result<Option<SendOk>, Fault> {
        let stored = self.existing(log)?;
        let (num, epoch) = (stored.num, stored.epoch.clone());
        let rows = self.sql.exec(
            "SELECT s.seq, s.body, e.at FROM sends s JOIN events e ON e.key = s.num << 32 | s.seq
             WHERE s.num = ? AND s.user = ? AND s.client_message_id = ?",
            &[
                num.into(),
                caller.user.as_str().into(),
                draft.client_message_id.as_str().into(),
            ],
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        if row.text(1)? != body {
            return Err(
                Refusal::new(Code::Conflict, "another message has this client_message_id").into(),
            );
        }
        Ok(Some(SendOk {
            seq: row.int(0)?,
            at: row.int(2)?,
            epoch,
            duplicate: true,
        }))
    }

    /// Refuses what cannot be the root of a thread: it has to be a message that stands in the channel by itself.
    fn thread_root(&mut self, log: &LogId, root: Seq) -> Result<(), Fault> {
        let stored = self.existing(log)?;
        if root > stored.head {
            return Err(Refusal::not_found().into());
        }
        let key = stored.key(root);
        let rows = self.sql.exec(
            "SELECT 1 FROM events WHERE key = ? AND place = 1 AND thread IS NULL",
            &[key.into()],
        )?;
        if rows.is_empty() {
            return Err(Refusal::not_found().into());
        }
        Ok(())
    }
}
