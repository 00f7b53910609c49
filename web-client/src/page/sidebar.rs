//! The sidebar.

use client_core::{
    input::{DialogKind, Intent},
    strings,
    view::{ChannelIcon, SidebarRow, SidebarView},
};
use gloo::events::EventListener;
use protocol::id::{ChannelId, UserId};
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, Node};

use super::{avatar::avatar, dot::dot};
use crate::{
    dom::{Dispatch, append, clear, flag, icon_button, on, on_click, say, set, tag},
    icon::Icon,
    list::{List, Row},
};

/// The sidebar on the page.
pub struct Sidebar {
    node: Element,
    workspace: Element,
    me: Element,
    skeletons: Element,
    no_directs: Element,
    browse: Element,
    invite: Element,
    channels: List<SidebarRow, ChannelRow>,
    directs: List<SidebarRow, ChannelRow>,
    mine: Option<(String, String)>,
    _listeners: [EventListener; 7],
}

impl Sidebar {
    /// An empty sidebar.
    pub fn new(dispatch: &Dispatch) -> Self {
        let workspace = tag("h2")
            .class("workspace-name")
            .attr("dir", "auto")
            .element();
        let add = icon_button(&Icon::Plus.draw(), strings::ADD_CHANNELS, "");
        let compose = icon_button(&Icon::Compose.draw(), strings::NEW_DIRECT, "");
        let (channel_section, channels) = section("channels", strings::CHANNELS, &add);
        let (direct_section, directs) = section("directs", strings::DIRECTS, &compose);
        let invite = tag("button")
            .class("sidebar-action")
            .attr("type", "button")
            .child(&Icon::Invite.draw())
            .text(strings::INVITE_PEOPLE)
            .element();
        let me = tag("button")
            .class("me")
            .attr("type", "button")
            .attr("title", strings::PROFILE)
            .element();
        let keys = icon_button(&Icon::Keyboard.draw(), strings::KEYS_TITLE, "only-wide");
        let switch = tag("button")
            .class("sidebar-action sidebar-switch")
            .attr("type", "button")
            .child(&Icon::Search.draw())
            .text(strings::SWITCH)
            .element();
        let skeletons = tag("div")
            .class("skeletons")
            .attr("aria-hidden", "true")
            .element();
        let no_directs = tag("p")
            .class("section-empty")
            .text(strings::NO_DIRECTS)
            .element();
        append(&direct_section, &skeletons);
        append(&direct_section, &no_directs);
        let close = icon_button(&Icon::Close.draw(), strings::CLOSE, "only-narrow");
        let node = tag("nav")
            .class("sidebar")
            .attr("aria-label", strings::SIDEBAR)
            .child(
                &tag("div")
                    .class("sidebar-head")
                    .child(&Icon::Sun.draw())
                    .child(&workspace)
                    .child(&close)
                    .element(),
            )
            .child(
                &tag("div")
                    .class("sidebar-lists")
                    .child(&switch)
                    .child(&channel_section)
                    .child(&direct_section)
                    .child(&invite)
                    .element(),
            )
            .child(
                &tag("div")
                    .class("sidebar-foot")
                    .child(&me)
                    .child(&keys)
                    .element(),
            )
            .element();
        let opens = |kind| move || Intent::OpenDialog(kind);
        let listeners = [
            on_click(&add, dispatch, opens(DialogKind::Browse)),
            on_click(&compose, dispatch, opens(DialogKind::NewDirect)),
            on_click(&invite, dispatch, opens(DialogKind::Invite)),
            on_click(&me, dispatch, opens(DialogKind::Profile)),
            on_click(&keys, dispatch, opens(DialogKind::Keys)),
            on_click(&switch, dispatch, opens(DialogKind::Switch)),
            on_click(&close, dispatch, || Intent::ToggleSidebar),
        ];
        Self {
            node,
            workspace,
            me,
            skeletons,
            no_directs,
            browse: add,
            invite,
            mine: None,
            channels: List::new(channels, dispatch),
            directs: List::new(directs, dispatch),
            _listeners: listeners,
        }
    }

    /// Its element.
    pub fn node(&self) -> &Element {
        &self.node
    }

    /// Shows a view.
    pub fn show(&mut self, view: &SidebarView) {
        say(&self.workspace, &view.workspace);
        self.show_me(view);
        if view.awaited != usize::try_from(self.skeletons.child_element_count()).unwrap_or(0) {
            clear(&self.skeletons);
            for _ in 0..view.awaited {
                append(&self.skeletons, &tag("div").class("skeleton").element());
            }
        }
        self.channels.show(&view.channels);
        self.directs.show(&view.directs);
        let some = view.awaited > 0 || !view.directs.is_empty();
        flag(&self.no_directs, "hidden", some);
        flag(&self.browse, "hidden", !view.can_browse);
        flag(&self.invite, "hidden", !view.can_invite);
    }

    fn show_me(&mut self, view: &SidebarView) {
        let mine = Some((view.me.clone(), view.initials.clone()));
        if self.mine == mine {
            return;
        }
        self.mine = mine;
        clear(&self.me);
        append(
            &self.me,
            &with_dot(&avatar(&view.initials, view.hue), &view.me_id),
        );
        let name = tag("span")
            .class("me-name")
            .attr("dir", "auto")
            .attr("aria-hidden", "true")
            .text(&view.me);
        append(&self.me, &name.element());
        let heard = tag("span")
            .class("only-heard")
            .text(&strings::profile_of(&view.me));
        append(&self.me, &heard.element());
    }
}

/// An avatar with a dot on it that says whether they are there.
pub fn with_dot(avatar: &Element, user: &UserId) -> Element {
    tag("span")
        .class("person")
        .child(avatar)
        .child(&dot(user))
        .element()
}

/// A number behind a name.
pub fn badge(count: u32, urgent: bool) -> Element {
    tag("span")
        .class(if urgent { "badge is-urgent" } else { "badge" })
        .attr("aria-hidden", "true")
        .text(&count.to_string())
        .element()
}

fn section(id: &str, title: &str, action: &Element) -> (Element, Element) {
    let list = tag("ul")
        .class("sidebar-list")
        .attr("aria-labelledby", id)
        .element();
    let head = tag("div")
        .class("section-head")
        .child(
            &tag("h3")
                .class("section-title")
                .attr("id", id)
                .text(title)
                .element(),
        )
        .child(action)
        .element();
    let section = tag("section")
        .class("section")
        .attr("aria-labelledby", id)
        .child(&head)
        .child(&list)
        .element();
    (section, list)
}

/// A channel or direct in the sidebar.
pub struct ChannelRow {
    node: Element,
    link: Element,
    _listener: EventListener,
}

impl Row<SidebarRow> for ChannelRow {
    fn new(item: &SidebarRow, dispatch: &Dispatch) -> Self {
        let link = tag("a")
            .class("channel-link")
            .attr("href", &item.url)
            .element();
        let node = tag("li").class("channel-row").child(&link).element();
        if let Some(person) = &item.person {
            append(&node, &dot(person));
        }
        let listener = open_on_click(&link, &item.key, dispatch);
        let mut row = Self {
            node,
            link,
            _listener: listener,
        };
        row.update(item);
        row
    }

    fn node(&self) -> &Node {
        &self.node
    }

    fn update(&mut self, item: &SidebarRow) {
        set(&self.link, "aria-current", item.current.then_some("page"));
        let class = if item.bold {
            "channel-link is-unread"
        } else {
            "channel-link"
        };
        set(&self.link, "class", Some(class));
        clear(&self.link);
        append(&self.link, &draw(item.icon, &item.name));
        let name = tag("span").class("channel-name").attr("dir", "auto");
        let name = name.text(&item.name).element();
        append(&self.link, &name);
        if let Some(count) = item.badge {
            append(&self.link, &badge(count, item.urgent));
        }
        // What is heard is one text, what is seen stands in pieces.
        set(&name, "aria-hidden", item.label.is_some().then_some("true"));
        if let Some(label) = item.label.as_deref() {
            let heard = tag("span").class("only-heard").text(label);
            append(&self.link, &heard.element());
        }
    }
}

/// What stands in front of a channel's name.
pub fn draw(icon: ChannelIcon, name: &str) -> Element {
    match icon {
        ChannelIcon::Hash => Icon::Hash.draw(),
        ChannelIcon::Lock => Icon::Lock.draw(),
        ChannelIcon::Archived => Icon::Box.draw(),
        ChannelIcon::Person { hue } => {
            let first: String = name.chars().take(1).collect();
            let small = avatar(&first, hue);
            let _ = small.class_list().add_1("avatar-small");
            small
        }
    }
}

/// Opens a channel in this page, unless the click asks for another one.
pub fn open_on_click(link: &Element, id: &str, dispatch: &Dispatch) -> EventListener {
    let dispatch = dispatch.clone();
    let id = id.to_owned();
    on(link, "click", move |event| {
        let click: &MouseEvent = event.unchecked_ref();
        let elsewhere = click.ctrl_key() || click.meta_key() || click.shift_key();
        if let (false, Ok(id)) = (elsewhere, ChannelId::parse(&id)) {
            event.prevent_default();
            dispatch.intent(Intent::Open(id));
        }
    })
}
