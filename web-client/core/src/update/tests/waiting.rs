//! What came too soon goes again when it may, and is not lost.

use super::*;
use crate::{input::DialogKind, strings};

fn too_soon(wait_ms: u64) -> Value {
    let refusal = Refusal::rate_limited("user", wait_ms);
    json!(Problem::from(refusal))
}

fn limited(command: &Value, wait_ms: u64) -> Value {
    json!({"re": command["id"], "error": Refusal::rate_limited("user", wait_ms)})
}

#[test]
fn a_channel_that_is_made_too_soon_is_made_when_it_may_be() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::CreateChannel));
    client.person(Intent::CreateChannel {
        name: "plans".to_owned(),
        topic: String::new(),
        kind: protocol::api::ChannelKind::Public,
    });
    let call = client.calls().pop().unwrap();
    client.answer(call.clone(), 429, &too_soon(700));
    let dialog = client.chat().dialog.unwrap();
    assert_eq!(dialog.failure.as_deref(), Some(strings::TOO_FAST));
    let repeat = Timer::Repeat(call.clone());
    assert_eq!(client.woken(&repeat), Some(700));
    client.give(Input::Rang(repeat));
    assert_eq!(client.calls().pop().as_ref(), Some(&call));
    client.answer(call, 201, &json!({"channel": channel("C9", "plans", 1)}));
    assert!(client.chat().dialog.is_none());
    assert_eq!(client.pane().header.name, "plans");
}

#[test]
fn a_link_that_is_asked_for_too_soon_comes_without_a_complaint_in_the_end() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Invite));
    let call = client.calls().pop().unwrap();
    client.answer(call.clone(), 429, &too_soon(700));
    client.answer(
        call,
        201,
        &json!({"code": "x", "url": "https://x/invite/x"}),
    );
    assert_eq!(client.chat().dialog.unwrap().failure, None);
}

#[test]
fn who_comes_to_the_door_too_soon_waits_there_and_comes_in() {
    let mut client = Client::new();
    client.start("/invite/abc", "", vec![]);
    client.person(Intent::AcceptInvite {
        name: "Ben".to_owned(),
    });
    let call = client.calls().pop().unwrap();
    client.answer(call.clone(), 429, &too_soon(6_000));
    let Stage::Entry(entry) = &client.state.stage else {
        panic!("not at the door");
    };
    assert_eq!(entry.failure, Some(strings::TOO_FAST));
    assert!(entry.busy, "nobody is to press again");
    assert_eq!(client.woken(&Timer::Repeat(call)), Some(6_000));
}

#[test]
fn who_would_have_to_wait_for_long_is_told_and_decides() {
    let mut client = Client::new();
    client.start("/invite/abc", "", vec![]);
    client.person(Intent::AcceptInvite {
        name: "Ben".to_owned(),
    });
    let call = client.calls().pop().unwrap();
    client.answer(call.clone(), 429, &too_soon(60_000));
    let Stage::Entry(entry) = &client.state.stage else {
        panic!("not at the door");
    };
    assert_eq!(entry.failure, Some(strings::refusal(Code::RateLimited)));
    assert!(!entry.busy);
    assert_eq!(client.woken(&Timer::Repeat(call)), None);
}

#[test]
fn a_page_that_is_asked_for_too_soon_comes_later() {
    let mut client = Client::inside();
    client.answer(history("C1"), 429, &too_soon(300));
    assert_eq!(client.woken(&Timer::Repeat(history("C1"))), Some(300));
}

#[test]
fn somebody_who_writes_too_fast_is_told_so() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let command = client.commands("send").pop().unwrap();
    client.line(&limited(&command, 50));
    assert_eq!(client.chat().status, strings::TOO_FAST);
    assert_eq!(client.messages().last().unwrap().send, SendMark::NotSentYet);
}

#[test]
fn how_far_a_channel_was_read_is_told_again_where_it_came_too_soon() {
    let mut client = Client::inside();
    client.line(&event("C2", 4, "U2", "a"));
    client.person(open("C2"));
    client.answer(history("C2"), 200, &page(1..=4));
    client.give(Input::Rang(Timer::Read));
    let told = client.commands("read").pop().unwrap();
    assert_eq!(told["seq"], 4);
    client.line(&limited(&told, 450));
    assert_eq!(client.woken(&Timer::Read), Some(450));
    client.give(Input::Rang(Timer::Read));
    let again = client.commands("read").pop().unwrap();
    assert_eq!(
        (&again["channel"], &again["seq"]),
        (&json!("C2"), &json!(4))
    );
}
