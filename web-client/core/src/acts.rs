//! What the user does to messages, until the server has done it.
//!
//! An act is seen at once: whoever shows a message shows it as [`Acts::on`] says. It is over when the event that it caused has come,
//! or when it is refused, which shows the message as it was. Of a channel one is on its way at a time, which keeps their order.

use std::borrow::Cow;

use protocol::{
    history::Message,
    id::{ChannelId, UserId},
    message::Seq,
};

use crate::messages::{Change, What};

/// How an act stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActState {
    /// It waits for a connection, or for the ones before it.
    NotSentYet,
    /// It was sent as the command of this id.
    Sending(u64),
    /// It waits until it may be sent again.
    Waiting,
    /// It is done by the event of this seq.
    Done(Seq),
}

/// An act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Where the message is.
    pub channel: ChannelId,
    /// What it does.
    pub change: Change,
    /// How it stands.
    pub state: ActState,
}

/// All acts that are not over, in the order done.
#[derive(Clone, Debug, Default)]
pub struct Acts(Vec<Act>);

impl Acts {
    /// Something is done. A reaction and its contrary that has not left yet come to nothing.
    pub fn push(&mut self, channel: ChannelId, change: Change) {
        let undone = self.0.iter().rposition(|act| {
            act.channel == channel
                && act.change.target == change.target
                && matches!(
                    (&act.change.what, &change.what),
                    (What::Reacted(was, on), What::Reacted(is, now)) if was == is && on != now
                )
        });
        if let Some(at) = undone
            && self
                .0
                .get(at)
                .is_some_and(|act| act.state == ActState::NotSentYet)
        {
            self.0.remove(at);
            return;
        }
        self.0.push(Act {
            channel,
            change,
            state: ActState::NotSentYet,
        });
    }

    /// The message as it is once all acts are done.
    #[must_use]
    pub fn on<'a>(
        &self,
        channel: &ChannelId,
        message: &'a Message,
        me: &UserId,
    ) -> Cow<'a, Message> {
        let mut message = Cow::Borrowed(message);
        for act in &self.0 {
            if act.change.target == message.seq && act.channel == *channel {
                act.change.make(message.to_mut(), me);
            }
        }
        message
    }

    /// The acts that can be sent now, at most one of each channel.
    pub fn ready(&mut self) -> Vec<&mut Act> {
        let mut busy: Vec<ChannelId> = Vec::new();
        let mut ready = Vec::new();
        for act in &mut self.0 {
            if matches!(act.state, ActState::Done(_)) || busy.contains(&act.channel) {
                continue;
            }
            busy.push(act.channel.clone());
            if act.state == ActState::NotSentYet {
                ready.push(act);
            }
        }
        ready
    }

    /// The act that was sent as this command.
    pub fn sent_as(&mut self, command: u64) -> Option<&mut Act> {
        self.0
            .iter_mut()
            .find(|act| act.state == ActState::Sending(command))
    }

    /// Takes out the act that was sent as this command.
    pub fn take(&mut self, command: u64) -> Option<Act> {
        let is_it = |act: &Act| act.state == ActState::Sending(command);
        let at = self.0.iter().position(is_it)?;
        Some(self.0.remove(at))
    }

    /// What was on its way is not any more: the connection is gone.
    pub fn connection_lost(&mut self) {
        for act in &mut self.0 {
            if !matches!(act.state, ActState::Done(_)) {
                act.state = ActState::NotSentYet;
            }
        }
    }

    /// What waited in this channel may be sent again.
    pub fn waited(&mut self, channel: &ChannelId) {
        for act in &mut self.0 {
            if act.state == ActState::Waiting && act.channel == *channel {
                act.state = ActState::NotSentYet;
            }
        }
    }

    /// Everything up to `head` has come of this channel.
    pub fn came_to(&mut self, channel: &ChannelId, head: Seq) {
        self.0.retain(|act| {
            !matches!(act.state, ActState::Done(seq) if seq <= head) || act.channel != *channel
        });
    }

    /// The channel is gone.
    pub fn forget(&mut self, channel: &ChannelId) {
        self.0.retain(|act| act.channel != *channel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::stored;
    use protocol::emoji::Emoji;

    fn channel(id: &str) -> ChannelId {
        ChannelId::parse(id).unwrap()
    }

    fn me() -> UserId {
        UserId::parse("U1").unwrap()
    }

    fn change(target: Seq, what: What) -> Change {
        Change {
            target,
            user: me(),
            at: 9_000,
            what,
        }
    }

    fn thumb(is_on: bool) -> Change {
        change(1, What::Reacted(Emoji::parse("👍").unwrap(), is_on))
    }

    fn seen(acts: &Acts) -> Message {
        acts.on(&channel("C1"), &stored(1, "U1", "hello"), &me())
            .into_owned()
    }

    #[test]
    fn an_act_is_seen_until_its_event_has_come() {
        let mut acts = Acts::default();
        acts.push(channel("C1"), change(1, What::Edited("bye".to_owned())));
        acts.ready()[0].state = ActState::Sending(4);
        acts.sent_as(4).unwrap().state = ActState::Done(12);
        acts.came_to(&channel("C1"), 11);
        assert_eq!(seen(&acts).text.as_deref(), Some("bye"));
        acts.came_to(&channel("C1"), 12);
        assert_eq!(seen(&acts).text.as_deref(), Some("hello"));
    }

    #[test]
    fn a_refused_act_was_never_done() {
        let mut acts = Acts::default();
        acts.push(channel("C1"), change(1, What::Deleted));
        acts.ready()[0].state = ActState::Sending(4);
        assert!(seen(&acts).deleted);
        acts.take(4).unwrap();
        assert!(!seen(&acts).deleted);
    }

    #[test]
    fn one_act_of_a_channel_is_on_its_way_at_a_time() {
        let mut acts = Acts::default();
        acts.push(channel("C1"), thumb(true));
        acts.push(channel("C1"), change(2, What::Deleted));
        acts.push(channel("C2"), change(1, What::Deleted));
        assert_eq!(acts.ready().len(), 2);
        for (command, act) in acts.ready().into_iter().enumerate() {
            act.state = ActState::Sending(command as u64);
        }
        assert!(acts.ready().is_empty());
        acts.sent_as(0).unwrap().state = ActState::Done(9);
        assert_eq!(acts.ready()[0].change.target, 2);
    }

    #[test]
    fn what_was_on_its_way_goes_again_after_the_connection_was_lost() {
        let mut acts = Acts::default();
        acts.push(channel("C1"), thumb(true));
        acts.ready()[0].state = ActState::Sending(1);
        acts.connection_lost();
        assert_eq!(acts.ready().len(), 1);
    }

    #[test]
    fn a_reaction_taken_back_before_it_left_is_not_sent() {
        let mut acts = Acts::default();
        acts.push(channel("C1"), thumb(true));
        acts.push(channel("C1"), thumb(false));
        assert!(acts.ready().is_empty());
        acts.push(channel("C1"), thumb(true));
        acts.ready()[0].state = ActState::Sending(1);
        acts.push(channel("C1"), thumb(false));
        assert!(seen(&acts).reactions.is_empty());
        acts.take(1);
        assert_eq!(acts.ready().len(), 1);
    }
}
