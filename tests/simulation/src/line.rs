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
    /// The root where a message is a reply.
    pub thread: Option<u64>,
    /// Whether a reply stands in the channel, too.
    #[serde(default)]
    pub also_to_channel: bool,
    /// Whom a message names; in `read`, how many do.
    pub mentions: Option<Mentions>,
    /// Whether it names everybody.
    #[serde(default)]
    pub everyone: bool,
    /// Whom it named before it was changed.
    #[serde(default)]
    pub mentions_before: Vec<String>,
    /// Whether a message was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// What somebody reacts with.
    pub emoji: Option<String>,
    /// How far a channel is read.
    pub last_read_seq: Option<u64>,
    /// How many messages came after that.
    pub unread: Option<u32>,
    /// The event up to which these were counted.
    pub counted_seq: Option<u64>,
    /// A role in the workspace.
    pub role: Option<String>,
    /// Whether somebody is there.
    pub status: Option<String>,
}

/// Whom, or how many.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Mentions {
    /// Whom a message names.
    Of(Vec<String>),
    /// How many messages name the user.
    Count(u32),
}

impl Line {
    /// Whom a message names.
    #[must_use]
    pub fn named(&self) -> &[String] {
        match &self.mentions {
            Some(Mentions::Of(users)) => users,
            _ => &[],
        }
    }

    /// How many messages name the user.
    #[must_use]
    pub fn naming(&self) -> u32 {
        match self.mentions {
            Some(Mentions::Count(count)) => count,
            _ => 0,
        }
    }
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
    /// Who is there, of those who are watched.
    pub presence: Option<Vec<Presence>>,
}

/// Whether somebody is there.
#[derive(Clone, Debug, Deserialize)]
pub struct Presence {
    /// Who.
    pub user: String,
    /// What they are.
    pub status: String,
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
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
    /// The root where it is a reply.
    pub thread: Option<u64>,
    /// When its text was changed.
    pub edited_at: Option<u64>,
    /// Reactions.
    #[serde(default)]
    pub reactions: Vec<PageReaction>,
    /// Replies.
    #[serde(default)]
    pub reply_count: u32,
}

/// All who reacted with one emoji.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct PageReaction {
    /// With what.
    pub emoji: String,
    /// How many.
    pub count: u32,
    /// Some of them.
    pub users: Vec<String>,
    /// Whether the reader is among them.
    pub mine: bool,
}

/// The `error` of a reply, or a problem document.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Error {
    /// What programs act on.
    pub code: String,
    /// How long to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}
