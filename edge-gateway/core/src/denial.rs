//! Denials: a refusal as an HTTP answer.

use protocol::error::{Code, Problem, Refusal};

use crate::route::NoRoute;

/// The media type of a [`Problem`] (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// How long to wait where a refusal does not say, in milliseconds.
const RETRY_AFTER_DEFAULT_MS: u64 = 1_000;

/// A problem document and the headers that go with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The body.
    pub problem: Problem,
    /// Headers besides the content type.
    pub headers: Vec<(&'static str, String)>,
}

impl From<Refusal> for Denial {
    fn from(mut refusal: Refusal) -> Self {
        let mut headers = Vec::new();
        match refusal.code {
            Code::RateLimited | Code::Overloaded => {
                let wait_ms = *refusal.retry_after_ms.get_or_insert(RETRY_AFTER_DEFAULT_MS);
                headers.push(("retry-after", wait_ms.div_ceil(1_000).to_string()));
            }
            Code::NotAuthenticated => {
                headers.push(("www-authenticate", "Bearer".to_owned()));
            }
            // The other door's words for the same.
            Code::InvalidFrame | Code::UnknownOp => refusal.code = Code::InvalidRequest,
            _ => {}
        }
        Self {
            problem: refusal.into(),
            headers,
        }
    }
}

impl From<NoRoute> for Denial {
    fn from(none: NoRoute) -> Self {
        match none {
            NoRoute::Path => Refusal::not_found().into(),
            NoRoute::Method { allow } => Self {
                headers: vec![("allow", allow)],
                ..Self::other(
                    405,
                    "Method Not Allowed",
                    "this path does not take this method",
                )
            },
        }
    }
}

impl Denial {
    /// The call opens a socket, and the request does not ask for one. The contract's code for that is 400.
    #[must_use]
    pub fn upgrade_required() -> Self {
        Self {
            headers: vec![("upgrade", "websocket".to_owned())],
            ..Refusal::invalid("this call opens a WebSocket").into()
        }
    }

    /// A status of HTTP for which the contract has no code of its own.
    fn other(status: u16, title: &str, detail: &str) -> Self {
        let mut problem = Problem::from(Refusal::invalid(detail));
        problem.status = status;
        title.clone_into(&mut problem.title);
        Self {
            problem,
            headers: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_wait_is_said_in_seconds_rounded_up_and_in_milliseconds() {
        for (ms, s) in [(1, "1"), (1_000, "1"), (1_001, "2")] {
            let denial = Denial::from(Refusal::overloaded(ms));
            assert_eq!(denial.headers, [("retry-after", s.to_owned())]);
            assert_eq!(denial.problem.retry_after_ms, Some(ms));
        }
        let unsaid = Denial::from(Refusal::new(Code::RateLimited, "slow down"));
        assert_eq!(unsaid.problem.retry_after_ms, Some(RETRY_AFTER_DEFAULT_MS));
    }

    #[test]
    fn a_wrong_method_is_405_with_allow() {
        let denial = Denial::from(NoRoute::Method {
            allow: "POST".to_owned(),
        });
        assert_eq!(denial.problem.status, 405);
        assert_eq!(denial.problem.code, Code::InvalidRequest);
        assert_eq!(denial.headers, [("allow", "POST".to_owned())]);
    }

    #[test]
    fn codes_of_the_socket_are_said_in_the_words_of_http() {
        let denial = Denial::from(Refusal::invalid("x").on_socket());
        assert_eq!(denial.problem.code, Code::InvalidRequest);
        assert_eq!(denial.problem.status, 400);
    }
}
