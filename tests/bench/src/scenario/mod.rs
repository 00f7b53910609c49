//! What is measured: one file a scenario.

mod fanout;
mod idle;
mod light;
mod publish;
mod rooms;
mod storm;
mod wake;

use std::time::Duration;

use crate::error::Result;
use crate::figures::Figure;
use crate::system::{Places, System};
use publish::From;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// One channel with 1,000 sockets, as fast as it goes, with so many messages in flight.
    Fanout(usize),
    /// 100 channels with 10 sockets each, in which everyone sends: the highest rate that is held.
    Rooms,
    /// 20 messages a second to 100 sockets.
    Light,
    /// Durable messages to one subscriber, as fast as it goes.
    Publish(From),
    /// 5,000 sockets on which nothing happens.
    Idle,
    /// 5,000 sockets that come back at once.
    Storm,
    /// A message into tiers that sleep.
    Wake,
}

/// How a run is made.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Where its parts lie.
    pub places: Places,
    /// How long a saturated scenario is measured.
    pub time: Duration,
    /// The one rate that is tried instead of a search, in messages a second.
    pub rate: Option<f64>,
}

impl Scenario {
    /// All, in the order in which they are run.
    pub const ALL: [Self; 10] = [
        Self::Fanout(32),
        Self::Fanout(320),
        Self::Rooms,
        Self::Light,
        Self::Publish(From::One),
        Self::Publish(From::OneJoined),
        Self::Publish(From::Many),
        Self::Idle,
        Self::Storm,
        Self::Wake,
    ];

    /// Its name on the command line and in JSON; those with the same word before the `-` are variants of one.
    pub fn name(self) -> String {
        match self {
            Self::Fanout(in_flight) => format!("fanout-{in_flight}"),
            Self::Rooms => "rooms".to_owned(),
            Self::Light => "light".to_owned(),
            Self::Publish(From::One) => "publish-one".to_owned(),
            Self::Publish(From::OneJoined) => "publish-joined".to_owned(),
            Self::Publish(From::Many) => "publish-many".to_owned(),
            Self::Idle => "idle".to_owned(),
            Self::Storm => "storm".to_owned(),
            Self::Wake => "wake".to_owned(),
        }
    }

    /// What it does.
    pub fn title(self) -> String {
        match self {
            Self::Fanout(in_flight) => format!("1 channel, 1,000 sockets, {in_flight} in flight"),
            Self::Rooms => {
                "100 channels of 10 sockets, everyone sends, highest rate with p99 ≤ 200 ms"
                    .to_owned()
            }
            Self::Light => "20 messages a second to 100 sockets".to_owned(),
            Self::Publish(From::One) => {
                "durable messages of one sender, 64 in flight, each a frame".to_owned()
            }
            Self::Publish(From::OneJoined) => {
                "durable messages of one sender, 64 in flight, those due at once in one frame"
                    .to_owned()
            }
            Self::Publish(From::Many) => {
                "durable messages of 64 senders, 1 in flight each, each in a channel of its own"
                    .to_owned()
            }
            Self::Idle => "5,000 sockets on which nothing happens".to_owned(),
            Self::Storm => {
                "5,000 sockets come back at once, 20 messages a second to 100 others meanwhile"
                    .to_owned()
            }
            Self::Wake => "a message after 15 s of silence".to_owned(),
        }
    }

    /// Those that a word on the command line means.
    pub fn named(word: &str) -> Vec<Self> {
        let is_meant = |name: &str| name == word || name.split('-').next() == Some(word);
        Self::ALL
            .into_iter()
            .filter(|scenario| is_meant(&scenario.name()))
            .collect()
    }

    /// Whether it makes sense for a system.
    pub fn suits(self, system: System) -> bool {
        system == System::Heliograph || self != Self::Publish(From::OneJoined)
    }

    /// Measures a system on a fresh server.
    pub async fn run(self, setting: &Setting, system: System) -> Result<Vec<Figure>> {
        match self {
            Self::Fanout(in_flight) => fanout::run(setting, system, in_flight).await,
            Self::Rooms => rooms::run(setting, system).await,
            Self::Light => light::run(setting, system).await,
            Self::Publish(from) => publish::run(setting, system, from).await,
            Self::Idle => idle::run(setting, system).await,
            Self::Storm => storm::run(setting, system).await,
            Self::Wake => wake::run(setting, system).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_a_scenario_or_all_its_variants() {
        assert_eq!(
            Scenario::named("fanout"),
            [Scenario::Fanout(32), Scenario::Fanout(320)]
        );
        assert_eq!(Scenario::named("fanout-320"), [Scenario::Fanout(320)]);
        assert_eq!(Scenario::named("wake"), [Scenario::Wake]);
        assert!(Scenario::named("fan").is_empty());
    }
}
