//! A child with all its descendants, as one process group.
//!
//! Each child leads a group of its own: Ctrl-C reaches only this process, which then ends the whole group, so that no
//! compiler, browser or workerd stays behind, whoever started it.

use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

use crate::error::{Context, Result};
use crate::interrupt;

/// How long a group has to end by itself.
const GRACE: Duration = Duration::from_secs(6);
/// How long the kernel has to end it, and what it printed to arrive.
const KILL_LIMIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(10);

/// A running child and its descendants. They end when this is dropped.
#[derive(Debug)]
pub struct Group {
    child: Child,
    id: Pid,
    output: Arc<Output>,
    reader: JoinHandle<()>,
}

/// What a group prints, on standard output and standard error alike.
#[derive(Debug)]
struct Output {
    kept: Mutex<Vec<u8>>,
    keep: AtomicBool,
    show: AtomicBool,
}

impl Group {
    /// Starts `command` without standard input; its output is kept, and shown too when `show`.
    pub fn spawn(command: &mut Command, show: bool) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let (reader, writer) = io::pipe().doing("open a pipe")?;
        let second = writer.try_clone().doing("open a pipe")?;
        command
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(second)
            .process_group(0);
        let child = command.spawn().doing(format_args!("run {name}"));
        // The pipe ends when the group's ends of it are closed, so ours may not stay open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = child?;

        let output = Arc::new(Output {
            kept: Mutex::default(),
            keep: AtomicBool::new(true),
            show: AtomicBool::new(show),
        });
        let reader = thread::spawn({
            let output = Arc::clone(&output);
            move || output.read(reader)
        });
        let id = Pid::from_child(&child);
        Ok(Self {
            child,
            id,
            output,
            reader,
        })
    }

    /// How the child itself ended, if it has.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().doing("wait for a child process")
    }

    /// Waits until the child itself has ended, then ends what it left behind.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.exit_status()? {
                self.stop();
                return Ok(status);
            }
            interrupt::check()?;
            thread::sleep(POLL);
        }
    }

    /// What the group has printed; all of it once the group has ended.
    pub fn printed(&self) -> String {
        if !self.is_running() {
            // Whoever left the group may hold the pipe open for as long as he likes.
            wait_until(KILL_LIMIT, || self.reader.is_finished());
        }
        let kept = self
            .output
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }

    /// From here on output is shown and no longer kept.
    pub fn show_only(&self) {
        self.output.show.store(true, Ordering::Relaxed);
        self.output.keep.store(false, Ordering::Relaxed);
        self.output
            .kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Ends the group: asks first, then insists.
    pub fn stop(&mut self) {
        for (signal, limit) in [(Signal::TERM, GRACE), (Signal::KILL, KILL_LIMIT)] {
            if kill_process_group(self.id, signal).is_err() {
                return;
            }
            let ended = wait_until(limit, || {
                // Reaped, or it would count as a member for ever.
                let _ = self.child.try_wait();
                test_kill_process_group(self.id).is_err()
            });
            if ended {
                return;
            }
        }
    }

    fn is_running(&self) -> bool {
        test_kill_process_group(self.id).is_ok()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Output {
    fn read(&self, pipe: PipeReader) {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe
            .read_until(b'\n', &mut line)
            .is_ok_and(|length| length > 0)
        {
            if self.keep.load(Ordering::Relaxed) {
                self.kept
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&line);
            }
            if self.show.load(Ordering::Relaxed) {
                let mut stdout = io::stdout().lock();
                // Nobody may be reading any more; the group goes on all the same.
                let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
            }
            line.clear();
        }
    }
}

/// Whether `condition` came true within `limit`.
fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while !condition() {
        if start.elapsed() > limit {
            return false;
        }
        thread::sleep(POLL);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Group {
        Group::spawn(Command::new("sh").args(["-c", script]), false).unwrap()
    }

    #[test]
    fn both_outputs_are_kept_in_order_with_the_exit_status() {
        let mut group = shell("echo one; echo two >&2; printf three; exit 3");
        assert_eq!(group.wait().unwrap().code(), Some(3));
        assert_eq!(group.printed(), "one\ntwo\nthree");
    }

    #[test]
    fn what_a_child_leaves_behind_ends_with_it() {
        let mut group = shell("sleep 600 & echo started");
        assert!(group.wait().unwrap().success());
        assert!(!group.is_running());
        assert_eq!(group.printed(), "started\n");
    }

    #[test]
    fn stopping_ends_grandchildren_too() {
        let mut group = shell("sleep 600 & sleep 600");
        assert!(group.is_running());
        group.stop();
        assert!(!group.is_running());
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let error = Group::spawn(&mut Command::new("no-such-program"), false).unwrap_err();
        assert!(format!("{error:?}").contains("cannot run no-such-program"));
    }
}
