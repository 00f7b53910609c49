//! The pinned wasm-bindgen and worker-build, in `.tools/`.

use std::process::Command;

use crate::error::Result;
use crate::openssl;
use crate::project::Project;
use crate::step::{Console, Outcome};

/// A program installed with Cargo.
struct Tool {
    program: &'static str,
    package: &'static str,
    /// The crate in `Cargo.lock` whose version this program has to have.
    follows: &'static str,
    /// Leaves out what we have no use for.
    options: &'static [&'static str],
}

/// wasm-bindgen refuses a module made with another version of its library; worker-build and `worker` are one release.
const WASM_BINDGEN: Tool = Tool {
    program: "wasm-bindgen",
    package: "wasm-bindgen-cli",
    follows: "wasm-bindgen",
    options: &["--no-default-features"],
};
const WORKER_BUILD: Tool = Tool {
    program: "worker-build",
    package: "worker-build",
    follows: "worker",
    options: &[],
};

/// Installs what is not there in the right version.
pub fn ensure(project: &Project, console: Console) -> Result<()> {
    for tool in [WASM_BINDGEN, WORKER_BUILD] {
        let version = project.locked_version(tool.follows)?;
        let name = format!("{} {version}", tool.program);
        if installed_version(project, tool.program).as_deref() == Some(version.as_str()) {
            console.step(&name, || Ok(Outcome::Unchanged))?;
            continue;
        }
        if tool.program == WORKER_BUILD.program {
            openssl::ensure(console)?;
        }
        console.step(&name, || {
            console.run(&mut install(project, &tool, &version))?;
            Ok(Outcome::Done)
        })?;
    }
    Ok(())
}

fn install(project: &Project, tool: &Tool, version: &str) -> Command {
    let mut command = project.cargo("install");
    command
        .args(["--locked", "--force", "--bin", tool.program])
        .arg("--root")
        .arg(project.path(".tools"))
        .arg("--target-dir")
        .arg(project.path(".tools/target"))
        .args(tool.options)
        .arg(format!("{}@{version}", tool.package))
        // They run for a second: that they are compiled soon is worth more.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
    command
}

fn installed_version(project: &Project, program: &str) -> Option<String> {
    let output = Command::new(project.tool(program))
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().last().map(str::to_owned)
}
