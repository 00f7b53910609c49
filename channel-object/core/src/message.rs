//! Sending: once, in order.

use protocol::{
    api::Caller,
    error::{Code, Refusal},
    event::{Body, Message},
    hash::{fnv1a64, mix64},
    id::{ChannelId, LogId},
    line::SendOk,
    link::Hint,
    message::{Draft, Seq},
    permission::Action,
};

use crate::{
    fault::Fault,
    io::Moment,
    ledger::SendRow,
    log::Place,
    server::{ChannelServer, Fact},
    sql::{Sql, SqlError},
};

/// Where what was stored is not durable after so long, in milliseconds, nothing more is sent.
pub const UNSTORED_MAX_MS: u64 = 2_000;

/// Refuses what would only wait for the storage, which does not keep up. Who is refused together does not come back together.
pub fn check_storage(at: Moment) -> Result<(), Refusal> {
    if at.unstored_ms <= UNSTORED_MAX_MS {
        return Ok(());
    }
    let apart = u64::try_from(at.random % u128::from(at.unstored_ms)).unwrap_or(0);
    Err(Refusal::overloaded(at.unstored_ms + apart))
}

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
        check_storage(at)?;
        let log = LogId::from(id);
        let standing = self.standing(caller, &log)?;
        // A repetition is answered even where nothing may be sent any more.
        let open = match standing.may(Action::Send) {
            Err(refusal) if refusal.code != Code::Archived => return Err(refusal.into()),
            open => open,
        };
        let body = fingerprint(&draft);
        // Of what may be sent, storing it tells by itself whether it was before.
        let place = self.place(open, &log, &draft)?;
        let place = place.and_then(|place| self.admit_message(&log, at.now_ms).map(|()| place));
        let place = match place {
            Ok(place) if self.is_first(caller, &log, &draft, &body)? => place,
            other => {
                let before = self.sent_before(caller, &log, &draft, &body)?;
                return before.ok_or_else(|| match other {
                    Ok(_) => SqlError("a message is stored and is not".to_owned()).into(),
                    Err(refusal) => refusal.into(),
                });
            }
        };
        let mentions = draft.text.mentions();
        let message = Message {
            mentions: mentions.users.clone(),
            everyone: mentions.everyone,
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
        let epoch = self.existing(&log)?.epoch.clone();
        if let Some(root) = draft.thread {
            self.count_reply(&log, root, &caller.user, at)?;
        }
        let counts = !matches!(place, Place::Thread(_));
        for user in self.note_mentions(&log, &caller.user, &mentions, seq, counts)? {
            self.tell_mentioned(caller, id, &user, seq, at)?;
        }
        Ok(SendOk {
            seq,
            at: at.now_ms,
            epoch,
            duplicate: false,
        })
    }

    /// Where a message is to stand, or why it may not be sent.
    fn place(
        &mut self,
        open: Result<(), Refusal>,
        log: &LogId,
        draft: &Draft,
    ) -> Result<Result<Place, Refusal>, Fault> {
        if let Err(refusal) = open {
            return Ok(Err(refusal));
        }
        let Some(root) = draft.thread else {
            return Ok(Ok(Place::Channel));
        };
        match self.thread_root(log, root) {
            Ok(()) if draft.also_to_channel => Ok(Ok(Place::Both(root))),
            Ok(()) => Ok(Ok(Place::Thread(root))),
            Err(Fault::Refused(refusal)) => Ok(Err(refusal)),
            Err(fault) => Err(fault),
        }
    }

    /// Takes note of a message as the next one of its log, unless it was sent before; whether it was not.
    fn is_first(
        &mut self,
        caller: &Caller,
        log: &LogId,
        draft: &Draft,
        body: &str,
    ) -> Result<bool, Fault> {
        let stored = self.existing(log)?;
        let row = SendRow {
            key: (
                stored.num,
                caller.user.clone(),
                draft.client_message_id.clone(),
            ),
            seq: stored.head + 1,
            body: body.to_owned(),
        };
        Ok(self.sql.send(row)?)
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
        let key = (num, caller.user.clone(), draft.client_message_id.clone());
        if self.sql.is_unsent(&key) {
            return Ok(None);
        }
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

    /// Refuses what cannot be the root of a thread: it has to be a message that stands in the channel by itself, and
    /// one that is deleted has to have replies.
    fn thread_root(&mut self, log: &LogId, root: Seq) -> Result<(), Fault> {
        let stored = self.existing(log)?;
        if root > stored.head {
            return Err(Refusal::not_found().into());
        }
        let key = stored.key(root);
        let rows = self.sql.exec(
            "SELECT 1 FROM events WHERE key = ? AND thread IS NULL AND
                (place = 1 OR place = 3 AND EXISTS (SELECT 1 FROM threads WHERE root = key))",
            &[key.into()],
        )?;
        if rows.is_empty() {
            return Err(Refusal::not_found().into());
        }
        Ok(())
    }
}
