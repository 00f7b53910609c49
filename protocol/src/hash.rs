//! Hashes of the ring.
//!
//! `FNV-1a` alone leaves the high bits of short keys weak, so its result goes through the finaliser of splitmix64.

use core::hash::Hasher;
use fnv::FnvHasher;

/// 64-bit `FNV-1a` of `bytes` (Fowler, Noll and Vo; offset basis 0xcbf29ce484222325).
#[must_use]
pub fn fnv1a64(bytes: &[u8]) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014): a bijection in which every input bit reaches every output bit.
#[must_use]
pub const fn mix64(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where a key stands on the ring: `mix64(fnv1a64(key))`.
#[must_use]
pub fn point(key: &[u8]) -> u64 {
    mix64(fnv1a64(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a64_gives_the_published_test_vectors() {
        assert_eq!(fnv1a64(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a64(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a64(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn mix64_gives_the_first_output_of_splitmix64_seeded_with_zero() {
        assert_eq!(mix64(0x9e37_79b9_7f4a_7c15), 0xe220_a839_7b1d_cdaf);
    }
}
