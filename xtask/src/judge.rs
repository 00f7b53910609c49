//! Lighthouse, which judges the built client against the built Worker, set up and run.

use crate::build;
use crate::chromium;
use crate::error::{Error, Result};
use crate::packages;
use crate::process::Group;
use crate::project::Project;
use crate::step::Console;

/// Lighthouse is a package of its own: what it brings along, nobody else needs.
const FOLDER: &str = "tests/judge";
const PROGRAM: &str = "tests/judge/main.mjs";
const REPORTS: &str = "build/judge";

/// `cargo xtask judge`
pub fn run(project: &Project, console: Console) -> Result<()> {
    build::prepare(project, console)?;
    {
        let _lock = project.lock()?;
        packages::ensure_own(project, console, "npm packages of the judge", FOLDER)?;
    }
    let mut command = project.command(project.npm_bin("node"));
    command
        .args([PROGRAM, REPORTS])
        .env("CHROMIUM_BIN", chromium::ensure(console)?);
    // Its output is what was asked for.
    let mut group = Group::spawn(&mut command, true)?;
    if group.wait()?.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}
