//! Messages on their way.

use super::*;

#[test]
fn a_message_stands_there_at_once_and_its_ack_replaces_it_in_place() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let before = client.messages().pop().unwrap();
    assert_eq!(before.send, SendMark::Sending);
    let command = client.commands("send").pop().unwrap();
    client.line(&json!({"re": command["id"],
        "ok": {"seq": 4, "at": 5, "epoch": "e", "duplicate": false}}));
    let after = client.messages().pop().unwrap();
    assert_eq!((&after.key, after.send), (&before.key, SendMark::Sent));
    assert_eq!(client.messages().len(), 4);
}

#[test]
fn ack_and_event_make_one_message_whichever_comes_first() {
    for ack_first in [true, false] {
        let mut client = Client::inside();
        client.person(send("hello"));
        let command = client.commands("send").pop().unwrap();
        let id = command["client_message_id"].as_str().unwrap().to_owned();
        let ack = json!({"re": command["id"],
            "ok": {"seq": 4, "at": 5, "epoch": "e", "duplicate": false}});
        let event = event("C1", 4, "U1", &id);
        let lines = if ack_first {
            [ack, event]
        } else {
            [event, ack]
        };
        for line in &lines {
            client.line(line);
            assert_eq!(client.messages().len(), 4, "{ack_first}");
        }
        assert_eq!(client.messages().pop().unwrap().send, SendMark::Sent);
        let forgotten = client
            .taken()
            .iter()
            .any(|effect| matches!(effect, Effect::Forget { key } if key.ends_with(&id)));
        assert!(forgotten);
    }
}

#[test]
fn what_was_written_before_a_reload_is_sent_after_it_in_order() {
    let mut client = Client::inside();
    client.close(1006, "");
    client.taken();
    client.person(send("one"));
    client.now_ms += 5;
    client.person(send("two"));
    let rows: Vec<(String, String)> = client
        .taken()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Store { key, value } => Some((key, value)),
            _ => None,
        })
        .collect();
    assert_eq!(rows.len(), 2);

    let mut client = Client::new();
    client.start("/", "", rows.into_iter().rev().collect());
    client.answer(Call::Boot, 200, &boot());
    client.answer(history("C1"), 200, &page(1..=3));
    let texts: Vec<_> = client.messages().into_iter().map(|m| m.text).collect();
    assert_eq!(texts.len(), 5);
    client.greet();
    let first = client.commands("send");
    assert_eq!((first.len(), &first[0]["text"]), (1, &json!("one")));
    client.line(&json!({"re": first[0]["id"],
        "ok": {"seq": 4, "at": 5, "epoch": "e", "duplicate": false}}));
    assert_eq!(client.commands("send")[0]["text"], "two");
}

#[test]
fn what_was_on_its_way_is_sent_again_with_the_same_id() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let first = client.commands("send").pop().unwrap();
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    let second = client.commands("send").pop().unwrap();
    assert_eq!(first["client_message_id"], second["client_message_id"]);
}

#[test]
fn a_message_that_history_shows_leaves_the_outbox() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let row = client.taken().into_iter().find_map(|effect| match effect {
        Effect::Store { key, value } => Some((key, value)),
        _ => None,
    });
    let (key, value) = row.unwrap();
    let mut stored = page(1..=4);
    stored["messages"][3]["user"] = json!("U1");
    stored["messages"][3]["client_message_id"] = json!(key.rsplit('/').next());

    let mut client = Client::new();
    client.start("/", "", vec![(key.clone(), value)]);
    client.answer(Call::Boot, 200, &boot());
    client.answer(history("C1"), 200, &stored);
    assert_eq!(client.messages().len(), 4);
    assert!(client.taken().contains(&Effect::Forget { key }));
}

#[test]
fn a_message_that_history_shows_before_its_ack_holds_up_nothing_behind_it() {
    let mut client = Client::inside();
    client.close(1006, "");
    client.taken();
    client.person(send("one"));
    client.now_ms += 5;
    client.person(send("two"));
    let rows: Vec<(String, String)> = client
        .taken()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Store { key, value } => Some((key, value)),
            _ => None,
        })
        .collect();
    let mut stored = page(1..=4);
    stored["messages"][3]["user"] = json!("U1");
    stored["messages"][3]["client_message_id"] = json!(rows[0].0.rsplit('/').next());

    let mut client = Client::new();
    client.start("/", "", rows);
    client.answer(Call::Boot, 200, &boot());
    client.greet();
    assert_eq!(client.commands("send")[0]["text"], "one");
    client.answer(history("C1"), 200, &stored);
    assert_eq!(client.commands("send")[0]["text"], "two");
}

#[test]
fn a_refused_message_can_be_sent_again_or_thrown_away() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let command = client.commands("send").pop().unwrap();
    client.line(&json!({"re": command["id"], "error": {"code": "not_a_member", "message": ""}}));
    let failed = client.messages().pop().unwrap();
    assert!(matches!(failed.send, SendMark::Failed(_)));
    let id = failed.client_message_id.unwrap();
    client.person(Intent::Retry(id.clone()));
    let again = client.commands("send").pop().unwrap();
    assert_eq!(again["client_message_id"], command["client_message_id"]);
    client.line(&json!({"re": again["id"], "error": {"code": "not_a_member", "message": ""}}));
    client.person(Intent::Discard(id));
    assert_eq!(client.messages().len(), 3);
}

#[test]
fn a_rate_limited_message_waits_as_told_and_goes_again() {
    let mut client = Client::inside();
    client.person(send("hello"));
    let command = client.commands("send").pop().unwrap();
    client.line(&json!({"re": command["id"],
        "error": {"code": "rate_limited", "message": "", "retry_after_ms": 1500}}));
    let resend = Timer::Resend(ChannelId::parse("C1").unwrap());
    assert_eq!(client.woken(&resend), Some(1500));
    assert_eq!(client.messages().pop().unwrap().send, SendMark::NotSentYet);
    client.give(Input::Rang(resend));
    assert_eq!(client.commands("send").len(), 1);
}

#[test]
fn an_overloaded_server_is_given_the_time_it_asks_for_and_the_order_is_kept() {
    let mut client = Client::inside();
    client.person(send("first"));
    client.person(send("second"));
    let command = client.commands("send").pop().unwrap();
    client.line(&json!({"re": command["id"],
        "error": {"code": "overloaded", "message": "", "retry_after_ms": 9000}}));
    let resend = Timer::Resend(ChannelId::parse("C1").unwrap());
    assert_eq!(client.woken(&resend), Some(9000));
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    client.person(send("third"));
    assert!(client.commands("send").is_empty(), "not before the time");
    client.give(Input::Rang(resend));
    for text in ["first", "second", "third"] {
        let sent = client.commands("send");
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0]["text"], text);
        client.line(&json!({"re": sent[0]["id"],
            "ok": {"seq": 4, "at": 1, "epoch": "e", "duplicate": false}}));
    }
}

#[test]
fn a_blank_or_too_long_text_is_not_sent() {
    let mut client = Client::inside();
    client.person(send(" \n "));
    client.person(send(&"x".repeat(17 * 1024)));
    assert_eq!(client.messages().len(), 3);
    assert!(client.commands("send").is_empty());
}

#[test]
fn drafts_stay_with_their_channel() {
    let mut client = Client::inside();
    client.person(Intent::Type("half a thought".to_owned()));
    client.person(open("C2"));
    client.person(open("C1"));
    let crate::view::Footer::Composer(composer) = client.pane().footer else {
        panic!("no composer");
    };
    assert_eq!(composer.text, "half a thought");
    let written = client.taken().into_iter().any(
        |effect| matches!(effect, Effect::Store { key, .. } if key == "heliograph/U1/draft/C1"),
    );
    assert!(written);
}
