//! What a server says, a line each: replies, events, sync marks and flow marks.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    error::Refusal,
    event::Event,
    id::{LogId, UserId, WorkspaceId},
    message::Seq,
};

/// One line from a server; `V` is what holds the JSON of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<V = Value> {
    /// The answer to a command.
    Reply(Reply<V>),
    /// Something happened.
    Event(Event),
    /// A log has been brought up to date.
    Sync(Sync),
    /// Answer with `{"op":"flow","n":n}` once everything before has been taken in.
    Flow {
        /// The mark.
        n: u64,
    },
    /// Within how long to come back from now on, in place of what was said in `hello`.
    Reconnect {
        /// In milliseconds.
        within_ms: u64,
    },
    /// A line that this version does not know; it is ignored.
    Unknown,
}

/// The answer to the command `re`; `re` is 0 where no id could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub struct Reply<V = Value> {
    /// The id of the command.
    pub re: u64,
    /// What came of it, where it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok: Option<V>,
    /// Why it was not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
}

/// The sync mark of a log: everything up to `seq` has been given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// The log.
    pub sync: LogId,
    /// Its epoch.
    pub epoch: String,
    /// Its head.
    pub seq: Seq,
    /// Whether the events from the resume point on were all given; where not, none was, and the client loads the log anew.
    pub recovered: bool,
}

/// The `ok` of `hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloOk {
    /// The name of this connection, for logs.
    pub connection: String,
    /// Who is connected.
    pub user: UserId,
    /// Where.
    pub workspace: WorkspaceId,
    /// The region of the gateway.
    pub region: String,
    /// The gateway, `region/slot`.
    pub gateway: String,
    /// How often to say `ping`, in milliseconds.
    pub heartbeat_ms: u64,
    /// The server's clock, in milliseconds since the epoch.
    pub server_ms: u64,
    /// Within how long to come back where the connection breaks without a word, in milliseconds: each client after a random part of
    /// it, so that those who are cut off together do not come back together. 0 where the server does not say. A later
    /// [`Line::Reconnect`] takes its place.
    #[serde(default)]
    pub reconnect_within_ms: u64,
}

/// The `ok` of `send`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendOk {
    /// The message's place in its log.
    pub seq: Seq,
    /// When it was stored, in milliseconds since the epoch.
    pub at: u64,
    /// The epoch that `seq` counts in.
    pub epoch: String,
    /// Whether this message was stored before.
    pub duplicate: bool,
}

/// The `ok` of `edit`, `delete`, `react` and `unreact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeOk {
    /// The place of the event that changed the message.
    pub seq: Seq,
    /// Whether it was so before.
    #[serde(default)]
    pub duplicate: bool,
}

#[derive(Deserialize)]
struct Probe {
    re: Option<u64>,
    event: Option<serde::de::IgnoredAny>,
    sync: Option<serde::de::IgnoredAny>,
    flow: Option<u64>,
    reconnect_within_ms: Option<u64>,
}

impl Line {
    /// Parses one line of a frame from a server.
    pub fn parse(line: &str) -> Result<Self, serde_json::Error> {
        let line: Value = serde_json::from_str(line)?;
        Self::read(&line)
    }
}

impl<V> Line<V> {
    /// Reads one line of a frame from the tree that was made of its text.
    pub fn read<'de, D>(line: D) -> Result<Self, D::Error>
    where
        V: Deserialize<'de>,
        D: Deserializer<'de> + Copy,
    {
        let probe = Probe::deserialize(line)?;
        Ok(if probe.event.is_some() {
            Self::Event(Event::deserialize(line)?)
        } else if probe.re.is_some() {
            Self::Reply(Reply::deserialize(line)?)
        } else if probe.sync.is_some() {
            Self::Sync(Sync::deserialize(line)?)
        } else if let Some(n) = probe.flow {
            Self::Flow { n }
        } else if let Some(within_ms) = probe.reconnect_within_ms {
            Self::Reconnect { within_ms }
        } else {
            Self::Unknown
        })
    }
}

/// The line of a [`Line::Reconnect`].
#[must_use]
pub fn reconnect_line(within_ms: u64) -> String {
    format!(r#"{{"reconnect_within_ms":{within_ms}}}"#)
}

impl Reply {
    /// A reply that says yes.
    #[must_use]
    pub fn ok<T: Serialize>(re: u64, value: &T) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => Self {
                re,
                ok: Some(value),
                error: None,
            },
            Err(_) => Self::error(re, Refusal::internal()),
        }
    }

    /// A reply that says no.
    #[must_use]
    pub fn error(re: u64, refusal: Refusal) -> Self {
        Self {
            re,
            ok: None,
            error: Some(refusal),
        }
    }

    /// The reply as one line of a frame.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Sync {
    /// The mark as one line of a frame.
    #[must_use]
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
