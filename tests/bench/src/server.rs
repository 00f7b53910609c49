//! A running workerd, with nothing between it and its clients.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Pid;
use serde::Deserialize;
use tokio::time::sleep;

use crate::capnp::{SOCKET, Worker};
use crate::error::{Context, Error, Result};
use crate::http::Http;

/// How long the server may take until it is ready.
const START_LIMIT: Duration = Duration::from_mins(1);
const POLL: Duration = Duration::from_millis(20);
/// How much of its log is shown when it fails, in bytes.
const LOG_SHOWN_BYTES: usize = 4_000;

/// A workerd of its own, on a fresh folder. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

/// What workerd says about a socket.
#[derive(Deserialize)]
struct Listening {
    socket: String,
    port: u16,
}

impl Server {
    /// Starts `worker`, whose modules lie in `modules`, in `folder`, which is emptied first; resolves when `ready` is found.
    pub async fn start(
        workerd: &Path,
        worker: &Worker,
        modules: &Path,
        folder: PathBuf,
        ready: &str,
    ) -> Result<Self> {
        let child = spawn(workerd, worker, modules, &folder)?;
        let mut server = Self {
            child,
            folder,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        };
        let start = Instant::now();
        while !server.is_ready(ready).await? {
            if start.elapsed() > START_LIMIT {
                return Err(server.failure("it was not ready in time"));
            }
            sleep(POLL).await;
        }
        Ok(server)
    }

    /// Calls to it.
    pub fn http(&self) -> Http {
        Http::new(self.address)
    }

    /// Its process.
    pub fn process(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// An error that quotes the end of its log.
    pub fn failure(&self, what: &str) -> Error {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let shown = log.len().saturating_sub(LOG_SHOWN_BYTES);
        let end = String::from_utf8_lossy(log.get(shown..).unwrap_or_default());
        Error::Failed(format!("workerd: {what}\n{}", end.trim_end()))
    }

    async fn is_ready(&mut self, path: &str) -> Result<bool> {
        if let Some(status) = self.child.try_wait().doing("wait for workerd")? {
            return Err(self.failure(&format!("it ended by itself: {status}")));
        }
        if self.address.port() == 0 {
            let control = fs::read_to_string(self.folder.join("control")).unwrap_or_default();
            let Some(port) = parse_port(&control) else {
                return Ok(false);
            };
            self.address.set_port(port);
        }
        Ok(self
            .http()
            .status(path)
            .await
            .is_ok_and(|status| status.is_success()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(self.folder.join("storage"));
    }
}

fn spawn(workerd: &Path, worker: &Worker, modules: &Path, folder: &Path) -> Result<Child> {
    if folder.exists() {
        fs::remove_dir_all(folder).at("empty", folder)?;
    }
    let storage = folder.join("storage");
    fs::create_dir_all(&storage).at("create", &storage)?;
    for name in &worker.modules {
        // Copied, so that a build that goes on meanwhile does not change what is measured.
        let file = modules.join(name);
        fs::copy(&file, folder.join(name)).at("copy", &file)?;
    }
    let config = folder.join("config.capnp");
    let text = worker.config(&storage.to_string_lossy());
    fs::write(&config, text).at("write", &config)?;
    let create = |name: &str| {
        let path = folder.join(name);
        File::create(&path).at("create", &path)
    };
    Command::new(workerd)
        .arg("serve")
        .arg(&config)
        .arg("--control-fd=1")
        .stdin(Stdio::null())
        .stdout(create("control")?)
        .stderr(create("log")?)
        .spawn()
        .at("run", workerd)
}

fn parse_port(control: &str) -> Option<u16> {
    let parsed = control
        .lines()
        .filter_map(|line| serde_json::from_str::<Listening>(line).ok());
    parsed
        .filter(|listening| listening.socket == SOCKET)
        .map(|listening| listening.port)
        .next()
}

/// The binary for this machine among the npm packages: workerd's own command is a Node script that starts it.
pub fn find_workerd(node_modules: &Path) -> Result<PathBuf> {
    let folder = node_modules.join("@cloudflare");
    let found = fs::read_dir(&folder)
        .at("list", &folder)?
        .filter_map(std::result::Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("workerd-"))
        .map(|entry| entry.path().join("bin/workerd"))
        .find(|path| path.is_file());
    found.ok_or_else(|| {
        Error::Failed(format!(
            "there is no workerd in {}; `cargo xtask build` installs it",
            folder.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_one_workerd_tells() {
        let control = "{\"event\":\"listen\",\"socket\":\"http\",\"port\":42683}\nsomething else\n";
        assert_eq!(parse_port(control), Some(42_683));
        assert_eq!(parse_port("{\"event\":\"li"), None);
    }
}
