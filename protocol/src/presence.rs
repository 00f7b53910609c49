//! Presence: who is there, as they say it themselves and as others are told.
//!
//! It is merged over a person's connections, devices and gateways: any active connection makes them active, else any connection
//! makes them away, none makes them offline. Nothing of it is ever in a log.

use serde::{Deserialize, Serialize};

use crate::{
    error::{Code, Refusal},
    event::{Body, Event},
    hash::{fnv1a64, mix64},
    id::{LogId, UserId},
    limits::{SAFE_INTEGER_MAX, WATCH_MAX},
};

/// Whether somebody is there. Of two statuses of one person the greater counts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// They have no connection.
    #[default]
    Offline,
    /// They have a connection and say on none that they are active.
    Away,
    /// They are active on some connection.
    Active,
}

/// What a connection says of its user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// The user does something there. What every connection begins with.
    Active,
    /// The user has not done anything there for some time.
    Away,
}

/// Somebody's presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Whose.
    pub user: UserId,
    /// Whether they are there.
    pub status: Status,
    /// In milliseconds since the epoch: of somebody offline when they were last there, of somebody away when they were last active,
    /// of somebody active when that was found out. 0 where they were never there.
    pub last_seen_ms: u64,
}

/// The `ok` of `watch` and `unwatch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchOk {
    /// Of those who were named and may be watched, as it is now; nobody where watching ends.
    pub presence: Vec<Presence>,
}

/// The fields of `activity`.
#[derive(Deserialize)]
pub(crate) struct ActivityFields {
    pub status: Activity,
}

/// The fields of `watch` and `unwatch`.
#[derive(Deserialize)]
pub(crate) struct WatchFields {
    users: Vec<UserId>,
}

impl WatchFields {
    /// Those who are named, each once.
    pub(crate) fn check(self) -> Result<Vec<UserId>, Refusal> {
        if self.users.len() > WATCH_MAX {
            return Err(too_many());
        }
        let mut users = Vec::with_capacity(self.users.len());
        for user in self.users {
            if !users.contains(&user) {
                users.push(user);
            }
        }
        Ok(users)
    }
}

/// More people than a connection may watch.
#[must_use]
pub fn too_many() -> Refusal {
    Refusal::new(
        Code::TooLarge,
        format!("a connection watches at most {WATCH_MAX} people"),
    )
}

impl Presence {
    /// The transient event that says so. It belongs to the user's own log without being in it.
    #[must_use]
    pub fn to_event(&self) -> Event {
        Event {
            channel: LogId::from(&self.user),
            seq: None,
            at: None,
            user: self.user.clone(),
            body: Body::Presence {
                status: self.status,
                last_seen_ms: self.last_seen_ms,
            },
        }
    }
}

/// What somebody adds to the digest of a gateway's people: the exclusive or of all of them. It fits a double; those who are offline
/// add nothing.
#[must_use]
pub fn digest(user: &str, status: Status) -> u64 {
    let salt = match status {
        Status::Offline => return 0,
        Status::Away => 1,
        Status::Active => 2,
    };
    mix64(fnv1a64(user.as_bytes()).wrapping_add(salt)) & SAFE_INTEGER_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_statuses_the_greater_counts() {
        assert_eq!(Status::Away.max(Status::Offline), Status::Away);
        assert_eq!(Status::Away.max(Status::Active), Status::Active);
    }

    #[test]
    fn a_line_is_an_event_of_the_users_own_log_without_a_seq() {
        let presence = Presence {
            user: UserId::parse("U1").unwrap(),
            status: Status::Away,
            last_seen_ms: 7,
        };
        assert_eq!(
            presence.to_event().to_line(),
            r#"{"event":"presence","channel":"U1","user":"U1","status":"away","last_seen_ms":7}"#
        );
    }

    #[test]
    fn digests_tell_people_and_statuses_apart() {
        let digests = [
            digest("U1", Status::Active),
            digest("U1", Status::Away),
            digest("U2", Status::Active),
            digest("U2", Status::Away),
            digest("U1", Status::Offline),
        ];
        for (index, one) in digests.iter().enumerate() {
            assert!(digests[..index].iter().all(|other| other != one));
            assert!(*one <= SAFE_INTEGER_MAX);
        }
    }

    #[test]
    fn people_are_named_once_and_not_too_many() {
        let fields = |users: Vec<String>| WatchFields {
            users: users.iter().map(|id| UserId::parse(id).unwrap()).collect(),
        };
        let twice = fields(vec!["U1".into(), "U2".into(), "U1".into()]);
        assert_eq!(twice.check().unwrap().len(), 2);
        let many = (0..=WATCH_MAX).map(|n| format!("U{n}")).collect();
        assert_eq!(fields(many).check().unwrap_err().code, Code::TooLarge);
    }
}
