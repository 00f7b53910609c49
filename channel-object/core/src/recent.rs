//! What was read from the storage, as long as it was used recently.

use std::{hash::Hash, mem};

use fnv::FnvHashMap;

/// A memory of what is stored: what it does not hold is read again, so that it need not hold everything.
///
/// It has two generations. Whatever is used is young; when half of the bound is, everything else is forgotten and the young are
/// old. So what stays are at least the `max / 2` that were used last.
#[derive(Debug)]
pub struct Recent<K, V> {
    young: FnvHashMap<K, V>,
    old: FnvHashMap<K, V>,
    max: usize,
}

impl<K: Eq + Hash, V> Recent<K, V> {
    /// A memory of at most `max` things, and what comes up in one turn.
    pub fn new(max: usize) -> Self {
        Self {
            young: FnvHashMap::default(),
            old: FnvHashMap::default(),
            max,
        }
    }

    /// What is known of `key`; does not count as using it.
    pub fn find(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What is known of `key`.
    pub fn find_mut(&mut self, key: &K) -> Option<&mut V> {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.young.insert(key, value);
        }
        self.young.get_mut(key)
    }

    /// Takes something in, in the place of what was known.
    pub fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// Everything, in no order that means anything; does not count as using it.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.young.values_mut().chain(self.old.values_mut())
    }

    /// Forgets what was not used recently, if there is too much. Only between turns: in a turn what was read stays.
    pub fn age(&mut self) {
        if self.young.len() >= self.max / 2 {
            self.old = mem::take(&mut self.young);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_bounded() {
        let mut recent = Recent::new(100);
        recent.insert(0, 0);
        for key in 1..10_000 {
            recent.insert(key, key);
            assert_eq!(recent.find_mut(&0), Some(&mut 0));
            recent.age();
            assert!(recent.values_mut().count() <= 100);
        }
        assert_eq!(recent.find(&9_999), Some(&9_999));
        assert_eq!(recent.find(&9_950), Some(&9_950));
        assert_eq!(recent.find(&9_000), None);
    }

    #[test]
    fn what_is_taken_in_again_is_known_once() {
        let mut recent = Recent::new(2);
        recent.insert(1, "old");
        recent.age();
        recent.insert(1, "new");
        assert_eq!(recent.find(&1), Some(&"new"));
        assert_eq!(recent.values_mut().count(), 1);
    }
}
