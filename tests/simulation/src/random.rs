//! The one source of chance in a run.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Random numbers that depend on the seed alone: the same on every machine, as only integers and exact fractions are used.
#[derive(Debug)]
pub struct Random(Pcg64Mcg);

impl Random {
    /// The numbers of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 128 random bits.
    pub fn wide_bits(&mut self) -> u128 {
        u128::from(self.bits()) << 64 | u128::from(self.bits())
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 {
            return 0;
        }
        // The bias is far below what any run could show.
        self.bits() % end
    }

    /// An index below `end`.
    pub fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap_or(0)
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Whether something happens that happens `per_mille` times in a thousand.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// A number around `typical`: mostly near it, now and then several times as large.
    pub fn around(&mut self, typical: u64) -> u64 {
        let half = typical / 2;
        let spread = half + self.below(typical + 1);
        match self.below(20) {
            0 => spread.saturating_mul(4),
            _ => spread,
        }
    }

    /// A number from `first` to `last`, whose order of magnitude is what is equally likely.
    pub fn magnitude(&mut self, first: u64, last: u64) -> u64 {
        let doublings = (last / first.max(1)).max(1).ilog2();
        let low = first << self.below(u64::from(doublings) + 1);
        self.between(low, low.saturating_mul(2).min(last).max(low))
    }

    /// One of `all`.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let index = self.index(all.len());
        all.get(index)
    }

    /// Puts `all` into a random order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            all.swap(last, self.index(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_everywhere() {
        let mut random = Random::new(7);
        let drawn = [
            random.below(1_000),
            random.below(1_000),
            random.below(1_000),
        ];
        let mut again = Random::new(7);
        assert_eq!(
            drawn,
            [again.below(1_000), again.below(1_000), again.below(1_000)]
        );
        assert_ne!(Random::new(8).bits(), Random::new(7).bits());
    }

    #[test]
    fn magnitudes_stay_within_their_bounds() {
        let mut random = Random::new(1);
        for _ in 0..1_000 {
            assert!((20..=2_000).contains(&random.magnitude(20, 2_000)));
        }
    }
}
