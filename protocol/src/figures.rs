//! What a channel server holds and has done, for whoever runs it. It is all numbers: nothing of people or their channels.

use serde::{Deserialize, Serialize};

/// What a channel server says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerFigures {
    /// What is in its storage.
    pub stored: StoredFigures,
    /// What it has done.
    pub done: DoneFigures,
    /// Its database, in bytes.
    pub database_bytes: u64,
    /// Links of gateways that are open.
    pub links: u64,
    /// Single-channel sockets that are open.
    pub sockets: u64,
}

/// What is in a channel server's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFigures {
    /// Logs: workspaces, users, channels, directs.
    pub logs: u64,
    /// Events in them; `None` while they are being counted, some thousand logs each time that they are asked for.
    pub events: Option<u64>,
    /// Effects on logs of other servers that were not taken in yet.
    pub effects_waiting: u64,
    /// Subscriptions, one for each gateway that follows a log; at most [`SUBSCRIPTIONS_COUNTED_MAX`].
    pub subscriptions: u64,
}

/// How many subscriptions of a server are counted.
pub const SUBSCRIPTIONS_COUNTED_MAX: u64 = 100_000;

/// What a channel server has done since its isolate began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneFigures {
    /// Events stored and sent to whoever follows their logs.
    pub events: u64,
    /// Messages among these.
    pub messages: u64,
    /// Frames sent up links and sockets.
    pub frames: u64,
}

impl DoneFigures {
    /// This and that.
    pub fn add(&mut self, more: Self) {
        self.events += more.events;
        self.messages += more.messages;
        self.frames += more.frames;
    }
}
