//! Days as a person sees them: whole local days, counted from the epoch.

/// Minutes that local time is ahead of UTC at an instant, in milliseconds since the epoch. It changes with daylight saving.
pub type OffsetAt = fn(u64) -> i32;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day that the instant `at_ms` lies in.
    #[must_use]
    pub fn of(at_ms: u64, offset_at: OffsetAt) -> Self {
        let local = at_ms
            .cast_signed()
            .saturating_add(i64::from(offset_at(at_ms)) * MINUTE_MS);
        Self(local.div_euclid(DAY_MS))
    }

    /// Its number since the epoch.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// How it is called on the day `today`.
    #[must_use]
    pub fn seen_from(self, today: Self) -> Relative {
        match today.0 - self.0 {
            0 => Relative::Today,
            1 => Relative::Yesterday,
            _ => Relative::Other,
        }
    }
}

/// A day as seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relative {
    /// The same day.
    Today,
    /// The day before.
    Yesterday,
    /// Any other, which is called by its date.
    Other,
}

/// Milliseconds from `now_ms` to the next local midnight, at least one.
#[must_use]
pub fn until_midnight_ms(now_ms: u64, offset_at: OffsetAt) -> u64 {
    let local = now_ms
        .cast_signed()
        .saturating_add(i64::from(offset_at(now_ms)) * MINUTE_MS);
    (DAY_MS - local.rem_euclid(DAY_MS)).unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: u64 = 3_600_000;

    #[test]
    fn a_day_begins_at_local_midnight() {
        let east = |_| 60;
        let late = 23 * HOUR_MS - 1;
        assert_eq!(Day::of(late, east).number(), 0);
        assert_eq!(Day::of(late + 1, east).number(), 1);
    }

    #[test]
    fn west_of_utc_the_epoch_lies_in_the_day_before() {
        assert_eq!(Day::of(0, |_| -60).number(), -1);
    }

    #[test]
    fn days_are_called_by_how_long_ago_they_are() {
        let utc: OffsetAt = |_| 0;
        let today = Day::of(10 * 24 * HOUR_MS, utc);
        let at = |days: u64| Day::of(days * 24 * HOUR_MS, utc).seen_from(today);
        assert_eq!(at(10), Relative::Today);
        assert_eq!(at(9), Relative::Yesterday);
        assert_eq!(at(8), Relative::Other);
        assert_eq!(at(11), Relative::Other);
    }

    #[test]
    fn midnight_is_a_day_away_at_midnight() {
        assert_eq!(until_midnight_ms(0, |_| 0), 24 * HOUR_MS);
        assert_eq!(until_midnight_ms(HOUR_MS, |_| 60), 22 * HOUR_MS);
    }
}
