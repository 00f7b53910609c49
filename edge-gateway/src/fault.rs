//! Faults: why a request is not done.

use gateway_core::{denial::Denial, route::NoRoute, settings::BadSettings};
use protocol::error::Refusal;
use worker::{Response, Result, console_error};

use crate::answer;

/// Why a request is not done.
#[derive(Debug)]
pub enum Fault {
    /// The contract's own no, which the caller is told.
    Denied(Denial),
    /// The platform failed, which the log is told.
    Platform(worker::Error),
    /// The Worker cannot work as it was deployed, which the log is told.
    Settings(BadSettings),
}

impl Fault {
    /// What the caller is told.
    pub fn answer(self) -> Result<Response> {
        let denial = match self {
            Self::Denied(denial) => denial,
            Self::Platform(error) => {
                console_error!("the platform failed: {error}");
                Refusal::internal().into()
            }
            Self::Settings(bad) => {
                console_error!("not fit to serve: {bad}");
                Refusal::internal().into()
            }
        };
        answer::denied(&denial)
    }
}

/// What a fault of our own is told as; the log has to be told by whoever finds it.
pub fn internal() -> Fault {
    Refusal::internal().into()
}

impl From<Denial> for Fault {
    fn from(denial: Denial) -> Self {
        Self::Denied(denial)
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Denied(refusal.into())
    }
}

impl From<NoRoute> for Fault {
    fn from(none: NoRoute) -> Self {
        Self::Denied(none.into())
    }
}

impl From<BadSettings> for Fault {
    fn from(bad: BadSettings) -> Self {
        Self::Settings(bad)
    }
}

impl From<worker::Error> for Fault {
    fn from(error: worker::Error) -> Self {
        Self::Platform(error)
    }
}
