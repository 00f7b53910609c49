//! One server: what a message costs, and a wake-up, as its channels grow.

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

/// People of each channel; everybody is in as many.
const MEMBERS: usize = 10;
const ROUNDS: usize = 5;
/// Messages in a round, each a turn of its own.
const MESSAGES: usize = 1_000;
/// How often the server is woken.
const WAKES: usize = 11;

const COLUMNS: &[Column] = &[
    Column::new("channels", "channels"),
    Column::new("cpu_us_per_message", "one: CPU, µs"),
    Column::new("statements_per_message", "SQL"),
    Column::new("written_bytes_per_message", "written, B"),
    Column::new("cpu_us_per_message_anywhere", "any: CPU, µs"),
    Column::new("statements_per_message_anywhere", "SQL"),
    Column::new("heap_kb", "heap, KB"),
    Column::new("wake_us", "wake, µs"),
    Column::new("statements_per_wake", "SQL"),
    Column::new("woken_heap_kb", "then heap, KB"),
];

/// As channels grow, with one gateway that follows all of them.
pub fn by_channels(sizes: &[u32]) -> Result<Curve> {
    let rows = sizes.iter().map(|&channels| measure(channels));
    Ok(Curve {
        name: "server_by_channels",
        title: format!(
            "one server, 1 gateway, {MEMBERS} members a channel: a message to one channel, to any, and a wake-up"
        ),
        columns: COLUMNS,
        rows: rows.collect::<Result<_>>()?,
    })
}

/// A server with all its channels.
struct Town {
    host: Host,
    people: Vec<Caller>,
    channels: Vec<ChannelId>,
}

impl Town {
    fn build(channels: u32) -> Result<Self> {
        let mut host = Host::new(1)?;
        let mut draws = Draws::default();
        let workspace = draws.workspace();
        let count = channels as usize;
        let people: Vec<_> = (0..count.max(MEMBERS))
            .map(|_| draws.person(&workspace))
            .collect();
        for person in &people {
            host.found(person)?;
        }
        let channels: Vec<_> = (0..channels)
            .map(|_| draws.channel(&host.ring, NUMBER))
            .collect();
        let mut town = Self {
            host,
            people,
            channels: Vec::new(),
        };
        for (index, channel) in channels.iter().enumerate() {
            let others = (1..MEMBERS).map(|other| town.member(index, other).map(|of| of.user));
            let op = ChannelCall::Create {
                name: Some("general".to_owned()),
                kind: ChannelKind::Private,
                topic: None,
                members: others.collect::<Result<_>>()?,
            };
            let founder = town.member(index, 0)?;
            town.host.call(&founder, channel, op)?;
        }
        for (index, channel) in channels.iter().enumerate() {
            let person = town.member(index, 0)?;
            town.host.subscribe(0, &[(&person, channel.as_str())])?;
        }
        town.host.prepared()?;
        town.channels = channels;
        Ok(town)
    }

    fn member(&self, channel: usize, number: usize) -> Result<Caller> {
        let person = self.people.get((channel + number) % self.people.len());
        person
            .cloned()
            .ok_or_else(|| Error::Failed("there is nobody".to_owned()))
    }

    /// Somebody of the channel says something.
    fn message(&mut self, index: usize) -> Result<()> {
        let person = self.member(index, index % MEMBERS)?;
        match self.channels.get(index) {
            Some(channel) => self.host.message(0, &person, channel),
            None => Ok(()),
        }
    }
}

fn measure(channels: u32) -> Result<Vec<f64>> {
    let mut town = Town::build(channels)?;
    let count = channels as usize;
    let messages = (ROUNDS * MESSAGES) as f64;
    let mut draws = Draws::default();
    let cpu_us = median_us(ROUNDS, MESSAGES, || {
        (0..MESSAGES).try_for_each(|_| town.message(0))
    })?;
    let statements = town.host.storage.statements() / messages;
    let written_bytes = town.host.storage.written_bytes() / messages;

    town.host.storage.begin_count()?;
    let anywhere_us = median_us(ROUNDS, MESSAGES, || {
        (0..MESSAGES).try_for_each(|_| town.message(draws.below(count)))
    })?;
    let anywhere_statements = town.host.storage.statements() / messages;
    // Each of them is touched, so far as that was not.
    (0..count).try_for_each(|index| town.message(index))?;
    let heap_bytes = bytes_held_by(town.host.give_up());

    town.host.storage.begin_count()?;
    let mut times = Vec::new();
    let mut woken_heap_bytes = 0.0;
    for _ in 0..WAKES {
        let before = cpu_time();
        town.host.wake()?;
        town.message(draws.below(count))?;
        times.push(cpu_time().saturating_sub(before).as_secs_f64() * 1e6);
        woken_heap_bytes = bytes_held_by(town.host.give_up());
    }
    times.sort_by(f64::total_cmp);
    Ok(vec![
        channels.into(),
        cpu_us,
        statements,
        written_bytes,
        anywhere_us,
        anywhere_statements,
        heap_bytes / 1024.0,
        times.get(WAKES / 2).copied().unwrap_or(f64::NAN),
        town.host.storage.statements() / WAKES as f64,
        woken_heap_bytes / 1024.0,
    ])
}
