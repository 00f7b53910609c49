//! A thread beside its channel.

use std::rc::Rc;

use client_core::{
    effect::Effect,
    input::{Input, Intent},
    strings,
    view::ThreadPane,
};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, KeyboardEvent};

use super::{composer::Composer, timeline::Timeline};
use crate::{
    dom::{Dispatch, append, flag, icon_button, on, on_click, say, tag},
    icon::Icon,
};

/// An open thread on the page.
pub struct Thread {
    key: String,
    pane: Element,
    place: Element,
    timeline: Timeline,
    foot: Element,
    composer: Composer,
    tick: HtmlInputElement,
    tick_words: Element,
    _listeners: [EventListener; 3],
}

impl Thread {
    /// The pane of a thread, at the end of `frame`.
    pub fn new(frame: &Element, view: &ThreadPane, dispatch: &Dispatch) -> Self {
        let close = icon_button(&Icon::Close.draw(), strings::CLOSE_THREAD, "");
        let place = tag("p").class("pane-topic").attr("dir", "auto").element();
        let about = tag("div")
            .class("pane-about")
            .child(
                &tag("h2")
                    .class("pane-title")
                    .text(strings::THREAD)
                    .element(),
            )
            .child(&place)
            .element();
        let head = tag("header")
            .class("pane-head")
            .child(&about)
            .child(&close)
            .element();
        let pane = tag("aside")
            .class("pane thread")
            .attr("aria-label", strings::THREAD)
            .child(&head)
            .element();
        append(frame, &pane);
        let within = in_thread(dispatch);
        let timeline = Timeline::new(&pane, "thread-messages", &within);
        let foot = tag("div").class("pane-foot").element();
        append(&pane, &foot);
        let composer = Composer::new(&foot, "thread-composer-hint", &within);
        let tick = tag("input").attr("type", "checkbox").element();
        let tick_words = tag("span").attr("dir", "auto").element();
        let label = tag("label").class("tick").child(&tick).child(&tick_words);
        append(&foot, &label.element());
        let tick: HtmlInputElement = tick.unchecked_into();
        let listeners = [
            on_click(&close, dispatch, || Intent::CloseThread),
            {
                let (tick, dispatch) = (tick.clone(), dispatch.clone());
                on(&tick.clone(), "change", move |_| {
                    dispatch.intent(Intent::AlsoToChannel(tick.checked()));
                })
            },
            {
                let dispatch = dispatch.clone();
                on(&pane, "keydown", move |event| {
                    let key: &KeyboardEvent = event.unchecked_ref();
                    if key.key() == "Escape" && !event.default_prevented() {
                        event.prevent_default();
                        event.stop_propagation();
                        dispatch.intent(Intent::CloseThread);
                    }
                })
            },
        ];
        Self {
            key: view.key.clone(),
            pane,
            place,
            timeline,
            foot,
            composer,
            tick,
            tick_words,
            _listeners: listeners,
        }
    }

    /// Which thread this is.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Takes it off the page.
    pub fn close(self) {
        self.pane.remove();
    }

    /// Shows a view.
    pub fn show(&mut self, view: &ThreadPane) {
        say(&self.place, &view.place);
        flag(&self.foot, "hidden", view.composer.is_none());
        if let Some(composer) = &view.composer {
            self.composer.show(composer);
        }
        let (words, ticked) = &view.also;
        say(&self.tick_words, words);
        self.tick.set_checked(*ticked);
        self.timeline
            .show(&view.items, &view.label, view.busy, view.jump.as_deref());
    }

    /// Carries out what concerns this pane.
    pub fn carry_out(&self, effect: &Effect) {
        match effect {
            Effect::FocusComposer => self.composer.focus(),
            effect => self.timeline.carry_out(effect),
        }
    }
}

/// What is done in here is done in the thread.
fn in_thread(dispatch: &Dispatch) -> Dispatch {
    let outer = dispatch.clone();
    Dispatch(Rc::new(move |input| {
        outer.input(match input {
            Input::Person(intent) => Input::Person(Intent::InThread(Box::new(intent))),
            input => input,
        });
    }))
}
