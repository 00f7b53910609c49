//! A list of options for whoever types in a field: the field keeps the focus and says which option is active.

use client_core::{input::Intent, strings, view::OptionRow};
use gloo::events::EventListener;
use web_sys::{Element, Node, ScrollIntoViewOptions, ScrollLogicalPosition};

use super::sidebar::{badge, draw};
use crate::{
    dom::{Dispatch, append, clear, flag, on, on_click, set, tag},
    list::{List, Row},
};

/// The options on the page.
pub struct Options {
    field: Element,
    is_combobox: bool,
    list: List<OptionRow, OptionItem>,
}

impl Options {
    /// No options yet, for `field`, which is a combobox or a text of several lines; such a one cannot be a combobox. `node` has to
    /// be put into the page.
    pub fn new(field: &Element, id: &str, is_combobox: bool, dispatch: &Dispatch) -> Self {
        let node = tag("ul")
            .class("options")
            .attr("id", id)
            .attr("role", "listbox")
            .attr("aria-label", strings::SUGGESTIONS)
            .attr("hidden", "")
            .element();
        for (name, value) in [
            ("aria-autocomplete", "list"),
            ("aria-controls", id),
            ("aria-haspopup", "listbox"),
            ("autocomplete", "off"),
        ] {
            set(field, name, Some(value));
        }
        if is_combobox {
            set(field, "role", Some("combobox"));
            set(field, "aria-expanded", Some("false"));
        }
        Self {
            field: field.clone(),
            is_combobox,
            list: List::new(node, dispatch),
        }
    }

    /// Its element.
    pub fn node(&self) -> &Element {
        self.list.parent()
    }

    /// Shows options.
    pub fn show(&mut self, rows: &[OptionRow]) {
        if self.list.shows(rows) {
            return;
        }
        self.list.show(rows);
        let none = rows.is_empty();
        flag(self.list.parent(), "hidden", none);
        if self.is_combobox {
            set(&self.field, "aria-expanded", Some(truth(!none)));
        }
        let active = rows.iter().find(|row| row.active).map(|row| id(&row.key));
        set(&self.field, "aria-activedescendant", active.as_deref());
    }
}

fn truth(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

fn id(key: &str) -> String {
    "option-".to_owned() + key
}

/// What a key does to the options of a field.
pub fn key_intent(key: &str) -> Option<Intent> {
    Some(match key {
        "ArrowDown" => Intent::Move(1),
        "ArrowUp" => Intent::Move(-1),
        "Enter" => Intent::Choose(None),
        _ => return None,
    })
}

/// An option.
pub struct OptionItem {
    node: Element,
    _listeners: [EventListener; 2],
}

impl Row<OptionRow> for OptionItem {
    fn new(item: &OptionRow, dispatch: &Dispatch) -> Self {
        let node = tag("li")
            .class("option")
            .attr("role", "option")
            .attr("id", &id(&item.key))
            .element();
        let key = item.key.clone();
        let listeners = [
            // The field keeps the focus.
            on(&node, "mousedown", web_sys::Event::prevent_default),
            on_click(&node, dispatch, move || Intent::Choose(Some(key.clone()))),
        ];
        let mut row = Self {
            node,
            _listeners: listeners,
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &OptionRow) {
        clear(&self.node);
        if let Some(icon) = item.icon {
            append(&self.node, &draw(icon, &item.name));
        }
        for (class, words) in [("option-name", &item.name), ("option-about", &item.about)] {
            let part = tag("span").class(class).attr("dir", "auto").text(words);
            append(&self.node, &part.element());
        }
        if let Some(count) = item.badge {
            append(&self.node, &badge(count, item.urgent));
        }
        set(&self.node, "aria-selected", Some(truth(item.active)));
        if item.active {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            self.node
                .scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    }
}
