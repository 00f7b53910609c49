//! Rows of the browser's storage. Their keys begin with [`PREFIX`] and name the user, since people share machines.

use protocol::{
    id::{ChannelId, UserId},
    message::ClientMessageId,
};

use crate::{draft::Draft, spot::Spot};

/// What every key begins with.
pub const PREFIX: &str = "heliograph/";

/// The row of the [`Theme`]: this browser's, whoever uses it. `/boot.js` reads it before the first paint.
pub const THEME_KEY: &str = "heliograph/theme";

/// Whether the page is light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Its name in the storage and in `data-theme`; the system's has none.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// The theme that the storage names.
    #[must_use]
    pub fn stored(rows: &[(String, String)]) -> Self {
        let row = rows.iter().find(|(key, _)| key == THEME_KEY);
        let named = |theme: &Self| theme.name() == row.map(|(_, name)| name.as_str());
        Self::ALL.into_iter().find(named).unwrap_or_default()
    }
}

/// The row of a message in the outbox.
#[must_use]
pub fn outbox_key(user: &UserId, id: &ClientMessageId) -> String {
    format!("{PREFIX}{user}/outbox/{id}")
}

/// The row of an unsent text in a composer.
#[must_use]
pub fn draft_key(user: &UserId, spot: &Spot) -> String {
    let mut key = format!("{PREFIX}{user}/draft/{}", spot.channel);
    if let Some(root) = spot.thread {
        key.push('/');
        key += &root.to_string();
    }
    key
}

/// The row of the emoji that were used last, the last one first, with spaces between them.
#[must_use]
pub fn recent_emoji_key(user: &UserId) -> String {
    format!("{PREFIX}{user}/emoji")
}

/// The row that says which channels were open last, with spaces between.
#[must_use]
pub fn recent_key(user: &UserId) -> String {
    format!("{PREFIX}{user}/recent")
}

/// Whether rows tell of somebody who was here and has not signed out.
#[must_use]
pub fn has_been_here(rows: &[(String, String)]) -> bool {
    rows.iter().any(|(key, _)| {
        key.strip_prefix(PREFIX)
            .is_some_and(|key| key.starts_with('U'))
    })
}

/// A row of the storage, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A message in the outbox.
    Outbox(String),
    /// An unsent text.
    Draft(Spot, Draft),
    /// The emoji that were used last.
    RecentEmoji(String),
    /// The channels that were open last, the last one first.
    Recent(Vec<ChannelId>),
}

impl Row {
    /// The row with this key and value, where it is one of `user`'s.
    #[must_use]
    pub fn parse(user: &UserId, key: &str, value: &str) -> Option<Self> {
        let own = key
            .strip_prefix(PREFIX)?
            .strip_prefix(user.as_str())?
            .strip_prefix('/')?;
        match own.split_once('/') {
            Some(("outbox", _)) => Some(Self::Outbox(value.to_owned())),
            Some(("draft", spot)) => {
                let (channel, thread) = match spot.split_once('/') {
                    Some((channel, root)) => (channel, Some(root.parse().ok()?)),
                    None => (spot, None),
                };
                let channel = ChannelId::parse(channel).ok()?;
                let draft = Draft::from_stored(value);
                Some(Self::Draft(Spot { channel, thread }, draft))
            }
            None if own == "emoji" => Some(Self::RecentEmoji(value.to_owned())),
            None if own == "recent" => {
                let ids = value.split(' ').filter_map(|id| ChannelId::parse(id).ok());
                Some(Self::Recent(ids.collect()))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    #[test]
    fn a_row_comes_back_from_its_key() {
        for thread in [None, Some(7)] {
            let channel = ChannelId::parse("C1").unwrap();
            let spot = Spot { channel, thread };
            let key = draft_key(&user("U1"), &spot);
            assert_eq!(
                Row::parse(&user("U1"), &key, "hi"),
                Some(Row::Draft(spot, Draft::from_stored("hi")))
            );
        }
        let channel = ChannelId::parse("C1").unwrap();
        assert_eq!(
            Row::parse(&user("U1"), &recent_key(&user("U1")), "C1 U2 D3"),
            Some(Row::Recent(vec![channel, ChannelId::parse("D3").unwrap()]))
        );
    }

    #[test]
    fn a_theme_comes_back_from_its_name() {
        for theme in Theme::ALL {
            let rows: Vec<(String, String)> = theme
                .name()
                .map(|name| (THEME_KEY.to_owned(), name.to_owned()))
                .into_iter()
                .collect();
            assert_eq!(Theme::stored(&rows), theme);
        }
        let strange = [(THEME_KEY.to_owned(), "purple".to_owned())];
        assert_eq!(Theme::stored(&strange), Theme::System);
    }

    #[test]
    fn rows_of_others_are_not_read() {
        let key = outbox_key(&user("U12"), &ClientMessageId::parse("a").unwrap());
        assert_eq!(Row::parse(&user("U1"), &key, "x"), None);
    }

    #[test]
    fn rows_of_unknown_kind_are_not_read() {
        assert_eq!(Row::parse(&user("U1"), "heliograph/U1/new/x", "x"), None);
        assert_eq!(Row::parse(&user("U1"), "other", "x"), None);
    }
}
