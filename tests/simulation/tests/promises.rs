//! Every promise is kept whatever breaks, and a seed is a run.

use simulation::{
    campaign::Campaign,
    delivery::{EffectKind, Mishap},
    plan::Plan,
    run::{Report, run},
};

/// As many as a suite has time for.
const SEEDS: u64 = 200;

fn failure(report: &Report) -> String {
    let failure = report.failure.as_ref().map(ToString::to_string);
    format!("seed {}: {failure:?}\n{}", report.plan.seed, report.plan)
}

#[test]
fn two_hundred_seeds_keep_every_promise_and_every_effect_meets_every_mishap() {
    let campaign = Campaign {
        first: 1,
        seeds: SEEDS,
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        mistake: None,
    };
    let outcome = campaign.run();
    let failed = outcome.failed.as_ref().map(failure);
    assert_eq!(failed, None);
    assert_eq!(outcome.runs, SEEDS);
    assert!(outcome.tally.total() > 50 * SEEDS, "{:?}", outcome.tally);
    assert!(outcome.checks > 100 * SEEDS, "{} checks", outcome.checks);
    for (kind, mishap) in EffectKind::ALL
        .into_iter()
        .flat_map(|kind| Mishap::ALL.map(|mishap| (kind, mishap)))
    {
        let times = outcome.mishaps.of(kind, mishap);
        assert!(times > 0, "{kind:?}, {mishap:?}:\n{}", outcome.mishaps);
    }
}

#[test]
fn a_seed_replays_byte_for_byte() {
    for seed in [3, 8, 17] {
        let first = run(Plan::of_seed(seed), false);
        let again = run(Plan::of_seed(seed), true);
        assert_eq!(first.hash, again.hash, "seed {seed}");
        assert_eq!(first.steps, again.steps, "seed {seed}");
        assert!(!again.lines.is_empty());
    }
}

#[test]
fn every_kind_of_fault_happens() {
    let mut tally = simulation::fault::Tally::default();
    for seed in 1..=40 {
        tally.add_all(&run(Plan::of_seed(seed), false).tally);
    }
    for kind in simulation::fault::Kind::ALL {
        assert!(tally.of(kind) > 0, "{kind} never happened");
    }
}
