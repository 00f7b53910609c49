//! Names: of those who are shown, and nobody else.

use super::*;

fn ids(ids: &[&str]) -> Call {
    Call::People(ids.iter().map(|id| UserId::parse(id).unwrap()).collect())
}

fn named(people: &[(&str, &str)]) -> Value {
    let users: Vec<Value> = people
        .iter()
        .map(|(id, name)| json!({"id": id, "display_name": name, "role": "member"}))
        .collect();
    json!({"users": users, "next_cursor": null})
}

fn boot_with_direct() -> Value {
    let mut boot = boot();
    let direct = json!({"id": "D1", "name": null, "kind": "direct", "archived": false,
        "member": true, "member_count": 2, "members": ["U1", "U7"], "epoch": "e", "seq": 1,
        "last_read_seq": 1, "unread": 0, "mentions": 0});
    boot["channels"].as_array_mut().unwrap().push(direct);
    boot
}

fn asked(client: &mut Client) -> Vec<Call> {
    client
        .calls()
        .into_iter()
        .filter(|call| matches!(call, Call::People(_) | Call::Users { .. }))
        .collect()
}

#[test]
fn boot_asks_for_the_names_of_directs_only() {
    let mut client = Client::new();
    client.start("/", "", vec![]);
    client.answer(Call::Boot, 200, &boot_with_direct());
    assert_eq!(asked(&mut client), [ids(&["U7"])]);
    assert_eq!(client.chat().sidebar.awaited, 1);
    assert!(
        client.chat().sidebar.directs.is_empty(),
        "its place is not known yet"
    );
    client.answer(ids(&["U7"]), 200, &named(&[("U7", "Zoe")]));
    assert_eq!(client.chat().sidebar.directs[0].name, "Zoe");
    assert_eq!(client.chat().sidebar.awaited, 0);
}

#[test]
fn whoever_wrote_or_is_named_is_asked_about_in_one_call() {
    let mut client = Client::new();
    client.start("/", "", vec![]);
    client.answer(Call::Boot, 200, &boot());
    let mut page = page(1..=3);
    page["messages"][0]["user"] = json!("U5");
    page["messages"][1]["mentions"] = json!(["U6"]);
    client.taken();
    client.answer(history("C1"), 200, &page);
    assert_eq!(asked(&mut client), [ids(&["U2", "U5", "U6"])]);
    assert_eq!(client.messages()[0].author, strings::NAME_AWAITED);
    let answer = named(&[("U2", "Ben"), ("U5", "Cleo")]);
    client.answer(ids(&["U2", "U5", "U6"]), 200, &answer);
    assert_eq!(client.messages()[0].author, "Cleo");
    assert_eq!(asked(&mut client), []);
}

#[test]
fn a_newcomer_who_writes_is_asked_about() {
    let mut client = Client::inside();
    client.line(&event("C1", 4, "U8", "a"));
    assert_eq!(asked(&mut client), [ids(&["U8"])]);
    client.line(&event("C1", 5, "U9", "b"));
    client.line(&event("C1", 6, "U9", "c"));
    assert_eq!(asked(&mut client), [], "one call at a time");
    client.answer(ids(&["U8"]), 200, &named(&[("U8", "Hedy")]));
    assert_eq!(asked(&mut client), [ids(&["U9"])]);
}

#[test]
fn where_the_workspace_may_have_changed_unseen_known_names_are_asked_for_again() {
    let mut client = Client::inside();
    client.taken();
    client.sync("T1", 9_000, false);
    assert_eq!(asked(&mut client), [ids(&["U1", "U2"])]);
}

#[test]
fn names_that_did_not_come_are_asked_for_again_a_little_later() {
    let mut client = Client::inside();
    client.line(&event("C1", 4, "U8", "a"));
    client.taken();
    client.refuse(ids(&["U8"]), Code::Overloaded);
    assert!(client.woken(&Timer::Repeat(ids(&["U8"]))).is_some());
    client.give(Input::Rang(Timer::Repeat(ids(&["U8"]))));
    assert_eq!(asked(&mut client), [ids(&["U8"])]);
}
