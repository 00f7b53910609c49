//! A running system, filled by a program that knows nothing but the public API.

use std::process::Command;

use crate::arguments::SeedOptions;
use crate::error::{Error, Result};
use crate::packages;
use crate::process::Group;
use crate::project::Project;
use crate::step::Console;

const PROGRAM: &str = "xtask/seed/main.mjs";

/// `cargo xtask seed`
pub fn run(project: &Project, console: Console, options: &SeedOptions) -> Result<()> {
    {
        let _lock = project.lock()?;
        packages::ensure(project, console)?;
    }
    // Its output is what was asked for.
    let mut group = Group::spawn(&mut command(project, options), true)?;
    if group.wait()?.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}

fn command(project: &Project, options: &SeedOptions) -> Command {
    let mut command = project.command(project.npm_bin("node"));
    command
        .arg(PROGRAM)
        .args(["--url", &options.url])
        .args(["--people", &options.people.to_string()])
        .args(["--messages", &options.messages.to_string()]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_there_and_gets_all_that_it_wants() {
        let project = Project::locate().unwrap();
        let options = SeedOptions {
            url: "https://a.example".to_owned(),
            people: 3,
            messages: 20,
        };
        let command = command(&project, &options);
        let words: Vec<_> = command.get_args().collect();
        let expected = "--url https://a.example --people 3 --messages 20";
        let [program, given @ ..] = words.as_slice() else {
            panic!("no arguments");
        };
        assert!(project.path(program).is_file());
        assert_eq!(given.join(" ".as_ref()), expected);
    }
}
