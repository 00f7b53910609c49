//! When to flush: frames are what costs, so what a flush has cost is how long the next one waits.

/// What a frame to a browser costs of the object's time, in microseconds.
pub const FRAME_COST_US: u64 = 25;
/// How long lines are gathered at most, in milliseconds.
pub const GATHER_MAX_MS: u64 = 50;

/// The pace of flushes.
///
/// Nothing waits on an idle gateway. Under load lines gather as long as the last flush took, so that no more than half the
/// time goes into frames.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    flushed_ms: u64,
    frames: u64,
}

impl Pace {
    /// Takes note of a flush of `frames` frames.
    pub fn flushed(&mut self, frames: usize, now_ms: u64) {
        self.flushed_ms = now_ms;
        self.frames = frames.try_into().unwrap_or(u64::MAX);
    }

    /// Whether a flush may be now; also where the clock was set back.
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms() <= now_ms || now_ms < self.flushed_ms
    }

    /// When the next flush may be.
    pub fn due_ms(&self) -> u64 {
        let gather_us = self.frames.saturating_mul(FRAME_COST_US);
        self.flushed_ms + gather_us.div_ceil(1_000).min(GATHER_MAX_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_flush_is_due_at_once() {
        assert_eq!(Pace::default().due_ms(), 0);
    }

    #[test]
    fn a_flush_of_a_thousand_frames_is_followed_by_25_ms_of_gathering() {
        let mut pace = Pace::default();
        pace.flushed(1_000, 500);
        assert_eq!(pace.due_ms(), 525);
        pace.flushed(1_000_000, 500);
        assert_eq!(pace.due_ms(), 550);
    }
}
