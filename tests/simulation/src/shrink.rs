//! Making a failing run smaller: shorter, with fewer people and fewer kinds of faults.

use crate::{
    plan::Plan,
    run::{Report, run},
};

/// Runs that are tried at most.
const TRIES: u32 = 120;
/// A shorter time than this, in microseconds, is not tried.
const BUSY_MIN_US: u64 = 500_000;

/// The smallest run that was found to fail in the same way, and how many runs were tried.
#[must_use]
pub fn shrink(failed: Report) -> (Report, u32) {
    let mut smallest = failed;
    let mut tries = 0;
    loop {
        let before = smallest.steps;
        for plan in smaller(&smallest.plan) {
            if tries >= TRIES {
                return (smallest, tries);
            }
            tries += 1;
            let report = run(plan, false);
            if report.steps < smallest.steps && fails_alike(&report, &smallest) {
                smallest = report;
            }
        }
        if smallest.steps == before {
            return (smallest, tries);
        }
    }
}

fn fails_alike(one: &Report, other: &Report) -> bool {
    match (&one.failure, &other.failure) {
        (Some(one), Some(other)) => one.is_like(other),
        _ => false,
    }
}

/// Plans that are a little smaller than `plan`.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut try_with = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = plan.clone();
        change(&mut smaller);
        plans.push(smaller);
    };
    for share in [2, 4, 8] {
        let busy_us = plan.busy_us - plan.busy_us / share;
        if busy_us >= BUSY_MIN_US {
            try_with(&|plan| plan.busy_us = busy_us);
        }
    }
    for kind in plan.kinds.iter() {
        try_with(&|plan| plan.kinds = plan.kinds.without(kind));
    }
    if plan.people > 1 {
        try_with(&|plan| plan.people -= 1);
    }
    if plan.browsers > 1 {
        try_with(&|plan| plan.browsers -= 1);
    }
    if plan.channels > 1 {
        try_with(&|plan| plan.channels -= 1);
    }
    if plan.servers > 1 {
        try_with(&|plan| plan.servers -= 1);
    }
    if plan.regions.len() > 1 {
        try_with(&|plan| {
            plan.regions.pop();
        });
    }
    try_with(&|plan| plan.pause_us *= 2);
    try_with(&|plan| plan.fault_every_us *= 2);
    if plan.evict_per_mille > 0 {
        try_with(&|plan| plan.evict_per_mille /= 2);
    }
    plans
}
