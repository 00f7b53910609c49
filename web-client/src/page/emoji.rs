//! The grid in which one chooses an emoji.

use client_core::{input::Intent, view::EmojiSection};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::actions::focus;
use crate::dom::{Dispatch, append, clear, on, set, tag};

/// The grid on the page.
pub struct EmojiGrid {
    grid: Element,
    shown: Vec<EmojiSection>,
    _listeners: [EventListener; 2],
}

impl EmojiGrid {
    /// An empty grid, in `content`, below the field that searches it.
    pub fn new(content: &Element, dispatch: &Dispatch) -> Self {
        let grid = tag("div").class("emoji-grid").element();
        append(content, &grid);
        let dispatch = dispatch.clone();
        let picked = on(&grid, "click", move |event| {
            let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
            let emoji = target.and_then(|target| target.get_attribute("data-emoji"));
            if let Some(emoji) = emoji {
                dispatch.intent(Intent::PickEmoji(emoji));
            }
        });
        let cells = grid.clone();
        let pressed = on(content, "keydown", move |event| {
            walk(&cells, event.unchecked_ref());
        });
        Self {
            grid,
            shown: Vec::new(),
            _listeners: [picked, pressed],
        }
    }

    /// Shows these sections.
    pub fn show(&mut self, sections: &[EmojiSection]) {
        if self.shown == sections {
            return;
        }
        clear(&self.grid);
        for section in sections {
            let title = tag("h3")
                .class("emoji-title")
                .text(&section.title)
                .element();
            let cells = tag("div")
                .class("emoji-cells")
                .attr("role", "group")
                .attr("aria-label", &section.title)
                .element();
            for (symbol, name) in &section.emoji {
                let cell = tag("button")
                    .class("emoji")
                    .attr("type", "button")
                    .attr("tabindex", "-1")
                    .attr("data-emoji", symbol)
                    .attr("aria-label", name)
                    .attr("title", name)
                    .text(symbol);
                append(&cells, &cell.element());
            }
            append(&self.grid, &title);
            append(&self.grid, &cells);
        }
        // One of them is reached with Tab, the others with the arrow keys.
        if let Ok(Some(first)) = self.grid.query_selector(".emoji") {
            set(&first, "tabindex", Some("0"));
        }
        self.shown = sections.to_vec();
    }
}

/// Arrow keys lead from the field into the grid and through it, Enter in the field chooses what was found first.
fn walk(grid: &Element, key: &KeyboardEvent) {
    let Some(target) = key.target().and_then(|t| t.dyn_into::<Element>().ok()) else {
        return;
    };
    let in_grid = target.class_name() == "emoji";
    let next = match (key.key().as_str(), in_grid) {
        ("ArrowDown", false) => grid.query_selector(".emoji").ok().flatten(),
        ("Enter", false) => {
            key.prevent_default();
            if let Ok(Some(first)) = grid.query_selector(".emoji") {
                let first: web_sys::HtmlElement = first.unchecked_into();
                first.click();
            }
            return;
        }
        ("ArrowRight", true) => beside(grid, &target, true),
        ("ArrowLeft", true) => beside(grid, &target, false),
        ("ArrowDown", true) => across(grid, &target, true),
        ("ArrowUp", true) => match across(grid, &target, false) {
            None => target
                .closest("dialog")
                .ok()
                .flatten()
                .and_then(|dialog| dialog.query_selector("input").ok().flatten()),
            found => found,
        },
        _ => return,
    };
    if let Some(next) = next {
        key.prevent_default();
        focus(&next);
    }
}

fn cells(grid: &Element) -> Vec<Element> {
    let Ok(found) = grid.query_selector_all(".emoji") else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.get(at)?.dyn_into().ok())
        .collect()
}

/// The cell after or before this one.
fn beside(grid: &Element, from: &Element, forward: bool) -> Option<Element> {
    let cells = cells(grid);
    let at = cells.iter().position(|cell| cell == from)?;
    let next = if forward { at + 1 } else { at.checked_sub(1)? };
    cells.get(next).cloned()
}

/// The cell nearest to this one in the row below or above.
fn across(grid: &Element, from: &Element, down: bool) -> Option<Element> {
    let here = from.get_bounding_client_rect();
    let mut best: Option<(f64, Element)> = None;
    for cell in cells(grid) {
        let there = cell.get_bounding_client_rect();
        let rows = if down {
            there.top() - here.top()
        } else {
            here.top() - there.top()
        };
        if rows < here.height() / 2.0 {
            continue;
        }
        // A row further away counts more than any distance within it.
        let distance = rows * 10_000.0 + (there.left() - here.left()).abs();
        if best.as_ref().is_none_or(|(least, _)| distance < *least) {
            best = Some((distance, cell));
        }
    }
    best.map(|(_, cell)| cell)
}
