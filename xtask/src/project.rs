//! Where things lie, and the versions that `Cargo.lock` pins.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::interrupt;
use crate::step::say;

/// The crates that compile only for wasm; they hold no rules and no tests of their own.
pub const SHELLS: [&str; 3] = ["channel-object", "edge-gateway", "web-client"];
/// What both ends are compiled to.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

const LOCK_POLL: Duration = Duration::from_millis(200);

/// The checked-out repository.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// The repository that this program was built from.
    pub fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        match manifest.parent() {
            Some(root) if root.join("Cargo.lock").is_file() => Ok(Self {
                root: root.to_owned(),
            }),
            _ => Err(Error::failed(
                "the project's folder is not there; run `cargo xtask` in it",
            )),
        }
    }

    /// A path inside the repository.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A tool installed with Cargo.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.path(".tools/bin").join(name)
    }

    /// The program of an npm package.
    pub fn npm_bin(&self, name: &str) -> PathBuf {
        self.path("node_modules/.bin").join(name)
    }

    /// A command run in the repository, for which `node` is the one among the npm packages.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .current_dir(&self.root)
            .env("PATH", self.search_path());
        command
    }

    /// Cargo, the one that runs this program.
    pub fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command(
            env::var_os("CARGO")
                .unwrap_or_else(|| "cargo".into())
                .as_ref() as &Path,
        );
        command.arg(subcommand);
        command
    }

    fn search_path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let folders =
            std::iter::once(self.path("node_modules/.bin")).chain(env::split_paths(&inherited));
        env::join_paths(folders).unwrap_or(inherited)
    }

    /// The version of a package in `Cargo.lock`.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.path("Cargo.lock");
        let lock = fs::read_to_string(&path).at("read", &path)?;
        find_version(&lock, package)
            .map(str::to_owned)
            .ok_or_else(|| Error::Failed(format!("Cargo.lock has no package {package}")))
    }

    /// The folder into which Cargo compiles.
    pub fn target_directory(&self) -> Result<PathBuf> {
        let metadata = self
            .cargo("metadata")
            .args(["--no-deps", "--format-version", "1", "--quiet"])
            .output()
            .doing("run cargo metadata")?;
        serde_json::from_slice::<serde_json::Value>(&metadata.stdout)
            .ok()
            .and_then(|metadata| Some(metadata.get("target_directory")?.as_str()?.into()))
            .ok_or_else(|| Error::Failed(String::from_utf8_lossy(&metadata.stderr).into_owned()))
    }

    /// Waits until no other `cargo xtask` sets up or builds here; until the file is dropped none does.
    pub fn lock(&self) -> Result<File> {
        let folder = self.path(".tools");
        fs::create_dir_all(&folder).at("create", &folder)?;
        let path = folder.join("lock");
        let file = File::create(&path).at("create", &path)?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(error)) => return Err(error).at("lock", &path),
                Err(TryLockError::WouldBlock) => interrupt::check()?,
            }
            if !told {
                say("Another cargo xtask is at work here; waiting for it.");
                told = true;
            }
            thread::sleep(LOCK_POLL);
        }
    }
}

/// A program on the search path.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

fn find_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_version_is_that_of_the_package_with_just_this_name() {
        let lock = "[[package]]\nname = \"worker-sys\"\nversion = \"0.1.0\"\n\n\
                    [[package]]\nname = \"worker\"\nversion = \"0.8.7\"\nsource = \"x\"\n";
        assert_eq!(find_version(lock, "worker"), Some("0.8.7"));
        assert_eq!(find_version(lock, "work"), None);
    }

    #[test]
    fn a_program_is_looked_for_on_the_search_path() {
        assert!(on_path("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(on_path("no-such-program"), None);
    }
}
