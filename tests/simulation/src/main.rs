//! Runs the simulation: many seeds, or one with its trace.
//!
//! | option | |
//! |---|---|
//! | `--seeds N` | how many seeds; 200 where nothing is said |
//! | `--first S` | the first of them; 1 where nothing is said |
//! | `--seed S` | this one alone, with all that happens in it |
//! | `--shrink` | with `--seed`: the smallest run found that fails like it |
//! | `--mistake NAME` | makes a mistake on purpose; `list` names them |
//! | `--threads N` | how many runs at once; as many as there are processors where nothing is said |

use std::{
    io::{self, Write},
    process::ExitCode,
    thread,
    time::Instant,
};

use lexopt::prelude::{Long, ValueExt};
use simulation::{
    campaign::{Campaign, Outcome},
    fault::{Kind, Tally},
    mistake::Mistake,
    run::{Report, run},
    shrink::shrink,
};

/// How many seeds are run where nothing is said.
const SEEDS: u64 = 200;

struct Arguments {
    campaign: Campaign,
    seed: Option<u64>,
    shrinks: bool,
}

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            for mistake in Mistake::ALL {
                say(&mistake.to_string());
            }
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            say(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let failed = match arguments.seed {
        Some(seed) => replay(&arguments, seed),
        None => campaign(&arguments.campaign),
    };
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The command line; nothing where the mistakes are to be named.
fn parse() -> Result<Option<Arguments>, lexopt::Error> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut arguments = Arguments {
        campaign: Campaign {
            first: 1,
            seeds: SEEDS,
            threads,
            mistake: None,
        },
        seed: None,
        shrinks: false,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seeds") => arguments.campaign.seeds = parser.value()?.parse()?,
            Long("first") => arguments.campaign.first = parser.value()?.parse()?,
            Long("threads") => arguments.campaign.threads = parser.value()?.parse()?,
            Long("seed") => arguments.seed = Some(parser.value()?.parse()?),
            Long("shrink") => arguments.shrinks = true,
            Long("mistake") => {
                let name = parser.value()?.string()?;
                if name == "list" {
                    return Ok(None);
                }
                let mistake = Mistake::parse(&name);
                arguments.campaign.mistake =
                    Some(mistake.ok_or_else(|| format!("there is no mistake `{name}`"))?);
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(arguments))
}

/// Runs many seeds; whether one failed.
fn campaign(campaign: &Campaign) -> bool {
    let start = Instant::now();
    let outcome = campaign.run();
    let Outcome {
        runs,
        steps,
        checks,
        tally,
        ..
    } = &outcome;
    let seconds = start.elapsed().as_secs_f64();
    let faults = tally.total();
    say(&format!(
        "{runs} seeds from {}: {steps} steps, {faults} faults, {checks} checks in {seconds:.1} s",
        campaign.first
    ));
    say_tally(tally);
    say(outcome.mishaps.to_string().trim_end());
    let Some(report) = outcome.failed else {
        say("every promise was kept");
        return false;
    };
    say_failure(&report);
    let (smallest, tries) = shrink(report);
    say(&format!("the smallest of {tries} runs that fail like it:"));
    say_failure(&smallest);
    let seed = smallest.plan.seed;
    let mistake = campaign
        .mistake
        .map_or_else(String::new, |mistake| format!(" --mistake {mistake}"));
    say(&format!(
        "replay with `--seed {seed}{mistake}`, the smallest with `--seed {seed}{mistake} --shrink`"
    ));
    true
}

/// Runs one seed and prints what happens; whether it failed.
fn replay(arguments: &Arguments, seed: u64) -> bool {
    let mut plan = arguments.campaign.plan(seed);
    if arguments.shrinks {
        let report = run(plan.clone(), false);
        if report.failure.is_some() {
            plan = shrink(report).0.plan;
        }
    }
    let report = run(plan, true);
    for line in &report.lines {
        say(line);
    }
    say_tally(&report.tally);
    say(&format!(
        "{} steps, {} faults, {} checks, trace {:016x}",
        report.steps,
        report.tally.total(),
        report.checks,
        report.hash
    ));
    match &report.failure {
        Some(_) => say_failure(&report),
        None => say("every promise was kept"),
    }
    report.failure.is_some()
}

fn say_tally(tally: &Tally) {
    let kinds: Vec<String> = Kind::ALL
        .into_iter()
        .filter(|kind| tally.of(*kind) > 0)
        .map(|kind| format!("{kind} {}", tally.of(kind)))
        .collect();
    if !kinds.is_empty() {
        say(&kinds.join(", "));
    }
}

fn say_failure(report: &Report) {
    if let Some(failure) = &report.failure {
        say(&format!(
            "seed {} failed after {} steps, at {}.{:06} s: {failure}",
            report.plan.seed,
            report.steps,
            report.ended_us / 1_000_000,
            report.ended_us % 1_000_000
        ));
        say(&report.plan.to_string());
    }
}

/// Prints a line; whoever reads may have stopped, as `head` does.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
