//! Limits: how often a connection, and a user over all connections here, may have something done.
//!
//! They are looked at before anything else is done with a command, so that what is refused leaves nothing behind and may be sent
//! again as it is.

use protocol::{
    error::Refusal,
    rate::Buckets,
    rates::{Rates, Toll},
};

use super::{ConnectionId, Gateway};

/// The rates, and what users may still do now.
#[derive(Debug)]
pub(super) struct Limits {
    rates: Rates,
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

impl Gateway {
    /// The same gateway with these rates; without them nothing is limited. What was used before is forgotten.
    #[must_use]
    pub fn with_rates(mut self, rates: Rates) -> Self {
        self.limits = Limits::of(rates);
        self
    }

    /// Whether a line of a connection may be acted on now; where not, nothing of it may be.
    pub(super) fn admit(
        &mut self,
        connection: ConnectionId,
        toll: Toll,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let Some(state) = self.connections.find_mut(connection) else {
            return Ok(());
        };
        let Limits { rates, users } = &mut self.limits;
        state
            .allowance
            .take(toll, rates, now_ms)
            .map_err(|wait_ms| Refusal::rate_limited("connection", wait_ms))?;
        if toll != Toll::Change || rates.user.is_off() {
            return Ok(());
        }
        let user = Buckets::key(state.caller.user.as_str());
        users
            .take(user, rates.user, now_ms)
            .map_err(|wait_ms| Refusal::rate_limited("user", wait_ms))
    }
}
