//! Coming in, finding one's way, and leaving.

use super::*;

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
fn a_session_that_ended_leads_to_the_door() {
    let mut client = Client::inside();
    client.close(4500, "");
    let Page::Door(door) = view(&client.state).page else {
        panic!("still inside");
    };
    assert_eq!(door.notice, Some(strings::SIGNED_OUT));
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
    client.person(Intent::SignOut { everywhere: false });
    client.answer(Call::SignOut { everywhere: false }, 204, &json!(null));
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
fn a_newcomer_is_asked_for_a_session_before_anything_that_wants_one() {
    let mut client = Client::new();
    client.start_fresh("/", "", vec![]);
    assert_eq!(client.calls(), [Call::Session]);
    client.answer(Call::Session, 200, &json!({"signed_in": false}));
    assert!(matches!(view(&client.state).page, Page::Door(_)));
    assert!(client.calls().is_empty());
}

#[test]
fn a_session_that_came_from_elsewhere_is_found() {
    let mut client = Client::new();
    client.start_fresh("/", "", vec![]);
    client.answer(Call::Session, 200, &json!({"signed_in": true}));
    assert!(client.calls().contains(&Call::Boot));
}
