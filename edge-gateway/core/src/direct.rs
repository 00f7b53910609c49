//! Directs: the same people always have the same one.

use protocol::{
    api::{Caller, ChannelKind},
    call::ChannelCall,
    error::Refusal,
    id::{ChannelId, UserId, direct_key},
    limits::DIRECT_MAX_USERS,
};
use sha2::{Digest, Sha256};

/// The direct among some people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Its id.
    pub id: ChannelId,
    /// Who is in it besides the caller, each once. Nobody, in the caller's notes to themself.
    pub others: Vec<UserId>,
}

impl Direct {
    /// The direct of the caller with `users`, among whom the caller may stand.
    pub fn of(caller: &Caller, users: &[UserId]) -> Result<Self, Refusal> {
        let mut people = vec![caller.user.clone()];
        for user in users {
            if !people.contains(user) {
                people.push(user.clone());
            }
            if people.len() > DIRECT_MAX_USERS {
                return Err(Refusal::invalid(format!(
                    "a direct has at most {DIRECT_MAX_USERS} people"
                )));
            }
        }
        let digest = Sha256::digest(direct_key(&caller.workspace, &people).as_bytes());
        let first_80_bits = digest
            .iter()
            .take(10)
            .fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        Ok(Self {
            id: ChannelId::direct(&people, first_80_bits),
            others: people.split_off(1),
        })
    }

    /// What its channel server is asked.
    #[must_use]
    pub fn create(self) -> ChannelCall {
        ChannelCall::Create {
            name: None,
            kind: ChannelKind::Direct,
            topic: None,
            members: self.others,
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::{SessionId, WorkspaceId};

    use super::*;

    fn user(n: u128) -> UserId {
        UserId::mint(7, n)
    }

    fn direct(workspace: &str, caller: u128, users: &[u128]) -> Result<Direct, Refusal> {
        let caller = Caller {
            workspace: WorkspaceId::parse(workspace).unwrap(),
            user: user(caller),
            session: SessionId::parse("S1").unwrap(),
            role: protocol::api::Role::Member,
        };
        let users: Vec<UserId> = users.iter().copied().map(user).collect();
        Direct::of(&caller, &users)
    }

    #[test]
    fn whoever_asks_and_in_whatever_order_it_is_the_same() {
        let asked = direct("T1", 1, &[2, 3]).unwrap();
        assert_eq!(asked.others, [user(2), user(3)]);
        for (caller, users) in [(3, vec![1, 2]), (2, vec![3, 1, 2, 3])] {
            assert_eq!(direct("T1", caller, &users).unwrap().id, asked.id);
        }
        assert_ne!(direct("T1", 1, &[2]).unwrap().id, asked.id);
        assert_ne!(direct("T2", 1, &[2, 3]).unwrap().id, asked.id);
    }

    #[test]
    fn notes_to_oneself_are_a_direct_of_one() {
        let notes = direct("T1", 1, &[]).unwrap();
        assert_eq!(notes.others, []);
        assert_eq!(direct("T1", 1, &[1]).unwrap(), notes);
    }

    #[test]
    fn nine_people_are_the_most() {
        assert!(direct("T1", 1, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).is_ok());
        assert!(direct("T1", 1, &[2, 3, 4, 5, 6, 7, 8, 9, 10]).is_err());
    }
}
