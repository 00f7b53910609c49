//! The object's `SQLite` as the core's storage.

use std::{cell::RefCell, collections::HashMap};

use channel_core::sql::{Param, Row, Sql, SqlError, Value};
use js_sys::{Array, JsString};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::State;

// One crossing a statement, whatever it takes and gives. Nothing comes back where there are no rows.
#[wasm_bindgen(inline_js = "
export function execute(sql, statement, params) {
  const rows = sql.exec(statement, ...params).raw().toArray();
  return rows.length === 0 ? undefined : rows;
}
")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn execute(
        sql: &JsValue,
        statement: &JsString,
        params: Vec<JsValue>,
    ) -> Result<Option<Array>, JsValue>;
}

/// A Durable Object's `SQLite`.
#[derive(Debug)]
pub struct Storage {
    sql: JsValue,
    /// The statements as JavaScript has them, by where they lie.
    statements: RefCell<HashMap<(usize, usize), JsString>>,
}

impl Storage {
    /// The storage of an object; `Err` where it has none.
    pub fn new(state: &State) -> Result<Self, SqlError> {
        let storage = state.as_raw().storage().map_err(|error| failed(&error))?;
        Ok(Self {
            sql: storage.sql().into(),
            statements: RefCell::default(),
        })
    }
}

fn failed(error: &JsValue) -> SqlError {
    let message = error
        .dyn_ref::<js_sys::Error>()
        .map(|error| String::from(error.message()));
    SqlError(message.unwrap_or_else(|| format!("{error:?}")))
}

fn param(param: Param<'_>) -> JsValue {
    match param {
        Param::Null => JsValue::NULL,
        #[allow(clippy::cast_precision_loss, reason = "integers stay below 2⁵³")]
        Param::Int(value) => JsValue::from_f64(value as f64),
        Param::Text(value) => JsValue::from_str(value),
    }
}

fn value(value: &JsValue) -> Result<Value, SqlError> {
    if let Some(number) = value.as_f64() {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "integers come as doubles and stay below 2⁵³"
        )]
        return Ok(Value::Int(number as i64));
    }
    if value.is_null() {
        return Ok(Value::Null);
    }
    match value.as_string() {
        Some(text) => Ok(Value::Text(text)),
        None => Err(SqlError("a column of no known type".to_owned())),
    }
}

fn row(columns: &JsValue) -> Result<Row, SqlError> {
    let columns: &Array = columns
        .dyn_ref()
        .ok_or_else(|| SqlError("a row that is none".to_owned()))?;
    let columns = columns.iter().map(|column| value(&column));
    Ok(Row(columns.collect::<Result<_, _>>()?))
}

impl Sql for Storage {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        let params = params.iter().copied().map(param).collect();
        let mut statements = self.statements.borrow_mut();
        let text = statements
            .entry((statement.as_ptr().addr(), statement.len()))
            .or_insert_with(|| statement.into());
        let rows = execute(&self.sql, text, params)
            .map_err(|error| SqlError(format!("{} in {statement}", failed(&error).0)))?;
        rows.iter()
            .flat_map(Array::iter)
            .map(|columns| row(&columns))
            .collect()
    }
}
