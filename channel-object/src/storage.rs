//! The object's `SQLite` as the core's storage.

use channel_core::sql::{Param, Row, Sql, SqlError, Value};
use wasm_bindgen::JsValue;
use worker::{SqlStorage, SqlStorageValue};

/// A Durable Object's `SQLite`.
#[derive(Debug)]
pub struct Storage(SqlStorage);

impl Storage {
    /// The storage of an object.
    #[must_use]
    pub fn new(sql: SqlStorage) -> Self {
        Self(sql)
    }
}

fn param(param: Param<'_>) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        #[allow(clippy::cast_precision_loss, reason = "integers stay below 2⁵³")]
        Param::Int(value) => JsValue::from_f64(value as f64),
        Param::Text(value) => JsValue::from_str(value),
    }
}

fn value(value: SqlStorageValue) -> Result<Value, SqlError> {
    Ok(match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Boolean(value) => Value::Int(value.into()),
        SqlStorageValue::Integer(value) => Value::Int(value),
        #[allow(
            clippy::cast_possible_truncation,
            reason = "integers come as doubles and stay below 2⁵³"
        )]
        SqlStorageValue::Float(value) => Value::Int(value as i64),
        SqlStorageValue::String(value) => Value::Text(value),
        SqlStorageValue::Blob(_) => return Err(SqlError("a blob".to_owned())),
    })
}

impl Sql for Storage {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        let params: Vec<JsValue> = params.iter().copied().map(param).collect();
        let failed = |error: worker::Error| SqlError(format!("{error} in {statement}"));
        // Rows are read through `raw`: the other readers let a JavaScript exception through the wasm frames.
        let cursor = self.0.exec_raw(statement, params).map_err(failed)?;
        let mut rows = Vec::new();
        for row in cursor.raw() {
            let columns = row
                .map_err(failed)?
                .into_iter()
                .map(value)
                .collect::<Result<_, _>>()?;
            rows.push(Row(columns));
        }
        Ok(rows)
    }
}
