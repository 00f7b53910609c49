//! What a sleeping gateway has written down.

use std::{collections::BTreeMap, rc::Rc};

use gateway_core::gateway::{ConnectionId, Kept, KeptPerson};

/// The storage of one gateway: as it is, and as it would be after a kill.
#[derive(Clone, Debug, Default)]
pub struct Night {
    now: Pages,
    durable: Pages,
    has_written: bool,
}

#[derive(Clone, Debug, Default)]
struct Pages {
    /// The highest number that a connection has had; there while the logs are whole.
    asleep: Option<u32>,
    logs: BTreeMap<Rc<str>, Kept>,
    people: BTreeMap<ConnectionId, KeptPerson>,
}

impl Night {
    /// Writes down what has changed; from then on all of it is whole.
    pub fn write(&mut self, changed: Vec<Kept>, gone: &[Rc<str>], last_connection: u32) {
        for log in gone {
            self.now.logs.remove(log);
        }
        for kept in changed {
            self.now.logs.insert(kept.log.clone(), kept);
        }
        self.now.asleep = Some(last_connection);
        self.has_written = true;
    }

    /// Writes down which connections have changed.
    pub fn write_people(&mut self, changed: Vec<KeptPerson>, gone: &[ConnectionId]) {
        for connection in gone {
            self.now.people.remove(connection);
        }
        for kept in changed {
            self.now.people.insert(kept.connection, kept);
        }
        self.has_written = true;
    }

    /// What was written down of connections, where that is whole.
    pub fn people(&self) -> Vec<KeptPerson> {
        self.now.people.values().cloned().collect()
    }

    /// What is written down is not whole any more.
    pub fn spoil(&mut self) {
        self.now.asleep = None;
        self.has_written = true;
    }

    /// What was written down, if that is whole; else it is thrown away.
    pub fn load(&mut self) -> Option<(u32, Vec<Kept>)> {
        let Some(last_connection) = self.now.asleep else {
            self.has_written |= !self.now.logs.is_empty();
            self.now.logs.clear();
            self.now.people.clear();
            return None;
        };
        Some((last_connection, self.now.logs.values().cloned().collect()))
    }

    /// Whether anything was written since this was asked last.
    pub fn take_written(&mut self) -> bool {
        std::mem::take(&mut self.has_written)
    }

    /// Everything written so far is durable.
    pub fn confirm(&mut self) {
        self.durable = self.now.clone();
    }

    /// Everything that is not durable is lost.
    pub fn lose(&mut self) {
        self.now = self.durable.clone();
        self.has_written = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(cursor: u64) -> Kept {
        Kept {
            log: "C1".into(),
            epoch: "e".into(),
            cursor,
            connections: Vec::new(),
        }
    }

    #[test]
    fn a_kill_takes_back_what_was_not_confirmed() {
        let mut night = Night::default();
        night.write(vec![kept(1)], &[], 4);
        night.confirm();
        night.write(vec![kept(2)], &[], 4);
        night.lose();
        assert_eq!(night.load(), Some((4, vec![kept(1)])));
        night.spoil();
        assert_eq!(night.load(), None);
    }
}
