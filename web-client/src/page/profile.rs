//! The content of the profile: whatever is one's own.

use client_core::{
    input::{DialogKind, Intent},
    storage::Theme,
    strings,
    view::DialogView,
};
use gloo::events::EventListener;
use protocol::limits::{DISPLAY_NAME_MAX_CHARS, TITLE_MAX_CHARS};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::door::field;
use crate::dom::{Dispatch, append, button, on, on_click, say, set, tag};

/// The profile on the page.
pub struct Profile {
    name: HtmlInputElement,
    title: HtmlInputElement,
    themes: [HtmlInputElement; 3],
    save: Element,
    note: Element,
    filled: bool,
}

impl Profile {
    /// An empty profile, in `content`.
    pub fn new(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Self {
        let form = tag("form").class("dialog-form").element();
        let name = field(
            &form,
            "profile-name",
            strings::YOUR_NAME,
            strings::YOUR_NAME_EXAMPLE,
            DISPLAY_NAME_MAX_CHARS,
        );
        let title = field(
            &form,
            "profile-title",
            strings::YOUR_TITLE,
            strings::YOUR_TITLE_EXAMPLE,
            TITLE_MAX_CHARS,
        );
        title.set_required(false);
        let save = tag("button")
            .class("button button-primary")
            .attr("type", "submit")
            .text(strings::SAVE)
            .element();
        let note = tag("p")
            .class("dialog-note")
            .attr("role", "status")
            .element();
        let foot = tag("div").class("dialog-foot").child(&note).child(&save);
        append(&form, &foot.element());
        append(content, &form);
        let (typed_name, typed_title, saves) = (name.clone(), title.clone(), dispatch.clone());
        listeners.push(on(&form, "submit", move |event| {
            event.prevent_default();
            saves.intent(Intent::SaveProfile {
                name: typed_name.value(),
                title: typed_title.value(),
            });
        }));
        let themes = themes(content, dispatch, listeners);
        let actions = tag("div").class("profile-actions").element();
        for (words, act) in [
            (
                strings::KEYS_TITLE,
                (|| Intent::OpenDialog(DialogKind::Keys)) as fn() -> Intent,
            ),
            (strings::OTHER_DEVICE, || {
                Intent::OpenDialog(DialogKind::SignInLink)
            }),
            (strings::SIGN_OUT, || Intent::SignOut { everywhere: false }),
            (strings::SIGN_OUT_EVERYWHERE, || Intent::SignOut {
                everywhere: true,
            }),
        ] {
            let action = button(words, "button-quiet");
            listeners.push(on_click(&action, dispatch, act));
            append(&actions, &action);
        }
        append(content, &actions);
        Self {
            name,
            title,
            themes,
            save,
            note,
            filled: false,
        }
    }

    /// Shows a view. What is typed stays.
    pub fn show(&mut self, view: &DialogView) {
        let Some(profile) = &view.profile else { return };
        if !std::mem::replace(&mut self.filled, true) {
            self.name.set_value(&profile.name);
            self.title.set_value(&profile.title);
        }
        for (choice, theme) in self.themes.iter().zip(Theme::ALL) {
            choice.set_checked(theme == profile.theme);
        }
        let words = if view.busy {
            strings::BUSY
        } else {
            strings::SAVE
        };
        say(&self.save, words);
        say(&self.note, view.note.as_deref().unwrap_or_default());
    }
}

fn themes(
    content: &Element,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> [HtmlInputElement; 3] {
    let group = tag("fieldset")
        .class("themes")
        .child(&tag("legend").class("label").text(strings::THEME).element())
        .element();
    append(content, &group);
    Theme::ALL.map(|theme| {
        let words = match theme {
            Theme::System => strings::THEME_SYSTEM,
            Theme::Light => strings::THEME_LIGHT,
            Theme::Dark => strings::THEME_DARK,
        };
        let choice = tag("input")
            .attr("type", "radio")
            .attr("name", "theme")
            .element();
        let label = tag("label").class("theme").child(&choice).text(words);
        append(&group, &label.element());
        listeners.push(on(&choice, "change", {
            let dispatch = dispatch.clone();
            move |_| dispatch.intent(Intent::SetTheme(theme))
        }));
        set(&choice, "value", Some(words));
        choice.unchecked_into()
    })
}
