//! The switcher, the directory and the lists of people.

use super::*;
use crate::{
    input::DialogKind,
    view::{DialogView, OptionRow},
};

impl Client {
    fn finding(kind: DialogKind) -> Self {
        let mut client = Self::inside();
        client.person(Intent::OpenDialog(kind));
        client
    }

    fn shown(&self) -> DialogView {
        self.chat().dialog.unwrap()
    }

    fn found(&self) -> Vec<String> {
        self.shown()
            .options
            .into_iter()
            .map(|OptionRow { name, .. }| name)
            .collect()
    }

    fn look_for(&mut self, text: &str) {
        self.taken();
        self.person(Intent::Filter(text.to_owned()));
        self.give(Input::Rang(Timer::Search));
    }
}

fn directory(cursor: Option<&str>) -> Call {
    Call::Channels {
        cursor: cursor.map(str::to_owned),
    }
}

fn search(prefix: &str, cursor: Option<&str>) -> Call {
    Call::Users {
        prefix: prefix.to_owned(),
        cursor: cursor.map(str::to_owned),
    }
}

fn public(id: &str, name: &str) -> Value {
    let mut info = channel(id, name, 1);
    info["member"] = json!(false);
    info
}

fn person(id: &str, name: &str) -> Value {
    json!({"id": id, "display_name": name, "role": "member"})
}

fn direct() -> Value {
    json!({"id": "D1", "name": null, "kind": "direct", "archived": false, "member": true,
        "member_count": 2, "members": ["U1", "U2"], "epoch": "e", "seq": 0})
}

#[test]
fn the_switcher_begins_with_what_was_open_last_and_goes_on_with_what_is_unread() {
    let mut client = Client::inside();
    let mut more = boot();
    for (id, name) in [("C3", "alpha"), ("C4", "beta")] {
        let mut own = channel(id, name, 3);
        own["last_read_seq"] = json!(3);
        own["unread"] = json!(u32::from(id == "C4"));
        own["mentions"] = json!(0);
        more["channels"].as_array_mut().unwrap().push(own);
    }
    client.answer(Call::Boot, 200, &more);
    client.person(open("C2"));
    client.person(open("C1"));
    client.person(Intent::OpenDialog(DialogKind::Switch));
    assert_eq!(client.found(), ["random", "beta", "alpha"]);
    assert_eq!(client.shown().options[1].badge, Some(1));
}

#[test]
fn the_switcher_opens_what_fits_best() {
    let mut client = Client::finding(DialogKind::Switch);
    client.look_for("rnd");
    assert_eq!(client.found(), ["random"]);
    client.person(Intent::Choose(None));
    assert_eq!(client.pane().header.name, "random");
    assert_eq!(client.chat().dialog, None);
}

#[test]
fn the_switcher_searches_for_people_on_the_server_and_makes_the_direct() {
    let mut client = Client::finding(DialogKind::Switch);
    client.look_for("zo");
    let calls = client.calls();
    assert!(calls.contains(&search("zo", None)), "{calls:?}");
    client.answer(
        directory(None),
        200,
        &json!({"channels": [], "next_cursor": null}),
    );
    let zoe = json!({"users": [person("U9", "Zoe")], "next_cursor": null});
    client.answer(search("zo", None), 200, &zoe);
    assert_eq!(client.found(), ["Zoe"]);
    client.taken();
    client.person(Intent::Choose(None));
    let zoe = UserId::parse("U9").unwrap();
    assert_eq!(client.calls(), [Call::CreateDirect(vec![zoe])]);
}

#[test]
fn somebody_one_has_a_direct_with_is_found_once_and_it_is_opened() {
    let mut client = Client::inside();
    let call = Call::CreateDirect(vec![UserId::parse("U2").unwrap()]);
    client.answer(call, 201, &json!({"channel": direct()}));
    client.person(open("C1"));
    client.person(Intent::OpenDialog(DialogKind::Switch));
    client.look_for("be");
    assert_eq!(client.found(), ["Ben"]);
    client.person(Intent::Choose(None));
    assert_eq!(client.pane().key, "D1");
}

#[test]
fn a_public_channel_one_is_not_in_is_found_and_can_be_looked_at() {
    let mut client = Client::finding(DialogKind::Switch);
    client.look_for("sunrise");
    let page = json!({"channels": [public("C9", "sunrise")], "next_cursor": null});
    client.answer(directory(None), 200, &page);
    assert_eq!(client.shown().options[0].about, "Not joined");
    client.person(Intent::Choose(None));
    assert_eq!(client.pane().header.name, "sunrise");
    assert!(matches!(
        client.pane().footer,
        crate::view::Footer::Join { .. }
    ));
}

#[test]
fn a_list_of_before_one_left_makes_nobody_a_member_again() {
    let mut client = Client::finding(DialogKind::Browse);
    let mut listed = public("C2", "random");
    listed["member"] = json!(true);
    let page = json!({"channels": [listed], "next_cursor": null});
    client.answer(directory(None), 200, &page);
    client.line(&json!({"event": "left", "channel": "U1", "seq": 2, "at": 1, "user": "U1", "subject": "C2"}));
    client.taken();
    client.person(open("C2"));
    assert!(matches!(
        client.pane().footer,
        crate::view::Footer::Join { .. }
    ));
    assert!(
        client.calls().contains(&Call::Boot),
        "boot tells whose it is"
    );
}

#[test]
fn the_directory_is_loaded_page_by_page_as_far_as_somebody_looks() {
    let mut client = Client::finding(DialogKind::Browse);
    assert_eq!(client.calls(), [directory(None)]);
    let first = json!({"channels": [public("C8", "alpha")], "next_cursor": "c"});
    client.answer(directory(None), 200, &first);
    assert_eq!(client.calls(), [], "nobody has asked for more");
    assert!(client.shown().more);
    client.person(Intent::More);
    client.person(Intent::More);
    assert_eq!(client.calls(), [directory(Some("c"))], "one page at a time");
    let second = json!({"channels": [public("C9", "beta")], "next_cursor": "d"});
    client.answer(directory(Some("c")), 200, &second);
    client.look_for("omega");
    assert_eq!(
        client.calls(),
        [directory(Some("d"))],
        "what is looked for may be further on"
    );
    let last = json!({"channels": [public("C7", "omega")], "next_cursor": null});
    client.answer(directory(Some("d")), 200, &last);
    assert_eq!(client.shown().channels[0].name, "#omega");
    assert!(!client.shown().more);
}

#[test]
fn a_channel_that_the_address_names_is_looked_for_no_further_than_its_page() {
    let mut client = Client::inside();
    client.taken();
    client.give(Input::Navigated {
        path: "/c/C9".to_owned(),
    });
    let other = json!({"channels": [public("C8", "alpha")], "next_cursor": "c"});
    client.answer(directory(None), 200, &other);
    let found = json!({"channels": [public("C9", "beta")], "next_cursor": "d"});
    client.answer(directory(Some("c")), 200, &found);
    assert_eq!(client.pane().header.name, "beta");
    let pages = client
        .calls()
        .into_iter()
        .filter(|call| matches!(call, Call::Channels { .. }));
    assert_eq!(
        pages.collect::<Vec<_>>(),
        [directory(None), directory(Some("c"))]
    );
}

#[test]
fn people_to_choose_from_come_in_pages() {
    let mut client = Client::finding(DialogKind::NewDirect);
    assert_eq!(client.calls(), [search("", None)]);
    let many: Vec<Value> = (10..60)
        .map(|n| person(&format!("U{n}"), &format!("P{n}")))
        .collect();
    client.answer(
        search("", None),
        200,
        &json!({"users": many, "next_cursor": "u"}),
    );
    assert_eq!(client.shown().people.len(), 50);
    assert!(client.shown().more);
    client.person(Intent::More);
    assert_eq!(client.calls(), [search("", Some("u"))]);
    let last = json!({"users": [person("U60", "P60")], "next_cursor": null});
    client.answer(search("", Some("u")), 200, &last);
    assert_eq!(client.shown().people.len(), 53, "with Ana and Ben");
    assert!(!client.shown().more);
    client.look_for("p6");
    assert_eq!(client.calls(), [search("p6", None)]);
    assert_eq!(client.shown().people.len(), 1);
}

#[test]
fn a_search_says_that_it_goes_on_and_that_it_found_nobody() {
    let mut client = Client::finding(DialogKind::NewDirect);
    client.look_for("xyz");
    assert_eq!(client.shown().empty, Some(strings::BUSY));
    let nobody = json!({"users": [], "next_cursor": null});
    client.answer(search("", None), 200, &nobody);
    assert_eq!(
        client.shown().empty,
        Some(strings::BUSY),
        "that was asked before"
    );
    client.answer(search("xyz", None), 200, &nobody);
    assert_eq!(client.shown().empty, Some(strings::NO_PEOPLE));
}
