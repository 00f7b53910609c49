//! Origins: where a request went, and which page made it.

use protocol::error::{Code, Refusal};

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Origin {
    /// The origin that `text`, an `Origin` header or an absolute URL, begins with. `None` for `null` and other schemes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = if scheme.eq_ignore_ascii_case("https") {
            Scheme::Https
        } else if scheme.eq_ignore_ascii_case("http") {
            Scheme::Http
        } else {
            return None;
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        // Neither an `Origin` nor what a browser asks for carries a name and a password.
        if authority.contains('@') {
            return None;
        }
        // The colons of an IPv6 address stand in brackets.
        let after_brackets = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority.get(after_brackets..)?.rfind(':') {
            Some(at) => {
                let (host, port) = authority.split_at_checked(after_brackets + at)?;
                (host, port.strip_prefix(':')?.parse().ok()?)
            }
            None => (authority, scheme.default_port()),
        };
        (!host.is_empty()).then(|| Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Whether this is http, not https, to the machine itself.
    #[must_use]
    pub fn is_plain_loopback(&self) -> bool {
        let is_loopback = self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host == "[::1]"
            || self
                .host
                .parse::<std::net::Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback());
        self.scheme == Scheme::Http && is_loopback
    }

    /// A URL of this origin; `path` begins with a slash.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        match self.scheme {
            Scheme::Http => self.url("http", path),
            Scheme::Https => self.url("https", path),
        }
    }

    /// The URL of a WebSocket at this origin; `path` begins with a slash.
    #[must_use]
    pub fn socket(&self, path: &str) -> String {
        match self.scheme {
            Scheme::Http => self.url("ws", path),
            Scheme::Https => self.url("wss", path),
        }
    }

    fn url(&self, scheme: &str, path: &str) -> String {
        let Self { host, port, .. } = self;
        if *port == self.scheme.default_port() {
            format!("{scheme}://{host}{path}")
        } else {
            format!("{scheme}://{host}:{port}{path}")
        }
    }

    /// Refuses what a page of another origin asks for with somebody's cookie, and what cannot say which page asks.
    pub fn check_same(&self, header: Option<&str>) -> Result<(), Refusal> {
        match header {
            Some(header) if Self::parse(header).as_ref() == Some(self) => Ok(()),
            Some(_) => Err(foreign()),
            None => Err(Refusal::new(
                Code::Forbidden,
                "with the session cookie this needs an Origin header",
            )),
        }
    }

    /// Refuses what a page of another origin asks for, where the call carries no session: programs send no `Origin`.
    pub fn check_not_foreign(&self, header: Option<&str>) -> Result<(), Refusal> {
        header.map_or(Ok(()), |header| self.check_same(Some(header)))
    }
}

fn foreign() -> Refusal {
    Refusal::new(Code::Forbidden, "pages of another origin may not do this")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn scheme_host_and_port_have_to_be_the_same() {
        let here = origin("https://chat.example/api/v1/me?x#y");
        for same in ["https://chat.example", "https://CHAT.example:443"] {
            assert!(here.check_same(Some(same)).is_ok(), "{same}");
        }
        for other in [
            "http://chat.example",
            "https://chat.example:8443",
            "https://chat.example.evil",
            "https://evil.chat.example",
            "https://chat.example@evil.example",
            "null",
            "",
            "chat.example",
        ] {
            let refusal = here.check_same(Some(other)).unwrap_err();
            assert_eq!(refusal.code, Code::Forbidden, "{other}");
            assert!(here.check_not_foreign(Some(other)).is_err(), "{other}");
        }
    }

    #[test]
    fn only_a_call_without_a_session_does_without_an_origin() {
        let here = origin("https://chat.example");
        assert!(here.check_same(None).is_err());
        assert!(here.check_not_foreign(None).is_ok());
    }

    #[test]
    fn loopback_is_known_by_name_and_address() {
        for loopback in [
            "http://localhost:8787",
            "http://127.0.0.1",
            "http://127.8.0.1:1",
            "http://[::1]:8787",
            "http://a.localhost",
        ] {
            assert!(origin(loopback).is_plain_loopback(), "{loopback}");
        }
        for other in [
            "https://localhost",
            "http://chat.example",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
        ] {
            assert!(!origin(other).is_plain_loopback(), "{other}");
        }
    }

    #[test]
    fn urls_keep_a_port_that_is_not_the_default() {
        assert_eq!(
            origin("http://127.0.0.1:8787/x").socket("/s"),
            "ws://127.0.0.1:8787/s"
        );
        assert_eq!(
            origin("https://chat.example").socket("/s"),
            "wss://chat.example/s"
        );
        assert_eq!(
            origin("http://[::1]:8787").page("/p"),
            "http://[::1]:8787/p"
        );
    }
}
