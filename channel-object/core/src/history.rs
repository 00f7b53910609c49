//! Pages of messages as they are now.

use protocol::{
    api::Caller,
    event::{Body, Event},
    history::{Anchor, Message, Page, Query},
    id::{ChannelId, LogId},
    message::Seq,
};

use crate::{
    fault::Fault,
    log::Log,
    server::ChannelServer,
    sql::{Param, Row, Sql, SqlError},
};

/// What stands in the channel itself.
const CHANNEL_BEFORE: &str = "SELECT key, line FROM events WHERE key < ?1 AND key > ?2 AND place = 1 ORDER BY key DESC LIMIT ?3";
const CHANNEL_AFTER: &str = "SELECT key, line FROM events WHERE key > ?1 AND key < ?2 AND place = 1 ORDER BY key ASC LIMIT ?3";
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
    let (Body::Message(body), Some(at)) = (event.body, event.at) else {
        return Err(SqlError("a message is none".to_owned()).into());
    };
    Ok(Message {
        seq: Log::seq(row.int(0)?),
        at,
        user: event.user,
        text: body.text,
        client_message_id: body.client_message_id,
        mentions: body.mentions,
        thread: body.thread,
        also_to_channel: body.also_to_channel,
        deleted: body.deleted,
    })
}
