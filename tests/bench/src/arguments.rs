//! The command line, parsed once.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::{Long, Value, ValueExt};

use crate::error::{Error, Result};
use crate::scenario::Scenario;

const DEFAULT_SECONDS: u64 = 8;

/// A parsed command line.
#[derive(Debug, PartialEq)]
pub struct Arguments {
    /// What is measured, in order.
    pub scenarios: Vec<Scenario>,
    /// Whether the yardsticks are measured too.
    pub yardstick: bool,
    /// Whether the command line is only looked at.
    pub dry_run: bool,
    /// Where the figures go as JSON.
    pub json: Option<PathBuf>,
    /// How long a saturated scenario is measured.
    pub time: Duration,
    /// The one rate that is tried instead of a search, in messages a second.
    pub rate: Option<f64>,
    /// Variables of the Worker in place of those in `wrangler.toml`.
    pub variables: Vec<(String, String)>,
    /// Flags for V8, to profile with.
    pub v8_flags: Vec<String>,
    /// The folder of the built Worker.
    pub worker: PathBuf,
    /// The folder of the bundled yardstick.
    pub party: PathBuf,
    /// The folder that holds what servers store.
    pub data: PathBuf,
}

/// Parses a command line that starts with the program's own name.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Arguments> {
    let mut parser = lexopt::Parser::from_iter(line);
    let mut arguments = Arguments {
        scenarios: Vec::new(),
        yardstick: false,
        dry_run: false,
        json: None,
        time: Duration::from_secs(DEFAULT_SECONDS),
        rate: None,
        variables: Vec::new(),
        v8_flags: Vec::new(),
        worker: "build/worker".into(),
        party: "build/party".into(),
        data: ".dev/bench".into(),
    };
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("yardstick") => arguments.yardstick = true,
            Long("var") => arguments.variables.push(variable(&mut parser)?),
            Long("rate") => {
                let rate = parser.value().and_then(|value| value.parse());
                arguments.rate = Some(rate.map_err(usage)?);
            }
            Long("v8-flag") => arguments.v8_flags.push(text(&mut parser)?),
            Long("dry-run") => arguments.dry_run = true,
            Long("json") => arguments.json = Some(path(&mut parser)?),
            Long("worker") => arguments.worker = path(&mut parser)?,
            Long("party") => arguments.party = path(&mut parser)?,
            Long("data") => arguments.data = path(&mut parser)?,
            Long("seconds") => {
                let seconds = parser.value().and_then(|value| value.parse());
                arguments.time = Duration::from_secs(seconds.map_err(usage)?);
            }
            Value(word) => {
                let word = word.string().map_err(usage)?;
                arguments.scenarios.extend(named(&word)?);
            }
            _ => return Err(usage(argument.unexpected())),
        }
    }
    if arguments.scenarios.is_empty() {
        arguments.scenarios = Scenario::ALL.to_vec();
    }
    Ok(arguments)
}

fn named(word: &str) -> Result<Vec<Scenario>> {
    let meant = Scenario::named(word);
    if meant.is_empty() {
        let names = Scenario::ALL.map(Scenario::name).join(" ");
        return Err(Error::Usage(format!(
            "there is no scenario `{word}`: {names}"
        )));
    }
    Ok(meant)
}

fn variable(parser: &mut lexopt::Parser) -> Result<(String, String)> {
    let text = text(parser)?;
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err(Error::Usage(format!("`{text}` is no NAME=VALUE"))),
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String> {
    parser.value().and_then(ValueExt::string).map_err(usage)
}

fn path(parser: &mut lexopt::Parser) -> Result<PathBuf> {
    parser.value().map(PathBuf::from).map_err(usage)
}

fn usage(error: impl std::fmt::Display) -> Error {
    Error::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments> {
        let words = std::iter::once("bench").chain(line.split_whitespace());
        parse(words.map(OsString::from))
    }

    #[test]
    fn without_a_name_everything_is_measured() {
        assert_eq!(parsed("").unwrap().scenarios, Scenario::ALL);
        let some = parsed("light fanout-32 --yardstick --seconds 3 --var A=b=c").unwrap();
        assert_eq!(some.variables, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!(some.scenarios, [Scenario::Light, Scenario::Fanout(32)]);
        assert!(some.yardstick);
        assert_eq!(some.time, Duration::from_secs(3));
    }

    #[test]
    fn an_unknown_name_or_option_is_named() {
        for (line, word) in [
            ("sing", "sing"),
            ("--loud", "--loud"),
            ("--seconds x", "x"),
            ("--var x", "NAME"),
        ] {
            let Err(Error::Usage(message)) = parsed(line) else {
                panic!("`{line}` should be a wrong command line");
            };
            assert!(message.contains(word), "{message}");
        }
    }
}
