//! Learning by boot what was missed.

use super::*;

/// Boot without `general`.
pub(super) fn without_general() -> Value {
    let mut without = boot();
    without["channels"].as_array_mut().unwrap().remove(0);
    without
}

#[test]
fn who_was_removed_before_the_first_mark_learns_it_by_boot() {
    let mut client = Client::new();
    client.start("/", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    client.taken();
    client.greet();
    assert!(client.calls().contains(&Call::Boot));
    client.answer(Call::Boot, 200, &without_general());
    assert_eq!(client.pane().header.name, "random");
    assert_eq!(client.chat().sidebar.channels.len(), 1);
}

#[test]
fn a_boot_older_than_a_gap_is_not_the_last_word() {
    let mut client = Client::inside();
    client.line(
        &json!({"event": "joined", "channel": "U1", "seq": 2, "at": 1, "user": "U2",
        "subject": "C3"}),
    );
    client.sync("U1", 9, false);
    assert_eq!(client.calls(), [Call::Boot]);
    client.answer(Call::Boot, 200, &boot());
    assert_eq!(client.calls(), [Call::Boot]);
    client.answer(Call::Boot, 200, &without_general());
    assert_eq!(client.chat().sidebar.channels.len(), 1);
    assert!(!client.calls().contains(&Call::Boot));
}

#[test]
fn a_channel_that_boot_calls_left_is_not_kept() {
    let mut client = Client::inside();
    client.sync("U1", 9, false);
    let mut left = boot();
    left["channels"][0]["member"] = json!(false);
    client.answer(Call::Boot, 200, &left);
    assert_eq!(client.chat().sidebar.channels.len(), 1);
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.give(Input::Opened(client.dial));
    let hello = client.commands("hello").pop().unwrap();
    assert_eq!(hello["resume"]["C1"], Value::Null);
}

#[test]
fn a_boot_that_failed_leaves_what_it_was_for() {
    let mut client = Client::inside();
    client.sync("U1", 9, false);
    client.taken();
    client.refuse(Call::Boot, Code::Forbidden);
    client.line(
        &json!({"event": "joined", "channel": "U1", "seq": 10, "at": 1, "user": "U2",
        "subject": "C3"}),
    );
    client.answer(Call::Boot, 200, &boot());
    client.answer(Call::Boot, 200, &without_general());
    assert_eq!(client.chat().sidebar.channels.len(), 1);
}

impl Client {
    /// Looks at `lobby` without being in it; three messages are in it.
    fn looking() -> Self {
        let mut client = Self::inside();
        client.person(open("C3"));
        let mut lobby = channel("C3", "lobby", 3);
        lobby["member"] = json!(false);
        let page_of_channels = json!({"channels": [lobby], "next_cursor": null});
        client.answer(Call::Channels { cursor: None }, 200, &page_of_channels);
        client.answer(history("C3"), 200, &page(1..=3));
        client.taken();
        client
    }
}

#[test]
fn what_was_said_between_looking_and_joining_is_loaded() {
    let mut client = Client::looking();
    client.person(Intent::Join(ChannelId::parse("C3").unwrap()));
    let joined = json!({"channel": channel("C3", "lobby", 6)});
    client.answer(join_lobby(), 200, &joined);
    assert!(client.calls().contains(&history("C3")));
    client.sync("C3", 6, false);
    client.answer(history("C3"), 200, &page(1..=5));
    assert_eq!(client.messages().len(), 5);
}

#[test]
fn what_was_said_before_one_joined_elsewhere_is_loaded() {
    let mut client = Client::looking();
    client.line(
        &json!({"event": "joined", "channel": "U1", "seq": 2, "at": 1, "user": "U1",
        "subject": "C3"}),
    );
    let mut with_lobby = boot();
    let mut lobby = with_lobby["channels"][0].clone();
    (lobby["id"], lobby["name"], lobby["seq"]) = (json!("C3"), json!("lobby"), json!(6));
    with_lobby["channels"].as_array_mut().unwrap().push(lobby);
    client.answer(Call::Boot, 200, &with_lobby);
    assert!(client.calls().contains(&history("C3")));
    client.sync("C3", 6, false);
    client.answer(history("C3"), 200, &page(1..=5));
    assert_eq!(client.messages().len(), 5);
}

fn join_lobby() -> Call {
    Call::Join(ChannelId::parse("C3").unwrap())
}
