//! Whom messages name: kept for counting what is unread, told to whom they name.

use protocol::{
    api::Caller,
    call::Effect,
    id::{ChannelId, LogId, UserId},
    message::{Mentions, Seq},
};

use crate::{fault::Fault, io::Moment, server::ChannelServer, sql::Sql};

/// Stands for everybody in the column `user`; ids of users begin with `U`.
pub const EVERYONE: &str = "!";

impl<S: Sql> ChannelServer<S> {
    /// Gives the members among those whom a message names, but for its author; others may not know of it. Where the message
    /// stands in the channel all whom it names are kept, as they may join later, and so is that it names everybody.
    pub(crate) fn note_mentions(
        &mut self,
        log: &LogId,
        author: &UserId,
        mentions: &Mentions,
        seq: Seq,
        counts: bool,
    ) -> Result<Vec<UserId>, Fault> {
        let num = self.existing(log)?.num;
        let named: Vec<&UserId> = mentions
            .users
            .iter()
            .filter(|user| *user != author)
            .collect();
        let mut members = Vec::new();
        for user in &named {
            if self.role(log, user)?.is_some() {
                members.push((*user).clone());
            }
        }
        let named = named.into_iter().map(UserId::as_str);
        for user in named.chain(mentions.everyone.then_some(EVERYONE)) {
            if counts {
                self.sql.exec(
                    "INSERT INTO mentions (num, user, seq, author) VALUES (?, ?, ?, ?)",
                    &[num.into(), user.into(), seq.into(), author.as_str().into()],
                )?;
            }
        }
        Ok(members)
    }

    /// A message names nobody any more.
    pub(crate) fn forget_mentions(&mut self, log: &LogId, seq: Seq) -> Result<(), Fault> {
        let num = self.existing(log)?.num;
        self.sql.exec(
            "DELETE FROM mentions WHERE num = ? AND seq = ?",
            &[num.into(), seq.into()],
        )?;
        Ok(())
    }

    /// Tells somebody that a message names them.
    pub(crate) fn tell_mentioned(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        user: &UserId,
        seq: Seq,
        at: Moment,
    ) -> Result<(), Fault> {
        let effect = Effect::Mentioned {
            channel: id.clone(),
            by: caller.user.clone(),
            seq,
        };
        self.cause(&id.into(), user.into(), effect, at)
    }
}
