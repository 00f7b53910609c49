//! Close codes of a socket. 4000–4499 come back with `resume`, 4500–4999 do not.

use serde::{Deserialize, Serialize};

/// Come back after the time in the reason.
pub const GO_AWAY: u16 = 4000;
/// Nothing was heard for three heartbeats.
pub const HEARTBEAT_TIMEOUT: u16 = 4001;
/// The client did not keep up.
pub const SLOW_CONSUMER: u16 = 4002;
/// The session has ended; sign in again.
pub const SESSION_ENDED: u16 = 4500;
/// The user of a single-channel socket was put out of the channel.
pub const NOT_A_MEMBER: u16 = 4502;
/// What the client says is not this protocol.
pub const PROTOCOL_ERROR: u16 = 4501;
/// A frame was larger than [`crate::limits::FRAME_MAX_BYTES`] (RFC 6455).
pub const MESSAGE_TOO_BIG: u16 = 1009;

/// The reason of a close after which the client comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoAway {
    /// How long to wait before coming back, in milliseconds.
    pub retry_after_ms: u64,
}

impl GoAway {
    /// The reason as the wire has it.
    #[must_use]
    pub fn to_reason(self) -> String {
        format!("{{\"retry_after_ms\":{}}}", self.retry_after_ms)
    }
}

/// Whether a client that was closed with `code` comes back with its resume points.
#[must_use]
pub fn comes_back(code: u16) -> bool {
    !(4500..5000).contains(&code)
}
