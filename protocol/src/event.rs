//! Events: what happened in a log, and what only happens in passing.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::SerializeMap};

use crate::{
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
    },
    /// `user_updated`, in `T`: a person's profile is new.
    UserUpdated {
        /// The person.
        subject: UserId,
        /// What others call them.
        display_name: String,
        /// What they do.
        title: Option<String>,
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
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Body {
    /// The event's name on the wire.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Message(_) => "message",
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
                if let Some(thread) = message.thread {
                    map.serialize_entry("thread", &thread)?;
                }
                if message.also_to_channel {
                    map.serialize_entry("also_to_channel", &true)?;
                }
            }
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
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("last_read_seq", last_read_seq)?;
                map.serialize_entry("unread", unread)?;
                map.serialize_entry("mentions", mentions)?;
            }
            Self::Mentioned { subject, target } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("target", target)?;
            }
            Self::UserJoined {
                subject,
                display_name,
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("display_name", display_name)?;
            }
            Self::UserUpdated {
                subject,
                display_name,
                title,
            } => {
                map.serialize_entry("subject", subject)?;
                map.serialize_entry("display_name", display_name)?;
                if let Some(title) = title {
                    map.serialize_entry("title", title)?;
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
    status: Option<Status>,
    last_seen_ms: Option<u64>,
}

/// In a message the people it names, in a read marker how many messages name the user.
#[derive(Deserialize)]
#[serde(untagged)]
enum Mentions {
    Count(u32),
    People(Vec<UserId>),
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
        Ok(match self.event.as_str() {
            "message" => Body::Message(Message {
                text: self.text,
                client_message_id: self.client_message_id,
                mentions: match self.mentions {
                    Some(Mentions::People(people)) => people,
                    _ => Vec::new(),
                },
                thread: self.thread,
                also_to_channel: self.also_to_channel,
                deleted: self.deleted,
            }),
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
                mentions: match self.mentions {
                    Some(Mentions::Count(count)) => count,
                    _ => return Err("mentions is missing".to_owned()),
                },
            },
            "mentioned" => Body::Mentioned {
                subject: channel()?,
                target: self.target.ok_or("target is missing")?,
            },
            "user_joined" => Body::UserJoined {
                subject: person()?,
                display_name: display_name?,
            },
            "user_updated" => Body::UserUpdated {
                subject: person()?,
                display_name: display_name?,
                title: self.title,
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
