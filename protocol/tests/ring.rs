//! How evenly the ring spreads logs, and how few it moves.

use protocol::ring::{Ring, server_name, server_number};

const CHANNELS: u32 = 1_000_000;

fn channel(number: u32) -> String {
    // As ids are minted: a time-ordered head that neighbours share, then a part that tells them apart.
    format!("C01JD{number:021}")
}

#[test]
fn the_fullest_server_carries_at_most_a_quarter_more_than_the_mean() {
    for servers in [16_u32, 64, 256] {
        let ring = Ring::new(1, servers);
        let mut load = vec![0_u32; servers as usize];
        for number in 0..CHANNELS {
            load[ring.owner(&channel(number)) as usize] += 1;
        }
        let mean = f64::from(CHANNELS) / f64::from(servers);
        let fullest = f64::from(*load.iter().max().unwrap());
        assert!(
            fullest <= 1.25 * mean,
            "{servers} servers: {:.3}",
            fullest / mean
        );
    }
}

#[test]
fn one_more_server_takes_its_share_and_nothing_else_moves() {
    for servers in [16_u32, 64, 256] {
        let before = Ring::new(1, servers);
        let after = Ring::new(2, servers + 1);
        let mut moved = 0_u32;
        for number in 0..CHANNELS {
            let id = channel(number);
            let (old, new) = (before.owner(&id), after.owner(&id));
            if old != new {
                assert_eq!(new, servers, "{id} moved between two old servers");
                moved += 1;
            }
        }
        let share = f64::from(moved) / f64::from(CHANNELS);
        assert!(
            share <= 1.3 / f64::from(servers + 1),
            "{servers} servers: {share:.5}"
        );
        assert!(moved > 0);
    }
}

#[test]
fn one_server_owns_everything() {
    let ring = Ring::new(1, 1);
    assert!((0..1_000).all(|number| ring.owner(&channel(number)) == 0));
}

#[test]
fn a_ring_without_servers_is_a_ring_of_one() {
    assert_eq!(Ring::new(1, 0).servers(), 1);
}

#[test]
fn server_names_and_numbers_agree() {
    assert_eq!(server_name(12), "cs-12");
    assert_eq!(server_number("cs-12"), Some(12));
    assert_eq!(server_number("gateway"), None);
}
