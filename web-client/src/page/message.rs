//! A row of the timeline.

use client_core::{
    input::Intent,
    message_keys::{MESSAGE_ACTS, MessageAct},
    strings,
    view::{DayLabel, Item, MessageView, RepliesView, ReplyTo, SendMark},
};
use gloo::events::EventListener;
use protocol::message::ClientMessageId;
use web_sys::{Element, Node};

use super::{actions::focus, avatar::avatar, editor::Editor, sidebar::with_dot, text::write};
use crate::{
    browser::is_touch,
    clock::{full_time, long_date, machine_time, short_time},
    dom::{Dispatch, append, button, document, icon_button, on_click, set, tag},
    icon::Icon,
    list::Row,
};

/// A row on the page.
pub struct TimelineRow {
    node: Element,
    listeners: Vec<EventListener>,
    editor: Option<Editor>,
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
            editor: None,
            dispatch: dispatch.clone(),
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &Item) {
        if let (Some(_), Item::Message(message)) = (&self.editor, item)
            && message.editing.is_some()
        {
            // Whoever types in it is not disturbed.
            return;
        }
        let held = Held::within(&self.node);
        self.empty();
        match item {
            Item::Beginning { heading, lead } => self.beginning(heading, lead),
            Item::Loading(words) => self.note("loading", words),
            Item::LoadingFailed => self.loading_failed(),
            Item::Day { label, .. } => self.day(*label),
            Item::NewMessages => self.divider("divider divider-new", strings::NEW_MESSAGES),
            Item::Replies(words) => self.divider("divider", words),
            Item::Message(message) => self.message(message),
        }
        held.give_back(&self.node);
    }
}

/// What had the focus in a row, by what it does.
struct Held(Option<String>);

impl Held {
    fn within(node: &Element) -> Self {
        let active = document().active_element();
        let inside = active.filter(|active| active != node && node.contains(Some(active)));
        let inside =
            inside.filter(|active| active.closest(".toolbar").is_ok_and(|at| at.is_none()));
        Self(inside.map(|active| active.get_attribute("data-emoji").unwrap_or_default()))
    }

    fn give_back(self, node: &Element) {
        let Some(emoji) = self.0 else { return };
        let mut selector = "[data-emoji=\"".to_owned();
        selector += &emoji;
        selector += "\"]";
        let same = node.query_selector(&selector).ok().flatten();
        focus(same.as_ref().unwrap_or(node));
    }
}

/// What a reply in the channel replies to, with the way there.
fn replied_to(view: &ReplyTo) -> Element {
    let words = if view.words.is_empty() {
        strings::SHOW_THREAD
    } else {
        &view.words
    };
    let link = tag("button")
        .class("link")
        .attr("type", "button")
        .attr("data-act", &place_of(MessageAct::Reply))
        .attr("dir", "auto")
        .text(words)
        .element();
    tag("div")
        .class("message-reply-to")
        .text(strings::REPLIED_TO)
        .child(&link)
        .element()
}

fn reactions(message: &MessageView) -> Element {
    let group = tag("div")
        .class("reactions")
        .attr("role", "group")
        .attr("aria-label", strings::REACTIONS)
        .element();
    for reaction in &message.reactions {
        let chip = tag("button")
            .class("reaction")
            .attr("type", "button")
            .attr("data-emoji", &reaction.emoji)
            .attr("aria-pressed", if reaction.mine { "true" } else { "false" })
            .attr("aria-label", &reaction.label)
            .child(
                &tag("span")
                    .class("reaction-emoji")
                    .text(&reaction.emoji)
                    .element(),
            )
            .child(&tag("span").text(&reaction.count.to_string()).element());
        append(&group, &chip.element());
    }
    let add = tag("button")
        .class("reaction")
        .attr("type", "button")
        .attr("data-act", &place_of(MessageAct::React))
        .attr("aria-label", strings::ADD_REACTION)
        .child(&Icon::Smile.draw());
    append(&group, &add.element());
    group
}

/// How many replied, who, and when last: the way into the thread.
fn replies(view: &RepliesView) -> Element {
    let open = tag("button")
        .class("replies")
        .attr("type", "button")
        .attr("data-act", &place_of(MessageAct::Reply))
        .element();
    for (initials, hue) in &view.faces {
        let face = avatar(initials, *hue);
        let _ = face.class_list().add_1("avatar-small");
        append(&open, &face);
    }
    append(
        &open,
        &tag("span")
            .class("replies-count")
            .text(&view.count)
            .element(),
    );
    if let Some(at) = view.last_at {
        let time = tag("time")
            .attr("datetime", &machine_time(at))
            .attr("title", &full_time(at))
            .text(&short_time(at))
            .element();
        let last = tag("span")
            .class("replies-last")
            .text(strings::LAST_REPLY)
            .child(&time);
        append(&open, &last.element());
    }
    open
}

/// How a button says what it does.
fn place_of(act: MessageAct) -> String {
    let place = MESSAGE_ACTS.iter().position(|row| row.act == act);
    place.unwrap_or_default().to_string()
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
            (message.is_target, " is-target"),
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
        let seq = message.seq.map(|seq| seq.to_string());
        set(&self.node, "data-seq", seq.as_deref());
        let offered = seq.is_some().then_some(message.offered.as_str());
        set(&self.node, "data-offered", offered);
        let stamp = tag("time")
            .class("message-time")
            .attr("datetime", &machine_time(message.at))
            .attr("title", &full_time(message.at))
            .text(&time)
            .element();
        let body = tag("div").class("message-body").element();
        if message.head {
            let face = avatar(&message.initials, message.hue);
            match &message.user {
                Some(user) => self.put(&with_dot(&face, user)),
                None => self.put(&face),
            }
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
            self.put(&stamp);
        }
        if let Some(reply_to) = &message.reply_to {
            append(&body, &replied_to(reply_to));
        }
        // It has to be on the page before it can take the focus.
        self.put(&body);
        if let Some(text) = &message.editing {
            let editor = Editor::new(&body, text, &self.dispatch);
            editor.focus();
            self.editor = Some(editor);
        } else {
            let text = self.text(message);
            append(&body, &text);
        }
        if !message.reactions.is_empty() {
            append(&body, &reactions(message));
        }
        if let Some(view) = &message.replies {
            append(&body, &replies(view));
        }
        self.mark(&body, message);
        if seq.is_some() && is_touch() {
            let more = icon_button(&Icon::More.draw(), strings::MORE_ACTIONS, "message-more");
            set(&more, "data-more", Some(""));
            set(&more, "aria-haspopup", Some("menu"));
            self.put(&more);
        }
    }

    /// Puts an element into the row, before the toolbar that may be at its end.
    fn put(&self, element: &Element) {
        let toolbar = self.toolbar();
        let _ = self.node.insert_before(element, toolbar.as_deref());
    }

    fn toolbar(&self) -> Option<Element> {
        let last = self.node.last_element_child()?;
        last.class_list().contains("toolbar").then_some(last)
    }

    /// Takes everything out but the toolbar, which is the timeline's.
    fn empty(&mut self) {
        self.editor = None;
        self.listeners.clear();
        let toolbar = self.toolbar();
        while let Some(child) = self.node.first_element_child() {
            if Some(&child) == toolbar.as_ref() {
                break;
            }
            child.remove();
        }
    }

    fn text(&mut self, message: &MessageView) -> Element {
        let text = tag("div").class("message-text").attr("dir", "auto");
        if message.deleted {
            return text.text(strings::DELETED).element();
        }
        let text = text.element();
        write(&text, &message.text, &self.dispatch, &mut self.listeners);
        if let Some(at) = message.edited {
            let edited = tag("span")
                .class("message-edited")
                .attr("title", &full_time(at))
                .text(strings::EDITED)
                .element();
            // Behind the last word, where there is a paragraph.
            let last = text
                .last_element_child()
                .filter(|last| last.tag_name() == "P");
            let place = last.as_ref().unwrap_or(&text);
            append(place, &document().create_text_node(" "));
            append(place, &edited);
        }
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
