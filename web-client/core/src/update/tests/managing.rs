//! Managing channels, members and roles.

use protocol::api::Role;

use super::*;
use crate::{
    details::{Asking, Manage},
    input::{DetailsIntent, DialogKind},
    view::{ArchiveOffer, DetailsView, Footer, MemberRow},
};

fn c1() -> ChannelId {
    ChannelId::parse("C1").unwrap()
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn members_from(cursor: Option<&str>) -> Call {
    Call::Manage(Manage::Members {
        channel: c1(),
        cursor: cursor.map(str::to_owned),
    })
}

fn members(ids: &[(&str, &str)], next: Option<&str>) -> Value {
    let members: Vec<Value> = ids
        .iter()
        .map(|(user, role)| json!({"user": user, "role": role}))
        .collect();
    json!({"members": members, "next_cursor": next})
}

fn archive(archived: bool) -> Call {
    Call::Manage(Manage::archive(c1(), archived))
}

fn remove_ben() -> Call {
    Call::Manage(Manage::Remove {
        channel: c1(),
        user: user("U2"),
    })
}

fn give(id: &str, role: Role) -> Call {
    Call::Manage(Manage::GiveRole {
        user: user(id),
        role,
    })
}

fn wants(intent: DetailsIntent) -> Intent {
    Intent::Details(intent)
}

fn save(name: &str, topic: &str) -> Intent {
    wants(DetailsIntent::Save {
        name: name.to_owned(),
        topic: topic.to_owned(),
    })
}

fn in_general(event: &str, seq: u64, user: &str) -> Value {
    json!({"event": event, "channel": "C1", "seq": seq, "at": 1, "user": "U1", "subject": user})
}

fn updated(seq: u64, what: &str, value: &Value) -> Value {
    json!({"event": "channel_updated", "channel": "C1", "seq": seq, "at": 1, "user": "U2", what: value})
}

impl Client {
    /// Ana, who is this in the workspace, looks at the details of general, where she and Ben are.
    fn at_details_as(role: &str) -> Self {
        let mut client = Self::inside();
        client.line(
            &json!({"event": "role_given", "channel": "U1", "seq": 2, "at": 1,
            "user": "U2", "role": role}),
        );
        client.person(Intent::OpenDialog(DialogKind::Details));
        let page = members(&[("U1", "member"), ("U2", "owner")], None);
        client.answer(members_from(None), 200, &page);
        client.taken();
        client
    }

    fn at_details() -> Self {
        Self::at_details_as("owner")
    }

    fn details(&self) -> DetailsView {
        *self.chat().dialog.unwrap().details.unwrap()
    }

    fn member(&self, name: &str) -> MemberRow {
        let rows = self.details().members;
        rows.into_iter().find(|row| row.name == name).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let rows = self.details().members;
        rows.into_iter().map(|row| row.name).collect()
    }
}

#[test]
fn the_details_show_who_is_in_and_what_they_are() {
    let client = Client::at_details();
    let dialog = client.chat().dialog.unwrap();
    assert_eq!(dialog.title, "Details of #general");
    assert_eq!(client.names(), ["Ana (you)", "Ben"]);
    assert_eq!(client.member("Ben").about, strings::CHANNEL_OWNER);
    assert!(!client.member("Ana (you)").can_message);
    assert!(!client.member("Ana (you)").can_remove);
}

#[test]
fn members_come_page_by_page() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Details));
    assert_eq!(client.calls(), [members_from(None)]);
    let first = members(&[("U1", "member")], Some("U1"));
    client.answer(members_from(None), 200, &first);
    assert!(client.chat().dialog.unwrap().more);
    client.person(Intent::More);
    client.person(Intent::More);
    assert_eq!(client.calls(), [members_from(Some("U1"))]);
    let second = members(&[("U2", "member")], None);
    client.answer(members_from(Some("U1")), 200, &second);
    assert_eq!(client.names(), ["Ana (you)", "Ben"]);
    assert!(!client.chat().dialog.unwrap().more);
}

#[test]
fn whose_name_is_not_known_is_asked_about() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Details));
    let page = members(&[("U9", "member")], None);
    client.answer(members_from(None), 200, &page);
    assert_eq!(client.names(), [strings::NAME_AWAITED]);
    assert!(client.calls().contains(&Call::People(vec![user("U9")])));
}

#[test]
fn members_who_did_not_come_for_now_are_asked_for_again() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Details));
    client.refuse(members_from(None), Code::Overloaded);
    let again = Timer::Repeat(members_from(None));
    assert!(client.woken(&again).is_some());
    client.refuse(members_from(None), Code::NotFound);
    let dialog = client.chat().dialog.unwrap();
    assert!(dialog.failure.is_some());
    assert_eq!(dialog.empty, None);
}

#[test]
fn a_cursor_goes_with_the_page_that_is_asked_for() {
    assert_eq!(
        members_from(Some("a b")).request(None).url,
        "/api/v1/channels/C1/members?limit=50&cursor=a%20b"
    );
}

#[test]
fn who_comes_and_goes_is_seen_at_once() {
    let mut client = Client::at_details();
    client.line(&in_general("member_left", 4, "U2"));
    assert_eq!(client.names(), ["Ana (you)"]);
    client.line(&in_general("member_joined", 5, "U2"));
    assert_eq!(client.names(), ["Ana (you)", "Ben"]);
}

#[test]
fn members_are_asked_anew_after_a_gap() {
    let mut client = Client::at_details();
    client.sync("C1", 9, false);
    assert!(client.calls().contains(&members_from(None)));
}

#[test]
fn another_name_is_seen_at_once() {
    let mut client = Client::at_details();
    client.line(&updated(4, "name", &json!("lobby")));
    client.line(&updated(5, "topic", &json!("coats")));
    let details = client.details();
    assert_eq!(
        (details.name.as_str(), details.topic.as_str()),
        ("lobby", "coats")
    );
    assert_eq!(client.chat().dialog.unwrap().title, "Details of #lobby");
}

#[test]
fn only_what_is_new_is_saved() {
    let mut client = Client::at_details();
    client.person(save(" #general ", ""));
    assert_eq!(client.calls(), []);
    client.person(save("lobby", ""));
    let call = Call::Manage(Manage::Update {
        channel: c1(),
        name: Some("lobby".to_owned()),
        topic: None,
        archived: None,
    });
    assert_eq!(client.calls(), std::slice::from_ref(&call));
    assert!(!client.chat().dialog.unwrap().ready);
    client.answer(call, 200, &json!({"channel": channel("C1", "lobby", 4)}));
    let dialog = client.chat().dialog.unwrap();
    assert!(dialog.ready);
    assert_eq!(dialog.note.as_deref(), Some(strings::SAVED));
    assert_eq!(client.pane().header.name, "lobby");
}

#[test]
fn an_answer_older_than_what_was_heard_changes_nothing() {
    let mut client = Client::at_details();
    client.line(&in_general("member_joined", 4, "U3"));
    client.person(save("lobby", ""));
    let mut calls = client.calls().into_iter();
    let call = calls.find(|call| matches!(call, Call::Manage(_))).unwrap();
    client.answer(call, 200, &json!({"channel": channel("C1", "lobby", 3)}));
    assert_eq!(client.pane().header.members.as_deref(), Some("3 members"));
}

#[test]
fn those_who_may_not_manage_are_offered_nothing() {
    let mut client = Client::at_details_as("member");
    let details = client.details();
    assert!(!details.can_edit && details.can_leave);
    assert_eq!(details.archive, ArchiveOffer::None);
    let ben = client.member("Ben");
    assert!(!ben.can_remove && ben.can_message);
    assert_eq!(ben.roles, []);
    client.person(save("mine", ""));
    assert_eq!(client.calls(), []);
}

#[test]
fn who_owns_the_channel_manages_it_as_a_member_of_the_workspace() {
    let mut client = Client::at_details_as("member");
    let page = members(&[("U1", "owner"), ("U2", "member")], None);
    client.answer(members_from(None), 200, &page);
    assert!(client.details().can_edit);
    assert_eq!(client.details().archive, ArchiveOffer::Archive);
    assert!(client.member("Ben").can_remove);
    assert_eq!(client.member("Ben").roles, []);
}

#[test]
fn a_role_that_is_taken_away_takes_its_offers_along() {
    let mut client = Client::at_details();
    assert!(client.details().can_edit);
    client.line(
        &json!({"event": "role_given", "channel": "U1", "seq": 3, "at": 1, "user": "U2",
        "role": "member"}),
    );
    assert!(!client.details().can_edit);
    assert_eq!(client.member("Ben").roles, []);
}

#[test]
fn nothing_is_archived_without_being_asked() {
    let mut client = Client::at_details();
    client.person(wants(DetailsIntent::Confirm));
    client.person(wants(DetailsIntent::Ask(Some(Asking::Archive))));
    assert_eq!(client.calls(), []);
    assert!(
        client
            .details()
            .ask
            .unwrap()
            .question
            .starts_with("Archive #general?")
    );
    client.person(wants(DetailsIntent::Ask(None)));
    client.person(wants(DetailsIntent::Confirm));
    assert_eq!(client.calls(), []);
    client.person(wants(DetailsIntent::Ask(Some(Asking::Archive))));
    client.person(wants(DetailsIntent::Confirm));
    assert_eq!(client.calls(), [archive(true)]);
}

#[test]
fn what_is_archived_says_so_and_can_be_brought_back() {
    let mut client = Client::at_details();
    client.line(&updated(4, "archived", &json!(true)));
    let details = client.details();
    assert!(!details.can_edit);
    assert_eq!(details.archive, ArchiveOffer::BringBack);
    let pane = client.pane();
    assert_eq!(pane.header.members.as_deref(), Some("Archived · 2 members"));
    assert_eq!(
        pane.footer,
        Footer::ReadOnly {
            words: strings::ARCHIVED,
            can_bring_back: true,
        }
    );
    client.person(wants(DetailsIntent::BringBack));
    assert_eq!(client.calls(), [archive(false)]);
    client.line(&updated(5, "archived", &json!(false)));
    assert!(matches!(client.pane().footer, Footer::Composer(_)));
}

#[test]
fn an_archived_channel_is_in_the_sidebar_while_it_is_open() {
    let mut client = Client::at_details();
    client.line(&updated(4, "archived", &json!(true)));
    assert_eq!(client.chat().sidebar.channels.len(), 2);
    client.person(open("C2"));
    assert_eq!(client.chat().sidebar.channels.len(), 1);
}

#[test]
fn an_archived_channel_is_found_last_among_the_channels() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Browse));
    let mut old = channel("C0", "aaa", 1);
    old["archived"] = json!(true);
    old["member"] = json!(false);
    let page = json!({"channels": [old, channel("C1", "general", 3)], "next_cursor": null});
    client.answer(Call::Channels { cursor: None }, 200, &page);
    let rows = client.chat().dialog.unwrap().channels;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.action))
        .collect();
    assert_eq!(rows, [("#general", strings::OPEN), ("#aaa", strings::OPEN)]);
}

#[test]
fn only_stewards_bring_back() {
    let mut client = Client::at_details_as("member");
    client.line(&updated(4, "archived", &json!(true)));
    assert_eq!(client.details().archive, ArchiveOffer::None);
    let Footer::ReadOnly { can_bring_back, .. } = client.pane().footer else {
        panic!("it can be written to");
    };
    assert!(!can_bring_back);
}

#[test]
fn somebody_is_removed_once_it_was_asked() {
    let mut client = Client::at_details();
    client.person(wants(DetailsIntent::Ask(Some(Asking::Remove(user("U2"))))));
    assert_eq!(
        client.details().ask.unwrap().question,
        "Remove Ben from #general?"
    );
    assert_eq!(client.calls(), []);
    client.person(wants(DetailsIntent::Confirm));
    client.person(wants(DetailsIntent::Confirm));
    assert_eq!(client.calls(), [remove_ben()]);
    client.give(Input::Answered {
        call: remove_ben(),
        answer: Answer::Came {
            status: 204,
            body: String::new(),
        },
    });
    assert_eq!(client.names(), ["Ana (you)"]);
    assert_eq!(client.details().ask, None);
}

#[test]
fn a_refused_removal_says_why_and_leaves_them_in() {
    for (code, why) in [
        (Code::Forbidden, strings::refusal(Code::Forbidden)),
        (Code::NotAMember, strings::NOT_REMOVED),
    ] {
        let mut client = Client::at_details();
        client.person(wants(DetailsIntent::Ask(Some(Asking::Remove(user("U2"))))));
        client.person(wants(DetailsIntent::Confirm));
        client.refuse(remove_ben(), code);
        let dialog = client.chat().dialog.unwrap();
        assert_eq!(dialog.failure.as_deref(), Some(why));
        assert_eq!(client.names(), ["Ana (you)", "Ben"]);
    }
}

#[test]
fn roles_are_offered_as_they_may_be_given() {
    let client = Client::at_details();
    assert_eq!(
        client.member("Ben").roles,
        [Role::Owner, Role::Admin, Role::Member, Role::Guest]
    );
    let client = Client::at_details_as("admin");
    assert_eq!(client.member("Ben").roles, [Role::Member, Role::Guest]);
    assert_eq!(client.member("Ana (you)").roles, []);
    assert_eq!(client.member("Ana (you)").about, strings::role(Role::Admin));
}

#[test]
fn a_role_is_given_and_shown_at_once() {
    let mut client = Client::at_details();
    client.person(wants(DetailsIntent::GiveRole(user("U2"), Role::Admin)));
    assert_eq!(client.calls(), [give("U2", Role::Admin)]);
    assert_eq!(client.member("Ben").role, Role::Admin);
    let answer = json!({"user": {"id": "U2", "display_name": "Ben", "role": "admin"}});
    client.answer(give("U2", Role::Admin), 200, &answer);
    assert_eq!(client.member("Ben").role, Role::Admin);
}

#[test]
fn the_last_owner_is_told_to_find_another_one() {
    let mut client = Client::at_details();
    client.person(wants(DetailsIntent::GiveRole(user("U1"), Role::Member)));
    client.refuse(give("U1", Role::Member), Code::Conflict);
    let dialog = client.chat().dialog.unwrap();
    assert_eq!(dialog.failure.as_deref(), Some(strings::OWNER_NEEDED));
    assert_eq!(client.member("Ana (you)").role, Role::Owner);
}

#[test]
fn a_message_to_a_member_opens_the_direct() {
    let mut client = Client::at_details();
    client.person(wants(DetailsIntent::Direct(user("U2"))));
    assert_eq!(client.calls(), [Call::CreateDirect(vec![user("U2")])]);
    let direct = json!({"id": "D1", "name": null, "kind": "direct", "archived": false,
        "member": true, "member_count": 2, "members": ["U1", "U2"], "epoch": "e", "seq": 1});
    client.answer(
        Call::CreateDirect(vec![user("U2")]),
        200,
        &json!({"channel": direct}),
    );
    assert_eq!(client.pane().header.name, "Ben");
    assert!(!client.pane().header.has_details);
    client.person(open("C1"));
    client.person(Intent::OpenDialog(DialogKind::Details));
    client.taken();
    client.person(wants(DetailsIntent::Direct(user("U2"))));
    assert_eq!(client.pane().header.name, "Ben");
    assert_eq!(client.chat().dialog, None);
}

#[test]
fn who_is_removed_loses_the_dialog_too_and_is_told() {
    let mut client = Client::at_details_as("member");
    client.line(
        &json!({"event": "left", "channel": "U1", "seq": 3, "at": 1, "user": "U2",
        "subject": "C1"}),
    );
    let chat = client.chat();
    assert_eq!(chat.dialog, None);
    assert_eq!(
        chat.alert.as_deref(),
        Some("You are no longer in #general.")
    );
}

#[test]
fn a_guest_is_offered_only_what_guests_may_do() {
    let mut client = Client::at_details_as("guest");
    client.person(Intent::CloseDialog);
    let sidebar = client.chat().sidebar;
    assert!(!sidebar.can_browse && !sidebar.can_invite);
    assert!(!client.pane().header.can_add);
    for kind in [
        DialogKind::Browse,
        DialogKind::CreateChannel,
        DialogKind::Invite,
    ] {
        client.person(Intent::OpenDialog(kind));
        assert_eq!(client.chat().dialog, None, "{kind:?}");
    }
    let member = Client::at_details_as("member").chat().sidebar;
    assert!(member.can_browse && member.can_invite);
}

#[test]
fn a_guest_who_was_let_in_nowhere_yet_is_told_so() {
    let mut client = Client::new();
    client.start("/invite/T1.abc", "", vec![]);
    let accept = Call::AcceptInvite {
        code: "T1.abc".to_owned(),
        display_name: "Gil".to_owned(),
    };
    client.person(Intent::AcceptInvite {
        name: "Gil".to_owned(),
    });
    let me = json!({"id": "U1", "display_name": "Gil", "role": "guest"});
    let signed_in = json!({"workspace": {"id": "T1", "name": "Acme"}, "user": me, "token": "x"});
    client.answer(accept, 201, &signed_in);
    let mut boot = boot();
    boot["user"] = me;
    boot["channels"] = json!([]);
    client.answer(Call::Boot, 200, &boot);
    let none = json!({"channels": [], "next_cursor": null});
    client.answer(Call::Channels { cursor: None }, 200, &none);
    let PaneView::Blank { problem, .. } = client.chat().pane else {
        panic!("a channel is open");
    };
    assert_eq!(problem, Some(strings::GUEST_IN_NO_CHANNEL));
}

#[test]
fn an_invite_for_guests_takes_the_place_of_that_for_members() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Invite));
    client.person(Intent::InviteAs(Role::Guest));
    assert_eq!(
        client.calls(),
        [
            Call::CreateInvite(Role::Member),
            Call::CreateInvite(Role::Guest)
        ]
    );
    let invite = |code| json!({"code": code, "url": code});
    client.answer(Call::CreateInvite(Role::Guest), 201, &invite("guests"));
    client.answer(Call::CreateInvite(Role::Member), 201, &invite("members"));
    let dialog = client.chat().dialog.unwrap();
    assert_eq!(dialog.link.as_deref(), Some("guests"));
}

#[test]
fn an_invite_says_whom_it_is_for() {
    let body = Call::CreateInvite(Role::Guest).request(None).body;
    assert_eq!(body.as_deref(), Some(r#"{"role":"guest"}"#));
}
