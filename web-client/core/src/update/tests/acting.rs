//! What is done to messages.

use super::*;
use crate::{input::DialogKind, message_keys::MessageAct};

fn done(client: &mut Client, id: &Value, seq: u64) {
    client.line(&json!({"re": id, "ok": {"seq": seq}}));
}

fn refused(client: &mut Client, id: &Value, code: &str) {
    client.line(&json!({"re": id, "error": {"code": code, "message": "no"}}));
}

fn act(client: &mut Client, act: MessageAct, seq: u64) {
    client.person(Intent::Message(act, seq));
}

/// Somebody inside, whose own message stands at 4.
fn with_own() -> Client {
    let mut client = Client::inside();
    client.line(&event("C1", 4, "U1", "own"));
    client.taken();
    client
}

fn edited(seq: u64, target: u64, user: &str, text: &str) -> Value {
    json!({"event": "message_edited", "channel": "C1", "seq": seq, "at": 1_700_000_000_500_u64,
        "user": user, "target": target, "text": text, "mentions": []})
}

fn deleted(seq: u64, target: u64, user: &str) -> Value {
    json!({"event": "message_deleted", "channel": "C1", "seq": seq, "at": 1_700_000_000_500_u64,
        "user": user, "target": target})
}

fn reaction(seq: u64, name: &str, user: &str, target: u64) -> Value {
    json!({"event": name, "channel": "C1", "seq": seq, "at": 1_700_000_000_500_u64,
        "user": user, "target": target, "emoji": "👍"})
}

fn said(message: &MessageView) -> String {
    format!("{:?}", message.text)
}

fn labels(client: &Client) -> Vec<String> {
    let last = client.messages().pop().unwrap();
    last.reactions.into_iter().map(|one| one.label).collect()
}

#[test]
fn what_others_change_is_seen() {
    let mut client = Client::inside();
    client.line(&edited(4, 3, "U2", "better"));
    client.line(&deleted(5, 2, "U2"));
    let messages = client.messages();
    assert_eq!(messages.len(), 2, "a deleted message leaves nothing");
    assert!(said(&messages[1]).contains("better"));
    assert_eq!(messages[1].edited, Some(1_700_000_000_500));
}

#[test]
fn an_edit_is_seen_at_once_and_stays_when_its_event_comes() {
    let mut client = with_own();
    act(&mut client, MessageAct::Edit, 4);
    assert_eq!(client.messages()[3].editing.as_deref(), Some("hello"));
    client.person(Intent::SaveEdit("bye".to_owned()));
    assert_eq!(client.messages()[3].editing, None);
    assert!(said(&client.messages()[3]).contains("bye"));
    let sent = client.commands("edit");
    assert_eq!(
        (&sent[0]["seq"], &sent[0]["text"]),
        (&json!(4), &json!("bye"))
    );
    done(&mut client, &sent[0]["id"], 5);
    assert!(said(&client.messages()[3]).contains("bye"));
    client.line(&edited(5, 4, "U1", "bye"));
    assert!(said(&client.messages()[3]).contains("bye"));
}

#[test]
fn a_refused_edit_is_undone_with_the_reason_and_what_was_typed_stays() {
    let mut client = with_own();
    act(&mut client, MessageAct::Edit, 4);
    client.person(Intent::SaveEdit("bye".to_owned()));
    let sent = client.commands("edit");
    refused(&mut client, &sent[0]["id"], "archived");
    let own = &client.messages()[3];
    assert!(said(own).contains("hello"));
    assert_eq!(own.editing.as_deref(), Some("bye"));
    assert!(client.chat().alert.unwrap().contains("archived"));
}

#[test]
fn an_edit_that_changes_nothing_is_not_sent() {
    let mut client = with_own();
    act(&mut client, MessageAct::Edit, 4);
    client.person(Intent::SaveEdit("hello\n".to_owned()));
    assert!(client.commands("edit").is_empty());
}

#[test]
fn a_message_without_a_text_is_deleted_once_asked() {
    let mut client = with_own();
    act(&mut client, MessageAct::Edit, 4);
    client.person(Intent::SaveEdit(" \n".to_owned()));
    assert_eq!(
        client.chat().dialog.unwrap().kind,
        DialogKind::DeleteMessage
    );
    assert!(client.commands("delete").is_empty());
    client.person(Intent::DeleteMessage);
    assert_eq!(client.commands("delete")[0]["seq"], json!(4));
    assert_eq!(client.messages().len(), 3);
}

#[test]
fn a_refused_deletion_brings_the_message_back() {
    let mut client = with_own();
    act(&mut client, MessageAct::Delete, 4);
    client.person(Intent::DeleteMessage);
    let sent = client.commands("delete");
    refused(&mut client, &sent[0]["id"], "forbidden");
    assert_eq!(client.messages().len(), 4);
    assert!(client.chat().alert.is_some());
}

#[test]
fn arrow_up_changes_the_last_own_message_and_leads_back_to_the_composer() {
    let mut client = with_own();
    client.line(&event("C1", 5, "U2", "later"));
    client.person(Intent::EditLast);
    assert!(client.messages()[3].editing.is_some());
    client.taken();
    client.person(Intent::CancelEdit);
    assert!(client.taken().contains(&Effect::FocusComposer));
}

#[test]
fn a_reaction_is_seen_at_once_counted_once_and_taken_back_by_reacting_again() {
    let mut client = with_own();
    client.person(Intent::React(4, "👍".to_owned()));
    assert_eq!(labels(&client), ["👍 1: you"]);
    let sent = client.commands("react");
    done(&mut client, &sent[0]["id"], 5);
    client.line(&reaction(5, "reaction_added", "U1", 4));
    client.line(&reaction(6, "reaction_added", "U2", 4));
    assert_eq!(labels(&client), ["👍 2: Ben and you"]);
    client.person(Intent::React(4, "👍".to_owned()));
    assert_eq!(labels(&client), ["👍 1: Ben"]);
    let sent = client.commands("unreact");
    assert_eq!(
        (&sent[0]["seq"], &sent[0]["emoji"]),
        (&json!(4), &json!("👍"))
    );
}

#[test]
fn what_is_done_offline_is_seen_and_sent_in_order_afterwards() {
    let mut client = with_own();
    client.close(4000, "");
    client.person(Intent::React(3, "👍".to_owned()));
    act(&mut client, MessageAct::Edit, 4);
    client.person(Intent::SaveEdit("bye".to_owned()));
    assert!(said(&client.messages()[3]).contains("bye"));
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    let sent = client.commands("react");
    assert_eq!(sent.len(), 1);
    done(&mut client, &sent[0]["id"], 5);
    assert_eq!(client.commands("edit").len(), 1);
}

#[test]
fn an_act_that_came_too_fast_is_sent_again_when_it_may() {
    let mut client = with_own();
    client.person(Intent::React(4, "👍".to_owned()));
    let sent = client.commands("react");
    client.line(
        &json!({"re": sent[0]["id"], "error": {"code": "rate_limited", "message": "no",
        "retry_after_ms": 700}}),
    );
    let timer = Timer::Resend(ChannelId::parse("C1").unwrap());
    assert_eq!(client.woken(&timer), Some(700));
    assert_eq!(labels(&client), ["👍 1: you"]);
    client.give(Input::Rang(timer));
    assert_eq!(client.commands("react").len(), 1);
}

#[test]
fn only_what_one_may_do_is_offered() {
    let client = with_own();
    let messages = client.messages();
    assert_eq!(messages[3].offered, "arecud");
    assert_eq!(
        messages[0].offered, "arcud",
        "the owner of a workspace may delete"
    );
    let mut client = with_own();
    client.line(
        &json!({"event": "role_given", "channel": "U1", "seq": 2, "at": 1, "user": "U2",
        "role": "member"}),
    );
    assert_eq!(client.messages()[0].offered, "arcu");
}

#[test]
fn what_is_marked_unread_stays_so_until_the_channel_is_left() {
    let mut client = Client::inside();
    act(&mut client, MessageAct::MarkUnread, 2);
    assert_eq!(client.commands("mark_unread")[0]["seq"], json!(2));
    client.line(
        &json!({"event": "read", "channel": "U1", "seq": 2, "at": 1, "user": "U1",
        "subject": "C1", "last_read_seq": 1, "unread": 2, "mentions": 0, "counted_seq": 3}),
    );
    assert_eq!(client.badge("general"), Some(2));
    let items = client.pane().items;
    let line = items.iter().position(|item| *item == Item::NewMessages);
    assert!(matches!(&items[line.unwrap() + 1], Item::Message(first) if first.seq == Some(2)));
    client.line(&event("C1", 4, "U2", "a"));
    client.person(Intent::Scrolled(ScrollPlace {
        at_bottom: true,
        ..ScrollPlace::default()
    }));
    assert_eq!(client.badge("general"), Some(3));
    client.person(open("C2"));
    client.person(open("C1"));
    assert_eq!(client.badge("general"), None);
}

#[test]
fn without_a_connection_nothing_is_marked_unread() {
    let mut client = Client::inside();
    client.close(4000, "");
    act(&mut client, MessageAct::MarkUnread, 2);
    assert_eq!(client.badge("general"), None);
    assert!(client.chat().alert.is_some());
}

#[test]
fn emoji_are_fetched_when_they_are_first_asked_for_and_the_ones_used_last_come_first() {
    let mut client = with_own();
    act(&mut client, MessageAct::React, 4);
    assert_eq!(client.calls(), [Call::Emoji]);
    client.give(Input::Answered {
        call: Call::Emoji,
        answer: Answer::Came {
            status: 200,
            body: "= People\n👍 +1 thumbsup\n🎉 tada party\n".to_owned(),
        },
    });
    client.person(Intent::Filter("part".to_owned()));
    let found = client.chat().dialog.unwrap().emoji;
    assert_eq!(found[0].emoji, [("🎉".to_owned(), "tada".to_owned())]);
    client.person(Intent::PickEmoji("🎉".to_owned()));
    assert_eq!(labels(&client), ["🎉 1: you"]);
    assert!(client.chat().dialog.is_none());
    act(&mut client, MessageAct::React, 4);
    assert!(client.calls().is_empty());
    let sections = client.chat().dialog.unwrap().emoji;
    assert_eq!(sections[0].emoji, [("🎉".to_owned(), "tada".to_owned())]);
    assert_eq!(sections[1].title, "People");
}
