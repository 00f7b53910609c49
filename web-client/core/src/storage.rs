//! Rows of the browser's storage. Their keys begin with [`PREFIX`] and name the user, since people share machines.

use protocol::{
    id::{ChannelId, UserId},
    message::ClientMessageId,
};

use crate::spot::Spot;

/// What every key begins with.
pub const PREFIX: &str = "heliograph/";

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

/// The row that says which channel was open last.
#[must_use]
pub fn last_channel_key(user: &UserId) -> String {
    format!("{PREFIX}{user}/last-channel")
}

/// A row of the storage, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A message in the outbox.
    Outbox(String),
    /// An unsent text.
    Draft(Spot, String),
    /// The emoji that were used last.
    RecentEmoji(String),
    /// The channel that was open last.
    LastChannel(ChannelId),
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
                Some(Self::Draft(Spot { channel, thread }, value.to_owned()))
            }
            None if own == "emoji" => Some(Self::RecentEmoji(value.to_owned())),
            None if own == "last-channel" => Some(Self::LastChannel(ChannelId::parse(value).ok()?)),
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
                Some(Row::Draft(spot, "hi".to_owned()))
            );
        }
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
