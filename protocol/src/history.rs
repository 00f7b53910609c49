//! Pages of messages that are read back.

use serde::{Deserialize, Serialize};

use crate::{
    emoji::Emoji,
    error::Refusal,
    event::{Body, Event},
    id::UserId,
    limits::{HISTORY_LIMIT_DEFAULT, HISTORY_LIMIT_MAX},
    message::{ClientMessageId, Seq, check_seq, is_false},
};

/// Which end of a log a page hangs on. Bounds are exclusive, but for [`Anchor::Around`], which holds its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The newest messages.
    Newest,
    /// The messages right before this seq.
    Before(Seq),
    /// The messages right after this seq; 0 is the beginning.
    After(Seq),
    /// This seq, and what stands around it.
    Around(Seq),
}

/// What is asked of a channel's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Where the page hangs.
    pub anchor: Anchor,
    /// The root whose thread is read; `None` reads what stands in the channel itself.
    pub thread: Option<Seq>,
    /// Messages at most, 1–200.
    pub limit: u32,
}

/// The fields of a [`Query`] before they are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawQuery {
    /// See [`Anchor::Before`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seq>,
    /// See [`Anchor::After`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
    /// See [`Anchor::Around`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Seq>,
    /// See [`Query::thread`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// See [`Query::limit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl RawQuery {
    /// The checked query. Without an anchor it reads the newest messages.
    pub fn check(self) -> Result<Query, Refusal> {
        let anchor = match (self.before, self.after, self.around) {
            (None, None, None) => Anchor::Newest,
            (Some(seq), None, None) => {
                check_seq("before", seq)?;
                Anchor::Before(seq)
            }
            (None, Some(seq), None) => {
                if seq > 0 {
                    check_seq("after", seq)?;
                }
                Anchor::After(seq)
            }
            (None, None, Some(seq)) => {
                check_seq("around", seq)?;
                Anchor::Around(seq)
            }
            _ => {
                return Err(Refusal::invalid(
                    "only one of before, after, around can be given",
                ));
            }
        };
        if let Some(thread) = self.thread {
            check_seq("thread", thread)?;
        }
        let limit = self.limit.unwrap_or(HISTORY_LIMIT_DEFAULT);
        if !(1..=HISTORY_LIMIT_MAX).contains(&limit) {
            return Err(Refusal::invalid(format!(
                "limit is 1 to {HISTORY_LIMIT_MAX}"
            )));
        }
        Ok(Query {
            anchor,
            thread: self.thread,
            limit,
        })
    }
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its place in the log.
    pub seq: Seq,
    /// When it was stored, in milliseconds since the epoch.
    pub at: u64,
    /// Who wrote it.
    pub user: UserId,
    /// What it says now; absent in a deleted one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientMessageId>,
    /// Whom it names.
    #[serde(default)]
    pub mentions: Vec<UserId>,
    /// The root where it is a reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<Seq>,
    /// Whether a reply also stands in the channel.
    #[serde(default, skip_serializing_if = "is_false")]
    pub also_to_channel: bool,
    /// Whether it names everybody.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everyone: bool,
    /// Whether it was deleted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deleted: bool,
    /// When its text was last changed, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<u64>,
    /// Reactions, in the order in which their emoji first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Replies in its thread, without deleted ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reply_count: u32,
    /// When the last of these was stored, in milliseconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_reply_at: Option<u64>,
    /// Who replied, the last one first; at most [`REPLY_USERS_MAX`](crate::limits::REPLY_USERS_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_users: Vec<UserId>,
}

impl Message {
    /// The message that a `message` event stored, with nothing at it yet; `None` where it is another event, or was not stored.
    #[must_use]
    pub fn of(event: Event) -> Option<Self> {
        let Body::Message(body) = event.body else {
            return None;
        };
        Some(Self {
            seq: event.seq?,
            at: event.at?,
            user: event.user,
            text: body.text,
            client_message_id: body.client_message_id,
            mentions: body.mentions,
            thread: body.thread,
            also_to_channel: body.also_to_channel,
            everyone: body.everyone,
            deleted: body.deleted,
            edited_at: None,
            reactions: Vec::new(),
            reply_count: 0,
            last_reply_at: None,
            reply_users: Vec::new(),
        })
    }

    /// Whether it is shown in the channel itself rather than in a thread only.
    #[must_use]
    pub fn stands_in_channel(&self) -> bool {
        self.thread.is_none() || self.also_to_channel
    }
}

/// Everybody who reacted to a message with the same emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// With what.
    pub emoji: Emoji,
    /// How many they are.
    pub count: u32,
    /// Who, in the order in which they reacted; at most [`REACTION_USERS_MAX`](crate::limits::REACTION_USERS_MAX) of them.
    pub users: Vec<UserId>,
    /// Whether the caller is among them.
    pub mine: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A page of history, ascending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The epoch of the log.
    pub epoch: String,
    /// The messages, in the order of their seq.
    pub messages: Vec<Message>,
    /// Whether there is more in the direction asked; around a message, on either side.
    pub has_more: bool,
    /// Whether there is more before the first of these.
    pub has_before: bool,
    /// Whether there is more after the last of these.
    pub has_after: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn two_anchors_at_once_are_refused() {
        let raw = RawQuery {
            before: Some(3),
            after: Some(1),
            ..RawQuery::default()
        };
        assert_eq!(raw.check().unwrap_err().code, Code::InvalidRequest);
    }

    #[test]
    fn limits_are_1_to_200() {
        let with = |limit| RawQuery {
            limit: Some(limit),
            ..RawQuery::default()
        };
        assert!(with(0).check().is_err());
        assert!(with(201).check().is_err());
        assert_eq!(with(200).check().unwrap().limit, 200);
    }
}
