//! What an event allocates, and what a connection holds. Alone in its file: nothing else is to allocate meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::{alloc::System, collections::VecDeque, rc::Rc};

use gateway_core::gateway::{ConnectionId, Gateway, Input, Output, Server};
use protocol::{
    api::Caller,
    id::{SessionId, UserId, WorkspaceId},
    link::{Down, Hint, Up, read, write},
    ring::Ring,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CHANNEL: &str = "C1";

fn heap_bytes() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// A gateway whose connections are all in one channel, at rest.
struct World {
    gateway: Gateway,
    now_ms: u64,
    generation: u64,
    seq: u64,
}

impl World {
    fn new(connections: u32) -> Self {
        let mut world = Self {
            gateway: Gateway::new("weur/0", "weur", Rc::new(Ring::new(1, 1))),
            now_ms: 1_000_000,
            generation: 0,
            seq: 0,
        };
        for number in 0..connections {
            let connection = ConnectionId(number);
            let caller = Caller {
                workspace: WorkspaceId::parse("T1").unwrap(),
                user: UserId::parse(&format!("U{number:026}")).unwrap(),
                session: SessionId::parse(&format!("S{number:026}")).unwrap(),
                role: protocol::api::Role::Member,
            };
            world.run(Input::ConnectionOpened { connection, caller });
            let text = r#"{"id":1,"op":"hello"}"#;
            world.run(Input::Frame { connection, text });
        }
        world.settle();
        world
    }

    /// Gives an input, and to every frame up the answer of a channel server that says yes. How many frames browsers get.
    fn run(&mut self, input: Input<'_>) -> usize {
        let mut frames = 0;
        let mut work: VecDeque<Output> = self.gateway.handle(input, self.now_ms).into();
        while let Some(output) = work.pop_front() {
            match output {
                Output::Frames { connections, .. } => frames += connections.len(),
                Output::Dial { server, generation } => {
                    self.generation = generation;
                    let opened = Input::LinkOpened { server, generation };
                    work.extend(self.gateway.handle(opened, self.now_ms));
                }
                Output::LinkSend { bytes, .. } => {
                    let answer = answer(&bytes);
                    work.extend(self.link_frame(&answer));
                }
                Output::WakeAt { .. } => {}
                Output::Judge { connection } => {
                    let at_ms = Some(self.now_ms);
                    let heard = Input::Heard { connection, at_ms };
                    work.extend(self.gateway.handle(heard, self.now_ms));
                }
                other => panic!("{other:?}"),
            }
        }
        frames
    }

    fn link_frame(&mut self, bytes: &[u8]) -> Vec<Output> {
        let frame = Input::LinkFrame {
            server: Server(0),
            generation: self.generation,
            bytes,
        };
        self.gateway.handle(frame, self.now_ms)
    }

    fn settle(&mut self) {
        for _ in 0..20 {
            self.now_ms += 60;
            self.run(Input::Timer);
        }
    }

    /// How many allocations an event takes until it has left for all connections, and for how many.
    fn event(&mut self) -> (usize, usize) {
        self.seq += 1;
        self.now_ms += 100;
        let mut bytes = Vec::new();
        let record = Down::Event {
            log: CHANNEL,
            seq: self.seq,
            hint: Hint::None,
            line: br#"{"event":"x"}"#,
        };
        write(&mut bytes, &record);
        let before = HEAP.stats();
        let outputs = self.link_frame(&bytes);
        let after = HEAP.stats();
        let frames = outputs.iter().map(|output| match output {
            Output::Frames { connections, .. } => connections.len(),
            _ => 0,
        });
        let allocations = after.allocations + after.reallocations;
        (
            allocations - before.allocations - before.reallocations,
            frames.sum(),
        )
    }
}

fn answer(frame: &[u8]) -> Vec<u8> {
    let mut answer = Vec::new();
    for record in read::<Up<'_>>(frame) {
        if let Up::Subscribe { request, log, .. } = record.unwrap() {
            let channels = if log.starts_with('U') {
                vec![CHANNEL]
            } else {
                Vec::new()
            };
            let subscribed = Down::Subscribed {
                request,
                epoch: "e",
                seq: 0,
                recovered: false,
                channels,
                role: None,
            };
            write(&mut answer, &subscribed);
        }
    }
    write(&mut answer, &Down::Credit);
    answer
}

#[test]
fn an_event_allocates_as_often_however_many_get_it_and_a_connection_holds_little() {
    let [few, many] = [100, 5_000].map(|connections| {
        let before = heap_bytes();
        let mut world = World::new(connections);
        let held = heap_bytes() - before;
        assert!(held / (connections as usize) < 1_800, "{held} bytes");
        // What is kept from turn to turn has its size after some.
        for _ in 0..10 {
            world.event();
            world.settle();
        }
        let (allocations, frames) = world.event();
        assert_eq!(frames, connections as usize);
        allocations
    });
    assert_eq!(few, many);
}
