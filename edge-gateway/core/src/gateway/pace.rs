//! When to flush: frames are what costs, so what a flush has cost is how long the next one waits.

/// What a frame to a browser costs of the object's time at the least, in microseconds.
pub const FRAME_COST_US: u64 = 25;
/// How long records gather at the least after each frame up a link, in microseconds: some times of what it costs both ends, with the
/// commit that it brings about, so that most of the time does not go into that.
pub const LINK_FRAME_COST_US: u64 = 1_000;
/// How long lines are gathered at most once the last flush has left, in milliseconds.
pub const GATHER_MAX_MS: u64 = 75;
/// How long records are gathered at most once the last flush has left, in milliseconds.
pub const LINK_GATHER_MAX_MS: u64 = 40;
/// After a flush with several lines to the frame so many in a row with one are taken for chance.
const GATHERING_FLUSHES: u8 = 4;
/// After so many flushes in a row that did not have to wait for as many lines as before, more are waited for.
const EARLY_FLUSHES: u8 = 4;
/// After a flush its so-manieth part passes before the next one, for what waited meanwhile to be taken in.
const REST_PART: u64 = 16;
/// A flush to fewer browsers is not measured.
const MEASURED_FRAMES: usize = 8;

/// The pace of flushes.
///
/// Nothing waits on an idle gateway. Under load lines gather until the last flush has left, and where that made frames of several
/// lines, for some times as long again, so that most of the time does not go into frames; but no longer than until there are as many
/// as last time: those who wait for an answer before they go on will not say more. Where waiting makes no longer frames, it would
/// bring longer waits only. How long a flush took only a timer can tell, as the clock stands still within a turn: it fires once the
/// flush has left, and whatever else the thread had to do by then.
///
/// What comes while a long flush leaves waits outside, each as a turn of its own. If the first of it were flushed at once, all of it
/// would leave a line to the frame, and later and later. So the timer is waited for, and a little longer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    frame_cost_us: u64,
    measured_frames: usize,
    gather_max_ms: u64,
    /// How many times as long as the flush took lines gather after it.
    gather_times: u64,
    flushed_ms: u64,
    frames: u64,
    /// So many lines are enough.
    enough: usize,
    took: Took,
    /// For how many flushes to come it is worth to wait longer, as far as known.
    gathering: u8,
    /// How many flushes in a row had enough lines.
    early: u8,
    /// Where more lines are waited for than last time: for how long at the most, in milliseconds, as there may be no more.
    patience_ms: Option<u64>,
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
        Self::new(FRAME_COST_US, MEASURED_FRAMES, GATHER_MAX_MS, 2)
    }

    /// Of frames up links.
    pub fn up() -> Self {
        Self::new(LINK_FRAME_COST_US, 1, LINK_GATHER_MAX_MS, 16)
    }

    fn new(
        frame_cost_us: u64,
        measured_frames: usize,
        gather_max_ms: u64,
        gather_times: u64,
    ) -> Self {
        Self {
            frame_cost_us,
            measured_frames,
            gather_max_ms,
            gather_times,
            flushed_ms: 0,
            frames: 0,
            enough: usize::MAX,
            took: Took::Nothing,
            gathering: 0,
            early: 0,
            patience_ms: None,
        }
    }

    /// Takes note of a flush of `frames` frames with `lines` lines in them.
    pub fn flushed(&mut self, frames: usize, lines: usize, now_ms: u64) {
        // From seven lines to four frames on, waiting is worth it.
        self.gathering = if 4 * lines >= 7 * frames {
            GATHERING_FLUSHES
        } else {
            self.gathering.saturating_sub(1)
        };
        self.early = if lines >= self.enough {
            self.early + 1
        } else {
            0
        };
        self.enough = lines;
        self.patience_ms = None;
        if self.early == EARLY_FLUSHES {
            // There may be more to be had.
            self.early = 0;
            self.enough = lines + lines.div_ceil(2);
            let lasted_ms = now_ms.saturating_sub(self.flushed_ms);
            self.patience_ms = Some(lasted_ms + lasted_ms.div_ceil(2));
        }
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

    /// Whether a flush of so many lines may be now; also where the clock was set back.
    pub fn is_due(&self, lines: usize, now_ms: u64) -> bool {
        self.due_ms(lines) <= now_ms || now_ms < self.flushed_ms
    }

    /// When the next flush may be, with so many lines as there are.
    pub fn due_ms(&self, lines: usize) -> u64 {
        let cost_ms = self
            .frames
            .saturating_mul(self.frame_cost_us)
            .div_ceil(1_000);
        let least_ms = cost_ms.min(self.gather_max_ms);
        let wait_ms = match self.took {
            Took::Nothing => least_ms,
            // A timer that does not come in good time is not waited for.
            Took::Measuring => cost_ms.saturating_mul(8).max(self.gather_max_ms),
            Took::Ms(ms) if self.gathering > 0 && lines < self.enough => {
                let longest_ms = ms + (ms * self.gather_times).min(self.gather_max_ms);
                least_ms.max(self.patience_ms.map_or(longest_ms, |ms| ms.min(longest_ms)))
            }
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

    /// More than any flush had.
    const MANY: usize = 9_000_000;

    #[test]
    fn the_first_flush_is_due_at_once() {
        assert_eq!(Pace::down().due_ms(0), 0);
    }

    #[test]
    fn a_flush_of_a_thousand_frames_is_followed_by_25_ms_of_gathering() {
        let mut pace = Pace::down();
        pace.flushed(1_000, MANY, 500);
        pace.timer(500);
        assert_eq!(pace.due_ms(0), 525);
        pace.flushed(1_000_000, MANY, 500);
        pace.timer(500);
        assert_eq!(pace.due_ms(0), 500 + GATHER_MAX_MS);
    }

    #[test]
    fn what_comes_while_a_long_flush_leaves_waits_for_its_end() {
        let mut pace = Pace::down();
        pace.flushed(10_000, 10_000, 500);
        assert!(!pace.is_due(1, 1_000), "the thread was not free before");
        assert!(pace.is_due(1, 2_500), "the timer does not come");
        pace.timer(1_001);
        assert!(!pace.is_due(1, 1_001), "what waited is not taken in");
        assert!(pace.is_due(1, 1_032));
    }

    #[test]
    fn a_clock_that_is_put_forward_makes_nothing_wait_long() {
        for (mut pace, longest_ms) in [
            (Pace::down(), GATHER_MAX_MS),
            (Pace::up(), LINK_GATHER_MAX_MS),
        ] {
            pace.flushed(8, 8, 500);
            pace.timer(600_500);
            assert!(pace.is_due(1, 600_500 + longest_ms));
        }
    }

    #[test]
    fn what_the_timer_measures_counts_where_it_is_more() {
        let mut pace = Pace::down();
        pace.flushed(250, MANY, 500);
        assert_eq!(pace.measure_ms(), Some(500));
        pace.timer(520);
        assert_eq!(pace.due_ms(0), 560);
        pace.timer(530);
        assert_eq!(pace.due_ms(0), 560, "another timer");
        pace.flushed(250, MANY, 600);
        pace.timer(800);
        assert_eq!(pace.due_ms(0), 800 + GATHER_MAX_MS, "at most so long");
        for _ in 0..GATHERING_FLUSHES {
            assert_eq!(pace.due_ms(0), 800 + GATHER_MAX_MS, "that may be chance");
            pace.flushed(250, 300, 600);
            pace.timer(800);
        }
        assert_eq!(pace.due_ms(0), 812, "waiting has brought nothing");
        pace.flushed(1, MANY, 900);
        assert_eq!((pace.measure_ms(), pace.due_ms(0)), (None, 901));
    }

    #[test]
    fn as_many_lines_as_last_time_are_enough_once_the_flush_has_left() {
        let mut pace = Pace::down();
        pace.flushed(100, 3_200, 500);
        assert_eq!(pace.due_ms(3_200), 500 + GATHER_MAX_MS, "it has not left");
        pace.timer(510);
        assert_eq!(pace.due_ms(3_199), 530);
        assert_eq!(pace.due_ms(3_200), 510);
    }

    #[test]
    fn those_who_say_no_more_are_not_waited_for_long() {
        let mut pace = Pace::up();
        // 64 questions at a time, each set a few milliseconds after the answers to the last one.
        let (mut now_ms, mut waited_ms) = (0, 0);
        for _ in 0..100 {
            pace.flushed(1, 64, now_ms);
            pace.timer(now_ms + 2);
            let all_ms = now_ms + 4;
            let due_ms = pace.due_ms(64).max(all_ms);
            waited_ms += due_ms - all_ms;
            now_ms = due_ms;
        }
        assert!(waited_ms < 60, "{waited_ms} ms of {now_ms}");
    }

    #[test]
    fn now_and_then_more_are_waited_for() {
        let mut pace = Pace::up();
        let mut enough = Vec::new();
        for n in 0..12 {
            pace.flushed(10, 100, n);
            pace.timer(n + 10);
            enough.push(pace.due_ms(100) < pace.due_ms(99));
        }
        let waits = enough.iter().filter(|enough| !**enough).count();
        assert_eq!(waits, 2, "{enough:?}");
    }
}
