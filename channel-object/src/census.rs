//! What this isolate has had to do since its module was started, for tests and benchmarks to watch.
//!
//! All objects of an isolate share one module and so these counts.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

use protocol::figures::DoneFigures;
use serde::Serialize;

/// A count that only rises.
#[derive(Debug, Default)]
pub struct Count(AtomicU32);

impl Count {
    /// One more.
    pub fn up(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, many: u32) {
        self.0.fetch_add(many, Ordering::Relaxed);
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Lives of channel servers: one more each time that one gets its memory.
pub static CHANNEL_SERVERS: Count = Count(AtomicU32::new(0));
/// Lives of gateways.
pub static GATEWAYS: Count = Count(AtomicU32::new(0));
/// Frames of gateways that channel servers have taken in.
pub static LINK_FRAMES: Count = Count(AtomicU32::new(0));
/// How often a log was read for a subscriber of it.
pub static READS: Count = Count(AtomicU32::new(0));
/// Requests by which channel servers have woken gateways.
pub static WAKES: Count = Count(AtomicU32::new(0));

/// Frames sent to browsers, one for each that got it.
pub static BROWSER_FRAMES: Count = Count(AtomicU32::new(0));

thread_local! {
    /// What channel servers of this isolate have done, by their numbers, in all their lives.
    static DONE: RefCell<BTreeMap<u32, DoneFigures>> = const { RefCell::new(BTreeMap::new()) };
}

/// Takes note of what a channel server has done.
pub fn server_did(server: u32, done: DoneFigures) {
    if done != DoneFigures::default() {
        DONE.with_borrow_mut(|all| all.entry(server).or_default().add(done));
    }
}

/// What a channel server has done in all its lives in this isolate.
#[must_use]
pub fn done_by(server: u32) -> DoneFigures {
    DONE.with_borrow(|all| all.get(&server).copied().unwrap_or_default())
}

/// The counts at one time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Census {
    /// Lives of channel servers.
    pub channel_servers: u32,
    /// Lives of gateways.
    pub gateways: u32,
    /// Frames of gateways that channel servers have taken in.
    pub link_frames: u32,
    /// How often a log was read for a subscriber of it.
    pub reads: u32,
    /// Requests by which channel servers have woken gateways.
    pub wakes: u32,
    /// Frames sent to browsers, one for each that got it.
    pub browser_frames: u32,
    /// The memory of the wasm module, in bytes.
    pub memory_bytes: usize,
}

/// The counts as they are.
#[must_use]
pub fn take() -> Census {
    Census {
        channel_servers: CHANNEL_SERVERS.get(),
        gateways: GATEWAYS.get(),
        link_frames: LINK_FRAMES.get(),
        reads: READS.get(),
        wakes: WAKES.get(),
        browser_frames: BROWSER_FRAMES.get(),
        memory_bytes: memory_bytes(),
    }
}

#[cfg(target_arch = "wasm32")]
fn memory_bytes() -> usize {
    const PAGE_BYTES: usize = 64 * 1024;
    core::arch::wasm32::memory_size(0) * PAGE_BYTES
}

#[cfg(not(target_arch = "wasm32"))]
fn memory_bytes() -> usize {
    0
}
