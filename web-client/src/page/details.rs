//! The content of the dialog of details: what a channel is about, who is in it, and what can be done with both.

use client_core::{
    details::Asking,
    input::{DetailsIntent, DialogKind, Intent},
    strings,
    view::{ArchiveOffer, DetailsView, DialogView, MemberRow},
};
use gloo::events::EventListener;
use protocol::{
    api::Role,
    id::UserId,
    limits::{NAME_MAX_CHARS, TOPIC_MAX_CHARS},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement, Node};

use super::{avatar::avatar, door::field, sidebar::with_dot, switcher};
use crate::{
    dom::{
        Dispatch, append, button, clear, document, flag, on, on_click, say, say_or_hide, set, tag,
    },
    list::{List, Row},
};

/// The details on the page.
pub struct Details {
    lead: Element,
    topic_text: Element,
    form: Element,
    fields: [HtmlInputElement; 2],
    /// What the fields said before somebody typed.
    filled: [String; 2],
    save: Element,
    list: List<MemberRow, Member>,
    empty: Element,
    more: Element,
    note: Element,
    foot: [Element; 4],
    ask: Ask,
}

/// What is asked once more.
struct Ask {
    node: Element,
    question: Element,
    cancel: Element,
    act: Element,
    /// What had the focus before.
    from: Option<HtmlElement>,
}

fn details(intent: DetailsIntent) -> Intent {
    Intent::Details(intent)
}

impl Details {
    /// Empty details, in `content`.
    pub fn new(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Self {
        let lead = tag("p").class("dialog-lead").element();
        let topic_text = tag("p")
            .class("details-topic")
            .attr("dir", "auto")
            .element();
        append(content, &lead);
        append(content, &topic_text);
        let form = tag("form").class("dialog-form details-form").element();
        let name = field(
            &form,
            "details-name",
            strings::CHANNEL_NAME,
            strings::CHANNEL_NAME_EXAMPLE,
            NAME_MAX_CHARS,
        );
        let topic = field(
            &form,
            "details-topic",
            strings::CHANNEL_TOPIC,
            "",
            TOPIC_MAX_CHARS,
        );
        topic.set_required(false);
        let save = tag("button")
            .class("button button-quiet")
            .attr("type", "submit")
            .text(strings::SAVE)
            .element();
        append(&form, &save);
        append(content, &form);
        let (typed, saves) = ([name.clone(), topic.clone()], dispatch.clone());
        listeners.push(on(&form, "submit", move |event| {
            event.prevent_default();
            let [name, topic] = typed.each_ref().map(HtmlInputElement::value);
            saves.intent(details(DetailsIntent::Save { name, topic }));
        }));
        let heading = tag("h3")
            .class("details-heading")
            .attr("id", "details-members")
            .text(strings::MEMBERS)
            .element();
        let list = tag("ul")
            .class("choices")
            .attr("aria-labelledby", "details-members")
            .attr("tabindex", "-1")
            .element();
        let empty = tag("p")
            .class("choices-empty")
            .attr("role", "status")
            .element();
        for part in [&heading, &list, &empty] {
            append(content, part);
        }
        let (more, asks_for_more) = switcher::more(content, dispatch);
        listeners.push(asks_for_more);
        let note = tag("p")
            .class("dialog-note")
            .attr("role", "status")
            .element();
        let leave = button(strings::LEAVE_CHANNEL, "button-quiet");
        let archive = button(strings::ARCHIVE, "button-quiet");
        let bring_back = button(strings::BRING_BACK, "button-quiet");
        let foot = tag("div")
            .class("dialog-foot")
            .child(&note)
            .child(&leave)
            .child(&archive)
            .child(&bring_back)
            .element();
        append(content, &foot);
        listeners.extend([
            on_click(&leave, dispatch, || Intent::OpenDialog(DialogKind::Leave)),
            on_click(&archive, dispatch, || {
                details(DetailsIntent::Ask(Some(Asking::Archive)))
            }),
            on_click(&bring_back, dispatch, || details(DetailsIntent::BringBack)),
        ]);
        Self {
            lead,
            topic_text,
            form,
            fields: [name, topic],
            filled: [String::new(), String::new()],
            save,
            list: List::new(list, dispatch),
            empty,
            more,
            note,
            foot: [foot, leave, archive, bring_back],
            ask: Ask::new(content, dispatch, listeners),
        }
    }

    /// Shows a view. What is typed stays.
    pub fn show(&mut self, view: &DialogView) {
        let Some(shown) = &view.details else { return };
        say(&self.lead, shown.lead);
        let topic = Some(shown.topic.as_str()).filter(|topic| !shown.can_edit && !topic.is_empty());
        say_or_hide(&self.topic_text, topic);
        flag(&self.form, "hidden", !shown.can_edit);
        let told = [&shown.name, &shown.topic];
        for ((field, filled), told) in self.fields.iter().zip(&mut self.filled).zip(told) {
            if told != filled {
                if field.value() == *filled {
                    field.set_value(told);
                }
                filled.clone_from(told);
            }
        }
        say(
            &self.save,
            if view.busy {
                strings::BUSY
            } else {
                strings::SAVE
            },
        );
        self.list.show(&shown.members);
        say_or_hide(&self.empty, view.empty);
        flag(&self.more, "hidden", !view.more);
        say(&self.note, view.note.as_deref().unwrap_or_default());
        self.show_foot(shown);
    }

    fn show_foot(&mut self, shown: &DetailsView) {
        let [foot, leave, archive, bring_back] = &self.foot;
        flag(leave, "hidden", !shown.can_leave);
        flag(archive, "hidden", shown.archive != ArchiveOffer::Archive);
        flag(
            bring_back,
            "hidden",
            shown.archive != ArchiveOffer::BringBack,
        );
        let was_asking = !self.ask.node.has_attribute("hidden");
        flag(foot, "hidden", shown.ask.is_some());
        flag(&self.ask.node, "hidden", shown.ask.is_none());
        match &shown.ask {
            Some(ask) => {
                say(&self.ask.question, &ask.question);
                say(&self.ask.act, ask.action);
                if !was_asking {
                    let active = document().active_element();
                    self.ask.from = active.and_then(|from| from.dyn_into().ok());
                    focus(self.ask.cancel.unchecked_ref());
                }
            }
            None if was_asking => {
                let list = self.list.parent().unchecked_ref();
                // A button that is gone or hidden has no box, and takes no focus.
                let from = self.ask.from.take().filter(|from| from.offset_width() > 0);
                focus(from.as_ref().unwrap_or(list));
            }
            None => {}
        }
    }
}

fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

impl Ask {
    fn new(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Self {
        let question = tag("p")
            .class("details-question")
            .attr("id", "details-question")
            .attr("dir", "auto")
            .element();
        let cancel = button(strings::CANCEL, "button-quiet");
        set(&cancel, "aria-describedby", Some("details-question"));
        let act = button("", "button-danger");
        let foot = tag("div").class("dialog-foot").child(&cancel).child(&act);
        let node = tag("div")
            .class("details-ask")
            .attr("role", "group")
            .attr("aria-labelledby", "details-question")
            .attr("hidden", "")
            .child(&question)
            .child(&foot.element())
            .element();
        append(content, &node);
        listeners.extend([
            on_click(&cancel, dispatch, || details(DetailsIntent::Ask(None))),
            on_click(&act, dispatch, || details(DetailsIntent::Confirm)),
        ]);
        Self {
            node,
            question,
            cancel,
            act,
            from: None,
        }
    }
}

/// A member in the list.
struct Member {
    node: Element,
    words: Element,
    acts: Element,
    /// What `acts` hold.
    shown: Option<(String, bool, bool, Vec<Role>)>,
    choice: HtmlSelectElement,
    dispatch: Dispatch,
    listeners: Vec<EventListener>,
}

impl Row<MemberRow> for Member {
    fn new(item: &MemberRow, dispatch: &Dispatch) -> Self {
        let words = tag("span").class("choice-words").element();
        let acts = tag("span").class("member-acts").element();
        let node = tag("li")
            .class("choice member")
            .child(&with_dot(&avatar(&item.initials, item.hue), &item.id))
            .child(&words)
            .child(&acts)
            .element();
        let choice = tag("select").class("input member-role").element();
        let mut row = Self {
            node,
            words,
            acts,
            shown: None,
            choice: choice.unchecked_into(),
            dispatch: dispatch.clone(),
            listeners: Vec::new(),
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &MemberRow) {
        clear(&self.words);
        for (class, text) in [("choice-name", &item.name), ("choice-about", &item.about)] {
            let line = tag("span").class(class).attr("dir", "auto").text(text);
            append(&self.words, &line.element());
        }
        let wanted = Some((
            item.name.clone(),
            item.can_message,
            item.can_remove,
            item.roles.clone(),
        ));
        // Made anew only where others are offered: whoever has pressed one keeps the focus.
        if self.shown != wanted {
            self.shown = wanted;
            self.offer(item);
        }
        self.choice.set_value(strings::role(item.role));
    }
}

impl Member {
    fn offer(&mut self, item: &MemberRow) {
        clear(&self.acts);
        self.listeners.clear();
        if !item.roles.is_empty() {
            let choice: &Element = &self.choice;
            clear(choice);
            set(choice, "aria-label", Some(&strings::role_of(&item.name)));
            for role in &item.roles {
                let option = tag("option").text(strings::role(*role));
                append(choice, &option.element());
            }
            append(&self.acts, choice);
            let (chosen, roles) = (self.choice.clone(), item.roles.clone());
            let (id, dispatch) = (item.id.clone(), self.dispatch.clone());
            self.listeners.push(on(choice, "change", move |_| {
                let at = usize::try_from(chosen.selected_index()).unwrap_or(usize::MAX);
                if let Some(role) = roles.get(at) {
                    dispatch.intent(details(DetailsIntent::GiveRole(id.clone(), *role)));
                }
            }));
        }
        if item.can_message {
            self.act(strings::MESSAGE, item, DetailsIntent::Direct);
        }
        if item.can_remove {
            self.act(strings::REMOVE, item, |id| {
                DetailsIntent::Ask(Some(Asking::Remove(id)))
            });
        }
    }

    fn act(&mut self, words: &str, item: &MemberRow, intent: fn(UserId) -> DetailsIntent) {
        let act = button(words, "button-quiet");
        set(&act, "aria-label", Some(&[words, " ", &item.name].concat()));
        append(&self.acts, &act);
        let id = item.id.clone();
        self.listeners.push(on_click(&act, &self.dispatch, move || {
            details(intent(id.clone()))
        }));
    }
}
