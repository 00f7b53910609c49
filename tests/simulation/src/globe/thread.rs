//! The one thread of an object: what comes while it works waits for its turn.

use std::collections::VecDeque;

/// A thread, and what waits for it.
#[derive(Debug)]
pub(super) struct Thread<T> {
    free_ns: u64,
    waiting: VecDeque<T>,
    /// Whether it is put down that it is free for what waits.
    is_due: bool,
}

impl<T> Default for Thread<T> {
    fn default() -> Self {
        Self {
            free_ns: 0,
            waiting: VecDeque::new(),
            is_due: false,
        }
    }
}

impl<T> Thread<T> {
    /// Something comes. Gives when the thread is free for it, unless that is put down already.
    pub fn comes(&mut self, what: T, now_ns: u64) -> Option<u64> {
        self.waiting.push_back(what);
        if std::mem::replace(&mut self.is_due, true) {
            return None;
        }
        Some(self.free_ns.max(now_ns))
    }

    /// What has waited longest.
    pub fn next(&mut self) -> Option<T> {
        self.waiting.pop_front()
    }

    /// The thread has work until `free_ns`. Gives that where something waits for it.
    pub fn worked(&mut self, free_ns: u64) -> Option<u64> {
        self.free_ns = free_ns;
        self.is_due = !self.waiting.is_empty();
        self.is_due.then_some(free_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_during_a_turn_waits_for_its_end() {
        let mut thread = Thread::default();
        assert_eq!(thread.comes('a', 5), Some(5));
        assert_eq!(thread.comes('b', 6), None);
        assert_eq!(thread.next(), Some('a'));
        assert_eq!(thread.worked(20), Some(20));
        assert_eq!(thread.next(), Some('b'));
        assert_eq!(thread.worked(30), None);
        assert_eq!(thread.comes('c', 21), Some(30));
    }
}
