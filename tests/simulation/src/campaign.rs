//! Many seeds at once: each run has a thread to itself, so that what comes of a seed does not depend on how many there are.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    delivery::Mishaps,
    fault::Tally,
    mistake::Mistake,
    plan::Plan,
    run::{Report, run},
};

/// Which seeds.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first one.
    pub first: u64,
    /// How many.
    pub seeds: u64,
    /// How many at once.
    pub threads: usize,
    /// What is done wrong on purpose.
    pub mistake: Option<Mistake>,
}

/// What came of them.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Runs that were made.
    pub runs: u64,
    /// Events.
    pub steps: u64,
    /// Lines and acknowledgements that were checked.
    pub checks: u64,
    /// Faults.
    pub tally: Tally,
    /// What befell effects on their way.
    pub mishaps: Mishaps,
    /// The run of the first seed that failed.
    pub failed: Option<Report>,
}

impl Campaign {
    /// The plan of one of the seeds.
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        let mut plan = Plan::of_seed(seed);
        plan.mistake = self.mistake;
        plan
    }

    /// Runs seed after seed until one fails or all are done.
    #[must_use]
    pub fn run(&self) -> Outcome {
        let next = AtomicU64::new(self.first);
        let end = AtomicU64::new(self.first.saturating_add(self.seeds));
        let outcome = Mutex::new(Outcome::default());
        thread::scope(|scope| {
            for _ in 0..self.threads.max(1) {
                scope.spawn(|| self.work(&next, &end, &outcome));
            }
        });
        outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, next: &AtomicU64, end: &AtomicU64, outcome: &Mutex<Outcome>) {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end.load(Ordering::Relaxed) {
                return;
            }
            let report = run(self.plan(seed), false);
            if report.failure.is_some() {
                // Later seeds are of no interest any more, earlier ones are.
                end.fetch_min(seed, Ordering::Relaxed);
            }
            outcome
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(report);
        }
    }
}

impl Outcome {
    fn add(&mut self, report: Report) {
        self.runs += 1;
        self.steps += report.steps;
        self.checks += report.checks;
        self.tally.add_all(&report.tally);
        self.mishaps.add_all(&report.mishaps);
        let is_first = match &self.failed {
            Some(failed) => report.plan.seed < failed.plan.seed,
            None => true,
        };
        if report.failure.is_some() && is_first {
            self.failed = Some(report);
        }
    }
}
