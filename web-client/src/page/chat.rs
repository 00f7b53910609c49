//! A workspace: sidebar, main pane, and what lies above them.

use client_core::{
    effect::Effect,
    input::Intent,
    strings,
    view::{ChatView, PaneView, ThreadPane},
};
use gloo::events::EventListener;
use web_sys::{Element, HtmlElement};

use super::{dialogs::OpenDialog, dot, pane::ChannelPane, sidebar::Sidebar, thread::Thread};
use crate::{
    dom::{Dispatch, append, button, clear, flag, icon_button, on, on_click, say, set, tag},
    icon::Icon,
};

/// A workspace on the page.
pub struct Chat {
    frame: Element,
    banner: Element,
    banner_text: Element,
    connect: Element,
    alert: Element,
    alert_text: Element,
    status: Element,
    main: Element,
    sidebar: Sidebar,
    pane: Pane,
    thread: Option<Thread>,
    dialogs: Element,
    dialog: Option<OpenDialog>,
    dispatch: Dispatch,
    _listeners: [EventListener; 3],
}

enum Pane {
    None,
    Blank(Blank),
    Channel(Box<ChannelPane>),
}

struct Blank {
    text: Element,
    _listener: EventListener,
}

impl Chat {
    /// A workspace, in `root`.
    pub fn new(root: &Element, dispatch: &Dispatch) -> Self {
        let skip = tag("a")
            .class("skip-link")
            .attr("href", "#messages")
            .text(strings::SKIP_TO_MESSAGES)
            .element();
        let banner_text = tag("span").element();
        let connect = button(strings::CONNECT_NOW, "button-quiet");
        let banner = tag("div")
            .class("banner")
            .child(&Icon::Warning.draw())
            .child(&banner_text)
            .child(&connect)
            .element();
        let alert_text = tag("span").element();
        let dismiss = icon_button(&Icon::Close.draw(), strings::DISMISS, "");
        let alert = tag("div")
            .class("alert")
            .attr("role", "alert")
            .child(&Icon::Warning.draw())
            .child(&alert_text)
            .child(&dismiss)
            .element();
        // What announces is there before it has something to say: else not all screen readers hear of it.
        let announcer = tag("div").attr("role", "status").child(&banner).element();
        let status = tag("div").class("toast").attr("role", "status").element();
        let sidebar = Sidebar::new(dispatch);
        let main = tag("main").class("pane").element();
        let frame = tag("div")
            .class("frame")
            .child(sidebar.node())
            .child(&main)
            .element();
        let dialogs = tag("div").element();
        for part in [&skip, &announcer, &alert, &frame, &status, &dialogs] {
            append(root, part);
        }
        let listeners = [
            on_click(&connect, dispatch, || Intent::ConnectNow),
            on_click(&dismiss, dispatch, || Intent::Dismiss),
            on(&skip, "click", |event| {
                event.prevent_default();
                let messages = crate::dom::document().get_element_by_id("messages");
                if let Some(messages) = messages {
                    let messages: HtmlElement = wasm_bindgen::JsCast::unchecked_into(messages);
                    let _ = messages.focus();
                }
            }),
        ];
        Self {
            frame,
            banner,
            banner_text,
            connect,
            alert,
            alert_text,
            status,
            main,
            sidebar,
            pane: Pane::None,
            thread: None,
            dialogs,
            dialog: None,
            dispatch: dispatch.clone(),
            _listeners: listeners,
        }
    }

    /// Shows a view.
    pub fn show(&mut self, view: &ChatView) {
        self.sidebar.show(&view.sidebar);
        set(
            &self.frame,
            "data-pane",
            Some(if view.sidebar_shown {
                "sidebar"
            } else {
                "main"
            }),
        );
        flag(&self.banner, "hidden", view.banner.is_none());
        if let Some(banner) = &view.banner {
            say(&self.banner_text, banner.text);
            flag(&self.connect, "hidden", !banner.can_connect);
        }
        say(&self.alert_text, view.alert.as_deref().unwrap_or_default());
        flag(&self.alert, "hidden", view.alert.is_none());
        say(&self.status, &view.status);
        self.show_pane(&view.pane);
        self.show_thread(view.thread.as_deref());
        self.show_dialog(view);
        // Rows that were made just now have dots, too.
        dot::show(&view.presence, view.now_ms);
    }

    fn show_pane(&mut self, view: &PaneView) {
        match (view, &mut self.pane) {
            (PaneView::Channel(channel), Pane::Channel(shown)) if shown.key() == channel.key => {
                shown.show(channel);
            }
            (PaneView::Channel(channel), _) => {
                clear(&self.main);
                let mut shown = ChannelPane::new(&self.main, channel, &self.dispatch);
                shown.show(channel);
                self.pane = Pane::Channel(Box::new(shown));
            }
            (PaneView::Blank { loading, problem }, pane) => {
                if !matches!(pane, Pane::Blank(_)) {
                    clear(&self.main);
                    *pane = Pane::Blank(Blank::new(&self.main, &self.dispatch));
                }
                if let Pane::Blank(blank) = pane {
                    blank.show(*loading, *problem);
                }
            }
        }
    }

    fn show_dialog(&mut self, view: &ChatView) {
        let stays = match (&view.dialog, &self.dialog) {
            (Some(wanted), Some(open)) => wanted.kind == open.kind(),
            _ => false,
        };
        if !stays && let Some(open) = self.dialog.take() {
            open.close();
            clear(&self.dialogs);
        }
        if let Some(wanted) = &view.dialog {
            let dialog = self
                .dialog
                .get_or_insert_with(|| OpenDialog::new(&self.dialogs, wanted, &self.dispatch));
            dialog.show(wanted);
        }
    }

    fn show_thread(&mut self, view: Option<&ThreadPane>) {
        let wanted = view.map(|view| view.key.as_str());
        if self.thread.as_ref().map(Thread::key) != wanted
            && let Some(open) = self.thread.take()
        {
            open.close();
        }
        flag(&self.frame, "data-thread", view.is_some());
        if let Some(view) = view {
            self.thread
                .get_or_insert_with(|| Thread::new(&self.frame, view, &self.dispatch))
                .show(view);
        }
    }

    /// Carries out what concerns one of the panes.
    pub fn carry_out(&self, effect: &Effect) {
        match (effect, &self.pane, &self.thread) {
            (Effect::InThread(effect), _, Some(thread)) => thread.carry_out(effect),
            (effect, Pane::Channel(pane), _) => pane.carry_out(effect),
            _ => {}
        }
    }
}

impl Blank {
    fn new(main: &Element, dispatch: &Dispatch) -> Self {
        let back = icon_button(&Icon::Back.draw(), strings::SHOW_SIDEBAR, "only-narrow");
        let listener = on_click(&back, dispatch, || Intent::ToggleSidebar);
        let text = tag("p").class("blank-text").element();
        let blank = tag("div")
            .class("blank")
            .attr("id", "messages")
            .attr("tabindex", "-1")
            .child(
                &tag("h1")
                    .class("only-heard")
                    .text(strings::PRODUCT)
                    .element(),
            )
            .child(&Icon::Sun.draw())
            .child(&text)
            .child(&back)
            .element();
        append(main, &blank);
        Self {
            text,
            _listener: listener,
        }
    }

    fn show(&mut self, loading: bool, problem: Option<&str>) {
        let words = match problem {
            Some(problem) => problem,
            None if loading => strings::LOADING_MESSAGES,
            None => "",
        };
        set(
            &self.text,
            "role",
            Some(if problem.is_some() { "alert" } else { "status" }),
        );
        say(&self.text, words);
    }
}
