//! Effects on logs of other servers: stored with their cause, delivered once and in order.
//!
//! To each server one delivery is on its way at a time. What was not taken in is tried again when the alarm rings, later each
//! time. A request that caused effects is answered once they have been taken in, so that its asker finds them everywhere.

use std::collections::{BTreeMap, VecDeque};

use fnv::FnvHashMap;
use protocol::{
    call::{Delivery, Effect, Outcome},
    id::LogId,
    ring::Ring,
};

use crate::{
    fault::Fault,
    io::Output,
    log::Log,
    sql::{Sql, SqlError},
};

/// Effects in one delivery at the most.
const DELIVERY_MAX: usize = 200;
/// When the alarm rings for effects that are not delivered, in milliseconds, and the bounds of its doubling.
const RETRY_MIN_MS: u64 = 1_000;
/// The longest wait between two tries, in milliseconds.
const RETRY_MAX_MS: u64 = 60_000;

#[derive(Debug)]
struct Item {
    num: u32,
    delivery: Delivery,
    /// The request that waits for it.
    asked_by: Option<u64>,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<Item>,
    /// How many of `items` are on their way.
    in_flight: usize,
    /// Whether the last try failed: the next one is the alarm's.
    waits: bool,
}

#[derive(Debug)]
struct Held {
    outcome: Outcome,
    effects: usize,
}

/// The effects that are still to be taken in elsewhere.
#[derive(Debug, Default)]
pub struct Outbox {
    queues: BTreeMap<u32, Queue>,
    held: FnvHashMap<u64, Held>,
    /// Effects of the request that is being carried out.
    asking: Option<(u64, usize)>,
    failures: u32,
}

impl Outbox {
    /// What was left over from before.
    pub fn load(sql: &impl Sql, ring: &Ring) -> Result<Self, Fault> {
        let mut outbox = Self::default();
        for row in sql.exec(
            "SELECT o.num, o.n, o.target, o.effect, l.id FROM outbox o JOIN logs l ON l.num = o.num ORDER BY o.num, o.n",
            &[],
        )? {
            let read = |text: &str| LogId::parse(text).map_err(|error| SqlError(error.to_string()));
            let item = Item {
                num: row.int(0)?,
                delivery: Delivery {
                    origin: read(row.text(4)?)?,
                    n: row.int(1)?,
                    target: read(row.text(2)?)?,
                    effect: serde_json::from_str(row.text(3)?)?,
                },
                asked_by: None,
            };
            outbox.queue(ring, item);
        }
        Ok(outbox)
    }

    fn queue(&mut self, ring: &Ring, item: Item) {
        let server = ring.owner(item.delivery.target.as_str());
        self.queues.entry(server).or_default().items.push_back(item);
    }

    /// Effects from now on are those of this request.
    pub fn asked_by(&mut self, request: Option<u64>) {
        match request {
            Some(id) => self.asking = Some((id, 0)),
            None => {
                if let Some((id, effects)) = self.asking.take()
                    && effects > 0
                {
                    let outcome = Ok(protocol::call::Answer::Done);
                    self.held.insert(id, Held { outcome, effects });
                }
            }
        }
    }

    /// Stores an effect of `log` on `target`, whose server is another one.
    pub fn push(
        &mut self,
        sql: &impl Sql,
        ring: &Ring,
        log: &mut Log,
        target: LogId,
        effect: Effect,
    ) -> Result<(), Fault> {
        log.effects += 1;
        sql.exec(
            "UPDATE logs SET effects = ? WHERE num = ?",
            &[log.effects.into(), log.num.into()],
        )?;
        sql.exec(
            "INSERT INTO outbox (num, n, target, effect) VALUES (?, ?, ?, ?)",
            &[
                log.num.into(),
                log.effects.into(),
                target.as_str().into(),
                serde_json::to_string(&effect)?.as_str().into(),
            ],
        )?;
        if let Some((_, effects)) = &mut self.asking {
            *effects += 1;
        }
        let item = Item {
            num: log.num,
            delivery: Delivery {
                origin: log.id.clone(),
                n: log.effects,
                target,
                effect,
            },
            asked_by: self.asking.map(|(id, _)| id),
        };
        self.queue(ring, item);
        Ok(())
    }

    /// Keeps the outcome of a request whose effects are on their way, or gives it back where there are none.
    pub fn hold(&mut self, id: u64, outcome: Outcome) -> Option<Outcome> {
        match self.held.get_mut(&id) {
            Some(held) => {
                held.outcome = outcome;
                None
            }
            None => Some(outcome),
        }
    }

    /// Gives the outcome of a request whose asker waits no longer.
    pub fn hasten(&mut self, id: u64) -> Option<Outcome> {
        self.held.remove(&id).map(|held| held.outcome)
    }

    /// A delivery came to its end. Gives the requests whose effects are all taken in now.
    pub fn delivered(
        &mut self,
        sql: &impl Sql,
        server: u32,
        taken: bool,
    ) -> Result<Vec<(u64, Outcome)>, Fault> {
        let mut answers = Vec::new();
        let Some(queue) = self.queues.get_mut(&server) else {
            return Ok(answers);
        };
        let in_flight = std::mem::take(&mut queue.in_flight);
        if !taken {
            queue.waits = true;
            self.failures += 1;
            return Ok(answers);
        }
        self.failures = 0;
        for item in queue.items.drain(..in_flight.min(queue.items.len())) {
            sql.exec(
                "DELETE FROM outbox WHERE num = ? AND n = ?",
                &[item.num.into(), item.delivery.n.into()],
            )?;
            let Some(id) = item.asked_by else { continue };
            if let Some(held) = self.held.get_mut(&id) {
                held.effects -= 1;
                if held.effects == 0
                    && let Some(held) = self.held.remove(&id)
                {
                    answers.push((id, held.outcome));
                }
            }
        }
        Ok(answers)
    }

    /// How many effects are still to be taken in.
    pub fn waiting(&self) -> u64 {
        let waiting: usize = self.queues.values().map(|queue| queue.items.len()).sum();
        u64::try_from(waiting).unwrap_or(u64::MAX)
    }

    /// The alarm rang: everything is tried again.
    pub fn alarm(&mut self) {
        for queue in self.queues.values_mut() {
            queue.waits = false;
        }
    }

    /// How long the alarm is to wait, in milliseconds, if anything is left.
    pub fn retry_ms(&self) -> Option<u64> {
        (!self.queues.is_empty()).then(|| (RETRY_MIN_MS << self.failures.min(6)).min(RETRY_MAX_MS))
    }

    /// Sends on its way what can go.
    pub fn pump(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.queues.retain(|_, queue| !queue.items.is_empty());
        for (&server, queue) in &mut self.queues {
            if queue.in_flight > 0 || queue.waits {
                continue;
            }
            let deliveries: Vec<Delivery> = queue
                .items
                .iter()
                .take(DELIVERY_MAX)
                .map(|item| item.delivery.clone())
                .collect();
            queue.in_flight = deliveries.len();
            outputs.push(Output::Deliver { server, deliveries });
        }
        outputs
    }
}
