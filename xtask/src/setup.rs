//! Toolchain, tools, packages: everything that building and running needs, each thing once.

use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::packages;
use crate::project::{Project, WASM_TARGET, on_path};
use crate::step::{Console, Outcome};
use crate::tools;

/// Brings the machine to where the project can be built.
pub fn ensure(project: &Project, console: Console) -> Result<()> {
    ensure_wasm_target(project, console)?;
    packages::ensure(project, console)?;
    tools::ensure(project, console)
}

/// Makes sure that the toolchain compiles to wasm.
pub fn ensure_wasm_target(project: &Project, console: Console) -> Result<()> {
    console.step("Rust for wasm", || {
        if wasm_libraries(project).is_some_and(|folder| folder.is_dir()) {
            return Ok(Outcome::Unchanged);
        }
        console.run(rustup(project)?.args(["target", "add", WASM_TARGET]))?;
        Ok(Outcome::Done)
    })
}

/// Makes sure that `cargo fmt` and `cargo clippy` are there.
pub fn ensure_components(project: &Project, console: Console) -> Result<()> {
    console.step("rustfmt and clippy", || {
        let missing = |subcommand| {
            project
                .cargo(subcommand)
                .arg("--version")
                .output()
                .is_ok_and(|output| !output.status.success())
        };
        if !missing("fmt") && !missing("clippy") {
            return Ok(Outcome::Unchanged);
        }
        console.run(rustup(project)?.args(["component", "add", "rustfmt", "clippy"]))?;
        Ok(Outcome::Done)
    })
}

fn rustup(project: &Project) -> Result<Command> {
    on_path("rustup")
        .map(|rustup| project.command(rustup))
        .ok_or_else(|| {
            Error::failed(format!(
                "Rust's {WASM_TARGET} is missing, and so is rustup to install it"
            ))
        })
}

fn wasm_libraries(project: &Project) -> Option<PathBuf> {
    let arguments = ["--print", "target-libdir", "--target", WASM_TARGET];
    let output = project.command("rustc").args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}
