//! `bench`: starts the built system under workerd, drives it, and measures what it does and what that costs.
//!
//! Everything here runs on one thread, so that on a machine with two processors the server has one for itself.
//!
//! | module | what it holds |
//! |---|---|
//! | [`arguments`], [`error`] | the command line; why a run ended early |
//! | [`scenario`] | what is measured, one file a scenario |
//! | [`stage`] | a running server with people in channels: what scenarios play on |
//! | [`system`], [`capnp`], [`server`] | what is measured, how workerd is told, the running workerd |
//! | [`member`], [`subscription`], [`sender`], [`writer`] | one socket: what it has to get, what it sends |
//! | [`hub`], [`latency`] | what all sockets share: what was sent and when, what arrived, the first fault |
//! | [`wire`], [`frame`], [`http`] | what is said to either system; WebSocket frames; HTTP calls and the upgrade |
//! | [`pacer`], [`ramp`] | messages at a rate; the search for the highest rate that is held |
//! | [`machine`], [`loopback`] | the kernel's counters; what a bare write costs here |
//! | [`census`], [`mod@measure`] | the Worker's own counters; the window between two readings |
//! | [`figures`], [`report`] | what was measured and what it has to reach; table and JSON |
//!
//! `cargo xtask bench` sets up what it needs and runs it. For tuning it has options of its own: `--var NAME=VALUE` for the Worker's
//! variables, `--v8-flag FLAG` to profile with, `--rate N` for one rate in place of a search,
//! `--seconds N` for the measured time of a saturated scenario.
//!
//! A run in which anything was lost, doubled, garbled or out of order ends with an error and without figures.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the map is for readers of this crate; nothing links to a program"
)]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts and times are positive and far below 2^52"
)]

mod arguments;
mod capnp;
mod census;
mod error;
mod figures;
mod frame;
mod http;
mod hub;
mod latency;
mod loopback;
mod machine;
mod measure;
mod member;
mod pacer;
mod ramp;
mod report;
mod scenario;
mod sender;
mod server;
mod stage;
mod subscription;
mod system;
mod wire;
mod writer;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{self, Path};
use std::process::{Command, ExitCode};

use arguments::Arguments;
use error::{Context, Error, Result};
use machine::Machine;
use report::Outcome;
use scenario::{Scenario, Setting};
use system::{Places, System};

/// What the largest scenario opens, with room to spare.
const FILES_NEEDED: u64 = 6_000;

fn main() -> ExitCode {
    match arguments::parse(std::env::args_os()).and_then(|arguments| run(&arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if matches!(error, Error::Usage(_)) {
                2
            } else {
                1
            })
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    if arguments.dry_run {
        return Ok(());
    }
    machine::raise_file_limit()?;
    if machine::file_limit().is_some_and(|limit| limit < FILES_NEEDED) {
        return Err(Error::Failed(format!(
            "this process may open fewer than {FILES_NEEDED} files: raise `ulimit -Hn`"
        )));
    }
    fs::create_dir_all(&arguments.data).at("create", &arguments.data)?;
    let _lock = lock(&arguments.data)?;
    let setting = Setting {
        places: places(arguments)?,
        time: arguments.time,
        rate: arguments.rate,
    };
    let machine = Machine::current()?;
    let workerd = version(&setting.places.workerd)?;
    say(&format!(
        "{} × {}, {workerd}\n",
        machine.cores, machine.processor
    ));

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.doing("start tokio")?;
    let mut outcomes = Vec::new();
    for scenario in &arguments.scenarios {
        let outcome = measure(&runtime, &setting, *scenario, arguments.yardstick)?;
        say(&outcome.table());
        outcomes.push(outcome);
    }
    if let Some(file) = &arguments.json {
        let json = report::json(&machine, &workerd, &outcomes);
        fs::write(file, format!("{json:#}\n")).at("write", file)?;
    }
    Ok(())
}

fn measure(
    runtime: &tokio::runtime::Runtime,
    setting: &Setting,
    scenario: Scenario,
    yardstick: bool,
) -> Result<Outcome> {
    let systems: &[System] = if yardstick {
        &[System::Heliograph, System::Party, System::PartyInsert]
    } else {
        &[System::Heliograph]
    };
    let mut measured = Vec::new();
    for system in systems.iter().filter(|system| scenario.suits(**system)) {
        say(&format!("{} of {} …\n", scenario.name(), system.name()));
        let tasks = tokio::task::LocalSet::new();
        let found = tasks.block_on(runtime, scenario.run(setting, *system));
        measured.push((*system, found?));
    }
    Ok(Outcome { scenario, measured })
}

fn places(arguments: &Arguments) -> Result<Places> {
    let data = path::absolute(&arguments.data).at("find", &arguments.data)?;
    let worker = data.join("worker");
    snapshot(&arguments.worker, &worker)?;
    Ok(Places {
        workerd: server::find_workerd(Path::new("node_modules"))?,
        wrangler: "wrangler.toml".into(),
        variables: arguments.variables.clone(),
        v8_flags: arguments.v8_flags.clone(),
        worker,
        party: arguments.party.clone(),
        data,
    })
}

/// Copies the built Worker, so that a build that goes on meanwhile does not change what is measured.
fn snapshot(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).at("empty", to)?;
    }
    fs::create_dir_all(to).at("create", to)?;
    for file in fs::read_dir(from).at("list", from)? {
        let path = file.at("list", from)?.path();
        if let Some(name) = path.file_name().filter(|_| path.is_file()) {
            fs::copy(&path, to.join(name)).at("copy", &path)?;
        }
    }
    Ok(())
}

fn version(workerd: &Path) -> Result<String> {
    let output = Command::new(workerd).arg("--version").output();
    let output = output.at("run", workerd)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Two benchmarks at once would measure each other.
fn lock(data: &Path) -> Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).at("create", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(Error::Failed("another benchmark runs here".to_owned()))
        }
        Err(fs::TryLockError::Error(error)) => Err(error).at("lock", &path),
    }
}

/// Standard output may be closed, as by `| head`: what is being done goes on all the same.
fn say(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}
