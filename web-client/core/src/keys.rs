//! What keys do: one table, which is both what happens and what the dialog of keys shows. Those of a message are in
//! [`crate::message_keys`].

use crate::strings;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Opens the switcher.
    Switch,
    /// Opens the channel above in the sidebar.
    PreviousChannel,
    /// Opens the channel below.
    NextChannel,
    /// Opens the next channel above with something unread.
    PreviousUnread,
    /// Opens the next channel below with something unread.
    NextUnread,
    /// Marks the open channel read and shows its newest messages.
    ReadOpen,
    /// Marks every channel read.
    ReadAll,
    /// Edits one's own last message in the open channel.
    EditLast,
    /// Shows the keys.
    ShowKeys,
}

/// Where a key has to be pressed to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// Anywhere but in a dialog.
    Anywhere,
    /// While no text is being written.
    NotWriting,
    /// In the composer while it is empty.
    EmptyComposer,
}

/// A key of the table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As browsers call it; letters small.
    name: &'static str,
    /// Ctrl, on a Mac also Cmd.
    command: bool,
    alt: bool,
    shift: bool,
    context: Context,
    /// What it does.
    pub action: Action,
    /// What it does, in words.
    pub words: &'static str,
}

/// A key that was pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "any of them may be so together with any other"
)]
pub struct Pressed {
    /// As browsers call it.
    pub key: String,
    /// Whether Ctrl or Cmd was down.
    pub command: bool,
    /// Whether Alt was down.
    pub alt: bool,
    /// Whether Shift was down.
    pub shift: bool,
    /// Whether text is being written.
    pub writing: bool,
    /// Whether it is written in a composer, which is empty.
    pub empty_composer: bool,
}

const fn plain(name: &'static str, context: Context, action: Action, words: &'static str) -> Key {
    Key {
        name,
        command: false,
        alt: false,
        shift: false,
        context,
        action,
        words,
    }
}

const fn command(key: Key) -> Key {
    Key {
        command: true,
        ..key
    }
}

const fn alt(key: Key) -> Key {
    Key { alt: true, ..key }
}

const fn shift(key: Key) -> Key {
    Key { shift: true, ..key }
}

use Context::{Anywhere, EmptyComposer, NotWriting};

/// All keys, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    command(plain("k", Anywhere, Action::Switch, strings::KEY_SWITCH)),
    alt(plain(
        "ArrowUp",
        Anywhere,
        Action::PreviousChannel,
        strings::KEY_PREVIOUS,
    )),
    alt(plain(
        "ArrowDown",
        Anywhere,
        Action::NextChannel,
        strings::KEY_NEXT,
    )),
    alt(shift(plain(
        "ArrowUp",
        Anywhere,
        Action::PreviousUnread,
        strings::KEY_PREVIOUS_UNREAD,
    ))),
    alt(shift(plain(
        "ArrowDown",
        Anywhere,
        Action::NextUnread,
        strings::KEY_NEXT_UNREAD,
    ))),
    plain("Escape", Anywhere, Action::ReadOpen, strings::KEY_READ),
    shift(plain(
        "Escape",
        Anywhere,
        Action::ReadAll,
        strings::KEY_READ_ALL,
    )),
    plain(
        "ArrowUp",
        EmptyComposer,
        Action::EditLast,
        strings::KEY_EDIT_LAST,
    ),
    plain("?", NotWriting, Action::ShowKeys, strings::KEY_SHOW_KEYS),
];

/// What a key does where it was pressed.
#[must_use]
pub fn action(pressed: &Pressed) -> Option<Action> {
    let key = KEYS.iter().find(|key| key.is(pressed))?;
    Some(key.action)
}

impl Key {
    fn is(&self, pressed: &Pressed) -> bool {
        // Where a sign is on the keyboard, with Shift or without, differs from country to country.
        let sign =
            self.name.len() == 1 && !self.name.as_bytes().iter().any(u8::is_ascii_alphanumeric);
        self.name.eq_ignore_ascii_case(&pressed.key)
            && self.command == pressed.command
            && self.alt == pressed.alt
            && (sign || self.shift == pressed.shift)
            && match self.context {
                Context::Anywhere => true,
                Context::NotWriting => !pressed.writing,
                Context::EmptyComposer => pressed.empty_composer,
            }
    }

    /// What is printed on the keys to press, one after the other, as the platform calls them.
    #[must_use]
    pub fn names(&self, mac: bool) -> Vec<&'static str> {
        let name = |on_mac, elsewhere| if mac { on_mac } else { elsewhere };
        let mut names = Vec::new();
        for (held, name) in [
            (self.command, name("⌘", "Ctrl")),
            (self.alt, name("⌥", "Alt")),
            (self.shift, name("⇧", "Shift")),
        ] {
            if held {
                names.push(name);
            }
        }
        names.push(match self.name {
            "ArrowUp" => "↑",
            "ArrowDown" => "↓",
            "Escape" => "Esc",
            "k" => "K",
            other => other,
        });
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Pressed {
        Pressed {
            key: key.to_owned(),
            ..Pressed::default()
        }
    }

    fn writing(key: &str) -> Pressed {
        Pressed {
            writing: true,
            ..press(key)
        }
    }

    #[test]
    fn no_two_keys_are_the_same_in_the_same_place() {
        for (index, one) in KEYS.iter().enumerate() {
            for other in KEYS.iter().skip(index + 1) {
                let differ = one.name != other.name
                    || (one.command, one.alt, one.shift) != (other.command, other.alt, other.shift)
                    || one.context != other.context;
                assert!(differ, "{} and {}", one.words, other.words);
            }
        }
    }

    #[test]
    fn while_text_is_written_only_keys_that_write_nothing_do_something() {
        for key in KEYS {
            let mut pressed = writing(key.name);
            (pressed.command, pressed.alt, pressed.shift) = (key.command, key.alt, key.shift);
            if key.name.len() == 1 && !key.command {
                assert_eq!(action(&pressed), None, "{}", key.words);
            }
        }
        assert_eq!(action(&writing("k")), None);
        assert_eq!(action(&writing("Escape")), Some(Action::ReadOpen));
        let mut switch = writing("K");
        switch.command = true;
        assert_eq!(action(&switch), Some(Action::Switch));
    }

    #[test]
    fn up_edits_the_last_message_in_an_empty_composer_only() {
        assert_eq!(action(&press("ArrowUp")), None);
        assert_eq!(action(&writing("ArrowUp")), None);
        let mut empty = writing("ArrowUp");
        empty.empty_composer = true;
        assert_eq!(action(&empty), Some(Action::EditLast));
        empty.alt = true;
        assert_eq!(action(&empty), Some(Action::PreviousChannel));
        empty.shift = true;
        assert_eq!(action(&empty), Some(Action::PreviousUnread));
    }

    #[test]
    fn a_sign_counts_with_shift_and_without() {
        let mut sign = press("?");
        assert_eq!(action(&sign), Some(Action::ShowKeys));
        sign.shift = true;
        assert_eq!(action(&sign), Some(Action::ShowKeys));
        sign.command = true;
        assert_eq!(action(&sign), None);
    }

    #[test]
    fn a_mac_calls_its_keys_by_its_own_names() {
        let previous_unread = KEYS.iter().find(|key| key.action == Action::PreviousUnread);
        let names = |mac| previous_unread.map(|key| key.names(mac));
        assert_eq!(names(true), Some(vec!["⌥", "⇧", "↑"]));
        assert_eq!(names(false), Some(vec!["Alt", "Shift", "↑"]));
        assert_eq!(KEYS[0].names(true), ["⌘", "K"]);
    }
}
