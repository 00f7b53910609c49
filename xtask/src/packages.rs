//! The npm packages, in `node_modules/`; a new enough Node is one of them.

use crate::error::{Error, Result};
use crate::project::{Project, on_path};
use crate::stamp::{Stamp, input};
use crate::step::{Console, Outcome};

/// Installs what `package-lock.json` names, unless that was the last thing installed.
pub fn ensure(project: &Project, console: Console) -> Result<()> {
    let inputs =
        ["package.json", "package-lock.json", ".npmrc"].map(|name| input(&project.path(name)));
    let inputs = inputs.into_iter().collect::<Result<Vec<_>>>()?;
    // Inside, so that it goes when the folder does.
    let stamp = Stamp::new(project.path("node_modules/.xtask-stamp"), inputs);
    console.step("npm packages", || {
        if stamp.is_current() {
            return Ok(Outcome::Unchanged);
        }
        let npm = on_path("npm").ok_or_else(|| Error::failed("npm is not on the PATH; please install it"))?;
        console.run(project.command(npm).args(["ci", "--no-audit", "--no-fund"]))?;
        if !project.npm_bin("node").exists() {
            return Err(Error::failed(
                "none of the Node packages in package.json is for this platform; wrangler needs Node 22.12 or newer",
            ));
        }
        stamp.write()?;
        Ok(Outcome::Done)
    })
}

/// Installs the packages of a part that has a `package.json` of its own, of which the project's other packages know nothing.
pub fn ensure_own(project: &Project, console: Console, title: &str, folder: &str) -> Result<()> {
    let folder = project.path(folder);
    let inputs =
        ["package.json", "package-lock.json", ".npmrc"].map(|name| input(&folder.join(name)));
    let inputs = inputs.into_iter().collect::<Result<Vec<_>>>()?;
    // Inside, so that it goes when the folder does.
    let stamp = Stamp::new(folder.join("node_modules/.xtask-stamp"), inputs);
    console.step(title, || {
        if stamp.is_current() {
            return Ok(Outcome::Unchanged);
        }
        let npm = on_path("npm")
            .ok_or_else(|| Error::failed("npm is not on the PATH; please install it"))?;
        let mut install = project.command(npm);
        console.run(
            install
                .current_dir(&folder)
                .args(["ci", "--no-audit", "--no-fund"]),
        )?;
        stamp.write()?;
        Ok(Outcome::Done)
    })
}
