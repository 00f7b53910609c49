//! The pinned wasm-bindgen, in `.tools/`.

use std::process::Command;

use crate::error::Result;
use crate::project::Project;
use crate::step::{Console, Outcome};

const PROGRAM: &str = "wasm-bindgen";
const PACKAGE: &str = "wasm-bindgen-cli";

/// Installs wasm-bindgen unless it is there: it refuses a module made with another version of its library.
pub fn ensure(project: &Project, console: Console) -> Result<()> {
    let version = project.locked_version(PROGRAM)?;
    console.step(&format!("{PROGRAM} {version}"), || {
        if installed_version(project).as_deref() == Some(version.as_str()) {
            return Ok(Outcome::Unchanged);
        }
        console.run(&mut install(project, &version))?;
        Ok(Outcome::Done)
    })
}

fn install(project: &Project, version: &str) -> Command {
    let mut command = project.cargo("install");
    command
        .args(["--locked", "--force", "--bin", PROGRAM])
        // What speaks TLS is for its test runner.
        .arg("--no-default-features")
        .arg("--root")
        .arg(project.path(".tools"))
        .arg("--target-dir")
        .arg(project.path(".tools/target"))
        .arg(format!("{PACKAGE}@{version}"))
        // It runs for seconds: that it is compiled in half the time is worth more.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
    command
}

fn installed_version(project: &Project) -> Option<String> {
    let output = Command::new(project.tool(PROGRAM))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().last().map(str::to_owned)
}
