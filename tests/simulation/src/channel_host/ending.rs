//! How a channel server loses its memory, and how it dies.

use super::{ChannelHost, Wanted};
use crate::{
    action::CallId,
    failure::Failure,
    mistake::{LOSE_NEWEST, Mistake},
    wire::WireId,
};

/// How a channel server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// What was not confirmed is lost.
    Kill,
    /// A statement failed: so is its turn, with what was not confirmed before.
    Abort,
    /// What was written is stored; nobody hears of it.
    Deploy,
}

/// What dies with a channel server.
#[derive(Debug)]
pub struct Death {
    /// Its connections.
    pub wires: Vec<WireId>,
    /// Calls that are not answered.
    pub calls: Vec<CallId>,
    /// The lines of the events that became durable all the same.
    pub lines: Vec<String>,
    /// The alarm that it left, with its number.
    pub alarm: Option<(u64, u64)>,
}

impl ChannelHost {
    /// Loses the memory; sockets stay open and what was written is still confirmed. Gives the calls that die with it.
    pub fn forget(&mut self) -> Result<Vec<CallId>, Failure> {
        if self.core.take().is_some() {
            self.life += 1;
            self.unknown.clear();
            self.is_storing = false;
            self.queued.clear();
            self.requests = 0;
            self.storage.fail_never();
            if let Some(forget) = self.mistake.and_then(Mistake::forgets_table) {
                self.storage.tamper(forget)?;
            }
        }
        Ok(std::mem::take(&mut self.waiting).into_values().collect())
    }

    /// Dies with all its connections. Gives what dies with it, and its next alarm.
    pub fn die(&mut self, ending: Ending) -> Result<Death, Failure> {
        let mut calls = self.forget()?;
        calls.extend(self.gate.die());
        let is_torn = ending == Ending::Abort && self.makes(Mistake::TornTurn);
        let lines = if is_torn || ending == Ending::Deploy {
            self.alarm.confirm();
            self.storage.confirm()?
        } else {
            Vec::new()
        };
        self.storage.lose()?;
        if self.makes(Mistake::StaleSnapshot) {
            self.storage.tamper(LOSE_NEWEST)?;
        }
        self.alarm.wanted = Wanted::AsItIs;
        self.alarms += 1;
        Ok(Death {
            wires: std::mem::take(&mut self.sockets)
                .into_values()
                .map(|accepted| accepted.wire)
                .collect(),
            calls,
            lines,
            alarm: self.alarm.durable.map(|at_ms| (self.alarms, at_ms)),
        })
    }
}
