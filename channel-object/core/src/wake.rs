//! Gateways that sleep: they have no link and are sent what there is for them by a request, which wakes them.
//!
//! Who is typing goes with the rest, in order, and is neither stored nor told again.
//!
//! To each gateway one request is on its way at a time; what comes up meanwhile goes with the next. That a gateway is owed
//! something is stored with its cause, so that it is told even if this server loses its memory first: then, or where a request
//! failed, an empty one says that something was missed. The gateway dials and asks, and until it does it is told nothing else.

use std::collections::BTreeMap;

use crate::{fault::Fault, io::Output, link::GatewayId, sql::Sql};

/// More than this for one gateway, in bytes, is better asked for.
const WAKE_MAX_BYTES: usize = 256 * 1024;
/// With so much waiting for one gateway, in bytes, nothing goes in passing.
const PASSING_MAX_BYTES: usize = 64 * 1024;
/// When a gateway that was not reached, or did not dial, is told again, in milliseconds; it doubles.
const RETRY_MIN_MS: u64 = 5_000;
/// The longest wait between two tries, in milliseconds.
const RETRY_MAX_MS: u64 = 60_000;

#[derive(Debug, Default)]
struct Sleeper {
    /// Records that have not left.
    frame: Vec<u8>,
    owed: Owed,
    /// Whether the gateway has to ask what it missed.
    has_missed: bool,
    /// The request on its way.
    in_flight: Option<u64>,
    /// Whether the next request is the alarm's.
    waits: bool,
}

/// Whether a sleeping gateway is owed anything. One that is only told of what is passing is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Owed {
    #[default]
    Nothing,
    /// It is, which is not stored yet.
    Unstored,
    /// It is, which is stored.
    Stored,
}

/// The sleeping gateways that are owed something.
#[derive(Debug, Default)]
pub struct Wakes {
    sleepers: BTreeMap<GatewayId, Sleeper>,
    last: u64,
    failures: u32,
}

impl Wakes {
    /// Who was owed something when this server lost its memory.
    pub fn load(sql: &impl Sql) -> Result<Self, Fault> {
        let mut wakes = Self::default();
        for row in sql.exec("SELECT gateway FROM wakes", &[])? {
            let sleeper = wakes.sleepers.entry(GatewayId(row.int(0)?)).or_default();
            sleeper.has_missed = true;
            sleeper.owed = Owed::Stored;
        }
        Ok(wakes)
    }

    /// A record for a gateway without a link, as it is written.
    pub fn push(&mut self, gateway: GatewayId, record: &[u8]) {
        let sleeper = self.sleepers.entry(gateway).or_default();
        if sleeper.has_missed {
            return;
        }
        sleeper.owe();
        sleeper.frame.extend_from_slice(record);
        if sleeper.frame.len() > WAKE_MAX_BYTES {
            sleeper.miss();
        }
    }

    /// A record of something that is passing: it comes in its place among the others, and if it does not arrive nothing is missed.
    pub fn push_in_passing(&mut self, gateway: GatewayId, record: &[u8]) {
        let sleeper = self.sleepers.entry(gateway).or_default();
        if !sleeper.has_missed && sleeper.frame.len() < PASSING_MAX_BYTES {
            sleeper.frame.extend_from_slice(record);
        }
    }

    /// A gateway may have missed something.
    pub fn miss(&mut self, gateway: GatewayId) {
        self.sleepers.entry(gateway).or_default().miss();
    }

    /// A request came to its end: the gateway has taken it in, or was not reached. Gives the gateway.
    pub fn ended(
        &mut self,
        sql: &impl Sql,
        request: u64,
        taken: bool,
    ) -> Result<Option<GatewayId>, Fault> {
        let found = self
            .sleepers
            .iter_mut()
            .find(|(_, sleeper)| sleeper.in_flight == Some(request));
        let Some((&gateway, sleeper)) = found else {
            return Ok(None);
        };
        sleeper.in_flight = None;
        if !taken && sleeper.owed == Owed::Nothing {
            self.settle(sql, gateway)?;
        } else if !taken {
            self.failures += 1;
            sleeper.miss();
            sleeper.waits = true;
        } else if sleeper.has_missed {
            // It dials now.
            sleeper.waits = true;
        } else {
            self.failures = 0;
            if sleeper.frame.is_empty() {
                self.settle(sql, gateway)?;
            }
        }
        Ok(Some(gateway))
    }

    /// A gateway is owed nothing any more: it has dialled, or wants nothing.
    pub fn settle(&mut self, sql: &impl Sql, gateway: GatewayId) -> Result<(), Fault> {
        if let Some(sleeper) = self.sleepers.remove(&gateway)
            && sleeper.owed == Owed::Stored
        {
            sql.exec("DELETE FROM wakes WHERE gateway = ?", &[gateway.0.into()])?;
        }
        Ok(())
    }

    /// A number that no request to a gateway has.
    pub fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// The alarm rang: everybody is told again.
    pub fn alarm(&mut self) {
        for sleeper in self.sleepers.values_mut() {
            sleeper.waits = false;
        }
    }

    /// Stores who is owed something, and sends on its way what can go.
    pub fn pump(&mut self, sql: &impl Sql) -> Result<Vec<Output>, Fault> {
        let mut outputs = Vec::new();
        for (gateway, sleeper) in &mut self.sleepers {
            if sleeper.in_flight.is_some() || sleeper.waits {
                continue;
            }
            if sleeper.owed == Owed::Unstored {
                sql.exec(
                    "INSERT OR IGNORE INTO wakes (gateway) VALUES (?)",
                    &[gateway.0.into()],
                )?;
                sleeper.owed = Owed::Stored;
            }
            let rows = sql.exec(
                "SELECT name FROM gateways WHERE id = ?",
                &[gateway.0.into()],
            )?;
            let Some(row) = rows.first() else { continue };
            self.last += 1;
            sleeper.in_flight = Some(self.last);
            outputs.push(Output::WakeGateway {
                id: self.last,
                gateway: row.text(0)?.to_owned(),
                frame: std::mem::take(&mut sleeper.frame),
            });
        }
        Ok(outputs)
    }

    /// How long the alarm is to wait, in milliseconds, if anybody is owed anything.
    pub fn retry_ms(&self) -> Option<u64> {
        let is_owed = self
            .sleepers
            .values()
            .any(|sleeper| sleeper.owed != Owed::Nothing);
        is_owed.then(|| (RETRY_MIN_MS << self.failures.min(6)).min(RETRY_MAX_MS))
    }
}

impl Sleeper {
    fn owe(&mut self) {
        if self.owed == Owed::Nothing {
            self.owed = Owed::Unstored;
        }
    }

    fn miss(&mut self) {
        self.has_missed = true;
        self.owe();
        self.frame = Vec::new();
    }
}
