//! What the shell tells the core: what a person did, what the network said, what the browser noticed.

use protocol::{
    api::{ChannelKind, Role},
    id::{ChannelId, UserId},
    message::{ClientMessageId, Seq},
};

use crate::{
    call::{Answer, Call},
    connection::Dial,
    details::Asking,
    effect::Timer,
    keys::Action,
    message_keys::MessageAct,
    storage::Theme,
};

/// When an input comes, and random bytes for whatever it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds since the epoch.
    pub now_ms: u64,
    /// Fresh for each input.
    pub random: [u8; 16],
}

impl Moment {
    /// A random number.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        u64::try_from(u128::from_le_bytes(self.random) & u128::from(u64::MAX)).unwrap_or(0)
    }

    /// A random UUID (version 4).
    #[must_use]
    pub fn uuid(&self) -> String {
        let bits = u128::from_be_bytes(self.random);
        let bits = bits & !(0xf << 76) | (0x4 << 76);
        let bits = bits & !(0x3 << 62) | (0x2 << 62);
        let hex = format!("{bits:032x}");
        let mut uuid = String::with_capacity(36);
        for (index, digit) in hex.chars().enumerate() {
            if matches!(index, 8 | 12 | 16 | 20) {
                uuid.push('-');
            }
            uuid.push(digit);
        }
        uuid
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page has been opened at this address.
    Started {
        /// The path.
        path: String,
        /// The query string.
        query: String,
        /// All rows of the storage with our prefix: key and value.
        stored: Vec<(String, String)>,
        /// Whether the page is in view.
        visible: bool,
    },
    /// Back or forward has led to this path.
    Navigated {
        /// The path.
        path: String,
    },
    /// A person did something.
    Person(Intent),
    /// A call has been answered, or not.
    Answered {
        /// Which.
        call: Call,
        /// With what.
        answer: Answer,
    },
    /// A socket is open.
    Opened(Dial),
    /// A frame has come.
    Frame(Dial, String),
    /// A socket is closed or did not open.
    Closed {
        /// Which.
        dial: Dial,
        /// The close code.
        code: u16,
        /// The close reason.
        reason: String,
    },
    /// A timer has run out.
    Rang(Timer),
    /// The browser has or has lost its network.
    Online(bool),
    /// The page has come into view or out of it.
    Visible(bool),
    /// A sign of the person: a key, a pointer.
    Active,
    /// Whether text could be put on the clipboard.
    Copied(bool),
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Make a workspace.
    SignUp {
        /// The workspace's name.
        workspace: String,
        /// Their own name.
        name: String,
    },
    /// Accept the invite of the open page.
    AcceptInvite {
        /// Their name.
        name: String,
    },
    /// Use the sign-in link of the open page.
    SignIn,
    /// End the session.
    SignOut {
        /// Whether all of the user's sessions end.
        everywhere: bool,
    },
    /// Open a channel or direct.
    Open(ChannelId),
    /// Show the sidebar where it hides behind the timeline, or hide it again.
    ToggleSidebar,
    /// The composer's text is now this.
    Type(String),
    /// Send the composer's text.
    Send(String),
    /// Send a failed message again.
    Retry(ClientMessageId),
    /// Throw a failed message away.
    Discard(ClientMessageId),
    /// The timeline was scrolled.
    Scrolled(ScrollPlace),
    /// Show the newest messages.
    JumpToLatest,
    /// Show the page light or dark, or as the system is.
    SetTheme(Theme),
    /// Do this with a message.
    Message(MessageAct, Seq),
    /// React with this emoji to a message, or take that back.
    React(Seq, String),
    /// React with this emoji to the message that the dialog asks about.
    PickEmoji(String),
    /// Change the last message of their own that is shown.
    EditLast,
    /// The text of the message that is changed is now this.
    TypeEdit(String),
    /// Give the message that is changed this text.
    SaveEdit(String),
    /// Leave the message as it was.
    CancelEdit,
    /// Delete the message that the dialog asks about.
    DeleteMessage,
    /// Close the thread.
    CloseThread,
    /// Let replies stand in the channel, too, or not.
    AlsoToChannel(bool),
    /// Follow a link to a path of this page, with or without a query.
    Follow(String),
    /// Do this in the pane of the thread rather than in that of the channel.
    InThread(Box<Intent>),
    /// Load what did not load.
    Reload,
    /// Dial now.
    ConnectNow,
    /// Take the alert away.
    Dismiss,
    /// A key of the table was pressed.
    Press(Action),
    /// Make the option so many places further down active, in the switcher or in the composer.
    Move(i32),
    /// Take this option, or the active one.
    Choose(Option<String>),
    /// Offer no options any more for what stands in the composer.
    Uncomplete,
    /// Send the composer's text though it names everybody.
    SendToEverybody,
    /// Call the user so from now on.
    SaveProfile {
        /// Their name.
        name: String,
        /// What they do; blank is nothing.
        title: String,
    },
    /// Open a dialog.
    OpenDialog(DialogKind),
    /// Close the dialog.
    CloseDialog,
    /// Show in the dialog's list only what contains this.
    Filter(String),
    /// Show more in the dialog's list.
    More,
    /// Make a channel.
    CreateChannel {
        /// Its name.
        name: String,
        /// Its topic; blank is none.
        topic: String,
        /// Public or private.
        kind: ChannelKind,
    },
    /// Join a public channel and open it.
    Join(ChannelId),
    /// Press what stands beside a person in the dialog: choose them for a direct or not any more, or add them to the channel.
    Pick(UserId),
    /// Open the direct among the people chosen.
    StartDirect,
    /// Leave the channel that the dialog asks about.
    Leave,
    /// Let those who come by the invite be this.
    InviteAs(Role),
    /// Copy the dialog's link.
    CopyLink,
    /// Manage a channel.
    Details(DetailsIntent),
}

/// What a person did about a channel and who is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DetailsIntent {
    /// Give the channel of the dialog this name and topic.
    Save {
        /// Its name.
        name: String,
        /// Its topic; blank is none.
        topic: String,
    },
    /// Be asked once more, or not any more.
    Ask(Option<Asking>),
    /// Do what is asked once more.
    Confirm,
    /// Bring the open channel back from where it was archived.
    BringBack,
    /// Give somebody this role in the workspace.
    GiveRole(UserId, Role),
    /// Open the direct with somebody.
    Direct(UserId),
}

/// Which ends of what is shown are in view, or nearly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrollPlace {
    /// The newest message shown is in view.
    pub at_bottom: bool,
    /// There is little left below.
    pub near_bottom: bool,
    /// There is little left above.
    pub near_top: bool,
}

/// Which dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogKind {
    /// Browse channels and join them.
    Browse,
    /// Make a channel.
    CreateChannel,
    /// Choose people for a direct.
    NewDirect,
    /// Get an invite link.
    Invite,
    /// Add people to the open channel.
    AddPeople,
    /// See what the open channel is about and who is in it, and manage it.
    Details,
    /// Say once more that one wants to leave the open channel.
    Leave,
    /// Go to a channel or person.
    Switch,
    /// See what keys do.
    Keys,
    /// Change one's own name, and whatever else is one's own.
    Profile,
    /// Get a link that signs another device in.
    SignInLink,
    /// Say once more that one wants to name everybody.
    Everybody,
    /// Choose a reaction.
    React,
    /// Say once more that one wants to delete a message.
    DeleteMessage,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_of_version_4() {
        let moment = Moment {
            now_ms: 0,
            random: [0xff; 16],
        };
        assert_eq!(moment.uuid(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let moment = Moment {
            now_ms: 0,
            random: [0; 16],
        };
        assert_eq!(moment.uuid(), "00000000-0000-4000-8000-000000000000");
    }
}
