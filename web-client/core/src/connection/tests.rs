//! Dials, silence, sleep.

use super::*;

fn pause(connection: &Connection, now_ms: u64) -> u64 {
    match connection.phase() {
        Phase::Waiting(until) => until - now_ms,
        phase => panic!("{phase:?}"),
    }
}

#[test]
fn pauses_double_up_to_a_limit_and_are_spread_over_their_upper_half() {
    assert_eq!(
        (
            back_off_ms(0, 0, 0),
            back_off_ms(0, 0, 250),
            back_off_ms(0, 0, 251)
        ),
        (250, 500, 250)
    );
    assert_eq!(back_off_ms(3, 0, 0), 2_000);
    assert_eq!(back_off_ms(40, 0, 0), BACK_OFF_MAX_MS / 2);
    assert_eq!(back_off_ms(40, 0, 15_000), BACK_OFF_MAX_MS);
}

#[test]
fn what_the_server_asks_to_wait_is_waited_at_least() {
    let mut connection = Connection::new(0);
    connection.lost(Some(8_000), 1_999, 0, &mut vec![]);
    assert_eq!(pause(&connection, 0), 9_999);
}

#[test]
fn many_who_are_cut_off_together_come_back_over_the_time_that_the_gateway_takes_for_them() {
    let back = |failures| {
        let mut pauses: Vec<u64> = (0..10_000)
            .map(|n| back_off_ms(failures, 10_000, n * 7_919))
            .collect();
        pauses.sort_unstable();
        (pauses[0] / 100, pauses[5_000] / 1_000, pauses[9_999] / 100)
    };
    assert_eq!(back(0), (2, 5, 102));
    assert_eq!(back(2), (10, 6, 110));
    let mut connection = Connection::new(0);
    connection.ready(25_000, 10_000, 0, &mut vec![]);
    connection.lost(None, 9_000, 20_000, &mut vec![]);
    assert_eq!(pause(&connection, 20_000), 9_250);
    assert!(!connection.is_told_to_wait(20_000));
}

#[test]
fn a_connection_that_broke_at_once_counts_as_a_failure() {
    let mut connection = Connection::new(0);
    for _ in 0..3 {
        connection.ready(25_000, 0, 0, &mut vec![]);
        connection.lost(None, 0, 100, &mut vec![]);
    }
    assert_eq!(pause(&connection, 100), 1_000);
    connection.ready(25_000, 0, 1_000, &mut vec![]);
    connection.lost(None, 0, 20_000, &mut vec![]);
    assert_eq!(pause(&connection, 20_000), 250);
}

/// Has the heartbeat's timer ring when it is due, as long as the connection is not given up; gives when it was.
fn beats(connection: &mut Connection, until_ms: u64, mut heard: impl FnMut(u64) -> bool) -> u64 {
    loop {
        let now_ms = connection.beat_ms;
        let mut effects = Vec::new();
        if now_ms > until_ms || !connection.beat(now_ms, &mut effects) {
            return now_ms;
        }
        let ping = Effect::Frame(protocol::frame::PING.to_owned());
        if effects.contains(&ping) && heard(now_ms) {
            connection.heard(now_ms + 100);
        }
    }
}

#[test]
fn a_connection_that_is_only_half_open_is_found_within_two_heartbeats() {
    // It breaks right after an answer, or right before the next ping.
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    let mut pings = 0;
    let found_ms = beats(&mut connection, 900_000, |now_ms| {
        pings += 1;
        now_ms <= 100_000
    });
    assert_eq!((found_ms, pings), (150_000, 6));
}

#[test]
fn anything_heard_is_a_sign_of_life_and_pings_go_once_a_heartbeat() {
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    let mut pings = Vec::new();
    let found_ms = beats(&mut connection, 900_000, |now_ms| {
        pings.push(now_ms);
        true
    });
    assert!(found_ms > 900_000);
    assert!(pings.iter().zip(1..).all(|(at_ms, n)| *at_ms == n * 25_000));
}

#[test]
fn a_page_whose_timers_ring_late_still_pings_each_time() {
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    for minute in 1..20 {
        let mut effects = Vec::new();
        assert!(connection.beat(minute * 60_000, &mut effects));
        assert!(matches!(effects[0], Effect::Frame(_)));
        connection.heard(minute * 60_000 + 100);
    }
}

#[test]
fn a_command_without_an_answer_ends_a_connection_on_which_pings_are_answered() {
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    let (first, second) = (
        connection.next_command(1_000),
        connection.next_command(9_000),
    );
    connection.replied(second);
    assert_eq!(beats(&mut connection, 900_000, |_| true), 37_500);
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    assert_eq!(connection.next_command(1_000), first);
    connection.replied(first);
    assert!(beats(&mut connection, 900_000, |_| true) > 900_000);
}

#[test]
fn a_jump_of_the_clock_is_seen_by_the_heartbeat_that_did_not_come() {
    let mut connection = Connection::new(0);
    assert!(!connection.has_slept(900_000));
    connection.ready(25_000, 0, 0, &mut vec![]);
    assert!(!connection.has_slept(34_999));
    assert!(connection.has_slept(35_000));
}

#[test]
fn a_connection_is_asked_after_a_short_sleep_and_given_up_after_a_long_one() {
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 0, &mut vec![]);
    let mut effects = Vec::new();
    assert!(connection.probe(4_000, &mut effects));
    assert!(effects.is_empty());
    let asked = connection.next_command(4_000);
    assert!(connection.probe(75_000, &mut effects));
    assert!(effects.contains(&Effect::wake(Timer::Probe, PROBE_MS)));
    assert!(
        connection.beat(75_000, &mut vec![]),
        "{asked} was asked before"
    );
    assert!(!connection.probe(75_001, &mut effects));
}

#[test]
fn a_person_is_told_after_five_seconds() {
    let mut connection = Connection::new(0);
    connection.ready(25_000, 0, 1_000, &mut vec![]);
    connection.lost(None, 0, 60_000, &mut vec![]);
    connection.lost(None, 0, 63_000, &mut vec![]);
    assert!(!connection.is_missing(64_999));
    assert!(connection.is_missing(65_000));
}

#[test]
fn a_late_word_of_an_old_socket_is_not_heard() {
    let mut connection = Connection::new(0);
    connection.dial("/socket", &mut vec![]);
    connection.lost(None, 0, 0, &mut vec![]);
    assert!(!connection.is_current(1));
    connection.dial("/socket", &mut vec![]);
    assert!(!connection.is_current(1));
    assert!(connection.is_current(2));
}
