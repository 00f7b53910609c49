//! How many people, on how many gateways.

use gateway_core::region::Region;

use super::cost::Costs;

/// Browsers that the platform lets one object have.
pub const SOCKETS_MAX: usize = 32_768;

/// What a world is like.
#[derive(Clone, Copy, Debug)]
pub struct Town {
    /// People, each with one browser.
    pub people: u64,
    /// Gateways of each region: the variable `GATEWAY_SLOTS`.
    pub slots: u32,
    /// Where the channel's server is.
    pub home: Region,
    /// What things cost.
    pub costs: Costs,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Town {
    /// A million people, on as few gateways as hold them.
    pub const MILLION: Self = Self {
        people: 1_000_000,
        slots: 18,
        home: Region::Enam,
        costs: Costs::MEASURED,
        seed: 1,
    };

    /// The region of a gateway.
    #[must_use]
    pub fn region_of(&self, gateway: usize) -> Region {
        let region = gateway / self.slots.max(1) as usize;
        Region::ALL.get(region).copied().unwrap_or(self.home)
    }
}
