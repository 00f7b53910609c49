//! Keys of the table, and light and dark.

use super::*;
use crate::{
    input::DialogKind,
    keys::Action,
    storage::{THEME_KEY, Theme},
};

fn title(client: &Client) -> String {
    client.pane().header.name
}

#[test]
fn keys_lead_from_channel_to_channel_and_around() {
    let mut client = Client::inside();
    client.person(Intent::Press(Action::NextChannel));
    assert_eq!(title(&client), "random");
    client.person(Intent::Press(Action::NextChannel));
    assert_eq!(title(&client), "general");
    client.person(Intent::Press(Action::PreviousChannel));
    assert_eq!(title(&client), "random");
}

#[test]
fn keys_lead_to_what_is_unread_only() {
    let mut client = Client::inside();
    client.person(Intent::Press(Action::NextUnread));
    assert_eq!(title(&client), "general");
    client.line(&event("C2", 4, "U2", "a"));
    client.person(Intent::Press(Action::PreviousUnread));
    assert_eq!(title(&client), "random");
}

#[test]
fn escape_marks_the_open_channel_read_and_leads_to_its_end() {
    let mut client = Client::inside();
    client.person(Intent::Scrolled(ScrollPlace::default()));
    client.line(&event("C1", 4, "U2", "a"));
    assert_eq!(client.badge("general"), Some(1));
    assert!(client.pane().items.contains(&Item::NewMessages));
    client.taken();
    client.person(Intent::Press(Action::ReadOpen));
    assert_eq!(client.badge("general"), None);
    assert!(!client.pane().items.contains(&Item::NewMessages));
    assert_eq!(client.pane().jump, None);
    let effects = client.taken();
    assert!(effects.contains(&Effect::ScrollToLatest));
}

#[test]
fn shift_escape_tells_of_every_unread_channel_that_it_is_read() {
    let mut client = Client::inside();
    client.person(Intent::Scrolled(ScrollPlace::default()));
    client.line(&event("C1", 4, "U2", "a"));
    client.line(&event("C2", 4, "U2", "b"));
    client.taken();
    client.person(Intent::Press(Action::ReadAll));
    let read: Vec<Value> = client
        .commands("read")
        .into_iter()
        .map(|command| command["channel"].clone())
        .collect();
    assert_eq!(read, ["C1", "C2"]);
    assert_eq!(
        (client.badge("general"), client.badge("random")),
        (None, None)
    );
}

#[test]
fn keys_open_the_switcher_and_the_dialog_of_keys() {
    let mut client = Client::inside();
    for (action, kind) in [
        (Action::Switch, DialogKind::Switch),
        (Action::ShowKeys, DialogKind::Keys),
    ] {
        client.person(Intent::Press(action));
        assert_eq!(client.chat().dialog.map(|dialog| dialog.kind), Some(kind));
    }
}

#[test]
fn a_theme_is_shown_and_remembered_until_it_is_the_systems_again() {
    let mut client = Client::inside();
    client.person(Intent::SetTheme(Theme::Dark));
    let row = Effect::Store {
        key: THEME_KEY.to_owned(),
        value: "dark".to_owned(),
    };
    assert_eq!(client.taken(), [row, Effect::Theme(Theme::Dark)]);
    client.person(Intent::OpenDialog(DialogKind::Profile));
    let theme = |client: &Client| client.chat().dialog.unwrap().profile.unwrap().theme;
    assert_eq!(theme(&client), Theme::Dark);
    client.person(Intent::SetTheme(Theme::System));
    assert_eq!(theme(&client), Theme::System);
    let key = THEME_KEY.to_owned();
    assert!(client.taken().contains(&Effect::Forget { key }));
}

#[test]
fn the_profile_is_saved_and_shown_everywhere() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::Profile));
    client.taken();
    client.person(Intent::SaveProfile {
        name: " Ann ".to_owned(),
        title: String::new(),
    });
    let call = client.calls().pop().unwrap();
    let request = call.clone().request(None);
    assert_eq!(
        (
            request.method,
            request.url.as_str(),
            request.body.as_deref()
        ),
        (
            "PATCH",
            "/api/v1/me",
            Some(r#"{"display_name":"Ann","title":""}"#)
        )
    );
    client.answer(
        call,
        200,
        &json!({"user": {"id": "U1", "display_name": "Ann", "role": "owner"}}),
    );
    assert_eq!(client.chat().sidebar.me, "Ann");
    assert_eq!(
        client.chat().dialog.unwrap().note.as_deref(),
        Some("Saved.")
    );
}

#[test]
fn a_sign_in_link_is_made_for_another_device() {
    let mut client = Client::inside();
    client.person(Intent::OpenDialog(DialogKind::SignInLink));
    assert_eq!(client.calls(), [Call::CreateSignInLink]);
    let link = json!({"code": "x", "url": "https://h/sign-in/x", "expires_ms": 1});
    client.answer(Call::CreateSignInLink, 201, &link);
    client.person(Intent::CopyLink);
    assert_eq!(
        client.taken(),
        [Effect::Copy("https://h/sign-in/x".to_owned())]
    );
}

#[test]
fn signing_out_everywhere_says_so() {
    let mut client = Client::inside();
    client.person(Intent::SignOut { everywhere: true });
    let bodies: Vec<Option<String>> = client
        .taken()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Http(request) => Some(request.body),
            _ => None,
        })
        .collect();
    assert_eq!(bodies, [Some(r#"{"everywhere":true}"#.to_owned())]);
}
