//! What a sleeping gateway has written down, in the object's `SQLite`.

use std::rc::Rc;

use gateway_core::gateway::{ConnectionId, Kept, KeptPerson};
use wasm_bindgen::JsValue;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

/// Rows in one statement; the platform takes 100 parameters.
const ROWS: usize = 25;

/// `asleep` has its row while `logs` and `people` are whole; `connection` is the highest number that a connection has had.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS logs (log TEXT PRIMARY KEY, epoch TEXT NOT NULL, cursor INTEGER NOT NULL, connections TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS people (connection INTEGER PRIMARY KEY, is_away INTEGER NOT NULL, watches TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS asleep (one INTEGER PRIMARY KEY, connection INTEGER NOT NULL)",
];

/// The storage of one gateway.
pub struct Keep {
    sql: SqlStorage,
}

/// What a gateway knew when it went to sleep.
pub struct Night {
    /// The highest number that a connection has had.
    pub last_connection: u32,
    /// The logs.
    pub logs: Vec<Kept>,
    /// The connections that have said more than `hello`.
    pub people: Vec<KeptPerson>,
}

impl Keep {
    /// The storage of an object, with its tables made.
    pub fn new(sql: SqlStorage) -> Result<Self> {
        let keep = Self { sql };
        for statement in TABLES {
            keep.exec(statement, Vec::new())?;
        }
        Ok(keep)
    }

    /// What was written down, if that is whole; else it is thrown away.
    pub fn load(&self) -> Result<Option<Night>> {
        let asleep = self.exec("SELECT connection FROM asleep", Vec::new())?;
        let Some(row) = asleep.first() else {
            self.exec("DELETE FROM logs", Vec::new())?;
            self.exec("DELETE FROM people", Vec::new())?;
            return Ok(None);
        };
        let last_connection = integer(row, 0)?;
        let rows = self.exec(
            "SELECT log, epoch, cursor, connections FROM logs",
            Vec::new(),
        )?;
        let logs = rows.iter().map(|row| kept(row)).collect::<Result<_>>()?;
        let rows = self.exec(
            "SELECT connection, is_away, watches FROM people",
            Vec::new(),
        )?;
        let people = rows.iter().map(|row| person(row)).collect::<Result<_>>()?;
        Ok(Some(Night {
            last_connection,
            logs,
            people,
        }))
    }

    /// Writes down what has changed; from then on all of it is whole.
    pub fn write(&self, changed: &[Kept], gone: &[Rc<str>], last_connection: u32) -> Result<()> {
        for logs in gone.chunks(ROWS) {
            let marks = vec!["?"; logs.len()].join(", ");
            let logs = logs.iter().map(|log| JsValue::from_str(log)).collect();
            self.exec(&format!("DELETE FROM logs WHERE log IN ({marks})"), logs)?;
        }
        for logs in changed.chunks(ROWS) {
            let marks = vec!["(?, ?, ?, ?)"; logs.len()].join(", ");
            let mut values = Vec::with_capacity(logs.len() * 4);
            for kept in logs {
                let connections: Vec<u32> = kept.connections.iter().map(|id| id.0).collect();
                #[allow(clippy::cast_precision_loss, reason = "seqs stay below 2³²")]
                values.extend([
                    JsValue::from_str(&kept.log),
                    JsValue::from_str(&kept.epoch),
                    JsValue::from_f64(kept.cursor as f64),
                    JsValue::from_str(&serde_json::to_string(&connections)?),
                ]);
            }
            let statement = format!(
                "INSERT OR REPLACE INTO logs (log, epoch, cursor, connections) VALUES {marks}"
            );
            self.exec(&statement, values)?;
        }
        self.exec(
            "INSERT OR REPLACE INTO asleep (one, connection) VALUES (1, ?)",
            vec![last_connection.into()],
        )?;
        Ok(())
    }

    /// Writes down which connections have changed.
    pub fn write_people(&self, changed: &[KeptPerson], gone: &[ConnectionId]) -> Result<()> {
        for connections in gone.chunks(ROWS) {
            let marks = vec!["?"; connections.len()].join(", ");
            let connections = connections.iter().map(|id| id.0.into()).collect();
            let statement = format!("DELETE FROM people WHERE connection IN ({marks})");
            self.exec(&statement, connections)?;
        }
        for people in changed.chunks(ROWS) {
            let marks = vec!["(?, ?, ?)"; people.len()].join(", ");
            let mut values = Vec::with_capacity(people.len() * 3);
            for kept in people {
                values.extend([
                    kept.connection.0.into(),
                    u32::from(kept.is_away).into(),
                    JsValue::from_str(&serde_json::to_string(&kept.watches)?),
                ]);
            }
            let statement = format!(
                "INSERT OR REPLACE INTO people (connection, is_away, watches) VALUES {marks}"
            );
            self.exec(&statement, values)?;
        }
        Ok(())
    }

    /// What is written down is not whole any more.
    pub fn spoil(&self) -> Result<()> {
        self.exec("DELETE FROM asleep", Vec::new())?;
        Ok(())
    }

    fn exec(&self, statement: &str, values: Vec<JsValue>) -> Result<Vec<Vec<SqlStorageValue>>> {
        // Rows are read through `raw`: the other readers let a JavaScript exception through the wasm frames.
        self.sql.exec_raw(statement, values)?.raw().collect()
    }
}

fn kept(row: &[SqlStorageValue]) -> Result<Kept> {
    let connections: Vec<u32> = serde_json::from_str(text(row, 3)?)?;
    Ok(Kept {
        log: text(row, 0)?.into(),
        epoch: text(row, 1)?.into(),
        cursor: integer(row, 2)?,
        connections: connections.into_iter().map(ConnectionId).collect(),
    })
}

fn person(row: &[SqlStorageValue]) -> Result<KeptPerson> {
    Ok(KeptPerson {
        connection: ConnectionId(integer(row, 0)?),
        is_away: integer::<u32>(row, 1)? == 1,
        watches: serde_json::from_str(text(row, 2)?)?,
    })
}

fn text(row: &[SqlStorageValue], column: usize) -> Result<&str> {
    match row.get(column) {
        Some(SqlStorageValue::String(text)) => Ok(text),
        other => Err(Error::RustError(format!("{other:?} is no text"))),
    }
}

fn integer<T: TryFrom<i64>>(row: &[SqlStorageValue], column: usize) -> Result<T> {
    let value = match row.get(column) {
        Some(SqlStorageValue::Integer(value)) => Some(*value),
        #[allow(
            clippy::cast_possible_truncation,
            reason = "integers come as doubles and stay below 2⁵³"
        )]
        Some(SqlStorageValue::Float(value)) => Some(*value as i64),
        _ => None,
    };
    value
        .and_then(|value| T::try_from(value).ok())
        .ok_or_else(|| Error::RustError(format!("{:?} is no integer", row.get(column))))
}
