//! Limits of connections and of users.

use protocol::{rate::Rate, rates::Rates};
use serde_json::Value;

use super::{
    super::{ConnectionId, Gateway},
    world::World,
};

/// A gateway with rates, and U1 and U2 in C1.
fn world(rates: Rates) -> World {
    let mut world = World::new(1);
    world.gateway = Gateway::new("weur/0", "weur", world.ring.clone()).with_rates(rates);
    world.member("U1", "C1");
    world.member("U2", "C1");
    world
}

fn only(change: impl FnOnce(&mut Rates)) -> World {
    let mut rates = Rates::all(Rate::OFF);
    change(&mut rates);
    world(rates)
}

fn send_as(world: &mut World, connection: ConnectionId, id: u64, message: &str) {
    let line = format!(
        r#"{{"id":{id},"op":"send","channel":"C1","client_message_id":"{message}","text":"hi"}}"#
    );
    world.say(connection, &line);
}

/// The errors of a connection: to what, the code, and how long to wait.
fn errors(world: &World, connection: ConnectionId) -> Vec<(u64, String, Option<u64>)> {
    let lines = &world.view(connection).lines;
    let errors = lines.iter().filter(|line| line.get("error").is_some());
    errors
        .map(|line| {
            (
                line["re"].as_u64().unwrap(),
                line["error"]["code"].as_str().unwrap().to_owned(),
                line["error"].get("retry_after_ms").and_then(Value::as_u64),
            )
        })
        .collect()
}

fn limited(re: u64, wait_ms: u64) -> (u64, String, Option<u64>) {
    (re, "rate_limited".to_owned(), Some(wait_ms))
}

#[test]
fn a_connection_past_its_rate_is_told_how_long_to_wait_and_then_is_served() {
    let mut world = only(|rates| rates.connection = Rate::per_s(1, 3));
    let connection = world.settled("U1");
    let start_ms = world.now_ms;
    for id in 2..=5 {
        world.send(connection, id, "C1");
    }
    world.run();
    assert_eq!(errors(&world, connection), [limited(5, 1_000)]);
    assert_eq!(world.view(connection).seqs("C1"), [1, 2, 3]);
    world.now_ms = start_ms + 999;
    send_as(&mut world, connection, 6, "m5");
    world.run();
    assert_eq!(errors(&world, connection)[1..], [limited(6, 1)]);
    world.now_ms = world.now_ms.max(start_ms + 1_000);
    send_as(&mut world, connection, 7, "m5");
    world.run();
    assert_eq!(
        world.view(connection).seqs("C1"),
        [1, 2, 3, 4],
        "nothing was stored of what was refused, and it is stored once"
    );
    assert_eq!(world.fake.stored["m5"], 4);
}

#[test]
fn connections_of_others_and_of_the_same_user_have_rates_of_their_own() {
    let mut world = only(|rates| rates.connection = Rate::per_s(1, 1));
    let ana = world.settled("U1");
    let ana_too = world.settled("U1");
    let ben = world.settled("U2");
    world.send(ana, 2, "C1");
    world.send(ana, 3, "C1");
    world.send(ana_too, 4, "C1");
    world.send(ben, 5, "C1");
    world.run();
    assert_eq!(errors(&world, ana), [limited(3, 1_000)]);
    assert_eq!(errors(&world, ana_too), []);
    assert_eq!(errors(&world, ben), []);
}

#[test]
fn a_user_has_one_rate_over_all_connections_and_others_another() {
    let mut world = only(|rates| rates.user = Rate::per_s(2, 2));
    let ana = world.settled("U1");
    let ana_too = world.settled("U1");
    let ben = world.settled("U2");
    world.send(ana, 2, "C1");
    world.send(ana_too, 3, "C1");
    world.send(ana, 4, "C1");
    world.send(ana_too, 5, "C1");
    world.send(ben, 6, "C1");
    world.run();
    assert_eq!(errors(&world, ana), [limited(4, 500)]);
    assert_eq!(errors(&world, ana_too), [limited(5, 500)]);
    assert_eq!(errors(&world, ben), []);
    world.now_ms += 500;
    send_as(&mut world, ana_too, 7, "m5");
    world.run();
    assert_eq!(errors(&world, ana_too).len(), 1);
    assert!(world.fake.stored.contains_key("m5"));
}

#[test]
fn to_connect_anew_gives_a_user_nothing_more() {
    let mut world = only(|rates| rates.user = Rate::per_s(1, 1));
    let connection = world.settled("U1");
    world.send(connection, 2, "C1");
    world.run();
    world.input(super::super::Input::ConnectionClosed { connection });
    let again = world.settled("U1");
    world.send(again, 3, "C1");
    world.run();
    let refused = errors(&world, again);
    assert_eq!((refused[0].0, &*refused[0].1), (3, "rate_limited"));
}

#[test]
fn pages_take_nothing_from_what_a_user_may_change() {
    let mut world = only(|rates| {
        rates.user = Rate::per_s(1, 1);
        rates.history = Rate::per_s(4, 2);
    });
    let connection = world.settled("U1");
    for id in 2..=4 {
        let line = format!(r#"{{"id":{id},"op":"history","channel":"C1"}}"#);
        world.say(connection, &line);
    }
    world.send(connection, 5, "C1");
    world.run();
    assert_eq!(errors(&world, connection), [limited(4, 250)]);
    assert_eq!(world.view(connection).seqs("C1"), [1]);
}

#[test]
fn news_above_its_rate_is_dropped_without_a_word_and_takes_nothing_from_commands() {
    let mut world = only(|rates| {
        rates.transient = Rate::per_s(1, 2);
        rates.connection = Rate::per_s(1, 1);
    });
    for n in 2..=9 {
        world.member("U1", &format!("C{n}"));
    }
    let connection = world.settled("U1");
    for n in 1..=9 {
        world.say(
            connection,
            &format!(r#"{{"op":"typing","channel":"C{n}"}}"#),
        );
    }
    world.send(connection, 2, "C1");
    world.run();
    let typing = world.fake.heard.iter();
    assert_eq!(typing.filter(|up| up.starts_with("Typing")).count(), 2);
    assert_eq!(world.view(connection).replies(), [(1, None), (2, None)]);
}

#[test]
fn lines_that_are_no_commands_count_too() {
    let mut world = only(|rates| rates.connection = Rate::per_s(1, 2));
    let connection = world.settled("U1");
    world.say(
        connection,
        "nonsense\n{\"id\":2,\"op\":\"dance\"}\n{\"id\":3,\"op\":\"dance\"}",
    );
    world.run();
    let codes = errors(&world, connection);
    assert_eq!(codes[0].1, "invalid_frame");
    assert_eq!(codes[1].1, "unknown_op");
    assert_eq!(codes[2], limited(3, 1_000));
    assert!(world.view(connection).closed.is_none());
}

#[test]
fn marks_are_answered_however_many_there_are() {
    let mut world = world(Rates::all(Rate::per_s(1, 1)));
    let connection = world.open("U1");
    world.say(connection, r#"{"id":1,"op":"hello","flow":true}"#);
    world.run();
    for n in 0..50 {
        world.say(connection, &format!(r#"{{"op":"flow","n":{n}}}"#));
    }
    world.send(connection, 2, "C1");
    world.run();
    assert_eq!(world.view(connection).replies(), [(1, None), (2, None)]);
}

#[test]
fn production_takes_what_people_do() {
    let mut world = world(Rates::default());
    let connection = world.settled("U1");
    // An outbox after a long outage, then ten messages a second for a minute.
    for id in 2..=100 {
        world.send(connection, id, "C1");
    }
    world.run();
    for id in 101..=700 {
        world.now_ms += 100;
        world.send(connection, id, "C1");
        world.run();
    }
    assert_eq!(errors(&world, connection), []);
}
