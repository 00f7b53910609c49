//! A place where messages stand.

use protocol::{id::ChannelId, message::Seq};

/// A channel itself, or one thread in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The channel.
    pub channel: ChannelId,
    /// The root of the thread.
    pub thread: Option<Seq>,
}

impl From<ChannelId> for Spot {
    fn from(channel: ChannelId) -> Self {
        Self {
            channel,
            thread: None,
        }
    }
}

/// Which of the two panes with messages somebody works in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The open channel.
    Channel,
    /// The open thread.
    Thread,
}
