//! Where one writes.

use std::rc::Rc;

use client_core::{input::Intent, strings, view::ComposerView};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use crate::{
    browser::is_touch,
    dom::{Dispatch, append, flag, icon_button, on, say_or_hide, set, tag},
    icon::Icon,
};

/// The key code that browsers give while an input method composes.
const COMPOSING_KEY: u32 = 229;

/// The composer on the page.
pub struct Composer {
    text: HtmlTextAreaElement,
    send: Element,
    hint: Element,
    revision: Option<u32>,
    _listeners: [EventListener; 3],
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
        let form = tag("form")
            .class("composer")
            .child(&area)
            .child(&send)
            .element();
        append(foot, &hint);
        append(foot, &form);
        let text: HtmlTextAreaElement = area.unchecked_into();
        let listeners = listen(&form, &text, dispatch);
        Self {
            text,
            send,
            hint,
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
        let invalid = view.hint.is_some().then_some("true");
        set(&self.text, "aria-invalid", invalid);
        if self.revision != Some(view.revision) {
            self.revision = Some(view.revision);
            self.text.set_value(&view.text);
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

fn listen(form: &Element, text: &HtmlTextAreaElement, dispatch: &Dispatch) -> [EventListener; 3] {
    let send = {
        let (text, dispatch) = (text.clone(), dispatch.clone());
        Rc::new(move || dispatch.intent(Intent::Send(text.value())))
    };
    let typed = {
        let (text, dispatch) = (text.clone(), dispatch.clone());
        on(&text.clone(), "input", move |_| {
            fit(&text);
            dispatch.intent(Intent::Type(text.value()));
        })
    };
    let pressed = {
        let (text, send, dispatch) = (text.clone(), send.clone(), dispatch.clone());
        on(&text.clone(), "keydown", move |event| {
            let key: &KeyboardEvent = event.unchecked_ref();
            if key.shift_key() || is_composing(key) {
                return;
            }
            match key.key().as_str() {
                "Enter" if !is_touch() => {
                    event.prevent_default();
                    send();
                }
                "ArrowUp" if text.value().is_empty() => {
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
    [typed, pressed, submitted]
}

/// Whether an input method composes. Safari ends a composition before the Enter that ended it, and says so by the key code only.
pub fn is_composing(key: &KeyboardEvent) -> bool {
    key.is_composing() || key.key_code() == COMPOSING_KEY
}

/// As high as its text, as far as the style sheet lets it.
pub fn fit(text: &HtmlTextAreaElement) {
    let style = text.style();
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", text.scroll_height()));
}
