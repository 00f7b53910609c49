//! A workspace: sidebar, main pane, and what lies above them.

use client_core::{
    input::Intent,
    strings,
    view::{ChatView, PaneView},
};
use gloo::events::EventListener;
use web_sys::{Element, HtmlElement};

use super::{dialogs::OpenDialog, pane::ChannelPane, sidebar::Sidebar};
use crate::{
    dom::{
        Dispatch, append, button, clear, flag, icon_button, on, on_click, say, say_or_hide, set,
        tag,
    },
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
            .attr("role", "status")
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
        let status = tag("div").class("toast").attr("role", "status").element();
        let sidebar = Sidebar::new(dispatch);
        let main = tag("main").class("pane").element();
        let frame = tag("div")
            .class("frame")
            .child(sidebar.node())
            .child(&main)
            .element();
        let dialogs = tag("div").element();
        for part in [&skip, &banner, &alert, &frame, &status, &dialogs] {
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
        say_or_hide(
            &self.status,
            (!view.status.is_empty()).then_some(view.status.as_str()),
        );
        self.show_pane(&view.pane);
        self.show_dialog(view);
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

    /// Puts the focus into the composer.
    pub fn focus_composer(&self) {
        if let Pane::Channel(pane) = &self.pane {
            pane.focus_composer();
        }
    }

    /// Brings the newest message into view.
    pub fn scroll_to_latest(&self) {
        if let Pane::Channel(pane) = &self.pane {
            pane.scroll_to_latest();
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
