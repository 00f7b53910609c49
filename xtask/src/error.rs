//! What can go wrong, and the exit code it ends with.

use std::fmt::Display;
use std::path::Path;

/// Why a command ended early.
#[derive(Debug)]
pub enum Error {
    /// The command line makes no sense.
    Usage(String),
    /// Something did not work; the text says what, with the output of what failed.
    Failed(String),
    /// The failure has been shown already.
    Shown,
    /// Ctrl-C, a termination signal or a closed terminal.
    Interrupted,
}

/// A result that ends the command when it is an error.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Something did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// 2 for a wrong command line as everywhere, 130 as a shell has it after Ctrl-C.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed(_) | Self::Shown => 1,
            Self::Interrupted => 130,
        }
    }

    /// Says on standard error what happened.
    pub fn report(&self) {
        match self {
            Self::Usage(message) => eprintln!("error: {message}\n\nTry `cargo xtask --help`."),
            Self::Failed(message) => eprintln!("error: {message}"),
            Self::Interrupted => eprintln!("interrupted"),
            Self::Shown => {}
        }
    }
}

/// Says what was being done when the system refused.
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
