//! An open channel: header, timeline, and what one can do below it.

use client_core::{
    effect::Effect,
    input::{DetailsIntent, DialogKind, Intent},
    strings,
    view::{self, Footer, Header},
};
use gloo::events::EventListener;
use protocol::id::ChannelId;
use web_sys::Element;

use super::{composer::Composer, sidebar::draw, timeline::Timeline};
use crate::{
    dom::{Dispatch, append, button, clear, flag, icon_button, on_click, say_or_hide, tag},
    icon::Icon,
};

/// An open channel on the page.
pub struct ChannelPane {
    key: String,
    title: Element,
    topic: Element,
    details: [Element; 2],
    add: Element,
    leave: Element,
    header: Option<Header>,
    timeline: Timeline,
    foot: Element,
    footer: FooterPart,
    dispatch: Dispatch,
    _listeners: [EventListener; 5],
}

enum FooterPart {
    None,
    Composer(Composer),
    Join {
        channel: ChannelId,
        _listener: EventListener,
    },
    ReadOnly {
        can_bring_back: bool,
        _listener: Option<EventListener>,
    },
}

impl ChannelPane {
    /// The pane of a channel, in `main`.
    pub fn new(main: &Element, view: &view::ChannelPane, dispatch: &Dispatch) -> Self {
        let back = icon_button(&Icon::Back.draw(), strings::SHOW_SIDEBAR, "only-narrow");
        let [name, members] = ["pane-details", "pane-details pane-members"].map(|class| {
            tag("button")
                .class(class)
                .attr("type", "button")
                .attr("aria-haspopup", "dialog")
                .attr("title", strings::DETAILS)
                .element()
        });
        let title = tag("h1").class("pane-title").attr("dir", "auto").element();
        let topic = tag("p").class("pane-topic").attr("dir", "auto").element();
        let about = tag("div")
            .class("pane-about")
            .child(&title)
            .child(&topic)
            .child(&members)
            .element();
        let words = tag("span").class("button-words").text(strings::ADD_PEOPLE);
        let add = tag("button")
            .class("button button-quiet pane-add")
            .attr("type", "button")
            .attr("title", strings::ADD_PEOPLE)
            .child(&Icon::Invite.draw())
            .child(&words.element())
            .element();
        let leave = icon_button(&Icon::Leave.draw(), strings::LEAVE_CHANNEL, "");
        let head = tag("header")
            .class("pane-head")
            .child(&back)
            .child(&about)
            .child(&add)
            .child(&leave)
            .element();
        append(main, &head);
        let timeline = Timeline::new(main, "messages", dispatch);
        let foot = tag("div").class("pane-foot").element();
        append(main, &foot);
        let opens = |kind| move || Intent::OpenDialog(kind);
        let listeners = [
            on_click(&back, dispatch, || Intent::ToggleSidebar),
            on_click(&add, dispatch, opens(DialogKind::AddPeople)),
            on_click(&leave, dispatch, opens(DialogKind::Leave)),
            on_click(&name, dispatch, opens(DialogKind::Details)),
            on_click(&members, dispatch, opens(DialogKind::Details)),
        ];
        Self {
            key: view.key.clone(),
            title,
            topic,
            details: [name, members],
            add,
            leave,
            header: None,
            timeline,
            foot,
            footer: FooterPart::None,
            dispatch: dispatch.clone(),
            _listeners: listeners,
        }
    }

    /// Which channel this is.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Shows a view.
    pub fn show(&mut self, view: &view::ChannelPane) {
        if self.header.as_ref() != Some(&view.header) {
            self.show_header(&view.header);
        }
        self.show_footer(&view.footer);
        self.timeline
            .show(&view.items, &view.label, view.busy, view.jump.as_deref());
    }

    fn show_header(&mut self, header: &Header) {
        let [button, members] = &self.details;
        clear(button);
        clear(&self.title);
        let parent = if header.has_details {
            append(&self.title, button);
            button
        } else {
            &self.title
        };
        append(parent, &draw(header.icon, &header.name));
        let name = tag("span").class("pane-name").text(&header.name);
        append(parent, &name.element());
        say_or_hide(&self.topic, header.topic.as_deref());
        say_or_hide(members, header.members.as_deref());
        flag(&self.add, "hidden", !header.can_add);
        flag(&self.leave, "hidden", !header.can_leave);
        self.header = Some(header.clone());
    }

    fn show_footer(&mut self, footer: &Footer) {
        match (footer, &mut self.footer) {
            (Footer::Composer(view), FooterPart::Composer(composer)) => composer.show(view),
            (Footer::Join { channel }, FooterPart::Join { channel: shown, .. })
                if channel == shown => {}
            (
                Footer::ReadOnly { can_bring_back, .. },
                FooterPart::ReadOnly {
                    can_bring_back: shown,
                    ..
                },
            ) if can_bring_back == shown => {}
            (Footer::Composer(view), part) => {
                clear(&self.foot);
                let mut composer = Composer::new(&self.foot, "composer-hint", &self.dispatch);
                composer.show(view);
                *part = FooterPart::Composer(composer);
            }
            (Footer::Join { channel }, part) => {
                clear(&self.foot);
                let join = button(strings::JOIN_CHANNEL, "button-primary");
                let bar = tag("div")
                    .class("notice-bar")
                    .child(&tag("p").text(strings::PREVIEW).element())
                    .child(&join);
                append(&self.foot, &bar.element());
                let id = channel.clone();
                let listener = on_click(&join, &self.dispatch, move || Intent::Join(id.clone()));
                *part = FooterPart::Join {
                    channel: channel.clone(),
                    _listener: listener,
                };
            }
            (
                Footer::ReadOnly {
                    words,
                    can_bring_back,
                },
                part,
            ) => {
                clear(&self.foot);
                let bar = tag("div")
                    .class("notice-bar")
                    .child(&tag("p").text(words).element())
                    .element();
                append(&self.foot, &bar);
                let listener = can_bring_back.then(|| {
                    let act = button(strings::BRING_BACK, "button-primary");
                    append(&bar, &act);
                    on_click(&act, &self.dispatch, || {
                        Intent::Details(DetailsIntent::BringBack)
                    })
                });
                *part = FooterPart::ReadOnly {
                    can_bring_back: *can_bring_back,
                    _listener: listener,
                };
            }
        }
    }

    /// Carries out what concerns this pane.
    pub fn carry_out(&self, effect: &Effect) {
        match (effect, &self.footer) {
            (Effect::FocusComposer, FooterPart::Composer(composer)) => composer.focus(),
            (effect, _) => self.timeline.carry_out(effect),
        }
    }
}
