//! Both wasm modules, one after the other.

use crate::client;
use crate::error::{Error, Result};
use crate::project::Project;
use crate::setup;
use crate::size;
use crate::step::{Console, say};
use crate::worker;

/// `cargo xtask build`
pub fn run(project: &Project, console: Console) -> Result<()> {
    prepare(project, console)?;
    let modules = size::measure(project)?;
    for module in &modules {
        say(module);
    }
    let over: Vec<_> = modules
        .iter()
        .filter(|module| module.is_over_budget())
        .map(|module| module.name)
        .collect();
    if over.is_empty() {
        return Ok(());
    }
    Err(Error::Failed(format!(
        "over its budget: {}",
        over.join(", ")
    )))
}

/// Sets up and builds, without a look at the sizes.
pub fn prepare(project: &Project, console: Console) -> Result<()> {
    let _lock = project.lock()?;
    setup::ensure(project, console)?;
    worker::build(project, console)?;
    client::build(project, console)
}
