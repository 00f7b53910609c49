//! The load generator and its yardstick, set up and run; and the curves of the cores by themselves.

use std::path::{self, Path, PathBuf};
use std::process::Command;

use crate::arguments::BenchOptions;
use crate::error::{Context, Error, Result};
use crate::packages;
use crate::process::Group;
use crate::project::Project;
use crate::setup;
use crate::step::{Console, Outcome};
use crate::wasm;
use crate::worker;

/// The yardstick's own package, of which the project's others know nothing.
const PARTY: &str = "tests/bench/party";
const PARTY_BUNDLE: &str = "build/party/chat.js";
/// Cargo's profile for the load generator, and the folder that its result comes to.
const PROFILE: [&str; 2] = ["bench", "release"];
/// What the cores cost by themselves: a program of its own, without workerd.
const CURVES: &str = "curves";

/// `cargo xtask bench`
pub fn run(project: &Project, console: Console, options: &BenchOptions) -> Result<()> {
    let mut command = if options.scenarios.iter().any(|name| name == CURVES) {
        curves(project, console, options)?
    } else {
        let generator = prepare(project, console, options)?;
        command(project, &generator, options)?
    };
    // Its output is what was asked for.
    let mut group = Group::spawn(&mut command, true)?;
    if group.wait()?.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}

fn curves(project: &Project, console: Console, options: &BenchOptions) -> Result<Command> {
    if options.scenarios.len() > 1 || options.yardstick || options.worker.is_some() {
        let message = format!("`{CURVES}` is measured by itself, with no option but --json");
        return Err(Error::Usage(message));
    }
    let program = build(project, console, "Curves", CURVES)?;
    let mut command = project.command(program);
    if let Some(path) = &options.json {
        command
            .arg("--json")
            .arg(path::absolute(path).at("find", path)?);
    }
    Ok(command)
}

fn prepare(project: &Project, console: Console, options: &BenchOptions) -> Result<PathBuf> {
    let _lock = project.lock()?;
    let generator = build(project, console, "Load generator", "bench")?;
    // It knows what it can measure: better to hear it now than behind everything else.
    let mut check = command(project, &generator, options)?;
    if let (false, printed) = console.attempt(check.arg("--dry-run"))? {
        let message = printed.trim().trim_start_matches("error: ");
        return Err(Error::Usage(message.to_owned()));
    }
    if options.worker.is_none() {
        setup::ensure(project, console)?;
        worker::build(project, console)?;
    } else {
        packages::ensure(project, console)?;
    }
    if options.yardstick {
        packages::ensure_own(project, console, "npm packages of the yardstick", PARTY)?;
        bundle_party(project, console)?;
    }
    Ok(generator)
}

fn command(project: &Project, generator: &Path, options: &BenchOptions) -> Result<Command> {
    let mut command = project.command(generator);
    command.args(&options.scenarios);
    if options.yardstick {
        command.arg("--yardstick");
    }
    for (option, path) in [("--json", &options.json), ("--worker", &options.worker)] {
        if let Some(path) = path {
            // The generator runs in the project's folder, whoever calls it from where.
            command
                .arg(option)
                .arg(path::absolute(path).at("find", path)?);
        }
    }
    Ok(command)
}

fn build(project: &Project, console: Console, title: &str, package: &str) -> Result<PathBuf> {
    let [profile, folder] = PROFILE;
    console.step(title, || {
        let mut build = project.cargo("build");
        build.args(["--package", package, "--profile", profile]);
        console.run(&mut build)?;
        Ok(Outcome::Done)
    })?;
    Ok(project.target_directory()?.join(folder).join(package))
}

fn bundle_party(project: &Project, console: Console) -> Result<()> {
    console.step("Yardstick", || {
        let entry = project.path(PARTY).join("chat.js");
        let options = ["--bundle", "--external:cloudflare:*", "--external:node:*"];
        wasm::pack(
            project,
            console,
            &entry,
            &project.path(PARTY_BUNDLE),
            &options,
        )?;
        Ok(Outcome::Done)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gets_the_names_and_the_options_that_were_given() {
        let options = BenchOptions {
            scenarios: vec!["light".to_owned()],
            yardstick: true,
            json: Some("/x.json".into()),
            worker: None,
        };
        let project = Project::locate().unwrap();
        let command = command(&project, Path::new("generator"), &options).unwrap();
        let words: Vec<_> = command.get_args().collect();
        assert_eq!(words, ["light", "--yardstick", "--json", "/x.json"]);
    }

    #[test]
    fn the_curves_are_measured_by_themselves() {
        let options = BenchOptions {
            scenarios: vec!["light".to_owned(), CURVES.to_owned()],
            yardstick: false,
            json: None,
            worker: None,
        };
        let project = Project::locate().unwrap();
        let refused = curves(&project, Console::new(false), &options);
        assert!(matches!(refused, Err(Error::Usage(_))));
    }
}
