//! The simulation, built and run.

use crate::arguments::SimOptions;
use crate::error::{Error, Result};
use crate::process::Group;
use crate::project::Project;
use crate::step::{Console, Outcome};

/// `cargo xtask sim`
pub fn run(project: &Project, console: Console, options: &SimOptions) -> Result<()> {
    console.step("Simulation", || {
        let mut build = project.cargo("build");
        build.args(["--package", "simulation"]);
        console.run(&mut build)?;
        Ok(Outcome::Done)
    })?;
    let program = project.target_directory()?.join("debug").join("simulation");
    let mut simulation = project.command(program);
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
    // Its output is what was asked for.
    if Group::spawn(&mut simulation, true)?.wait()?.success() {
        Ok(())
    } else {
        Err(Error::Shown)
    }
}
