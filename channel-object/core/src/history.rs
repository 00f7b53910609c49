//! Pages of messages as they are now.

use protocol::{
    api::Caller,
    event::Event,
    history::{Anchor, Message, Page, Query},
    id::{ChannelId, LogId, UserId},
    message::Seq,
};

use crate::{
    fault::Fault,
    log::Log,
    reaction,
    server::ChannelServer,
    sql::{Param, Row, Sql, SqlError},
};

/// What stands in the channel itself.
const CHANNEL_BEFORE: &str = "SELECT key, line FROM events WHERE key < ?1 AND key > ?2 AND place IN (1, 3) ORDER BY key DESC LIMIT ?3";
const CHANNEL_AFTER: &str = "SELECT key, line FROM events WHERE key > ?1 AND key < ?2 AND place IN (1, 3) ORDER BY key ASC LIMIT ?3";
/// A root and its replies.
const THREAD_BEFORE: &str =
    "SELECT key, line FROM events WHERE key < ?1 AND key > ?2 AND (key = ?4 OR thread = ?4)
     AND place > 0 ORDER BY key DESC LIMIT ?3";
const THREAD_AFTER: &str =
    "SELECT key, line FROM events WHERE key > ?1 AND key < ?2 AND (key = ?4 OR thread = ?4)
     AND place > 0 ORDER BY key ASC LIMIT ?3";

/// Which way is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

/// What can be read of one log, or of one thread in it. Keys are bounds, exclusive.
struct Reader<'a, S> {
    sql: &'a S,
    lowest: u64,
    highest: u64,
    thread: Option<u64>,
}

impl<S: Sql> Reader<'_, S> {
    /// Up to `limit` messages from `key` on, nearest first, and whether there are more.
    fn read(&self, way: Way, key: u64, limit: u32) -> Result<(Vec<Message>, bool), Fault> {
        let (statement, end) = match (way, self.thread) {
            (Way::Back, None) => (CHANNEL_BEFORE, self.lowest),
            (Way::Forth, None) => (CHANNEL_AFTER, self.highest),
            (Way::Back, Some(_)) => (THREAD_BEFORE, self.lowest),
            (Way::Forth, Some(_)) => (THREAD_AFTER, self.highest),
        };
        let mut params = vec![key.into(), end.into(), (limit + 1).into()];
        params.extend(self.thread.map(Param::from));
        let rows = self.sql.exec(statement, &params)?;
        let has_more = rows.len() > limit as usize;
        let messages = rows
            .iter()
            .take(limit as usize)
            .map(message)
            .collect::<Result<_, _>>()?;
        Ok((messages, has_more))
    }
}

impl<S: Sql> ChannelServer<S> {
    /// A page of a channel that the caller may read.
    pub(crate) fn history(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        query: Query,
    ) -> Result<Page, Fault> {
        let log = LogId::from(id);
        self.standing(caller, &log)?;
        let log = self.existing(&log)?;
        let epoch = log.epoch.clone();
        let (lowest, highest) = log.bounds();
        // Past the end is the end: seqs count to 2³² at most.
        let key = |seq: Seq| lowest + seq.min(u64::from(u32::MAX));
        let reader = Reader {
            thread: query.thread.map(key),
            sql: &self.sql,
            lowest,
            highest,
        };
        let (messages, has_before, has_after) = match query.anchor {
            Anchor::Newest => {
                let (mut messages, more) = reader.read(Way::Back, highest, query.limit)?;
                messages.reverse();
                (messages, more, false)
            }
            Anchor::Before(seq) => {
                let (mut messages, more) = reader.read(Way::Back, key(seq), query.limit)?;
                messages.reverse();
                // What is exclusive here begins on the other side.
                let (_, after) = reader.read(Way::Forth, key(seq) - 1, 0)?;
                (messages, more, after)
            }
            Anchor::After(seq) => {
                let (messages, more) = reader.read(Way::Forth, key(seq), query.limit)?;
                let (_, before) = reader.read(Way::Back, key(seq) + 1, 0)?;
                (messages, before, more)
            }
            Anchor::Around(seq) => {
                let (mut messages, before) = reader.read(Way::Back, key(seq), query.limit / 2)?;
                messages.reverse();
                let rest = query.limit - query.limit / 2;
                let (newer, after) = reader.read(Way::Forth, key(seq) - 1, rest)?;
                messages.extend(newer);
                (messages, before, after)
            }
        };
        let has_more = match query.anchor {
            Anchor::Newest | Anchor::Before(_) => has_before,
            Anchor::After(_) => has_after,
            Anchor::Around(_) => has_before || has_after,
        };
        let messages = as_they_are(&self.sql, lowest, messages, &caller.user)?;
        Ok(Page {
            epoch,
            messages,
            has_more,
            has_before,
            has_after,
        })
    }
}

fn message(row: &Row) -> Result<Message, Fault> {
    let event: Event = serde_json::from_str(row.text(1)?)?;
    let mut message = Message::of(event).ok_or_else(|| SqlError("a message is none".to_owned()))?;
    if message.deleted {
        message.mentions.clear();
        message.everyone = false;
    }
    Ok(message)
}

/// The messages of the log with this lowest key, in ascending order, as they are now, with all that stands at them.
fn as_they_are(
    sql: &impl Sql,
    lowest: u64,
    mut messages: Vec<Message>,
    caller: &UserId,
) -> Result<Vec<Message>, Fault> {
    let keys: Vec<u64> = messages
        .iter()
        .map(|message| lowest + message.seq)
        .collect();
    if keys.is_empty() {
        return Ok(messages);
    }
    let rows = sql.exec(
        "SELECT j.value, a.text, a.mentions, a.everyone, a.edited_at, t.replies, t.last_at, t.users
         FROM json_each(?) j LEFT JOIN amendments a ON a.key = j.value LEFT JOIN threads t ON t.root = j.value
         WHERE a.key IS NOT NULL OR t.root IS NOT NULL",
        &[serde_json::to_string(&keys)?.as_str().into()],
    )?;
    for row in &rows {
        let key: u64 = row.int(0)?;
        let found = messages.binary_search_by_key(&Log::seq(key), |message| message.seq);
        let Some(message) = found.ok().and_then(|index| messages.get_mut(index)) else {
            continue;
        };
        if let Some(text) = row.opt_text(1)? {
            message.text = Some(text.to_owned());
            message.mentions = serde_json::from_str(row.text(2)?)?;
            message.everyone = row.int::<u32>(3)? > 0;
            message.edited_at = row.opt_int(4)?;
        }
        if let Some(users) = row.opt_text(7)? {
            message.reply_count = row.int(5)?;
            message.last_reply_at = row.opt_int(6)?;
            message.reply_users = serde_json::from_str(users)?;
        }
    }
    let mut reactions = reaction::of_messages(sql, &keys, caller)?;
    for message in &mut messages {
        message.reactions = reactions
            .remove(&(lowest + message.seq))
            .unwrap_or_default();
    }
    Ok(messages)
}
