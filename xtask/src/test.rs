//! Every test, stage by stage; a stage that fails does not keep the next from running.

use std::process::Command;

use crate::arguments::TestOptions;
use crate::build;
use crate::chromium;
use crate::deploy;
use crate::error::{Error, Result};
use crate::node_tests::NodeTests;
use crate::project::{Project, SHELLS};
use crate::size;
use crate::step::{Console, Outcome, say};
use crate::tally::Tally;

/// `cargo xtask test`
pub fn run(project: &Project, console: Console, options: &TestOptions) -> Result<()> {
    let mut stages = Stages {
        project,
        console,
        total: Tally::default(),
    };
    let ended = stages.run_all(options.filter.as_deref());
    if let Err(error) = &ended {
        stages.total += Tally::one(false);
        error.report();
    }
    say(stages.total);
    match ended {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Ok(()) if stages.total.failed == 0 => Ok(()),
        _ => Err(Error::Shown),
    }
}

/// What has been run so far.
struct Stages<'a> {
    project: &'a Project,
    console: Console,
    total: Tally,
}

impl Stages<'_> {
    fn run_all(&mut self, filter: Option<&str>) -> Result<()> {
        let project = self.project;
        self.stage("Native tests", native(project, filter), Tally::of_cargo)?;
        build::prepare(project, self.console)?;
        if filter.is_none() {
            self.sizes()?;
        }
        let tests = NodeTests::select(project, filter)?;
        if !tests.miniflare.is_empty() {
            let command = tests.command(project, &tests.miniflare);
            self.stage("Miniflare tests", command, Tally::of_node)?;
        }
        if !tests.browser.is_empty() {
            let mut command = tests.command(project, &tests.browser);
            command.env("CHROMIUM_BIN", chromium::ensure(self.console)?);
            self.stage("Browser tests", command, Tally::of_node)?;
        }
        if filter.is_none() {
            self.stage(
                "Deployment, dry run",
                deploy::dry_run(project),
                |_, success| Tally::one(success),
            )?;
        }
        match filter {
            Some(filter) if self.total == Tally::default() => {
                Err(Error::Failed(format!("no test has `{filter}` in its name")))
            }
            _ => Ok(()),
        }
    }

    /// Runs one runner, adds up what it counted, and shows all it printed if it failed.
    fn stage(
        &mut self,
        name: &str,
        mut command: Command,
        count: impl Fn(&str, bool) -> Tally,
    ) -> Result<()> {
        let mut failure = None;
        self.console.step(name, || {
            let (success, printed) = self.console.attempt(&mut command)?;
            let tally = count(&printed, success);
            self.total += tally;
            failure = (!success).then_some(printed);
            Ok(Outcome::Note(tally.to_string()))
        })?;
        // What has been shown as it came is not shown twice.
        if let Some(printed) = failure.filter(|_| !self.console.is_verbose()) {
            say(format_args!("\n{}\n", printed.trim_end()));
        }
        Ok(())
    }

    fn sizes(&mut self) -> Result<()> {
        for module in size::measure(self.project)? {
            say(&module);
            self.total += Tally::one(!module.is_over_budget());
        }
        Ok(())
    }
}

fn native(project: &Project, filter: Option<&str>) -> Command {
    let mut command = project.cargo("test");
    command.args(["--workspace", "--no-fail-fast"]);
    command.args(SHELLS.iter().flat_map(|shell| ["--exclude", shell]));
    command.args(filter);
    command
}
