//! How many messages came after a read marker.

use protocol::{
    api::Caller,
    call::Effect,
    error::Refusal,
    id::{ChannelId, LogId, UserId},
    message::Seq,
};

use crate::{fault::Fault, io::Moment, log::Log, server::ChannelServer, sql::Sql};

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
        // In a line the quoted id of somebody who is not its author stands in `mentions` alone: quotes in texts are escaped.
        let named = format!("\"{user}\"");
        let rows = self.sql.exec(
            "SELECT count(*), coalesce(sum(named), 0) FROM (
                SELECT instr(line, ?) > 0 AS named FROM events
                WHERE key > ? AND key <= ? AND place = 1 AND user <> ? LIMIT ?)",
            &[
                named.as_str().into(),
                from.into(),
                to.into(),
                user.as_str().into(),
                UNREAD_MAX.into(),
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
        let log = LogId::from(id);
        self.standing(caller, &log)?.member()?;
        let head = self.existing(&log)?.head;
        if seq > head {
            return Err(Refusal::invalid("seq is past the newest event").into());
        }
        let unread = self.unread(&log, &caller.user, seq)?;
        let effect = Effect::Read {
            channel: id.clone(),
            seq,
            unread: unread.messages,
            mentions: unread.mentions,
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
