//! Credentials: how a request says who asks.

use protocol::{api::Caller, error::Refusal};

use crate::{cookie, key::SessionKey, origin::Origin, session};

/// The headers of a request that say who asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Credentials<'a> {
    /// `Authorization`
    pub authorization: Option<&'a str>,
    /// `Cookie`
    pub cookie: Option<&'a str>,
    /// `Origin`
    pub origin: Option<&'a str>,
}

impl Credentials<'_> {
    /// Who asks at `here`. A bearer token counts before the cookie; with the cookie, what `needs_origin` needs an `Origin` that
    /// is the same, as a browser sends the cookie along with what other pages make it ask for.
    pub fn caller(
        &self,
        here: &Origin,
        needs_origin: bool,
        key: &SessionKey,
        now_ms: u64,
    ) -> Result<Caller, Refusal> {
        if let Some(token) = self.authorization.and_then(bearer) {
            return session::verify(token, key, now_ms);
        }
        let token = self
            .cookie
            .and_then(|header| cookie::read(header, here))
            .ok_or_else(Refusal::not_authenticated)?;
        let caller = session::verify(token, key, now_ms)?;
        if needs_origin {
            here.check_same(self.origin)?;
        }
        Ok(caller)
    }
}

/// The token in an `Authorization` header of this scheme.
pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

#[cfg(test)]
mod tests {
    use protocol::{
        error::Code,
        id::{SessionId, UserId, WorkspaceId},
    };

    use super::*;

    fn key() -> SessionKey {
        SessionKey::parse("xK9vT2mQ7bLwR4nZ8cYpH3sJ6dGfA1uE5iOoN0rVtWk").unwrap()
    }

    fn token() -> String {
        let caller = Caller {
            workspace: WorkspaceId::parse("T1").unwrap(),
            user: UserId::parse("U1").unwrap(),
            session: SessionId::parse("S1").unwrap(),
            role: protocol::api::Role::Member,
        };
        session::mint(&caller, &key(), 1)
    }

    fn ask(credentials: Credentials<'_>, needs_origin: bool) -> Result<Caller, Code> {
        let here = Origin::parse("https://chat.example").unwrap();
        credentials
            .caller(&here, needs_origin, &key(), 2)
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_bearer_token_needs_no_origin() {
        for header in [
            format!("Bearer {}", token()),
            format!("bearer  {} ", token()),
        ] {
            let credentials = Credentials {
                authorization: Some(&header),
                origin: Some("https://evil.example"),
                ..Credentials::default()
            };
            assert!(ask(credentials, true).is_ok(), "{header}");
        }
    }

    #[test]
    fn the_cookie_needs_an_origin_where_something_changes() {
        let cookie = format!("__Host-heliograph_session={}", token());
        let with = |origin| Credentials {
            cookie: Some(&cookie),
            origin,
            ..Credentials::default()
        };
        assert!(ask(with(None), false).is_ok());
        assert_eq!(ask(with(None), true), Err(Code::Forbidden));
        assert_eq!(
            ask(with(Some("https://evil.example")), true),
            Err(Code::Forbidden)
        );
        assert!(ask(with(Some("https://chat.example")), true).is_ok());
    }

    #[test]
    fn a_bad_bearer_token_is_not_made_good_by_a_cookie() {
        let cookie = format!("__Host-heliograph_session={}", token());
        for header in ["Bearer x", "Bearer", "Bearer "] {
            let credentials = Credentials {
                authorization: Some(header),
                cookie: Some(&cookie),
                origin: Some("https://chat.example"),
            };
            assert_eq!(
                ask(credentials, true),
                Err(Code::NotAuthenticated),
                "{header}"
            );
        }
    }

    #[test]
    fn nobody_asks_without_either() {
        assert_eq!(
            ask(Credentials::default(), false),
            Err(Code::NotAuthenticated)
        );
        let basic = Credentials {
            authorization: Some("Basic dTpw"),
            ..Credentials::default()
        };
        assert_eq!(ask(basic, false), Err(Code::NotAuthenticated));
    }
}
