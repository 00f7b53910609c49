//! Limits: how often a channel, a user's calls, and single-channel sockets may have something done.
//!
//! What a log may still take is with the log, as long as it is in memory: to look costs nothing more than the log itself, which has
//! to be looked up anyway.

use protocol::{
    error::Refusal,
    id::{LogId, UserId},
    rate::Buckets,
    rates::{Rates, Toll},
};

use crate::{io::SocketId, server::ChannelServer, sql::Sql};

/// The rates, and what users may still do on single-channel sockets.
#[derive(Debug)]
pub struct Limits {
    pub rates: Rates,
    users: Buckets,
}

impl Limits {
    /// Everybody may do everything.
    pub fn none() -> Self {
        Self::of(Rates::all(protocol::rate::Rate::OFF))
    }

    fn of(rates: Rates) -> Self {
        Self {
            rates,
            users: Buckets::default(),
        }
    }
}

impl<S: Sql> ChannelServer<S> {
    /// The same server with these rates; without them nothing is limited. What was used before is forgotten.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.limits = Limits::of(rates);
        self
    }

    /// Whether a loaded channel takes one more message now. Those who wait for it are each told another time.
    pub(crate) fn admit_message(&mut self, log: &LogId, now_ms: u64) -> Result<(), Refusal> {
        let rate = self.limits.rates.channel;
        if rate.is_off() {
            return Ok(());
        }
        self.logs.find_mut(log).map_or(Ok(()), |log| {
            let taken = log.allowance.take(rate, now_ms);
            taken.map_err(|wait_ms| Refusal::rate_limited("channel", wait_ms))
        })
    }

    /// Whether a user, whose log is loaded, may make one more HTTP call now.
    pub(crate) fn admit_call(&mut self, user: &UserId, now_ms: u64) -> Result<(), Refusal> {
        let rate = self.limits.rates.calls;
        if rate.is_off() {
            return Ok(());
        }
        self.logs.find_mut(&user.into()).map_or(Ok(()), |log| {
            let taken = log.allowance.take_alone(rate, now_ms);
            taken.map_err(|wait_ms| Refusal::rate_limited("user", wait_ms))
        })
    }

    /// Whether a line of a single-channel socket may be acted on now.
    pub(crate) fn admit_line(
        &mut self,
        socket: SocketId,
        user: &UserId,
        toll: Toll,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let Limits { rates, users } = &mut self.limits;
        self.sockets
            .take(socket, toll, rates, now_ms)
            .map_err(|wait_ms| Refusal::rate_limited("connection", wait_ms))?;
        if toll != Toll::Change || rates.user.is_off() {
            return Ok(());
        }
        users
            .take(Buckets::key(user.as_str()), rates.user, now_ms)
            .map_err(|wait_ms| Refusal::rate_limited("user", wait_ms))
    }
}
