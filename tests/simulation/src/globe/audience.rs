//! The people: each has one browser, and gets everything once and in order.

use gateway_core::{gateway::ConnectionId, region::Region};
use protocol::id::ChannelId;
use serde_json::json;

use super::{atlas, cost::Costs, figures::Figures, gateway::ToGateway, town::Town};
use crate::{failure::Failure, promise::parse, random::Random};

/// One person.
#[derive(Clone, Copy, Debug)]
struct Person {
    /// One way to their gateway, in microseconds.
    way_us: u32,
    /// Where they have the channel.
    seq: Option<u32>,
    /// When the last frame so far arrives.
    last_ns: u64,
}

/// All people.
#[derive(Debug)]
pub struct Audience {
    /// By gateway and connection.
    people: Vec<Vec<Person>>,
    regions: Vec<Region>,
    count: u64,
    /// How many have had a sync mark.
    ready: u64,
    received: u64,
    /// When each message was written, by its number, which is its text.
    written_ns: Vec<u64>,
    /// How long they took.
    pub figures: Figures,
}

/// A frame, read once for everybody who gets it.
#[derive(Debug)]
pub struct Heard {
    /// How many lines it has.
    pub lines: usize,
    news: Vec<News>,
}

/// What it says about the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    /// A sync mark.
    Mark(u32),
    /// A message: its seq and its number.
    Message(u32, usize),
}

impl Heard {
    /// Reads a frame.
    pub fn read(text: &str, channel: &str) -> Result<Self, Failure> {
        let mut heard = Self {
            lines: 0,
            news: Vec::new(),
        };
        for line in text.split('\n') {
            heard.lines += 1;
            let line = parse(line)?;
            if let Some(error) = line.error {
                return Err(Failure::Rule("everything is done", error.code));
            }
            let seq = line.seq.and_then(|seq| u32::try_from(seq).ok());
            if line.sync.as_deref() == Some(channel) {
                heard.news.extend(seq.map(News::Mark));
            } else if line.event.as_deref() == Some("message") {
                let number = line.text.and_then(|text| text.parse().ok());
                let message = seq.zip(number);
                heard
                    .news
                    .extend(message.map(|(seq, number)| News::Message(seq, number)));
            }
        }
        Ok(heard)
    }
}

impl Audience {
    /// Nobody yet, on the gateways of a town.
    #[must_use]
    pub fn new(town: &Town, gateways: usize) -> Self {
        Self {
            people: vec![Vec::new(); gateways],
            regions: (0..gateways).map(|index| town.region_of(index)).collect(),
            count: 0,
            ready: 0,
            received: 0,
            written_ns: Vec::new(),
            figures: Figures::default(),
        }
    }

    /// One more person; gives their connection.
    pub fn add(&mut self, gateway: usize, random: &mut Random) -> Option<ConnectionId> {
        let region = *self.regions.get(gateway)?;
        let people = self.people.get_mut(gateway)?;
        people.push(Person {
            way_us: atlas::browser_way_us(region, random),
            seq: None,
            last_ns: 0,
        });
        self.count += 1;
        u32::try_from(people.len()).ok().map(ConnectionId)
    }

    /// Whether everybody has the channel.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready == self.count
    }

    /// How many people each gateway has, at the most.
    #[must_use]
    pub fn largest(&self) -> usize {
        self.people.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// How many people a region has.
    #[must_use]
    pub fn people_of(&self, region: Region) -> usize {
        let gateways = self.people.iter().zip(&self.regions);
        let of_region = gateways.filter(|(_, other)| **other == region);
        of_region.map(|(people, _)| people.len()).sum()
    }

    /// From now on messages are counted anew.
    pub fn begin(&mut self) {
        self.received = 0;
        self.figures = Figures::default();
    }

    /// Whether everybody has so many messages.
    #[must_use]
    pub fn has_everything(&self, messages: u64) -> bool {
        self.received == messages * self.count
    }

    /// The first person of a region writes a message. Gives what reaches which gateway when.
    pub(super) fn writes(
        &mut self,
        region: Region,
        channel: &ChannelId,
        now_ns: u64,
        costs: &Costs,
        random: &mut Random,
    ) -> Option<(usize, ToGateway, u64)> {
        let gateways = self.regions.iter().zip(&self.people).enumerate();
        let (gateway, person) = gateways
            .filter(|(_, (other, _))| **other == region)
            .find_map(|(index, (_, people))| Some((index, people.first()?)))?;
        let number = self.written_ns.len();
        self.written_ns.push(now_ns);
        let arrives_ns = now_ns + costs.travel(person.way_us, random);
        let frame = json!({
            "id": number + 2,
            "op": "send",
            "channel": channel.as_str(),
            "client_message_id": format!("m{number}"),
            "text": number.to_string(),
        });
        let frame = ToGateway::Frame(ConnectionId(1), frame.to_string());
        Some((gateway, frame, arrives_ns))
    }

    /// A frame leaves for a person's browser.
    pub fn hears(
        &mut self,
        gateway: usize,
        connection: ConnectionId,
        heard: &Heard,
        leaves_ns: u64,
        costs: &Costs,
        random: &mut Random,
    ) -> Result<(), Failure> {
        let people = self.people.get_mut(gateway);
        let index = connection.0.wrapping_sub(1) as usize;
        let Some(person) = people.and_then(|people| people.get_mut(index)) else {
            return Err(Failure::Simulator(format!("nobody is at {connection:?}")));
        };
        let arrives_ns = leaves_ns + costs.travel(person.way_us, random);
        person.last_ns = person.last_ns.max(arrives_ns);
        for news in &heard.news {
            match *news {
                News::Mark(seq) => {
                    self.ready += u64::from(person.seq.is_none());
                    person.seq = Some(seq);
                }
                News::Message(seq, number) => {
                    if person.seq.map(|seq| seq + 1) != Some(seq) {
                        let how = format!("{connection:?} got {seq}, being at {:?}", person.seq);
                        return Err(Failure::Promise(4, how));
                    }
                    person.seq = Some(seq);
                    self.received += 1;
                    let written_ns = self.written_ns.get(number).copied().unwrap_or(0);
                    if let Some(region) = self.regions.get(gateway) {
                        self.figures.add(*region, person.last_ns - written_ns);
                    }
                }
            }
        }
        Ok(())
    }
}
