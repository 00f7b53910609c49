//! Events: what happened in a log, and what only happens in passing.

mod changes;
mod read;

pub use changes::{Deletion, Edit, Message};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    api::Role,
    emoji::Emoji,
    id::{ChannelId, LogId, UserId},
    message::Seq,
    presence::Status,
};

/// One event as subscribers get it.
///
/// A logged event has a `seq` and an `at`; a transient one has neither and is never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The log it belongs to.
    pub channel: LogId,
    /// Its place in the log; `None` in transient events.
    pub seq: Option<Seq>,
    /// When it was stored, in milliseconds since the epoch; `None` in transient events.
    pub at: Option<u64>,
    /// Who did it.
    pub user: UserId,
    /// What happened.
    pub body: Body,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `message`, in `C` and `D`.
    Message(Message),
    /// `message_edited`, in `C` and `D`: a message says something else.
    MessageEdited(Edit),
    /// `message_deleted`, in `C` and `D`: a message says nothing any more.
    MessageDeleted(Deletion),
    /// `reaction_added`, in `C` and `D`.
    ReactionAdded {
        /// The message's seq.
        target: Seq,
        /// With what.
        emoji: Emoji,
    },
    /// `reaction_removed`, in `C` and `D`.
    ReactionRemoved {
        /// The message's seq.
        target: Seq,
        /// Which.
        emoji: Emoji,
    },
    /// `member_joined`, in `C` and `D`: `subject` is in.
    MemberJoined {
        /// Who joined or was added.
        subject: UserId,
    },
    /// `member_left`, in `C` and `D`: `subject` is out.
    MemberLeft {
        /// Who left or was removed.
        subject: UserId,
    },
    /// `channel_updated`, in `C`: these fields are new.
    ChannelUpdated {
        /// The new name.
        name: Option<String>,
        /// The new topic.
        topic: Option<String>,
        /// Whether the channel is archived now.
        archived: Option<bool>,
    },
    /// `joined`, in `U`: the user is in `subject`.
    Joined {
        /// The channel.
        subject: ChannelId,
    },
    /// `left`, in `U`: the user is out of `subject`.
    Left {
        /// The channel.
        subject: ChannelId,
    },
    /// `read`, in `U`: how far `subject` is read.
    Read {
        /// The channel.
        subject: ChannelId,
        /// The last message that was read.
        last_read_seq: Seq,
        /// How many of the others' messages came after it.
        unread: u32,
        /// How many of these name the user.
        mentions: u32,
        /// The newest event of the channel that was counted.
        counted_seq: Seq,
    },
    /// `role_given`, in `U`: what the user is in the workspace from now on.
    RoleGiven {
        /// Which.
        role: Role,
    },
    /// `mentioned`, in `U`: a message of `subject` names the user.
    Mentioned {
        /// The channel.
        subject: ChannelId,
        /// The message's seq there.
        target: Seq,
    },
    /// `user_joined`, in `T`: the workspace has a new person.
    UserJoined {
        /// The person.
        subject: UserId,
        /// What others call them.
        display_name: String,
        /// What they are; a member where nothing is said.
        role: Option<Role>,
    },
    /// `user_updated`, in `T`: a person's profile is new.
    UserUpdated {
        /// The person.
        subject: UserId,
        /// What others call them.
        display_name: String,
        /// What they do.
        title: Option<String>,
        /// What they are.
        role: Option<Role>,
    },
    /// `channel_created`, in `T`: there is a new public channel.
    ChannelCreated {
        /// The channel.
        subject: ChannelId,
        /// Its name.
        name: String,
    },
    /// `channel_archived`, in `T`: a public channel is archived.
    ChannelArchived {
        /// The channel.
        subject: ChannelId,
    },
    /// `typing`, transient.
    Typing,
    /// `presence`, transient: what the user is now.
    Presence {
        /// What.
        status: Status,
        /// As in [`crate::presence::Presence`].
        last_seen_ms: u64,
    },
    /// An event that this version does not know; its seq counts all the same.
    Unknown {
        /// Its name.
        event: String,
    },
}

impl Body {
    /// The event's name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Message(_) => "message",
            Self::MessageEdited(_) => "message_edited",
            Self::MessageDeleted(_) => "message_deleted",
            Self::ReactionAdded { .. } => "reaction_added",
            Self::ReactionRemoved { .. } => "reaction_removed",
            Self::RoleGiven { .. } => "role_given",
            Self::MemberJoined { .. } => "member_joined",
            Self::MemberLeft { .. } => "member_left",
            Self::ChannelUpdated { .. } => "channel_updated",
            Self::Joined { .. } => "joined",
            Self::Left { .. } => "left",
            Self::Read { .. } => "read",
            Self::Mentioned { .. } => "mentioned",
            Self::UserJoined { .. } => "user_joined",
            Self::UserUpdated { .. } => "user_updated",
            Self::ChannelCreated { .. } => "channel_created",
            Self::ChannelArchived { .. } => "channel_archived",
            Self::Typing => "typing",
            Self::Presence { .. } => "presence",
            Self::Unknown { event } => event,
        }
    }
}

impl Event {
    /// The event as one line of a frame.
    #[must_use]
    pub fn to_line(&self) -> String {
        // Strings, numbers and string keys only: there is nothing that JSON could refuse.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", self.body.name())?;
        map.serialize_entry("channel", &self.channel)?;
        if let Some(seq) = self.seq {
            map.serialize_entry("seq", &seq)?;
        }
        if let Some(at) = self.at {
            map.serialize_entry("at", &at)?;
        }
        map.serialize_entry("user", &self.user)?;
        self.body.serialize_into::<S>(&mut map)?;
        map.end()
    }
}

impl Body {
    fn serialize_into<S: Serializer>(&self, map: &mut S::SerializeMap) -> Result<(), S::Error> {
        match self {
            Self::Message(message) => message.serialize_into::<S>(map)?,
            Self::MessageEdited(edit) => edit.serialize_into::<S>(map)?,
            Self::MessageDeleted(deletion) => deletion.serialize_into::<S>(map)?,
            Self::ReactionAdded { target, emoji } | Self::ReactionRemoved { target, emoji } => {
                map.serialize_entry("target", target)?;
                map.serialize_entry("emoji", emoji)?;
            }
            Self::RoleGiven { role } => map.serialize_entry("role", role)?,
            Self::MemberJoined { subject } | Self::MemberLeft { subject } => {
                map.serialize_entry("subject", subject)?;
            }
            Self::ChannelUpdated {
                name,
                topic,
                archived,
            } => {
                if let Some(name) = name {
                    map.serialize_entry("name", name)?;
                }
                if let Some(topic) = topic {
                    map.serialize_entry("topic", topic)?;
                }
                if let Some(archived) = archived {
                    map.serialize_entry("archived", archived)?;
                }
            }
            Self::Joined { subject }
            | Self::Left { subject }
            | Self::ChannelArchived { subject } => map.serialize_entry("subject", subject)?,
            Self::Read {
                subject,
                last_read_seq,
                unread,
                mentions,
                counted_seq,
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("last_read_seq", last_read_seq)?;
                map.serialize_entry("unread", unread)?;
                map.serialize_entry("mentions", mentions)?;
                map.serialize_entry("counted_seq", counted_seq)?;
            }
            Self::Mentioned { subject, target } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("target", target)?;
            }
            Self::UserJoined {
                subject,
                display_name,
                role,
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("display_name", display_name)?;
                if let Some(role) = role {
                    map.serialize_entry("role", role)?;
                }
            }
            Self::UserUpdated {
                subject,
                display_name,
                title,
                role,
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("display_name", display_name)?;
                if let Some(title) = title {
                    map.serialize_entry("title", title)?;
                }
                if let Some(role) = role {
                    map.serialize_entry("role", role)?;
                }
            }
            Self::ChannelCreated { subject, name } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("name", name)?;
            }
            Self::Presence {
                status,
                last_seen_ms,
            } => {
                map.serialize_entry("status", status)?;
                map.serialize_entry("last_seen_ms", last_seen_ms)?;
            }
            Self::Typing | Self::Unknown { .. } => {}
        }
        Ok(())
    }
}
