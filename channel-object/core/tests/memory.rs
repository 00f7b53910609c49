//! What is kept in memory does not grow with users or channels. Alone in its file: nothing else is to allocate meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::alloc::System;

use protocol::{api::ChannelKind, call::ChannelCall};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use support::{Server, World};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn heap_bytes() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// What the server's core holds, measured by dropping it.
fn held_by(server: &mut Server) -> usize {
    let before = heap_bytes();
    server.forget();
    before - heap_bytes()
}

#[test]
fn memory_is_bounded_however_many_channels_and_members_are_touched() {
    let mut world = World::new(1);
    let ana = world.found("Acme");
    for _ in 0..12_000 {
        world.create(&ana, ChannelKind::Private);
    }
    world.outputs.clear();
    let by_channels = held_by(&mut world.servers[0]);

    let channel = world.create(&ana, ChannelKind::Public);
    for _ in 0..40_000 {
        let mut stranger = ana.clone();
        stranger.user = protocol::id::UserId::mint(1, world.next_id());
        world
            .channel(&stranger, &channel, ChannelCall::Join)
            .unwrap();
        world.outputs.clear();
    }
    let by_members = held_by(&mut world.servers[0]);
    assert!(
        by_channels < 4 << 20 && by_members < 4 << 20,
        "{by_channels} and {by_members} bytes"
    );
}
