//! The storage, as the core sees it: synchronous SQL, as in a Durable Object.

use std::fmt;

/// A parameter of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param<'a> {
    /// NULL.
    Null,
    /// An integer; its magnitude stays below 2⁵³, as Durable Objects pass integers through doubles.
    Int(i64),
    /// A string.
    Text(&'a str),
}

impl From<u64> for Param<'_> {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Param<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Param<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// An integer.
    Int(i64),
    /// A string.
    Text(String),
}

/// A row of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The integer in `column`, from 0.
    pub fn int<T: TryFrom<i64>>(&self, column: usize) -> Result<T, SqlError> {
        match self.0.get(column) {
            Some(Value::Int(value)) => {
                T::try_from(*value).map_err(|_| SqlError(format!("column {column}: {value}")))
            }
            other => Err(SqlError(format!(
                "column {column}: {other:?} is no integer"
            ))),
        }
    }

    /// The integer in `column`, from 0, or NULL.
    pub fn opt_int<T: TryFrom<i64>>(&self, column: usize) -> Result<Option<T>, SqlError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// The string in `column`, from 0.
    pub fn text(&self, column: usize) -> Result<&str, SqlError> {
        match self.0.get(column) {
            Some(Value::Text(value)) => Ok(value),
            other => Err(SqlError(format!("column {column}: {other:?} is no string"))),
        }
    }

    /// The string in `column`, from 0, or NULL.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }
}

/// The storage failed. The turn must not go on: what it wrote is taken back by resetting the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError(pub String);

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "storage: {}", self.0)
    }
}

impl std::error::Error for SqlError {}

/// A `SQLite` database that belongs to one channel server. Statements of one turn are stored together or not at all.
pub trait Sql {
    /// Runs one statement and gives all its rows.
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError>;
}

impl<S: Sql + ?Sized> Sql for std::rc::Rc<S> {
    fn exec(&self, statement: &'static str, params: &[Param<'_>]) -> Result<Vec<Row>, SqlError> {
        (**self).exec(statement, params)
    }
}
