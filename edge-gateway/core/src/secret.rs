//! Codes of invites and sign-in links: whose it is, and a secret of which the channel server keeps the hash alone.

use protocol::id::{NotAnId, UserId, WorkspaceId};
use sha2::{Digest, Sha256};

/// Random bytes of a secret: 160 bits, 32 characters.
pub const SECRET_BYTES: usize = 20;
const SECRET_CHARS: usize = SECRET_BYTES * 8 / 5;

/// An id, a hyphen and a secret: `T…-…` an invite, `U…-…` a sign-in link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code<Id> {
    /// Whose it is.
    pub id: Id,
    secret: Secret,
}

#[derive(Clone, PartialEq, Eq)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Lets people into a workspace.
pub type InviteCode = Code<WorkspaceId>;
/// Lets another device of a user in.
pub type SignInCode = Code<UserId>;

/// An id that a code can begin with.
pub trait Owner: Sized + std::fmt::Display {
    /// Takes `text` where it is such an id.
    fn parse(text: &str) -> Result<Self, NotAnId>;
}

impl Owner for WorkspaceId {
    fn parse(text: &str) -> Result<Self, NotAnId> {
        Self::parse(text)
    }
}

impl Owner for UserId {
    fn parse(text: &str) -> Result<Self, NotAnId> {
        Self::parse(text)
    }
}

impl<Id: Owner> Code<Id> {
    /// A new code from random bytes.
    #[must_use]
    pub fn mint(id: Id, random: [u8; SECRET_BYTES]) -> Self {
        let secret = data_encoding::BASE32_NOPAD
            .encode(&random)
            .to_ascii_lowercase();
        Self {
            id,
            secret: Secret(secret),
        }
    }

    /// The code in `text`, if it can be one. The id may have hyphens of its own.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.rsplit_once('-')?;
        let is_secret = secret.len() == SECRET_CHARS
            && secret
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        is_secret.then_some(())?;
        Some(Self {
            id: Id::parse(id).ok()?,
            secret: Secret(secret.to_owned()),
        })
    }

    /// The code as people pass it on.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}-{}", self.id, self.secret.0)
    }

    /// SHA-256 of the secret, in hexadecimal. A secret of 160 random bits needs no slow hash.
    #[must_use]
    pub fn hash(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.secret.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_as_it_was_made() {
        let workspace = WorkspaceId::parse("T-1_a-b").unwrap();
        let code = Code::mint(workspace, [7; SECRET_BYTES]);
        let read = InviteCode::parse(&code.text()).unwrap();
        assert_eq!(read, code);
        assert_eq!(read.hash(), code.hash());
    }

    #[test]
    fn what_is_hashed_is_the_secret_alone() {
        let code = SignInCode::parse("U1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap();
        // printf a%.0s {1..32} | sha256sum
        assert_eq!(
            code.hash(),
            "3ba3f5f43b92602683c19aee62a20342b084dd5971ddd33808d81a328879a547"
        );
        assert!(!format!("{code:?}").contains("aaaa"));
    }

    #[test]
    fn a_garbled_code_is_none() {
        let secret = "a".repeat(SECRET_CHARS);
        for garbled in [
            String::new(),
            "T1".to_owned(),
            format!("-{secret}"),
            format!("U1-{secret}"),
            format!("T1-{secret}a"),
            format!("T1-{}", &secret[1..]),
            format!("T1-{}1", &secret[1..]),
            format!("T1-{}", secret.to_uppercase()),
            format!("T 1-{secret}"),
        ] {
            assert!(InviteCode::parse(&garbled).is_none(), "{garbled:?}");
        }
    }
}
