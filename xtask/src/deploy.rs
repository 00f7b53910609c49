//! `wrangler deploy`

use std::process::Command;

use crate::arguments::DeployOptions;
use crate::build;
use crate::error::Result;
use crate::project::Project;
use crate::step::{Console, Outcome, run_attached, say};
use crate::wrangler;

/// `cargo xtask deploy`
pub fn run(project: &Project, console: Console, options: DeployOptions) -> Result<()> {
    build::run(project, console)?;
    if !options.dry_run {
        return run_attached(&mut wrangler::command(project, "deploy"));
    }
    let mut printed = String::new();
    console.step("Deployment, dry run", || {
        printed = console.run(&mut dry_run(project))?;
        Ok(Outcome::Done)
    })?;
    if !console.is_verbose() {
        say(printed.trim_end());
    }
    Ok(())
}

/// Everything but the hand-over, which needs neither account nor network.
pub fn dry_run(project: &Project) -> Command {
    let mut command = wrangler::command(project, "deploy");
    command.arg("--dry-run");
    command
}
