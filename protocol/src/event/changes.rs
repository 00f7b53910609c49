//! The bodies of events about messages.

use serde::{Serializer, ser::SerializeMap};

use crate::{
    id::UserId,
    message::{ClientMessageId, Seq},
};

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
#[allow(
    clippy::struct_excessive_bools,
    reason = "flags of the wire, each by itself"
)]
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

impl Message {
    pub(super) fn serialize_into<S: Serializer>(
        &self,
        map: &mut S::SerializeMap,
    ) -> Result<(), S::Error> {
        if let Some(id) = &self.client_message_id {
            map.serialize_entry("client_message_id", id)?;
        }
        flag::<S>(map, "deleted", self.deleted)?;
        if let Some(text) = &self.text {
            map.serialize_entry("text", text)?;
        }
        map.serialize_entry("mentions", &self.mentions)?;
        flag::<S>(map, "everyone", self.everyone)?;
        reply::<S>(map, self.thread, self.also_to_channel)
    }
}

impl Edit {
    pub(super) fn serialize_into<S: Serializer>(
        &self,
        map: &mut S::SerializeMap,
    ) -> Result<(), S::Error> {
        map.serialize_entry("target", &self.target)?;
        flag::<S>(map, "deleted", self.deleted)?;
        if let Some(text) = &self.text {
            map.serialize_entry("text", text)?;
        }
        map.serialize_entry("mentions", &self.mentions)?;
        flag::<S>(map, "everyone", self.everyone)?;
        named_before::<S>(map, &self.mentions_before, self.everyone_before)?;
        reply::<S>(map, self.thread, self.also_to_channel)
    }
}

impl Deletion {
    pub(super) fn serialize_into<S: Serializer>(
        &self,
        map: &mut S::SerializeMap,
    ) -> Result<(), S::Error> {
        map.serialize_entry("target", &self.target)?;
        if let Some(subject) = &self.subject {
            map.serialize_entry("subject", subject)?;
        }
        named_before::<S>(map, &self.mentions_before, self.everyone_before)?;
        reply::<S>(map, self.thread, self.also_to_channel)
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
