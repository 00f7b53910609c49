//! The simulation and the world model, built and run.

use std::process::Command;

use crate::arguments::{SimOptions, WorldOptions};
use crate::error::{Error, Result};
use crate::process::Group;
use crate::project::Project;
use crate::step::{Console, Outcome};

/// `cargo xtask sim`
pub fn run(project: &Project, console: Console, options: &SimOptions) -> Result<()> {
    let mut simulation = built(project, console, "simulation")?;
    for (option, number) in [
        ("--seeds", options.seeds),
        ("--first", options.first),
        ("--seed", options.seed),
    ] {
        if let Some(number) = number {
            simulation.args([option, &number.to_string()]);
        }
    }
    if options.shrink {
        simulation.arg("--shrink");
    }
    if let Some(mistake) = &options.mistake {
        simulation.args(["--mistake", mistake]);
    }
    show(&mut simulation)
}

/// `cargo xtask world`
pub fn world(project: &Project, console: Console, options: &WorldOptions) -> Result<()> {
    let mut world = built(project, console, "world")?;
    for (option, value) in &options.0 {
        world.args([&format!("--{option}"), value]);
    }
    show(&mut world)
}

/// One of the two programs, built.
fn built(project: &Project, console: Console, program: &str) -> Result<Command> {
    console.step("Simulation", || {
        let mut build = project.cargo("build");
        build.args(["--package", "simulation"]);
        console.run(&mut build)?;
        Ok(Outcome::Done)
    })?;
    let folder = project.target_directory()?.join("debug");
    Ok(project.command(folder.join(program)))
}

/// Its output is what was asked for.
fn show(program: &mut Command) -> Result<()> {
    if Group::spawn(program, true)?.wait()?.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}
