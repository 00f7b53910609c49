//! Events: what happened in a log, and what only happens in passing.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Error as _, SeqAccess, Visitor},
    ser::SerializeMap,
};

use crate::{
    api::Role,
    emoji::Emoji,
    id::{ChannelId, LogId, UserId},
    message::{ClientMessageId, Seq},
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

/// The body of a `message` event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What it says; `None` once it is deleted.
    pub text: Option<String>,
    /// The sender's own id for it; `None` once it is deleted.
    pub client_message_id: Option<ClientMessageId>,
    /// Whom it names.
    pub mentions: Vec<UserId>,
    /// The root where it is a reply.
    pub thread: Option<Seq>,
    /// Whether a reply also stands in the channel.
    pub also_to_channel: bool,
    /// Whether it names everybody.
    pub everyone: bool,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// The body of a `message_edited` event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// The message's seq.
    pub target: Seq,
    /// What it says now; `None` once the message is deleted.
    pub text: Option<String>,
    /// Whom it names now.
    pub mentions: Vec<UserId>,
    /// Whether it names everybody now.
    pub everyone: bool,
    /// Whom it named before.
    pub mentions_before: Vec<UserId>,
    /// Whether it named everybody before.
    pub everyone_before: bool,
    /// The root where it is a reply.
    pub thread: Option<Seq>,
    /// Whether a reply also stands in the channel.
    pub also_to_channel: bool,
    /// Whether the message was deleted since.
    pub deleted: bool,
}

/// The body of a `message_deleted` event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// The message's seq.
    pub target: Seq,
    /// Who wrote it, where that is not who deleted it.
    pub subject: Option<UserId>,
    /// Whom it named.
    pub mentions_before: Vec<UserId>,
    /// Whether it named everybody.
    pub everyone_before: bool,
    /// The root where it was a reply.
    pub thread: Option<Seq>,
    /// Whether a reply also stood in the channel.
    pub also_to_channel: bool,
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
            Self::Message(message) => {
                if let Some(id) = &message.client_message_id {
                    map.serialize_entry("client_message_id", id)?;
                }
                if message.deleted {
                    map.serialize_entry("deleted", &true)?;
                }
                if let Some(text) = &message.text {
                    map.serialize_entry("text", text)?;
                }
                map.serialize_entry("mentions", &message.mentions)?;
                flag::<S>(map, "everyone", message.everyone)?;
                reply::<S>(map, message.thread, message.also_to_channel)?;
            }
            Self::MessageEdited(edit) => {
                map.serialize_entry("target", &edit.target)?;
                flag::<S>(map, "deleted", edit.deleted)?;
                if let Some(text) = &edit.text {
                    map.serialize_entry("text", text)?;
                }
                map.serialize_entry("mentions", &edit.mentions)?;
                flag::<S>(map, "everyone", edit.everyone)?;
                named_before::<S>(map, &edit.mentions_before, edit.everyone_before)?;
                reply::<S>(map, edit.thread, edit.also_to_channel)?;
            }
            Self::MessageDeleted(deletion) => {
                map.serialize_entry("target", &deletion.target)?;
                if let Some(subject) = &deletion.subject {
                    map.serialize_entry("subject", subject)?;
                }
                named_before::<S>(map, &deletion.mentions_before, deletion.everyone_before)?;
                reply::<S>(map, deletion.thread, deletion.also_to_channel)?;
            }
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

/// A field that is there where it is true.
fn flag<S: Serializer>(
    map: &mut S::SerializeMap,
    name: &'static str,
    is_set: bool,
) -> Result<(), S::Error> {
    if is_set {
        map.serialize_entry(name, &true)?;
    }
    Ok(())
}

/// Where a reply stands.
fn reply<S: Serializer>(
    map: &mut S::SerializeMap,
    thread: Option<Seq>,
    also_to_channel: bool,
) -> Result<(), S::Error> {
    if let Some(thread) = thread {
        map.serialize_entry("thread", &thread)?;
    }
    flag::<S>(map, "also_to_channel", also_to_channel)
}

/// Whom a message named before it was changed.
fn named_before<S: Serializer>(
    map: &mut S::SerializeMap,
    mentions: &[UserId],
    everyone: bool,
) -> Result<(), S::Error> {
    if !mentions.is_empty() {
        map.serialize_entry("mentions_before", mentions)?;
    }
    flag::<S>(map, "everyone_before", everyone)
}

/// Every field that any event has.
#[derive(Deserialize)]
struct Fields {
    event: String,
    channel: LogId,
    seq: Option<Seq>,
    at: Option<u64>,
    user: UserId,
    subject: Option<String>,
    target: Option<Seq>,
    text: Option<String>,
    client_message_id: Option<ClientMessageId>,
    mentions: Option<Mentions>,
    thread: Option<Seq>,
    #[serde(default)]
    also_to_channel: bool,
    #[serde(default)]
    deleted: bool,
    name: Option<String>,
    topic: Option<String>,
    archived: Option<bool>,
    display_name: Option<String>,
    title: Option<String>,
    last_read_seq: Option<Seq>,
    unread: Option<u32>,
    #[serde(default)]
    counted_seq: Seq,
    role: Option<Role>,
    emoji: Option<Emoji>,
    #[serde(default)]
    everyone: bool,
    #[serde(default)]
    mentions_before: Vec<UserId>,
    #[serde(default)]
    everyone_before: bool,
    status: Option<Status>,
    last_seen_ms: Option<u64>,
}

/// In a message the people it names, in a read marker how many messages name the user.
enum Mentions {
    Count(u32),
    People(Vec<UserId>),
}

impl<'de> Deserialize<'de> for Mentions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MentionsVisitor)
    }
}

struct MentionsVisitor;

impl<'de> Visitor<'de> for MentionsVisitor {
    type Value = Mentions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("people or how many mentions")
    }

    fn visit_u64<E: de::Error>(self, count: u64) -> Result<Mentions, E> {
        u32::try_from(count)
            .map(Mentions::Count)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(count), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut people: A) -> Result<Mentions, A::Error> {
        let mut named = Vec::new();
        while let Some(user) = people.next_element()? {
            named.push(user);
        }
        Ok(Mentions::People(named))
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Fields::deserialize(deserializer)?;
        let (channel, seq, at, user) = (
            fields.channel.clone(),
            fields.seq,
            fields.at,
            fields.user.clone(),
        );
        let body = fields.body().map_err(D::Error::custom)?;
        Ok(Self {
            channel,
            seq,
            at,
            user,
            body,
        })
    }
}

impl Fields {
    fn body(self) -> Result<Body, String> {
        let subject = self.subject.ok_or("subject is missing");
        let channel = || {
            subject
                .clone()
                .map_err(str::to_owned)
                .and_then(|id| ChannelId::parse(&id).map_err(|error| error.to_string()))
        };
        let person = || {
            subject
                .clone()
                .map_err(str::to_owned)
                .and_then(|id| UserId::parse(&id).map_err(|error| error.to_string()))
        };
        let display_name = self.display_name.ok_or("display_name is missing");
        let target = self.target.ok_or("target is missing");
        let emoji = self.emoji.ok_or("emoji is missing");
        let (named, count) = match self.mentions {
            Some(Mentions::People(people)) => (people, None),
            Some(Mentions::Count(count)) => (Vec::new(), Some(count)),
            None => (Vec::new(), None),
        };
        Ok(match self.event.as_str() {
            "message" => Body::Message(Message {
                text: self.text,
                client_message_id: self.client_message_id,
                mentions: named,
                thread: self.thread,
                also_to_channel: self.also_to_channel,
                everyone: self.everyone,
                deleted: self.deleted,
            }),
            "message_edited" => Body::MessageEdited(Edit {
                target: target?,
                text: self.text,
                mentions: named,
                everyone: self.everyone,
                mentions_before: self.mentions_before,
                everyone_before: self.everyone_before,
                thread: self.thread,
                also_to_channel: self.also_to_channel,
                deleted: self.deleted,
            }),
            "message_deleted" => Body::MessageDeleted(Deletion {
                target: target?,
                subject: person().ok(),
                mentions_before: self.mentions_before,
                everyone_before: self.everyone_before,
                thread: self.thread,
                also_to_channel: self.also_to_channel,
            }),
            "reaction_added" => Body::ReactionAdded {
                target: target?,
                emoji: emoji?,
            },
            "reaction_removed" => Body::ReactionRemoved {
                target: target?,
                emoji: emoji?,
            },
            "role_given" => Body::RoleGiven {
                role: self.role.ok_or("role is missing")?,
            },
            "member_joined" => Body::MemberJoined { subject: person()? },
            "member_left" => Body::MemberLeft { subject: person()? },
            "channel_updated" => Body::ChannelUpdated {
                name: self.name,
                topic: self.topic,
                archived: self.archived,
            },
            "joined" => Body::Joined {
                subject: channel()?,
            },
            "left" => Body::Left {
                subject: channel()?,
            },
            "read" => Body::Read {
                subject: channel()?,
                last_read_seq: self.last_read_seq.ok_or("last_read_seq is missing")?,
                unread: self.unread.ok_or("unread is missing")?,
                mentions: count.ok_or("mentions is missing")?,
                counted_seq: self.counted_seq,
            },
            "mentioned" => Body::Mentioned {
                subject: channel()?,
                target: target?,
            },
            "user_joined" => Body::UserJoined {
                subject: person()?,
                display_name: display_name?,
                role: self.role,
            },
            "user_updated" => Body::UserUpdated {
                subject: person()?,
                display_name: display_name?,
                title: self.title,
                role: self.role,
            },
            "channel_created" => Body::ChannelCreated {
                subject: channel()?,
                name: self.name.ok_or("name is missing")?,
            },
            "channel_archived" => Body::ChannelArchived {
                subject: channel()?,
            },
            "typing" => Body::Typing,
            "presence" => Body::Presence {
                status: self.status.ok_or("status is missing")?,
                last_seen_ms: self.last_seen_ms.ok_or("last_seen_ms is missing")?,
            },
            _ => Body::Unknown { event: self.event },
        })
    }
}
