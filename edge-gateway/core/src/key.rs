//! The key that signs sessions, from the secret `SESSION_KEY`.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The least length of a key, in bytes.
pub const KEY_MIN_BYTES: usize = 32;
/// Fewer different bytes than this do not come out of a random source: of 32 random bytes about 30 differ.
const KEY_MIN_DIFFERENT_BYTES: usize = 12;
/// What people leave in when they copy an example. Long enough not to turn up in a random key: the shortest of them, in any
/// case, in one of thirty million.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "change-me",
    "change_me",
    "default",
    "development",
    "example",
    "heliograph",
    "insecure",
    "password",
    "placeholder",
    "replace",
    "secret",
    "session-key",
    "session_key",
    "sessionkey",
];

/// A key that is fit to sign with.
#[derive(Clone)]
pub struct SessionKey(Hmac<Sha256>);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

/// Why a text is no key to sign with. It never says what the text was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadKey {
    /// There is none.
    Missing,
    /// It is not base64url.
    NotBase64Url,
    /// It is shorter than [`KEY_MIN_BYTES`].
    Short,
    /// It is an example's, or no random source made it.
    Placeholder,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "SESSION_KEY is not set",
            Self::NotBase64Url => "SESSION_KEY is not base64url",
            Self::Short => "SESSION_KEY has fewer than 32 bytes",
            Self::Placeholder => "SESSION_KEY is a placeholder, not 32 random bytes",
        })
    }
}

impl std::error::Error for BadKey {}

impl SessionKey {
    /// Takes base64url of at least 32 random bytes. The other alphabet of base64 and padding are taken too, as that is what
    /// `openssl rand -base64 32` prints.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadKey::Missing);
        }
        if is_placeholder(text.as_bytes()) {
            return Err(BadKey::Placeholder);
        }
        let canonical = text
            .trim_end_matches('=')
            .replace('+', "-")
            .replace('/', "_");
        let bytes = data_encoding::BASE64URL_NOPAD
            .decode(canonical.as_bytes())
            .map_err(|_| BadKey::NotBase64Url)?;
        if bytes.len() < KEY_MIN_BYTES {
            return Err(BadKey::Short);
        }
        if is_placeholder(&bytes) || is_regular(&bytes) {
            return Err(BadKey::Placeholder);
        }
        // HMAC takes keys of every length.
        Hmac::new_from_slice(&bytes)
            .map(Self)
            .map_err(|_| BadKey::Short)
    }

    /// The tag of `text`.
    pub(crate) fn tag(&self, text: &str) -> Vec<u8> {
        self.mac(text).finalize().into_bytes().to_vec()
    }

    /// Whether `tag` is the tag of `text`, compared in constant time.
    pub(crate) fn has_tagged(&self, text: &str, tag: &[u8]) -> bool {
        self.mac(text).verify_slice(tag).is_ok()
    }

    fn mac(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        mac
    }
}

fn is_placeholder(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| text.contains(word))
}

/// Few different bytes, or each one more than the one before.
fn is_regular(bytes: &[u8]) -> bool {
    let mut different = bytes.to_vec();
    different.sort_unstable();
    different.dedup();
    different.len() < KEY_MIN_DIFFERENT_BYTES
        || bytes
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.wrapping_add(1) == *b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> BadKey {
        SessionKey::parse(text).unwrap_err()
    }

    #[test]
    fn thirty_two_random_bytes_are_a_key_in_either_alphabet() {
        let key = data_encoding::BASE64URL_NOPAD.encode(&random_bytes(32));
        assert!(SessionKey::parse(&key).is_ok());
        let padded = data_encoding::BASE64.encode(&random_bytes(32));
        assert!(SessionKey::parse(&format!(" {padded}\n")).is_ok());
    }

    #[test]
    fn a_missing_or_short_key_is_refused() {
        assert_eq!(refused(" "), BadKey::Missing);
        let short = data_encoding::BASE64URL_NOPAD.encode(&random_bytes(31));
        assert_eq!(refused(&short), BadKey::Short);
    }

    #[test]
    fn what_is_not_base64url_is_refused() {
        assert_eq!(refused("x".repeat(42).as_str()), BadKey::NotBase64Url);
        assert_eq!(
            refused("not a key, but a sentence of words."),
            BadKey::NotBase64Url
        );
    }

    #[test]
    fn placeholders_are_refused_as_they_stand_and_when_encoded() {
        for word in [
            "changeme",
            "secret",
            "development",
            "ChangeMe-ChangeMe-ChangeMe-ChangeMe-1234567890",
        ] {
            assert_eq!(refused(word), BadKey::Placeholder, "{word}");
            let encoded = data_encoding::BASE64URL_NOPAD.encode(word.repeat(8).as_bytes());
            assert_eq!(refused(&encoded), BadKey::Placeholder, "{word}");
        }
    }

    #[test]
    fn bytes_that_no_random_source_makes_are_refused() {
        let ascending: Vec<u8> = (0..32).collect();
        for bytes in [vec![0; 32], vec![0xff; 64], b"abcdefg".repeat(5), ascending] {
            let encoded = data_encoding::BASE64URL_NOPAD.encode(&bytes);
            assert_eq!(refused(&encoded), BadKey::Placeholder, "{encoded}");
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let key = SessionKey::parse(&data_encoding::BASE64URL_NOPAD.encode(&random_bytes(32)));
        assert_eq!(format!("{:?}", key.unwrap()), "SessionKey(…)");
    }

    fn random_bytes(count: u8) -> Vec<u8> {
        (0..count)
            .map(|i| i.wrapping_mul(167).wrapping_add(i / 3))
            .collect()
    }
}
