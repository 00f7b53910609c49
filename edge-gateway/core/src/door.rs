//! The door: how many sockets are let in at a time, and when those who come back together are to come.
//!
//! To let a socket in costs a gateway as much as hundreds of messages. Where many have lost theirs at once they are let in at a pace
//! that leaves most of its time to those who are in, and the others are told when it is their turn.

use protocol::hash::mix64;

/// How long a gateway takes for one of many who come back, in microseconds, with as much again for everybody else.
pub const COME_BACK_EVERY_US: u64 = 2_000;
/// Who lost a socket without a word comes back within so long at the most, in milliseconds.
pub const COME_BACK_MAX_MS: u64 = 30_000;
/// Who was sent away comes back over so long at the least, in milliseconds.
const COME_BACK_MIN_MS: u64 = 500;
/// So many let in together are no matter where many come back, in microseconds of the pace.
const RUSH_AT_ONCE_US: u64 = 200_000;
/// The pace while nobody has lost anything, in microseconds a socket.
const CALM_EVERY_US: u64 = 1_000;
/// So many let in together are no matter then, in microseconds of the pace.
const CALM_AT_ONCE_US: u64 = 2_000_000;

/// Over how long so many connections that are lost together come back, in milliseconds.
#[must_use]
pub fn come_back_within_ms(connections: usize) -> u64 {
    let connections = u64::try_from(connections).unwrap_or(u64::MAX);
    (connections.saturating_mul(COME_BACK_EVERY_US) / 1_000)
        .clamp(COME_BACK_MIN_MS, COME_BACK_MAX_MS)
}

/// When one of so many connections that are closed together is to come back, in milliseconds from now: evenly spread by a number
/// that is its own.
#[must_use]
pub fn come_back_after_ms(number: u64, connections: usize) -> u64 {
    mix64(number) % come_back_within_ms(connections)
}

/// Whether many have lost their sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowd {
    /// Few have.
    Calm,
    /// Many want to come back at once.
    Rush,
}

/// A door that sockets come in by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Door {
    /// Up to when the time is given away to those who were let in, in microseconds since the epoch.
    taken_us: u64,
    /// The same with those who were told when to come.
    promised_us: u64,
}

impl Door {
    /// A door that was found full: whoever knocks is to come after so long.
    #[must_use]
    pub fn full(retry_after_ms: u64, now_ms: u64) -> Self {
        let now = now_ms.saturating_mul(1_000);
        Self {
            taken_us: now + RUSH_AT_ONCE_US,
            promised_us: now + retry_after_ms.saturating_mul(1_000),
        }
    }

    /// Lets one in, or tells when to knock again, in milliseconds from now: each who is told so at a time of their own.
    pub fn knock(&mut self, crowd: Crowd, now_ms: u64) -> Result<(), u64> {
        let (every_us, at_once_us) = match crowd {
            Crowd::Calm => (CALM_EVERY_US, CALM_AT_ONCE_US),
            Crowd::Rush => (COME_BACK_EVERY_US, RUSH_AT_ONCE_US),
        };
        let now = now_ms.saturating_mul(1_000);
        // A clock that was set back makes nobody wait for it.
        if self.taken_us > now + 2 * CALM_AT_ONCE_US {
            *self = Self::default();
        }
        let taken = self.taken_us.max(now);
        if taken - now < at_once_us {
            self.taken_us = taken + every_us;
            return Ok(());
        }
        let longest = now + 2 * COME_BACK_MAX_MS * 1_000;
        let at = self.promised_us.max(taken).min(longest);
        self.promised_us = at + every_us;
        Err((at - now).div_ceil(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rush_is_let_in_at_its_pace_and_each_is_told_another_time() {
        let mut door = Door::default();
        let mut turns: Vec<u64> = (0..5_000)
            .filter_map(|_| door.knock(Crowd::Rush, 7_000).err())
            .collect();
        assert_eq!(turns.len(), 4_900, "100 are let in at once");
        assert_eq!((turns[0], turns[4_899]), (200, 9_998));
        // They come when they were told, and nobody is sent away again.
        turns.sort_unstable();
        assert!(
            turns
                .iter()
                .all(|ms| door.knock(Crowd::Rush, 7_000 + ms).is_ok())
        );
    }

    #[test]
    fn those_who_do_not_wait_get_in_no_faster() {
        let mut door = Door::default();
        let mut is_in = 0;
        for ms in 0..5_000 {
            for _ in 0..5 {
                is_in += u32::from(door.knock(Crowd::Rush, ms).is_ok());
            }
        }
        assert!((2_500..=2_600).contains(&is_in), "{is_in}");
    }

    #[test]
    fn in_calm_thousands_come_in_one_after_the_other() {
        let mut door = Door::default();
        assert!((0..9_000).all(|n| door.knock(Crowd::Calm, n * 8 / 10).is_ok()));
        let mut door = Door::default();
        assert!((0..2_000).all(|_| door.knock(Crowd::Calm, 0).is_ok()));
        assert_eq!(door.knock(Crowd::Calm, 0), Err(2_000));
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out() {
        let mut door = Door::default();
        assert!(door.knock(Crowd::Rush, 90_000).is_ok());
        assert!((0..50).all(|_| door.knock(Crowd::Rush, 10_000).is_ok()));
    }

    #[test]
    fn a_door_that_was_found_full_goes_on_with_the_promises_of_the_one_behind() {
        let mut door = Door::full(3_000, 1_000);
        assert_eq!(door.knock(Crowd::Rush, 1_000), Err(3_000));
        assert_eq!(door.knock(Crowd::Rush, 1_000), Err(3_002));
        assert_eq!(door.knock(Crowd::Rush, 1_002), Ok(()));
    }

    #[test]
    fn the_more_there_are_the_longer_they_take_to_come_back() {
        assert_eq!(
            [0, 500, 5_000, 50_000].map(come_back_within_ms),
            [500, 1_000, 10_000, 30_000]
        );
        let after: Vec<u64> = (0..5_000)
            .map(|number| come_back_after_ms(number, 5_000))
            .collect();
        let per_s = |s: u64| after.iter().filter(|ms| **ms / 1_000 == s).count();
        assert!((0..10).all(|s| (400..600).contains(&per_s(s))));
    }
}
