//! The content of the switcher.

use client_core::{input::Intent, message_keys::MESSAGE_ACTS, strings, view::DialogView};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::options::{Options, key_intent};
use crate::dom::{Dispatch, append, on, say_or_hide, set, tag};

/// The field, and where one can go.
pub struct Switcher {
    options: Options,
    empty: Element,
}

impl Switcher {
    /// A switcher, in `content`; `field` is its search field.
    pub fn new(content: &Element, field: &Element, dispatch: &Dispatch) -> (Self, EventListener) {
        // A search field cannot be a combobox.
        set(field, "type", Some("text"));
        set(field, "placeholder", Some(strings::SWITCH_HINT));
        let options = Options::new(field, "switcher-options", true, dispatch);
        let empty = tag("p")
            .class("choices-empty")
            .attr("role", "status")
            .element();
        append(content, options.node());
        append(content, &empty);
        let dispatch = dispatch.clone();
        let listener = on(field, "keydown", move |event| {
            let key: &KeyboardEvent = event.unchecked_ref();
            if let (false, Some(intent)) = (key.is_composing(), key_intent(&key.key())) {
                event.prevent_default();
                dispatch.intent(intent);
            }
        });
        (Self { options, empty }, listener)
    }

    /// Shows a view.
    pub fn show(&mut self, view: &DialogView) {
        self.options.show(&view.options);
        say_or_hide(&self.empty, view.empty);
    }
}

/// The content of the dialog of keys: each with what it does.
pub fn keys(content: &Element) {
    let mac = crate::browser::is_mac();
    // Whoever has no wheel scrolls it by arrows.
    let all = tag("div").class("keys-all").attr("tabindex", "0").element();
    let list = tag("dl").class("keys").element();
    for key in client_core::keys::KEYS {
        row(&list, &key.names(mac), key.words);
    }
    append(&all, &list);
    let heading = tag("h3")
        .class("keys-heading")
        .text(strings::KEYS_ON_MESSAGE);
    append(&all, &heading.element());
    let list = tag("dl").class("keys").element();
    row(&list, &["↑", "↓"], strings::KEY_MESSAGES);
    for key in MESSAGE_ACTS {
        row(&list, &[key.key_name], key.label);
    }
    append(&all, &list);
    append(content, &all);
}

fn row(list: &Element, names: &[&str], words: &str) {
    let pressed = tag("dt").element();
    for name in names {
        append(&pressed, &tag("kbd").text(name).element());
    }
    append(list, &pressed);
    append(list, &tag("dd").text(words).element());
}

/// A foot whose button asks for more of a list.
pub fn more(content: &Element, dispatch: &Dispatch) -> (Element, EventListener) {
    let more = crate::dom::button(strings::MORE, "button-quiet choices-more");
    append(content, &more);
    let listener = crate::dom::on_click(&more, dispatch, || Intent::More);
    (more, listener)
}
