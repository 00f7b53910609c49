//! A row of the timeline.

use client_core::{
    input::Intent,
    strings,
    view::{DayLabel, Item, MessageView, SendMark},
};
use gloo::events::EventListener;
use protocol::message::ClientMessageId;
use web_sys::{Element, Node};

use super::{avatar::avatar, sidebar::with_dot, text::write};
use crate::{
    clock::{full_time, long_date, machine_time, short_time},
    dom::{Dispatch, append, button, clear, on_click, set, tag},
    icon::Icon,
    list::Row,
};

/// A row on the page.
pub struct TimelineRow {
    node: Element,
    listeners: Vec<EventListener>,
    dispatch: Dispatch,
}

impl Row<Item> for TimelineRow {
    fn new(item: &Item, dispatch: &Dispatch) -> Self {
        let name = match item {
            Item::Message(_) => "article",
            _ => "div",
        };
        let mut row = Self {
            node: tag(name).element(),
            listeners: Vec::new(),
            dispatch: dispatch.clone(),
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &Item) {
        clear(&self.node);
        self.listeners.clear();
        match item {
            Item::Beginning { heading, lead } => self.beginning(heading, lead),
            Item::Loading(words) => self.note("loading", words),
            Item::LoadingFailed => self.loading_failed(),
            Item::Day { label, .. } => self.day(*label),
            Item::NewMessages => self.divider("divider divider-new", strings::NEW_MESSAGES),
            Item::Message(message) => self.message(message),
        }
    }
}

impl TimelineRow {
    fn beginning(&mut self, heading: &str, lead: &str) {
        set(&self.node, "class", Some("beginning"));
        let heading = tag("h2").attr("dir", "auto").text(heading).element();
        append(&self.node, &heading);
        if !lead.is_empty() {
            let lead = tag("p").attr("dir", "auto").text(lead).element();
            append(&self.node, &lead);
        }
    }

    fn note(&mut self, class: &str, words: &str) {
        set(&self.node, "class", Some(class));
        append(&self.node, &tag("p").text(words).element());
    }

    fn loading_failed(&mut self) {
        self.note("loading", strings::UNREACHABLE);
        let again = button(strings::TRY_AGAIN, "button-quiet");
        self.listeners
            .push(on_click(&again, &self.dispatch, || Intent::Reload));
        append(&self.node, &again);
    }

    fn day(&mut self, label: DayLabel) {
        match label {
            DayLabel::Word(word) => self.divider("divider", word),
            DayLabel::DateOf(at) => self.divider("divider", &long_date(at)),
        }
    }

    fn divider(&mut self, class: &str, words: &str) {
        set(&self.node, "class", Some(class));
        set(&self.node, "role", Some("separator"));
        set(&self.node, "aria-label", Some(words));
        append(&self.node, &tag("span").text(words).element());
    }

    fn message(&mut self, message: &MessageView) {
        let time = short_time(message.at);
        let mut class = "message".to_owned();
        for (on, name) in [
            (message.head, " is-head"),
            (message.names_me, " names-me"),
            (message.deleted, " is-deleted"),
            (
                matches!(message.send, SendMark::NotSentYet | SendMark::Sending),
                " is-pending",
            ),
            (matches!(message.send, SendMark::Failed(_)), " is-failed"),
        ] {
            if on {
                class += name;
            }
        }
        set(&self.node, "class", Some(&class));
        set(&self.node, "tabindex", Some("-1"));
        let label = strings::message_label(&message.author, &time);
        set(&self.node, "aria-label", Some(&label));
        let stamp = tag("time")
            .class("message-time")
            .attr("datetime", &machine_time(message.at))
            .attr("title", &full_time(message.at))
            .text(&time)
            .element();
        let body = tag("div").class("message-body").element();
        if message.head {
            let avatar = avatar(&message.initials, message.hue);
            append(&self.node, &with_dot(&avatar, &message.user));
            let author = tag("span")
                .class("message-author")
                .attr("dir", "auto")
                .text(&message.author)
                .element();
            let head = tag("div")
                .class("message-head")
                .child(&author)
                .child(&stamp);
            append(&body, &head.element());
        } else {
            append(&self.node, &stamp);
        }
        let text = self.text(message);
        append(&body, &text);
        append(&self.node, &body);
        self.mark(&body, message);
    }

    fn text(&mut self, message: &MessageView) -> Element {
        let text = tag("div").class("message-text").attr("dir", "auto");
        if message.deleted {
            return text.text(strings::DELETED).element();
        }
        let text = text.element();
        write(&text, &message.text, &self.dispatch, &mut self.listeners);
        text
    }

    fn mark(&mut self, body: &Element, message: &MessageView) {
        let words = match &message.send {
            SendMark::Sent => return,
            SendMark::Sending => strings::SENDING,
            SendMark::NotSentYet => strings::NOT_SENT_YET,
            SendMark::Failed(why) => why,
        };
        let failed = matches!(message.send, SendMark::Failed(_));
        let icon = if failed { Icon::Warning } else { Icon::Clock };
        let mark = tag("div")
            .class("message-mark")
            .child(&icon.draw())
            .child(&tag("span").text(words).element())
            .element();
        if let (true, Some(id)) = (failed, &message.client_message_id) {
            set(&mark, "role", Some("alert"));
            self.act(&mark, strings::RETRY, id, Intent::Retry);
            self.act(&mark, strings::DELETE, id, Intent::Discard);
        }
        append(body, &mark);
    }

    fn act(
        &mut self,
        mark: &Element,
        words: &str,
        id: &ClientMessageId,
        intent: fn(ClientMessageId) -> Intent,
    ) {
        let act = button(words, "button-quiet");
        let id = id.clone();
        self.listeners
            .push(on_click(&act, &self.dispatch, move || intent(id.clone())));
        append(mark, &act);
    }
}
