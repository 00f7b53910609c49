//! How many messages came after a read marker.

use protocol::{
    api::Caller,
    call::Effect,
    error::Refusal,
    id::{ChannelId, LogId, UserId},
    message::Seq,
    permission::Action,
};

use crate::{
    fault::Fault, io::Moment, log::Log, mention::EVERYONE, server::ChannelServer, sql::Sql,
};

/// Messages are counted up to here; more are as good as this many.
const UNREAD_MAX: u32 = 1_000;

/// The others' messages in a channel, outside threads or also sent to it, after a read marker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// How many, at most [`UNREAD_MAX`].
    pub messages: u32,
    /// How many of these name the user.
    pub mentions: u32,
}

impl<S: Sql> ChannelServer<S> {
    /// What a user has not read after `seq`.
    pub(crate) fn unread(&mut self, id: &LogId, user: &UserId, seq: Seq) -> Result<Unread, Fault> {
        let log = self.existing(id)?;
        let (from, to) = (log.key(seq), log.key(log.head));
        if from >= to {
            return Ok(Unread::default());
        }
        let num = log.num;
        let rows = self.sql.exec(
            "SELECT
                (SELECT count(*) FROM (SELECT 1 FROM events WHERE key > ?1 AND key <= ?2 AND place = 1 AND user <> ?3 LIMIT ?4)),
                (SELECT count(*) FROM (SELECT DISTINCT seq FROM mentions
                    WHERE num = ?5 AND user IN (?3, ?6) AND seq > ?7 AND author <> ?3 LIMIT ?4))",
            &[
                from.into(),
                to.into(),
                user.as_str().into(),
                UNREAD_MAX.into(),
                num.into(),
                EVERYONE.into(),
                seq.into(),
            ],
        )?;
        match rows.first() {
            Some(row) => Ok(Unread {
                messages: row.int(0)?,
                mentions: row.int(1)?,
            }),
            None => Ok(Unread::default()),
        }
    }

    /// A member has read a channel up to `seq`.
    pub(crate) fn read(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        self.mark(caller, id, seq, seq, false, at)
    }

    /// To a member everything from `seq` on is unread.
    pub(crate) fn mark_unread(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        self.mark(caller, id, seq, seq.saturating_sub(1), true, at)
    }

    /// Tells the user's own log how far they have read, and what that leaves.
    fn mark(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        named: Seq,
        last_read: Seq,
        marks_unread: bool,
        at: Moment,
    ) -> Result<(), Fault> {
        let log = LogId::from(id);
        self.standing(caller, &log)?.may(Action::MarkRead)?;
        let head = self.existing(&log)?.head;
        if named > head {
            return Err(Refusal::invalid("seq is past the newest event").into());
        }
        let unread = self.unread(&log, &caller.user, last_read)?;
        let effect = Effect::Read {
            channel: id.clone(),
            seq: last_read,
            unread: unread.messages,
            mentions: unread.mentions,
            counted_seq: head,
            marks_unread,
        };
        self.cause(&log, (&caller.user).into(), effect, at)
    }
}

impl Log {
    /// The bounds of all keys of this log, both exclusive.
    pub fn bounds(&self) -> (u64, u64) {
        (self.key(0), self.key(u64::from(u32::MAX)))
    }
}
