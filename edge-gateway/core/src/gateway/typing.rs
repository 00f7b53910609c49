//! Typing: of a user in a channel one word passes in a while, over all their connections.

use std::collections::{HashSet, VecDeque};

use fnv::FnvBuildHasher;
use protocol::limits::TYPING_EVERY_MS;

/// So many are remembered at the most; more do not pass.
const REMEMBERED_MAX: usize = 20_000;

/// Whose word has passed just now.
#[derive(Debug, Default)]
pub(super) struct Typing {
    passed: HashSet<String, FnvBuildHasher>,
    /// The same with the time until which nothing more passes, in order.
    until_ms: VecDeque<(u64, String)>,
}

impl Typing {
    /// Whether a user may say now that they are typing, which is remembered.
    pub fn may_pass(&mut self, user: &str, channel: &str, now_ms: u64) -> bool {
        while let Some((until_ms, key)) = self.until_ms.front() {
            // A clock that was set back silences nobody for long.
            if (now_ms + 1..=now_ms + TYPING_EVERY_MS).contains(until_ms) {
                break;
            }
            self.passed.remove(key);
            self.until_ms.pop_front();
        }
        let key = format!("{user}/{channel}");
        if self.passed.contains(&key) || self.passed.len() >= REMEMBERED_MAX {
            return false;
        }
        self.passed.insert(key.clone());
        self.until_ms.push_back((now_ms + TYPING_EVERY_MS, key));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_user_in_a_channel_one_word_passes_in_three_seconds() {
        let mut typing = Typing::default();
        assert!(typing.may_pass("U1", "C1", 1_000));
        assert!(!typing.may_pass("U1", "C1", 1_000 + TYPING_EVERY_MS - 1));
        assert!(typing.may_pass("U1", "C2", 1_001), "another channel");
        assert!(typing.may_pass("U2", "C1", 1_001), "another user");
        assert!(typing.may_pass("U1", "C1", 1_000 + TYPING_EVERY_MS));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nobody() {
        let mut typing = Typing::default();
        assert!(typing.may_pass("U1", "C1", 1_000_000));
        assert!(typing.may_pass("U1", "C1", 1_000));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut typing = Typing::default();
        for n in 0..2 * REMEMBERED_MAX {
            typing.may_pass(&format!("U{n}"), "C1", 1_000);
        }
        assert_eq!(typing.passed.len(), REMEMBERED_MAX);
        assert!(typing.may_pass("U1", "C1", 1_000 + TYPING_EVERY_MS));
        assert_eq!((typing.passed.len(), typing.until_ms.len()), (1, 1));
    }
}
