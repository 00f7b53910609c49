//! The command line, parsed once.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Value, ValueExt};

use crate::error::{Error, Result};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One channel, as its people and its gateways grow.
    Channel,
    /// One server, as its channels grow.
    Server,
    /// One gateway, as its connections grow.
    Gateway,
}

impl Subject {
    const ALL: [(&str, Self); 3] = [
        ("channel", Self::Channel),
        ("server", Self::Server),
        ("gateway", Self::Gateway),
    ];
}

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What is measured, in order.
    pub subjects: Vec<Subject>,
    /// Where the figures go as JSON.
    pub json: Option<PathBuf>,
    /// Up to which size.
    pub max: u32,
}

/// Parses a command line that starts with the program's own name.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Arguments> {
    let mut parser = lexopt::Parser::from_iter(line);
    let mut arguments = Arguments {
        subjects: Vec::new(),
        json: None,
        max: u32::MAX,
    };
    while let Some(argument) = parser.next().map_err(usage)? {
        match argument {
            Long("json") => arguments.json = Some(parser.value().map_err(usage)?.into()),
            Long("max") => {
                let max = parser.value().and_then(|value| value.parse());
                arguments.max = max.map_err(usage)?;
            }
            Value(word) => {
                let word = word.string().map_err(usage)?;
                let named = Subject::ALL.iter().find(|(name, _)| *name == word);
                let (_, subject) =
                    named.ok_or_else(|| Error::Usage(format!("there is no curve `{word}`")))?;
                arguments.subjects.push(*subject);
            }
            _ => return Err(usage(argument.unexpected())),
        }
    }
    if arguments.subjects.is_empty() {
        arguments.subjects = Subject::ALL.map(|(_, subject)| subject).to_vec();
    }
    Ok(arguments)
}

fn usage(error: impl std::fmt::Display) -> Error {
    Error::Usage(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments> {
        let words = std::iter::once("curves").chain(line.split_whitespace());
        parse(words.map(OsString::from))
    }

    #[test]
    fn without_a_name_everything_is_measured() {
        assert_eq!(parsed("").unwrap().subjects.len(), Subject::ALL.len());
        let some = parsed("server --max 1000 --json x.json").unwrap();
        assert_eq!(some.subjects, [Subject::Server]);
        assert_eq!((some.max, some.json), (1_000, Some("x.json".into())));
    }

    #[test]
    fn an_unknown_name_or_option_is_a_wrong_command_line() {
        for line in ["sing", "--loud", "--max x"] {
            assert!(matches!(parsed(line), Err(Error::Usage(_))));
        }
    }
}
