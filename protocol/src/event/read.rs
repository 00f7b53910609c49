//! Reading events.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Error as _, SeqAccess, Visitor},
};

use super::{Body, Deletion, Edit, Event, Message};
use crate::{
    api::Role,
    emoji::Emoji,
    id::{ChannelId, LogId, UserId},
    message::{ClientMessageId, Seq},
    presence::Status,
};

/// Every field that any event has.
#[derive(Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags of the wire, each by itself"
)]
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
    /// The body of an event about a message.
    fn of_message(self) -> Result<Body, String> {
        let mentions = match self.mentions {
            Some(Mentions::People(people)) => people,
            _ => Vec::new(),
        };
        if self.event == "message" {
            return Ok(Body::Message(Message {
                text: self.text,
                client_message_id: self.client_message_id,
                mentions,
                thread: self.thread,
                also_to_channel: self.also_to_channel,
                everyone: self.everyone,
                deleted: self.deleted,
            }));
        }
        let target = self.target.ok_or("target is missing")?;
        if self.event == "message_edited" {
            return Ok(Body::MessageEdited(Edit {
                target,
                text: self.text,
                mentions,
                everyone: self.everyone,
                mentions_before: self.mentions_before,
                everyone_before: self.everyone_before,
                thread: self.thread,
                also_to_channel: self.also_to_channel,
                deleted: self.deleted,
            }));
        }
        let subject = self.subject.map(|id| UserId::parse(&id)).transpose();
        Ok(Body::MessageDeleted(Deletion {
            target,
            subject: subject.map_err(|error| error.to_string())?,
            mentions_before: self.mentions_before,
            everyone_before: self.everyone_before,
            thread: self.thread,
            also_to_channel: self.also_to_channel,
        }))
    }

    fn body(self) -> Result<Body, String> {
        if matches!(
            self.event.as_str(),
            "message" | "message_edited" | "message_deleted"
        ) {
            return self.of_message();
        }
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
        Ok(match self.event.as_str() {
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
                mentions: match self.mentions {
                    Some(Mentions::Count(count)) => count,
                    _ => return Err("mentions is missing".to_owned()),
                },
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
