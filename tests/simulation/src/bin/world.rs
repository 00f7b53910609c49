//! Runs the world model: a channel of a million people, idle and busy, and how long a message takes to each of them.
//!
//! | option | |
//! |---|---|
//! | `--people N` | how many; 1,000,000 where nothing is said |
//! | `--slots N` | gateways of each region, the variable `GATEWAY_SLOTS`; 18 where nothing is said |
//! | `--home REGION` | where the channel's server is; `enam` where nothing is said |
//! | `--rate N` | messages a second in the busy channel; 10 where nothing is said |
//! | `--messages N` | how many of them; 100 where nothing is said |
//! | `--frame-us N`, `--line-ns N`, `--commit-us N`, `--durable-us N` | what things cost; as measured where nothing is said |
//! | `--seed S` | where people live; 1 where nothing is said |

use std::{
    fs,
    io::{self, Write},
    process::ExitCode,
    time::Instant,
};

use gateway_core::region::Region;
use lexopt::prelude::{Long, ValueExt};
use simulation::{
    failure::Failure,
    globe::{Globe, figures::Figures, town::Town},
};

/// Between two messages in an idle channel, in milliseconds: less than a gateway waits before it goes to sleep.
const IDLE_EVERY_MS: u64 = 1_500;
/// Messages in an idle channel: one from each region.
const IDLE_MESSAGES: u64 = 9;
/// What Slack says of itself, in milliseconds.
const SLACK_MS: usize = 500;

struct Arguments {
    town: Town,
    rate: u64,
    messages: u64,
}

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            say(&error.to_string());
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn parse() -> Result<Arguments, lexopt::Error> {
    let mut arguments = Arguments {
        town: Town::MILLION,
        rate: 10,
        messages: 100,
    };
    let town = &mut arguments.town;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("people") => town.people = number(&mut parser)?,
            Long("slots") => town.slots = parser.value()?.parse()?,
            Long("seed") => town.seed = number(&mut parser)?,
            Long("rate") => arguments.rate = number(&mut parser)?.clamp(1, 1_000),
            Long("messages") => arguments.messages = number(&mut parser)?,
            Long("frame-us") => town.costs.frame_ns = number(&mut parser)? * 1_000,
            Long("line-ns") => town.costs.line_ns = number(&mut parser)?,
            Long("commit-us") => town.costs.commit_ns = number(&mut parser)? * 1_000,
            Long("durable-us") => town.costs.durable_ns = number(&mut parser)? * 1_000,
            Long("home") => {
                let name = parser.value()?.string()?;
                let region = Region::parse(&name);
                town.home = region.map_err(|refusal| refusal.message.clone())?;
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(arguments)
}

fn number(parser: &mut lexopt::Parser) -> Result<u64, lexopt::Error> {
    parser.value()?.parse()
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let start = Instant::now();
    let mut globe = Globe::new(arguments.town)?;
    let town = *globe.town();
    say(&format!(
        "{} people on {} gateways, at most {} on one; the channel is in {}; connected in {:.0} s",
        town.people,
        town.slots as usize * Region::ALL.len(),
        globe.audience().largest(),
        town.home,
        start.elapsed().as_secs_f64()
    ));
    let idle = globe.talk(IDLE_MESSAGES, IDLE_EVERY_MS)?;
    let busy = globe.talk(arguments.messages, 1_000 / arguments.rate)?;
    say("from writing to receipt, in milliseconds:");
    say("                       idle                  busy");
    say("region    people    p50    p99    max     p50    p99    max");
    for region in Region::ALL {
        let people = globe.audience().people_of(region);
        let (idle, busy) = (idle.of(region), busy.of(region));
        say(&format!("{region:<6} {people:>9} {idle}  {busy}"));
    }
    let (people, all, busy_all) = (town.people, idle.all(), busy.all());
    say(&format!("all    {people:>9} {all}  {busy_all}"));
    let within = |figures: &Figures| {
        let per_mille = figures.within(SLACK_MS);
        format!("{}.{} %", per_mille / 10, per_mille % 10)
    };
    say(&format!(
        "idle: one message from each region, {IDLE_EVERY_MS} ms apart, {} receipts, {} within {SLACK_MS} ms",
        all.count,
        within(&idle)
    ));
    say(&format!(
        "busy: {} messages, {} a second from all regions in turn, {} receipts, {} within {SLACK_MS} ms",
        arguments.messages,
        arguments.rate,
        busy_all.count,
        within(&busy)
    ));
    let memory = memory_mib().map_or_else(String::new, |mib| format!(", {mib} MiB of memory"));
    say(&format!(
        "every receipt once and in order; {:.0} s{memory}",
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The most memory that this process has had, where the system tells.
fn memory_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}

/// Prints a line; whoever reads may have stopped, as `head` does.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}
