//! Opening a socket at an object: what the Worker tells it in place of the browser's own headers.

use protocol::api::Caller;
use serde::{Deserialize, Serialize};

/// The header of the upgrade request that holds the JSON of an [`OpenGateway`], or of a [`protocol::call::OpenSocket`].
pub const OPEN_HEADER: &str = "heliograph-open";

/// What a gateway's socket is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenGateway {
    /// Who opens it, by a token of the Worker's. The session may have ended since.
    pub caller: Caller,
    /// The name of the gateway, `region/slot`.
    pub gateway: String,
}
