//! Where a message is changed, in its place.

use client_core::{input::Intent, strings};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement, KeyboardEvent};

use super::composer::{fit, is_composing};
use crate::{
    browser::is_touch,
    dom::{Dispatch, append, button, on, on_click, set, tag},
};

/// The field and its buttons.
pub struct Editor {
    text: HtmlTextAreaElement,
    _listeners: [EventListener; 4],
}

impl Editor {
    /// An editor of this text, in `body`.
    pub fn new(body: &Element, text: &str, dispatch: &Dispatch) -> Self {
        let area = tag("textarea")
            .class("composer-text")
            .attr("rows", "1")
            .attr("dir", "auto")
            .attr("aria-label", strings::EDIT_LABEL)
            .element();
        let cancel = button(strings::CANCEL, "button-quiet");
        let save = button(strings::SAVE, "button-primary");
        set(&save, "type", Some("submit"));
        let foot = tag("div")
            .class("editor-foot")
            .child(
                &tag("span")
                    .class("editor-hint")
                    .text(strings::EDIT_HINT)
                    .element(),
            )
            .child(&cancel)
            .child(&save)
            .element();
        let form = tag("form")
            .class("editor")
            .child(&area)
            .child(&foot)
            .element();
        append(body, &form);
        let field: HtmlTextAreaElement = area.unchecked_into();
        field.set_value(text);
        let listeners = [
            on_click(&cancel, dispatch, || Intent::CancelEdit),
            {
                let (field, dispatch) = (field.clone(), dispatch.clone());
                on(&form, "submit", move |event| {
                    event.prevent_default();
                    dispatch.intent(Intent::SaveEdit(field.value()));
                })
            },
            {
                let (text, dispatch) = (field.clone(), dispatch.clone());
                on(&field, "input", move |_| {
                    fit(&text);
                    dispatch.intent(Intent::TypeEdit(text.value()));
                })
            },
            {
                let (text, dispatch) = (field.clone(), dispatch.clone());
                on(&field, "keydown", move |event| {
                    let key: &KeyboardEvent = event.unchecked_ref();
                    let intent = match key.key().as_str() {
                        "Enter" if !key.shift_key() && !is_touch() => {
                            Intent::SaveEdit(text.value())
                        }
                        "Escape" => Intent::CancelEdit,
                        _ => return,
                    };
                    if !is_composing(key) {
                        event.prevent_default();
                        event.stop_propagation();
                        dispatch.intent(intent);
                    }
                })
            },
        ];
        Self {
            text: field,
            _listeners: listeners,
        }
    }

    /// Puts the caret behind the text.
    pub fn focus(&self) {
        fit(&self.text);
        let _ = self.text.focus();
        let end = self.text.value().encode_utf16().count();
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        let _ = self.text.set_selection_range(end, end);
    }
}
