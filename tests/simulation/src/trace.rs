//! What happened, as one number and, where it is asked for, as lines that a person reads.

use std::{fmt, hash::Hasher};

use fnv::FnvHasher;

/// A run's trace. Two runs that did the same have the same hash.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    /// Lines, kept only where somebody is going to read them.
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its lines where `is_kept`.
    #[must_use]
    pub fn new(is_kept: bool) -> Self {
        Self {
            hash: 0,
            lines: is_kept.then(Vec::new),
        }
    }

    /// Takes note of what happened at `now_us`. `bytes` go into the hash, `line` is made only where it is kept.
    pub fn note(&mut self, now_us: u64, bytes: &[u8], line: impl FnOnce() -> String) {
        let mut hasher = FnvHasher::with_key(self.hash);
        hasher.write_u64(now_us);
        hasher.write(bytes);
        self.hash = hasher.finish();
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{:>12} {}", Clock(now_us), line()));
        }
    }

    /// `FNV-1a` over everything that happened.
    #[must_use]
    pub fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines that were kept.
    #[must_use]
    pub fn into_lines(self) -> Vec<String> {
        self.lines.unwrap_or_default()
    }
}

/// A time since the run began, in seconds.
struct Clock(u64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000);
        f.pad(&text)
    }
}
