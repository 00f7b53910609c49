//! What scripted channel servers know of who is there.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    link::{Down, Up, write},
    presence::{Status, digest},
};

/// The presence of all channel servers together.
#[derive(Debug, Default)]
pub struct Presence {
    /// What the gateway has said of its users.
    pub people: BTreeMap<String, Status>,
    /// Others, each with their workspace and what they are; whoever is not here is nobody.
    pub others: BTreeMap<String, (String, Status, u64)>,
    pub watched: BTreeSet<String>,
    /// Whether the gateway is asked for its people where the digest is another one.
    pub asks: bool,
    /// Whether nothing is said of those who are watched.
    pub is_mute: bool,
}

impl Presence {
    /// Somebody of the workspace that everybody is in.
    pub fn other(&mut self, user: &str, status: Status) {
        let other = ("T1".to_owned(), status, 7);
        self.others.insert(user.to_owned(), other);
    }

    pub fn digest(&self) -> u64 {
        let people = self.people.iter();
        people.fold(0, |all, (user, status)| all ^ digest(user, *status))
    }

    pub fn record(&mut self, record: &Up<'_>, answer: &mut Vec<u8>) {
        match record {
            Up::Present { user, status } => {
                if *status == Status::Offline {
                    self.people.remove(*user);
                } else {
                    self.people.insert((*user).to_owned(), *status);
                }
            }
            Up::Digest { digest } => {
                let known = self.digest();
                if self.asks && known != *digest {
                    write(answer, &Down::AskPeople { digest: known });
                }
            }
            Up::People { is_first, people } => {
                if *is_first {
                    self.people.clear();
                }
                for (user, is_away) in people {
                    let status = if *is_away {
                        Status::Away
                    } else {
                        Status::Active
                    };
                    self.people.insert((*user).to_owned(), status);
                }
            }
            Up::Watch { workspace, users } => {
                for user in users {
                    if !self.is_mute {
                        self.tell(workspace, user, answer);
                    }
                    self.watched.insert((*user).to_owned());
                }
            }
            Up::Unwatch { users } => {
                for user in users {
                    self.watched.remove(*user);
                }
            }
            _ => {}
        }
    }

    /// Writes what somebody is.
    pub fn tell(&self, workspace: &str, user: &str, answer: &mut Vec<u8>) {
        let other = self.others.get(user);
        let other = other.filter(|(theirs, ..)| theirs == workspace);
        let record = Down::Presence {
            workspace,
            user,
            status: other.map(|(_, status, _)| *status),
            last_seen_ms: other.map_or(0, |(.., at_ms)| *at_ms),
        };
        write(answer, &record);
    }
}
