use super::*;

/// Numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 += 1;
        crate::hash::mix64(self.0) % bound
    }
}

const RATES: [Rate; 6] = [
    Rate::per_s(1, 1),
    Rate::per_s(3, 7),
    Rate::per_s(50, 200),
    Rate::per_s(2_000, 4_000),
    Rate::per_min(5, 20),
    Rate::per_min(7, 1),
];

#[test]
fn in_no_window_more_passes_than_the_burst_and_what_the_rate_gives() {
    for (number, rate) in RATES.into_iter().enumerate() {
        let mut draw = Draw(1_000_000 * number as u64);
        let mut bucket = Bucket::default();
        let mut now_ms = 1_795_506_386_509;
        let mut passed: Vec<u64> = Vec::new();
        for _ in 0..1_500 {
            // Rushes, and pauses of up to twice as long as it takes to be full again.
            now_ms += match draw.below(40) {
                0 => draw.below(2 * rate.full_ns() / MS_NS + 2),
                1..20 => draw.below(2 * rate.every_ns / MS_NS + 2),
                _ => 0,
            };
            if bucket.take(rate, now_ms).is_ok() {
                passed.push(now_ms);
            }
        }
        assert!(passed.len() > 30, "{rate:?}");
        for (index, from_ms) in passed.iter().enumerate() {
            for (more, until_ms) in passed[index..].iter().enumerate() {
                let given = u128::from((until_ms - from_ms) * MS_NS) / u128::from(rate.every_ns);
                assert!((more as u128) < u128::from(rate.burst) + given, "{rate:?}");
            }
        }
    }
}

#[test]
fn the_whole_burst_passes_at_once_and_not_one_more() {
    for rate in RATES {
        let mut bucket = Bucket::default();
        let passed = (0..rate.burst + 10)
            .filter(|_| bucket.take(rate, 5_000).is_ok())
            .count();
        assert_eq!(passed as u64, rate.burst);
    }
}

#[test]
fn whoever_waits_as_told_passes_and_a_millisecond_earlier_does_not() {
    for (number, rate) in RATES.into_iter().enumerate() {
        let mut draw = Draw(7_000_000 * number as u64);
        let mut bucket = Bucket::default();
        let mut now_ms = 1_795_506_386_509;
        for _ in 0..2_000 {
            now_ms += draw.below(rate.every_ns / MS_NS + 2);
            if let Err(wait_ms) = bucket.take(rate, now_ms) {
                assert!(wait_ms > 0 && (wait_ms - 1) * MS_NS < rate.every_ns);
                assert!(bucket.look(rate, now_ms + wait_ms - 1).is_err());
                assert_eq!(bucket.take(rate, now_ms + wait_ms), Ok(()));
                now_ms += wait_ms;
            }
        }
    }
}

#[test]
fn who_is_refused_waits_no_longer_for_asking_again() {
    let rate = Rate::per_s(1, 1);
    let mut bucket = Bucket::default();
    assert_eq!(bucket.take(rate, 1_000), Ok(()));
    assert!((0..500).all(|_| bucket.take(rate, 1_000) == Err(1_000)));
    assert_eq!(bucket.take(rate, 2_000), Ok(()));
}

#[test]
fn a_clock_that_is_set_back_makes_nobody_wait_for_it() {
    let rate = Rate::per_s(10, 5);
    let mut bucket = Bucket::default();
    assert!((0..5).all(|_| bucket.take(rate, 3_600_000).is_ok()));
    assert_eq!(bucket.take(rate, 1_000), Ok(()));
}

#[test]
fn without_a_limit_everything_passes_and_no_key_is_kept() {
    let mut bucket = Bucket::default();
    assert!((0..10_000).all(|_| bucket.take(Rate::OFF, 0).is_ok()));
    let mut buckets = Buckets::default();
    assert!((0..10_000).all(|key| buckets.take(key, Rate::OFF, 0).is_ok()));
    assert!(buckets.is_empty());
}

#[test]
fn many_who_wait_for_one_bucket_come_back_as_quickly_as_it_fills() {
    let rate = Rate::per_s(2_000, 10);
    let mut shared = Shared::default();
    let mut told: Vec<u64> = (0..5_010)
        .filter_map(|_| shared.take(rate, 1_000).err())
        .collect();
    assert_eq!((told.len(), told[0], told[4_999]), (5_000, 1, 2_501));
    told.sort_unstable();
    assert!(
        told.iter()
            .all(|wait_ms| shared.take(rate, 1_000 + wait_ms).is_ok())
    );
}

#[test]
fn nobody_is_told_to_wait_without_an_end() {
    let rate = Rate::per_s(1, 1);
    let mut shared = Shared::default();
    assert!((0..1_000).all(|_| shared.take(rate, 0).err() <= Some(PROMISE_MAX_MS)));
    let mut seldom = Shared::default();
    let rate = Rate::per_min(1, 1);
    assert_eq!(seldom.take(rate, 0), Ok(()));
    assert_eq!(
        seldom.take(rate, 0),
        Err(60_000),
        "no earlier than there is one"
    );
}

#[test]
fn keys_do_not_touch_each_other() {
    let rate = Rate::per_s(1, 2);
    let mut buckets = Buckets::default();
    let (ana, ben) = (Buckets::key("U1"), Buckets::key("U2"));
    assert!((0..2).all(|_| buckets.take(ana, rate, 0).is_ok()));
    assert_eq!(buckets.take(ana, rate, 0), Err(1_000));
    assert_eq!(buckets.take(ben, rate, 0), Ok(()));
    assert_eq!(buckets.look(ana, rate, 0), Err(1_000));
    assert_eq!(buckets.look(ben, rate, 0), Ok(()));
    assert_eq!(buckets.look(3, rate, 0), Ok(()));
}

#[test]
fn a_million_keys_take_no_more_memory_than_the_bound_and_who_took_most_is_not_forgotten() {
    let rate = Rate::per_min(5, 20);
    let mut buckets = Buckets::default();
    let greedy = Buckets::key("greedy");
    while buckets.take(greedy, rate, 1_000).is_ok() {}
    for key in 0..1_000_000 {
        assert_eq!(buckets.take(key, rate, 1_000), Ok(()));
        assert!(buckets.len() <= BUCKETS_MAX);
    }
    assert!(buckets.of.capacity() <= 2 * BUCKETS_MAX);
    assert_eq!(buckets.take(greedy, rate, 1_000), Err(12_000));
}

#[test]
fn a_million_keys_one_after_the_other_are_forgotten_as_they_are_full_again() {
    let rate = Rate::per_s(10, 5);
    let mut buckets = Buckets::default();
    for key in 0..1_000_000 {
        // Ten a millisecond, each full again after 100.
        assert_eq!(buckets.take(key, rate, key / 10), Ok(()));
        assert!(buckets.len() <= 2_100, "{}", buckets.len());
    }
}

#[test]
fn a_rate_is_read_as_it_is_written() {
    for (text, rate) in [
        ("20/s burst 100", Rate::per_s(20, 100)),
        ("  5/min   burst 20 ", Rate::per_min(5, 20)),
        ("1000000/s burst 1000000", Rate::per_s(1_000_000, 1_000_000)),
        ("off", Rate::OFF),
    ] {
        assert_eq!(text.parse(), Ok(rate), "{text}");
    }
    for text in [
        "",
        "20",
        "20/s",
        "20/s burst",
        "20/s burst 100 more",
        "0/s burst 1",
        "1/s burst 0",
        "-1/s burst 1",
        "+1/s burst 1",
        "1.5/s burst 3",
        "20/h burst 3",
        "20 / s burst 3",
        "1000001/s burst 1",
        "1/s burst 1000001",
        "x/s burst 1",
        "1/s bursts 1",
        "OFF",
        "off burst 1",
        "99999999999/s burst 1",
    ] {
        assert_eq!(text.parse::<Rate>(), Err(NotARate), "{text:?}");
    }
}
