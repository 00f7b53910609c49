//! `curves`: what a message costs the cores, and what they hold in memory, as users, channels, connections and gateways grow.
//!
//! The shipped cores run natively in this process, without workerd: what is measured is theirs and `SQLite`'s, not the platform's.
//!
//! | module | what it holds |
//! |---|---|
//! | [`arguments`], [`error`] | the command line; why a run ended early |
//! | [`channel`], [`server`], [`gateway`] | the curves |
//! | [`host`], [`storage`] | a channel server over its `SQLite` |
//! | [`edge`] | a gateway between scripted channel servers and browsers |
//! | [`people`] | made-up ids, the same in every run |
//! | [`meter`] | processor time and heap |
//! | [`table`] | table and JSON |
//!
//! `cargo xtask bench curves` builds and runs it. For tuning, `--max N` leaves larger sizes out and names choose among the curves.

#![allow(
    rustdoc::private_intra_doc_links,
    reason = "the map is for readers of this crate; nothing links to a program"
)]
#![allow(
    clippy::cast_precision_loss,
    reason = "counts and bytes are far below 2^52"
)]

mod arguments;
mod channel;
mod edge;
mod error;
mod gateway;
mod host;
mod meter;
mod people;
mod server;
mod storage;
mod table;

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use arguments::{Arguments, Subject};
use error::{Context, Error, Result};
use serde_json::json;
use table::Curve;

const USERS: [u32; 4] = [100, 1_000, 10_000, 100_000];
const GATEWAYS: [u32; 5] = [1, 4, 16, 32, 64];
const CHANNELS: [u32; 5] = [10, 100, 1_000, 10_000, 100_000];
const CONNECTIONS: [u32; 4] = [100, 1_000, 10_000, 30_000];
/// Gateways while people grow.
const SOME_GATEWAYS: u32 = 8;
/// People while gateways grow.
const SOME_USERS: u32 = 10_000;

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
    let mut curves = Vec::new();
    for subject in &arguments.subjects {
        let max = arguments.max;
        match subject {
            Subject::Channel => {
                let gateways = sizes(&GATEWAYS, max);
                show(
                    &mut curves,
                    channel::by_users(&sizes(&USERS, max), SOME_GATEWAYS)?,
                );
                show(
                    &mut curves,
                    channel::by_gateways(&gateways, SOME_USERS.min(max))?,
                );
            }
            Subject::Server => show(&mut curves, server::by_channels(&sizes(&CHANNELS, max))?),
            Subject::Gateway => {
                for channels in [1, 10] {
                    let curve = gateway::by_connections(&sizes(&CONNECTIONS, max), channels)?;
                    show(&mut curves, curve);
                }
            }
        }
    }
    if let Some(file) = &arguments.json {
        let curves: Vec<_> = curves.iter().map(Curve::json).collect();
        let text = format!("{:#}\n", json!({ "curves": curves }));
        fs::write(file, text).doing(format_args!("write {}", file.display()))?;
    }
    Ok(())
}

fn sizes(all: &[u32], max: u32) -> Vec<u32> {
    all.iter().copied().filter(|size| *size <= max).collect()
}

/// Standard output may be closed, as by `| head`: what is being done goes on all the same.
fn show(curves: &mut Vec<Curve>, curve: Curve) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{}", curve.table()).and_then(|()| stdout.flush());
    curves.push(curve);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(curve: &Curve, row: usize, key: &str) -> f64 {
        curve.json()["rows"][row][key].as_f64().unwrap()
    }

    fn is_same(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn a_message_is_one_frame_to_each_gateway() {
        let curve = channel::by_gateways(&[1, 3], 12).unwrap();
        assert!(is_same(cell(&curve, 0, "frames_per_message"), 1.0));
        assert!(is_same(cell(&curve, 1, "frames_per_message"), 3.0));
    }

    #[test]
    fn a_message_to_a_server_with_more_channels_runs_the_same_statements() {
        let curve = server::by_channels(&[10, 30]).unwrap();
        let statements = |row| cell(&curve, row, "statements_per_message");
        assert!(is_same(statements(0), statements(1)));
    }

    #[test]
    fn an_event_reaches_every_connection_of_its_channel() {
        let curve = gateway::by_connections(&[30], 1).unwrap();
        let per_event = cell(&curve, 0, "cpu_us_per_event") * 1e3;
        let per_delivery = cell(&curve, 0, "cpu_ns_per_delivery");
        assert!(is_same(per_event / per_delivery, 30.0));
        assert!(gateway::by_connections(&[30], 10).is_ok());
    }

    #[test]
    fn an_event_costs_a_sleeping_gateway_the_same_however_many_other_logs_it_has() {
        let curve = gateway::by_connections(&[100, 10_000], 10).unwrap();
        let asleep_us = |row| cell(&curve, row, "cpu_us_per_event_asleep");
        assert!(asleep_us(1) < 5.0 * asleep_us(0), "{}", curve.table());
    }
}
