//! Adding people to a channel, and leaving it.

use super::{refreshing::without_general, *};
use crate::{
    input::DialogKind,
    view::{Choice, DialogView},
};

fn ben() -> UserId {
    UserId::parse("U2").unwrap()
}

fn add_ben() -> Call {
    Call::AddMember {
        channel: ChannelId::parse("C1").unwrap(),
        user: ben(),
    }
}

fn leave(channel: &str) -> Call {
    Call::Leave(ChannelId::parse(channel).unwrap())
}

fn left(channel: &str, seq: u64) -> Value {
    json!({"event": "left", "channel": "U1", "seq": seq, "at": 1, "user": "U1", "subject": channel})
}

fn ben_in_general(event: &str, seq: u64) -> Value {
    json!({"event": event, "channel": "C1", "seq": seq, "at": 1, "user": "U2", "subject": "U2"})
}

impl Client {
    fn dialog(&self) -> DialogView {
        self.chat().dialog.unwrap()
    }

    /// The words beside the one person in the dialog.
    fn words(&self) -> &'static str {
        match &self.dialog().people[..] {
            [person] => match person.choice {
                Choice::Press { words, .. } => words,
                Choice::Tick(_) => panic!("a tick box"),
            },
            people => panic!("{people:?}"),
        }
    }

    fn adding() -> Self {
        let mut client = Self::inside();
        client.person(Intent::OpenDialog(DialogKind::AddPeople));
        client.taken();
        client
    }

    fn leaving() -> Self {
        let mut client = Self::inside();
        client.person(Intent::OpenDialog(DialogKind::Leave));
        client.person(Intent::Leave);
        client
    }

    /// Somebody makes a channel or direct by `intent`.
    fn make(&mut self, intent: Intent, made: &Value) {
        self.person(intent);
        let call = self.calls().pop().unwrap();
        self.answer(call, 201, &json!({"channel": made}));
    }
}

#[test]
fn everybody_but_oneself_can_be_added() {
    let client = Client::adding();
    assert_eq!(client.dialog().title, "Add people to #general");
    assert_eq!(client.words(), "Add");
}

#[test]
fn somebody_is_added_once_and_marked() {
    let mut client = Client::adding();
    client.person(Intent::Pick(ben()));
    assert_eq!(client.words(), "Adding…");
    client.person(Intent::Pick(ben()));
    assert_eq!(client.calls(), [add_ben()]);
    let answer = json!({"channel": channel("C1", "general", 4)});
    client.answer(add_ben(), 200, &answer);
    assert_eq!(client.words(), "In channel");
    assert_eq!(client.dialog().note.as_deref(), Some("Ben is in #general."));
    client.person(Intent::Pick(ben()));
    assert_eq!(client.calls(), []);
}

#[test]
fn adding_is_a_post_to_the_members() {
    let request = add_ben().request(None);
    assert_eq!(
        (request.url.as_str(), request.body.as_deref()),
        ("/api/v1/channels/C1/members", Some(r#"{"user":"U2"}"#))
    );
}

#[test]
fn the_event_of_an_addition_counts_it() {
    let mut client = Client::adding();
    client.line(&ben_in_general("member_joined", 4));
    assert_eq!(client.pane().header.members.as_deref(), Some("3 members"));
    assert_eq!(client.words(), "In channel");
    client.line(&ben_in_general("member_left", 5));
    assert_eq!(client.pane().header.members.as_deref(), Some("2 members"));
    assert_eq!(client.words(), "Add");
}

#[test]
fn who_is_in_is_not_known_after_a_gap() {
    let mut client = Client::adding();
    client.line(&ben_in_general("member_joined", 4));
    client.sync("C1", 9, false);
    assert_eq!(client.words(), "Add");
}

#[test]
fn a_refused_addition_says_whom_and_why_and_can_be_tried_again() {
    for (code, why) in [
        (Code::Forbidden, "not allowed to add people"),
        (Code::NotAMember, "not in this channel any more"),
        (Code::NotFound, "can't be found"),
        (Code::Archived, "archived"),
    ] {
        let mut client = Client::adding();
        client.person(Intent::Pick(ben()));
        client.refuse(add_ben(), code);
        let failure = client.dialog().failure.unwrap();
        assert!(failure.starts_with("Ben was not added."), "{failure}");
        assert!(failure.contains(why), "{failure}");
        assert_eq!(client.words(), "Add");
    }
}

#[test]
fn who_turns_out_to_be_in_is_marked() {
    let mut client = Client::adding();
    client.person(Intent::Pick(ben()));
    client.refuse(add_ben(), Code::Conflict);
    assert_eq!(client.words(), "In channel");
}

#[test]
fn a_refusal_after_the_dialog_was_closed_is_an_alert() {
    let mut client = Client::adding();
    client.person(Intent::Pick(ben()));
    client.person(Intent::CloseDialog);
    client.refuse(add_ben(), Code::Archived);
    assert!(client.chat().alert.unwrap().contains("archived"));
}

#[test]
fn nobody_leaves_without_being_asked() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Leave));
    assert_eq!(client.dialog().title, "Leave #general?");
    assert_eq!(client.calls(), []);
    client.person(Intent::Leave);
    client.person(Intent::Leave);
    assert_eq!(client.calls(), [leave("C1")]);
}

#[test]
fn one_who_left_is_led_elsewhere_without_alarm() {
    let mut client = Client::leaving();
    client.answer(leave("C1"), 200, &json!({}));
    assert_eq!(client.chat().dialog, None);
    client.line(&left("C1", 2));
    let chat = client.chat();
    assert_eq!(client.pane().header.name, "random");
    assert_eq!((chat.alert, chat.status.as_str()), (None, strings::LEFT));
    assert_eq!(chat.sidebar.channels.len(), 1);
}

#[test]
fn the_event_that_comes_first_closes_the_dialog() {
    let mut client = Client::leaving();
    client.line(&left("C1", 2));
    assert_eq!(client.chat().dialog, None);
    client.answer(leave("C1"), 200, &json!({}));
    assert_eq!(client.pane().header.name, "random");
}

#[test]
fn who_leaves_the_last_channel_is_told_what_to_do() {
    let mut client = Client::inside();
    client.line(&left("C1", 2));
    client.line(&left("C2", 3));
    let PaneView::Blank { loading, problem } = client.chat().pane else {
        panic!("a channel is open");
    };
    assert_eq!((loading, problem), (false, Some(strings::IN_NO_CHANNEL)));
}

#[test]
fn the_first_channel_of_somebody_who_is_in_none_is_opened() {
    let mut client = Client::inside();
    client.line(&left("C1", 2));
    client.line(&left("C2", 3));
    let mut general = boot();
    general["channels"].as_array_mut().unwrap().truncate(1);
    client.answer(Call::Boot, 200, &general);
    assert_eq!(client.pane().header.name, "general");
}

#[test]
fn a_refused_leave_says_why() {
    for (code, why) in [
        (Code::Forbidden, "not allowed to leave"),
        (Code::Conflict, "at the moment"),
        (Code::Archived, "archived"),
    ] {
        let mut client = Client::leaving();
        client.refuse(leave("C1"), code);
        let dialog = client.dialog();
        assert!(dialog.failure.unwrap().contains(why), "{code:?}");
        assert!(dialog.ready);
    }
}

#[test]
fn who_is_out_already_learns_it_by_boot() {
    let mut client = Client::leaving();
    client.taken();
    client.refuse(leave("C1"), Code::NotFound);
    assert_eq!(client.calls(), [Call::Boot]);
    client.answer(Call::Boot, 200, &without_general());
    assert_eq!(client.pane().header.name, "random");
    assert_eq!(client.chat().dialog, None);
}

#[test]
fn leaving_warns_by_what_is_lost() {
    let mut client = Client::inside();
    let mut warnings = Vec::new();
    for (id, kind, count) in [
        ("C3", "public", 1),
        ("C4", "private", 2),
        ("C5", "private", 1),
    ] {
        let mut made = channel(id, "secret", 1);
        made["kind"] = json!(kind);
        made["member_count"] = json!(count);
        client.make(
            Intent::CreateChannel {
                name: "secret".to_owned(),
                topic: String::new(),
                kind: protocol::api::ChannelKind::Private,
            },
            &made,
        );
        client.person(Intent::OpenDialog(DialogKind::Leave));
        warnings.push(client.dialog().note.unwrap());
        client.person(Intent::CloseDialog);
    }
    assert_eq!(
        warnings,
        [
            strings::LEAVE_PUBLIC,
            strings::LEAVE_PRIVATE,
            strings::LEAVE_LAST
        ]
    );
}

#[test]
fn the_header_offers_what_can_be_done() {
    let mut client = Client::inside();
    let offers = |client: &Client| {
        let header = client.pane().header;
        (header.can_add, header.can_leave)
    };
    assert_eq!(offers(&client), (true, true));
    client.line(
        &json!({"event": "channel_updated", "channel": "C1", "seq": 4, "at": 1, "user": "U1",
        "archived": true}),
    );
    assert_eq!(offers(&client), (false, true));
    client.person(Intent::OpenDialog(DialogKind::NewDirect));
    client.person(Intent::Pick(ben()));
    let direct = json!({"id": "D1", "name": null, "kind": "direct", "archived": false,
        "member": true, "member_count": 2, "members": ["U1", "U2"], "epoch": "e", "seq": 1});
    client.make(Intent::StartDirect, &direct);
    assert_eq!(offers(&client), (false, false));
}
