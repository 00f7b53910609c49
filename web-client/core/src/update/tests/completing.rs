//! Completion in the composer, and what is sent of it.

use super::*;
use crate::{input::DialogKind, view::OptionRow};

fn write(text: &str) -> Intent {
    Intent::Type(text.to_owned())
}

impl Client {
    fn options(&self) -> Vec<OptionRow> {
        match self.pane().footer {
            crate::view::Footer::Composer(composer) => composer.options,
            footer => panic!("{footer:?}"),
        }
    }

    fn offered(&self) -> Vec<String> {
        self.options().into_iter().map(|row| row.name).collect()
    }

    fn composed(&self) -> (String, Option<u32>) {
        match self.pane().footer {
            crate::view::Footer::Composer(composer) => (composer.text, composer.caret),
            footer => panic!("{footer:?}"),
        }
    }

    /// What the newest command of the composer says.
    fn sends(&mut self) -> Option<String> {
        let said = self.commands("send").pop()?;
        said["text"].as_str().map(str::to_owned)
    }

    fn press_enter(&mut self) {
        let (text, _) = self.composed();
        self.taken();
        self.person(send(&text));
    }
}

#[test]
fn an_at_offers_people_and_everybody_and_the_chosen_one_is_sent_by_their_id() {
    let mut client = Client::inside();
    client.person(write("hi @"));
    assert_eq!(client.offered(), ["Ben", "Ana", "@channel", "@here"]);
    client.person(write("hi @b"));
    assert_eq!(client.offered(), ["Ben"]);
    client.person(Intent::Choose(None));
    assert_eq!(client.composed(), ("hi @Ben ".to_owned(), Some(8)));
    assert!(client.options().is_empty());
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("hi <@U2>"));
}

#[test]
fn arrows_move_around_the_options() {
    let mut client = Client::inside();
    client.person(write("@"));
    let active = |client: &Client| client.options().iter().position(|row| row.active);
    assert_eq!(active(&client), Some(0));
    client.person(Intent::Move(-1));
    assert_eq!(active(&client), Some(3));
    client.person(Intent::Move(1));
    client.person(Intent::Move(1));
    assert_eq!(active(&client), Some(1));
    client.person(Intent::Choose(None));
    assert_eq!(client.composed().0, "@Ana ");
}

#[test]
fn a_hash_offers_channels_and_the_chosen_one_is_sent_by_its_id() {
    let mut client = Client::inside();
    client.person(write("see #ran"));
    assert_eq!(client.offered(), ["#random"]);
    client.person(Intent::Choose(Some("C2".to_owned())));
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("see <#C2>"));
}

#[test]
fn channels_one_is_not_in_are_looked_for_in_the_directory() {
    let mut client = Client::inside();
    client.taken();
    client.person(write("#sun"));
    let pages = Call::Channels { cursor: None };
    assert_eq!(client.calls(), std::slice::from_ref(&pages));
    let mut sunrise = channel("C9", "sunrise", 1);
    sunrise["member"] = json!(false);
    client.answer(
        pages,
        200,
        &json!({"channels": [sunrise], "next_cursor": null}),
    );
    assert_eq!(client.offered(), ["#sunrise"]);
    client.person(Intent::Choose(None));
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("<#C9>"));
}

#[test]
fn a_colon_fetches_the_table_once_and_offers_emoji() {
    let mut client = Client::inside();
    client.taken();
    client.person(write("yes :ta"));
    client.person(write("yes :tad"));
    assert_eq!(client.calls(), [Call::Emoji]);
    assert!(client.offered().is_empty());
    client.give(Input::Answered {
        call: Call::Emoji,
        answer: Answer::Came {
            status: 200,
            body: "= Fun\n🎉 tada party\n".to_owned(),
        },
    });
    assert_eq!(client.offered(), ["🎉  :tada:"]);
    client.person(Intent::Choose(None));
    assert_eq!(client.composed(), ("yes 🎉 ".to_owned(), Some(7)));
    client.person(write("yes 🎉 :party:"));
    assert_eq!(
        client.composed().0,
        "yes 🎉 :party:",
        "no emoji has that name"
    );
    client.person(write("yes 🎉 :tada"));
    client.person(write("yes 🎉 :tada:"));
    assert_eq!(client.composed().0, "yes 🎉 🎉 ");
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("yes 🎉 🎉"));
}

#[test]
fn a_name_that_was_not_chosen_stays_text_and_escape_offers_nothing() {
    let mut client = Client::inside();
    client.person(write("hi @Ben"));
    client.person(Intent::Uncomplete);
    assert!(client.options().is_empty());
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("hi @Ben"));
}

#[test]
fn people_who_are_not_known_are_searched_for_once_typing_pauses() {
    let mut client = Client::inside();
    client.person(write("@cl"));
    assert_eq!(client.woken(&Timer::Search), Some(150));
    client.give(Input::Rang(Timer::Search));
    let search = Call::Users {
        prefix: "cl".to_owned(),
        cursor: None,
    };
    assert_eq!(client.calls(), std::slice::from_ref(&search));
    let cleo = json!({"id": "U3", "display_name": "Cleo", "role": "member"});
    client.answer(
        search,
        200,
        &json!({"users": [cleo], "next_cursor": "more"}),
    );
    assert_eq!(client.offered(), ["Cleo"]);
}

#[test]
fn a_draft_keeps_whom_it_names_over_a_reload() {
    let mut client = Client::inside();
    client.person(write("@b"));
    client.person(Intent::Choose(None));
    client.give(Input::Rang(Timer::Draft));
    let stored: Vec<(String, String)> = client
        .taken()
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Store { key, value } => Some((key, value)),
            _ => None,
        })
        .collect();
    let mut client = Client::new();
    client.start("/c/C1", "", stored);
    client.answer(Call::Boot, 200, &boot());
    client.greet();
    client.sync("C1", 3, true);
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("<@U2>"));
}

#[test]
fn whoever_names_everybody_in_a_big_channel_is_asked_first() {
    let mut client = Client::inside();
    client.person(write("@chan"));
    client.person(Intent::Choose(None));
    client.press_enter();
    assert_eq!(client.sends().as_deref(), Some("<!channel>"), "two are few");

    let mut crowd = boot();
    crowd["channels"][0]["member_count"] = json!(21);
    crowd["channels"][0]["seq"] = json!(9);
    client.answer(Call::Boot, 200, &crowd);
    client.person(write("@he"));
    client.person(Intent::Choose(None));
    client.press_enter();
    assert_eq!(client.sends(), None);
    let dialog = client.chat().dialog.unwrap();
    assert_eq!(dialog.kind, DialogKind::Everybody);
    assert_eq!(
        dialog.note.as_deref(),
        Some("This message notifies 21 people in #general.")
    );
    client.person(Intent::CloseDialog);
    assert_eq!(client.composed().0, "@here ", "it is still there");
    client.press_enter();
    client.person(Intent::SendToEverybody);
    assert_eq!(client.chat().dialog, None);
    assert_eq!(client.composed().0, "");
    let pending = client.messages().pop().map(|message| message.send);
    assert_eq!(
        pending,
        Some(SendMark::NotSentYet),
        "behind the one that is on its way"
    );
}
