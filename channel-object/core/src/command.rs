//! What a channel is asked to do by a socket.

use protocol::{api::Caller, command::ChannelOp, id::ChannelId};

use crate::{fault::Fault, io::Moment, server::ChannelServer, sql::Sql};

impl<S: Sql> ChannelServer<S> {
    /// Carries out a command of a socket and gives its `ok` as JSON.
    pub(crate) fn channel_op(
        &mut self,
        caller: &Caller,
        id: &ChannelId,
        op: ChannelOp,
        at: Moment,
    ) -> Result<String, Fault> {
        Ok(match op {
            ChannelOp::Send(draft) => serde_json::to_string(&self.send(caller, id, draft, at)?)?,
            ChannelOp::History(query) => serde_json::to_string(&self.history(caller, id, query)?)?,
            ChannelOp::Read { seq } => {
                self.read(caller, id, seq, at)?;
                "{}".to_owned()
            }
            ChannelOp::MarkUnread { seq } => {
                self.mark_unread(caller, id, seq, at)?;
                "{}".to_owned()
            }
            ChannelOp::Edit { seq, text } => {
                serde_json::to_string(&self.edit(caller, id, seq, &text, at)?)?
            }
            ChannelOp::Delete { seq } => serde_json::to_string(&self.delete(caller, id, seq, at)?)?,
            ChannelOp::React { seq, emoji } => {
                serde_json::to_string(&self.react(caller, id, (seq, emoji), true, at)?)?
            }
            ChannelOp::Unreact { seq, emoji } => {
                serde_json::to_string(&self.react(caller, id, (seq, emoji), false, at)?)?
            }
        })
    }
}
