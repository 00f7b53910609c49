//! Refusals: what both doors, HTTP and WebSocket, say no with.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A code of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the HTTP request is not what the call takes.
    InvalidRequest,
    /// 401: no session, or one that has ended.
    NotAuthenticated,
    /// 403: the caller may not do this.
    Forbidden,
    /// 403: only members may do this.
    NotAMember,
    /// 404: there is no such thing, or the caller may not know of it.
    NotFound,
    /// 409: the same id was used for something else.
    Conflict,
    /// 410: the channel is archived.
    Archived,
    /// 413: larger than the limit.
    TooLarge,
    /// 429: wait `retry_after_ms`.
    RateLimited,
    /// 503: wait `retry_after_ms`.
    Overloaded,
    /// 500: a fault of the server.
    Internal,
    /// Socket only: the line is not a command.
    InvalidFrame,
    /// Socket only: there is no such `op`.
    UnknownOp,
}

impl Code {
    /// The HTTP status that goes with the code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::InvalidFrame | Self::UnknownOp => 400,
            Self::NotAuthenticated => 401,
            Self::Forbidden | Self::NotAMember => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Archived => 410,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Overloaded => 503,
        }
    }
}

/// Why something is not done. On a socket it is the `error` of a reply; over HTTP it becomes a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What programs act on.
    pub code: Code,
    /// What a developer reads; never shown to a person as it is.
    pub message: String,
    /// How long to wait before trying again, with [`Code::RateLimited`] and [`Code::Overloaded`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that says nothing about trying again.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// [`Code::InvalidRequest`]: a field is missing, wrong or too long. The socket's door says it as [`Code::InvalidFrame`].
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message)
    }

    /// [`Code::NotFound`], in the same words whether the thing is missing or hidden.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "there is no such thing here")
    }

    /// [`Code::NotAMember`].
    #[must_use]
    pub fn not_a_member() -> Self {
        Self::new(Code::NotAMember, "only members of the channel may do this")
    }

    /// [`Code::NotAuthenticated`].
    #[must_use]
    pub fn not_authenticated() -> Self {
        Self::new(Code::NotAuthenticated, "sign in first")
    }

    /// [`Code::Internal`]; what went wrong belongs in the log, not on the wire.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::Internal, "the server made a mistake")
    }

    /// [`Code::Overloaded`].
    #[must_use]
    pub fn overloaded(retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(Code::Overloaded, "too much at once, try again later")
        }
    }

    /// [`Code::RateLimited`]; `who` is whose limit it is.
    #[must_use]
    pub fn rate_limited(who: &str, retry_after_ms: u64) -> Self {
        Self {
            retry_after_ms: Some(retry_after_ms),
            ..Self::new(
                Code::RateLimited,
                format!("the limit of this {who} is reached, try again later"),
            )
        }
    }

    /// The same refusal as the socket's door says it.
    #[must_use]
    pub fn on_socket(mut self) -> Self {
        if self.code == Code::InvalidRequest {
            self.code = Code::InvalidFrame;
        }
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// An `application/problem+json` document (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Always `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The phrase of the status.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The same as [`Refusal::message`].
    pub detail: String,
    /// What programs act on.
    pub code: Code,
    /// How long to wait before trying again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = refusal.code.status();
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            409 => "Conflict",
            410 => "Gone",
            413 => "Content Too Large",
            429 => "Too Many Requests",
            503 => "Service Unavailable",
            _ => "Internal Server Error",
        };
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: refusal.message,
            code: refusal.code,
            retry_after_ms: refusal.retry_after_ms,
        }
    }
}
