//! What can be done with a message, and the keys that do it while the message has the focus.

use crate::{order::folded, strings};

/// What can be done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageAct {
    /// Choose a reaction.
    React,
    /// Open its thread.
    Reply,
    /// Give it another text.
    Edit,
    /// Put its link on the clipboard.
    CopyLink,
    /// Make it the first one that is unread.
    MarkUnread,
    /// Delete it, once asked.
    Delete,
}

/// A row of [`MESSAGE_ACTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageKey {
    /// What is done.
    pub act: MessageAct,
    /// The value of `KeyboardEvent.key`, in lower case, that does it.
    pub key: &'static str,
    /// How the key is called on screen.
    pub key_name: &'static str,
    /// What stands on its button.
    pub label: &'static str,
    /// The letter by which [`offered`] names it.
    letter: char,
}

const fn row(
    act: MessageAct,
    key: &'static str,
    key_name: &'static str,
    label: &'static str,
    letter: char,
) -> MessageKey {
    MessageKey {
        act,
        key,
        key_name,
        label,
        letter,
    }
}

/// The table, in the order of the menu.
pub const MESSAGE_ACTS: [MessageKey; 6] = [
    row(MessageAct::React, "+", "+", strings::ADD_REACTION, 'a'),
    row(MessageAct::Reply, "r", "R", strings::REPLY_IN_THREAD, 'r'),
    row(MessageAct::Edit, "e", "E", strings::EDIT_MESSAGE, 'e'),
    row(MessageAct::CopyLink, "c", "C", strings::COPY_LINK, 'c'),
    row(MessageAct::MarkUnread, "u", "U", strings::MARK_UNREAD, 'u'),
    row(
        MessageAct::Delete,
        "delete",
        "Del",
        strings::DELETE_MESSAGE,
        'd',
    ),
];

impl MessageKey {
    /// Whether it is among what is offered.
    #[must_use]
    pub fn is_offered(&self, offered: &str) -> bool {
        offered.contains(self.letter)
    }
}

/// What is offered of the table, as a letter each: short enough for an attribute of the message's element.
pub fn offered(is_offered: impl Fn(MessageAct) -> bool) -> String {
    let offered = MESSAGE_ACTS.iter().filter(|row| is_offered(row.act));
    offered.map(|row| row.letter).collect()
}

/// What this key does with a message to which that much is offered.
#[must_use]
pub fn pressed(key: &str, is_offered: &str) -> Option<MessageAct> {
    let key = folded(key);
    let row = MESSAGE_ACTS.iter().find(|row| row.key == key)?;
    row.is_offered(is_offered).then_some(row.act)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_key_and_a_letter_of_its_own() {
        for row in MESSAGE_ACTS {
            let same = |other: &&MessageKey| other.key == row.key || other.letter == row.letter;
            assert_eq!(MESSAGE_ACTS.iter().filter(same).count(), 1, "{row:?}");
        }
    }

    #[test]
    fn a_key_does_only_what_is_offered() {
        let own = offered(|act| act != MessageAct::MarkUnread);
        assert_eq!(pressed("R", &own), Some(MessageAct::Reply));
        assert_eq!(pressed("Delete", &own), Some(MessageAct::Delete));
        assert_eq!(pressed("u", &own), None);
        assert_eq!(pressed("x", &own), None);
    }
}
