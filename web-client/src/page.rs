//! What is to be seen: the screen, and what fills it.

mod actions;
mod avatar;
mod chat;
mod choices;
mod composer;
mod details;
mod dialogs;
mod door;
mod dot;
mod editor;
mod emoji;
mod message;
mod options;
mod pane;
mod profile;
mod sidebar;
mod switcher;
mod text;
mod thread;
mod timeline;

use client_core::{
    effect::Effect,
    strings,
    view::{Page, View},
};
use web_sys::Element;

use crate::{
    dom::{Dispatch, append, clear, document, on_click, say_or_hide, tag},
    icon::Icon,
};

/// The screen.
pub struct Screen {
    root: Element,
    dispatch: Dispatch,
    shown: Option<View>,
    filling: Filling,
}

/// What fills the screen.
enum Filling {
    /// The page as it came.
    Shell,
    Starting(Starting),
    Door(door::Door),
    Chat(Box<chat::Chat>),
}

struct Starting {
    failure: Element,
    retry: Element,
    _listener: gloo::events::EventListener,
}

impl Screen {
    /// The screen of this page.
    pub fn new(dispatch: &Dispatch) -> Self {
        let root = document().get_element_by_id("app").unwrap_or_else(|| {
            let root = tag("div").attr("id", "app").class("app").element();
            if let Some(body) = document().body() {
                append(&body, &root);
            }
            root
        });
        Self {
            root,
            dispatch: dispatch.clone(),
            shown: None,
            filling: Filling::Shell,
        }
    }

    /// Shows a view.
    pub fn show(&mut self, view: View) {
        if self.shown.as_ref() == Some(&view) {
            return;
        }
        if self
            .shown
            .as_ref()
            .is_none_or(|was| was.title != view.title)
        {
            document().set_title(&view.title);
        }
        match (&view.page, &mut self.filling) {
            (Page::Starting { failure: None }, Filling::Shell) => {}
            (Page::Starting { failure }, Filling::Starting(starting)) => starting.show(*failure),
            (Page::Door(door), Filling::Door(shown)) if shown.form() == door.form => {
                shown.show(door);
            }
            (Page::Chat(chat), Filling::Chat(shown)) => shown.show(chat),
            (page, _) => self.fill(page),
        }
        self.shown = Some(view);
    }

    fn fill(&mut self, page: &Page) {
        clear(&self.root);
        self.filling = match page {
            Page::Starting { failure } => {
                let mut starting = Starting::new(&self.root, &self.dispatch);
                starting.show(*failure);
                Filling::Starting(starting)
            }
            Page::Door(door) => {
                let mut shown = door::Door::new(&self.root, door.form, &self.dispatch);
                shown.show(door);
                Filling::Door(shown)
            }
            Page::Chat(chat) => {
                let mut shown = chat::Chat::new(&self.root, &self.dispatch);
                shown.show(chat);
                Filling::Chat(Box::new(shown))
            }
        };
    }

    /// Carries out what concerns the screen.
    pub fn carry_out(&self, effect: &Effect) {
        if let Filling::Chat(chat) = &self.filling {
            chat.carry_out(effect);
        }
    }
}

impl Starting {
    fn new(root: &Element, dispatch: &Dispatch) -> Self {
        let failure = tag("p")
            .class("form-failure")
            .attr("role", "alert")
            .element();
        let retry = crate::dom::button(strings::TRY_AGAIN, "button-primary");
        let listener = on_click(&retry, dispatch, || client_core::input::Intent::Reload);
        let splash = tag("main")
            .class("splash")
            .child(&Icon::Sun.draw())
            .child(
                &tag("h1")
                    .class("splash-name")
                    .text(strings::PRODUCT)
                    .element(),
            )
            .child(
                &tag("p")
                    .class("splash-status")
                    .attr("role", "status")
                    .text(strings::STARTING)
                    .element(),
            )
            .child(&failure)
            .child(&retry)
            .element();
        append(root, &splash);
        Self {
            failure,
            retry,
            _listener: listener,
        }
    }

    fn show(&mut self, failure: Option<&str>) {
        say_or_hide(&self.failure, failure);
        crate::dom::flag(&self.retry, "hidden", failure.is_none());
    }
}
