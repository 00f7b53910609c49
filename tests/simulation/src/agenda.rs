//! What is to happen, in the order of the simulated clock.

use std::{cmp::Ordering, collections::BinaryHeap};

/// A queue of things to come. Two at the same microsecond come in the order in which they were put down.
#[derive(Debug)]
pub struct Agenda<T> {
    entries: BinaryHeap<Entry<T>>,
    next: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at_us: u64,
    number: u64,
    what: T,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            entries: BinaryHeap::new(),
            next: 0,
        }
    }
}

impl<T> Agenda<T> {
    /// Puts something down for `at_us`, in microseconds since the run began.
    pub fn put(&mut self, at_us: u64, what: T) {
        let number = self.next;
        self.next += 1;
        self.entries.push(Entry {
            at_us,
            number,
            what,
        });
    }

    /// The next thing and its time.
    pub fn take(&mut self) -> Option<(u64, T)> {
        self.entries.pop().map(|entry| (entry.at_us, entry.what))
    }
}

impl<T> Entry<T> {
    fn key(&self) -> (u64, u64) {
        (self.at_us, self.number)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    /// The earliest is the greatest, which is what a heap gives first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key().cmp(&self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_come_by_time_and_then_in_the_order_put_down() {
        let mut agenda = Agenda::default();
        for (at_us, what) in [(5, 'c'), (1, 'a'), (5, 'd'), (1, 'b')] {
            agenda.put(at_us, what);
        }
        let order: Vec<char> = std::iter::from_fn(|| agenda.take())
            .map(|(_, what)| what)
            .collect();
        assert_eq!(order, ['a', 'b', 'c', 'd']);
    }
}
