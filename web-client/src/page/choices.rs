//! Rows of the dialogs' lists.

use client_core::{
    input::Intent,
    view::{BrowseRow, Choice, PersonRow},
};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, Node};

use super::{avatar::avatar, sidebar::with_dot};
use crate::{
    dom::{Dispatch, append, button, clear, on, on_click, say, set, tag},
    list::Row,
};

/// A channel that can be joined or opened.
pub struct ChannelChoice {
    node: Element,
    dispatch: Dispatch,
    listener: Option<EventListener>,
}

impl Row<BrowseRow> for ChannelChoice {
    fn new(item: &BrowseRow, dispatch: &Dispatch) -> Self {
        let mut row = Self {
            node: tag("li").class("choice").element(),
            dispatch: dispatch.clone(),
            listener: None,
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &BrowseRow) {
        clear(&self.node);
        let about = tag("span").class("choice-about").attr("dir", "auto");
        let words = tag("span")
            .class("choice-words")
            .child(
                &tag("span")
                    .class("choice-name")
                    .attr("dir", "auto")
                    .text(&item.name)
                    .element(),
            )
            .child(&about.text(&item.about).element());
        append(&self.node, &words.element());
        let act = button(item.action, "button-quiet");
        set(
            &act,
            "aria-label",
            Some(&format!("{} {}", item.action, item.name)),
        );
        append(&self.node, &act);
        let (id, member) = (item.id.clone(), item.member);
        self.listener = Some(on_click(&act, &self.dispatch, move || {
            if member {
                Intent::Open(id.clone())
            } else {
                Intent::Join(id.clone())
            }
        }));
    }
}

/// A person that can be chosen.
pub struct PersonChoice {
    node: Element,
    /// A tick box or a button; which of them stays as it is.
    control: Element,
    words: Element,
    _listener: EventListener,
}

impl Row<PersonRow> for PersonChoice {
    fn new(item: &PersonRow, dispatch: &Dispatch) -> Self {
        let words = tag("span").class("choice-words").element();
        let (line, control, event) = match item.choice {
            Choice::Tick(_) => (
                tag("label").class("choice choice-person"),
                tag("input").attr("type", "checkbox").element(),
                "change",
            ),
            Choice::Press { .. } => (
                tag("div").class("choice"),
                button("", "button-quiet choice-button"),
                "click",
            ),
        };
        let line = line
            .child(&control)
            .child(&with_dot(&avatar(&item.initials, item.hue), &item.id))
            .child(&words)
            .element();
        let id = item.id.clone();
        let dispatch = dispatch.clone();
        let listener = on(&control, event, move |_| {
            dispatch.intent(Intent::Pick(id.clone()));
        });
        let mut row = Self {
            node: tag("li").child(&line).element(),
            control,
            words,
            _listener: listener,
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &PersonRow) {
        match item.choice {
            Choice::Tick(on) => self
                .control
                .unchecked_ref::<HtmlInputElement>()
                .set_checked(on),
            // Not disabled: that would take the focus away from whoever has just pressed it.
            Choice::Press { words, ready } => {
                let label = format!("{words} {}", item.name);
                say(&self.control, words);
                set(&self.control, "aria-label", Some(&label));
                set(&self.control, "aria-disabled", (!ready).then_some("true"));
            }
        }
        clear(&self.words);
        let name = tag("span")
            .class("choice-name")
            .attr("dir", "auto")
            .text(&item.name);
        append(&self.words, &name.element());
        if !item.title.is_empty() {
            let title = tag("span").class("choice-about").attr("dir", "auto");
            append(&self.words, &title.text(&item.title).element());
        }
    }
}
