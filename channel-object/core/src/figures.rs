//! What the server holds and has done, in numbers.

use protocol::figures::{DoneFigures, SUBSCRIPTIONS_COUNTED_MAX, StoredFigures};

use crate::{
    server::ChannelServer,
    sql::{Sql, SqlError},
};

/// Logs whose events are counted at a time; each takes one search.
const LOGS_AT_ONCE: u32 = 10_000;

/// Counts that are kept as things happen.
#[derive(Debug, Default)]
pub struct Tally {
    /// Up to which log the events were counted in this life.
    counted: u32,
    /// How many there are in these.
    events: u64,
    done: DoneFigures,
}

impl Tally {
    /// An event was stored in the log of this number.
    pub fn recorded(&mut self, num: u32, is_message: bool) {
        self.events += u64::from(num <= self.counted);
        self.done.events += 1;
        self.done.messages += u64::from(is_message);
    }

    fn count(&mut self, sql: &impl Sql) -> Result<(), SqlError> {
        let rows = sql.exec(
            "SELECT COALESCE(SUM(head), 0), COALESCE(MAX(num), 0) FROM
                (SELECT l.num AS num,
                    (SELECT e.key & 4294967295 FROM events e WHERE e.key >= l.num << 32 AND e.key < (l.num + 1) << 32
                     ORDER BY e.key DESC LIMIT 1) AS head
                 FROM logs l WHERE l.num > ? ORDER BY l.num LIMIT ?)",
            &[self.counted.into(), LOGS_AT_ONCE.into()],
        )?;
        if let Some(row) = rows.first() {
            self.events += row.int::<u64>(0)?;
            self.counted = self.counted.max(row.int(1)?);
        }
        Ok(())
    }
}

impl<S: Sql> ChannelServer<S> {
    /// What is in the storage. It costs the same however much that is, but for the events, which are counted some thousand logs at a
    /// time.
    pub fn stored(&mut self) -> Result<StoredFigures, SqlError> {
        self.tally.count(&self.sql)?;
        // Logs are never deleted, so the last number is how many there are.
        let logs = one(&self.sql, "SELECT COALESCE(MAX(num), 0) FROM logs", &[])?;
        let subscriptions = one(
            &self.sql,
            "SELECT COUNT(*) FROM (SELECT 1 FROM subscriptions WHERE num > 0 LIMIT ?)",
            &[SUBSCRIPTIONS_COUNTED_MAX.into()],
        )?;
        let is_counted = u64::from(self.tally.counted) == logs;
        Ok(StoredFigures {
            logs,
            events: is_counted.then_some(self.tally.events),
            effects_waiting: self.outbox.waiting(),
            subscriptions,
        })
    }

    /// What was done since this was last asked; frames are the shell's to count.
    pub fn take_done(&mut self) -> DoneFigures {
        std::mem::take(&mut self.tally.done)
    }
}

fn one(
    sql: &impl Sql,
    statement: &'static str,
    params: &[crate::sql::Param<'_>],
) -> Result<u64, SqlError> {
    let rows = sql.exec(statement, params)?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}
