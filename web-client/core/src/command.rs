//! What the client says on its socket.

use litemap::LiteMap;
use protocol::{
    command::ResumePoint,
    id::{ChannelId, LogId, UserId},
    message::{ClientMessageId, Seq, is_false},
};
use serde::{Serialize, Serializer};

use crate::{effect::Effect, json};

/// A command to the gateway; `id` is what its reply comes back with.
#[derive(Debug, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command<'a> {
    /// Greets, and says how far each log has been taken in.
    Hello {
        /// The command's id.
        id: u64,
        /// The resume points.
        #[serde(serialize_with = "as_object")]
        resume: &'a LiteMap<LogId, ResumePoint>,
        /// Whether flow marks are answered.
        flow: bool,
    },
    /// Sends a message.
    Send {
        /// The command's id.
        id: u64,
        /// Where to.
        channel: &'a ChannelId,
        /// Makes sending it again harmless.
        client_message_id: &'a ClientMessageId,
        /// What it says.
        text: &'a str,
        /// The root where it is a reply.
        #[serde(skip_serializing_if = "Option::is_none")]
        thread: Option<Seq>,
        /// Whether a reply also stands in the channel.
        #[serde(skip_serializing_if = "is_false")]
        also_to_channel: bool,
    },
    /// Makes everything from a message on unread.
    MarkUnread {
        /// The command's id.
        id: u64,
        /// Of which channel.
        channel: &'a ChannelId,
        /// The message.
        seq: Seq,
    },
    /// Moves the read marker.
    Read {
        /// The command's id.
        id: u64,
        /// Of which channel.
        channel: &'a ChannelId,
        /// The last message that has been read.
        seq: Seq,
    },
    /// Says that the user writes; it has no reply.
    Typing {
        /// Where.
        channel: &'a ChannelId,
    },
    /// Says whether the user is there; it has no reply.
    Activity {
        /// `active` or `away`.
        status: &'static str,
    },
    /// Follows the presence of people.
    Watch {
        /// The command's id.
        id: u64,
        /// Whose.
        users: &'a [UserId],
    },
    /// Follows the presence of people no more.
    Unwatch {
        /// The command's id.
        id: u64,
        /// Whose.
        users: &'a [UserId],
    },
    /// Answers a flow mark.
    Flow {
        /// The mark.
        n: u64,
    },
    /// Changes a message.
    #[serde(untagged)]
    Change {
        /// The command's id.
        id: u64,
        /// What is done.
        op: &'static str,
        /// Of which channel.
        channel: &'a ChannelId,
        /// The message.
        seq: Seq,
        /// What it says from now on.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
        /// What is reacted with.
        #[serde(skip_serializing_if = "Option::is_none")]
        emoji: Option<&'a str>,
    },
}

fn as_object<S: Serializer>(
    resume: &LiteMap<LogId, ResumePoint>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(resume)
}

impl From<Command<'_>> for Effect {
    fn from(command: Command<'_>) -> Self {
        Self::Frame(json::write(&command))
    }
}
