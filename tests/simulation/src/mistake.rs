//! Mistakes that are made on purpose, to see that the simulation finds them.
//!
//! They are made around the shipped cores, where the simulated platform carries out what the cores decide.

use std::fmt;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// What leaves a channel server does not wait for the storage.
    AckBeforeWrite,
    /// A channel server that died comes back without the newest event of each log, and gives its seq out again.
    StaleSnapshot,
    /// A turn that fails leaves behind what it wrote before.
    TornTurn,
    /// A channel server that loses its memory forgets which messages are stored.
    SendsForgotten,
    /// A channel server that loses its memory forgets which effects it has taken in.
    InboxForgotten,
    /// A channel server that loses its memory forgets who follows its logs.
    SubscriptionsForgotten,
    /// Effects that could not be delivered are not tried again.
    AlarmForgotten,
    /// Effects count as taken in when they have been sent.
    EffectsPresumedTaken,
    /// A gateway resumes one event too late.
    ResumeAhead,
    /// A gateway resumes one event too early.
    ResumeBehind,
    /// A gateway does not see that somebody was removed.
    RemovalOverlooked,
    /// A gateway that lost its memory leaves its browsers where they are.
    BrowsersKept,
    /// A gateway that dials again does not say that what it wrote down is over.
    NightNeverEnds,
    /// A channel server that lost its memory takes links that it has closed for open ones.
    ClosedLinksRestored,
    /// A channel server takes a delivery in that it has taken in before.
    DeliveryUnchecked,
    /// What is deleted stays in the events that had edited it.
    EditsKept,
    /// A `read` that comes late takes the marker back.
    ReadMarkerGoesBack,
    /// The client that is shipped takes what the server has counted to be so for all that comes after it, too.
    CountedSeqOverlooked,
    /// A gateway gives reactions to whoever was removed.
    ReactionsAfterRemoval,
    /// A channel server tells nobody that a message names them.
    MentionsUntold,
    /// A workspace does not see that a public channel has another name.
    DirectoryOutdated,
}

/// Has each log lose its newest event, as a snapshot that is a little too old does.
pub const LOSE_NEWEST: &str = "
    DELETE FROM sends WHERE (num << 32 | seq) IN (SELECT max(key) FROM events GROUP BY key >> 32);
    DELETE FROM events WHERE key IN (SELECT max(key) FROM events GROUP BY key >> 32);";

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::AckBeforeWrite,
        Self::StaleSnapshot,
        Self::TornTurn,
        Self::SendsForgotten,
        Self::InboxForgotten,
        Self::SubscriptionsForgotten,
        Self::AlarmForgotten,
        Self::EffectsPresumedTaken,
        Self::ResumeAhead,
        Self::ResumeBehind,
        Self::RemovalOverlooked,
        Self::BrowsersKept,
        Self::NightNeverEnds,
        Self::ClosedLinksRestored,
        Self::DeliveryUnchecked,
        Self::EditsKept,
        Self::ReadMarkerGoesBack,
        Self::CountedSeqOverlooked,
        Self::ReactionsAfterRemoval,
        Self::MentionsUntold,
        Self::DirectoryOutdated,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AckBeforeWrite => "ack-before-write",
            Self::StaleSnapshot => "stale-snapshot",
            Self::TornTurn => "torn-turn",
            Self::SendsForgotten => "sends-forgotten",
            Self::InboxForgotten => "inbox-forgotten",
            Self::SubscriptionsForgotten => "subscriptions-forgotten",
            Self::AlarmForgotten => "alarm-forgotten",
            Self::EffectsPresumedTaken => "effects-presumed-taken",
            Self::ResumeAhead => "resume-ahead",
            Self::ResumeBehind => "resume-behind",
            Self::RemovalOverlooked => "removal-overlooked",
            Self::BrowsersKept => "browsers-kept",
            Self::NightNeverEnds => "night-never-ends",
            Self::ClosedLinksRestored => "closed-links-restored",
            Self::DeliveryUnchecked => "delivery-unchecked",
            Self::EditsKept => "edits-kept",
            Self::ReadMarkerGoesBack => "read-marker-goes-back",
            Self::CountedSeqOverlooked => "counted-seq-overlooked",
            Self::ReactionsAfterRemoval => "reactions-after-removal",
            Self::MentionsUntold => "mentions-untold",
            Self::DirectoryOutdated => "directory-outdated",
        }
    }

    /// The mistake of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mistake| mistake.name() == name)
    }

    /// What is deleted when a channel server loses its memory.
    #[must_use]
    pub fn forgets_table(self) -> Option<&'static str> {
        match self {
            Self::SendsForgotten => Some("DELETE FROM sends"),
            Self::InboxForgotten => Some("DELETE FROM inbox"),
            Self::SubscriptionsForgotten => Some("DELETE FROM subscriptions"),
            _ => None,
        }
    }

    /// How the statement of a core begins that is not run, or with another last parameter.
    #[must_use]
    pub fn bends_statement(self) -> Option<(&'static str, Bend)> {
        match self {
            Self::EditsKept => Some(("UPDATE events SET line = ? WHERE", Bend::Skip)),
            Self::ReadMarkerGoesBack => {
                let begin = "UPDATE memberships SET last_read_seq";
                Some((begin, Bend::Last(1)))
            }
            Self::DirectoryOutdated => {
                let first = "INSERT OR IGNORE INTO directory (num, channel, name, archived) VALUES (?, ?, ?, ?)";
                Some(("INSERT INTO directory", Bend::Instead(first)))
            }
            _ => None,
        }
    }
}

/// What becomes of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// It is not run.
    Skip,
    /// Its last parameter is this.
    Last(i64),
    /// Another one is run.
    Instead(&'static str),
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
