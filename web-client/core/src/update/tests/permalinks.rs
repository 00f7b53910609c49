//! Links to messages.

use super::*;
use crate::message_keys::MessageAct;

fn around(seqs: std::ops::RangeInclusive<u64>, has_after: bool) -> Value {
    let mut page = page(seqs);
    page["has_before"] = json!(true);
    page["has_after"] = json!(has_after);
    page
}

/// Somebody who has followed a link to message 40 of a channel with hundreds.
fn at_40() -> Client {
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C1/40".to_owned()));
    client.answer(
        page_of("C1", None, Anchor::Around(40)),
        200,
        &around(30..=50, true),
    );
    client
}

#[test]
fn a_link_shows_its_message_among_those_around_it() {
    let mut client = at_40();
    let messages = client.messages();
    assert_eq!(messages.len(), 21);
    let target: Vec<_> = messages.iter().filter(|m| m.is_target).collect();
    assert_eq!(target.len(), 1);
    assert_eq!(target[0].seq, Some(40));
    assert!(client.taken().contains(&Effect::ScrollToMessage(40)));
    assert_eq!(client.state.route.url(None), "/c/C1/40");
}

#[test]
fn a_message_at_hand_is_shown_without_loading() {
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C1/2?region=weur#x".to_owned()));
    let effects = client.taken();
    assert!(effects.contains(&Effect::ScrollToMessage(2)));
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Http(_)))
    );
}

#[test]
fn more_is_loaded_both_ways_and_what_comes_meanwhile_is_counted_and_not_shown() {
    let mut client = at_40();
    client.line(&event("C1", 4, "U2", "new"));
    assert_eq!(client.messages().len(), 21);
    assert_eq!(client.badge("general"), Some(1));
    client.taken();
    client.person(Intent::Scrolled(ScrollPlace {
        near_bottom: true,
        at_bottom: true,
        ..ScrollPlace::default()
    }));
    assert_eq!(client.calls(), [page_of("C1", None, Anchor::After(50))]);
    client.answer(
        page_of("C1", None, Anchor::After(50)),
        200,
        &around(51..=60, false),
    );
    assert_eq!(client.messages().len(), 31);
    client.person(Intent::Scrolled(ScrollPlace {
        near_top: true,
        ..ScrollPlace::default()
    }));
    assert_eq!(client.calls(), [page_of("C1", None, Anchor::Before(30))]);
}

#[test]
fn jumping_to_the_latest_loads_it_and_leaves_the_message_out_of_the_address() {
    let mut client = at_40();
    assert!(client.pane().jump.is_some());
    client.taken();
    client.person(Intent::JumpToLatest);
    assert_eq!(client.calls(), [history("C1")]);
    client.answer(history("C1"), 200, &around(90..=100, false));
    assert_eq!(client.messages().len(), 11);
    assert!(client.pane().jump.is_none());
    assert_eq!(client.state.route.url(None), "/c/C1");
}

#[test]
fn a_link_in_the_address_is_followed_when_the_page_opens() {
    let mut client = Client::new();
    client.start("/c/C1/40", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let calls = client.calls();
    assert!(calls.contains(&page_of("C1", None, Anchor::Around(40))));
    assert!(!calls.contains(&history("C1")));
}

#[test]
fn a_link_to_a_channel_that_is_not_ones_own_is_followed_once_it_is_found() {
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C9/5".to_owned()));
    let mut found = channel("C9", "open", 9);
    found["member"] = json!(false);
    client.answer(
        Call::Channels { cursor: None },
        200,
        &json!({"channels": [found], "next_cursor": null}),
    );
    assert!(
        client
            .calls()
            .contains(&page_of("C9", None, Anchor::Around(5)))
    );
    assert_eq!(client.state.route.url(None), "/c/C9/5");
}

#[test]
fn deleted_and_unknown_messages_are_said_to_be_so() {
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C1/40".to_owned()));
    client.answer(
        page_of("C1", None, Anchor::Around(40)),
        200,
        &around(41..=50, true),
    );
    let unknown = client.chat().alert.unwrap();
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C1/40".to_owned()));
    let mut page = around(30..=50, true);
    page["messages"][10] = json!({"seq": 40, "at": 40, "user": "U2", "deleted": true});
    client.answer(page_of("C1", None, Anchor::Around(40)), 200, &page);
    assert_ne!(client.chat().alert.unwrap(), unknown);
}

#[test]
fn behind_a_page_of_deleted_messages_more_is_loaded() {
    let mut client = Client::inside();
    client.person(open("C2"));
    let mut gone = around(20..=20, false);
    gone["messages"][0] = json!({"seq": 20, "at": 1, "user": "U2", "deleted": true});
    client.taken();
    client.answer(history("C2"), 200, &gone);
    assert_eq!(client.calls(), [page_of("C2", None, Anchor::Before(20))]);
}

#[test]
fn the_link_of_a_message_is_its_path() {
    let mut client = Client::inside();
    client.taken();
    client.person(Intent::Message(MessageAct::CopyLink, 2));
    assert_eq!(client.taken(), [Effect::CopyPath("/c/C1/2".to_owned())]);
}

#[test]
fn sending_leads_from_the_middle_to_the_end() {
    let mut client = at_40();
    client.taken();
    client.person(send("here"));
    assert!(client.calls().contains(&history("C1")));
}
