//! The timeline: its rows, and keeping in view what was in view.

use std::{cell::Cell, rc::Rc};

use client_core::{
    effect::Effect,
    input::{Intent, ScrollPlace},
    view::Item,
};
use gloo::events::EventListener;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, HtmlElement, KeyboardEvent, ResizeObserver};

use super::{
    actions::{Actions, focus},
    message::TimelineRow,
};
use crate::{
    dom::{Dispatch, append, on, on_click, say_or_hide, set, tag},
    icon::Icon,
    list::List,
};

/// Within so many pixels of the end one is there.
const AT_BOTTOM_PX: i32 = 24;
/// So many pixels before an end more is shown, so that one does not have to wait there.
const NEAR_PX: i32 = 800;

/// The timeline on the page.
pub struct Timeline {
    scroller: Element,
    rows: List<Item, TimelineRow>,
    jump: Element,
    jump_text: Element,
    place: Rc<Place>,
    _listeners: [EventListener; 3],
    _actions: Actions,
    _resized: Resized,
}

/// Where the timeline is scrolled to.
struct Place {
    scroller: Element,
    dispatch: Dispatch,
    told: Cell<Option<ScrollPlace>>,
    pinned: Cell<bool>,
}

impl Timeline {
    /// An empty timeline with this id, in `main`.
    pub fn new(main: &Element, id: &str, dispatch: &Dispatch) -> Self {
        let rows = tag("div").class("rows").element();
        let scroller = tag("div")
            .class("timeline")
            .attr("id", id)
            .attr("role", "log")
            .attr("tabindex", "0")
            .child(&rows)
            .element();
        let jump_text = tag("span").element();
        let jump = tag("button")
            .class("jump")
            .attr("type", "button")
            .attr("hidden", "")
            .child(&Icon::Down.draw())
            .child(&jump_text)
            .element();
        let wrap = tag("div")
            .class("timeline-wrap")
            .child(&scroller)
            .child(&jump)
            .element();
        append(main, &wrap);
        let place = Rc::new(Place {
            scroller: scroller.clone(),
            dispatch: dispatch.clone(),
            told: Cell::new(None),
            pinned: Cell::new(true),
        });
        let followed = place.clone();
        let listeners = [
            on(&scroller, "scroll", move |_| {
                followed.pinned.set(followed.measure().at_bottom);
                followed.tell(false);
            }),
            on(&scroller, "keydown", walk),
            on_click(&jump, dispatch, || Intent::JumpToLatest),
        ];
        let actions = Actions::new(&rows, dispatch);
        let resized = Resized::watch(&[&scroller, &rows], place.clone());
        Self {
            scroller,
            rows: List::new(rows, dispatch),
            jump,
            jump_text,
            place,
            _listeners: listeners,
            _actions: actions,
            _resized: resized,
        }
    }

    /// Shows a view. What was in view stays where it is, the end if that was in view.
    pub fn show(&mut self, items: &[Item], label: &str, busy: bool, jump: Option<&str>) {
        set(&self.scroller, "aria-label", Some(label));
        set(&self.scroller, "aria-busy", busy.then_some("true"));
        say_or_hide(&self.jump_text, jump);
        set(&self.jump, "hidden", jump.is_none().then_some(""));
        if self.rows.shows(items) {
            return;
        }
        if self.place.pinned.get() {
            self.rows.show(items);
            self.place.to_bottom();
        } else {
            let anchors = self.place.anchors(self.rows.parent());
            self.rows.show(items);
            self.place.restore(&anchors);
        }
        self.place.tell(true);
    }

    /// Carries out what concerns the messages.
    pub fn carry_out(&self, effect: &Effect) {
        match effect {
            Effect::ScrollToLatest => {
                self.place.pinned.set(true);
                self.place.to_bottom();
                self.place.tell(true);
            }
            Effect::ScrollToMessage(seq) => {
                if let Some(article) = self.article(*seq) {
                    self.place.pinned.set(false);
                    self.place.to_middle(&article);
                    focus(&article);
                    self.place.tell(true);
                }
            }
            Effect::FocusMessage(seq) => {
                let article = self.article(*seq);
                let article = article.as_ref().unwrap_or(&self.scroller);
                let editor = article.query_selector(".editor textarea").ok().flatten();
                focus(editor.as_ref().unwrap_or(article));
            }
            _ => {}
        }
    }

    fn article(&self, seq: u64) -> Option<Element> {
        let mut selector = "[data-seq=\"".to_owned();
        selector += &seq.to_string();
        selector += "\"]";
        self.rows.parent().query_selector(&selector).ok().flatten()
    }
}

impl Place {
    fn measure(&self) -> ScrollPlace {
        let above = self.scroller.scroll_top();
        let below = self.scroller.scroll_height() - self.scroller.client_height() - above;
        ScrollPlace {
            at_bottom: below <= AT_BOTTOM_PX,
            near_bottom: below <= NEAR_PX,
            near_top: above <= NEAR_PX,
        }
    }

    /// Tells where the timeline is scrolled to, if that is new or what is there is.
    fn tell(&self, rows_changed: bool) {
        let place = self.measure();
        let more_may_be_wanted = rows_changed && (place.near_top || place.near_bottom);
        if self.told.replace(Some(place)) != Some(place) || more_may_be_wanted {
            self.dispatch.intent(Intent::Scrolled(place));
        }
    }

    fn to_bottom(&self) {
        self.scroller.set_scroll_top(self.scroller.scroll_height());
    }

    /// Scrolls so that a row is in the middle of the view, or begins there where it is high.
    fn to_middle(&self, row: &Element) {
        let place = row.get_bounding_client_rect();
        let room = (f64::from(self.scroller.client_height()) - place.height()) / 2.0;
        let moved = place.top() - self.top() - room.max(0.0);
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a page")]
        let moved = moved.round() as i32;
        self.scroller
            .set_scroll_top(self.scroller.scroll_top() + moved);
    }

    fn top(&self) -> f64 {
        self.scroller.get_bounding_client_rect().top()
    }

    /// The rows in view, each with its distance from the top of the view.
    fn anchors(&self, rows: &Element) -> Vec<(Element, f64)> {
        let top = self.top();
        let height = f64::from(self.scroller.client_height());
        let mut anchors = Vec::new();
        let mut row = rows.first_element_child();
        while let Some(element) = row {
            let place = element.get_bounding_client_rect();
            if place.top() > top + height {
                break;
            }
            row = element.next_element_sibling();
            if place.bottom() > top && element.tag_name() == "ARTICLE" {
                anchors.push((element, place.top() - top));
            }
        }
        anchors
    }

    /// Scrolls so that the first of these rows that is still there is where it was.
    fn restore(&self, anchors: &[(Element, f64)]) {
        let Some((row, was)) = anchors.iter().find(|(row, _)| row.is_connected()) else {
            return;
        };
        let moved = row.get_bounding_client_rect().top() - self.top() - was;
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a page")]
        let moved = moved.round() as i32;
        if moved != 0 {
            self.scroller
                .set_scroll_top(self.scroller.scroll_top() + moved);
        }
    }
}

/// Up and down lead from message to message.
fn walk(event: &web_sys::Event) {
    let key: &KeyboardEvent = event.unchecked_ref();
    let Some(target) = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
    else {
        return;
    };
    let forward = match key.key().as_str() {
        "ArrowUp" => false,
        "ArrowDown" => true,
        _ => return,
    };
    if target
        .closest(".editor, .menu")
        .is_ok_and(|found| found.is_some())
    {
        return;
    }
    let step = |element: &Element| {
        if forward {
            element.next_element_sibling()
        } else {
            element.previous_element_sibling()
        }
    };
    let mut next = match target.closest("article").ok().flatten() {
        Some(article) => step(&article),
        None if forward => return,
        None => target
            .query_selector(".rows > article:last-of-type")
            .ok()
            .flatten(),
    };
    while let Some(element) = next {
        if element.tag_name() == "ARTICLE" {
            event.prevent_default();
            let article: HtmlElement = element.unchecked_into();
            let _ = article.focus();
            return;
        }
        next = step(&element);
    }
}

/// Keeps the end in view while sizes change: a keyboard comes up, the composer grows.
struct Resized {
    observer: Option<ResizeObserver>,
    _changed: Closure<dyn FnMut()>,
}

impl Resized {
    fn watch(elements: &[&Element], place: Rc<Place>) -> Self {
        let changed = Closure::<dyn FnMut()>::new(move || {
            if place.pinned.get() {
                place.to_bottom();
            }
        });
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            for element in elements {
                observer.observe(element);
            }
        }
        Self {
            observer,
            _changed: changed,
        }
    }
}

impl Drop for Resized {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}
