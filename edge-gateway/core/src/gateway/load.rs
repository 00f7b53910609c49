//! Admission: how much waits for one channel server, how long that takes, and whether more may wait.
//!
//! Where more is sent to a channel server than it takes in, a queue would grow without an end, and everybody would wait in it. So
//! what is sent is refused as soon as it would wait for too long, with the time at which there will be room. Replies,
//! subscriptions and reads go on.

use std::collections::VecDeque;

/// A message that would wait longer than this for its channel server, in milliseconds, is refused.
pub const DRAIN_MAX_MS: u64 = 2_000;
/// Messages are refused where so many bytes wait for one channel server.
pub const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Every command is refused where so many bytes wait for one channel server.
pub const WAITING_BYTES_LIMIT: usize = 6 * 1024 * 1024;
/// What a command takes besides its body, in bytes.
pub const COMMAND_BYTES: usize = 256;
/// An answer that took longer than this, in milliseconds, tells how long what is ahead of a command takes; a quicker one may have
/// been on its way for as long.
const SLOW_MS: u64 = 500;
/// So many commands are taken to have been ahead at the least: what a few waited for was something else.
const AHEAD_MIN: u64 = 32;
/// Who is refused comes back after so long at the least, in milliseconds.
const RETRY_MIN_MS: u64 = 500;
/// Who is refused comes back after so long at the most, in milliseconds.
pub const RETRY_MAX_MS: u64 = 30_000;
/// Where it is not known how long a command takes, those who are refused come back so far apart, in microseconds.
const APART_US: u64 = 1_000;

/// What waits for one channel server without an answer.
#[derive(Debug, Default)]
pub(super) struct Load {
    commands: u64,
    bytes: usize,
    /// Each command that may still wait, with when it was asked, the oldest first.
    asked: VecDeque<(u64, u64)>,
    /// How long one command takes, in microseconds; 0 where answers are quick.
    cost_us: u64,
    /// Up to when those who were refused have been told to come back, in microseconds since the epoch.
    promised_us: u64,
}

/// What a command is refused with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RetryAfterMs(pub u64);

impl Load {
    /// A command waits from now on; gives how many wait with it.
    pub fn asked(&mut self, id: u64, bytes: usize, now_ms: u64) -> u64 {
        self.commands += 1;
        self.bytes += bytes + COMMAND_BYTES;
        self.asked.push_back((id, now_ms));
        self.commands
    }

    /// A command does not wait any more. `is_open` tells of an id whether it still does.
    pub fn left(&mut self, bytes: usize, is_open: impl Fn(u64) -> bool) {
        self.commands = self.commands.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes + COMMAND_BYTES);
        while self.asked.front().is_some_and(|(id, _)| !is_open(*id)) {
            self.asked.pop_front();
        }
    }

    /// A command was answered that had waited with `ahead` others.
    pub fn answered(&mut self, ahead: u64, waited_ms: u64) {
        self.cost_us = if waited_ms < SLOW_MS {
            0
        } else {
            waited_ms.saturating_mul(1_000) / ahead.max(AHEAD_MIN)
        };
    }

    /// What waits, in bytes.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a message of so many bytes may wait too.
    pub fn admit(&mut self, bytes: usize, now_ms: u64) -> Result<(), RetryAfterMs> {
        let is_full = self.bytes + bytes + COMMAND_BYTES > WAITING_BYTES_MAX;
        if is_full || self.drain_ms() > DRAIN_MAX_MS || self.oldest_ms(now_ms) > DRAIN_MAX_MS {
            return Err(self.refuse(now_ms));
        }
        Ok(())
    }

    /// Whether a command of so many bytes that is no message may wait too.
    pub fn admit_other(&mut self, bytes: usize, now_ms: u64) -> Result<(), RetryAfterMs> {
        if self.bytes + bytes + COMMAND_BYTES > WAITING_BYTES_LIMIT {
            return Err(self.refuse(now_ms));
        }
        Ok(())
    }

    /// When to come back: once what waits is done, and each after those who were told so before.
    pub fn refuse(&mut self, now_ms: u64) -> RetryAfterMs {
        let wait_ms = self
            .drain_ms()
            .max(self.oldest_ms(now_ms))
            .max(RETRY_MIN_MS);
        let from_us = now_ms.saturating_mul(1_000);
        let at_us = (from_us + wait_ms * 1_000)
            .max(self.promised_us)
            .min(from_us + RETRY_MAX_MS * 1_000);
        self.promised_us = at_us + self.cost_us.max(APART_US);
        RetryAfterMs((at_us - from_us).div_ceil(1_000))
    }

    /// How long what waits will take.
    fn drain_ms(&self) -> u64 {
        self.commands.saturating_mul(self.cost_us) / 1_000
    }

    /// How long the oldest command has been waiting.
    fn oldest_ms(&self, now_ms: u64) -> u64 {
        self.asked
            .front()
            .map_or(0, |(_, asked_ms)| now_ms.saturating_sub(*asked_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many commands that were asked at `now_ms`.
    fn load(commands: u64, now_ms: u64) -> Load {
        let mut load = Load::default();
        for id in 0..commands {
            load.asked(id, 100, now_ms);
        }
        load
    }

    #[test]
    fn a_burst_is_taken_where_nothing_says_that_it_is_too_much() {
        assert_eq!(load(2_000, 0).admit(100, 1_000), Ok(()));
    }

    #[test]
    fn what_would_take_longer_than_two_seconds_is_refused_for_as_long() {
        let mut load = load(1_000, 0);
        load.answered(500, 1_000);
        assert_eq!(load.drain_ms(), 2_000);
        assert_eq!(load.admit(100, 0), Ok(()));
        load.asked(1_000, 100, 0);
        assert_eq!(load.admit(100, 0), Err(RetryAfterMs(2_002)));
        load.answered(1, 10);
        assert_eq!(load.admit(100, 0), Ok(()), "it goes quickly again");
    }

    #[test]
    fn what_is_no_message_may_wait_a_little_longer_and_not_without_an_end() {
        let mut load = Load::default();
        load.asked(0, WAITING_BYTES_MAX, 0);
        assert!(load.admit(1, 0).is_err());
        assert_eq!(load.admit_other(1, 0), Ok(()));
        load.asked(
            1,
            WAITING_BYTES_LIMIT - WAITING_BYTES_MAX - 3 * COMMAND_BYTES,
            0,
        );
        assert_eq!(load.admit_other(0, 0), Ok(()));
        assert!(load.admit_other(1, 0).is_err());
    }

    #[test]
    fn a_server_that_does_not_answer_at_all_is_not_given_more() {
        let mut load = load(1, 0);
        assert_eq!(load.admit(100, DRAIN_MAX_MS), Ok(()));
        assert!(load.admit(100, DRAIN_MAX_MS + 1).is_err());
        load.left(100, |_| false);
        assert_eq!(load.admit(100, DRAIN_MAX_MS + 1), Ok(()));
    }

    #[test]
    fn a_long_way_is_not_taken_for_a_slow_server() {
        let mut load = load(20, 0);
        load.answered(1, 300);
        assert_eq!(load.admit(100, 0), Ok(()));
        load.answered(1, 900);
        assert_eq!(load.admit(100, 0), Ok(()));
    }

    #[test]
    fn those_who_are_refused_together_do_not_come_back_together() {
        let mut load = load(10_000, 0);
        load.answered(1_000, 1_000);
        let told: Vec<u64> = (0..1_000).map(|_| load.refuse(0).0).collect();
        assert_eq!((told[0], told[999]), (10_000, 10_999));
        assert!(told.is_sorted());
        for _ in 0..100_000 {
            assert!(load.refuse(0).0 <= RETRY_MAX_MS);
        }
    }
}
