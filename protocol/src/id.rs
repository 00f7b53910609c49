//! Ids: opaque strings of 1–64 characters of `[A-Za-z0-9_-]` whose first letter tells the kind.
//!
//! New ids are a kind letter and a ULID, so they sort by the time they were made.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::limits::ID_MAX_CHARS;

/// What a log belongs to, told by the first letter of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `T`: a workspace.
    Workspace,
    /// `U`: a user, also a bot.
    User,
    /// `C`: a public or private channel.
    Channel,
    /// `D`: a direct.
    Direct,
}

impl Kind {
    /// The kind that `id` begins with.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        match id.as_bytes().first()? {
            b'T' => Some(Self::Workspace),
            b'U' => Some(Self::User),
            b'C' => Some(Self::Channel),
            b'D' => Some(Self::Direct),
            _ => None,
        }
    }
}

/// The string is no id of the kind that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnId {
    expected: &'static str,
}

impl fmt::Display for NotAnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not the id of a {}", self.expected)
    }
}

impl std::error::Error for NotAnId {}

fn has_id_shape(text: &str) -> bool {
    (1..=ID_MAX_CHARS).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $first:pat) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes `text` where it is such an id.
            pub fn parse(text: &str) -> Result<Self, NotAnId> {
                match text.as_bytes().first() {
                    Some($first) if has_id_shape(text) => Ok(Self(text.into())),
                    _ => Err(NotAnId { expected: $what }),
                }
            }

            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAnId;
            fn try_from(text: String) -> Result<Self, NotAnId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

macro_rules! mint {
    ($name:ident, $letter:literal) => {
        impl $name {
            /// A new id, made at `now_ms` from 80 random bits.
            #[must_use]
            pub fn mint(now_ms: u64, random: u128) -> Self {
                Self(mint($letter, now_ms, random).into())
            }
        }
    };
}

macro_rules! is_a_log {
    ($name:ident) => {
        impl From<$name> for LogId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
        impl From<&$name> for LogId {
            fn from(id: &$name) -> Self {
                Self(id.0.clone())
            }
        }
    };
}

id!(
    /// A workspace, `T…`.
    WorkspaceId, "workspace", b'T'
);
id!(
    /// A user or bot, `U…`.
    UserId, "user", b'U'
);
id!(
    /// A channel, `C…`, or a direct, `D…`.
    ChannelId, "channel", b'C' | b'D'
);
id!(
    /// Whatever has a log: a workspace, user, channel or direct.
    LogId, "log", b'T' | b'U' | b'C' | b'D'
);
id!(
    /// A session of a user, `S…`; never shown to others.
    SessionId, "session", b'S'
);
mint!(WorkspaceId, 'T');
mint!(UserId, 'U');
mint!(ChannelId, 'C');
mint!(SessionId, 'S');
is_a_log!(WorkspaceId);
is_a_log!(UserId);
is_a_log!(ChannelId);

impl ChannelId {
    /// The direct among `users` of `workspace`: the same people always give the same id, whoever asks and in whatever order.
    ///
    /// `digest` is a collision-resistant hash of what [`direct_key`] gives, for instance the first 80 bits of SHA-256. The id
    /// sorts by the time its youngest member came, which is when this direct became possible.
    #[must_use]
    pub fn direct(users: &[UserId], digest: u128) -> Self {
        let youngest = users
            .iter()
            .filter_map(|user| ulid::Ulid::from_string(user.as_str().get(1..)?).ok())
            .map(|ulid| ulid.timestamp_ms())
            .max();
        Self(mint('D', youngest.unwrap_or(0), digest).into())
    }

    /// Whether this is a direct.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.0.starts_with('D')
    }
}

/// What the id of a direct is derived from: the workspace and its people in order, each once.
#[must_use]
pub fn direct_key(workspace: &WorkspaceId, users: &[UserId]) -> String {
    let mut people: Vec<&str> = users.iter().map(UserId::as_str).collect();
    people.sort_unstable();
    people.dedup();
    format!("{workspace} {}", people.join(" "))
}

impl LogId {
    /// What the log belongs to.
    #[must_use]
    pub fn kind(&self) -> Kind {
        // `parse` lets no other first letter in.
        Kind::of(&self.0).unwrap_or(Kind::Channel)
    }

    /// The channel or direct whose log this is.
    #[must_use]
    pub fn channel(&self) -> Option<ChannelId> {
        matches!(self.kind(), Kind::Channel | Kind::Direct).then(|| ChannelId(self.0.clone()))
    }

    /// The user whose log this is.
    #[must_use]
    pub fn user(&self) -> Option<UserId> {
        (self.kind() == Kind::User).then(|| UserId(self.0.clone()))
    }
}

fn mint(letter: char, now_ms: u64, random: u128) -> String {
    let mut id = String::with_capacity(1 + ulid::ULID_LEN);
    id.push(letter);
    id.push_str(&ulid::Ulid::from_parts(now_ms, random).to_string());
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_tells_the_kind() {
        assert_eq!(LogId::parse("U1").unwrap().kind(), Kind::User);
        assert!(UserId::parse("C1").is_err());
        assert!(ChannelId::parse("D1").is_ok());
        assert!(LogId::parse("S1").is_err());
    }

    #[test]
    fn only_1_to_64_characters_of_the_alphabet_are_an_id() {
        for bad in ["", "C 1", "C\u{e9}", "C/1", "C\0"] {
            assert!(LogId::parse(bad).is_err(), "{bad:?}");
        }
        let longest = format!("C{}", "x".repeat(63));
        assert!(LogId::parse(&longest).is_ok());
        assert!(LogId::parse(&(longest + "x")).is_err());
    }

    #[test]
    fn later_ids_sort_later() {
        assert!(ChannelId::mint(1, u128::MAX) < ChannelId::mint(2, 0));
    }

    #[test]
    fn a_direct_does_not_depend_on_the_order_of_its_people() {
        let workspace = WorkspaceId::parse("T1").unwrap();
        let (ana, ben) = (UserId::mint(5, 1), UserId::mint(9, 2));
        assert_eq!(
            direct_key(&workspace, &[ana.clone(), ben.clone(), ana.clone()]),
            direct_key(&workspace, &[ben.clone(), ana.clone()])
        );
        let direct = ChannelId::direct(&[ben, ana], 7);
        assert!(direct.is_direct());
        assert_eq!(
            direct.as_str().get(1..11),
            UserId::mint(9, 0).as_str().get(1..11)
        );
    }
}
