//! Every test, stage by stage; a stage that fails does not keep the next from running.

use std::path::PathBuf;
use std::process::Command;

use crate::arguments::TestOptions;
use crate::build;
use crate::chromium;
use crate::client::files;
use crate::deploy;
use crate::error::{Error, Result};
use crate::project::{Project, SHELLS};
use crate::size;
use crate::step::{Console, Outcome, say};
use crate::tally::Tally;

/// The longest a single JavaScript test may take.
const NODE_TEST_LIMIT_MS: &str = "600000";

/// `cargo xtask test`
pub fn run(project: &Project, console: Console, options: &TestOptions) -> Result<()> {
    let mut tests = Tests {
        project,
        console,
        total: Tally::default(),
    };
    let filter = options.filter.as_deref();
    let ended = tests.run_all(filter);
    if let Err(error) = &ended {
        tests.total += Tally::one(false);
        error.report();
    }
    say(tests.total);
    match ended {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Ok(()) if tests.total.failed == 0 => Ok(()),
        _ => Err(Error::Shown),
    }
}

/// What has been run so far.
struct Tests<'a> {
    project: &'a Project,
    console: Console,
    total: Tally,
}

impl Tests<'_> {
    fn run_all(&mut self, filter: Option<&str>) -> Result<()> {
        let miniflare = self.node_tests("tests/miniflare", filter)?;
        let browser = self.node_tests("tests/browser", filter)?;

        self.stage(
            "Native tests",
            native(self.project, filter),
            Tally::of_cargo,
        )?;
        build::prepare(self.project, self.console)?;
        if filter.is_none() {
            self.sizes()?;
        }
        if let Some(command) = miniflare {
            self.stage("Miniflare tests", command, Tally::of_node)?;
        }
        if let Some(mut command) = browser {
            let chromium = chromium::ensure(self.console)?;
            command.env("CHROMIUM_BIN", chromium);
            self.stage("Browser tests", command, Tally::of_node)?;
        }
        if filter.is_none() {
            let command = deploy::dry_run(self.project);
            self.stage("Deployment, dry run", command, |_| Tally::one(true))?;
        }
        Ok(())
    }

    fn stage(
        &mut self,
        name: &str,
        mut command: Command,
        count: impl Fn(&str) -> Tally,
    ) -> Result<()> {
        let mut failure = None;
        self.console.step(name, || {
            let (success, printed) = self.console.attempt(&mut command)?;
            let tally = if success {
                count(&printed)
            } else {
                count_failed(&count(&printed))
            };
            self.total += tally;
            failure = (!success).then_some(printed);
            Ok(Outcome::Note(tally.to_string()))
        })?;
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

    /// Node's test runner on the tests of a folder, one file at a time; nothing if there is none.
    fn node_tests(&self, folder: &str, filter: Option<&str>) -> Result<Option<Command>> {
        let mut tests = test_files(self.project, folder)?;
        let mut command = self.project.command(self.project.npm_bin("node"));
        command.args([
            "--test",
            "--test-reporter=spec",
            "--test-concurrency=1",
            "--test-timeout",
            NODE_TEST_LIMIT_MS,
        ]);
        if let Some(filter) = filter {
            let named: Vec<_> = tests
                .iter()
                .filter(|file| file.to_string_lossy().contains(filter))
                .cloned()
                .collect();
            if named.is_empty() {
                command.args(["--test-name-pattern", filter]);
            } else {
                tests = named;
            }
        }
        command.args(&tests);
        Ok((!tests.is_empty()).then_some(command))
    }
}

fn native(project: &Project, filter: Option<&str>) -> Command {
    let mut command = project.cargo("test");
    command
        .args(["--workspace", "--no-fail-fast"])
        .args(SHELLS.iter().flat_map(|shell| ["--exclude", shell]));
    command.args(filter);
    command
}

fn test_files(project: &Project, folder: &str) -> Result<Vec<PathBuf>> {
    let tests = files(&project.path(folder))?.into_iter();
    let tests = tests.filter(|file| file.to_string_lossy().ends_with(".test.mjs"));
    Ok(tests.map(|file| PathBuf::from(folder).join(file)).collect())
}

fn count_failed(tally: &Tally) -> Tally {
    tally.with_exit(false)
}
