//! Options to choose from: in the switcher, and in the composer.

use protocol::{
    api::{self, ChannelKind},
    id::{ChannelId, UserId},
};

use super::{
    sidebar::{ChannelIcon, icon},
    timeline::hue,
};
use crate::{
    channel::Channel,
    completion::{Completion, Kind, OPTIONS_MAX},
    dialog::Dialog,
    diff::Keyed,
    fuzzy::fit,
    order::{folded, sorted_by},
    state::Session,
    strings,
};

/// Options of the switcher at most.
const SWITCHER_MAX: usize = 10;

/// An option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionRow {
    /// Its key.
    pub key: String,
    /// What it stands for.
    pub target: Target,
    /// What stands in front of its name.
    pub icon: Option<ChannelIcon>,
    /// What it is called.
    pub name: String,
    /// What else is said of it.
    pub about: String,
    /// How much is unread there, where something is.
    pub badge: Option<u32>,
    /// Whether that counts mentions or a direct's messages.
    pub urgent: bool,
    /// Whether it is the one that Enter takes.
    pub active: bool,
}

/// What an option stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A channel or direct.
    Channel(ChannelId),
    /// A person.
    Person(UserId),
    /// Everybody, as it is sent.
    Everybody(&'static str),
    /// An emoji.
    Emoji(String),
}

impl Keyed for OptionRow {
    fn key(&self) -> &str {
        &self.key
    }
}

/// Options with what they are sorted by.
type Ranked = Vec<(String, OptionRow)>;

/// Where one can go: what was opened last comes first, then what is unread; with something typed, what fits it best.
pub fn switcher(session: &Session, dialog: &Dialog) -> Vec<OptionRow> {
    let typed = dialog.filter.trim().trim_start_matches(['#', '@']);
    let mut ranked = Ranked::new();
    for channel in session.channels.values() {
        let name = session.people.channel_name(&channel.info, &session.me.id);
        let id = &channel.info.id;
        let there = typed.is_empty() && session.is_open(id);
        let Some(fit) = fit(&name, typed).filter(|_| !there && !channel.info.archived) else {
            continue;
        };
        let recent = session.recent.iter().position(|recent| recent == id);
        let recent = recent.and_then(|place| u8::try_from(place).ok());
        let unread = u8::from(channel.unread == 0);
        ranked.push((
            rank(&[fit, recent.unwrap_or(u8::MAX), unread], &name),
            place(session, channel, name),
        ));
    }
    if !typed.is_empty() {
        people(session, typed, &mut ranked);
        directory(session, typed, &mut ranked);
    }
    finish(ranked, SWITCHER_MAX, dialog.at)
}

/// What the word before the caret may mean.
pub fn completion(session: &Session, completion: &Completion) -> Vec<OptionRow> {
    let word = completion.word.as_str();
    let mut ranked = Ranked::new();
    match completion.kind {
        Kind::Person => {
            named_people(session, word, &mut ranked);
            everybody(session, word, &mut ranked);
        }
        Kind::Channel => {
            for channel in session.channels.values() {
                let name = channel
                    .info
                    .name
                    .as_deref()
                    .filter(|_| !channel.info.archived);
                if let Some((name, fit)) = name.and_then(|name| Some((name, fit(name, word)?))) {
                    let row = place(session, channel, "#".to_owned() + name);
                    ranked.push((rank(&[fit], name), row));
                }
            }
            directory(session, word, &mut ranked);
            for (_, row) in &mut ranked {
                row.badge = None;
                if !row.name.starts_with('#') {
                    row.name.insert(0, '#');
                }
            }
        }
        Kind::Emoji => {
            for (index, emoji) in session
                .emoji
                .find(word, OPTIONS_MAX)
                .into_iter()
                .enumerate()
            {
                let name = [emoji.symbol, "  :", emoji.name, ":"].concat();
                let row = option(
                    emoji.name,
                    Target::Emoji(emoji.symbol.to_owned()),
                    None,
                    name,
                );
                ranked.push((rank(&[u8::try_from(index).unwrap_or(u8::MAX)], ""), row));
            }
        }
    }
    finish(ranked, OPTIONS_MAX, completion.at)
}

/// A key that sorts by these numbers, then by the name.
fn rank(numbers: &[u8], name: &str) -> String {
    let mut key: String = numbers.iter().copied().map(char::from).collect();
    key.push_str(&folded(name));
    key
}

fn finish(ranked: Ranked, most: usize, at: usize) -> Vec<OptionRow> {
    let sorted = sorted_by(ranked, |(rank, _)| rank.clone());
    let mut rows: Vec<OptionRow> = sorted.into_iter().map(|(_, row)| row).take(most).collect();
    let at = at.min(rows.len().saturating_sub(1));
    if let Some(row) = rows.get_mut(at) {
        row.active = true;
    }
    rows
}

fn option(key: &str, target: Target, icon: Option<ChannelIcon>, name: String) -> OptionRow {
    OptionRow {
        key: key.to_owned(),
        target,
        icon,
        name,
        about: String::new(),
        badge: None,
        urgent: false,
        active: false,
    }
}

fn place(session: &Session, channel: &Channel, name: String) -> OptionRow {
    let id = &channel.info.id;
    let direct = id.is_direct();
    let target = Target::Channel(id.clone());
    OptionRow {
        badge: (channel.unread > 0).then_some(channel.unread),
        urgent: channel.mentions > 0 || direct,
        about: if channel.info.member {
            ""
        } else {
            strings::NOT_JOINED
        }
        .to_owned(),
        ..option(id.as_str(), target, Some(icon(session, channel)), name)
    }
}

fn person(user: &api::User) -> OptionRow {
    let icon = ChannelIcon::Person { hue: hue(&user.id) };
    let target = Target::Person(user.id.clone());
    OptionRow {
        about: user.title.clone().unwrap_or_default(),
        ..option(
            user.id.as_str(),
            target,
            Some(icon),
            user.display_name.clone(),
        )
    }
}

/// People with whom there is no direct yet.
fn people(session: &Session, typed: &str, ranked: &mut Ranked) {
    for user in session.people.by_name() {
        let met = user.id == session.me.id || session.direct_with(&user.id).is_some();
        if let Some(fit) = fit(&user.display_name, typed).filter(|_| !met) {
            ranked.push((rank(&[fit, u8::MAX, 2], &user.display_name), person(user)));
        }
    }
}

/// People to be named: those who speak in the channel come first.
fn named_people(session: &Session, word: &str, ranked: &mut Ranked) {
    let open = session.open();
    let shown = open.into_iter().flat_map(|channel| {
        let shown = channel.timeline.shown();
        shown.filter_map(|seq| channel.messages.find(seq))
    });
    let mut speakers: Vec<&UserId> = Vec::new();
    for message in shown {
        if !speakers.contains(&&message.user) {
            speakers.push(&message.user);
        }
    }
    for user in session.people.by_name() {
        if let Some(fit) = fit(&user.display_name, word).filter(|fit| *fit < 3) {
            let other = user.id != session.me.id;
            let silent = u8::from(!(other && speakers.contains(&&user.id)));
            ranked.push((rank(&[fit, silent], &user.display_name), person(user)));
        }
    }
}

fn everybody(session: &Session, word: &str, ranked: &mut Ranked) {
    if session
        .open()
        .is_none_or(|channel| channel.info.id.is_direct())
    {
        return;
    }
    for (name, wire, about) in [
        ("@here", "<!here>", strings::HERE_ABOUT),
        ("@channel", "<!channel>", strings::EVERYBODY_ABOUT),
    ] {
        if name
            .get(1..)
            .is_some_and(|name| name.starts_with(&folded(word)))
        {
            let mut row = option(name, Target::Everybody(wire), None, name.to_owned());
            about.clone_into(&mut row.about);
            ranked.push((rank(&[0, 2], name), row));
        }
    }
}

/// Public channels that one is not in, as far as they are known.
fn directory(session: &Session, typed: &str, ranked: &mut Ranked) {
    for info in &session.directory.channels {
        let known = session.channels.contains_key(&info.id);
        let Some(name) = info.name.as_deref().filter(|_| !known && !info.archived) else {
            continue;
        };
        if let Some(fit) = fit(name, typed) {
            let icon = if info.kind == ChannelKind::Private {
                ChannelIcon::Lock
            } else {
                ChannelIcon::Hash
            };
            let target = Target::Channel(info.id.clone());
            let mut row = option(info.id.as_str(), target, Some(icon), name.to_owned());
            strings::NOT_JOINED.clone_into(&mut row.about);
            ranked.push((rank(&[fit, u8::MAX, 3], name), row));
        }
    }
}
