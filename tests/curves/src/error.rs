//! Why a measurement ended early.

use std::fmt::{self, Display};

/// Why a measurement ended early.
#[derive(Debug)]
pub enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// The machine or a core did not do what was asked.
    Failed(String),
}

/// A result that ends the measurement when it is an error.
pub type Result<T> = std::result::Result<T, Error>;

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Failed(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

/// Says what was being done when something refused.
pub trait Context<T> {
    /// `cannot {doing}: {why}`
    fn doing(self, doing: impl Display) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn doing(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Error::Failed(format!("cannot {doing}: {error}")))
    }
}
