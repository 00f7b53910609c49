//! Messages that were written here and are not known to be stored.
//!
//! Each has a row of its own in the browser's storage, so that a reload, and another tab, lose none. Sending one twice is
//! harmless by its `client_message_id`. Of a channel one is on its way at a time, which keeps their order whatever is refused.

use protocol::{
    error::Refusal,
    id::{ChannelId, UserId},
    message::{ClientMessageId, Seq},
};
use serde::{Deserialize, Serialize};

use crate::{json, order::sorted_by, storage::outbox_key};

/// How a message that is not stored stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendState {
    /// It waits for a connection, or for the ones before it.
    NotSentYet,
    /// It was sent as the command of this id.
    Sending(u64),
    /// It waits until it may be sent again.
    Waiting,
    /// It was refused; a person decides.
    Failed(Refusal),
}

/// A message in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Where it goes.
    pub channel: ChannelId,
    /// The root of the thread that it goes to.
    pub thread: Option<Seq>,
    /// Whether a reply is also to stand in the channel.
    pub also_to_channel: bool,
    /// Makes sending it again harmless.
    pub client_message_id: ClientMessageId,
    /// What it says.
    pub text: String,
    /// When it was written, in milliseconds since the epoch.
    pub written_ms: u64,
    /// How it stands.
    pub state: SendState,
}

/// The form of a [`Pending`] in the browser's storage.
#[derive(Serialize, Deserialize)]
struct Stored {
    channel: ChannelId,
    #[serde(default)]
    thread: Option<Seq>,
    #[serde(default)]
    also_to_channel: bool,
    client_message_id: ClientMessageId,
    text: String,
    written_ms: u64,
    #[serde(default)]
    failed: Option<Refusal>,
}

impl Pending {
    /// Its place in the storage.
    #[must_use]
    pub fn storage_key(&self, user: &UserId) -> String {
        outbox_key(user, &self.client_message_id)
    }

    /// Its form in the storage.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let stored = Stored {
            channel: self.channel.clone(),
            thread: self.thread,
            also_to_channel: self.also_to_channel,
            client_message_id: self.client_message_id.clone(),
            text: self.text.clone(),
            written_ms: self.written_ms,
            failed: match &self.state {
                SendState::Failed(refusal) => Some(refusal.clone()),
                _ => None,
            },
        };
        json::write(&stored)
    }

    fn from_stored(text: &str) -> Option<Self> {
        let stored: Stored = json::read(text)?;
        Some(Self {
            channel: stored.channel,
            thread: stored.thread,
            also_to_channel: stored.also_to_channel,
            client_message_id: stored.client_message_id,
            text: stored.text,
            written_ms: stored.written_ms,
            state: stored
                .failed
                .map_or(SendState::NotSentYet, SendState::Failed),
        })
    }
}

/// All messages that are not known to be stored, in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Vec<Pending>);

impl Outbox {
    /// The outbox that these rows of the storage hold.
    pub fn from_stored<'a>(rows: impl Iterator<Item = &'a str>) -> Self {
        let all = rows.filter_map(Pending::from_stored).collect();
        Self(sorted_by(all, |pending| {
            format!("{:020} {}", pending.written_ms, pending.client_message_id)
        }))
    }

    /// The messages of a channel, in order.
    pub fn of<'a>(&'a self, channel: &'a ChannelId) -> impl Iterator<Item = &'a Pending> {
        self.0
            .iter()
            .filter(move |pending| pending.channel == *channel)
    }

    /// Adds a message at the end.
    pub fn push(&mut self, pending: Pending) {
        self.0.push(pending);
    }

    /// The message of this id.
    pub fn find(&mut self, id: &ClientMessageId) -> Option<&mut Pending> {
        self.0
            .iter_mut()
            .find(|pending| pending.client_message_id == *id)
    }

    /// The message that was sent as this command.
    pub fn sent_as(&mut self, command: u64) -> Option<&mut Pending> {
        self.0
            .iter_mut()
            .find(|pending| pending.state == SendState::Sending(command))
    }

    /// Takes a message out.
    pub fn take(&mut self, id: &ClientMessageId) -> Option<Pending> {
        let at = self
            .0
            .iter()
            .position(|pending| pending.client_message_id == *id)?;
        Some(self.0.remove(at))
    }

    /// What was on its way is not any more: the connection is gone.
    pub fn connection_lost(&mut self) {
        for pending in &mut self.0 {
            if matches!(pending.state, SendState::Sending(_)) {
                pending.state = SendState::NotSentYet;
            }
        }
    }

    /// What waits in this channel may be sent again.
    pub fn waited(&mut self, channel: &ChannelId) {
        for pending in &mut self.0 {
            if pending.channel == *channel && pending.state == SendState::Waiting {
                pending.state = SendState::NotSentYet;
            }
        }
    }

    /// The next message to send in each channel where none is on its way or waits. Failed ones stand aside.
    pub fn ready(&mut self) -> Vec<&mut Pending> {
        let mut busy: Vec<ChannelId> = Vec::new();
        let mut ready = Vec::new();
        for pending in &mut self.0 {
            if busy.contains(&pending.channel) || matches!(pending.state, SendState::Failed(_)) {
                continue;
            }
            busy.push(pending.channel.clone());
            if pending.state == SendState::NotSentYet {
                ready.push(pending);
            }
        }
        ready
    }

    /// Empties it.
    pub fn drain(&mut self) -> impl Iterator<Item = Pending> {
        self.0.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(channel: &str, id: &str, written_ms: u64) -> Pending {
        Pending {
            channel: ChannelId::parse(channel).unwrap(),
            thread: None,
            also_to_channel: false,
            client_message_id: ClientMessageId::parse(id).unwrap(),
            text: "hello".to_owned(),
            written_ms,
            state: SendState::NotSentYet,
        }
    }

    fn ready(outbox: &mut Outbox) -> Vec<String> {
        let ready = outbox.ready();
        ready
            .iter()
            .map(|pending| pending.client_message_id.to_string())
            .collect()
    }

    #[test]
    fn one_message_of_a_channel_is_on_its_way_at_a_time() {
        let mut outbox = Outbox::default();
        outbox.push(pending("C1", "a", 1));
        outbox.push(pending("C1", "b", 2));
        outbox.push(pending("C2", "c", 3));
        assert_eq!(ready(&mut outbox), ["a", "c"]);
        outbox.ready()[0].state = SendState::Sending(7);
        assert_eq!(ready(&mut outbox), ["c"]);
        let sent = outbox.sent_as(7).unwrap().client_message_id.clone();
        outbox.take(&sent);
        assert_eq!(ready(&mut outbox), ["b", "c"]);
    }

    #[test]
    fn one_that_waits_holds_back_the_ones_after_it() {
        let mut outbox = Outbox::default();
        outbox.push(pending("C1", "a", 1));
        outbox.push(pending("C1", "b", 2));
        outbox.ready()[0].state = SendState::Waiting;
        assert!(ready(&mut outbox).is_empty());
        outbox.waited(&ChannelId::parse("C1").unwrap());
        assert_eq!(ready(&mut outbox), ["a"]);
    }

    #[test]
    fn a_failed_one_does_not_hold_back_the_ones_after_it() {
        let mut outbox = Outbox::default();
        outbox.push(pending("C1", "a", 1));
        outbox.push(pending("C1", "b", 2));
        outbox.ready()[0].state = SendState::Failed(Refusal::not_found());
        assert_eq!(ready(&mut outbox), ["b"]);
    }

    #[test]
    fn what_was_on_its_way_is_sent_again_after_the_connection_was_lost() {
        let mut outbox = Outbox::default();
        outbox.push(pending("C1", "a", 1));
        outbox.ready()[0].state = SendState::Sending(1);
        outbox.connection_lost();
        assert_eq!(ready(&mut outbox), ["a"]);
    }

    #[test]
    fn the_storage_gives_messages_back_in_the_order_written() {
        let rows = [
            pending("C1", "a", 20).to_stored(),
            "rubbish".to_owned(),
            pending("C1", "b", 10).to_stored(),
        ];
        let mut outbox = Outbox::from_stored(rows.iter().map(String::as_str));
        let channel = ChannelId::parse("C1").unwrap();
        let ids: Vec<_> = outbox
            .of(&channel)
            .map(|p| p.client_message_id.as_str().to_owned())
            .collect();
        assert_eq!(ids, ["b", "a"]);
        assert_eq!(ready(&mut outbox), ["b"]);
    }

    #[test]
    fn a_failed_message_is_still_failed_after_a_reload() {
        let mut failed = pending("C1", "a", 1);
        (failed.thread, failed.also_to_channel) = (Some(7), true);
        failed.state = SendState::Failed(Refusal::not_a_member());
        let row = failed.to_stored();
        let mut outbox = Outbox::from_stored(std::iter::once(row.as_str()));
        assert!(outbox.ready().is_empty());
        assert_eq!(outbox.find(&failed.client_message_id), Some(&mut failed));
    }
}
