//! The dialog that is open.

use protocol::{
    api::{self, Role},
    id::{ChannelId, UserId},
    message::Seq,
};

use crate::{details::Details, input::DialogKind, order::folded, spot::Pane};

/// By how many people a list grows at once.
pub const PEOPLE_STEP: usize = 50;

/// A dialog, with what was done in it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialog {
    /// Which.
    pub kind: DialogKind,
    /// The channel that it is about, where it is about one.
    pub channel: Option<ChannelId>,
    /// The message that it is about, where it is about one.
    pub message: Option<(Pane, Seq)>,
    /// What its list is searched for.
    pub filter: String,
    /// People chosen for a direct, in the order chosen, or on their way into the channel.
    pub picked: Vec<UserId>,
    /// Which option is active.
    pub at: usize,
    /// How many people are shown at most.
    pub shown: usize,
    /// Where the next page of people begins.
    pub next: Option<String>,
    /// Whether people are searched for.
    pub searching: bool,
    /// What is known and done in the details of a channel.
    pub details: Details,
    /// What those will be who come by the invite.
    pub invites: Role,
    /// The link, once it is made.
    pub link: Option<String>,
    /// Whether a call is on its way.
    pub busy: bool,
    /// What was done last.
    pub note: Option<String>,
    /// What went wrong last.
    pub failure: Option<String>,
}

impl Dialog {
    /// A dialog that was just opened.
    #[must_use]
    pub fn new(kind: DialogKind) -> Self {
        Self {
            kind,
            channel: None,
            message: None,
            filter: String::new(),
            picked: Vec::new(),
            at: 0,
            shown: PEOPLE_STEP,
            next: None,
            searching: false,
            details: Details::default(),
            invites: Role::Member,
            link: None,
            busy: false,
            note: None,
            failure: None,
        }
    }

    /// Chooses a person, or not any more.
    pub fn pick(&mut self, user: UserId) {
        if let Some(at) = self.picked.iter().position(|picked| *picked == user) {
            self.picked.remove(at);
        } else {
            self.picked.push(user);
        }
    }

    /// Whether a name is searched for.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let wanted = folded(self.filter.trim().trim_start_matches('#'));
        folded(name).contains(&wanted)
    }
}

/// The channels that can be seen, page by page.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// All that have come.
    pub channels: Vec<api::Channel>,
    /// Whether a page is on its way.
    pub loading: bool,
    /// Whether its first page was asked for, since the last time that a channel was made.
    pub begun: bool,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Directory {
    /// The channel of this id.
    #[must_use]
    pub fn find(&self, id: &ChannelId) -> Option<&api::Channel> {
        self.channels.iter().find(|channel| channel.id == *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picking_twice_is_not_picking() {
        let mut dialog = Dialog::new(DialogKind::NewDirect);
        let ana = UserId::parse("U2").unwrap();
        dialog.pick(ana.clone());
        dialog.pick(UserId::parse("U3").unwrap());
        dialog.pick(ana);
        assert_eq!(dialog.picked, [UserId::parse("U3").unwrap()]);
    }

    #[test]
    fn a_search_knows_neither_case_nor_hash() {
        let mut dialog = Dialog::new(DialogKind::Browse);
        dialog.filter = " #SUN".to_owned();
        assert!(dialog.matches("project-sunrise"));
        assert!(!dialog.matches("general"));
    }
}
