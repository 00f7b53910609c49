//! What a turn stores of messages, gathered into few statements.
//!
//! A statement costs several times what a row does. So events and what was sent wait until the turn ends or something else is
//! asked of the storage, which sees them as if each had been stored at once.

use std::{cell::RefCell, rc::Rc};

use fnv::FnvHashSet;
use protocol::{
    id::UserId,
    message::{ClientMessageId, Seq},
};

use crate::sql::{Param, Row, Sql, SqlError};

/// The storage of a channel server, with what waits to be stored.
#[derive(Debug)]
pub struct Ledger<S> {
    sql: S,
    waiting: RefCell<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<EventRow>,
    sends: Vec<SendRow>,
    /// Messages that this turn has looked for and that are not stored.
    unsent: FnvHashSet<SendKey>,
}

/// A row of the table `events`.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// The log's number, then the seq.
    pub key: u64,
    /// When it happened, in milliseconds since the epoch.
    pub at: u64,
    /// Who did it.
    pub user: UserId,
    /// The number of its place.
    pub place: u32,
    /// The key of the root where it is a reply.
    pub thread: Option<u64>,
    /// The event as it stands on the wire.
    pub line: Rc<str>,
}

/// What makes a message be stored once: the number of its log, its author, and what they call it.
pub type SendKey = (u32, UserId, ClientMessageId);

/// A row of the table `sends`.
#[derive(Clone, Debug)]
pub struct SendRow {
    /// Whose and which.
    pub key: SendKey,
    /// The event that it became.
    pub seq: Seq,
    /// A fingerprint of what was sent.
    pub body: String,
}

impl<S: Sql> Ledger<S> {
    /// Nothing waits yet.
    pub fn new(sql: S) -> Self {
        Self {
            sql,
            waiting: RefCell::default(),
        }
    }

    /// Stores an event.
    pub fn event(&self, row: EventRow) {
        self.waiting.borrow_mut().events.push(row);
    }

    /// Looks for messages that are about to be sent, all at once.
    pub fn look_for(&self, keys: Vec<SendKey>) -> Result<(), SqlError> {
        let columns: Vec<_> = keys.iter().map(|(num, user, id)| (num, user, id)).collect();
        let stored = self.exec(
            "SELECT j.key FROM json_each(?) j JOIN sends s
             ON s.num = j.value ->> 0 AND s.user = j.value ->> 1 AND s.client_message_id = j.value ->> 2",
            &[json(&columns)?.as_str().into()],
        )?;
        let stored: FnvHashSet<usize> = stored
            .iter()
            .map(|row| row.int(0))
            .collect::<Result<_, _>>()?;
        let unsent = keys.into_iter().enumerate();
        self.waiting.borrow_mut().unsent = unsent
            .filter(|(index, _)| !stored.contains(index))
            .map(|(_, key)| key)
            .collect();
        Ok(())
    }

    /// Stores that a message was sent; `false`, with nothing stored, where it was before.
    pub fn send(&self, row: SendRow) -> Result<bool, SqlError> {
        let mut waiting = self.waiting.borrow_mut();
        if waiting.unsent.remove(&row.key) {
            waiting.sends.push(row);
            return Ok(true);
        }
        drop(waiting);
        let inserted = self.exec(
            "INSERT INTO sends (num, user, client_message_id, seq, body) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO NOTHING RETURNING 1",
            &row.params(),
        )?;
        Ok(!inserted.is_empty())
    }

    /// Whether it is known, without asking the storage, that a message is not stored.
    pub fn is_unsent(&self, key: &SendKey) -> bool {
        self.waiting.borrow().unsent.contains(key)
    }

    /// Ends a turn: stores what waits.
    pub fn flush(&self) -> Result<(), SqlError> {
        self.store_waiting()?;
        self.waiting.borrow_mut().unsent.clear();
        Ok(())
    }

    fn store_waiting(&self) -> Result<(), SqlError> {
        let (events, sends) = {
            let mut waiting = self.waiting.borrow_mut();
            (
                std::mem::take(&mut waiting.events),
                std::mem::take(&mut waiting.sends),
            )
        };
        match sends.as_slice() {
            [] => {}
            [row] => {
                self.sql.exec(
                    "INSERT INTO sends (num, user, client_message_id, seq, body) VALUES (?, ?, ?, ?, ?)",
                    &row.params(),
                )?;
            }
            rows => {
                let rows: Vec<_> = rows.iter().map(SendRow::columns).collect();
                self.sql.exec(
                    "INSERT INTO sends (num, user, client_message_id, seq, body)
                     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?)",
                    &[json(&rows)?.as_str().into()],
                )?;
            }
        }
        match events.as_slice() {
            [] => {}
            [row] => {
                self.sql.exec(
                    "INSERT INTO events (key, at, user, place, thread, line) VALUES (?, ?, ?, ?, ?, ?)",
                    &row.params(),
                )?;
            }
            rows => {
                let rows: Vec<_> = rows.iter().map(EventRow::columns).collect();
                self.sql.exec(
                    "INSERT INTO events (key, at, user, place, thread, line)
                     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)",
                    &[json(&rows)?.as_str().into()],
                )?;
            }
        }
        Ok(())
    }
}

impl<S: Sql> Sql for Ledger<S> {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        self.store_waiting()?;
        self.sql.exec(statement, params)
    }
}

impl SendRow {
    fn params(&self) -> [Param<'_>; 5] {
        let (num, user, id) = &self.key;
        [
            (*num).into(),
            user.as_str().into(),
            id.as_str().into(),
            self.seq.into(),
            self.body.as_str().into(),
        ]
    }

    fn columns(&self) -> (u32, &str, &str, Seq, &str) {
        let (num, user, id) = &self.key;
        (*num, user.as_str(), id.as_str(), self.seq, &self.body)
    }
}

impl EventRow {
    fn params(&self) -> [Param<'_>; 6] {
        [
            self.key.into(),
            self.at.into(),
            self.user.as_str().into(),
            self.place.into(),
            self.thread.into(),
            self.line.as_ref().into(),
        ]
    }

    fn columns(&self) -> (u64, u64, &str, u32, Option<u64>, &str) {
        (
            self.key,
            self.at,
            self.user.as_str(),
            self.place,
            self.thread,
            &self.line,
        )
    }
}

fn json(rows: &impl serde::Serialize) -> Result<String, SqlError> {
    serde_json::to_string(rows).map_err(|error| SqlError(error.to_string()))
}
