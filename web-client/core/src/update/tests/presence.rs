//! Who writes and who is there.

use super::*;
use crate::{
    presence::{IDLE_MS, Status},
    view::Footer,
};

fn typing(user: &str) -> Value {
    json!({"event": "typing", "channel": "C1", "user": user})
}

fn presence(user: &str, status: &str) -> Value {
    json!({"event": "presence", "channel": user, "user": user, "status": status, "last_seen_ms": 5})
}

fn write(text: &str) -> Intent {
    Intent::Type(text.to_owned())
}

impl Client {
    fn says_typing(&self) -> String {
        match self.pane().footer {
            Footer::Composer(composer) => composer.typing,
            footer => panic!("{footer:?}"),
        }
    }

    /// Whoever is shown is watched; gives whom the gateway was asked for.
    fn settle(&mut self) -> Vec<Value> {
        self.taken();
        self.give(Input::Rang(Timer::Watch));
        self.commands("watch")
    }

    /// Time passes in which nobody does anything.
    fn rest(&mut self, ms: u64) {
        for _ in 0..ms / 20_000 {
            self.now_ms += 20_000;
            self.give(Input::Rang(Timer::Heartbeat));
            self.give(Input::Frame(self.dial, "pong".to_owned()));
        }
        self.taken();
        self.give(Input::Rang(Timer::Idle));
    }

    fn status(&self, user: &str) -> Option<Status> {
        let user = UserId::parse(user).unwrap();
        self.chat().presence.get(&user).map(|seen| seen.status)
    }
}

#[test]
fn writing_is_told_at_most_every_three_seconds_and_without_an_id() {
    let mut client = Client::inside();
    client.person(write("h"));
    client.person(write("hi"));
    assert_eq!(
        client.commands("typing"),
        [json!({"op": "typing", "channel": "C1"})]
    );
    client.now_ms += 3_000;
    client.person(write("hi "));
    assert_eq!(client.commands("typing").len(), 1);
    client.now_ms += 3_000;
    client.person(write(""));
    assert_eq!(
        client.commands("typing").len(),
        0,
        "nothing is written any more"
    );
}

#[test]
fn one_two_and_several_who_write_are_named_until_they_stop() {
    let mut client = Client::inside();
    client.line(&typing("U1"));
    assert_eq!(client.says_typing(), "", "oneself");
    client.line(&typing("U2"));
    assert_eq!(client.says_typing(), "Ben is typing…");
    assert_eq!(client.woken(&Timer::Typing), Some(5_000));
    client.now_ms += 5_000;
    client.give(Input::Rang(Timer::Typing));
    assert_eq!(client.says_typing(), "");
}

#[test]
fn whoever_has_sent_their_message_writes_no_more() {
    let mut client = Client::inside();
    client.line(&typing("U2"));
    client.line(&event("C1", 4, "U2", "a"));
    assert_eq!(client.says_typing(), "");
}

#[test]
fn whoever_is_shown_is_watched_and_their_presence_shown() {
    let mut client = Client::inside();
    client.give(Input::Rang(Timer::Watch));
    let watch = client.commands("watch").pop().unwrap();
    assert_eq!(watch["users"], json!(["U1", "U2"]));
    let told = json!([{"user": "U2", "status": "away", "last_seen_ms": 1}]);
    client.line(&json!({"re": watch["id"], "ok": {"presence": told}}));
    assert_eq!(client.status("U2"), Some(Status::Away));
    client.line(&presence("U2", "active"));
    assert_eq!(client.status("U2"), Some(Status::Active));
    client.line(&presence("U7", "active"));
    assert_eq!(client.status("U7"), None, "nobody has asked");
    assert_eq!(client.settle(), Vec::<Value>::new(), "nobody else is shown");
}

#[test]
fn a_new_connection_watches_anew() {
    let mut client = Client::inside();
    assert_eq!(client.settle().len(), 1);
    client.close(1006, "");
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    assert_eq!(client.settle()[0]["users"], json!(["U1", "U2"]));
}

#[test]
fn a_gateway_that_knows_no_presence_is_not_asked_again() {
    let mut client = Client::inside();
    let watch = client.settle().pop().unwrap();
    let refusal = json!({"code": "unknown_op", "message": "no"});
    client.line(&json!({"re": watch["id"], "error": refusal}));
    client.line(&event("C1", 4, "U8", "a"));
    assert_eq!(client.settle(), Vec::<Value>::new());
    assert_eq!(client.chat().alert, None);
}

#[test]
fn ten_minutes_without_a_sign_are_told_as_away_and_the_first_sign_as_active() {
    let mut client = Client::inside();
    client.person(write("h"));
    client.rest(IDLE_MS - 20_000);
    assert_eq!(client.commands("activity"), Vec::<Value>::new());
    client.rest(20_000);
    assert_eq!(
        client.commands("activity"),
        [json!({"op": "activity", "status": "away"})]
    );
    client.give(Input::Active);
    assert_eq!(
        client.commands("activity"),
        [json!({"op": "activity", "status": "active"})]
    );
    client.give(Input::Active);
    assert_eq!(client.commands("activity"), Vec::<Value>::new());
}

#[test]
fn who_was_away_is_away_on_a_new_connection() {
    let mut client = Client::inside();
    client.rest(IDLE_MS);
    client.close(1006, "");
    client.taken();
    client.give(Input::Rang(Timer::Reconnect));
    client.greet();
    assert_eq!(client.commands("activity").len(), 1);
}
