//! Rates: how often something may be done, and buckets that tell whether it may be done now.
//!
//! A bucket is a token bucket written as one time, the one at which it will be full again (the generic cell rate algorithm, ITU-T
//! I.371). So nothing has to be refilled, and one that is full need not be kept.

use std::{collections::HashMap, fmt, str::FromStr};

use fnv::FnvBuildHasher;

use crate::hash::point;

/// The most that a rate says, a second and at once.
const MAX: u64 = 1_000_000;
const SECOND_NS: u64 = 1_000_000_000;
const MS_NS: u64 = 1_000_000;
/// So many keys have a bucket in one table at the most: half a megabyte.
pub const BUCKETS_MAX: usize = 16_384;
/// Before it has so many a table is not looked through for full buckets.
const BUCKETS_FEW: usize = 64;
/// The latest that one of many who wait for one bucket is told to come back, in milliseconds.
pub const PROMISE_MAX_MS: u64 = 30_000;

/// How often something may be done: so much at once, and from then on one more each so often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// 0 where there is no limit.
    every_ns: u64,
    burst: u64,
}

/// A text that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARate;

impl fmt::Display for NotARate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a rate reads like \"20/s burst 100\" or \"5/min burst 20\", with whole numbers from 1 to 1000000, or is \"off\"",
        )
    }
}

impl std::error::Error for NotARate {}

impl Rate {
    /// No limit.
    pub const OFF: Self = Self {
        every_ns: 0,
        burst: 0,
    };

    /// So many a second, after `burst` at once.
    #[must_use]
    pub const fn per_s(count: u32, burst: u32) -> Self {
        Self::within(SECOND_NS, count, burst)
    }

    /// So many a minute, after `burst` at once.
    #[must_use]
    pub const fn per_min(count: u32, burst: u32) -> Self {
        Self::within(60 * SECOND_NS, count, burst)
    }

    const fn within(ns: u64, count: u32, burst: u32) -> Self {
        Self {
            // Rounded up, so that never more passes than was said.
            every_ns: ns.div_ceil(if count == 0 { 1 } else { count as u64 }),
            burst: burst as u64,
        }
    }

    /// Whether there is no limit.
    #[must_use]
    pub const fn is_off(self) -> bool {
        self.every_ns == 0
    }

    /// How long it takes an empty bucket to be full.
    const fn full_ns(self) -> u64 {
        self.every_ns.saturating_mul(self.burst)
    }
}

impl FromStr for Rate {
    type Err = NotARate;

    /// `COUNT/s burst COUNT`, `COUNT/min burst COUNT`, or `off`.
    fn from_str(text: &str) -> Result<Self, NotARate> {
        let mut words = text.split_ascii_whitespace();
        let (rate, more) = (words.next(), [words.next(), words.next(), words.next()]);
        let (rate, burst) = match (rate, more) {
            (Some("off"), [None, None, None]) => return Ok(Self::OFF),
            (Some(rate), [Some("burst"), Some(burst), None]) => (rate, burst),
            _ => return Err(NotARate),
        };
        let number = |text: &str| {
            let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number: u32 = text.parse().map_err(|_| NotARate)?;
            let is_in_range = (1..=MAX).contains(&u64::from(number));
            (is_digits && is_in_range).then_some(number).ok_or(NotARate)
        };
        let (count, unit) = rate.split_once('/').ok_or(NotARate)?;
        let ns = match unit {
            "s" => SECOND_NS,
            "min" => 60 * SECOND_NS,
            _ => return Err(NotARate),
        };
        Ok(Self::within(ns, number(count)?, number(burst)?))
    }
}

/// What one key may still do now. A new one is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it will be full again, in nanoseconds since the epoch.
    full_ns: u64,
}

impl Bucket {
    /// Takes one out, or tells in how many milliseconds there will be one. It takes nothing then.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        let full_ns = self.without_one(rate, now_ms)?;
        self.full_ns = full_ns;
        Ok(())
    }

    /// Whether there is one, or in how many milliseconds there will be.
    pub fn look(self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        self.without_one(rate, now_ms).map(|_| ())
    }

    fn without_one(self, rate: Rate, now_ms: u64) -> Result<u64, u64> {
        let from_ns = now_ms.saturating_mul(MS_NS);
        let until_ns = from_ns.saturating_add(rate.full_ns());
        // A clock that was set back makes nobody wait for it.
        let full_ns = if self.full_ns > until_ns {
            0
        } else {
            self.full_ns
        };
        let full_ns = full_ns.max(from_ns).saturating_add(rate.every_ns);
        match full_ns.saturating_sub(until_ns) {
            0 => Ok(full_ns),
            missing_ns => Err(missing_ns.div_ceil(MS_NS)),
        }
    }

    fn is_full(self, now_ms: u64) -> bool {
        self.full_ns <= now_ms.saturating_mul(MS_NS)
    }
}

/// A bucket that many take from: each who finds it empty is told a time of their own, so that they come back as quickly as it
/// fills and no quicker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    bucket: Bucket,
    /// For when the last of those who wait was told that there would be one, in nanoseconds since the epoch.
    promised_ns: u64,
}

impl Shared {
    /// Takes one out where nobody else waits, or tells in how many milliseconds there will be one.
    pub fn take_alone(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        self.bucket.take(rate, now_ms)
    }

    /// Takes one out, or tells in how many milliseconds to come back.
    pub fn take(&mut self, rate: Rate, now_ms: u64) -> Result<(), u64> {
        self.bucket.take(rate, now_ms).map_err(|wait_ms| {
            let from_ns = now_ms.saturating_mul(MS_NS);
            let at_ns = from_ns
                .saturating_add(wait_ms.saturating_mul(MS_NS))
                .max(self.promised_ns.saturating_add(rate.every_ns))
                .min(from_ns.saturating_add(wait_ms.max(PROMISE_MAX_MS).saturating_mul(MS_NS)));
            self.promised_ns = at_ns;
            at_ns.saturating_sub(from_ns).div_ceil(MS_NS)
        })
    }
}

/// The buckets of many keys, at most [`BUCKETS_MAX`] of them.
///
/// Full ones are forgotten, which nobody notices. Where more keys than that have taken something out, those that are soonest full are
/// forgotten until half are left: who took most is kept longest.
#[derive(Debug)]
pub struct Buckets {
    of: HashMap<u64, Bucket, FnvBuildHasher>,
    /// With so many it is looked through before it takes another one in.
    sweep_at: usize,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            of: HashMap::default(),
            sweep_at: BUCKETS_FEW,
        }
    }
}

impl Buckets {
    /// The key of a text. Texts of the same hash, one pair in 2⁶⁴, would share a bucket.
    #[must_use]
    pub fn key(text: &str) -> u64 {
        point(text.as_bytes())
    }

    /// [`Bucket::take`] from the bucket of `key`.
    pub fn take(&mut self, key: u64, rate: Rate, now_ms: u64) -> Result<(), u64> {
        if rate.is_off() {
            return Ok(());
        }
        if let Some(bucket) = self.of.get_mut(&key) {
            return bucket.take(rate, now_ms);
        }
        if self.of.len() >= self.sweep_at {
            self.sweep(now_ms);
        }
        self.of.entry(key).or_default().take(rate, now_ms)
    }

    /// [`Bucket::look`] at the bucket of `key`.
    pub fn look(&self, key: u64, rate: Rate, now_ms: u64) -> Result<(), u64> {
        self.of
            .get(&key)
            .map_or(Ok(()), |bucket| bucket.look(rate, now_ms))
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    fn sweep(&mut self, now_ms: u64) {
        self.of.retain(|_, bucket| !bucket.is_full(now_ms));
        if self.of.len() > BUCKETS_MAX / 2 {
            let soon_ns = self.middle_ns();
            self.of.retain(|_, bucket| bucket.full_ns > soon_ns);
        }
        // As many again may come before the next look, so that it costs little for each.
        self.sweep_at = (2 * self.of.len()).clamp(BUCKETS_FEW, BUCKETS_MAX);
    }

    /// The time later than which about half of the bound, and never more, will be full. Found by halving: the code of a sort would be
    /// several kilobytes.
    fn middle_ns(&self) -> u64 {
        let (mut low_ns, mut high_ns) = (0, u64::MAX);
        while high_ns - low_ns > MS_NS {
            let middle_ns = low_ns + (high_ns - low_ns) / 2;
            let later = self.of.values().filter(|b| b.full_ns > middle_ns).count();
            if later > BUCKETS_MAX / 2 {
                low_ns = middle_ns;
            } else {
                high_ns = middle_ns;
            }
        }
        high_ns
    }
}

#[cfg(test)]
mod tests;
