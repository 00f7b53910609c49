//! Sessions that end.

use protocol::link::Down;

use super::{super::Server, fake::Means, world::World};

#[test]
fn the_connections_of_an_ended_session_are_closed_and_no_others() {
    let mut world = World::new(4);
    let (ended, other, stranger) = (
        world.settled("U1"),
        world.settled("U1"),
        world.settled("U2"),
    );
    let gone = Down::SessionsEnded {
        user: "U1",
        session: Some("S0"),
    };
    world.tell("U1", &gone);
    world.run();
    assert_eq!(world.view(ended).closed.as_ref().unwrap().0, 4500);
    assert_eq!(world.view(other).closed, None);
    let all = Down::SessionsEnded {
        user: "U1",
        session: None,
    };
    world.tell("U1", &all);
    world.run();
    assert_eq!(world.view(other).closed.as_ref().unwrap().0, 4500);
    assert_eq!(world.view(stranger).closed, None);
}

#[test]
fn what_was_on_its_way_to_an_ended_session_is_dropped() {
    let mut world = World::new(1);
    world.member("U1", "C1");
    let connection = world.settled("U1");
    world.pass(1_000);
    for _ in 0..2 {
        // The pace holds the second back.
        world.publish("C1", Means::Nothing);
        world.deliver_down(Server(0));
    }
    let all = Down::SessionsEnded {
        user: "U1",
        session: None,
    };
    world.tell("U1", &all);
    world.deliver_down(Server(0));
    let view = world.view(connection);
    assert_eq!(view.seqs("C1"), [1]);
    assert_eq!(view.closed.as_ref().unwrap().0, 4500);
}

#[test]
fn hello_with_an_ended_session_is_closed() {
    let mut world = World::new(1);
    world.fake.ended.insert("S0".to_owned());
    let connection = world.settled("U1");
    assert_eq!(world.view(connection).closed.as_ref().unwrap().0, 4500);
    assert!(world.pipes.is_empty());
}

#[test]
fn a_session_that_ended_while_the_link_was_lost_is_closed_when_it_is_back() {
    let mut world = World::new(1);
    let (ended, other) = (world.settled("U1"), world.settled("U1"));
    world.break_link(Server(0));
    world.fake.ended.insert("S0".to_owned());
    world.publish("U1", Means::Nothing);
    world.run();
    assert_eq!(world.view(ended).closed.as_ref().unwrap().0, 4500);
    assert_eq!(world.view(other).closed, None);
    assert_eq!(world.view(other).seqs("U1"), [1]);
}
