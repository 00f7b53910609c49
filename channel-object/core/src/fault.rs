//! Why a turn does not do what it was asked.

use protocol::error::Refusal;

use crate::sql::SqlError;

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It may not or cannot be done; nothing was written.
    Refused(Refusal),
    /// The storage failed; nothing of the turn may be seen.
    Storage(SqlError),
}

impl Fault {
    /// What the log should say of it.
    pub fn reason(self) -> String {
        match self {
            Self::Refused(refusal) => refusal.to_string(),
            Self::Storage(error) => error.to_string(),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        Self::Storage(error)
    }
}

impl From<serde_json::Error> for Fault {
    /// What was stored as JSON does not read back.
    fn from(error: serde_json::Error) -> Self {
        Self::Storage(SqlError(error.to_string()))
    }
}
