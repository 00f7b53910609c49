//! Session tokens: `v1.<payload>.<tag>`, the caller signed with HMAC-SHA-256.
//!
//! A token says who somebody was when they signed in. Whether that session is still alive is known to the user's own log
//! alone, which every call asks.

use protocol::{
    api::{Caller, Role},
    error::Refusal,
    id,
};
use serde::{Deserialize, Serialize};

use crate::key::SessionKey;

/// How long a token is good for, in milliseconds.
pub const SESSION_TTL_MS: u64 = 30 * 24 * 60 * 60 * 1_000;
/// Longer ones were not made here.
const TOKEN_MAX_BYTES: usize = 1_024;
const VERSION: &str = "v1";

#[derive(Serialize, Deserialize)]
struct Payload {
    w: id::WorkspaceId,
    u: id::UserId,
    s: id::SessionId,
    /// The role when it was made.
    #[serde(default)]
    r: Role,
    /// When it was made, in milliseconds since the epoch.
    iat: u64,
    /// From when on it is no good, in milliseconds since the epoch.
    exp: u64,
}

/// A token for the session that `caller` begins at `now_ms`.
#[must_use]
pub fn mint(caller: &Caller, key: &SessionKey, now_ms: u64) -> String {
    let payload = Payload {
        w: caller.workspace.clone(),
        u: caller.user.clone(),
        s: caller.session.clone(),
        r: caller.role,
        iat: now_ms,
        exp: now_ms.saturating_add(SESSION_TTL_MS),
    };
    sign(&payload, key)
}

/// Whom a token names. One that is forged, garbled, cut, of another version or over is refused in the same words.
pub fn verify(token: &str, key: &SessionKey, now_ms: u64) -> Result<Caller, Refusal> {
    read(token, key, now_ms).ok_or_else(Refusal::not_authenticated)
}

fn read(token: &str, key: &SessionKey, now_ms: u64) -> Option<Caller> {
    if token.len() > TOKEN_MAX_BYTES {
        return None;
    }
    let (signed, tag) = token.rsplit_once('.')?;
    let (version, payload) = signed.split_once('.')?;
    if version != VERSION {
        return None;
    }
    let tag = data_encoding::BASE64URL_NOPAD.decode(tag.as_bytes()).ok()?;
    if !key.has_tagged(signed, &tag) {
        return None;
    }
    let payload = data_encoding::BASE64URL_NOPAD
        .decode(payload.as_bytes())
        .ok()?;
    let payload: Payload = serde_json::from_slice(&payload).ok()?;
    (now_ms < payload.exp).then_some(Caller {
        workspace: payload.w,
        user: payload.u,
        session: payload.s,
        // What is more than a member's is asked of the user's own log, as it may have been taken away since.
        role: payload.r.min(Role::Member),
    })
}

fn sign(payload: &Payload, key: &SessionKey) -> String {
    // A struct of strings and integers has a JSON form.
    let payload = serde_json::to_vec(payload).unwrap_or_default();
    let payload = data_encoding::BASE64URL_NOPAD.encode(&payload);
    let signed = format!("{VERSION}.{payload}");
    with_tag(&signed, key)
}

fn with_tag(signed: &str, key: &SessionKey) -> String {
    let tag = data_encoding::BASE64URL_NOPAD.encode(&key.tag(signed));
    format!("{signed}.{tag}")
}

#[cfg(test)]
mod tests {
    use protocol::error::Code;

    use super::*;

    const NOW_MS: u64 = 1_790_000_000_000;

    fn caller() -> Caller {
        Caller {
            workspace: id::WorkspaceId::parse("T1").unwrap(),
            user: id::UserId::parse("U1").unwrap(),
            session: id::SessionId::parse("S1").unwrap(),
            role: Role::Guest,
        }
    }

    fn key() -> SessionKey {
        SessionKey::parse("xK9vT2mQ7bLwR4nZ8cYpH3sJ6dGfA1uE5iOoN0rVtWk").unwrap()
    }

    #[test]
    fn a_token_names_its_caller_until_it_is_over() {
        let token = mint(&caller(), &key(), NOW_MS);
        assert_eq!(verify(&token, &key(), NOW_MS).unwrap(), caller());
        let last = NOW_MS + SESSION_TTL_MS - 1;
        assert_eq!(verify(&token, &key(), last).unwrap(), caller());
        let refusal = verify(&token, &key(), last + 1).unwrap_err();
        assert_eq!(refusal.code, Code::NotAuthenticated);
    }

    #[test]
    fn a_token_gives_no_more_than_a_member_may() {
        let owner = Caller {
            role: Role::Owner,
            ..caller()
        };
        let token = mint(&owner, &key(), NOW_MS);
        assert_eq!(verify(&token, &key(), NOW_MS).unwrap().role, Role::Member);
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let other = SessionKey::parse("yK9vT2mQ7bLwR4nZ8cYpH3sJ6dGfA1uE5iOoN0rVtWk").unwrap();
        let token = mint(&caller(), &other, NOW_MS);
        assert!(verify(&token, &key(), NOW_MS).is_err());
    }

    #[test]
    fn no_character_of_a_token_can_be_changed_or_left_out() {
        let token = mint(&caller(), &key(), NOW_MS);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(verify(&changed, &key(), NOW_MS).is_err(), "{changed}");
            assert!(verify(&token[..at], &key(), NOW_MS).is_err(), "cut at {at}");
        }
        assert!(verify(&format!("{token}A"), &key(), NOW_MS).is_err());
        assert!(verify(&format!("{token}."), &key(), NOW_MS).is_err());
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let long = "v1.".to_owned() + &"A".repeat(4_096) + ".A";
        for garbled in [
            "",
            ".",
            "..",
            "v1..",
            "v1",
            "v1.e30",
            "\u{e9}.\u{e9}.\u{e9}",
            &long,
        ] {
            assert!(verify(garbled, &key(), NOW_MS).is_err(), "{garbled:?}");
        }
    }

    #[test]
    fn another_version_is_refused_even_when_signed() {
        let token = mint(&caller(), &key(), NOW_MS);
        let payload = token.split('.').nth(1).unwrap();
        let other = with_tag(&format!("v2.{payload}"), &key());
        assert!(verify(&other, &key(), NOW_MS).is_err());
    }

    #[test]
    fn a_signed_payload_with_wrong_ids_is_refused() {
        let payload = br#"{"w":"U1","u":"U1","s":"S1","iat":0,"exp":9000000000000000}"#;
        let payload = data_encoding::BASE64URL_NOPAD.encode(payload);
        let token = with_tag(&format!("v1.{payload}"), &key());
        assert!(verify(&token, &key(), NOW_MS).is_err());
    }
}
