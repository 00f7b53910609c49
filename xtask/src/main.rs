//! `cargo xtask`: sets the project up, builds it, runs it, tests it and deploys it.
//!
//! | module | noun |
//! |---|---|
//! | `arguments` | the command line, parsed once |
//! | `help` | what `--help` says |
//! | `project` | where things lie, and the versions that `Cargo.lock` pins |
//! | `step` | a progress line, and the commands run under it |
//! | `process` | a child with all its descendants, as one process group |
//! | `interrupt` | Ctrl-C and its like |
//! | `stamp` | what a finished step was made from, so that it is not done twice |
//! | `setup` | toolchain, tools, packages |
//! | `tools` | the pinned wasm-bindgen, in `.tools/` |
//! | `apt` | packages of Debian |
//! | `packages` | the npm packages, in `node_modules/` |
//! | `chromium` | the browser that the browser tests drive |
//! | `build` | both wasm modules, one after the other |
//! | `wasm` | from a crate to a module and its JavaScript, tool by tool |
//! | `shim` | the entry script around the module of the Worker |
//! | `folder` | the files of a folder, brought up to date one by one |
//! | `worker` | the Worker, in `build/worker/` |
//! | `client` | the web client, in `build/client/` |
//! | `size` | the two wasm sizes and their budgets |
//! | `wrangler` | wrangler's command line, kept off the network |
//! | `dev` | the running system on this machine |
//! | `readiness` | asks a server whether it is ready |
//! | `session_key` | the key that signs development's sessions |
//! | `test` | every test, stage by stage |
//! | `node_tests` | the tests in JavaScript, and which of them a filter means |
//! | `tally` | how many passed and failed, read from what a runner prints |
//! | `check` | formatting, lints, documentation |
//! | `bench` | the load generator and its yardstick, set up and run |
//! | `seed` | a running system, filled |
//! | `judge` | Lighthouse, set up and run |
//! | `sim` | the simulation and the world model, built and run |
//! | `deploy` | `wrangler deploy` |

mod apt;
mod arguments;
mod bench;
mod build;
mod check;
mod chromium;
mod client;
mod deploy;
mod dev;
mod error;
mod folder;
mod help;
mod interrupt;
mod judge;
mod node_tests;
mod packages;
mod process;
mod project;
mod readiness;
mod seed;
mod session_key;
mod setup;
mod shim;
mod sim;
mod size;
mod stamp;
mod step;
mod tally;
mod test;
mod tools;
mod wasm;
mod worker;
mod wrangler;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use error::Result;
use project::Project;
use step::Console;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.report();
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<()> {
    let Arguments { command, verbose } = arguments::parse(std::env::args_os())?;
    if let Command::Help(topic) = command {
        print!("{}", help::text(topic));
        return Ok(());
    }
    interrupt::watch()?;
    let project = Project::locate()?;
    let console = Console::new(verbose);
    match command {
        Command::Help(_) => Ok(()),
        Command::Dev(options) => dev::run(&project, console, &options),
        Command::Build => build::run(&project, console),
        Command::Test(options) => test::run(&project, console, &options),
        Command::Check => check::run(&project, console),
        Command::Bench(options) => bench::run(&project, console, &options),
        Command::Sim(options) => sim::run(&project, console, &options),
        Command::World(options) => sim::world(&project, console, &options),
        Command::Seed(options) => seed::run(&project, console, &options),
        Command::Judge => judge::run(&project, console),
        Command::Deploy(options) => deploy::run(&project, console, options),
    }
}
