//! HTTP, as far as the simulation needs it.

use gateway_core::region::Region;
use protocol::{
    api::Caller,
    error::{Problem, Refusal},
    id::{SessionId, UserId, WorkspaceId},
};
use serde::Serialize;

use crate::wire::{Post, WireId};

/// A request of a client.
#[derive(Clone, Debug)]
pub struct HttpRequest {
    /// The method.
    pub method: &'static str,
    /// Path and query, from `/api/v1` on.
    pub url: String,
    /// The JSON body.
    pub body: Option<String>,
    /// The bearer token.
    pub token: Option<String>,
    /// Where it comes in.
    pub region: Region,
    /// Who dials, where it asks for a socket.
    pub dialler: Option<Post>,
}

/// What comes of it.
#[derive(Clone, Debug)]
pub enum HttpAnswer {
    /// An answer.
    Came {
        /// Its status.
        status: u16,
        /// Its body.
        body: String,
    },
    /// A socket.
    Socket(WireId),
    /// Nothing, for too long.
    Lost,
}

impl HttpAnswer {
    /// An answer with a JSON body.
    #[must_use]
    pub fn json<T: Serialize>(status: u16, body: &T) -> Self {
        Self::Came {
            status,
            body: serde_json::to_string(body).unwrap_or_default(),
        }
    }

    /// A refusal.
    #[must_use]
    pub fn problem(refusal: Refusal) -> Self {
        Self::json(refusal.code.status(), &Problem::from(refusal))
    }

    /// An answer without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self::Came {
            status: 204,
            body: String::new(),
        }
    }
}

/// The token of a session. Signatures are tested elsewhere; here nobody forges one.
#[must_use]
pub fn token(caller: &Caller) -> String {
    format!("{}.{}.{}", caller.workspace, caller.user, caller.session)
}

/// The session of a token.
#[must_use]
pub fn caller(token: &str) -> Option<Caller> {
    let mut parts = token.split('.');
    Some(Caller {
        workspace: WorkspaceId::parse(parts.next()?).ok()?,
        user: UserId::parse(parts.next()?).ok()?,
        session: SessionId::parse(parts.next()?).ok()?,
        role: protocol::api::Role::Member,
    })
}
