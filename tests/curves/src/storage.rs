//! The storage of the measured channel server: `SQLite` in a file with a write-ahead log, as Durable Objects have it.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use channel_core::sql::{Param, Row, Sql, SqlError, Value};
use rusqlite::{Connection, types::ValueRef};

use crate::error::{Context, Result};

/// Statements that stay prepared; the core has fewer.
const PREPARED: usize = 256;

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A database in a folder of its own, which goes with it.
#[derive(Debug)]
pub struct Storage {
    sql: Connection,
    folder: PathBuf,
    statements: Cell<u64>,
}

impl Storage {
    /// An empty database.
    pub fn new() -> Result<Self> {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("heliograph-curves-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).doing(format_args!("create {}", folder.display()))?;
        let sql = Connection::open(folder.join("sqlite")).doing("open a database")?;
        sql.set_prepared_statement_cache_capacity(PREPARED);
        // What a disk takes to be sure is not measured.
        sql.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
            .doing("set a database up")?;
        Ok(Self {
            sql,
            folder,
            statements: Cell::new(0),
        })
    }

    /// Runs a turn: what it writes is one commit.
    pub fn turn<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        self.run("BEGIN")?;
        let done = work();
        self.run("COMMIT")?;
        Ok(done)
    }

    /// Runs a turn, or a part of one that goes on.
    pub fn part<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        if self.sql.is_autocommit() {
            self.run("BEGIN")?;
        }
        Ok(work())
    }

    /// Ends a turn that went on in parts, if there is one.
    pub fn end(&self) -> Result<()> {
        if self.sql.is_autocommit() {
            return Ok(());
        }
        self.run("COMMIT")
    }

    /// Empties the write-ahead log and lets it grow from now on.
    pub fn begin_count(&self) -> Result<()> {
        self.sql
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0")
            .doing("empty the write-ahead log")?;
        self.statements.set(0);
        Ok(())
    }

    /// Bytes in the write-ahead log, which is what a commit has to make durable.
    pub fn written_bytes(&self) -> f64 {
        fs::metadata(self.folder.join("sqlite-wal")).map_or(0.0, |file| file.len() as f64)
    }

    /// Statements that the core ran since the count began.
    pub fn statements(&self) -> f64 {
        self.statements.get() as f64
    }

    fn run(&self, statement: &str) -> Result<()> {
        self.sql
            .prepare_cached(statement)
            .and_then(|mut prepared| prepared.execute([]))
            .doing(statement)?;
        Ok(())
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        // What is left lies where temporary files do.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Sql for Storage {
    fn exec(
        &self,
        statement: &'static str,
        params: &[Param<'_>],
    ) -> std::result::Result<Vec<Row>, SqlError> {
        self.statements.set(self.statements.get() + 1);
        let failed = |error: rusqlite::Error| SqlError(format!("{error} in {statement}"));
        let mut prepared = self.sql.prepare_cached(statement).map_err(failed)?;
        for (index, param) in params.iter().enumerate() {
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
            let values = (0..columns).map(|column| {
                Ok(match row.get_ref(column).map_err(failed)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(value) => Value::Int(value),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into()),
                    other => return Err(SqlError(format!("{other:?} in {statement}"))),
                })
            });
            read.push(Row(values.collect::<std::result::Result<_, _>>()?));
        }
        Ok(read)
    }
}
