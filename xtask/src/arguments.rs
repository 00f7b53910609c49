//! The command line, parsed once.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::error::{Error, Result};

/// Where `dev` listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 8787;
/// How many people `seed` brings unless told otherwise: everybody of its story.
const SEED_PEOPLE: u64 = 12;
/// How many messages they write unless told otherwise: the story, and enough before it to scroll.
const SEED_MESSAGES: u64 = 250;

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What to do.
    pub command: Command,
    /// Whether to show what the steps print.
    pub verbose: bool,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Explain one command, or all.
    Help(Option<Topic>),
    /// Run the system on this machine.
    Dev(DevOptions),
    /// Build Worker and client.
    Build,
    /// Run the tests.
    Test(TestOptions),
    /// Formatting, lints, documentation.
    Check,
    /// Measure the built system.
    Bench(BenchOptions),
    /// Run the simulation.
    Sim(SimOptions),
    /// Run the world model.
    World(WorldOptions),
    /// Fill a running system.
    Seed(SeedOptions),
    /// Let Lighthouse judge the client.
    Judge,
    /// Hand the build to Cloudflare.
    Deploy(DeployOptions),
}

/// A command by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// `dev`
    Dev,
    /// `build`
    Build,
    /// `test`
    Test,
    /// `check`
    Check,
    /// `bench`
    Bench,
    /// `sim`
    Sim,
    /// `world`
    World,
    /// `seed`
    Seed,
    /// `judge`
    Judge,
    /// `deploy`
    Deploy,
}

/// The options of `dev`.
#[derive(Debug, PartialEq, Eq)]
pub struct DevOptions {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The folder that keeps the data; `None` is `.dev/state`.
    pub persist_to: Option<PathBuf>,
}

/// The options of `test`.
#[derive(Debug, PartialEq, Eq)]
pub struct TestOptions {
    /// Run only the tests whose name has this in it.
    pub filter: Option<String>,
}

/// The options of `bench`.
#[derive(Debug, PartialEq, Eq)]
pub struct BenchOptions {
    /// The scenarios; none are all.
    pub scenarios: Vec<String>,
    /// Measure the yardsticks too.
    pub yardstick: bool,
    /// Where the figures go as JSON.
    pub json: Option<PathBuf>,
    /// The folder of a Worker that is measured as it is; `None` is the project's own, built first.
    pub worker: Option<PathBuf>,
}

/// The options of `sim`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SimOptions {
    /// How many seeds.
    pub seeds: Option<u64>,
    /// The first of them.
    pub first: Option<u64>,
    /// This one alone, with all that happens in it.
    pub seed: Option<u64>,
    /// With `seed`: the smallest run that fails like it.
    pub shrink: bool,
    /// A mistake that is made on purpose.
    pub mistake: Option<String>,
}

/// The options of `world` that are given, each with its value.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct WorldOptions(pub Vec<(&'static str, String)>);

/// The options of `seed`.
#[derive(Debug, PartialEq, Eq)]
pub struct SeedOptions {
    /// Where the system listens.
    pub url: String,
    /// How many people come.
    pub people: u64,
    /// How many messages they write.
    pub messages: u64,
}

/// What `world` takes; the program itself says what is no value.
const WORLD_OPTIONS: [&str; 9] = [
    "people",
    "slots",
    "home",
    "rate",
    "messages",
    "frame-us",
    "line-ns",
    "commit-us",
    "durable-us",
];

/// The options of `deploy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployOptions {
    /// Do everything but hand it over.
    pub dry_run: bool,
}

impl SeedOptions {
    /// Two of them are given as those of `world` are.
    fn of(url: Option<String>, given: &WorldOptions) -> Result<Self> {
        Ok(Self {
            url: url.unwrap_or_else(|| format!("http://127.0.0.1:{DEFAULT_PORT}")),
            people: given.number("people")?.unwrap_or(SEED_PEOPLE),
            messages: given.number("messages")?.unwrap_or(SEED_MESSAGES),
        })
    }
}

impl WorldOptions {
    /// The last value given for an option.
    fn number(&self, name: &str) -> Result<Option<u64>> {
        let given = self.0.iter().rfind(|(option, _)| *option == name);
        let read = |text: &str| {
            let wrong = || Error::Usage(format!("`{text}` is no number: --{name} takes one"));
            text.parse().map_err(|_| wrong())
        };
        given.map(|(_, text)| read(text)).transpose()
    }

    /// Whether one is given that this command does not have.
    fn is_foreign_to(&self, topic: Topic) -> bool {
        let shared: &[&str] = match topic {
            Topic::Seed => &["people", "messages"],
            _ => &[],
        };
        self.0.iter().any(|(option, _)| !shared.contains(option))
    }
}

impl Topic {
    /// The command that the words begin with; whether it is to be explained goes into `help`.
    fn take(words: &mut impl Iterator<Item = String>, help: &mut bool) -> Result<Option<Self>> {
        match words.next().as_deref() {
            None if *help => Ok(None),
            None => Err(Error::Usage("which command?".to_owned())),
            Some("help") => {
                *help = true;
                words.next().as_deref().map(Self::parse).transpose()
            }
            Some(name) => Self::parse(name).map(Some),
        }
    }

    fn parse(name: &str) -> Result<Self> {
        match name {
            "dev" => Ok(Self::Dev),
            "build" => Ok(Self::Build),
            "test" => Ok(Self::Test),
            "check" => Ok(Self::Check),
            "bench" => Ok(Self::Bench),
            "sim" => Ok(Self::Sim),
            "world" => Ok(Self::World),
            "seed" => Ok(Self::Seed),
            "judge" => Ok(Self::Judge),
            "deploy" => Ok(Self::Deploy),
            _ => Err(Error::Usage(format!("there is no command `{name}`"))),
        }
    }
}

/// Parses a command line that starts with the program's own name.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Arguments> {
    let mut parser = lexopt::Parser::from_iter(line);
    let mut verbose = false;
    let mut help = false;
    let mut words = Vec::new();
    let mut port = None;
    let mut persist_to = None;
    let mut dry_run = false;
    let mut yardstick = false;
    let mut json = None;
    let mut worker = None;
    let mut sim = SimOptions::default();
    let mut model = WorldOptions::default();
    let mut url = None;
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Short('h') | Long("help") => help = true,
            Short('v') | Long("verbose") => verbose = true,
            Long("port") => port = Some(parse_port(&text(&mut parser)?)?),
            Long("persist-to") => persist_to = Some(path(&mut parser)?),
            Long("dry-run") => dry_run = true,
            Long("yardstick") => yardstick = true,
            Long("json") => json = Some(path(&mut parser)?),
            Long("worker") => worker = Some(path(&mut parser)?),
            Long("seeds") => sim.seeds = Some(number(&mut parser)?),
            Long("first") => sim.first = Some(number(&mut parser)?),
            Long("seed") => sim.seed = Some(number(&mut parser)?),
            Long("shrink") => sim.shrink = true,
            Long("mistake") => sim.mistake = Some(text(&mut parser)?),
            Long("url") => url = Some(text(&mut parser)?),
            Long(name) if let Some(option) = world_option(name) => {
                model.0.push((option, text(&mut parser)?));
            }
            Value(word) => words.push(word.string().map_err(usage)?),
            Short(_) | Long(_) => return Err(usage(argument.unexpected())),
        }
    }

    let mut words = words.into_iter();
    let topic = Topic::take(&mut words, &mut help)?;
    let Some(topic) = topic.filter(|_| !help) else {
        return Ok(Arguments {
            command: Command::Help(topic),
            verbose,
        });
    };

    let filter = if topic == Topic::Test {
        words.next()
    } else {
        None
    };
    let scenarios: Vec<String> = match topic {
        Topic::Bench => words.by_ref().collect(),
        _ => Vec::new(),
    };
    if let Some(word) = words.next() {
        return Err(Error::Usage(format!("unexpected argument `{word}`")));
    }
    refuse_foreign(
        topic,
        &[
            ("--url", url.is_some(), Topic::Seed),
            ("--port", port.is_some(), Topic::Dev),
            ("--persist-to", persist_to.is_some(), Topic::Dev),
            ("--dry-run", dry_run, Topic::Deploy),
            ("--yardstick", yardstick, Topic::Bench),
            ("--json", json.is_some(), Topic::Bench),
            ("--worker", worker.is_some(), Topic::Bench),
            ("--seeds", sim.seeds.is_some(), Topic::Sim),
            ("--first", sim.first.is_some(), Topic::Sim),
            ("--seed", sim.seed.is_some(), Topic::Sim),
            ("--shrink", sim.shrink, Topic::Sim),
            ("--mistake", sim.mistake.is_some(), Topic::Sim),
            (
                "--people and the like",
                model.is_foreign_to(topic),
                Topic::World,
            ),
        ],
    )?;
    let command = match topic {
        Topic::Dev => Command::Dev(DevOptions {
            port: port.unwrap_or(DEFAULT_PORT),
            persist_to,
        }),
        Topic::Build => Command::Build,
        Topic::Test => Command::Test(TestOptions { filter }),
        Topic::Check => Command::Check,
        Topic::Bench => Command::Bench(BenchOptions {
            // Who names nothing wants the whole table.
            yardstick: yardstick || scenarios.is_empty(),
            scenarios,
            json,
            worker,
        }),
        Topic::Sim => Command::Sim(sim),
        Topic::World => Command::World(model),
        Topic::Seed => Command::Seed(SeedOptions::of(url, &model)?),
        Topic::Judge => Command::Judge,
        Topic::Deploy => Command::Deploy(DeployOptions { dry_run }),
    };
    Ok(Arguments { command, verbose })
}

/// Refuses options that are given and belong to another command.
fn refuse_foreign(topic: Topic, options: &[(&str, bool, Topic)]) -> Result<()> {
    let foreign = options
        .iter()
        .find(|(_, is_given, owner)| *is_given && topic != *owner);
    match foreign {
        Some((option, ..)) => Err(Error::Usage(format!(
            "this command has no option `{option}`"
        ))),
        None => Ok(()),
    }
}

fn world_option(name: &str) -> Option<&'static str> {
    WORLD_OPTIONS.into_iter().find(|option| *option == name)
}

fn parse_port(text: &str) -> Result<u16> {
    text.parse()
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| Error::Usage(format!("`{text}` is no port: --port takes 1 to 65535")))
}

fn number(parser: &mut lexopt::Parser) -> Result<u64> {
    parser
        .value()
        .and_then(|value| value.parse())
        .map_err(usage)
}

fn path(parser: &mut lexopt::Parser) -> Result<PathBuf> {
    parser.value().map(PathBuf::from).map_err(usage)
}

fn text(parser: &mut lexopt::Parser) -> Result<String> {
    parser.value().and_then(ValueExt::string).map_err(usage)
}

fn usage(error: impl std::fmt::Display) -> Error {
    Error::Usage(error.to_string())
}

#[cfg(test)]
mod tests;
