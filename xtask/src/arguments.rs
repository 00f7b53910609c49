//! The command line, parsed once.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::error::{Error, Result};

/// Where `dev` listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 8787;

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

impl Topic {
    fn parse(name: &str) -> Result<Self> {
        match name {
            "dev" => Ok(Self::Dev),
            "build" => Ok(Self::Build),
            "test" => Ok(Self::Test),
            "check" => Ok(Self::Check),
            "bench" => Ok(Self::Bench),
            "sim" => Ok(Self::Sim),
            "world" => Ok(Self::World),
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
            Long(name) if let Some(option) = world_option(name) => {
                model.0.push((option, text(&mut parser)?));
            }
            Value(word) => words.push(word.string().map_err(usage)?),
            Short(_) | Long(_) => return Err(usage(argument.unexpected())),
        }
    }

    let mut words = words.into_iter();
    let topic = match words.next().as_deref() {
        None if help => None,
        None => return Err(Error::Usage("which command?".to_owned())),
        Some("help") => {
            help = true;
            words.next().as_deref().map(Topic::parse).transpose()?
        }
        Some(name) => Some(Topic::parse(name)?),
    };
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
            ("--people and the like", !model.0.is_empty(), Topic::World),
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
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command> {
        let words = std::iter::once("xtask").chain(line.split_whitespace());
        parse(words.map(OsString::from)).map(|arguments| arguments.command)
    }

    fn complaint(line: &str) -> String {
        match parsed(line) {
            Err(Error::Usage(message)) => message,
            other => panic!("`{line}` should be a wrong command line, not {other:?}"),
        }
    }

    #[test]
    fn dev_listens_on_8787_and_keeps_its_data_in_the_project() {
        let expected = DevOptions {
            port: 8787,
            persist_to: None,
        };
        assert_eq!(parsed("dev").unwrap(), Command::Dev(expected));
    }

    #[test]
    fn options_come_before_or_after_the_command_and_with_or_without_an_equals_sign() {
        let expected = || {
            Command::Dev(DevOptions {
                port: 9000,
                persist_to: Some("x/y".into()),
            })
        };
        assert_eq!(
            parsed("dev --port 9000 --persist-to x/y").unwrap(),
            expected()
        );
        assert_eq!(
            parsed("--persist-to=x/y dev --port=9000").unwrap(),
            expected()
        );
    }

    #[test]
    fn test_takes_one_filter() {
        let expected = TestOptions {
            filter: Some("ring".to_owned()),
        };
        assert_eq!(parsed("test ring").unwrap(), Command::Test(expected));
        assert!(complaint("test ring bell").contains("bell"));
    }

    #[test]
    fn bench_takes_names_and_without_any_measures_everything_with_the_yardsticks() {
        let options = |line| match parsed(line).unwrap() {
            Command::Bench(options) => options,
            other => panic!("`{line}` is {other:?}"),
        };
        assert!(options("bench").yardstick);
        let some = options("bench fanout light --json x.json");
        assert_eq!(some.scenarios, ["fanout", "light"]);
        assert_eq!(some.json, Some("x.json".into()));
        assert!(!some.yardstick);
        assert!(options("bench light --yardstick").yardstick);
        assert!(complaint("test --yardstick").contains("--yardstick"));
    }

    #[test]
    fn the_simulation_takes_seeds() {
        let expected = SimOptions {
            seeds: Some(5),
            first: Some(7),
            ..SimOptions::default()
        };
        assert_eq!(
            parsed("sim --seeds 5 --first 7").unwrap(),
            Command::Sim(expected)
        );
        assert!(complaint("sim --seeds many").contains("many"));
        assert!(complaint("test --seed 1").contains("--seed"));
    }

    #[test]
    fn the_world_takes_people_and_costs() {
        let given = [("people", "500"), ("frame-us", "30")];
        let expected = given.map(|(option, value)| (option, value.to_owned()));
        assert_eq!(
            parsed("world --people 500 --frame-us=30").unwrap(),
            Command::World(WorldOptions(expected.to_vec()))
        );
        assert!(complaint("sim --people 5").contains("--people"));
    }

    #[test]
    fn an_unknown_command_or_option_is_named() {
        assert!(complaint("sing").contains("sing"));
        assert!(complaint("dev --loud").contains("--loud"));
        assert!(complaint("build extra").contains("extra"));
        assert!(complaint("dev --port").contains("--port"));
        assert!(complaint("dev --port 70000").contains("70000"));
        assert!(complaint("dev --port 0").contains("no port"));
    }

    #[test]
    fn an_option_of_another_command_is_refused() {
        assert!(complaint("build --port 1").contains("--port"));
        assert!(complaint("test --dry-run").contains("--dry-run"));
        assert!(complaint("deploy --persist-to x").contains("--persist-to"));
    }

    #[test]
    fn no_command_is_a_wrong_command_line() {
        assert_eq!(parsed("").unwrap_err().exit_code(), 2);
        assert_eq!(parsed("--verbose").unwrap_err().exit_code(), 2);
    }

    #[test]
    fn help_is_given_for_all_or_for_one() {
        assert_eq!(parsed("--help").unwrap(), Command::Help(None));
        assert_eq!(parsed("help").unwrap(), Command::Help(None));
        assert_eq!(parsed("dev -h").unwrap(), Command::Help(Some(Topic::Dev)));
        assert_eq!(
            parsed("help deploy").unwrap(),
            Command::Help(Some(Topic::Deploy))
        );
        assert!(complaint("help sing").contains("sing"));
    }
}
