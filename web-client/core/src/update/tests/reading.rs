//! What is shown, counted and read.

use super::*;

#[test]
fn an_event_that_comes_twice_is_shown_once() {
    let mut client = Client::inside();
    client.line(&event("C1", 4, "U2", "a"));
    client.line(&event("C1", 4, "U2", "a"));
    assert_eq!(client.messages().len(), 4);
}

#[test]
fn a_channel_that_was_not_recovered_is_loaded_anew() {
    let mut client = Client::inside();
    client.sync("C1", 9_000, false);
    assert!(client.calls().contains(&history("C1")));
    client.line(&event("C1", 9_001, "U2", "a"));
    client.answer(history("C1"), 200, &page(8_951..=9_000));
    assert_eq!(client.messages().len(), 51);
}

#[test]
fn messages_elsewhere_are_counted_and_reading_clears_them() {
    let mut client = Client::inside();
    client.line(&event("C2", 4, "U2", "a"));
    client.line(&event("C2", 5, "U2", "b"));
    assert_eq!(client.badge("random"), Some(2));
    client.person(open("C2"));
    client.answer(history("C2"), 200, &page(1..=5));
    assert_eq!(client.badge("random"), None);
    assert!(client.pane().items.contains(&Item::NewMessages));
    client.give(Input::Rang(Timer::Read));
    let read = client.commands("read");
    assert_eq!(read.len(), 1);
    assert_eq!(
        (&read[0]["channel"], &read[0]["seq"]),
        (&json!("C2"), &json!(5))
    );
    client.give(Input::Rang(Timer::Read));
    assert!(client.commands("read").is_empty());
}

#[test]
fn a_page_out_of_view_reads_nothing() {
    let mut client = Client::inside();
    client.give(Input::Visible(false));
    client.line(&event("C1", 4, "U2", "a"));
    assert_eq!(client.badge("general"), Some(1));
    assert!(client.pane().items.contains(&Item::NewMessages));
    client.give(Input::Visible(true));
    assert_eq!(client.badge("general"), None);
}

#[test]
fn scrolled_up_new_messages_are_counted_on_the_way_down() {
    let mut client = Client::inside();
    client.person(Intent::Scrolled(ScrollPlace::default()));
    client.line(&event("C1", 4, "U2", "a"));
    assert_eq!(
        client.pane().jump.as_deref(),
        Some("Jump to latest · 1 new message")
    );
    client.person(Intent::JumpToLatest);
    assert_eq!(client.pane().jump, None);
    assert_eq!(client.badge("general"), None);
}

#[test]
fn reading_on_another_device_clears_the_badge_here() {
    let mut client = Client::inside();
    client.line(&event("C2", 4, "U2", "a"));
    client.line(
        &json!({"event": "read", "channel": "U1", "seq": 2, "at": 1, "user": "U1",
        "subject": "C2", "last_read_seq": 4, "unread": 0, "mentions": 0}),
    );
    assert_eq!(client.badge("random"), None);
}
