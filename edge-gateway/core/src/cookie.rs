//! The session cookie.

use crate::{origin::Origin, session::SESSION_TTL_MS};

const NAME: &str = "heliograph_session";
/// Browsers take a cookie of this name only when it is `Secure`, without a domain and for `/`.
const HOST_NAME: &str = "__Host-heliograph_session";

/// The name of the cookie at `origin`: without `Secure` on plain-http loopback, where there is no https to be had.
fn name(origin: &Origin) -> &'static str {
    if origin.is_plain_loopback() {
        NAME
    } else {
        HOST_NAME
    }
}

/// The token in a `Cookie` header, where there is one.
#[must_use]
pub fn read<'a>(header: &'a str, origin: &Origin) -> Option<&'a str> {
    let name = name(origin);
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}

/// The `Set-Cookie` header that begins a session.
#[must_use]
pub fn set(token: &str, origin: &Origin) -> String {
    header(token, SESSION_TTL_MS / 1_000, origin)
}

/// The `Set-Cookie` header that ends it.
#[must_use]
pub fn clear(origin: &Origin) -> String {
    header("", 0, origin)
}

fn header(value: &str, max_age_s: u64, origin: &Origin) -> String {
    let secure = if origin.is_plain_loopback() {
        ""
    } else {
        "; Secure"
    };
    let name = name(origin);
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly{secure}; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text).unwrap()
    }

    #[test]
    fn the_cookie_is_secure_and_bound_to_the_host() {
        assert_eq!(
            set("v1.a.b", &origin("https://chat.example")),
            "__Host-heliograph_session=v1.a.b; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax"
        );
    }

    #[test]
    fn only_plain_http_loopback_does_without_secure() {
        assert_eq!(
            set("t", &origin("http://127.0.0.1:8787")),
            "heliograph_session=t; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
        );
        assert!(set("t", &origin("http://chat.example")).contains("; Secure"));
        assert!(set("t", &origin("https://localhost")).contains("; Secure"));
    }

    #[test]
    fn a_cleared_cookie_is_over_at_once() {
        assert!(
            clear(&origin("http://localhost:1"))
                .starts_with("heliograph_session=; Path=/; Max-Age=0;")
        );
    }

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let here = origin("https://chat.example");
        assert_eq!(
            read("a=b;__Host-heliograph_session=v1.x.y ; c=d", &here),
            Some("v1.x.y")
        );
        assert_eq!(read("heliograph_session=v1.x.y", &here), None);
        assert_eq!(read("not__Host-heliograph_session=1; ;=;x", &here), None);
        assert_eq!(read("", &here), None);
    }
}
