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

#[test]
fn a_silent_gateway_is_given_up_after_two_pings() {
    let mut client = Client::inside();
    for _ in 0..3 {
        client.now_ms += 25_000;
        client.give(Input::Rang(Timer::Heartbeat));
    }
    assert!(client.taken().contains(&Effect::HangUp));
}

#[test]
fn flow_marks_are_answered() {
    let mut client = Client::inside();
    client.line(&json!({"flow": 7}));
    assert_eq!(client.commands("flow"), [json!({"op": "flow", "n": 7})]);
}
