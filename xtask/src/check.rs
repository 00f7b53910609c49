//! Formatting, lints, documentation: the cores and tools natively, the shells for wasm.

use std::process::Command;

use crate::error::Result;
use crate::project::{Project, SHELLS, WASM_TARGET};
use crate::setup;
use crate::step::{Console, Outcome};

/// `cargo xtask check`
pub fn run(project: &Project, console: Console) -> Result<()> {
    setup::ensure_components(project, console)?;
    setup::ensure_wasm_target(project, console)?;
    let step = |name, command: &mut Command| {
        console.step(name, || {
            console.run(command)?;
            Ok(Outcome::Done)
        })
    };
    step(
        "Formatting",
        project.cargo("fmt").args(["--all", "--check"]),
    )?;
    let deny = ["--", "--deny", "warnings"];
    step(
        "Lints",
        native(project, "clippy").arg("--all-targets").args(deny),
    )?;
    step(
        "Lints, wasm",
        shells(project, "clippy").arg("--lib").args(deny),
    )?;
    for (name, mut command) in [
        ("Documentation", native(project, "doc")),
        ("Documentation, wasm", shells(project, "doc")),
    ] {
        step(
            name,
            command
                .args(["--no-deps", "--document-private-items"])
                .env("RUSTDOCFLAGS", "--deny warnings"),
        )?;
    }
    Ok(())
}

fn native(project: &Project, subcommand: &str) -> Command {
    let mut command = project.cargo(subcommand);
    command
        .arg("--workspace")
        .args(SHELLS.iter().flat_map(|shell| ["--exclude", shell]));
    command
}

fn shells(project: &Project, subcommand: &str) -> Command {
    let mut command = project.cargo(subcommand);
    command
        .args(["--target", WASM_TARGET])
        .args(SHELLS.iter().flat_map(|shell| ["--package", shell]));
    command
}
