//! The socket, lost and found.

use super::*;

#[test]
fn hello_names_every_log_that_is_known() {
    let mut client = Client::inside();
    client.line(&event("C1", 4, "U2", "a"));
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.give(Input::Opened(client.dial));
    let hello = client.commands("hello").pop().unwrap();
    assert_eq!(hello["resume"]["C1"], json!({"epoch": "e", "seq": 4}));
    assert_eq!(hello["resume"]["U1"], json!({"epoch": "e", "seq": 1}));
    assert_eq!(hello["resume"].as_object().unwrap().len(), 4);
}

#[test]
fn a_gap_is_mended_by_resuming() {
    let mut client = Client::inside();
    client.line(&event("C1", 5, "U2", "a"));
    assert_eq!(client.messages().len(), 3);
    assert!(client.taken().contains(&Effect::HangUp));
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    client.line(&event("C1", 4, "U2", "b"));
    client.line(&event("C1", 5, "U2", "a"));
    client.sync("C1", 5, true);
    assert_eq!(client.messages().len(), 5);
}

#[test]
fn go_away_waits_as_told() {
    let mut client = Client::inside();
    client.close(4000, r#"{"retry_after_ms":9000}"#);
    let wait = client.woken(&Timer::Reconnect).unwrap();
    assert!((9_000..12_000).contains(&wait), "{wait}");
}

#[test]
fn whatever_a_server_closes_with_it_says_when_to_come_back() {
    for code in [4001, 4002] {
        let mut client = Client::inside();
        client.close(code, r#"{"retry_after_ms":9000}"#);
        let wait = client.woken(&Timer::Reconnect).unwrap();
        assert!((9_000..12_000).contains(&wait), "{wait}");
    }
}

#[test]
fn looking_at_the_page_does_not_shorten_what_the_server_asked_for() {
    let mut client = Client::inside();
    client.close(4000, r#"{"retry_after_ms":9000}"#);
    client.now_ms += 8_000;
    client.give(Input::Visible(true));
    client.give(Input::Online(true));
    assert!(!dials(&mut client));
    client.person(Intent::ConnectNow);
    assert!(dials(&mut client), "a person may");
    client.greet();
    client.now_ms += 20_000;
    client.close(4000, r#"{"retry_after_ms":9000}"#);
    client.now_ms += 12_000;
    client.give(Input::Visible(true));
    assert!(dials(&mut client));
}

#[test]
fn a_connection_that_breaks_comes_back_within_the_time_of_hello() {
    let mut client = Client::inside();
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.greet_with(60_000);
    client.now_ms += 20_000;
    client.taken();
    let mut longest = 0;
    for _ in 0..20 {
        client.close(1006, "");
        longest = longest.max(client.woken(&Timer::Reconnect).unwrap());
        client.now_ms += 60_000;
        client.person(Intent::ConnectNow);
        client.greet_with(60_000);
        client.now_ms += 20_000;
        client.taken();
    }
    assert!((10_000..=60_250).contains(&longest), "{longest}");
}

#[test]
fn a_gateway_that_has_grown_says_so_later() {
    let mut client = Client::inside();
    client.line(&json!({"reconnect_within_ms": 100_000}));
    client.close(1006, "");
    let wait = client.woken(&Timer::Reconnect).unwrap();
    assert!((1_000..=100_250).contains(&wait), "{wait}");
}

#[test]
fn a_page_that_is_not_understood_does_not_come_back() {
    let mut client = Client::inside();
    client.close(4501, "");
    assert_eq!(client.woken(&Timer::Reconnect), None);
    assert_eq!(client.chat().alert.as_deref(), Some(strings::OUT_OF_DATE));
}

#[test]
fn the_banner_comes_after_five_seconds() {
    let mut client = Client::inside();
    client.close(1006, "");
    assert!(client.chat().banner.is_none());
    client.now_ms += 5_000;
    client.give(Input::Rang(Timer::Banner));
    assert!(client.chat().banner.is_some());
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    assert!(client.chat().banner.is_none());
}

#[test]
fn the_network_coming_back_dials_at_once() {
    let mut client = Client::inside();
    client.give(Input::Online(false));
    client.taken();
    client.give(Input::Online(true));
    assert!(
        client
            .taken()
            .iter()
            .any(|effect| matches!(effect, Effect::Dial { .. }))
    );
}

#[test]
fn after_some_failures_the_session_is_looked_at() {
    let mut client = Client::inside();
    client.close(1006, "");
    for _ in 0..3 {
        client.give(Input::Rang(Timer::Reconnect));
        client.close(1006, "");
    }
    assert!(client.calls().contains(&Call::Boot));
    client.refuse(Call::Boot, Code::NotAuthenticated);
    assert!(matches!(view(&client.state).page, Page::Door(_)));
}

fn dials(client: &mut Client) -> bool {
    let effects = client.taken();
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Dial { .. }))
}

fn pings(client: &mut Client) -> usize {
    let effects = client.taken();
    let ping = Effect::Frame("ping".to_owned());
    effects.iter().filter(|effect| **effect == ping).count()
}

#[test]
fn a_silent_gateway_is_given_up_after_two_pings() {
    let mut client = Client::inside();
    for after_ms in [25_000, 12_500, 12_500] {
        client.now_ms += after_ms;
        assert!(!client.taken().contains(&Effect::HangUp));
        client.give(Input::Rang(Timer::Heartbeat));
    }
    assert!(client.taken().contains(&Effect::HangUp));
}

#[test]
fn a_laptop_that_slept_for_long_is_back_with_one_hello_whatever_tells_it_first() {
    let tells = [
        Input::Visible(true),
        Input::Online(true),
        Input::Person(Intent::ToggleSidebar),
    ];
    for first in tells {
        let mut client = Client::inside();
        client.now_ms += 8 * 60 * 60 * 1_000;
        client.give(first.clone());
        assert!(dials(&mut client), "{first:?}");
        client.give(Input::Opened(client.dial));
        let hello = client.commands("hello").pop().unwrap();
        assert_eq!(hello["resume"]["C1"], json!({"epoch": "e", "seq": 3}));
        assert!(client.calls().is_empty(), "nothing else has to be asked");
    }
}

#[test]
fn a_laptop_that_slept_for_a_moment_asks_whether_the_gateway_is_there() {
    let mut client = Client::inside();
    client.now_ms += 40_000;
    client.person(Intent::ToggleSidebar);
    assert_eq!(pings(&mut client), 1);
    client.give(Input::Frame(client.dial, "pong".to_owned()));
    // The timer rings late where the page is out of view.
    client.now_ms += 60_000;
    client.give(Input::Rang(Timer::Probe));
    assert!(!dials(&mut client));
    client.now_ms += 60_000;
    client.give(Input::Visible(true));
    client.now_ms += 4_000;
    client.give(Input::Rang(Timer::Probe));
    assert!(dials(&mut client));
}

#[test]
fn whoever_writes_after_a_while_finds_out_soon_that_nobody_is_there() {
    let mut client = Client::inside();
    client.now_ms += 20_000;
    client.person(Intent::Send("hello".to_owned()));
    assert_eq!(pings(&mut client), 1);
    client.now_ms += 4_000;
    client.give(Input::Rang(Timer::Probe));
    assert!(dials(&mut client));
    client.greet();
    assert_eq!(client.commands("send").len(), 1, "it is sent again");
}

#[test]
fn a_message_without_an_answer_is_sent_again_on_another_connection_though_pongs_come() {
    let mut client = Client::inside();
    client.person(Intent::Send("hello".to_owned()));
    client.taken();
    for after_ms in [25_000, 12_500] {
        client.now_ms += after_ms;
        client.give(Input::Rang(Timer::Heartbeat));
        client.give(Input::Frame(client.dial, "pong".to_owned()));
    }
    assert!(client.taken().contains(&Effect::HangUp));
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    assert_eq!(client.commands("send").len(), 1);
}

#[test]
fn flow_marks_are_answered() {
    let mut client = Client::inside();
    client.line(&json!({"flow": 7}));
    assert_eq!(client.commands("flow"), [json!({"op": "flow", "n": 7})]);
}
