//! Lines of a frame, read from the contract alone: nothing of the project's own parser is used here.

use serde::Deserialize;

/// One line from a server. Which fields there are says what it is.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Line {
    /// The id of the command that this replies to.
    pub re: Option<u64>,
    /// What came of the command.
    pub ok: Option<Ok>,
    /// Why it was not done.
    pub error: Option<Error>,
    /// The name of an event.
    pub event: Option<String>,
    /// The log of an event.
    pub channel: Option<String>,
    /// The place of an event, or the head that a sync mark names.
    pub seq: Option<u64>,
    /// Who did it.
    pub user: Option<String>,
    /// What or whom it is about.
    pub subject: Option<String>,
    /// The text of a message.
    pub text: Option<String>,
    /// The sender's own id of a message.
    pub client_message_id: Option<String>,
    /// The message that an event is about.
    pub target: Option<u64>,
    /// The log that a sync mark is of.
    pub sync: Option<String>,
    /// The epoch of that log.
    pub epoch: Option<String>,
    /// Whether everything that was missed has been given.
    pub recovered: Option<bool>,
    /// A flow mark.
    pub flow: Option<u64>,
}

/// The `ok` of any reply.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Ok {
    /// The message's place.
    pub seq: Option<u64>,
    /// When it was stored.
    pub at: Option<u64>,
    /// What `seq` counts in.
    pub epoch: Option<String>,
    /// Whether it was stored before.
    pub duplicate: Option<bool>,
    /// The messages of a page.
    pub messages: Option<Vec<PageMessage>>,
}

/// A message of a page.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PageMessage {
    /// Its place.
    pub seq: u64,
    /// Who wrote it.
    pub user: String,
    /// What it says.
    pub text: Option<String>,
    /// The sender's own id.
    pub client_message_id: Option<String>,
}

/// The `error` of a reply, or a problem document.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Error {
    /// What programs act on.
    pub code: String,
    /// How long to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}
