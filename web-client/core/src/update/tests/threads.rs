//! Threads.

use super::*;
use crate::{message_keys::MessageAct, view::ThreadPane};

fn reply(seq: u64, user: &str, id: &str, also: bool) -> Value {
    let mut event = event("C1", seq, user, id);
    event["thread"] = json!(2);
    if also {
        event["also_to_channel"] = json!(true);
    }
    event
}

fn thread_page() -> Value {
    json!({"epoch": "e", "has_more": false, "has_before": false, "has_after": false, "messages": [
        {"seq": 2, "at": 2, "user": "U2", "text": "text 2", "reply_count": 1, "last_reply_at": 4,
            "reply_users": ["U2"]},
        {"seq": 4, "at": 4, "user": "U2", "text": "first reply", "thread": 2}]})
}

/// Somebody who has opened the thread of message 2, which has one reply.
fn in_thread() -> Client {
    let mut client = Client::inside();
    client.line(&reply(4, "U2", "r", false));
    client.person(Intent::Message(MessageAct::Reply, 2));
    let asked = page_of("C1", Some(2), Anchor::Newest);
    assert!(client.calls().contains(&asked));
    client.answer(asked, 200, &thread_page());
    client
}

fn pane_of(client: &Client) -> ThreadPane {
    *client.chat().thread.unwrap()
}

fn replies(client: &Client) -> Vec<u64> {
    let items = pane_of(client).items.into_iter();
    items
        .filter_map(|item| match item {
            Item::Message(message) => Some(message.seq.unwrap_or(0)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_reply_stands_in_its_thread_and_is_counted_at_its_root() {
    let client = in_thread();
    assert_eq!(client.messages().len(), 3);
    let root = client.messages()[1].replies.clone().unwrap();
    assert_eq!((root.count.as_str(), root.faces.len()), ("1 reply", 1));
    assert_eq!(replies(&client), [2, 4]);
    assert_eq!(client.state.route.url(None), "/c/C1/t/2");
}

#[test]
fn a_reply_that_is_sent_goes_to_the_thread_and_shows_there_at_once() {
    let mut client = in_thread();
    client.taken();
    client.person(Intent::AlsoToChannel(true));
    client.person(Intent::InThread(Box::new(send("my reply"))));
    assert_eq!(replies(&client), [2, 4, 0]);
    assert_eq!(
        client.messages().len(),
        4,
        "it is to stand in the channel, too"
    );
    let sent = client.commands("send");
    assert_eq!(
        (&sent[0]["thread"], &sent[0]["also_to_channel"]),
        (&json!(2), &json!(true))
    );
    let id = sent[0]["client_message_id"].as_str().unwrap().to_owned();
    client.line(
        &json!({"re": sent[0]["id"], "ok": {"seq": 5, "at": 9, "epoch": "e",
        "duplicate": false}}),
    );
    client.line(&reply(5, "U1", &id, true));
    assert_eq!(replies(&client), [2, 4, 5]);
    let channel = client.messages();
    assert_eq!(channel[1].replies.as_ref().unwrap().count, "2 replies");
    let quoted = channel[3].reply_to.as_ref().unwrap();
    assert_eq!((quoted.root, quoted.words.as_str()), (2, "text 2"));
    assert!(!pane_of(&client).also.1, "the tick is for one reply");
}

#[test]
fn a_thread_has_a_draft_of_its_own() {
    let mut client = in_thread();
    let typed = Intent::Type("half".to_owned());
    client.person(Intent::InThread(Box::new(typed)));
    client.person(Intent::CloseThread);
    assert!(client.chat().thread.is_none());
    client.person(Intent::Message(MessageAct::Reply, 2));
    assert_eq!(pane_of(&client).composer.unwrap().text, "half");
}

#[test]
fn a_change_is_seen_in_channel_and_thread_at_once() {
    let mut client = in_thread();
    client.person(Intent::React(2, "👍".to_owned()));
    assert_eq!(client.messages()[1].reactions.len(), 1);
    let Item::Message(root) = &pane_of(&client).items[1] else {
        panic!("no root");
    };
    assert_eq!(root.reactions.len(), 1);
}

#[test]
fn a_deleted_root_leaves_a_tombstone_while_it_has_replies() {
    let mut client = in_thread();
    let gone = |seq: u64, target: u64, thread: Option<u64>| {
        json!({"event": "message_deleted", "channel": "C1", "seq": seq, "at": 9, "user": "U2",
            "target": target, "thread": thread})
    };
    client.line(&gone(5, 2, None));
    assert!(client.messages()[1].deleted);
    client.person(Intent::CloseThread);
    client.line(&gone(6, 4, Some(2)));
    assert_eq!(client.messages().len(), 2);
}

#[test]
fn closing_a_thread_gives_the_focus_to_its_root() {
    let mut client = in_thread();
    client.taken();
    client.person(Intent::CloseThread);
    assert!(client.taken().contains(&Effect::FocusMessage(2)));
    assert_eq!(client.state.route.url(None), "/c/C1");
}

#[test]
fn a_thread_in_the_address_is_opened_with_its_channel() {
    let mut client = Client::new();
    client.start("/c/C1/t/2", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    client.answer(history("C1"), 200, &page(1..=3));
    client.answer(page_of("C1", Some(2), Anchor::Newest), 200, &thread_page());
    assert_eq!(replies(&client), [2, 4]);
}

#[test]
fn the_root_of_a_long_thread_is_looked_up() {
    let mut client = Client::new();
    client.start("/c/C1/t/2", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let mut newest = thread_page();
    newest["messages"].as_array_mut().unwrap().remove(0);
    newest["has_before"] = json!(true);
    client.answer(page_of("C1", Some(2), Anchor::Newest), 200, &newest);
    let asked = Call::Message {
        channel: ChannelId::parse("C1").unwrap(),
        seq: 2,
    };
    assert!(client.calls().contains(&asked));
    client.answer(asked, 200, &page(2..=2));
    assert_eq!(replies(&client), [2, 4]);
}

#[test]
fn a_thread_that_is_not_there_says_so() {
    let mut client = Client::inside();
    client.person(Intent::Follow("/c/C1/t/77".to_owned()));
    let mut nothing = page(1..=1);
    nothing["messages"] = json!([]);
    client.answer(page_of("C1", Some(77), Anchor::Newest), 200, &nothing);
    assert!(client.chat().thread.is_none());
    assert!(client.chat().alert.is_some());
}

#[test]
fn older_replies_are_loaded_page_by_page() {
    let mut client = Client::inside();
    client.person(Intent::Message(MessageAct::Reply, 2));
    let mut newest = thread_page();
    newest["messages"].as_array_mut().unwrap().remove(0);
    newest["has_before"] = json!(true);
    client.answer(page_of("C1", Some(2), Anchor::Newest), 200, &newest);
    let up = Intent::Scrolled(ScrollPlace {
        near_top: true,
        ..ScrollPlace::default()
    });
    client.taken();
    client.person(Intent::InThread(Box::new(up)));
    assert_eq!(client.calls(), [page_of("C1", Some(2), Anchor::Before(4))]);
}
