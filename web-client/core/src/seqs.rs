//! Seqs in ascending order, each once.

use protocol::message::Seq;

/// A sorted list of seqs.
#[derive(Clone, Debug, Default)]
pub struct Seqs(Vec<Seq>);

impl Seqs {
    /// Takes a seq in; whether it is new.
    pub fn insert(&mut self, seq: Seq) -> bool {
        match self.0.binary_search(&seq) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, seq);
                true
            }
        }
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        self.0.binary_search(&seq).is_ok()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Seq] {
        &self.0
    }

    /// The lowest.
    #[must_use]
    pub fn first(&self) -> Option<Seq> {
        self.0.first().copied()
    }

    /// The highest.
    #[must_use]
    pub fn last(&self) -> Option<Seq> {
        self.0.last().copied()
    }

    /// How many are lower than this one.
    #[must_use]
    pub fn below(&self, seq: Seq) -> usize {
        self.0.partition_point(|other| *other < seq)
    }

    /// Forgets those that are lower than this one.
    pub fn drop_below(&mut self, seq: Seq) {
        self.0.drain(..self.below(seq));
    }

    /// Takes them all in.
    pub fn extend(&mut self, seqs: impl Iterator<Item = Seq>) {
        self.0.extend(seqs);
        self.0.sort_unstable();
        self.0.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_stand_in_order_each_once() {
        let mut seqs = Seqs::default();
        seqs.extend([7, 3, 5, 3].into_iter());
        assert!(seqs.insert(4) && !seqs.insert(5));
        assert_eq!(seqs.all(), [3, 4, 5, 7]);
        assert_eq!((seqs.first(), seqs.last()), (Some(3), Some(7)));
        assert_eq!((seqs.below(5), seqs.below(8)), (2, 4));
        seqs.drop_below(5);
        assert_eq!(seqs.all(), [5, 7]);
        assert!(seqs.contains(7) && !seqs.contains(3));
    }
}
