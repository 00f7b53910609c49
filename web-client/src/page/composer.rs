//! Where one writes.

use std::{cell::Cell, rc::Rc};

use client_core::{input::Intent, strings, view::ComposerView};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, InputEvent, KeyboardEvent};

use super::options::{Options, key_intent};
use crate::{
    browser::{COMPOSING_KEY, is_touch},
    dom::{Dispatch, append, flag, icon_button, on, say, say_or_hide, set, tag},
    icon::Icon,
};

/// The composer on the page.
pub struct Composer {
    text: HtmlTextAreaElement,
    send: Element,
    hint: Element,
    typing: Element,
    options: Options,
    /// Whether there are options, which some keys are for then.
    offers: Rc<Cell<bool>>,
    revision: Option<u32>,
    _listeners: [EventListener; 4],
}

impl Composer {
    /// An empty composer, in `foot`; its hint has this id.
    pub fn new(foot: &Element, hint_id: &str, dispatch: &Dispatch) -> Self {
        let area = tag("textarea")
            .class("composer-text")
            .attr("rows", "1")
            .attr("dir", "auto")
            .attr("enterkeyhint", if is_touch() { "enter" } else { "send" })
            .attr("aria-describedby", hint_id)
            .element();
        let send = icon_button(&Icon::Send.draw(), strings::SEND, "composer-send");
        set(&send, "type", Some("submit"));
        let hint = tag("p")
            .class("composer-hint")
            .attr("id", hint_id)
            .attr("role", "alert")
            .element();
        let options = Options::new(&area, &(hint_id.to_owned() + "-options"), false, dispatch);
        let form = tag("form")
            .class("composer")
            .child(options.node())
            .child(&area)
            .child(&send)
            .element();
        let typing = tag("p")
            .class("typing")
            .attr("role", "status")
            .attr("dir", "auto")
            .element();
        for part in [&hint, &form, &typing] {
            append(foot, part);
        }
        let text: HtmlTextAreaElement = area.unchecked_into();
        let offers = Rc::new(Cell::new(false));
        let listeners = listen(&form, &text, &offers, dispatch);
        Self {
            text,
            send,
            hint,
            typing,
            options,
            offers,
            revision: None,
            _listeners: listeners,
        }
    }

    /// Shows a view.
    pub fn show(&mut self, view: &ComposerView) {
        set(&self.text, "aria-label", Some(&view.label));
        set(&self.text, "placeholder", Some(&view.label));
        flag(&self.send, "disabled", !view.can_send);
        say_or_hide(&self.hint, view.hint.as_deref());
        say(&self.typing, &view.typing);
        let invalid = view.hint.is_some().then_some("true");
        set(&self.text, "aria-invalid", invalid);
        self.offers.set(!view.options.is_empty());
        self.options.show(&view.options);
        if self.revision != Some(view.revision) {
            self.revision = Some(view.revision);
            self.text.set_value(&view.text);
            if let Some(caret) = view.caret {
                let _ = self.text.set_selection_range(caret, caret);
            }
            fit(&self.text);
        }
    }

    /// Puts the focus here, unless that would bring up a keyboard on the screen.
    pub fn focus(&self) {
        if !is_touch() {
            let _ = self.text.focus();
        }
    }
}

fn listen(
    form: &Element,
    text: &HtmlTextAreaElement,
    offers: &Rc<Cell<bool>>,
    dispatch: &Dispatch,
) -> [EventListener; 4] {
    let send = {
        let (text, dispatch) = (text.clone(), dispatch.clone());
        Rc::new(move || dispatch.intent(Intent::Send(text.value())))
    };
    let typed = {
        let (text, dispatch) = (text.clone(), dispatch.clone());
        on(&text.clone(), "input", move |event| {
            fit(&text);
            dispatch.intent(Intent::Type(text.value()));
            // Keyboards on the screen compose all the time; elsewhere the list would lie on top of the input method's own.
            let input: &InputEvent = event.unchecked_ref();
            if input.is_composing() && !is_touch() {
                dispatch.intent(Intent::Uncomplete);
            }
        })
    };
    let pressed = {
        let (send, offers, dispatch) = (send.clone(), offers.clone(), dispatch.clone());
        let area = text.clone();
        on(text, "keydown", move |event| {
            let key: &KeyboardEvent = event.unchecked_ref();
            if key.shift_key() || key.alt_key() || is_composing(key) {
                return;
            }
            let name = key.key();
            if offers.get() {
                let intent = match name.as_str() {
                    "Tab" => Some(Intent::Choose(None)),
                    "Escape" => Some(Intent::Uncomplete),
                    name => key_intent(name),
                };
                if let Some(intent) = intent {
                    event.prevent_default();
                    return dispatch.intent(intent);
                }
            }
            match name.as_str() {
                "Enter" if !is_touch() => {
                    event.prevent_default();
                    send();
                }
                "ArrowUp" if area.value().is_empty() => {
                    event.prevent_default();
                    dispatch.intent(Intent::EditLast);
                }
                _ => {}
            }
        })
    };
    let submitted = {
        let text: HtmlElement = text.clone().unchecked_into();
        on(form, "submit", move |event| {
            event.prevent_default();
            send();
            let _ = text.focus();
        })
    };
    let left = {
        let (offers, dispatch) = (offers.clone(), dispatch.clone());
        on(text, "blur", move |_| {
            if offers.get() {
                dispatch.intent(Intent::Uncomplete);
            }
        })
    };
    [typed, pressed, submitted, left]
}

/// Whether an input method composes. Safari ends a composition before the Enter that ended it, and says so by the key code only.
pub fn is_composing(key: &KeyboardEvent) -> bool {
    key.is_composing() || key.key_code() == COMPOSING_KEY
}

/// As high as its text, as far as the style sheet lets it.
pub fn fit(text: &HtmlTextAreaElement) {
    let style = text.style();
    let _ = style.set_property("height", "auto");
    let height = text.scroll_height().to_string() + "px";
    let _ = style.set_property("height", &height);
}
