//! When to flush: frames are what costs, so what a flush has cost is how long the next one waits.

/// What a frame to a browser costs of the object's time at the least, in microseconds.
pub const FRAME_COST_US: u64 = 25;
/// What a frame up a link costs both ends at the least, with the commit that it brings about, in microseconds.
pub const LINK_FRAME_COST_US: u64 = 250;
/// How long lines are gathered at most, in milliseconds.
pub const GATHER_MAX_MS: u64 = 50;
/// How long records are gathered at most, in milliseconds.
pub const LINK_GATHER_MAX_MS: u64 = 10;
/// After a flush with several lines to the frame so many in a row with one are taken for chance.
const GATHERING_FLUSHES: u8 = 4;
/// After a flush its so-manieth part passes before the next one, for what waited meanwhile to be taken in.
const REST_PART: u64 = 16;
/// A flush to fewer browsers is not measured.
const MEASURED_FRAMES: usize = 8;

/// The pace of flushes.
///
/// Nothing waits on an idle gateway. Under load lines gather until the last flush has left, and where that made frames of several
/// lines, for as long again: then half the time goes into frames at the most. Where it did not, waiting longer would bring longer
/// waits only. How long that was only a timer can tell, as the clock stands still within a turn: it fires once the
/// flush has left, and whatever else the thread had to do by then.
///
/// What comes while a long flush leaves waits outside, each as a turn of its own. If the first of it were flushed at once, all of it
/// would leave a line to the frame, and later and later. So the timer is waited for, and a little longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    frame_cost_us: u64,
    measured_frames: usize,
    gather_max_ms: u64,
    flushed_ms: u64,
    frames: u64,
    took: Took,
    /// For how many flushes to come it is worth to wait longer, as far as known.
    gathering: u8,
}

/// How long the last flush took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Took {
    /// No time worth measuring.
    #[default]
    Nothing,
    /// The timer is on its way.
    Measuring,
    /// So many milliseconds.
    Ms(u64),
}

impl Pace {
    /// Of frames to browsers.
    pub fn down() -> Self {
        Self::new(FRAME_COST_US, MEASURED_FRAMES, GATHER_MAX_MS)
    }

    /// Of frames up links.
    pub fn up() -> Self {
        Self::new(LINK_FRAME_COST_US, 1, LINK_GATHER_MAX_MS)
    }

    fn new(frame_cost_us: u64, measured_frames: usize, gather_max_ms: u64) -> Self {
        Self {
            frame_cost_us,
            measured_frames,
            gather_max_ms,
            flushed_ms: 0,
            frames: 0,
            took: Took::Nothing,
            gathering: 0,
        }
    }

    /// Takes note of a flush of `frames` frames with `lines` lines in them.
    pub fn flushed(&mut self, frames: usize, lines: usize, now_ms: u64) {
        self.gathering = if lines >= 2 * frames {
            GATHERING_FLUSHES
        } else {
            self.gathering.saturating_sub(1)
        };
        self.flushed_ms = now_ms;
        self.frames = frames.try_into().unwrap_or(u64::MAX);
        self.took = if frames < self.measured_frames {
            Took::Nothing
        } else {
            Took::Measuring
        };
    }

    /// A timer fired.
    pub fn timer(&mut self, now_ms: u64) {
        if self.took == Took::Measuring {
            self.took = Took::Ms(now_ms.saturating_sub(self.flushed_ms));
        }
    }

    /// Whether a flush may be now; also where the clock was set back.
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.due_ms() <= now_ms || now_ms < self.flushed_ms
    }

    /// When the next flush may be.
    pub fn due_ms(&self) -> u64 {
        let cost_ms = self
            .frames
            .saturating_mul(self.frame_cost_us)
            .div_ceil(1_000);
        let least_ms = cost_ms.min(self.gather_max_ms);
        let wait_ms = match self.took {
            Took::Nothing => least_ms,
            // A timer that does not come in good time is not waited for.
            Took::Measuring => cost_ms.saturating_mul(2).max(self.gather_max_ms),
            Took::Ms(ms) if self.gathering > 0 => least_ms.max(ms + ms.min(self.gather_max_ms)),
            // A clock that was put forward meanwhile makes no long rest.
            Took::Ms(ms) => least_ms.max(ms + (ms / REST_PART).min(self.gather_max_ms)),
        };
        self.flushed_ms + wait_ms
    }

    /// When a timer is needed to measure the last flush.
    pub fn measure_ms(&self) -> Option<u64> {
        (self.took == Took::Measuring).then_some(self.flushed_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_flush_is_due_at_once() {
        assert_eq!(Pace::down().due_ms(), 0);
    }

    #[test]
    fn a_flush_of_a_thousand_frames_is_followed_by_25_ms_of_gathering() {
        let mut pace = Pace::down();
        pace.flushed(1_000, 9_000_000, 500);
        pace.timer(500);
        assert_eq!(pace.due_ms(), 525);
        pace.flushed(1_000_000, 9_000_000, 500);
        pace.timer(500);
        assert_eq!(pace.due_ms(), 550);
    }

    #[test]
    fn what_comes_while_a_long_flush_leaves_waits_for_its_end() {
        let mut pace = Pace::down();
        pace.flushed(10_000, 10_000, 500);
        assert!(!pace.is_due(700), "the thread was not free before");
        assert!(pace.is_due(1_000), "the timer does not come");
        pace.timer(700);
        assert!(!pace.is_due(700), "what waited is not taken in");
        assert!(pace.is_due(715));
    }

    #[test]
    fn a_clock_that_is_put_forward_makes_nothing_wait_long() {
        for (mut pace, longest_ms) in [
            (Pace::down(), GATHER_MAX_MS),
            (Pace::up(), LINK_GATHER_MAX_MS),
        ] {
            pace.flushed(8, 8, 500);
            pace.timer(600_500);
            assert!(pace.is_due(600_500 + longest_ms));
        }
    }

    #[test]
    fn what_the_timer_measures_counts_where_it_is_more() {
        let mut pace = Pace::down();
        pace.flushed(250, 9_000_000, 500);
        assert_eq!(pace.measure_ms(), Some(500));
        pace.timer(520);
        assert_eq!(pace.due_ms(), 540);
        pace.timer(530);
        assert_eq!(pace.due_ms(), 540, "another timer");
        pace.flushed(250, 9_000_000, 600);
        pace.timer(800);
        assert_eq!(pace.due_ms(), 850, "at most so long");
        for _ in 0..GATHERING_FLUSHES {
            assert_eq!(pace.due_ms(), 850, "that may be chance");
            pace.flushed(250, 300, 600);
            pace.timer(800);
        }
        assert_eq!(pace.due_ms(), 812, "waiting has brought nothing");
        pace.flushed(1, 9_000_000, 900);
        assert_eq!((pace.measure_ms(), pace.due_ms()), (None, 901));
    }
}
