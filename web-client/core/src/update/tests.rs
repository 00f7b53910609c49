//! The client as a whole, from inputs to effects and view.

use protocol::{
    error::{Code, Problem, Refusal},
    id::ChannelId,
    message::ClientMessageId,
};
use serde_json::{Value, json};

use super::*;
use crate::{
    call::Request,
    input::ScrollPlace,
    view::{ChannelPane, ChatView, Item, MessageView, Page, PaneView, SendMark, view},
};

/// A client with a clock, and everything it wanted done since it was last asked.
struct Client {
    state: State,
    now_ms: u64,
    ids: u8,
    effects: Vec<Effect>,
    dial: u32,
}

impl Client {
    fn new() -> Self {
        Self {
            state: State::new(|_| 0),
            now_ms: 1_700_000_000_000,
            ids: 0,
            effects: Vec::new(),
            dial: 0,
        }
    }

    fn give(&mut self, input: Input) {
        self.ids += 1;
        let moment = Moment {
            now_ms: self.now_ms,
            random: [self.ids; 16],
        };
        let effects = update(&mut self.state, input, &moment);
        for effect in &effects {
            if let Effect::Dial { dial, .. } = effect {
                self.dial = *dial;
            }
        }
        self.effects.extend(effects);
    }

    fn start(&mut self, path: &str, query: &str, stored: Vec<(String, String)>) {
        self.give(Input::Started {
            path: path.to_owned(),
            query: query.to_owned(),
            stored,
            visible: true,
        });
    }

    fn person(&mut self, intent: Intent) {
        self.give(Input::Person(intent));
    }

    fn answer(&mut self, call: Call, status: u16, body: &Value) {
        self.give(Input::Answered {
            call,
            answer: Answer::Came {
                status,
                body: body.to_string(),
            },
        });
    }

    fn refuse(&mut self, call: Call, code: Code) {
        let problem = Problem::from(Refusal::new(code, "no"));
        self.answer(call, problem.status, &json!(problem));
    }

    fn line(&mut self, line: &Value) {
        self.give(Input::Frame(self.dial, line.to_string()));
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.give(Input::Closed {
            dial: self.dial,
            code,
            reason: reason.to_owned(),
        });
    }

    fn greet(&mut self) {
        self.give(Input::Opened(self.dial));
        self.line(&json!({"re": 1, "ok": {
            "connection": "x", "user": "U1", "workspace": "T1", "region": "weur",
            "gateway": "weur/0", "heartbeat_ms": 25_000, "server_ms": 0,
        }}));
        for log in ["U1", "T1"] {
            self.line(&json!({"sync": log, "epoch": "e", "seq": 1, "recovered": false}));
        }
    }

    /// Somebody who is in `general` and `random`, connected, with general open and three messages in it.
    fn inside() -> Self {
        let mut client = Self::new();
        client.start("/", "", vec![]);
        client.answer(Call::Boot, 200, &boot());
        client.answer(people(), 200, &users());
        client.answer(history("C1"), 200, &page(1..=3));
        client.greet();
        client.answer(Call::Boot, 200, &boot());
        client.sync("C1", 3, false);
        client.sync("C2", 3, false);
        client.taken();
        client
    }

    fn sync(&mut self, log: &str, seq: u64, recovered: bool) {
        self.line(&json!({"sync": log, "epoch": "e", "seq": seq, "recovered": recovered}));
    }

    fn taken(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn calls(&mut self) -> Vec<Call> {
        self.taken()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Http(Request { call, .. }) => Some(call),
                _ => None,
            })
            .collect()
    }

    /// The commands sent since the last time, of this op.
    fn commands(&mut self, op: &str) -> Vec<Value> {
        self.taken()
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Frame(frame) => serde_json::from_str::<Value>(&frame).ok(),
                _ => None,
            })
            .filter(|command| command["op"] == op)
            .collect()
    }

    fn woken(&mut self, wanted: &Timer) -> Option<u64> {
        self.taken().into_iter().find_map(|effect| match effect {
            Effect::Wake { timer, after_ms } if timer == *wanted => Some(after_ms),
            _ => None,
        })
    }

    fn chat(&self) -> ChatView {
        match view(&self.state).page {
            Page::Chat(chat) => *chat,
            page => panic!("{page:?}"),
        }
    }

    fn pane(&self) -> ChannelPane {
        match self.chat().pane {
            PaneView::Channel(pane) => *pane,
            pane @ PaneView::Blank { .. } => panic!("{pane:?}"),
        }
    }

    fn messages(&self) -> Vec<MessageView> {
        self.pane()
            .items
            .into_iter()
            .filter_map(|item| match item {
                Item::Message(message) => Some(*message),
                _ => None,
            })
            .collect()
    }

    fn badge(&self, name: &str) -> Option<u32> {
        let rows = self.chat().sidebar.channels;
        rows.iter().find(|row| row.name == name).unwrap().badge
    }
}

fn channel(id: &str, name: &str, seq: u64) -> Value {
    json!({"id": id, "name": name, "kind": "public", "archived": false, "member": true,
        "member_count": 2, "epoch": "e", "seq": seq})
}

fn boot() -> Value {
    let own = |id, name| {
        let mut channel = channel(id, name, 3);
        channel["last_read_seq"] = json!(3);
        channel["unread"] = json!(0);
        channel["mentions"] = json!(0);
        channel
    };
    json!({"user": {"id": "U1", "display_name": "Ana", "role": "owner"},
        "workspace": {"id": "T1", "name": "Acme"},
        "channels": [own("C1", "general"), own("C2", "random")],
        "socket": {"url": "/api/v1/socket", "region": "weur"}, "ring": {"version": 1}})
}

fn users() -> Value {
    json!({"users": [{"id": "U1", "display_name": "Ana", "role": "owner"},
        {"id": "U2", "display_name": "Ben", "role": "member"}], "next_cursor": null})
}

fn page(seqs: std::ops::RangeInclusive<u64>) -> Value {
    let messages: Vec<Value> = seqs
        .map(|seq| json!({"seq": seq, "at": seq, "user": "U2", "text": format!("text {seq}")}))
        .collect();
    json!({"epoch": "e", "messages": messages, "has_more": false, "has_before": false,
        "has_after": false})
}

fn event(log: &str, seq: u64, user: &str, id: &str) -> Value {
    json!({"event": "message", "channel": log, "seq": seq, "at": 1_700_000_000_000_u64,
        "user": user, "text": "hello", "client_message_id": id, "mentions": []})
}

fn people() -> Call {
    Call::Users { cursor: None }
}

fn history(channel: &str) -> Call {
    Call::History {
        channel: ChannelId::parse(channel).unwrap(),
        before: None,
    }
}

fn open(channel: &str) -> Intent {
    Intent::Open(ChannelId::parse(channel).unwrap())
}

fn send(text: &str) -> Intent {
    Intent::Send(text.to_owned())
}

#[test]
fn without_a_session_one_signs_up() {
    let mut client = Client::new();
    client.start("/c/C1", "?region=weur", vec![]);
    client.refuse(Call::Boot, Code::NotAuthenticated);
    assert!(matches!(view(&client.state).page, Page::Door(_)));
}

#[test]
fn the_region_goes_into_boot_and_stays_in_the_address() {
    let mut client = Client::new();
    client.start("/", "?region=weur", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let effects = client.taken();
    assert!(effects.iter().any(|effect| matches!(effect,
        Effect::Http(request) if request.url == "/api/v1/boot?region=weur")));
    assert!(effects.iter().any(|effect| matches!(effect,
        Effect::Navigate { url, .. } if url == "/c/C1?region=weur")));
}

#[test]
fn a_founder_gets_a_general_channel() {
    let mut client = Client::new();
    client.start("/", "", vec![]);
    client.refuse(Call::Boot, Code::NotAuthenticated);
    client.person(Intent::SignUp {
        workspace: " Acme ".to_owned(),
        name: "Ana".to_owned(),
    });
    let call = client.calls().pop().unwrap();
    let signed_in = json!({"workspace": {"id": "T1", "name": "Acme"},
        "user": {"id": "U1", "display_name": "Ana", "role": "owner"}, "token": "t"});
    client.answer(call, 201, &signed_in);
    let mut empty = boot();
    empty["channels"] = json!([]);
    client.answer(Call::Boot, 200, &empty);
    let create = client
        .calls()
        .into_iter()
        .find(|call| matches!(call, Call::CreateChannel { name, .. } if name == "general"));
    client.answer(
        create.unwrap(),
        201,
        &json!({"channel": channel("C9", "general", 1)}),
    );
    assert_eq!(client.pane().header.name, "general");
}

#[test]
fn a_guest_joins_general() {
    let mut client = Client::new();
    client.start("/invite/abc", "", vec![]);
    client.person(Intent::AcceptInvite {
        name: "Ben".to_owned(),
    });
    let call = client.calls().pop().unwrap();
    let signed_in = json!({"workspace": {"id": "T1", "name": "Acme"},
        "user": {"id": "U1", "display_name": "Ben", "role": "member"}, "token": "t"});
    client.answer(call, 201, &signed_in);
    let mut empty = boot();
    empty["channels"] = json!([]);
    client.answer(Call::Boot, 200, &empty);
    let mut general = channel("C1", "general", 3);
    general["member"] = json!(false);
    client.taken();
    client.answer(
        Call::Channels { cursor: None },
        200,
        &json!({"channels": [general], "next_cursor": null}),
    );
    let join = client.calls().pop().unwrap();
    client.answer(join, 200, &json!({}));
    assert_eq!(client.pane().header.name, "general");
    assert!(matches!(
        client.pane().footer,
        crate::view::Footer::Composer(_)
    ));
}

#[test]
fn a_link_that_is_over_says_so() {
    let mut client = Client::new();
    client.start("/invite/abc", "", vec![]);
    client.person(Intent::AcceptInvite {
        name: "Ben".to_owned(),
    });
    let call = client.calls().pop().unwrap();
    client.refuse(call, Code::NotFound);
    let Page::Door(door) = view(&client.state).page else {
        panic!("not at the door");
    };
    assert_eq!(door.failure, Some(strings::LINK_OVER));
}

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
fn a_blank_or_too_long_text_is_not_sent() {
    let mut client = Client::inside();
    client.person(send(" \n "));
    client.person(send(&"x".repeat(17 * 1024)));
    assert_eq!(client.messages().len(), 3);
    assert!(client.commands("send").is_empty());
}

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

#[test]
fn a_removed_user_is_led_elsewhere_and_told() {
    let mut client = Client::inside();
    client.line(
        &json!({"event": "left", "channel": "U1", "seq": 2, "at": 1, "user": "U2",
        "subject": "C1"}),
    );
    assert_eq!(client.pane().header.name, "random");
    assert_eq!(
        client.chat().alert.as_deref(),
        Some("You are no longer in #general.")
    );
}

#[test]
fn a_person_who_joins_is_known_at_once() {
    let mut client = Client::inside();
    client.line(
        &json!({"event": "user_joined", "channel": "T1", "seq": 2, "at": 1,
        "user": "U3", "subject": "U3", "display_name": "Cem"}),
    );
    client.line(&event("C1", 4, "U3", "a"));
    assert_eq!(client.messages().pop().unwrap().author, "Cem");
}

#[test]
fn go_away_waits_as_told() {
    let mut client = Client::inside();
    client.close(4000, r#"{"retry_after_ms":9000}"#);
    let wait = client.woken(&Timer::Reconnect).unwrap();
    assert!((9_000..12_000).contains(&wait), "{wait}");
}

#[test]
fn a_session_that_ended_leads_to_the_door() {
    let mut client = Client::inside();
    client.close(4500, "");
    let Page::Door(door) = view(&client.state).page else {
        panic!("still inside");
    };
    assert_eq!(door.notice, Some(strings::SIGNED_OUT));
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
fn an_unknown_channel_is_looked_for_and_then_named_as_such() {
    let mut client = Client::new();
    client.start("/c/C404", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let nothing = json!({"channels": [], "next_cursor": null});
    client.answer(Call::Channels { cursor: None }, 200, &nothing);
    assert!(matches!(
        client.chat().pane,
        PaneView::Blank {
            problem: Some(_),
            ..
        }
    ));
}

#[test]
fn a_public_channel_can_be_read_before_it_is_joined() {
    let mut client = Client::new();
    client.start("/c/C7", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let mut open_channel = channel("C7", "open", 3);
    open_channel["member"] = json!(false);
    let found = json!({"channels": [open_channel], "next_cursor": null});
    client.answer(Call::Channels { cursor: None }, 200, &found);
    client.answer(history("C7"), 200, &page(1..=3));
    assert_eq!(client.messages().len(), 3);
    assert!(matches!(
        client.pane().footer,
        crate::view::Footer::Join { .. }
    ));
}

#[test]
fn signing_out_takes_along_what_was_left_in_the_storage() {
    let mut client = Client::inside();
    client.close(1006, "");
    client.person(send("never sent"));
    client.taken();
    client.person(Intent::SignOut);
    client.answer(Call::SignOut, 204, &json!(null));
    let forgotten = client
        .taken()
        .into_iter()
        .filter(|effect| matches!(effect, Effect::Forget { key } if key.contains("/outbox/")));
    assert_eq!(forgotten.count(), 1);
}

#[test]
fn a_failed_message_of_an_ended_session_is_there_again_after_signing_in() {
    let mut client = Client::inside();
    client.close(1006, "");
    client.person(send("kept"));
    client.give(Input::Rang(Timer::Reconnect));
    client.close(4500, "");
    client.give(Input::Navigated {
        path: "/".to_owned(),
    });
    client.answer(Call::Boot, 200, &boot());
    client.answer(history("C1"), 200, &page(1..=3));
    assert_eq!(client.messages().len(), 4);
    let id = client.messages().pop().unwrap().client_message_id;
    assert!(id.is_some_and(|id| ClientMessageId::parse(id.as_str()).is_ok()));
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
