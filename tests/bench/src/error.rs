//! Why a benchmark ended early.

use std::fmt::{self, Display};
use std::path::Path;
use std::time::Duration;

/// Why a benchmark ended early.
#[derive(Debug)]
pub enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// The machine, the server or a call to it did not do what was asked.
    Failed(String),
    /// The server asks to come again later.
    Busy {
        /// After so long.
        retry_after: Duration,
    },
    /// The server lost, doubled or garbled something: what was measured counts for nothing.
    Wrong(String),
}

/// A result that ends the benchmark when it is an error.
pub type Result<T> = std::result::Result<T, Error>;

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Failed(text) => f.write_str(text),
            Self::Busy { retry_after } => {
                write!(f, "the server asks to come again in {retry_after:?}")
            }
            Self::Wrong(text) => write!(f, "this run counts for nothing: {text}"),
        }
    }
}

impl std::error::Error for Error {}

/// Says what was being done when something refused.
pub trait Context<T> {
    /// `cannot {doing}: {why}`
    fn doing(self, doing: impl Display) -> Result<T>;

    /// `cannot {verb} {path}: {why}`
    fn at(self, verb: &str, path: &Path) -> Result<T>;
}

impl<T, E: Display> Context<T> for std::result::Result<T, E> {
    fn doing(self, doing: impl Display) -> Result<T> {
        self.map_err(|error| Error::Failed(format!("cannot {doing}: {error}")))
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.doing(format_args!("{verb} {}", path.display()))
    }
}
