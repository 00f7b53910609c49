//! Who is writing: told while it lasts, and shown until it is over.

use protocol::id::{ChannelId, UserId};

/// How often it is said at most that the user is writing, in milliseconds.
pub const SAID_EVERY_MS: u64 = 3_000;
/// How long somebody counts as writing after it was said, in milliseconds.
pub const SHOWN_MS: u64 = 5_000;

/// Who is writing where.
#[derive(Clone, Debug, Default)]
pub struct Typing {
    heard: Vec<Writing>,
    said: Option<(ChannelId, u64)>,
}

#[derive(Clone, Debug)]
struct Writing {
    channel: ChannelId,
    user: UserId,
    until_ms: u64,
}

impl Typing {
    /// Whether the others have to be told that the user writes in `channel`; then that counts as done.
    pub fn says(&mut self, channel: &ChannelId, now_ms: u64) -> bool {
        let told = self
            .said
            .as_ref()
            .is_some_and(|(where_to, at)| where_to == channel && now_ms < at + SAID_EVERY_MS);
        if !told {
            self.said = Some((channel.clone(), now_ms));
        }
        !told
    }

    /// The user's text is sent or gone: what they write next is said anew.
    pub fn sent(&mut self) {
        self.said = None;
    }

    /// Somebody writes.
    pub fn hears(&mut self, channel: &ChannelId, user: &UserId, now_ms: u64) {
        self.heard.retain(|writing| now_ms < writing.until_ms);
        let until_ms = now_ms + SHOWN_MS;
        let known = |writing: &&mut Writing| writing.channel == *channel && writing.user == *user;
        match self.heard.iter_mut().find(known) {
            Some(writing) => writing.until_ms = until_ms,
            None => self.heard.push(Writing {
                channel: channel.clone(),
                user: user.clone(),
                until_ms,
            }),
        }
    }

    /// Somebody's message has come.
    pub fn stops(&mut self, channel: &ChannelId, user: &UserId) {
        self.heard
            .retain(|writing| writing.channel != *channel || writing.user != *user);
    }

    /// Who writes in a channel, in the order they began.
    pub fn who<'a>(
        &'a self,
        channel: &'a ChannelId,
        now_ms: u64,
    ) -> impl Iterator<Item = &'a UserId> {
        self.heard
            .iter()
            .filter(move |writing| writing.channel == *channel && now_ms < writing.until_ms)
            .map(|writing| &writing.user)
    }

    /// When the first of them will have been quiet for long enough.
    #[must_use]
    pub fn next_end_ms(&self, now_ms: u64) -> Option<u64> {
        let ends = self.heard.iter().map(|writing| writing.until_ms);
        ends.filter(|until_ms| now_ms < *until_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(id: &str) -> ChannelId {
        ChannelId::parse(id).unwrap()
    }

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn count(typing: &Typing, now_ms: u64) -> usize {
        typing.who(&channel("C1"), now_ms).count()
    }

    #[test]
    fn it_is_said_once_in_three_seconds_and_anew_elsewhere_or_after_sending() {
        let mut typing = Typing::default();
        assert!(typing.says(&channel("C1"), 1_000));
        assert!(!typing.says(&channel("C1"), 3_999));
        assert!(typing.says(&channel("C1"), 4_000));
        assert!(typing.says(&channel("C2"), 4_001));
        typing.sent();
        assert!(typing.says(&channel("C2"), 4_002));
    }

    #[test]
    fn somebody_writes_for_five_seconds_after_it_was_said_last() {
        let mut typing = Typing::default();
        typing.hears(&channel("C1"), &user("U2"), 1_000);
        typing.hears(&channel("C1"), &user("U2"), 4_000);
        typing.hears(&channel("C2"), &user("U3"), 4_000);
        assert_eq!(count(&typing, 8_999), 1);
        assert_eq!(typing.next_end_ms(8_999), Some(9_000));
        assert_eq!(count(&typing, 9_000), 0);
        assert_eq!(typing.next_end_ms(9_000), None);
    }

    #[test]
    fn whose_message_has_come_writes_no_more() {
        let mut typing = Typing::default();
        typing.hears(&channel("C1"), &user("U2"), 0);
        typing.hears(&channel("C1"), &user("U3"), 0);
        typing.stops(&channel("C1"), &user("U2"));
        assert_eq!(
            typing.who(&channel("C1"), 1).collect::<Vec<_>>(),
            [&user("U3")]
        );
    }
}
