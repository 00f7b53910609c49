//! The sidebar: the user's channels and directs.

use protocol::{
    id::UserId,
    permission::{WorkspaceAction, may_in_workspace},
};

use crate::{
    channel::Channel,
    diff::Keyed,
    order::{folded, sorted_by},
    state::Session,
    strings,
};

/// The sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidebarView {
    /// The workspace's name.
    pub workspace: String,
    /// The user's own name.
    pub me: String,
    /// The user's own id.
    pub me_id: UserId,
    /// One or two letters for the user.
    pub initials: String,
    /// The user's colour.
    pub hue: u8,
    /// Whether channels can be browsed and made.
    pub can_browse: bool,
    /// Whether people can be invited.
    pub can_invite: bool,
    /// How many directs are to come, where none can be shown yet: their names are on their way.
    pub awaited: usize,
    /// The user's channels, by name.
    pub channels: Vec<SidebarRow>,
    /// The user's directs, by name.
    pub directs: Vec<SidebarRow>,
}

/// A channel or direct in the sidebar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SidebarRow {
    /// Its id.
    pub key: String,
    /// Where it leads.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// What stands in front of the name.
    pub icon: ChannelIcon,
    /// Whom it is with, where that is one person.
    pub person: Option<UserId>,
    /// Whether it is open.
    pub current: bool,
    /// Whether there is something unread in it.
    pub bold: bool,
    /// A number behind the name: what wants attention, where there is something.
    pub badge: Option<u32>,
    /// Whether the number counts mentions or a direct's messages.
    pub urgent: bool,
    /// Its label, where bold and badge say more than the name.
    pub label: Option<String>,
}

/// What stands in front of a channel's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelIcon {
    /// A public channel.
    Hash,
    /// A private channel.
    Lock,
    /// An archived channel.
    Archived,
    /// A direct: the person's initials on one of the colours.
    Person {
        /// Of [`crate::view::MessageView::hue`]'s colours.
        hue: u8,
    },
}

impl Keyed for SidebarRow {
    fn key(&self) -> &str {
        &self.key
    }
}

/// What the sidebar shows.
pub fn sidebar(session: &Session) -> SidebarView {
    let own = session
        .channels
        .values()
        .filter(|channel| channel.info.member)
        .filter(|channel| !channel.info.archived || session.is_open(&channel.info.id));
    let (unnamed, named): (Vec<&Channel>, Vec<&Channel>) =
        own.partition(|channel| is_awaited(session, channel));
    let awaited = unnamed.len();
    let (directs, channels): (Vec<SidebarRow>, Vec<SidebarRow>) = named
        .into_iter()
        .map(|channel| row(session, channel))
        .partition(|row| matches!(row.icon, ChannelIcon::Person { .. }));
    SidebarView {
        workspace: session.workspace.name.clone(),
        me: session.me.display_name.clone(),
        me_id: session.me.id.clone(),
        initials: super::timeline::initials(&session.me.display_name),
        hue: super::timeline::hue(&session.me.id),
        can_browse: may_in_workspace(WorkspaceAction::Browse, session.me.role),
        can_invite: may_in_workspace(WorkspaceAction::Invite, session.me.role),
        awaited: if directs.is_empty() { awaited } else { 0 },
        channels: sorted_by(channels, |row| folded(&row.name)),
        directs: sorted_by(directs, |row| folded(&row.name)),
    }
}

/// Whether a direct is called by a name that is on its way: it is shown in its place once that is known.
fn is_awaited(session: &Session, channel: &Channel) -> bool {
    let members = channel.info.members.iter().flatten();
    channel.info.name.is_none() && members.into_iter().any(|id| session.people.is_awaited(id))
}

fn row(session: &Session, channel: &Channel) -> SidebarRow {
    let info = &channel.info;
    let direct = info.id.is_direct();
    let urgent = channel.mentions > 0 || (direct && channel.unread > 0);
    let count = if channel.mentions > 0 && !direct {
        channel.mentions
    } else {
        channel.unread
    };
    let name = session.people.channel_name(info, &session.me.id);
    SidebarRow {
        key: info.id.to_string(),
        url: format!("/c/{}", info.id),
        icon: icon(session, channel),
        person: session.other(channel).cloned(),
        current: session.is_open(&info.id),
        bold: channel.unread > 0,
        badge: (count > 0).then_some(count),
        urgent,
        label: (count > 0).then(|| {
            strings::with_unread(&name, &strings::unread(channel.unread, channel.mentions))
        }),
        name,
    }
}

/// What stands in front of a channel's name.
pub fn icon(session: &Session, channel: &Channel) -> ChannelIcon {
    use protocol::api::ChannelKind;
    match channel.info.kind {
        _ if channel.info.archived => ChannelIcon::Archived,
        ChannelKind::Public => ChannelIcon::Hash,
        ChannelKind::Private => ChannelIcon::Lock,
        ChannelKind::Direct => {
            let other = channel
                .info
                .members
                .iter()
                .flatten()
                .find(|id| **id != session.me.id)
                .unwrap_or(&session.me.id);
            ChannelIcon::Person {
                hue: super::timeline::hue(other),
            }
        }
    }
}
