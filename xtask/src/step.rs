//! A progress line, and the commands run under it.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::interrupt;
use crate::process::Group;

/// Where a step's result stands in its line.
const RESULT_COLUMN: usize = 34;

/// Tells the person at the terminal what is going on.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    verbose: bool,
}

/// What came of a step.
#[derive(Debug)]
pub enum Outcome {
    /// It was done.
    Done,
    /// There was nothing to do.
    Unchanged,
    /// It was done, with this to say.
    Note(String),
}

impl Console {
    /// A console that shows what commands print, or only what a failed one printed.
    pub fn new(verbose: bool) -> Self {
        Self { verbose }
    }

    /// Whether the output of commands is shown as it comes.
    pub fn is_verbose(self) -> bool {
        self.verbose
    }

    /// Does a step: its name is printed before, its outcome and duration behind.
    pub fn step(self, name: &str, work: impl FnOnce() -> Result<Outcome>) -> Result<()> {
        interrupt::check()?;
        let name = format!("{name:<RESULT_COLUMN$}");
        put(format_args!(
            "{name}{}",
            if self.verbose { "\n" } else { " " }
        ));
        let start = Instant::now();
        let outcome = work();
        let time = Time(start.elapsed());
        let result = match &outcome {
            Ok(Outcome::Done) => time.to_string(),
            Ok(Outcome::Unchanged) => "up to date".to_owned(),
            Ok(Outcome::Note(note)) => format!("{time}, {note}"),
            Err(Error::Interrupted) => format!("interrupted after {time}"),
            Err(_) => format!("failed after {time}"),
        };
        if self.verbose {
            put(format_args!("{name} {result}\n"));
        } else {
            put(format_args!("{result}\n"));
        }
        outcome.map(|_| ())
    }

    /// Runs a command to its end and returns what it printed; an error if it failed.
    pub fn run(self, command: &mut Command) -> Result<String> {
        let (success, printed) = self.attempt(command)?;
        if success {
            return Ok(printed);
        }
        let line = command_line(command);
        // What has been shown as it came is not shown twice.
        let printed = if self.verbose { "" } else { printed.trim_end() };
        Err(Error::Failed(format!("`{line}` failed\n{printed}")))
    }

    /// Runs a command to its end and returns whether it succeeded and what it printed.
    pub fn attempt(self, command: &mut Command) -> Result<(bool, String)> {
        let mut group = Group::spawn(command, self.verbose)?;
        let status = group.wait()?;
        Ok((status.success(), group.printed()))
    }
}

/// Prints a line.
pub fn say(line: impl Display) {
    put(format_args!("{line}\n"));
}

/// Runs a command that talks to the person at the terminal.
pub fn run_attached(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .doing(format_args!("run {}", command_line(command)))?;
    interrupt::check()?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    words.join(" ")
}

/// Standard output that may be closed, as by `| head`: what is being done goes on all the same.
fn put(text: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = write!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// A duration as a person reads it.
#[derive(Clone, Copy, Debug)]
struct Time(Duration);

impl Display for Time {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 60 {
            write!(formatter, "{:.1} s", self.0.as_secs_f64())
        } else {
            write!(formatter, "{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_in_tenths_of_seconds_up_to_a_minute_then_in_minutes() {
        assert_eq!(Time(Duration::from_millis(340)).to_string(), "0.3 s");
        assert_eq!(Time(Duration::from_millis(12_560)).to_string(), "12.6 s");
        assert_eq!(Time(Duration::from_secs(125)).to_string(), "2 min 05 s");
    }

    #[test]
    fn a_failed_command_is_named_with_all_it_printed() {
        let failing = &mut Command::new("sh");
        failing.args(["-c", "echo out; echo err >&2; exit 1"]);
        let Err(Error::Failed(message)) = Console::new(false).run(failing) else {
            panic!("it exits with 1");
        };
        assert!(message.contains("`sh -c"));
        assert!(message.contains("out\nerr"));
    }

    #[test]
    fn a_command_that_works_gives_what_it_printed() {
        assert_eq!(
            Console::new(false)
                .run(Command::new("echo").arg("hi"))
                .unwrap(),
            "hi\n"
        );
    }
}
