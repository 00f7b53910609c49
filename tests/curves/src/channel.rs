//! One channel: what a message costs its server as people and gateways grow.

use protocol::api::{Caller, ChannelKind};
use protocol::call::ChannelCall;
use protocol::id::ChannelId;

use crate::{
    error::{Error, Result},
    host::{Host, NUMBER},
    meter::{bytes_held_by, cpu_time, median_us},
    people::Draws,
    table::{Column, Curve},
};

const ROUNDS: usize = 5;
/// Messages in a round, each a turn of its own.
const MESSAGES: usize = 1_000;

const COLUMNS: &[Column] = &[
    Column::new("users", "users"),
    Column::new("gateways", "gateways"),
    Column::new("cpu_us_per_message", "CPU, µs"),
    Column::new("statements_per_message", "SQL"),
    Column::new("written_bytes_per_message", "written, B"),
    Column::new("frames_per_message", "frames"),
    Column::new("frame_bytes_per_message", "sent, B"),
    Column::new("heap_kb", "heap, KB"),
    Column::new("wake_us", "wake, µs"),
    Column::new("woken_heap_kb", "then heap, KB"),
];

/// As people grow, at a fixed number of gateways.
pub fn by_users(sizes: &[u32], gateways: u32) -> Result<Curve> {
    let rows = sizes.iter().map(|&users| measure(users, gateways));
    Ok(Curve {
        name: "channel_by_users",
        title: format!("one channel, {gateways} gateways: a message, as its members grow"),
        columns: COLUMNS,
        rows: rows.collect::<Result<_>>()?,
    })
}

/// As gateways grow, at a fixed number of people.
pub fn by_gateways(sizes: &[u32], users: u32) -> Result<Curve> {
    let rows = sizes.iter().map(|&gateways| measure(users, gateways));
    Ok(Curve {
        name: "channel_by_gateways",
        title: format!("one channel, {users} members: a message, as its gateways grow"),
        columns: COLUMNS,
        rows: rows.collect::<Result<_>>()?,
    })
}

/// A channel with all its people in it, connected over the gateways.
struct Crowd {
    host: Host,
    people: Vec<Caller>,
    channel: ChannelId,
    gateways: u32,
    draws: Draws,
}

impl Crowd {
    fn gather(users: u32, gateways: u32) -> Result<Self> {
        let mut host = Host::new(gateways)?;
        let mut draws = Draws::default();
        let workspace = draws.workspace();
        let people: Vec<Caller> = (0..users).map(|_| draws.person(&workspace)).collect();
        let channel = draws.channel(&host.ring, NUMBER);
        let founder = people.first().ok_or_else(nobody)?;
        let op = ChannelCall::Create {
            name: Some("general".to_owned()),
            kind: ChannelKind::Public,
            topic: None,
            members: Vec::new(),
        };
        host.call(founder, &channel, op)?;
        for person in &people {
            host.found(person)?;
            host.call(person, &channel, ChannelCall::Join)?;
        }
        for gateway in 0..gateways {
            let of_gateway = people.iter().zip((0..gateways).cycle());
            let mut wishes = Vec::new();
            for (person, _) in of_gateway.filter(|(_, of)| *of == gateway) {
                wishes.push((person, channel.as_str()));
                if host.ring.owner(person.user.as_str()) == NUMBER {
                    wishes.push((person, person.user.as_str()));
                }
            }
            host.subscribe(gateway, &wishes)?;
        }
        host.prepared()?;
        Ok(Self {
            host,
            people,
            channel,
            gateways,
            draws,
        })
    }

    /// Somebody says something.
    fn message(&mut self) -> Result<()> {
        let index = self.draws.below(self.people.len());
        let person = self.people.get(index).ok_or_else(nobody)?;
        let gateway = u32::try_from(index).unwrap_or(0) % self.gateways;
        self.host.message(gateway, person, &self.channel)
    }
}

fn measure(users: u32, gateways: u32) -> Result<Vec<f64>> {
    let mut crowd = Crowd::gather(users, gateways)?;
    let cpu_us = median_us(ROUNDS, MESSAGES, || {
        (0..MESSAGES).try_for_each(|_| crowd.message())
    })?;
    let messages = (ROUNDS * MESSAGES) as f64;
    let statements = crowd.host.storage.statements() / messages;
    let written_bytes = crowd.host.storage.written_bytes() / messages;
    let sent = crowd.host.sent;
    let heap_bytes = bytes_held_by(crowd.host.give_up());
    let before = cpu_time();
    crowd.host.wake()?;
    crowd.message()?;
    let wake = cpu_time().saturating_sub(before);
    let woken_heap_bytes = bytes_held_by(crowd.host.give_up());
    Ok(vec![
        users.into(),
        gateways.into(),
        cpu_us,
        statements,
        written_bytes,
        sent.frames / messages,
        sent.bytes / messages,
        heap_bytes / 1024.0,
        wake.as_secs_f64() * 1e6,
        woken_heap_bytes / 1024.0,
    ])
}

fn nobody() -> Error {
    Error::Failed("there is nobody".to_owned())
}
