//! Dialogs.

use protocol::{
    api::Channel,
    id::{ChannelId, UserId},
    limits::DIRECT_MAX_USERS,
};

use super::timeline::{hue, initials};
use crate::{
    dialog::Dialog, diff::Keyed, input::DialogKind, order::sorted_by, state::Session, strings,
};

/// People shown at most; who is looked for beyond that is found by typing.
const PEOPLE_SHOWN_MAX: usize = 100;

/// A dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogView {
    /// Which: another kind is another dialog.
    pub kind: DialogKind,
    /// Its title.
    pub title: &'static str,
    /// Channels that can be joined or opened.
    pub channels: Vec<BrowseRow>,
    /// People that can be chosen.
    pub people: Vec<PersonRow>,
    /// The invite link.
    pub link: Option<String>,
    /// What stands in place of an empty list.
    pub empty: Option<&'static str>,
    /// Whether a call is on its way.
    pub busy: bool,
    /// Whether its main button can be pressed.
    pub ready: bool,
    /// What went wrong.
    pub failure: Option<String>,
}

/// A channel in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowseRow {
    /// Its id.
    pub key: String,
    /// Its id.
    pub id: ChannelId,
    /// `#name`.
    pub name: String,
    /// Topic and size.
    pub about: String,
    /// Whether the user is in it.
    pub member: bool,
    /// Words of its button.
    pub action: &'static str,
}

/// A person in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Their id.
    pub key: String,
    /// Their id.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// What they do.
    pub title: String,
    /// One or two letters for them.
    pub initials: String,
    /// Their colour.
    pub hue: u8,
    /// Whether they are chosen.
    pub picked: bool,
}

impl Keyed for BrowseRow {
    fn key(&self) -> &str {
        &self.key
    }
}

impl Keyed for PersonRow {
    fn key(&self) -> &str {
        &self.key
    }
}

/// What is to be seen of the open dialog.
pub fn dialog(session: &Session, open: &Dialog) -> DialogView {
    let mut view = DialogView {
        kind: open.kind,
        title: match open.kind {
            DialogKind::Browse => strings::ADD_CHANNELS,
            DialogKind::CreateChannel => strings::CREATE_CHANNEL,
            DialogKind::NewDirect => strings::NEW_DIRECT,
            DialogKind::Invite => strings::INVITE_PEOPLE,
        },
        channels: Vec::new(),
        people: Vec::new(),
        link: open.link.clone(),
        empty: None,
        busy: open.busy,
        ready: !open.busy,
        failure: open.failure.clone(),
    };
    match open.kind {
        DialogKind::Browse => {
            view.channels = channels(session, open);
            view.empty = view
                .channels
                .is_empty()
                .then_some(if session.directory.loading {
                    strings::BUSY
                } else {
                    strings::NO_CHANNELS
                });
        }
        DialogKind::NewDirect => {
            view.people = people(session, open);
            view.empty = view.people.is_empty().then_some(strings::NO_PEOPLE);
            let room = DIRECT_MAX_USERS.saturating_sub(1);
            view.ready = !open.busy && (1..=room).contains(&open.picked.len());
        }
        DialogKind::Invite => view.ready = open.link.is_some(),
        DialogKind::CreateChannel => {}
    }
    view
}

fn channels(session: &Session, open: &Dialog) -> Vec<BrowseRow> {
    let rows: Vec<BrowseRow> = session
        .directory
        .channels
        .iter()
        .filter(|channel| !channel.archived && !channel.id.is_direct())
        .filter(|channel| open.matches(channel.name.as_deref().unwrap_or_default()))
        .map(|channel| browse_row(session, channel))
        .collect();
    sorted_by(rows, |row| {
        format!("{} {}", u8::from(row.member), row.name.to_lowercase())
    })
}

fn browse_row(session: &Session, channel: &Channel) -> BrowseRow {
    let member = session
        .channels
        .get(&channel.id)
        .map_or(channel.member, |known| known.info.member);
    let size = strings::members(channel.member_count);
    BrowseRow {
        key: channel.id.to_string(),
        id: channel.id.clone(),
        name: format!("#{}", channel.name.as_deref().unwrap_or_default()),
        about: match &channel.topic {
            Some(topic) => format!("{size} · {topic}"),
            None => size,
        },
        member,
        action: if member { strings::OPEN } else { strings::JOIN },
    }
}

fn people(session: &Session, open: &Dialog) -> Vec<PersonRow> {
    session
        .people
        .by_name()
        .into_iter()
        .filter(|user| open.picked.contains(&user.id) || open.matches(&user.display_name))
        .take(PEOPLE_SHOWN_MAX)
        .map(|user| PersonRow {
            key: user.id.to_string(),
            id: user.id.clone(),
            name: if user.id == session.me.id {
                strings::with_you(&user.display_name)
            } else {
                user.display_name.clone()
            },
            title: user.title.clone().unwrap_or_default(),
            initials: initials(&user.display_name),
            hue: hue(&user.id),
            picked: open.picked.contains(&user.id),
        })
        .collect()
}
