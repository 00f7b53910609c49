//! When lines leave for the browsers.

use super::{
    super::{ConnectionId, Input, Output, Server},
    fake::Means,
    world::World,
};

fn crowd(sockets: u32) -> (World, Vec<ConnectionId>) {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connections = (0..sockets).map(|_| world.settled("U1")).collect();
    world.pass(1_000);
    (world, connections)
}

#[test]
fn on_an_idle_gateway_an_event_leaves_at_once_as_one_shared_frame() {
    let (mut world, connections) = crowd(40);
    world.fake.log("C1").append("C1", Means::Nothing);
    let mut bytes = Vec::new();
    world.fake.log("C1").write("C1", 1, &mut bytes);
    let generation = world.pipes[&Server(0)].generation;
    let outputs = world.gateway.handle(
        Input::LinkFrame {
            server: Server(0),
            generation,
            bytes: &bytes,
        },
        world.now_ms,
    );
    let [
        Output::Frames {
            connections: got, ..
        },
        Output::WakeAt { .. },
    ] = outputs.as_slice()
    else {
        panic!("{outputs:?}");
    };
    assert_eq!(*got, connections);
}

#[test]
fn what_one_input_brings_for_a_socket_is_one_frame() {
    let (mut world, connections) = crowd(3);
    let mut bytes = Vec::new();
    for _ in 0..5 {
        let seq = world.fake.log("C1").append("C1", Means::Nothing);
        world.fake.log("C1").write("C1", seq, &mut bytes);
    }
    world
        .pipes
        .get_mut(&Server(0))
        .unwrap()
        .down
        .push_back(bytes);
    let before = world.frames;
    world.run();
    assert_eq!(world.frames - before, 3);
    for connection in connections {
        assert_eq!(world.view(connection).seqs("C1"), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn under_load_there_are_fewer_frames_than_messages_times_sockets() {
    let (mut world, connections) = crowd(400);
    let before = world.frames;
    // One message a millisecond; a flush of 400 frames makes the next wait for 10 ms.
    for _ in 0..100 {
        world.publish("C1", Means::Nothing);
        world.deliver_down(Server(0));
        world.pass(1);
    }
    world.run();
    let frames = world.frames - before;
    assert!(frames <= 400 * 11, "{frames}");
    for connection in connections {
        assert_eq!(world.view(connection).seqs("C1").len(), 100);
    }
}

#[test]
fn lines_that_wait_are_flushed_by_the_timer() {
    let (mut world, connections) = crowd(400);
    for _ in 0..2 {
        world.publish("C1", Means::Nothing);
        world.deliver_down(Server(0));
    }
    assert_eq!(world.view(connections[0]).seqs("C1"), [1]);
    // First a timer that tells how long the flush took, which was no time here.
    world.pass(0);
    assert_eq!(world.wake_at_ms, Some(world.now_ms + 10));
    world.pass(10);
    assert_eq!(world.view(connections[0]).seqs("C1"), [1, 2]);
}

#[test]
fn lines_gather_for_as_long_as_the_last_flush_really_took() {
    let (mut world, connections) = crowd(400);
    let publish = |world: &mut World| {
        world.publish("C1", Means::Nothing);
        world.deliver_down(Server(0));
    };
    // Flushes of one line to the frame, so that waiting longer is not known to be worth anything.
    for _ in 0..10 {
        publish(&mut world);
        world.pass(1_000);
    }
    let got = |world: &World| world.view(connections[0]).seqs("C1").len() - 10;
    publish(&mut world);
    // Others have work too: the flush and theirs took 20 ms.
    world.now_ms += 20;
    publish(&mut world);
    publish(&mut world);
    assert_eq!(got(&world), 1);
    world.input(Input::Timer);
    assert_eq!(got(&world), 1, "more may wait outside");
    world.now_ms += 1;
    world.input(Input::Timer);
    assert_eq!(got(&world), 3);
    // Several lines to the frame: so it is worth to wait twice as long.
    world.now_ms += 20;
    publish(&mut world);
    world.pass(0);
    world.pass(39);
    assert_eq!(got(&world), 3);
    world.pass(1);
    assert_eq!(got(&world), 4);
    // As many lines as last time are enough.
    world.now_ms += 20;
    world.input(Input::Timer);
    publish(&mut world);
    assert_eq!(got(&world), 5);
}

#[test]
fn one_timer_is_asked_for_however_much_gathers() {
    let (mut world, _) = crowd(400);
    let generation = world.pipes[&Server(0)].generation;
    let mut timers = 0;
    for _ in 0..20 {
        let seq = world.fake.log("C1").append("C1", Means::Nothing);
        let mut bytes = Vec::new();
        world.fake.log("C1").write("C1", seq, &mut bytes);
        let input = Input::LinkFrame {
            server: Server(0),
            generation,
            bytes: &bytes,
        };
        let outputs = world.gateway.handle(input, world.now_ms);
        timers += outputs
            .iter()
            .filter(|output| matches!(output, Output::WakeAt { .. }))
            .count();
    }
    assert_eq!(timers, 1);
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let (mut world, connections) = crowd(400);
    world.publish("C1", Means::Nothing);
    world.deliver_down(Server(0));
    world.now_ms -= 500;
    world.publish("C1", Means::Nothing);
    world.deliver_down(Server(0));
    assert_eq!(world.view(connections[0]).seqs("C1"), [1, 2]);
}
