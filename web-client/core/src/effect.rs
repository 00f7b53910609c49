//! What the shell is asked to do.

use protocol::{id::ChannelId, message::Seq};

use crate::{
    call::{Call, Request},
    connection::Dial,
    spot::Pane,
    storage::Theme,
};

/// One thing to do, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Makes an HTTP call; its answer is an [`crate::input::Input::Answered`].
    Http(Request),
    /// Opens a WebSocket with the subprotocol, in place of any other. `url` is absolute or a path.
    Dial {
        /// What its events are handed back with.
        dial: Dial,
        /// Where.
        url: String,
    },
    /// Closes the WebSocket, if there is one; nothing more is heard of it.
    HangUp,
    /// Sends a text frame.
    Frame(String),
    /// Puts a row into the browser's storage.
    Store {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
    /// Takes a row out of the browser's storage.
    Forget {
        /// Its key.
        key: String,
    },
    /// Asks for an [`crate::input::Input::Rang`] after a while, in place of an earlier one of the same timer.
    Wake {
        /// Which timer.
        timer: Timer,
        /// When, in milliseconds from now.
        after_ms: u64,
    },
    /// Stops a timer, if it runs.
    Cancel(Timer),
    /// Changes the page's address.
    Navigate {
        /// The new path and query.
        url: String,
        /// Whether the old one is left out of the history.
        replace: bool,
    },
    /// Puts the keyboard's focus into the composer, where that brings up no on-screen keyboard.
    FocusComposer,
    /// Brings the newest message into view.
    ScrollToLatest,
    /// Shows the page light or dark, or as the system is.
    Theme(Theme),
    /// Brings a message into view, and gives it the focus.
    ScrollToMessage(Seq),
    /// Gives a message the focus, or all of them where it is not shown.
    FocusMessage(Seq),
    /// Does this in the pane of the thread instead.
    InThread(Box<Effect>),
    /// Puts the address of this path on the clipboard, as [`Effect::Copy`] does.
    CopyPath(String),
    /// Puts text on the clipboard; says how that went with an [`crate::input::Input::Copied`].
    Copy(String),
}

impl Effect {
    /// This effect, in that pane.
    #[must_use]
    pub fn in_pane(self, pane: Pane) -> Self {
        match pane {
            Pane::Channel => self,
            Pane::Thread => Self::InThread(Box::new(self)),
        }
    }

    /// [`Effect::Wake`].
    #[must_use]
    pub fn wake(timer: Timer, after_ms: u64) -> Self {
        Self::Wake { timer, after_ms }
    }
}

/// A timer; each runs once at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Dials again.
    Reconnect,
    /// A socket has taken too long to open.
    Dialled,
    /// Says `ping`.
    Heartbeat,
    /// A `ping` that asked for a sign of life has had time enough.
    Probe,
    /// The banner about the missing connection is due.
    Banner,
    /// How far the open channel was read is told to the server.
    Read,
    /// Messages of a channel may be sent again.
    Resend(ChannelId),
    /// A call may be made again.
    Repeat(Call),
    /// The composer's text is written down.
    Draft,
    /// People are searched for by what is typed.
    Search,
    /// Somebody may have stopped writing.
    Typing,
    /// Whoever is shown by now is watched.
    Watch,
    /// The user may be away.
    Idle,
    /// The day changes.
    Midnight,
    /// What is said in the status line has been said.
    Status,
}
