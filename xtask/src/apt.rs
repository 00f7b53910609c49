//! Debian's packages: installed where that is possible, asked for where it is not.

use std::process::Command;

use rustix::process::geteuid;

use crate::error::{Error, Result};
use crate::project::on_path;
use crate::step::{Console, Outcome, say};

/// Installs packages that `purpose` needs, as a step of its own, if this is a Debian and we are root.
pub fn install(console: Console, purpose: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !geteuid().is_root() || on_path("apt-get").is_none() {
        return Err(Error::Failed(format!(
            "{purpose}, and only root on a Debian gets it installed from here: please install {list} \
             (`sudo apt-get install {list}` on Debian and Ubuntu)"
        )));
    }
    say(format_args!("{purpose}: installing it with apt-get"));
    console.step(&format!("apt-get install {list}"), || {
        console.run(apt_get().arg("update"))?;
        console.run(
            apt_get()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(packages),
        )?;
        Ok(Outcome::Done)
    })
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
