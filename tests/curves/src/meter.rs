//! What is read off: processor time and heap of this process.

use std::alloc::System;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts what Rust allocates; `SQLite` allocates for itself and is not in it.
#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes on the heap now.
pub fn heap_bytes() -> f64 {
    let stats = HEAP.stats();
    stats.bytes_allocated as f64 - stats.bytes_deallocated as f64
}

/// Gives something up and tells how many bytes of heap it held.
pub fn bytes_held_by<T>(thing: T) -> f64 {
    let before = heap_bytes();
    drop(thing);
    before - heap_bytes()
}

/// Processor time that this process has used, in and out of the kernel.
pub fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        time.tv_sec.try_into().unwrap_or(0),
        time.tv_nsec.try_into().unwrap_or(0),
    )
}

/// Runs rounds of a piece of work and gives the processor time of the one in the middle, in microseconds for each of its
/// `count` parts.
pub fn median_us<E>(
    rounds: usize,
    count: usize,
    mut work: impl FnMut() -> Result<(), E>,
) -> Result<f64, E> {
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let before = cpu_time();
        work()?;
        times.push(cpu_time().saturating_sub(before).as_secs_f64() * 1e6 / count as f64);
    }
    times.sort_by(f64::total_cmp);
    Ok(times.get(rounds / 2).copied().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_is_counted() {
        // Pages that nobody touches cost nothing; beside so many what other tests allocate meanwhile does not count.
        let kept = vec![0_u8; 1 << 30];
        assert!(bytes_held_by(kept) >= 1e9);
    }
}
