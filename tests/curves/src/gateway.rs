//! One gateway: what an event costs it, and what it holds, as its connections grow.

use std::collections::HashMap;

use gateway_core::gateway::{ConnectionId, Open};
use protocol::api::Caller;

use crate::{
    edge::{EPOCH, Edge},
    error::Result,
    meter::{bytes_held_by, cpu_time, median_us},
    people::Draws,
    table::{Column, Curve},
};

const ROUNDS: usize = 5;
/// Events in a round.
const EVENTS: usize = 20;
/// Time between two events, in milliseconds.
const APART_MS: u64 = 100;
/// Wake-ups in a round: most rounds are over before the gateway looks who is silent, once a heartbeat.
const WAKES: usize = 10;
/// Time between two wake-ups, in milliseconds; were it less, the gateway would dial.
const WAKES_APART_MS: u64 = 1_000;
/// So many come back at the most.
const BACK_MAX: u32 = 10_000;

const COLUMNS: &[Column] = &[
    Column::new("connections", "connections"),
    Column::new("cpu_us_per_event", "an event, µs"),
    Column::new("cpu_ns_per_delivery", "a delivery, ns"),
    Column::new("heap_bytes_per_connection", "heap each, B"),
    Column::new("heap_kb", "heap, KB"),
    Column::new("cpu_us_per_event_asleep", "asleep: an event, µs"),
    Column::new("wake_us", "rebuilt for it, µs"),
    Column::new("cpu_us_per_return", "coming back each, µs"),
];

/// As connections grow, each of a user of their own in so many channels: one that all share, or several of as many people.
pub fn by_connections(sizes: &[u32], channels: usize) -> Result<Curve> {
    let (name, title) = match channels {
        1 => (
            "gateway_one_channel",
            "one gateway, everybody in one channel: as its connections grow".to_owned(),
        ),
        _ => (
            "gateway_many_channels",
            format!(
                "one gateway, {channels} channels a person, {channels} people a channel: as its connections grow"
            ),
        ),
    };
    let rows = sizes
        .iter()
        .map(|&connections| measure(connections, channels));
    Ok(Curve {
        name,
        title,
        columns: COLUMNS,
        rows: rows.collect::<Result<_>>()?,
    })
}

fn measure(connections: u32, channels: usize) -> Result<Vec<f64>> {
    let mut draws = Draws::default();
    let workspace = draws.workspace();
    let people: Vec<Caller> = (0..connections).map(|_| draws.person(&workspace)).collect();
    let count = if channels == 1 { 1 } else { people.len() };
    let names: Vec<String> = (0..count).map(|number| format!("C{number:026}")).collect();
    let of = |person: usize| {
        let numbers = (0..channels).map(move |other| (person + other) % count);
        numbers.filter_map(|number| names.get(number).cloned())
    };
    let of_each = people.iter().enumerate();
    let of_each: HashMap<_, _> = of_each
        .map(|(index, person)| (person.user.as_str().to_owned(), of(index).collect()))
        .collect();
    let mut edge = Edge::new(of_each);
    for (number, person) in (0..).zip(&people) {
        edge.connect(number, person, r#"{"id":1,"op":"hello"}"#)?;
    }
    edge.settle()?;

    let next = |edge: &mut Edge, draws: &mut Draws| {
        let index = draws.below(names.len());
        edge.event(names.get(index).map_or("", String::as_str))
    };
    edge.frames = 0;
    let event_us = median_us(ROUNDS, EVENTS, || {
        for _ in 0..EVENTS {
            edge.now_ms += APART_MS;
            let (server, frame) = next(&mut edge, &mut draws);
            edge.event_frame(server, &frame)?;
            edge.settle()?;
        }
        Ok(())
    })?;
    let deliveries = edge.frames as f64 / (ROUNDS * EVENTS) as f64;

    edge.sleep()?;
    let asleep_us = median_us(ROUNDS, WAKES, || {
        for _ in 0..WAKES {
            edge.now_ms += WAKES_APART_MS;
            let (server, frame) = next(&mut edge, &mut draws);
            edge.wake(server, &frame)?;
        }
        Ok(())
    })?;
    let heap_bytes = bytes_held_by(edge.give_up());

    let open = (0..).zip(&people).map(|(number, person)| Open {
        connection: ConnectionId(number),
        caller: person.clone(),
        flows: false,
    });
    let (open, kept) = (open.collect(), edge.kept());
    edge.now_ms += WAKES_APART_MS;
    let (server, frame) = next(&mut edge, &mut draws);
    let before = cpu_time();
    edge.restore(open, kept);
    edge.wake(server, &frame)?;
    let wake = cpu_time().saturating_sub(before);

    // Somebody who is about to write has the links dialled.
    for (index, name) in names.iter().enumerate() {
        let number = u32::try_from(index).unwrap_or(0);
        edge.say(number, &format!(r#"{{"op":"typing","channel":"{name}"}}"#))?;
    }
    edge.settle()?;
    let back = connections.min(BACK_MAX);
    for number in 0..back {
        edge.disconnect(number)?;
    }
    let hellos = (0..people.len()).map(|index| {
        let points = of(index).map(|name| {
            format!(
                r#""{name}":{{"epoch":"{EPOCH}","seq":{}}}"#,
                edge.head(&name)
            )
        });
        let points: Vec<String> = points.collect();
        format!(
            r#"{{"id":1,"op":"hello","resume":{{{}}}}}"#,
            points.join(",")
        )
    });
    let hellos: Vec<String> = hellos.take(back as usize).collect();
    let before = cpu_time();
    for ((number, person), hello) in (connections..).zip(&people).zip(&hellos) {
        edge.connect(number, person, hello)?;
    }
    edge.settle()?;
    let returned = cpu_time().saturating_sub(before);

    Ok(vec![
        connections.into(),
        event_us,
        event_us * 1e3 / deliveries,
        heap_bytes / f64::from(connections),
        heap_bytes / 1024.0,
        asleep_us,
        wake.as_secs_f64() * 1e6,
        returned.as_secs_f64() * 1e6 / f64::from(back),
    ])
}
