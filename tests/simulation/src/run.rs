//! One run of one seed.

use crate::{
    delivery::Mishaps,
    failure::Failure,
    fault::Tally,
    plan::Plan,
    world::{Event, World},
};

/// How long things still go wrong when people have gone, in microseconds: gateways go to sleep meanwhile.
const ROUGH_US: u64 = 8_000_000;
/// How long everything has to come to rest after the last fault, in microseconds: the longest time limits and back-offs, one
/// after the other.
const REST_US: u64 = 180_000_000;
/// How long the last words take at most, and how long the last readers do, in microseconds.
const READ_US: u64 = 60_000_000;
/// Steps after which a run does not come to rest any more.
const STEPS_MAX: u64 = 3_000_000;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What it was like.
    pub plan: Plan,
    /// Events.
    pub steps: u64,
    /// Lines and acknowledgements that were checked.
    pub checks: u64,
    /// What went wrong on purpose.
    pub tally: Tally,
    /// What befell effects on their way.
    pub mishaps: Mishaps,
    /// `FNV-1a` over everything that happened.
    pub hash: u64,
    /// When it ended, in microseconds since it began.
    pub ended_us: u64,
    /// Why it did not go to its end.
    pub failure: Option<Failure>,
    /// What happened, where that was kept.
    pub lines: Vec<String>,
}

/// Runs a plan.
#[must_use]
pub fn run(plan: Plan, keeps_trace: bool) -> Report {
    let mut world = match World::new(plan.clone(), keeps_trace) {
        Ok(world) => world,
        Err(failure) => return Report::without_world(plan, failure),
    };
    let failure = live(&mut world).err();
    Report {
        plan,
        steps: world.steps,
        checks: world.model.checks(),
        tally: world.tally,
        mishaps: world.mishaps,
        hash: world.trace.hash(),
        ended_us: world.now_us,
        failure,
        lines: world.trace.into_lines(),
    }
}

impl Report {
    fn without_world(plan: Plan, failure: Failure) -> Self {
        Self {
            plan,
            steps: 0,
            checks: 0,
            tally: Tally::default(),
            mishaps: Mishaps::default(),
            hash: 0,
            ended_us: 0,
            failure: Some(failure),
            lines: Vec::new(),
        }
    }
}

fn live(world: &mut World) -> Result<(), Failure> {
    world.set_up()?;
    let begin_us = world.now_us;
    world.is_busy = true;
    world.is_rough = true;
    world.put_fault();
    go_on_until(world, begin_us + world.plan.busy_us)?;
    world.is_busy = false;
    go_on_until(world, world.now_us + ROUGH_US)?;
    world.is_rough = false;
    world.back_at_pages();
    go_on_until(world, world.now_us + REST_US)?;
    world.last_words();
    world.ask_roles();
    go_on_until(world, world.now_us + READ_US)?;
    world.check_everybody()?;
    world.check_pages()?;
    world.check_presence()?;
    world.disconnect_pages()?;
    world.model.is_quiet = true;
    world.read_all_again();
    go_on_until(world, world.now_us + READ_US)?;
    world.check_everybody()?;
    world.check_pages()?;
    world.check_stored()?;
    world.check_what_pages_know()?;
    world.check_quiet()
}

fn go_on_until(world: &mut World, until_us: u64) -> Result<(), Failure> {
    while world.now_us < until_us {
        if !world.step()? {
            break;
        }
        if world.steps > STEPS_MAX {
            let how = format!("{STEPS_MAX} steps");
            return Err(Failure::Rule("everything comes to rest", how));
        }
    }
    Ok(())
}

impl World {
    fn put_fault(&mut self) {
        let at_us = self.now_us + self.random.around(self.plan.fault_every_us);
        self.agenda.put(at_us, Event::Fault);
    }
}
