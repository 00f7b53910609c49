//! The forms at the door.

use client_core::{
    input::Intent,
    strings,
    view::{DoorForm, DoorView},
};
use gloo::events::EventListener;
use protocol::limits::{DISPLAY_NAME_MAX_CHARS, NAME_MAX_CHARS};
use web_sys::{Element, HtmlElement, HtmlInputElement};

use crate::{
    dom::{Dispatch, append, flag, on, say, say_or_hide, tag},
    icon::Icon,
};

/// A form at the door.
pub struct Door {
    form: DoorForm,
    notice: Element,
    failure: Element,
    submit: Element,
    words: &'static str,
    _listener: EventListener,
}

impl Door {
    /// The form, in `root`.
    pub fn new(root: &Element, form: DoorForm, dispatch: &Dispatch) -> Self {
        let (title, lead, words) = match form {
            DoorForm::SignUp => (
                strings::SIGN_UP_TITLE,
                strings::SIGN_UP_LEAD,
                strings::SIGN_UP_ACTION,
            ),
            DoorForm::Join => (
                strings::JOIN_TITLE,
                strings::JOIN_LEAD,
                strings::JOIN_ACTION,
            ),
            DoorForm::SignIn => (
                strings::SIGN_IN_TITLE,
                strings::SIGN_IN_LEAD,
                strings::SIGN_IN_ACTION,
            ),
        };
        let notice = tag("p")
            .class("form-notice")
            .attr("role", "status")
            .element();
        let failure = tag("p")
            .class("form-failure")
            .attr("role", "alert")
            .element();
        let submit = tag("button")
            .class("button button-primary button-wide")
            .attr("type", "submit")
            .text(words)
            .element();
        let card = tag("form")
            .class("card")
            .attr("aria-label", title)
            .element();
        let workspace = (form == DoorForm::SignUp).then(|| {
            field(
                &card,
                "workspace-name",
                strings::WORKSPACE_NAME,
                strings::WORKSPACE_NAME_EXAMPLE,
                NAME_MAX_CHARS,
            )
        });
        let name = (form != DoorForm::SignIn).then(|| {
            let name = field(
                &card,
                "display-name",
                strings::YOUR_NAME,
                strings::YOUR_NAME_EXAMPLE,
                DISPLAY_NAME_MAX_CHARS,
            );
            name.set_autocomplete("name");
            name
        });
        append(&card, &failure);
        append(&card, &submit);
        let listener = listen(&card, form, workspace.clone(), name.clone(), dispatch);
        append(root, &frame(title, lead, &notice, &card, form));
        if let Some(first) = workspace.or(name) {
            let _ = first.focus();
        } else {
            let submit: HtmlElement = wasm_bindgen::JsCast::unchecked_into(submit.clone());
            let _ = submit.focus();
        }
        Self {
            form,
            notice,
            failure,
            submit,
            words,
            _listener: listener,
        }
    }

    /// Which form this is.
    pub fn form(&self) -> DoorForm {
        self.form
    }

    /// Shows how it stands.
    pub fn show(&mut self, view: &DoorView) {
        say_or_hide(&self.notice, view.notice);
        say_or_hide(&self.failure, view.failure);
        say(
            &self.submit,
            if view.busy { strings::BUSY } else { self.words },
        );
        flag(&self.submit, "disabled", view.busy);
    }
}

fn listen(
    card: &Element,
    form: DoorForm,
    workspace: Option<HtmlInputElement>,
    name: Option<HtmlInputElement>,
    dispatch: &Dispatch,
) -> EventListener {
    let dispatch = dispatch.clone();
    let value = |field: &Option<HtmlInputElement>| {
        field
            .as_ref()
            .map(HtmlInputElement::value)
            .unwrap_or_default()
    };
    on(card, "submit", move |event| {
        event.prevent_default();
        dispatch.intent(match form {
            DoorForm::SignUp => Intent::SignUp {
                workspace: value(&workspace),
                name: value(&name),
            },
            DoorForm::Join => Intent::AcceptInvite { name: value(&name) },
            DoorForm::SignIn => Intent::SignIn,
        });
    })
}

fn frame(title: &str, lead: &str, notice: &Element, card: &Element, form: DoorForm) -> Element {
    let brand = tag("div")
        .class("door-brand")
        .child(&Icon::Sun.draw())
        .child(&tag("p").class("door-name").text(strings::PRODUCT).element())
        .child(
            &tag("p")
                .class("door-tagline")
                .text(strings::TAGLINE)
                .element(),
        )
        .element();
    let main = tag("div")
        .class("door-main")
        .child(notice)
        .child(&tag("h1").class("door-title").text(title).element())
        .child(&tag("p").class("door-lead").text(lead).element())
        .child(card)
        .element();
    if form == DoorForm::SignUp {
        let hint = tag("p").class("door-hint").text(strings::SIGN_UP_HINT);
        append(&main, &hint.element());
    }
    tag("main")
        .class("door")
        .child(&brand)
        .child(&main)
        .element()
}

/// A labelled text field at the end of `parent`.
pub fn field(
    parent: &Element,
    id: &str,
    label: &str,
    example: &str,
    max_chars: usize,
) -> HtmlInputElement {
    let input = tag("input")
        .class("input")
        .attr("id", id)
        .attr("name", id)
        .attr("type", "text")
        .attr("dir", "auto")
        .attr("placeholder", example)
        .attr("maxlength", &max_chars.to_string())
        .attr("autocomplete", "off")
        .element();
    let field = tag("div")
        .class("field")
        .child(
            &tag("label")
                .class("label")
                .attr("for", id)
                .text(label)
                .element(),
        )
        .child(&input)
        .element();
    append(parent, &field);
    let input: HtmlInputElement = wasm_bindgen::JsCast::unchecked_into(input);
    input.set_required(true);
    input
}
