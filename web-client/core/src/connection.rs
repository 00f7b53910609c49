//! The socket's life: dialling, greeting, heartbeats, and coming back after it was lost.

use crate::effect::{Effect, Timer};
use litemap::LiteMap;

/// How long a dialled socket may take to open and greet, in milliseconds.
pub const DIAL_MS: u64 = 15_000;
/// How long an answer to a command may take while the server is there, in milliseconds.
pub const REPLY_MS: u64 = 30_000;
/// A timer may ring so much early, in milliseconds.
const ROUNDED_MS: u64 = 50;
/// A timer that rings so late, in milliseconds, did not run: the machine was asleep, or the page was.
const ASLEEP_MS: u64 = 10_000;
/// After so many heartbeats without a word the server may have given the connection up.
const GIVEN_UP_HEARTBEATS: u64 = 3;
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
/// A gateway that asks its clients to come back over a longer time, in milliseconds, is not believed.
const RECONNECT_WITHIN_MAX_MS: u64 = 120_000;
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
    /// Within how long to come back, as the gateway last said.
    reconnect_within_ms: u64,
    /// Until when the server asked to wait.
    told_until_ms: u64,
    silent_pings: u32,
    /// When the last `ping` was said that was due.
    pinged_ms: u64,
    /// When the heartbeat's timer is to ring.
    beat_ms: u64,
    /// When it was last asked whether the gateway is still there.
    probed_ms: u64,
    heard_ms: u64,
    /// Commands without a reply, each with when it was said.
    asked: LiteMap<u64, u64>,
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
            reconnect_within_ms: 0,
            told_until_ms: 0,
            silent_pings: 0,
            pinged_ms: now_ms,
            beat_ms: now_ms,
            probed_ms: 0,
            heard_ms: now_ms,
            asked: LiteMap::new(),
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

    /// The id of the next command, which is said at `now_ms` and has a reply.
    pub fn next_command(&mut self, now_ms: u64) -> u64 {
        self.last_command += 1;
        self.asked.insert(self.last_command, now_ms);
        self.last_command
    }

    /// A command has its reply.
    pub fn replied(&mut self, command: u64) {
        self.asked.remove(&command);
    }

    /// The socket's address is asked for first.
    pub fn ask(&mut self) {
        self.phase = Phase::Asking;
    }

    /// Opens a socket at `url`.
    pub fn dial(&mut self, url: &str, effects: &mut Vec<Effect>) {
        self.dial += 1;
        self.last_command = 0;
        self.asked.clear();
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

    /// The gateway has answered `hello`: how often to say `ping`, and within how long to come back if the connection breaks.
    pub fn ready(
        &mut self,
        heartbeat_ms: u64,
        reconnect_within_ms: u64,
        now_ms: u64,
        effects: &mut Vec<Effect>,
    ) {
        self.phase = Phase::Ready(now_ms);
        self.heartbeat_ms = heartbeat_ms.max(1_000);
        self.reconnect_within(reconnect_within_ms);
        self.missing_since = None;
        self.heard(now_ms);
        effects.push(Effect::Cancel(Timer::Dialled));
        effects.push(Effect::Cancel(Timer::Banner));
        self.pinged_ms = now_ms;
        self.wake_to_beat(self.heartbeat_ms, now_ms, effects);
    }

    /// The gateway says within how long to come back if the connection breaks.
    pub fn reconnect_within(&mut self, within_ms: u64) {
        self.reconnect_within_ms = within_ms.min(RECONNECT_WITHIN_MAX_MS);
    }

    fn wake_to_beat(&mut self, after_ms: u64, now_ms: u64, effects: &mut Vec<Effect>) {
        self.beat_ms = now_ms + after_ms;
        effects.push(Effect::wake(Timer::Heartbeat, after_ms));
    }

    /// Something came from the gateway.
    pub fn heard(&mut self, now_ms: u64) {
        self.silent_pings = 0;
        self.heard_ms = now_ms;
    }

    /// The heartbeat's timer has rung. `false` where the gateway has been silent for two pings, or does not answer what it was asked.
    ///
    /// A ping without an answer is followed by another one half a heartbeat later, so that a connection that is only half open is
    /// found within two heartbeats.
    #[must_use]
    pub fn beat(&mut self, now_ms: u64, effects: &mut Vec<Effect>) -> bool {
        if self.is_ignored(now_ms) || self.silent_pings >= SILENT_PINGS_MAX {
            return false;
        }
        let half_ms = self.heartbeat_ms / 2;
        let next_ms = self.pinged_ms + self.heartbeat_ms;
        if self.silent_pings == 0 && now_ms + ROUNDED_MS < next_ms {
            self.wake_to_beat(next_ms - now_ms, now_ms, effects);
            return true;
        }
        self.silent_pings += 1;
        self.pinged_ms = now_ms;
        effects.push(Effect::Frame(protocol::frame::PING.to_owned()));
        self.wake_to_beat(half_ms, now_ms, effects);
        true
    }

    /// Whether a command has been without an answer for too long.
    fn is_ignored(&self, now_ms: u64) -> bool {
        self.asked
            .values()
            .min()
            .is_some_and(|asked_ms| now_ms.saturating_sub(*asked_ms) >= REPLY_MS)
    }

    /// Whether time has jumped: the heartbeat's timer should have rung long ago.
    #[must_use]
    pub fn has_slept(&self, now_ms: u64) -> bool {
        self.is_ready() && now_ms >= self.beat_ms + ASLEEP_MS
    }

    /// Asks whether the gateway is still there, where that is in doubt: [`Timer::Probe`] comes unless [`Self::is_probed`]. `false` where
    /// it is in no doubt any more: the gateway has not been heard for so long that it has given this connection up.
    #[must_use]
    pub fn probe(&mut self, now_ms: u64, effects: &mut Vec<Effect>) -> bool {
        if !self.is_ready() {
            return true;
        }
        let silent_ms = now_ms.saturating_sub(self.heard_ms);
        if silent_ms > GIVEN_UP_HEARTBEATS * self.heartbeat_ms {
            return false;
        }
        if silent_ms > PROBE_MS {
            // What was not answered while the machine slept says nothing, nor does how long it took.
            self.silent_pings = 0;
            self.pinged_ms = now_ms;
            self.probed_ms = now_ms;
            self.asked
                .iter_mut()
                .for_each(|(_, asked_ms)| *asked_ms = now_ms);
            effects.push(Effect::Frame(protocol::frame::PING.to_owned()));
            effects.push(Effect::wake(Timer::Probe, PROBE_MS));
            self.wake_to_beat(self.heartbeat_ms, now_ms, effects);
        }
        true
    }

    /// Whether something came since the last probe, or may still come.
    #[must_use]
    pub fn is_probed(&self, now_ms: u64) -> bool {
        self.heard_ms >= self.probed_ms || now_ms + ROUNDED_MS < self.probed_ms + PROBE_MS
    }

    /// The connection is gone, or was not to be had. The next try is after `wait_ms` where the server said so, else after a
    /// pause that doubles with every failure; both are spread out by `random`, over the time that the gateway takes for all of its
    /// clients, where that is longer.
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
            || back_off_ms(self.failures, self.reconnect_within_ms, random),
            |wait| wait + random % (wait / 4).max(1),
        );
        self.told_until_ms = wait_ms.map_or(0, |_| now_ms + pause);
        self.failures += 1;
        self.phase = Phase::Waiting(now_ms + pause);
        self.silent_pings = 0;
        self.asked.clear();
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

    /// Whether the server has asked for time that is not over at `now_ms`.
    #[must_use]
    pub fn is_told_to_wait(&self, now_ms: u64) -> bool {
        matches!(self.phase, Phase::Waiting(_)) && now_ms < self.told_until_ms
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

/// Half of the pause is certain, the other half random, and longer where there are many: so clients that were cut off together do
/// not come back together.
fn back_off_ms(failures: u32, within_ms: u64, random: u64) -> u64 {
    let pause = BACK_OFF_MS
        .saturating_mul(1 << failures.min(16))
        .min(BACK_OFF_MAX_MS);
    pause / 2 + random % ((pause / 2).max(within_ms) + 1)
}

#[cfg(test)]
mod tests;
