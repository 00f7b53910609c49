//! What the kernel counts: processor time and memory of processes, in `/proc`.

use std::fmt::{self, Display};
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

use crate::error::{Context, Error, Result};
use crate::loopback;

const US_PER_S: u64 = 1_000_000;

/// The machine that a figure was measured on.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// What the first one calls itself.
    pub processor: String,
    /// What one bare write of a small frame to a loopback connection takes, in microseconds.
    pub loopback_write_us: f64,
}

impl Machine {
    /// The one this runs on.
    pub fn current() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("model name"));
        let processor = name
            .and_then(|rest| rest.split_once(": "))
            .map_or_else(|| "unknown".to_owned(), |(_, name)| name.trim().to_owned());
        Ok(Self {
            cores,
            processor,
            loopback_write_us: loopback::write_us()?,
        })
    }
}

impl Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} × {}, a bare loopback write {:.1} µs",
            self.cores, self.processor, self.loopback_write_us
        )
    }
}

/// Processor time used so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct CpuTime {
    /// By the server's process, all threads.
    pub server: Duration,
    /// By this process.
    pub generator: Duration,
    /// By everything on the machine.
    pub machine: Duration,
}

impl CpuTime {
    /// Reads the counters.
    pub fn read(server: Pid) -> Result<Self> {
        Ok(Self {
            server: process_time(&server.as_raw_nonzero().to_string())?,
            generator: process_time("self")?,
            machine: parse_machine(&read("/proc/stat")?)
                .map(ticks_to_time)
                .ok_or_else(|| unreadable("/proc/stat"))?,
        })
    }

    /// What was used since an earlier reading.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            server: self.server.saturating_sub(earlier.server),
            generator: self.generator.saturating_sub(earlier.generator),
            machine: self.machine.saturating_sub(earlier.machine),
        }
    }

    /// What others used: it disturbs the measurement.
    pub fn others(self) -> Duration {
        self.machine.saturating_sub(self.server + self.generator)
    }
}

/// The memory of a process that is in RAM, in bytes.
pub fn resident_bytes(process: Pid) -> Result<u64> {
    let path = format!("/proc/{}/status", process.as_raw_nonzero());
    parse_resident(&read(&path)?).ok_or_else(|| unreadable(&path))
}

/// Lets this process, and every child of it, open as many files as it may.
pub fn raise_file_limit() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            maximum: limit.maximum,
        },
    )
    .doing("raise the limit of open files")
}

/// How many files this process may open; `None` is no limit.
pub fn file_limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

fn process_time(process: &str) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    parse_process(&read(&path)?)
        .map(ticks_to_time)
        .ok_or_else(|| unreadable(&path))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(path).at("read", Path::new(path))
}

fn unreadable(path: &str) -> Error {
    Error::Failed(format!("{path} is not as Linux writes it"))
}

fn ticks_to_time(ticks: u64) -> Duration {
    Duration::from_micros(ticks * (US_PER_S / rustix::param::clock_ticks_per_second()))
}

/// `utime` and `stime`: fields 14 and 15, counted behind the name, which may hold anything.
fn parse_process(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(ticks()? + ticks()?)
}

/// All but `idle` and `iowait` of the first line; what guests use is in `user` already.
fn parse_machine(stat: &str) -> Option<u64> {
    let line = stat.lines().next()?.strip_prefix("cpu ")?;
    let fields: Option<Vec<u64>> = line
        .split_whitespace()
        .take(8)
        .map(|field| field.parse().ok())
        .collect();
    match fields?.as_slice() {
        [user, nice, system, _idle, _iowait, rest @ ..] => {
            Some(user + nice + system + rest.iter().sum::<u64>())
        }
        _ => None,
    }
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "12 (a ) b) S 1 2 3 4 5 6 7 8 9 10 700 55 13 14 15";
        assert_eq!(parse_process(stat), Some(755));
        assert_eq!(parse_process("12 (short) S 1"), None);
    }

    #[test]
    fn waiting_is_no_processor_time() {
        let stat = "cpu  100 20 3 9999 8888 40 5 6 77 88\ncpu0 1 2 3\n";
        assert_eq!(parse_machine(stat), Some(100 + 20 + 3 + 40 + 5 + 6));
    }

    #[test]
    fn memory_is_given_in_bytes() {
        let status = "Name:\tworkerd\nVmRSS:\t   69680 kB\nThreads:\t4\n";
        assert_eq!(parse_resident(status), Some(69_680 * 1024));
    }

    #[test]
    fn this_process_can_be_measured() {
        assert!(process_time("self").is_ok());
        assert!(resident_bytes(rustix::process::getpid()).unwrap() > 0);
    }
}
