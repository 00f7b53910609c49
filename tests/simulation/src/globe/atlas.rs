//! Where people are, and how far it is between them.
//!
//! Cloudflare publishes no distances between the locations that its hints stand for. Microsoft does for its own data centres, over
//! a network of the same kind: "Azure network round-trip latency statistics", the 95th percentile of the 30 days up to July 30, 2026,
//! <https://learn.microsoft.com/azure/networking/azure-network-latency>. Each hint is taken to be the one named here; of
//! the two directions the longer one counts.
//!
//! | hint | data centre | | hint | data centre |
//! |---|---|---|---|---|
//! | `wnam` | West US, California | | `apac` | Southeast Asia, Singapore |
//! | `enam` | East US, Virginia | | `oc` | Australia East, Sydney |
//! | `sam` | Brazil South, São Paulo | | `afr` | South Africa North, Johannesburg |
//! | `weur` | West Europe, Amsterdam | | `me` | UAE North, Dubai |
//! | `eeur` | Poland Central, Warsaw | | | |

use gateway_core::region::Region;

use crate::random::Random;

/// There and back between two data centres of one region, in microseconds: East US and East US 2.
pub const WITHIN_US: u32 = 11_000;

/// There and back, in milliseconds, in the order of [`Region::ALL`].
const ROUND_TRIPS_MS: [[u32; 9]; 9] = [
    // wnam, enam, sam, weur, eeur, apac, oc, afr, me
    [0, 74, 171, 153, 168, 172, 142, 279, 257],
    [74, 0, 121, 91, 112, 229, 207, 226, 191],
    [171, 121, 0, 191, 212, 337, 298, 327, 293],
    [153, 91, 191, 0, 28, 182, 282, 171, 124],
    [168, 112, 212, 28, 0, 202, 300, 199, 139],
    [172, 229, 337, 182, 202, 0, 98, 211, 90],
    [142, 207, 298, 282, 300, 98, 0, 348, 182],
    [279, 226, 327, 171, 199, 211, 348, 0, 105],
    [257, 191, 293, 124, 139, 90, 182, 105, 0],
];

/// How far it is there and back within a region to the farthest of its people's cities, in milliseconds: the farthest data centre of
/// the region in the same table, such as Jio India West for `apac` and Israel Central for `me`. It names no second one in `sam` and
/// `eeur` and only a near one in `afr`: `eeur` is taken to be as wide as `weur`, the others as `apac`.
const REACH_MS: [u32; 9] = [27, 66, 82, 31, 31, 82, 31, 82, 143];

/// Of a thousand people, how many live there: users of the Internet, by the shares that the ITU gives ("Facts and Figures 2023")
/// of the people that the United Nations count, rounded.
const PEOPLE_PER_MILLE: [u64; 9] = [24, 76, 67, 74, 50, 540, 7, 90, 72];

/// There and back between a browser and the nearest edge, in milliseconds: of a hundred people so many have at most that. Cloudflare
/// says of itself that 95 in a hundred are within 50 ms; the rest is assumed.
const LAST_MILE_MS: [(u64, u64, u64); 4] =
    [(50, 5, 20), (95, 20, 50), (99, 50, 150), (100, 150, 300)];

/// The place of a region in the tables.
#[must_use]
pub fn place(region: Region) -> usize {
    Region::ALL
        .iter()
        .position(|other| *other == region)
        .unwrap_or(0)
}

/// One way between two objects, in microseconds.
#[must_use]
pub fn way_us(from: Region, to: Region) -> u32 {
    if from == to {
        return WITHIN_US / 2;
    }
    let row = ROUND_TRIPS_MS.get(place(from));
    let round_trip_ms = row.and_then(|row| row.get(place(to))).copied();
    round_trip_ms.unwrap_or(0) * 1_000 / 2
}

/// One way between a browser and its gateway, in microseconds: over the last mile to the edge, and on through the region.
pub fn browser_way_us(region: Region, random: &mut Random) -> u32 {
    let percent = random.below(100);
    let (least_ms, most_ms) = LAST_MILE_MS
        .iter()
        .find(|(share, ..)| percent < *share)
        .map_or((0, 0), |(_, least_ms, most_ms)| (*least_ms, *most_ms));
    let last_mile_us = random.between(least_ms * 1_000, most_ms * 1_000);
    let reach_us = random.below(u64::from(reach_ms(region)) * 1_000 + 1);
    u32::try_from(last_mile_us.midpoint(reach_us)).unwrap_or(u32::MAX)
}

/// The longest such way, in microseconds.
#[must_use]
pub fn browser_way_max_us(region: Region) -> u32 {
    (300 + reach_ms(region)) * 1_000 / 2
}

fn reach_ms(region: Region) -> u32 {
    REACH_MS.get(place(region)).copied().unwrap_or(0)
}

/// How many of `people` are in a region.
#[must_use]
pub fn share(region: Region, people: u64) -> u64 {
    let per_mille = PEOPLE_PER_MILLE.get(place(region)).copied().unwrap_or(0);
    (people * per_mille / 1_000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_far_back_as_there() {
        for from in Region::ALL {
            for to in Region::ALL {
                assert_eq!(way_us(from, to), way_us(to, from), "{from} {to}");
                assert!(way_us(from, to) > 0);
            }
        }
    }

    #[test]
    fn everybody_lives_somewhere() {
        assert_eq!(PEOPLE_PER_MILLE.iter().sum::<u64>(), 1_000);
        let people: u64 = Region::ALL
            .map(|region| share(region, 1_000_000))
            .iter()
            .sum();
        assert_eq!(people, 1_000_000);
    }

    #[test]
    fn no_browser_is_farther_away_than_the_farthest() {
        let mut random = Random::new(1);
        for region in Region::ALL {
            for _ in 0..10_000 {
                assert!(browser_way_us(region, &mut random) <= browser_way_max_us(region));
            }
        }
    }
}
