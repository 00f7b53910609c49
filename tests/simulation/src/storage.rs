//! The storage of one channel server: `SQLite` in memory, with one transaction open as long as its writes are not confirmed.
//!
//! The platform confirms writes some time after the turn that made them, and holds what leaves the object until then. Several
//! turns may share one unconfirmed transaction. A kill takes all of it back.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use channel_core::sql::{Param, Row, Sql, SqlError, Value};
use rusqlite::{Connection, types::ValueRef};

use crate::mistake::Bend;

/// Statements that stay prepared; the core has fewer.
const PREPARED: usize = 256;
/// How the core stores events: the line of one is the last parameter, several are rows in JSON that end with their lines.
const APPEND: &str = "INSERT INTO events";

/// The database of one channel server. It outlives the server's memory.
#[derive(Debug)]
pub struct Storage {
    sql: Connection,
    /// Lines of events that are stored and not confirmed.
    appended: RefCell<Vec<String>>,
    /// After how many statements of turns one fails.
    fails_after: Cell<Option<u32>>,
    /// Whether statements are those of a turn.
    is_in_turn: Cell<bool>,
    /// Rows that were ever written and are confirmed.
    confirmed: Cell<u64>,
    /// What becomes of statements that begin so.
    bent: Cell<Option<(&'static str, Bend)>>,
}

/// A handle that the core owns.
pub type Shared = Rc<Storage>;

impl Storage {
    /// An empty database.
    pub fn new() -> Result<Self, rusqlite::Error> {
        let sql = Connection::open_in_memory()?;
        sql.set_prepared_statement_cache_capacity(PREPARED);
        Ok(Self {
            sql,
            appended: RefCell::default(),
            fails_after: Cell::new(None),
            is_in_turn: Cell::new(false),
            confirmed: Cell::new(0),
            bent: Cell::new(None),
        })
    }

    /// Whether anything is written that is not confirmed.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.sql.total_changes() != self.confirmed.get()
    }

    /// Begins a transaction unless one is open.
    pub fn begin(&self) -> Result<(), rusqlite::Error> {
        if self.sql.is_autocommit() {
            self.sql.prepare_cached("BEGIN")?.execute([])?;
        }
        Ok(())
    }

    /// Everything written so far is durable. Gives the lines of the events among it.
    pub fn confirm(&self) -> Result<Vec<String>, rusqlite::Error> {
        if !self.sql.is_autocommit() {
            self.sql.prepare_cached("COMMIT")?.execute([])?;
        }
        self.confirmed.set(self.sql.total_changes());
        Ok(self.appended.take())
    }

    /// Everything that is not confirmed is lost.
    pub fn lose(&self) -> Result<(), rusqlite::Error> {
        self.appended.take();
        self.fail_never();
        if !self.sql.is_autocommit() {
            self.sql.prepare_cached("ROLLBACK")?.execute([])?;
        }
        self.confirmed.set(self.sql.total_changes());
        Ok(())
    }

    /// Says whether the statements to come are those of a turn; others do not fail.
    pub fn in_turn(&self, is_in_turn: bool) {
        self.is_in_turn.set(is_in_turn);
    }

    /// Has a statement of a turn fail after `statements` more.
    pub fn fail_after(&self, statements: u32) {
        self.fails_after.set(Some(statements));
    }

    /// Has no statement fail.
    pub fn fail_never(&self) {
        self.fails_after.set(None);
    }

    /// The lines of all events, log by log in order.
    pub fn events(&self) -> Result<Vec<String>, rusqlite::Error> {
        if !self.is_made()? {
            return Ok(Vec::new());
        }
        let mut rows = self.sql.prepare("SELECT line FROM events ORDER BY key")?;
        rows.query_map([], |row| row.get(0))?.collect()
    }

    /// What a query gives, a text a row.
    pub fn facts(&self, query: &str) -> Result<Vec<String>, rusqlite::Error> {
        if !self.is_made()? {
            return Ok(Vec::new());
        }
        let mut rows = self.sql.prepare(query)?;
        rows.query_map([], |row| row.get(0))?.collect()
    }

    /// Runs statements that no core runs, if the tables are made.
    pub fn tamper(&self, statements: &str) -> Result<(), rusqlite::Error> {
        if self.is_made()? {
            self.sql.execute_batch(statements)?;
        }
        Ok(())
    }

    /// Has statements run as a mistake has them.
    pub fn bend(&self, bent: Option<(&'static str, Bend)>) {
        self.bent.set(bent);
    }

    /// Whether the tables are made; they are not where nobody ever asked this server for anything.
    fn is_made(&self) -> Result<bool, rusqlite::Error> {
        self.sql.table_exists(None, "events")
    }

    fn fail_if_due(&self) -> Result<(), SqlError> {
        let fails_after = self.fails_after.get().filter(|_| self.is_in_turn.get());
        match fails_after {
            Some(0) => {
                self.fails_after.set(None);
                Err(SqlError("disk I/O error".to_owned()))
            }
            Some(left) => {
                self.fails_after.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Sql for Storage {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        self.fail_if_due()?;
        let planted = self.bent.get();
        let planted = planted.filter(|(begin, _)| statement.starts_with(begin));
        let (mut last, mut statement) = (None, statement);
        match planted.map(|(_, bend)| bend) {
            Some(Bend::Skip) => return Ok(Vec::new()),
            Some(Bend::Last(value)) => last = Some(params.len() - 1).zip(Some(value)),
            Some(Bend::Instead(other)) => statement = other,
            None => {}
        }
        let failed = |error: rusqlite::Error| SqlError(format!("{error} in {statement}"));
        let mut prepared = self.sql.prepare_cached(statement).map_err(failed)?;
        if prepared.parameter_count() != params.len() {
            return Err(SqlError(format!("parameters of {statement}")));
        }
        for (index, param) in params.iter().enumerate() {
            if let Some((_, value)) = last.filter(|(at, _)| *at == index) {
                prepared
                    .raw_bind_parameter(index + 1, value)
                    .map_err(failed)?;
                continue;
            }
            match param {
                Param::Null => prepared.raw_bind_parameter(index + 1, rusqlite::types::Null),
                Param::Int(value) => prepared.raw_bind_parameter(index + 1, value),
                Param::Text(value) => prepared.raw_bind_parameter(index + 1, value),
            }
            .map_err(failed)?;
        }
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let values = (0..columns)
                .map(|column| value(row.get_ref(column).map_err(failed)?))
                .collect::<Result<_, _>>()?;
            read.push(Row(values));
        }
        if statement.starts_with(APPEND)
            && let Some(Param::Text(line)) = params.last()
        {
            self.appended.borrow_mut().extend(appended(line)?);
        }
        Ok(read)
    }
}

/// The lines in the last parameter of what appends: an event is an object, several are an array.
fn appended(last: &str) -> Result<Vec<String>, SqlError> {
    if !last.starts_with('[') {
        return Ok(vec![last.to_owned()]);
    }
    let rows: Vec<Vec<serde_json::Value>> =
        serde_json::from_str(last).map_err(|error| SqlError(error.to_string()))?;
    let line = |row: Vec<serde_json::Value>| Some(row.last()?.as_str()?.to_owned());
    rows.into_iter()
        .map(|row| line(row).ok_or_else(|| SqlError("a row without a line".to_owned())))
        .collect()
}

fn value(value: ValueRef<'_>) -> Result<Value, SqlError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => Ok(Value::Int(value)),
        ValueRef::Text(text) => String::from_utf8(text.to_vec())
            .map(Value::Text)
            .map_err(|error| SqlError(error.to_string())),
        other => Err(SqlError(format!("{other:?} in a row"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(storage: &Storage) -> usize {
        storage.exec("SELECT n FROM t", &[]).unwrap().len()
    }

    #[test]
    fn what_is_not_confirmed_is_lost() {
        let storage = Storage::new().unwrap();
        storage.exec("CREATE TABLE t (n INTEGER)", &[]).unwrap();
        storage.begin().unwrap();
        storage
            .exec("INSERT INTO t VALUES (?)", &[1_u32.into()])
            .unwrap();
        storage.confirm().unwrap();
        for n in [2_u32, 3] {
            storage.begin().unwrap();
            storage
                .exec("INSERT INTO t VALUES (?)", &[n.into()])
                .unwrap();
        }
        assert_eq!(numbers(&storage), 3);
        storage.lose().unwrap();
        assert_eq!(numbers(&storage), 1);
    }

    #[test]
    fn a_statement_fails_when_it_is_told_to() {
        let storage = Storage::new().unwrap();
        storage.fail_after(1);
        assert!(storage.exec("SELECT 1", &[]).is_ok());
        storage.in_turn(true);
        assert!(storage.exec("SELECT 1", &[]).is_ok());
        assert!(storage.exec("SELECT 1", &[]).is_err());
        assert!(storage.exec("SELECT 1", &[]).is_ok());
    }
}
