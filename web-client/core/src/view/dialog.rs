//! Dialogs.

use protocol::{
    api::{self, ChannelKind, User},
    emoji::Emoji,
    id::{ChannelId, UserId},
    limits::DIRECT_MAX_USERS,
};

use super::{
    details::{DetailsView, details},
    options::{self, OptionRow},
    text::{Piece, pieces},
    timeline::{hue, initials},
};
use crate::{
    channel::Channel,
    dialog::Dialog,
    diff::Keyed,
    input::DialogKind,
    order::{folded, sorted_by},
    state::Session,
    storage::Theme,
    strings,
};

/// Emoji shown at most where one searches for them.
const EMOJI_FOUND_MAX: usize = 120;

/// A dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogView {
    /// Which: another kind is another dialog.
    pub kind: DialogKind,
    /// Its title.
    pub title: String,
    /// Channels that can be joined or opened.
    pub channels: Vec<BrowseRow>,
    /// People that can be chosen.
    pub people: Vec<PersonRow>,
    /// The options of the switcher.
    pub options: Vec<OptionRow>,
    /// Whether there is more than is shown.
    pub more: bool,
    /// What is one's own, in the profile.
    pub profile: Option<ProfileView>,
    /// What a channel is about and who is in it.
    pub details: Option<Box<DetailsView>>,
    /// Emoji that can be chosen.
    pub emoji: Vec<EmojiSection>,
    /// What the message says that the dialog asks about.
    pub quote: Vec<Piece>,
    /// The link.
    pub link: Option<String>,
    /// What stands in place of an empty list.
    pub empty: Option<&'static str>,
    /// What was done last, or what will come of what is asked.
    pub note: Option<String>,
    /// Whether a call is on its way.
    pub busy: bool,
    /// Whether its main button can be pressed.
    pub ready: bool,
    /// What went wrong.
    pub failure: Option<String>,
}

/// What is one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    /// What others call the user.
    pub name: String,
    /// What the user does.
    pub title: String,
    /// Light or dark.
    pub theme: Theme,
}

/// Emoji that stand together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmojiSection {
    /// What they are.
    pub title: String,
    /// Each with its name.
    pub emoji: Vec<(String, String)>,
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
    /// Whether it is archived: then it can only be opened.
    pub archived: bool,
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
    /// What stands beside them.
    pub choice: Choice,
}

/// What stands beside a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A tick box.
    Tick(bool),
    /// A button with these words.
    Press {
        /// Its words.
        words: &'static str,
        /// Whether it does something.
        ready: bool,
    },
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
/// The theme is what only the whole client knows.
pub fn dialog(session: &Session, open: &Dialog) -> DialogView {
    let channel = open
        .channel
        .as_ref()
        .and_then(|id| session.channels.get(id));
    let called = channel
        .map(|channel| session.call(channel))
        .unwrap_or_default();
    let mut view = DialogView {
        kind: open.kind,
        title: title(open.kind, &called),
        channels: Vec::new(),
        people: Vec::new(),
        options: Vec::new(),
        more: false,
        profile: None,
        details: None,
        emoji: Vec::new(),
        quote: Vec::new(),
        link: open.link.clone(),
        empty: None,
        note: open.note.clone(),
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
            view.more = session.directory.next.is_some();
        }
        DialogKind::NewDirect => {
            people(session, open, None, &mut view);
            let room = DIRECT_MAX_USERS.saturating_sub(1);
            view.ready = !open.busy && (1..=room).contains(&open.picked.len());
        }
        DialogKind::AddPeople => {
            people(session, open, channel, &mut view);
        }
        DialogKind::Details => {
            view.details = channel.map(|channel| Box::new(details(session, open, channel)));
            view.more = open.next.is_some();
            view.empty = open.searching.then_some(strings::BUSY);
        }
        DialogKind::Switch => {
            view.options = options::switcher(session, open);
            let looking = open.searching || session.directory.loading;
            let words = if looking {
                strings::BUSY
            } else {
                strings::NOTHING_FOUND
            };
            view.empty = view.options.is_empty().then_some(words);
        }
        DialogKind::Everybody => {
            let members = channel.map_or(0, |channel| channel.info.member_count);
            view.note = Some(strings::notifies(members, &called));
        }
        DialogKind::Profile => {
            view.profile = Some(ProfileView {
                name: session.me.display_name.clone(),
                title: session.me.title.clone().unwrap_or_default(),
                theme: Theme::System,
            });
        }
        DialogKind::Leave => view.note = channel.map(|channel| leaving(channel).to_owned()),
        DialogKind::Invite | DialogKind::SignInLink => view.ready = open.link.is_some(),
        DialogKind::React => {
            view.emoji = emoji(session, open);
            view.empty = view.emoji.is_empty().then_some(if session.emoji.is_here() {
                strings::NO_EMOJI
            } else {
                strings::BUSY
            });
        }
        DialogKind::DeleteMessage => {
            let message = open.message.zip(channel);
            let message = message.and_then(|((_, seq), channel)| channel.messages.find(seq));
            if let Some(message) = message {
                view.note = Some(session.people.name(&message.user).to_owned());
                view.quote = pieces(session, message.text.as_deref().unwrap_or_default());
            }
        }
        DialogKind::CreateChannel | DialogKind::Keys => {}
    }
    view
}

fn title(kind: DialogKind, called: &str) -> String {
    let words = match kind {
        DialogKind::Browse => strings::ADD_CHANNELS,
        DialogKind::CreateChannel => strings::CREATE_CHANNEL,
        DialogKind::NewDirect => strings::NEW_DIRECT,
        DialogKind::Invite => strings::INVITE_PEOPLE,
        DialogKind::AddPeople => return strings::add_people_to(called),
        DialogKind::Details => return strings::details_of(called),
        DialogKind::Leave => return strings::leave_channel(called),
        DialogKind::Switch => strings::SWITCH,
        DialogKind::Keys => strings::KEYS_TITLE,
        DialogKind::Profile => strings::PROFILE,
        DialogKind::SignInLink => strings::OTHER_DEVICE,
        DialogKind::Everybody => strings::EVERYBODY_TITLE,
        DialogKind::React => strings::ADD_REACTION,
        DialogKind::DeleteMessage => strings::DELETE_MESSAGE,
    };
    words.to_owned()
}

/// Those used last and all others, or those that are searched for.
fn emoji(session: &Session, open: &Dialog) -> Vec<EmojiSection> {
    let table = &session.emoji;
    let typed = open.filter.trim().trim_matches(':');
    if !typed.is_empty() {
        let found = table.find(typed, EMOJI_FOUND_MAX);
        let found = found.iter().map(|emoji| (emoji.symbol, emoji.name));
        return sections(found.map(|(symbol, name)| (strings::EMOJI_FOUND, symbol, name)));
    }
    let recent = session.recent_emoji.iter().map(Emoji::as_str);
    let recent: Vec<&str> = match session.recent_emoji.len() {
        0 => strings::USUAL_EMOJI.to_vec(),
        _ => recent.collect(),
    };
    let recent = recent.into_iter().map(|symbol| {
        let name = table.name_of(symbol).unwrap_or(symbol);
        (strings::EMOJI_USED_LAST, symbol, name)
    });
    let all = table
        .all()
        .map(|emoji| (emoji.section, emoji.symbol, emoji.name));
    sections(recent.chain(all))
}

fn sections<'a>(all: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Vec<EmojiSection> {
    let mut sections: Vec<EmojiSection> = Vec::new();
    for (title, symbol, name) in all {
        if sections.last().is_none_or(|section| section.title != title) {
            sections.push(EmojiSection {
                title: title.to_owned(),
                emoji: Vec::new(),
            });
        }
        if let Some(section) = sections.last_mut() {
            let name = name.replace('_', " ");
            section.emoji.push((symbol.to_owned(), name));
        }
    }
    sections
}

fn channels(session: &Session, open: &Dialog) -> Vec<BrowseRow> {
    let rows: Vec<BrowseRow> = session
        .directory
        .channels
        .iter()
        .filter(|channel| !channel.id.is_direct())
        .filter(|channel| open.matches(channel.name.as_deref().unwrap_or_default()))
        .map(|channel| browse_row(session, channel))
        .collect();
    sorted_by(rows, |row| {
        let rank = if row.archived {
            "2"
        } else if row.member {
            "1"
        } else {
            "0"
        };
        [rank, &folded(&row.name)].concat()
    })
}

fn browse_row(session: &Session, channel: &api::Channel) -> BrowseRow {
    let known = session.channels.get(&channel.id);
    let member = known.map_or(channel.member, |known| known.info.member);
    let archived = known.map_or(channel.archived, |known| known.info.archived);
    let size = strings::size(channel.member_count, archived);
    BrowseRow {
        key: channel.id.to_string(),
        id: channel.id.clone(),
        name: format!("#{}", channel.name.as_deref().unwrap_or_default()),
        about: match &channel.topic {
            Some(topic) => [&size, " · ", topic].concat(),
            None => size,
        },
        member,
        archived,
        action: if member || archived {
            strings::OPEN
        } else {
            strings::JOIN
        },
    }
}

/// What comes of leaving a channel.
fn leaving(channel: &Channel) -> &'static str {
    match (channel.info.kind, channel.info.member_count) {
        (ChannelKind::Private, 1) => strings::LEAVE_LAST,
        (ChannelKind::Private, _) => strings::LEAVE_PRIVATE,
        _ => strings::LEAVE_PUBLIC,
    }
}

/// The people to choose from: for a direct, or to be added to a channel, where oneself is.
fn people(session: &Session, open: &Dialog, channel: Option<&Channel>, view: &mut DialogView) {
    let mut found: Vec<&User> = session
        .people
        .by_name()
        .into_iter()
        .filter(|user| open.picked.contains(&user.id) || open.matches(&user.display_name))
        .filter(|user| channel.is_none() || user.id != session.me.id)
        .collect();
    view.more = found.len() > open.shown || open.next.is_some();
    found.truncate(open.shown);
    view.people = found
        .into_iter()
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
            choice: choice(open, channel, &user.id),
        })
        .collect();
    view.empty = view.people.is_empty().then_some(if open.searching {
        strings::BUSY
    } else if open.filter.is_empty() {
        strings::NOBODY_ELSE
    } else {
        strings::NO_PEOPLE
    });
}

fn choice(open: &Dialog, channel: Option<&Channel>, user: &UserId) -> Choice {
    let picked = open.picked.contains(user);
    let Some(channel) = channel else {
        return Choice::Tick(picked);
    };
    let is_in = channel.is_known_in(user);
    Choice::Press {
        words: match (is_in, picked) {
            (true, _) => strings::IS_IN,
            (false, true) => strings::ADDING,
            (false, false) => strings::ADD,
        },
        ready: !is_in && !picked,
    }
}
