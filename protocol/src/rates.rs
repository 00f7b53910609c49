//! The rates of a deployment: what may be done how often, by which variable.
//!
//! | key | where its buckets are | rates |
//! |---|---|---|
//! | connection | with the connection, at the gateway or the channel server | [`Rates::connection`], [`Rates::history`], [`Rates::transient`] |
//! | user | at each gateway; at the channel server, for single-channel sockets; with the user's log | [`Rates::user`], [`Rates::calls`] |
//! | channel | with the channel's log | [`Rates::channel`] |
//! | address | in each isolate of the Worker | [`Rates::entries`], [`Rates::upgrades`], [`Rates::strangers`] |
//!
//! Buckets are in memory alone. Who loses their memory, by hibernation too, begins with full ones: a limit keeps load away, it
//! promises nothing.

use std::fmt;

use crate::{
    command::{ChannelOp, Command},
    rate::{Bucket, NotARate, Rate},
};

/// How often what may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Commands of one connection, from `RATE_CONNECTION`.
    pub connection: Rate,
    /// Pages of history among them, from `RATE_HISTORY`.
    pub history: Rate,
    /// Transient news of one connection, from `RATE_TRANSIENT`; what is too much is dropped without a word.
    pub transient: Rate,
    /// Commands of one user that change something, over all connections in one place, from `RATE_USER`.
    pub user: Rate,
    /// HTTP calls of one user, from `RATE_CALLS`.
    pub calls: Rate,
    /// Messages of one channel, from `RATE_CHANNEL`.
    pub channel: Rate,
    /// Workspaces made, invites and sign-in links tried from one address, from `RATE_ENTRIES`.
    pub entries: Rate,
    /// Sockets asked for from one address, from `RATE_UPGRADES`.
    pub upgrades: Rate,
    /// Calls without a session that is alive from one address, from `RATE_STRANGERS`.
    pub strangers: Rate,
}

/// A variable that is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRate {
    /// Its name.
    pub name: &'static str,
}

impl fmt::Display for BadRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {NotARate}", self.name)
    }
}

impl std::error::Error for BadRate {}

impl Default for Rates {
    /// Production's.
    fn default() -> Self {
        Self {
            // A person comes nowhere near, a page that opens dozens of channels does for a moment.
            connection: Rate::per_s(50, 200),
            // Each page may be 200 messages that the channel server has to look up.
            history: Rate::per_s(20, 100),
            // Each goes to everybody who follows the channel.
            transient: Rate::per_s(2, 10),
            // Nobody types so quickly; a paste of many lines and an outbox after a long outage fit the burst.
            user: Rate::per_s(20, 100),
            // The start of a client is a handful, a script that sets a workspace up some dozens.
            calls: Rate::per_s(20, 100),
            // A channel server stores some ten thousand messages a second: no channel takes more than a part of that.
            channel: Rate::per_s(2_000, 4_000),
            // A whole office behind one address may accept one invite at the same time.
            entries: Rate::per_min(10, 100),
            // The same office comes back after its network was away.
            upgrades: Rate::per_s(20, 1_000),
            // A browser with a session that has ended asks a few times.
            strangers: Rate::per_s(5, 50),
        }
    }
}

impl Rates {
    /// The same rate for everything.
    #[must_use]
    pub const fn all(rate: Rate) -> Self {
        Self {
            connection: rate,
            history: rate,
            transient: rate,
            user: rate,
            calls: rate,
            channel: rate,
            entries: rate,
            upgrades: rate,
            strangers: rate,
        }
    }

    /// The rates in the variables that `variable` gives by name; [`Rates::default`] where it does not.
    pub fn parse(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, BadRate> {
        let rate = |name, default| match variable(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|NotARate| BadRate { name }),
        };
        let default = Self::default();
        Ok(Self {
            connection: rate("RATE_CONNECTION", default.connection)?,
            history: rate("RATE_HISTORY", default.history)?,
            transient: rate("RATE_TRANSIENT", default.transient)?,
            user: rate("RATE_USER", default.user)?,
            calls: rate("RATE_CALLS", default.calls)?,
            channel: rate("RATE_CHANNEL", default.channel)?,
            entries: rate("RATE_ENTRIES", default.entries)?,
            upgrades: rate("RATE_UPGRADES", default.upgrades)?,
            strangers: rate("RATE_STRANGERS", default.strangers)?,
        })
    }
}

/// What a line from a client counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toll {
    /// Nothing: what the protocol itself asks of a client.
    Free,
    /// Transient news.
    Transient,
    /// A command, or a line that is none.
    Command,
    /// A command that reads a page.
    History,
    /// A command that changes something.
    Change,
}

impl Toll {
    /// What a command counts as.
    #[must_use]
    pub fn of(command: &Command) -> Self {
        match command {
            // A client has to answer as many marks as it is sent.
            Command::Flow { .. } => Self::Free,
            Command::Typing { .. } | Command::Activity { .. } => Self::Transient,
            Command::Hello { .. } | Command::Watch { .. } | Command::Unwatch { .. } => {
                Self::Command
            }
            Command::Channel { op, .. } => match op {
                ChannelOp::History(_) => Self::History,
                // Whoever marks everything as read says so for each channel.
                ChannelOp::Read { .. } | ChannelOp::MarkUnread { .. } => Self::Command,
                ChannelOp::Send(_)
                | ChannelOp::Edit { .. }
                | ChannelOp::Delete { .. }
                | ChannelOp::React { .. }
                | ChannelOp::Unreact { .. } => Self::Change,
            },
        }
    }
}

/// What one connection may still do now.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    commands: Bucket,
    history: Bucket,
    transient: Bucket,
}

impl Allowance {
    /// Takes the toll of a line, or tells in how many milliseconds there will be enough.
    pub fn take(&mut self, toll: Toll, rates: &Rates, now_ms: u64) -> Result<(), u64> {
        match toll {
            Toll::Free => Ok(()),
            Toll::Transient => self.transient.take(rates.transient, now_ms),
            Toll::Command | Toll::Change => self.commands.take(rates.connection, now_ms),
            Toll::History => {
                // Both or none.
                self.commands.look(rates.connection, now_ms)?;
                self.history.take(rates.history, now_ms)?;
                self.commands.take(rates.connection, now_ms)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Toll {
        Toll::of(&Command::parse(line).unwrap())
    }

    #[test]
    fn what_is_not_said_is_production_and_what_is_wrong_is_named() {
        assert_eq!(Rates::parse(&|_| None), Ok(Rates::default()));
        let one = |text: &'static str| {
            Rates::parse(&move |name| (name == "RATE_USER").then(|| text.to_owned()))
        };
        let rates = one("3/min burst 4").unwrap();
        assert_eq!(rates.user, Rate::per_min(3, 4));
        assert_eq!(rates.channel, Rates::default().channel);
        let bad = one("fast").unwrap_err();
        assert!(bad.to_string().starts_with("RATE_USER: a rate reads like"));
    }

    #[test]
    fn every_rate_has_a_variable() {
        let rates = Rates::parse(&|_| Some("7/s burst 9".to_owned())).unwrap();
        assert_eq!(rates, Rates::all(Rate::per_s(7, 9)));
    }

    #[test]
    fn a_line_counts_as_what_it_asks_for() {
        let send = r#"{"id":1,"op":"send","channel":"C1","client_message_id":"a","text":"b"}"#;
        assert_eq!(command(send), Toll::Change);
        assert_eq!(
            command(r#"{"id":1,"op":"react","channel":"C1","seq":1,"emoji":"x"}"#),
            Toll::Change
        );
        assert_eq!(
            command(r#"{"id":1,"op":"read","channel":"C1","seq":1}"#),
            Toll::Command
        );
        assert_eq!(
            command(r#"{"id":1,"op":"history","channel":"C1"}"#),
            Toll::History
        );
        assert_eq!(
            command(r#"{"op":"typing","channel":"C1"}"#),
            Toll::Transient
        );
        assert_eq!(command(r#"{"op":"flow","n":1}"#), Toll::Free);
    }

    #[test]
    fn news_and_marks_take_nothing_from_commands() {
        let rates = Rates::all(Rate::per_s(1, 1));
        let mut allowance = Allowance::default();
        assert_eq!(allowance.take(Toll::Transient, &rates, 0), Ok(()));
        assert_eq!(allowance.take(Toll::Transient, &rates, 0), Err(1_000));
        assert!((0..100).all(|_| allowance.take(Toll::Free, &rates, 0).is_ok()));
        assert_eq!(allowance.take(Toll::Change, &rates, 0), Ok(()));
        assert_eq!(allowance.take(Toll::Command, &rates, 0), Err(1_000));
    }

    #[test]
    fn history_is_a_command_with_a_rate_of_its_own() {
        let rates = Rates {
            connection: Rate::per_s(10, 3),
            history: Rate::per_s(1, 1),
            ..Rates::all(Rate::OFF)
        };
        let mut allowance = Allowance::default();
        assert_eq!(allowance.take(Toll::History, &rates, 0), Ok(()));
        // What is refused takes nothing.
        assert!((0..9).all(|_| allowance.take(Toll::History, &rates, 0) == Err(1_000)));
        assert_eq!(allowance.take(Toll::Change, &rates, 0), Ok(()));
        assert_eq!(allowance.take(Toll::Change, &rates, 0), Ok(()));
        assert_eq!(allowance.take(Toll::Change, &rates, 0), Err(100));
        assert_eq!(allowance.take(Toll::History, &rates, 0), Err(100));
        assert_eq!(allowance.take(Toll::History, &rates, 1_000), Ok(()));
    }
}
