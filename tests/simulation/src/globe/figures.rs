//! How long messages took.

use std::fmt;

use gateway_core::region::Region;

use super::{MS, atlas};

/// Longer times than this are counted as this long, in milliseconds.
const LONGEST_MS: usize = 120_000;

/// Times from writing to receipt, by the region of whoever received; each is rounded up to a millisecond.
#[derive(Clone, Debug, Default)]
pub struct Figures([Vec<u64>; 9]);

/// Some of many times, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many there are.
    pub count: u64,
    /// Half of them are at most this long.
    pub p50_ms: u64,
    /// 99 in a hundred.
    pub p99_ms: u64,
    /// All.
    pub max_ms: u64,
}

impl Figures {
    /// One more time.
    pub fn add(&mut self, region: Region, took_ns: u64) {
        let ms = usize::try_from(took_ns.div_ceil(MS)).unwrap_or(LONGEST_MS);
        let ms = ms.min(LONGEST_MS);
        let Some(counts) = self.0.get_mut(atlas::place(region)) else {
            return;
        };
        if counts.len() <= ms {
            counts.resize(ms + 1, 0);
        }
        if let Some(count) = counts.get_mut(ms) {
            *count += 1;
        }
    }

    /// Those of one region.
    #[must_use]
    pub fn of(&self, region: Region) -> Summary {
        let counts = self.0.get(atlas::place(region));
        counts.map_or_else(Summary::default, |counts| Summary::of(counts))
    }

    /// Those of all regions.
    #[must_use]
    pub fn all(&self) -> Summary {
        let mut sum = Vec::new();
        for counts in &self.0 {
            if sum.len() < counts.len() {
                sum.resize(counts.len(), 0);
            }
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        Summary::of(&sum)
    }

    /// How many in a thousand took at most so long.
    #[must_use]
    pub fn within(&self, ms: usize) -> u64 {
        let within: u64 = self
            .0
            .iter()
            .flat_map(|counts| counts.iter().take(ms + 1))
            .sum();
        within * 1_000 / self.all().count.max(1)
    }
}

impl Summary {
    /// Of counts by milliseconds.
    fn of(counts: &[u64]) -> Self {
        let count: u64 = counts.iter().sum();
        let at = |share: u64| {
            let wanted = (count * share).div_ceil(100);
            let mut passed = 0;
            let found = counts.iter().position(|count| {
                passed += count;
                passed >= wanted
            });
            found.unwrap_or(0) as u64
        };
        Self {
            count,
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99, max) = (self.p50_ms, self.p99_ms, self.max_ms);
        write!(f, "{p50:>6} {p99:>6} {max:>6}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_hundred_times_are_at_most_the_fiftieth() {
        let mut figures = Figures::default();
        for ms in 1..=100 {
            figures.add(Region::Oc, ms * MS - 1);
        }
        let summary = figures.of(Region::Oc);
        assert_eq!(
            (summary.p50_ms, summary.p99_ms, summary.max_ms),
            (50, 99, 100)
        );
        assert_eq!(figures.all(), summary);
        assert_eq!(figures.of(Region::Me).count, 0);
        assert_eq!(figures.within(20), 200);
    }
}
