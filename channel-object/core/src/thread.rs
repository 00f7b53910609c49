//! What stands at the root of a thread: how many replied, who and when.

use protocol::{
    id::{LogId, UserId},
    limits::REPLY_USERS_MAX,
    message::Seq,
};

use crate::{fault::Fault, io::Moment, server::ChannelServer, sql::Sql};

impl<S: Sql> ChannelServer<S> {
    /// A reply has come.
    pub(crate) fn count_reply(
        &mut self,
        log: &LogId,
        root: Seq,
        by: &UserId,
        at: Moment,
    ) -> Result<(), Fault> {
        let key = self.existing(log)?.key(root);
        let rows = self
            .sql
            .exec("SELECT users FROM threads WHERE root = ?", &[key.into()])?;
        let mut users: Vec<UserId> = match rows.first() {
            Some(row) => serde_json::from_str(row.text(0)?)?,
            None => Vec::new(),
        };
        users.retain(|user| user != by);
        users.insert(0, by.clone());
        users.truncate(REPLY_USERS_MAX);
        self.sql.exec(
            "INSERT INTO threads (root, replies, last_at, users) VALUES (?, 1, ?, ?)
             ON CONFLICT (root) DO UPDATE SET replies = replies + 1, last_at = excluded.last_at, users = excluded.users",
            &[
                key.into(),
                at.now_ms.into(),
                serde_json::to_string(&users)?.as_str().into(),
            ],
        )?;
        Ok(())
    }

    /// A reply is gone: the rest is counted anew.
    pub(crate) fn recount_replies(&mut self, log: &LogId, root: Seq) -> Result<(), Fault> {
        let key = self.existing(log)?.key(root);
        let users = self.sql.exec(
            "SELECT user FROM events WHERE thread = ? AND place IN (1, 2) GROUP BY user ORDER BY max(key) DESC LIMIT ?",
            &[key.into(), u64::try_from(REPLY_USERS_MAX).unwrap_or(0).into()],
        )?;
        let users: Vec<&str> = users
            .iter()
            .map(|row| row.text(0))
            .collect::<Result<_, _>>()?;
        if users.is_empty() {
            self.sql
                .exec("DELETE FROM threads WHERE root = ?", &[key.into()])?;
            return Ok(());
        }
        self.sql.exec(
            "UPDATE threads SET users = ?2, (replies, last_at) =
                (SELECT count(*), max(at) FROM events WHERE thread = ?1 AND place IN (1, 2)) WHERE root = ?1",
            &[key.into(), serde_json::to_string(&users)?.as_str().into()],
        )?;
        Ok(())
    }
}
