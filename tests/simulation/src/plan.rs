//! What a run is like: how large, how busy, and what goes wrong how often.
//!
//! Each seed draws its own (*swarm testing*): a run with few kinds of faults reaches states that a run with all of them never
//! stays long enough in.

use std::fmt;

use gateway_core::region::Region;

use crate::{
    fault::{Kind, Kinds},
    mistake::Mistake,
    random::Random,
};

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of everything that is drawn in the run.
    pub seed: u64,
    /// Channel servers.
    pub servers: u32,
    /// Regions with gateways.
    pub regions: Vec<Region>,
    /// Gateways of each region.
    pub slots: u32,
    /// Isolates that the objects are spread over.
    pub isolates: u64,
    /// People.
    pub people: usize,
    /// Browsers of each.
    pub browsers: usize,
    /// Channels at the beginning.
    pub channels: usize,
    /// How long people and faults are at work, in microseconds.
    pub busy_us: u64,
    /// How long a person does nothing, typically, in microseconds.
    pub pause_us: u64,
    /// Whether everybody rests now and then, so that gateways go to sleep.
    pub has_lulls: bool,
    /// How many texts are long, in thousandths.
    pub long_per_mille: u64,
    /// How long a message is on its way within a region, typically, in microseconds.
    pub near_us: u64,
    /// How long one is on its way between regions, typically, in microseconds.
    pub far_us: u64,
    /// How long a write is unconfirmed, typically, in microseconds.
    pub write_us: u64,
    /// The kinds of faults.
    pub kinds: Kinds,
    /// Time between two faults, typically, in microseconds.
    pub fault_every_us: u64,
    /// How often an object is evicted before an input, in thousandths.
    pub evict_per_mille: u64,
    /// How often a request is lost, in thousandths.
    pub lose_per_mille: u64,
    /// What is done wrong on purpose.
    pub mistake: Option<Mistake>,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x5bd1_e995_7b93_1a2f);
        let mut regions = Region::ALL.to_vec();
        random.shuffle(&mut regions);
        regions.truncate(1 + random.index(3));
        let mut kinds = Kinds::NONE;
        // Few kinds in some runs, most of them in others.
        let share = [100, 200, 400, 700].get(random.index(4)).copied();
        for kind in Kind::ALL {
            if random.chance(share.unwrap_or_default()) {
                kinds = kinds.with(kind);
            }
        }
        let has = |per_mille, kinds: Kinds, kind| if kinds.has(kind) { per_mille } else { 0 };
        let evict_per_mille = random.magnitude(5, 200);
        Self {
            seed,
            servers: 1 + u32::try_from(random.below(4)).unwrap_or(0),
            slots: 1 + u32::try_from(random.below(2)).unwrap_or(0),
            isolates: random.between(1, 4),
            people: 2 + random.index(4),
            browsers: 1 + random.index(2),
            channels: 1 + random.index(3),
            busy_us: random.between(20_000_000, 60_000_000),
            pause_us: random.magnitude(50_000, 20_000_000),
            has_lulls: random.chance(500),
            long_per_mille: long_texts(kinds, &mut random),
            near_us: random.magnitude(100, 5_000),
            far_us: random.magnitude(5_000, 150_000),
            write_us: random.magnitude(100, 30_000),
            fault_every_us: random.magnitude(20_000, 1_000_000),
            evict_per_mille,
            lose_per_mille: has(random.magnitude(20, 300), kinds, Kind::LostCall),
            regions,
            kinds,
            mistake: None,
        }
    }
}

/// How many texts are long, in thousandths. Slow readers are found by what they leave unread.
fn long_texts(kinds: Kinds, random: &mut Random) -> u64 {
    let choices = if kinds.has(Kind::SlowReader) {
        [0, 100, 300, 600]
    } else {
        [0, 0, 0, 20]
    };
    choices.get(random.index(4)).copied().unwrap_or(0)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let regions: Vec<&str> = self.regions.iter().map(|region| region.as_str()).collect();
        let kinds: Vec<&str> = self.kinds.iter().map(Kind::name).collect();
        write!(
            f,
            "{} channel servers, {} × {} gateways, {} people with {} browsers each, {} channels; \
             busy for {} ms, a pause of {} ms, a fault every {} ms: {}",
            self.servers,
            regions.join(" "),
            self.slots,
            self.people,
            self.browsers,
            self.channels,
            self.busy_us / 1_000,
            self.pause_us / 1_000,
            self.fault_every_us / 1_000,
            kinds.join(" ")
        )
    }
}
