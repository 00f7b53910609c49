//! What can be done with a message: the toolbar at the one under the pointer or with the focus, its menu, and the keys.
//!
//! There is one toolbar for a timeline, which moves from message to message. A message says by its attributes which one it is
//! (`data-seq`) and what it offers (`data-offered`); buttons within say what they do (`data-act`, `data-emoji`, `data-more`).

use std::{cell::RefCell, rc::Rc};

use client_core::{
    input::Intent,
    message_keys::{MESSAGE_ACTS, MessageAct, pressed},
    strings,
};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, Node};

use crate::{
    dom::{Dispatch, append, document, flag, icon_button, on, set, tag},
    icon::Icon,
};

/// The toolbar and what brings it to a message.
pub struct Actions {
    _listeners: [EventListener; 5],
}

struct Bar {
    node: Element,
    menu: Element,
    more: Element,
    /// Buttons of the toolbar and the menu, each with its place in the table.
    buttons: Vec<(usize, Element)>,
    /// What the message it is at offers.
    offered: RefCell<String>,
    dispatch: Dispatch,
}

impl Actions {
    /// The actions of the messages in `rows`.
    pub fn new(rows: &Element, dispatch: &Dispatch) -> Self {
        let bar = Rc::new(Bar::new(dispatch));
        let with = |act: fn(&Bar, &Event)| {
            let bar = bar.clone();
            move |event: &Event| act(&bar, event)
        };
        Self {
            _listeners: [
                on(rows, "mouseover", with(Bar::come)),
                on(rows, "focusin", with(Bar::come)),
                on(rows, "click", with(Bar::click)),
                on(rows, "keydown", with(Bar::key)),
                EventListener::new(&document(), "pointerdown", with(Bar::pointed)),
            ],
        }
    }
}

impl Bar {
    fn new(dispatch: &Dispatch) -> Self {
        let bar = tag("div")
            .class("toolbar")
            .attr("role", "toolbar")
            .attr("aria-live", "off")
            .attr("aria-label", strings::MESSAGE_ACTIONS)
            .element();
        let menu = tag("div")
            .class("menu")
            .attr("role", "menu")
            .attr("hidden", "")
            .attr("aria-label", strings::MORE_ACTIONS)
            .element();
        let mut buttons = Vec::new();
        for (index, row) in MESSAGE_ACTS.iter().enumerate() {
            let place = index.to_string();
            if let MessageAct::React | MessageAct::Reply | MessageAct::Edit = row.act {
                let button = icon_button(&icon_of(row.act).draw(), row.label, "");
                set(&button, "data-act", Some(&place));
                append(&bar, &button);
                buttons.push((index, button));
            }
            let item = tag("button")
                .class("menu-item")
                .attr("type", "button")
                .attr("role", "menuitem")
                .attr("tabindex", "-1")
                .attr("aria-keyshortcuts", row.key_name)
                .attr("data-act", &place)
                .child(&icon_of(row.act).draw())
                .child(&tag("span").text(row.label).element())
                .child(
                    &tag("kbd")
                        .attr("aria-hidden", "true")
                        .text(row.key_name)
                        .element(),
                )
                .element();
            append(&menu, &item);
            buttons.push((index, item));
        }
        let more = icon_button(&Icon::More.draw(), strings::MORE_ACTIONS, "");
        set(&more, "data-more", Some(""));
        set(&more, "aria-haspopup", Some("menu"));
        set(&more, "aria-expanded", Some("false"));
        append(&bar, &more);
        append(&bar, &menu);
        Self {
            node: bar,
            menu,
            more,
            buttons,
            offered: RefCell::default(),
            dispatch: dispatch.clone(),
        }
    }

    fn is_open(&self) -> bool {
        !self.menu.has_attribute("hidden")
    }

    /// The pointer or the focus is at a message.
    fn come(&self, event: &Event) {
        if !self.node.is_connected() {
            // Its message has gone, with the menu.
            self.close(false);
        }
        if !self.is_open()
            && let Some(article) = around(event, "article[data-offered]")
        {
            self.attach(&article);
        }
    }

    fn attach(&self, article: &Element) {
        let offered = article.get_attribute("data-offered").unwrap_or_default();
        let is_new = *self.offered.borrow() != offered;
        if is_new {
            for (index, button) in &self.buttons {
                let is_offered = MESSAGE_ACTS
                    .get(*index)
                    .is_some_and(|row| row.is_offered(&offered));
                flag(button, "hidden", !is_offered);
            }
            self.offered.replace(offered);
        }
        let is_here = self.node.parent_element().is_some_and(|at| at == *article);
        if !is_here
            && !article
                .query_selector(".editor")
                .is_ok_and(|found| found.is_some())
        {
            append(article, &self.node);
        }
    }

    fn click(&self, event: &Event) {
        let (Some(button), Some(article)) =
            (around(event, "button"), around(event, "article[data-seq]"))
        else {
            return;
        };
        let Some(seq) = seq_of(&article) else { return };
        if let Some(emoji) = button.get_attribute("data-emoji") {
            self.dispatch.intent(Intent::React(seq, emoji));
        } else if let Some(act) = button.get_attribute("data-act") {
            self.close(false);
            let row = act.parse().ok().and_then(|at: usize| MESSAGE_ACTS.get(at));
            if let Some(row) = row {
                self.dispatch.intent(Intent::Message(row.act, seq));
            }
        } else if button.has_attribute("data-more") {
            if self.is_open() {
                self.close(true);
            } else {
                self.attach(&article);
                self.open();
            }
        }
    }

    fn open(&self) {
        let window = crate::dom::window();
        let height = window
            .inner_height()
            .ok()
            .and_then(|height| height.as_f64());
        let is_low = self.node.get_bounding_client_rect().top() > height.unwrap_or(0.0) / 2.0;
        set(
            &self.node,
            "class",
            Some(if is_low {
                "toolbar is-open is-low"
            } else {
                "toolbar is-open"
            }),
        );
        flag(&self.menu, "hidden", false);
        set(&self.more, "aria-expanded", Some("true"));
        self.step(None, 1);
    }

    fn close(&self, goes_back: bool) {
        if !self.is_open() {
            return;
        }
        set(&self.node, "class", Some("toolbar"));
        flag(&self.menu, "hidden", true);
        set(&self.more, "aria-expanded", Some("false"));
        if goes_back {
            focus(&self.more);
        }
    }

    /// A press anywhere else closes the menu.
    fn pointed(&self, event: &Event) {
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Node>().ok());
        if !self.node.contains(target.as_ref()) {
            self.close(false);
        }
    }

    fn key(&self, event: &Event) {
        let key: &KeyboardEvent = event.unchecked_ref();
        if key.ctrl_key() || key.meta_key() || key.alt_key() {
            return;
        }
        if let Some(item) = around(event, ".menu-item") {
            return self.key_in_menu(key, &item);
        }
        let article = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let Some(article) = article.filter(|target| target.has_attribute("data-seq")) else {
            return;
        };
        let offered = article.get_attribute("data-offered").unwrap_or_default();
        if let (Some(act), Some(seq)) = (pressed(&key.key(), &offered), seq_of(&article)) {
            event.prevent_default();
            self.dispatch.intent(Intent::Message(act, seq));
        }
    }

    fn key_in_menu(&self, key: &KeyboardEvent, item: &Element) {
        match key.key().as_str() {
            "Escape" => self.close(true),
            "Tab" => return self.close(false),
            "ArrowDown" => self.step(Some(item), 1),
            "ArrowUp" => self.step(Some(item), -1),
            _ => return,
        }
        key.prevent_default();
        key.stop_propagation();
    }

    /// Gives the focus to the next item of the menu that is offered, round and round.
    fn step(&self, from: Option<&Element>, by: isize) {
        let items: Vec<&Element> = self
            .buttons
            .iter()
            .map(|(_, button)| button)
            .filter(|button| button.class_name() == "menu-item" && !button.has_attribute("hidden"))
            .collect();
        let at = from.and_then(|from| items.iter().position(|item| *item == from));
        let next = match (at, by) {
            (None, _) => 0,
            (Some(at), 1) => at + 1,
            (Some(at), _) => (at + items.len()).saturating_sub(1),
        };
        if let Some(item) = next.checked_rem(items.len()).and_then(|at| items.get(at)) {
            focus(item);
        }
    }
}

/// What is drawn for an act.
fn icon_of(act: MessageAct) -> Icon {
    match act {
        MessageAct::React => Icon::Smile,
        MessageAct::Reply => Icon::Thread,
        MessageAct::Edit => Icon::Compose,
        MessageAct::CopyLink => Icon::Link,
        MessageAct::MarkUnread => Icon::Unread,
        MessageAct::Delete => Icon::Bin,
    }
}

fn around(event: &Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok().flatten()
}

fn seq_of(article: &Element) -> Option<u64> {
    article.get_attribute("data-seq")?.parse().ok()
}

/// Gives an element the focus.
pub fn focus(element: &Element) {
    let element: &HtmlElement = element.unchecked_ref();
    let _ = element.focus();
}
