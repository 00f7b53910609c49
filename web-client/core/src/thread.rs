//! The thread that is open beside its channel.

use protocol::message::Seq;

use crate::timeline::Timeline;

/// An open thread.
#[derive(Clone, Debug)]
pub struct Thread {
    /// The message it hangs on.
    pub root: Seq,
    /// Root and replies.
    pub timeline: Timeline,
    /// Whether the newest reply is in view.
    pub at_bottom: bool,
    /// Rises whenever the composer's text is not what was typed last.
    pub revision: u32,
    /// Whether replies are to stand in the channel, too.
    pub also_to_channel: bool,
}

impl Thread {
    /// A thread of which nothing is at hand.
    #[must_use]
    pub fn new(root: Seq) -> Self {
        Self {
            root,
            timeline: Timeline::default(),
            at_bottom: true,
            revision: 0,
            also_to_channel: false,
        }
    }
}
