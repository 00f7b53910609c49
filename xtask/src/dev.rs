//! The running system on this machine.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{self, Path};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::arguments::DevOptions;
use crate::build;
use crate::error::{Context, Error, Result};
use crate::interrupt;
use crate::process::Group;
use crate::project::Project;
use crate::readiness::is_ready;
use crate::session_key::{load_or_create, write_private};
use crate::step::{Console, Outcome, say};
use crate::wrangler;

/// How long the server may take until it is ready.
const START_LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);
/// The rate of everything here: who seeds a workspace is not held up.
const RAISED: &str = "1000000/s burst 1000000";

/// `cargo xtask dev`: returns when interrupted.
pub fn run(project: &Project, console: Console, options: &DevOptions) -> Result<()> {
    let port = options.port;
    check_port(port)?;
    let data = match &options.persist_to {
        Some(folder) => path::absolute(folder).at("find", folder)?,
        None => project.path(".dev/state"),
    };
    let _data_lock = lock_data(&data)?;
    build::prepare(project, console)?;

    let mut server = None;
    console.step("Server", || {
        check_port(port)?;
        let mut group = Group::spawn(
            &mut command(project, console, port, &data)?,
            console.is_verbose(),
        )?;
        wait_until_ready(&mut group, port)?;
        server = Some(group);
        Ok(Outcome::Done)
    })?;
    let Some(mut server) = server else {
        return Ok(());
    };
    server.show_only();
    say(format_args!(
        "\nHeliograph is ready at http://127.0.0.1:{port}\n"
    ));

    while !interrupt::requested() {
        if let Some(status) = server.exit_status()? {
            return Err(Error::Failed(format!(
                "the server ended by itself: {status}"
            )));
        }
        thread::sleep(POLL);
    }
    server.stop();
    say("Stopped.");
    Ok(())
}

fn command(project: &Project, console: Console, port: u16, data: &Path) -> Result<Command> {
    let key = load_or_create(&data.join("session-key"))?;
    // A file, as the command line of a process is there for everyone to read.
    let variables = data.join("variables.env");
    let wrangler = project.path("wrangler.toml");
    let deployed = fs::read_to_string(&wrangler).at("read", &wrangler)?;
    let rates: Vec<_> = rates(&deployed)
        .map(|name| format!("{name}=\"{RAISED}\""))
        .collect();
    write_private(
        &variables,
        &format!(
            "SIGNUP=open\nENVIRONMENT=development\nSESSION_KEY={key}\n{}\n",
            rates.join("\n")
        ),
    )?;
    let mut command = wrangler::command(project, "dev");
    command
        // Each running system finds only itself.
        .env("WRANGLER_REGISTRY_PATH", data.join("registry"))
        .args([
            "--ip",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--inspector-port",
            "0",
        ])
        .arg("--persist-to")
        .arg(data)
        .arg("--env-file")
        .arg(variables)
        .args(["--show-interactive-dev-session", "false"])
        .args([
            "--log-level",
            if console.is_verbose() { "log" } else { "warn" },
        ]);
    Ok(command)
}

/// The names of the variables that limit how often something may be done.
fn rates(wrangler: &str) -> impl Iterator<Item = &str> {
    wrangler
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.trim()))
        .filter(|name| name.starts_with("RATE_"))
}

fn wait_until_ready(server: &mut Group, port: u16) -> Result<()> {
    let start = Instant::now();
    loop {
        let problem = match server.exit_status()? {
            Some(status) => format!("the server ended by itself: {status}"),
            None if is_ready(port) => return Ok(()),
            None if start.elapsed() > START_LIMIT => {
                format!("no 200 from /readyz within {} s", START_LIMIT.as_secs())
            }
            None => {
                interrupt::check()?;
                thread::sleep(POLL);
                continue;
            }
        };
        server.stop();
        return Err(Error::Failed(format!(
            "{problem}\n{}",
            server.printed().trim_end()
        )));
    }
}

fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(Error::Failed(format!(
            "port {port} is taken; choose another with --port N"
        ))),
        Err(error) => Err(error).doing(format_args!("listen on port {port}")),
    }
}

/// Two servers on the same data would tear it apart.
fn lock_data(data: &Path) -> Result<File> {
    fs::create_dir_all(data).at("create", data)?;
    let path = data.join("lock");
    let file = File::create(&path).at("create", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Error::Failed(format!(
            "another cargo xtask dev runs on {}; choose another folder with --persist-to DIR",
            data.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(error).at("lock", &path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_that_is_deployed_is_raised() {
        let wrangler = include_str!("../../wrangler.toml");
        assert!(rates(wrangler).any(|name| name == "RATE_USER"));
        assert_eq!(rates(wrangler).count(), wrangler.matches("\nRATE_").count());
    }
}
