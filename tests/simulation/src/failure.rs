//! Why a run does not go on.

use std::fmt;

/// Why a run does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A promise was broken: its number, and how.
    Promise(u8, String),
    /// Something that is no promise and has to hold all the same.
    Rule(&'static str, String),
    /// The simulation itself can't go on.
    Simulator(String),
}

impl Failure {
    /// Whether the same promise or rule was broken.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Promise(one, _), Self::Promise(other, _)) => one == other,
            (Self::Rule(one, _), Self::Rule(other, _)) => one == other,
            (Self::Simulator(_), Self::Simulator(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Promise(number, how) => write!(f, "promise {number} broken: {how}"),
            Self::Rule(rule, how) => write!(f, "{rule}: {how}"),
            Self::Simulator(why) => write!(f, "the simulation itself failed: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Simulator(error.to_string())
    }
}
