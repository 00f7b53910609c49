//! Dialogs.

use client_core::{
    input::{DialogKind, Intent},
    strings,
    view::{BrowseRow, DialogView, PersonRow},
};
use gloo::events::EventListener;
use protocol::{
    api::{ChannelKind, Role},
    limits::{NAME_MAX_CHARS, TOPIC_MAX_CHARS},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlInputElement, Node};

use super::{
    choices::{ChannelChoice, PersonChoice},
    details::Details,
    door::field,
    emoji::EmojiGrid,
    profile::Profile,
    switcher::{self, Switcher},
    text::write,
};
use crate::{
    dom::{Dispatch, append, button, flag, icon_button, on, on_click, say, say_or_hide, set, tag},
    icon::Icon,
    list::List,
};

/// An open dialog.
pub struct OpenDialog {
    kind: DialogKind,
    dialog: HtmlDialogElement,
    title: Element,
    failure: Element,
    body: Body,
    listeners: Vec<EventListener>,
}

/// What a dialog holds.
enum Body {
    Browse {
        list: List<BrowseRow, ChannelChoice>,
        empty: Element,
        more: Element,
    },
    CreateChannel {
        submit: Element,
    },
    NewDirect {
        list: List<PersonRow, PersonChoice>,
        empty: Element,
        more: Element,
        start: Element,
    },
    Invite {
        link: HtmlInputElement,
        copy: Element,
        waiting: Element,
    },
    AddPeople {
        list: List<PersonRow, PersonChoice>,
        empty: Element,
        more: Element,
        note: Element,
    },
    Leave {
        note: Element,
        leave: Element,
    },
    Switch(Switcher),
    Details(Box<Details>),
    Keys,
    Profile(Box<Profile>),
    Everybody {
        note: Element,
    },
    React {
        grid: EmojiGrid,
        empty: Element,
    },
    DeleteMessage,
}

impl OpenDialog {
    /// Opens a dialog, in `root`.
    pub fn new(root: &Element, view: &DialogView, dispatch: &Dispatch) -> Self {
        let close = icon_button(&Icon::Close.draw(), strings::CLOSE, "");
        let title = tag("h2")
            .class("dialog-title")
            .attr("id", "dialog-title")
            .attr("dir", "auto")
            .text(&view.title)
            .element();
        let head = tag("div")
            .class("dialog-head")
            .child(&title)
            .child(&close)
            .element();
        let failure = tag("p")
            .class("form-failure")
            .attr("role", "alert")
            .element();
        let content = tag("div").class("dialog-content").element();
        let dialog = tag("dialog")
            .class("dialog")
            .attr("aria-labelledby", "dialog-title")
            .child(&head)
            .child(&failure)
            .child(&content)
            .element();
        append(root, &dialog);
        let mut listeners = vec![
            on_click(&close, dispatch, || Intent::CloseDialog),
            closes(&dialog, "close", dispatch),
            closes_outside(&dialog, dispatch),
        ];
        let body = match view.kind {
            DialogKind::Browse => browse(&content, dispatch, &mut listeners),
            DialogKind::CreateChannel => create_channel(&content, dispatch, &mut listeners),
            DialogKind::NewDirect => new_direct(&content, dispatch, &mut listeners),
            DialogKind::Invite | DialogKind::SignInLink => {
                invite(&content, view.kind, dispatch, &mut listeners)
            }
            DialogKind::AddPeople => add_people(&content, dispatch, &mut listeners),
            DialogKind::React => {
                listeners.push(search(&content, strings::SEARCH_EMOJI, dispatch).1);
                let grid = EmojiGrid::new(&content, dispatch);
                let empty = tag("p")
                    .class("choices-empty")
                    .attr("role", "status")
                    .element();
                append(&content, &empty);
                Body::React { grid, empty }
            }
            DialogKind::DeleteMessage => {
                set(&dialog, "aria-describedby", Some("dialog-note"));
                delete_message(&content, view, dispatch, &mut listeners)
            }
            DialogKind::Leave => {
                set(&dialog, "aria-describedby", Some("dialog-note"));
                leave(&content, dispatch, &mut listeners)
            }
            DialogKind::Switch => {
                let (field, typed) = search(&content, strings::SWITCH, dispatch);
                let (switcher, pressed) = Switcher::new(&content, &field, dispatch);
                listeners.extend([typed, pressed]);
                Body::Switch(switcher)
            }
            DialogKind::Details => {
                let details = Details::new(&content, dispatch, &mut listeners);
                Body::Details(Box::new(details))
            }
            DialogKind::Keys => {
                switcher::keys(&content);
                Body::Keys
            }
            DialogKind::Profile => {
                let profile = Profile::new(&content, dispatch, &mut listeners);
                Body::Profile(Box::new(profile))
            }
            DialogKind::Everybody => {
                set(&dialog, "aria-describedby", Some("dialog-note"));
                let (note, _) = confirm(
                    &content,
                    (strings::SEND_ANYWAY, "button-primary"),
                    || Intent::SendToEverybody,
                    dispatch,
                    &mut listeners,
                );
                Body::Everybody { note }
            }
        };
        let dialog: HtmlDialogElement = dialog.unchecked_into();
        let _ = dialog.show_modal();
        Self {
            kind: view.kind,
            dialog,
            title,
            failure,
            body,
            listeners,
        }
    }

    /// Which dialog this is.
    pub fn kind(&self) -> DialogKind {
        self.kind
    }

    /// Closes it. The browser gives the focus back to where it was.
    pub fn close(mut self) {
        self.listeners.clear();
        self.dialog.close();
    }

    /// Shows a view.
    pub fn show(&mut self, view: &DialogView) {
        say(&self.title, &view.title);
        say_or_hide(&self.failure, view.failure.as_deref());
        match &mut self.body {
            Body::Browse { list, empty, more } => {
                list.show(&view.channels);
                say_or_hide(empty, view.empty);
                flag(more, "hidden", !view.more);
            }
            Body::CreateChannel { submit } => {
                flag(submit, "disabled", !view.ready);
                let words = if view.busy {
                    strings::BUSY
                } else {
                    strings::CREATE
                };
                say(submit, words);
            }
            Body::NewDirect {
                list,
                empty,
                more,
                start,
            } => {
                list.show(&view.people);
                flag(more, "hidden", !view.more);
                say_or_hide(empty, view.empty);
                flag(start, "disabled", !view.ready);
            }
            Body::Invite {
                link,
                copy,
                waiting,
            } => {
                let made = view.link.as_deref().unwrap_or_default();
                if link.value() != made {
                    link.set_value(made);
                    link.select();
                }
                flag(copy, "disabled", !view.ready);
                say_or_hide(waiting, view.busy.then_some(strings::MAKING_LINK));
            }
            Body::AddPeople {
                list,
                empty,
                more,
                note,
            } => {
                list.show(&view.people);
                flag(more, "hidden", !view.more);
                say_or_hide(empty, view.empty);
                say(note, view.note.as_deref().unwrap_or_default());
            }
            Body::Switch(switcher) => switcher.show(view),
            Body::Details(details) => details.show(view),
            Body::Profile(profile) => profile.show(view),
            Body::Everybody { note } => say(note, view.note.as_deref().unwrap_or_default()),
            Body::React { grid, empty } => {
                grid.show(&view.emoji);
                say_or_hide(empty, view.empty);
            }
            Body::Keys | Body::DeleteMessage => {}
            Body::Leave { note, leave } => {
                say(note, view.note.as_deref().unwrap_or_default());
                say(
                    leave,
                    if view.busy {
                        strings::BUSY
                    } else {
                        strings::LEAVE
                    },
                );
            }
        }
    }
}

fn closes(dialog: &Element, event: &'static str, dispatch: &Dispatch) -> EventListener {
    let dispatch = dispatch.clone();
    on(dialog, event, move |_| dispatch.intent(Intent::CloseDialog))
}

/// A click beside the dialog hits the dialog's own element, which its content covers.
fn closes_outside(dialog: &Element, dispatch: &Dispatch) -> EventListener {
    let dispatch = dispatch.clone();
    let own: Node = dialog.clone().into();
    on(dialog, "mousedown", move |event| {
        let target = event.target().and_then(|t| t.dyn_into::<Node>().ok());
        if target.as_ref() == Some(&own) {
            dispatch.intent(Intent::CloseDialog);
        }
    })
}

/// A search field whose words filter the list below it.
fn search(content: &Element, label: &str, dispatch: &Dispatch) -> (Element, EventListener) {
    let input = tag("input")
        .class("input")
        .attr("type", "search")
        .attr("aria-label", label)
        .attr("placeholder", label)
        .attr("autocomplete", "off")
        .attr("autofocus", "")
        .element();
    append(content, &input);
    let field: HtmlInputElement = input.clone().unchecked_into();
    let dispatch = dispatch.clone();
    let listener = on(&input, "input", move |_| {
        dispatch.intent(Intent::Filter(field.value()));
    });
    (input, listener)
}

fn list_in(
    content: &Element,
    label: &str,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> (Element, Element, Element) {
    let list = tag("ul")
        .class("choices")
        .attr("aria-label", label)
        .element();
    let empty = tag("p")
        .class("choices-empty")
        .attr("role", "status")
        .element();
    append(content, &list);
    append(content, &empty);
    let (more, listener) = switcher::more(content, dispatch);
    listeners.push(listener);
    (list, empty, more)
}

fn browse(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Body {
    listeners.push(search(content, strings::SEARCH_CHANNELS, dispatch).1);
    let (list, empty, more) = list_in(content, strings::CHANNELS, dispatch, listeners);
    let create = button(strings::CREATE_CHANNEL, "button-primary");
    listeners.push(on_click(&create, dispatch, || {
        Intent::OpenDialog(DialogKind::CreateChannel)
    }));
    let foot = tag("div").class("dialog-foot").child(&create);
    append(content, &foot.element());
    Body::Browse {
        list: List::new(list, dispatch),
        empty,
        more,
    }
}

fn create_channel(
    content: &Element,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> Body {
    let form = tag("form").class("dialog-form").element();
    let name = field(
        &form,
        "channel-name",
        strings::CHANNEL_NAME,
        strings::CHANNEL_NAME_EXAMPLE,
        NAME_MAX_CHARS,
    );
    set(&name, "autofocus", Some(""));
    let topic = field(
        &form,
        "channel-topic",
        strings::CHANNEL_TOPIC,
        "",
        TOPIC_MAX_CHARS,
    );
    topic.set_required(false);
    let private = tag("input").attr("type", "checkbox").element();
    let tick = tag("label")
        .class("tick")
        .child(&private)
        .child(&tag("span").text(strings::MAKE_PRIVATE).element());
    append(&form, &tick.element());
    let submit = tag("button")
        .class("button button-primary")
        .attr("type", "submit")
        .text(strings::CREATE)
        .element();
    let foot = tag("div").class("dialog-foot").child(&submit);
    append(&form, &foot.element());
    append(content, &form);
    let private: HtmlInputElement = private.unchecked_into();
    let dispatch = dispatch.clone();
    listeners.push(on(&form, "submit", move |event| {
        event.prevent_default();
        dispatch.intent(Intent::CreateChannel {
            name: name.value(),
            topic: topic.value(),
            kind: if private.checked() {
                ChannelKind::Private
            } else {
                ChannelKind::Public
            },
        });
    }));
    Body::CreateChannel { submit }
}

fn new_direct(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Body {
    listeners.push(search(content, strings::SEARCH_PEOPLE, dispatch).1);
    let (list, empty, more) = list_in(content, strings::SEARCH_PEOPLE, dispatch, listeners);
    let start = button(strings::START_DIRECT, "button-primary");
    listeners.push(on_click(&start, dispatch, || Intent::StartDirect));
    let foot = tag("div").class("dialog-foot").child(&start);
    append(content, &foot.element());
    Body::NewDirect {
        list: List::new(list, dispatch),
        empty,
        more,
        start,
    }
}

fn invite(
    content: &Element,
    kind: DialogKind,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> Body {
    let (lead, label) = if kind == DialogKind::Invite {
        (strings::INVITE_LEAD, strings::INVITE_LINK)
    } else {
        (strings::SIGN_IN_LINK_LEAD, strings::SIGN_IN_LINK)
    };
    append(content, &tag("p").class("dialog-lead").text(lead).element());
    let link = field(content, "invite-link", label, "", 2_000);
    link.set_read_only(true);
    set(&link, "dir", Some("ltr"));
    if kind == DialogKind::Invite {
        listeners.push(guests(content, dispatch));
    }
    let waiting = tag("p")
        .class("choices-empty")
        .attr("role", "status")
        .element();
    append(content, &waiting);
    let copy = button(strings::COPY_LINK, "button-primary");
    listeners.push(on_click(&copy, dispatch, || Intent::CopyLink));
    let foot = tag("div").class("dialog-foot").child(&copy);
    append(content, &foot.element());
    Body::Invite {
        link,
        copy,
        waiting,
    }
}

/// The tick box that makes the invite one for guests.
fn guests(content: &Element, dispatch: &Dispatch) -> EventListener {
    let tick = tag("input").attr("type", "checkbox").element();
    let words = tag("span").text(strings::INVITE_GUESTS).element();
    let label = tag("label").class("tick").child(&tick).child(&words);
    append(content, &label.element());
    let (dispatch, ticked) = (dispatch.clone(), tick.clone());
    on(&tick, "change", move |_| {
        let guests = ticked.unchecked_ref::<HtmlInputElement>().checked();
        let role = if guests { Role::Guest } else { Role::Member };
        dispatch.intent(Intent::InviteAs(role));
    })
}

fn add_people(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Body {
    listeners.push(search(content, strings::SEARCH_PEOPLE, dispatch).1);
    let (list, empty, more) = list_in(content, strings::SEARCH_PEOPLE, dispatch, listeners);
    let note = tag("p")
        .class("dialog-note")
        .attr("role", "status")
        .element();
    let invite = button(strings::INVITE_PEOPLE, "button-quiet");
    listeners.push(on_click(&invite, dispatch, || {
        Intent::OpenDialog(DialogKind::Invite)
    }));
    let foot = tag("div").class("dialog-foot").child(&note).child(&invite);
    append(content, &foot.element());
    Body::AddPeople {
        list: List::new(list, dispatch),
        empty,
        more,
        note,
    }
}

fn delete_message(
    content: &Element,
    view: &DialogView,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> Body {
    let lead = tag("p")
        .class("dialog-lead")
        .attr("id", "dialog-note")
        .text(strings::DELETE_LEAD);
    append(content, &lead.element());
    let quote = tag("blockquote").class("dialog-quote").attr("dir", "auto");
    let author = tag("p")
        .class("message-author")
        .text(view.note.as_deref().unwrap_or_default());
    let text = tag("div").class("message-text").element();
    write(&text, &view.quote, dispatch, listeners);
    append(
        content,
        &quote.child(&author.element()).child(&text).element(),
    );
    foot(
        content,
        strings::DELETE,
        || Intent::DeleteMessage,
        dispatch,
        listeners,
    );
    Body::DeleteMessage
}

/// A button that does nothing, which has the focus, and one that does what was asked.
fn foot(
    content: &Element,
    words: &str,
    intent: fn() -> Intent,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> Element {
    let cancel = button(strings::CANCEL, "button-quiet");
    set(&cancel, "autofocus", Some(""));
    let act = button(words, "button-danger");
    listeners.push(on_click(&cancel, dispatch, || Intent::CloseDialog));
    listeners.push(on_click(&act, dispatch, intent));
    let foot = tag("div").class("dialog-foot").child(&cancel).child(&act);
    append(content, &foot.element());
    act
}

fn leave(content: &Element, dispatch: &Dispatch, listeners: &mut Vec<EventListener>) -> Body {
    let act = (strings::LEAVE, "button-danger");
    let (note, leave) = confirm(content, act, || Intent::Leave, dispatch, listeners);
    Body::Leave { note, leave }
}

/// What is asked, a button that does nothing, and one that does it.
fn confirm(
    content: &Element,
    (words, class): (&str, &str),
    act: fn() -> Intent,
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) -> (Element, Element) {
    let note = tag("p")
        .class("dialog-lead")
        .attr("id", "dialog-note")
        .element();
    let cancel = button(strings::CANCEL, "button-quiet");
    set(&cancel, "autofocus", Some(""));
    let go = button(words, class);
    listeners.push(on_click(&cancel, dispatch, || Intent::CloseDialog));
    listeners.push(on_click(&go, dispatch, act));
    let foot = tag("div").class("dialog-foot").child(&cancel).child(&go);
    append(content, &note);
    append(content, &foot.element());
    (note, go)
}
