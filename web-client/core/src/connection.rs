//! The socket's life: dialling, greeting, heartbeats, and coming back after it was lost.

use crate::effect::{Effect, Timer};

/// How long a dialled socket may take to open and greet, in milliseconds.
pub const DIAL_MS: u64 = 15_000;
/// How long the server may take to answer a `ping` that asks whether it is still there, in milliseconds.
pub const PROBE_MS: u64 = 4_000;
/// Silent pings after which a connection is given up.
pub const SILENT_PINGS_MAX: u32 = 2;
/// How long a connection may be missing before a person is told, in milliseconds.
pub const BANNER_AFTER_MS: u64 = 5_000;
/// The first pause before dialling again, in milliseconds; it doubles with every failure.
const BACK_OFF_MS: u64 = 500;
/// The longest pause before dialling again, in milliseconds.
const BACK_OFF_MAX_MS: u64 = 30_000;
/// A connection that lasted this long, in milliseconds, was a good one: counting failures begins anew.
const GOOD_MS: u64 = 10_000;

/// Which socket something is about; a later one has a higher number.
pub type Dial = u32;

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No connection is wanted.
    Off,
    /// The socket's address is being asked for.
    Asking,
    /// A socket is opening.
    Dialling,
    /// `hello` was sent.
    Greeting,
    /// Commands can be sent, since then.
    Ready(u64),
    /// The next try is at this time.
    Waiting(u64),
}

/// The connection to the gateway.
#[derive(Clone, Debug)]
pub struct Connection {
    phase: Phase,
    dial: Dial,
    failures: u32,
    last_command: u64,
    heartbeat_ms: u64,
    silent_pings: u32,
    heard_ms: u64,
    missing_since: Option<u64>,
}

impl Connection {
    /// None yet, at `now_ms`.
    #[must_use]
    pub fn new(now_ms: u64) -> Self {
        Self {
            phase: Phase::Off,
            dial: 0,
            failures: 0,
            last_command: 0,
            heartbeat_ms: protocol::limits::HEARTBEAT_MS,
            silent_pings: 0,
            heard_ms: now_ms,
            missing_since: Some(now_ms),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether commands can be sent.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self.phase, Phase::Ready(_))
    }

    /// Whether `dial` is the socket that counts.
    #[must_use]
    pub fn is_current(&self, dial: Dial) -> bool {
        self.dial == dial
            && matches!(
                self.phase,
                Phase::Dialling | Phase::Greeting | Phase::Ready(_)
            )
    }

    /// Whether a person has to be told at `now_ms` that there is no connection.
    #[must_use]
    pub fn is_missing(&self, now_ms: u64) -> bool {
        self.missing_since
            .is_some_and(|since| now_ms.saturating_sub(since) >= BANNER_AFTER_MS)
    }

    /// The id of the next command.
    pub fn next_command(&mut self) -> u64 {
        self.last_command += 1;
        self.last_command
    }

    /// The socket's address is asked for first.
    pub fn ask(&mut self) {
        self.phase = Phase::Asking;
    }

    /// Opens a socket at `url`.
    pub fn dial(&mut self, url: &str, effects: &mut Vec<Effect>) {
        self.dial += 1;
        self.last_command = 0;
        self.phase = Phase::Dialling;
        effects.push(Effect::Cancel(Timer::Reconnect));
        effects.push(Effect::Dial {
            dial: self.dial,
            url: url.to_owned(),
        });
        effects.push(Effect::wake(Timer::Dialled, DIAL_MS));
    }

    /// The socket is open.
    pub fn greet(&mut self) {
        self.phase = Phase::Greeting;
    }

    /// The gateway has answered `hello`.
    pub fn ready(&mut self, heartbeat_ms: u64, now_ms: u64, effects: &mut Vec<Effect>) {
        self.phase = Phase::Ready(now_ms);
        self.heartbeat_ms = heartbeat_ms.max(1_000);
        self.missing_since = None;
        self.heard(now_ms);
        effects.push(Effect::Cancel(Timer::Dialled));
        effects.push(Effect::Cancel(Timer::Banner));
        effects.push(Effect::wake(Timer::Heartbeat, self.heartbeat_ms));
    }

    /// Something came from the gateway.
    pub fn heard(&mut self, now_ms: u64) {
        self.silent_pings = 0;
        self.heard_ms = now_ms;
    }

    /// It is time for a heartbeat. `false` where the gateway has been silent for too long.
    #[must_use]
    pub fn beat(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.silent_pings >= SILENT_PINGS_MAX {
            return false;
        }
        self.silent_pings += 1;
        effects.push(Effect::Frame(protocol::frame::PING.to_owned()));
        effects.push(Effect::wake(Timer::Heartbeat, self.heartbeat_ms));
        true
    }

    /// Asks whether the gateway is still there, where that is in doubt: [`Timer::Probe`] comes unless [`Self::probed`].
    pub fn probe(&mut self, now_ms: u64, effects: &mut Vec<Effect>) {
        if self.is_ready() && now_ms.saturating_sub(self.heard_ms) > PROBE_MS {
            effects.push(Effect::Frame(protocol::frame::PING.to_owned()));
            effects.push(Effect::wake(Timer::Probe, PROBE_MS));
        }
    }

    /// Whether something came since a probe that ran out at `now_ms`.
    #[must_use]
    pub fn probed(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.heard_ms) < PROBE_MS
    }

    /// The connection is gone, or was not to be had. The next try is after `wait_ms` where the server said so, else after a
    /// pause that doubles with every failure; both are spread out by `random`.
    pub fn lost(
        &mut self,
        wait_ms: Option<u64>,
        random: u64,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        if let Phase::Ready(since) = self.phase
            && now_ms.saturating_sub(since) >= GOOD_MS
        {
            self.failures = 0;
        }
        let pause = wait_ms.map_or_else(
            || back_off_ms(self.failures, random),
            |wait| wait + random % (wait / 4).max(1),
        );
        self.failures += 1;
        self.phase = Phase::Waiting(now_ms + pause);
        self.silent_pings = 0;
        if self.missing_since.is_none() {
            self.missing_since = Some(now_ms);
        }
        effects.push(Effect::HangUp);
        for timer in [Timer::Dialled, Timer::Heartbeat, Timer::Probe] {
            effects.push(Effect::Cancel(timer));
        }
        effects.push(Effect::wake(Timer::Reconnect, pause));
        effects.push(Effect::wake(
            Timer::Banner,
            (self.missing_since.unwrap_or(now_ms) + BANNER_AFTER_MS).saturating_sub(now_ms),
        ));
    }

    /// No connection is wanted any more.
    pub fn off(&mut self, effects: &mut Vec<Effect>) {
        self.phase = Phase::Off;
        effects.push(Effect::HangUp);
        for timer in [
            Timer::Dialled,
            Timer::Heartbeat,
            Timer::Probe,
            Timer::Reconnect,
            Timer::Banner,
        ] {
            effects.push(Effect::Cancel(timer));
        }
    }

    /// Whether dialling has failed often enough that the session and the address are in doubt.
    #[must_use]
    pub fn doubts_address(&self) -> bool {
        self.failures >= 2
    }
}

/// Half of the pause is certain, the other half random, so that clients that were cut off together do not come back together.
fn back_off_ms(failures: u32, random: u64) -> u64 {
    let pause = BACK_OFF_MS
        .saturating_mul(1 << failures.min(16))
        .min(BACK_OFF_MAX_MS);
    pause / 2 + random % (pause / 2 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(connection: &Connection, now_ms: u64) -> u64 {
        match connection.phase() {
            Phase::Waiting(until) => until - now_ms,
            phase => panic!("{phase:?}"),
        }
    }

    #[test]
    fn pauses_double_up_to_a_limit_and_are_spread_over_their_upper_half() {
        assert_eq!(
            (back_off_ms(0, 0), back_off_ms(0, 250), back_off_ms(0, 251)),
            (250, 500, 250)
        );
        assert_eq!(back_off_ms(3, 0), 2_000);
        assert_eq!(back_off_ms(40, 0), BACK_OFF_MAX_MS / 2);
        assert_eq!(back_off_ms(40, 15_000), BACK_OFF_MAX_MS);
    }

    #[test]
    fn what_the_server_asks_to_wait_is_waited_at_least() {
        let mut connection = Connection::new(0);
        connection.lost(Some(8_000), 1_999, 0, &mut vec![]);
        assert_eq!(pause(&connection, 0), 9_999);
    }

    #[test]
    fn a_connection_that_broke_at_once_counts_as_a_failure() {
        let mut connection = Connection::new(0);
        for _ in 0..3 {
            connection.ready(25_000, 0, &mut vec![]);
            connection.lost(None, 0, 100, &mut vec![]);
        }
        assert_eq!(pause(&connection, 100), 1_000);
        connection.ready(25_000, 1_000, &mut vec![]);
        connection.lost(None, 0, 20_000, &mut vec![]);
        assert_eq!(pause(&connection, 20_000), 250);
    }

    #[test]
    fn two_silent_pings_give_a_connection_up() {
        let mut connection = Connection::new(0);
        connection.ready(25_000, 0, &mut vec![]);
        assert!(connection.beat(&mut vec![]));
        assert!(connection.beat(&mut vec![]));
        assert!(!connection.beat(&mut vec![]));
    }

    #[test]
    fn anything_heard_is_a_sign_of_life() {
        let mut connection = Connection::new(0);
        connection.ready(25_000, 0, &mut vec![]);
        for beat in 1..10 {
            assert!(connection.beat(&mut vec![]));
            connection.heard(beat * 25_000);
        }
    }

    #[test]
    fn a_person_is_told_after_five_seconds() {
        let mut connection = Connection::new(0);
        connection.ready(25_000, 1_000, &mut vec![]);
        connection.lost(None, 0, 60_000, &mut vec![]);
        connection.lost(None, 0, 63_000, &mut vec![]);
        assert!(!connection.is_missing(64_999));
        assert!(connection.is_missing(65_000));
    }

    #[test]
    fn a_late_word_of_an_old_socket_is_not_heard() {
        let mut connection = Connection::new(0);
        connection.dial("/socket", &mut vec![]);
        connection.lost(None, 0, 0, &mut vec![]);
        assert!(!connection.is_current(1));
        connection.dial("/socket", &mut vec![]);
        assert!(!connection.is_current(1));
        assert!(connection.is_current(2));
    }
}
