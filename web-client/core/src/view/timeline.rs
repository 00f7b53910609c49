//! The timeline: messages, and what stands between them.

use protocol::{
    api::ChannelKind,
    history,
    id::UserId,
    message::{ClientMessageId, Seq},
};

use super::text::{Piece, pieces};
use crate::{
    channel::Channel,
    day::{Day, OffsetAt, Relative},
    diff::Keyed,
    outbox::{Pending, SendState},
    state::Session,
    strings,
    timeline::Loading,
};

/// Messages of one author closer than this, in milliseconds, stand in one group.
const GROUP_MS: u64 = 5 * 60 * 1_000;
/// How many colours people have.
const HUES: u32 = 8;

/// A row of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// Nothing is above.
    Beginning {
        /// The heading.
        heading: String,
        /// What stands below it.
        lead: String,
    },
    /// Messages are on their way.
    Loading(&'static str),
    /// Messages did not come.
    LoadingFailed,
    /// A day begins.
    Day {
        /// Its key.
        key: String,
        /// What it is called.
        label: DayLabel,
    },
    /// The first unread message follows.
    NewMessages,
    /// A message.
    Message(Box<MessageView>),
}

/// What a day is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayLabel {
    /// By a word.
    Word(&'static str),
    /// By the date of this instant, in milliseconds since the epoch.
    DateOf(u64),
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    /// Its key: the same before and after it is stored.
    pub key: String,
    /// What the outbox calls it, where it can be sent again or thrown away.
    pub client_message_id: Option<ClientMessageId>,
    /// The author's id.
    pub user: UserId,
    /// Who wrote it.
    pub author: String,
    /// One or two letters for the author.
    pub initials: String,
    /// The author's colour, of eight.
    pub hue: u8,
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// Whether it begins a group, and shows its author.
    pub head: bool,
    /// What it says.
    pub text: Vec<Piece>,
    /// Whether it names the user.
    pub names_me: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// How sending it stands.
    pub send: SendMark,
}

/// How sending a message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendMark {
    /// It is stored.
    Sent,
    /// It waits.
    NotSentYet,
    /// It is on its way.
    Sending,
    /// It was refused, for this reason.
    Failed(String),
}

impl Keyed for Item {
    fn key(&self) -> &str {
        match self {
            Self::Beginning { .. } => "beginning",
            Self::Loading(_) | Self::LoadingFailed => "loading",
            Self::Day { key, .. } => key,
            Self::NewMessages => "new",
            Self::Message(message) => &message.key,
        }
    }
}

/// The rows of a channel's timeline.
pub fn timeline(
    session: &Session,
    channel: &Channel,
    now_ms: u64,
    offset_at: OffsetAt,
) -> Vec<Item> {
    let mut rows = Rows {
        session,
        today: Day::of(now_ms, offset_at),
        offset_at,
        new_after: session.new_after,
        day: None,
        last: None,
        items: Vec::new(),
    };
    let more_below = channel.timeline.has_below();
    match channel.timeline.loading() {
        Loading::Failed => rows.items.push(Item::LoadingFailed),
        Loading::Newest | Loading::Unloaded if channel.timeline.newest().is_none() => {
            rows.items.push(Item::Loading(strings::LOADING_MESSAGES));
        }
        _ if channel.timeline.has_above() => {
            rows.items.push(Item::Loading(strings::LOADING_OLDER));
        }
        _ => rows.items.push(beginning(session, channel)),
    }
    for message in channel.timeline.shown() {
        rows.stored(message);
    }
    if !more_below {
        for pending in session.outbox.of(&channel.info.id) {
            rows.pending(pending);
        }
    }
    rows.items
}

fn beginning(session: &Session, channel: &Channel) -> Item {
    let called = session.call(channel);
    let lead = if channel.info.id.is_direct() {
        strings::beginning_of_direct(&called)
    } else if channel.timeline.newest().is_none() {
        strings::FIRST_MESSAGE_HINT.to_owned()
    } else {
        let open_to_all = channel.info.kind == ChannelKind::Public;
        let about = channel.info.topic.as_deref();
        about
            .unwrap_or(if open_to_all {
                strings::PUBLIC_LEAD
            } else {
                strings::PRIVATE_LEAD
            })
            .to_owned()
    };
    Item::Beginning {
        heading: strings::beginning_of(&called),
        lead,
    }
}

/// The rows as they are made, from the top.
struct Rows<'a> {
    session: &'a Session,
    today: Day,
    offset_at: OffsetAt,
    new_after: Option<Seq>,
    day: Option<Day>,
    last: Option<(UserId, u64)>,
    items: Vec<Item>,
}

impl Rows<'_> {
    fn stored(&mut self, message: &history::Message) {
        let me = &self.session.me.id;
        let own = message.user == *me;
        if !own && self.new_after.is_some_and(|seq| message.seq > seq) {
            self.new_after = None;
            self.items.push(Item::NewMessages);
            self.last = None;
        }
        // One's own message is called by the id it had before it had a seq, so that its row stays the same.
        let key = match &message.client_message_id {
            Some(id) if own => format!("own {id}"),
            _ => format!("seq {}", message.seq),
        };
        let names_me = message.mentions.contains(me);
        self.message(
            &message.user,
            message.at,
            MessageView {
                key,
                client_message_id: None,
                user: message.user.clone(),
                author: String::new(),
                initials: String::new(),
                hue: 0,
                at: message.at,
                head: false,
                text: pieces(self.session, message.text.as_deref().unwrap_or_default()),
                names_me,
                deleted: message.deleted,
                send: SendMark::Sent,
            },
        );
    }

    fn pending(&mut self, pending: &Pending) {
        let send = match &pending.state {
            SendState::NotSentYet | SendState::Waiting => SendMark::NotSentYet,
            SendState::Sending(_) => SendMark::Sending,
            SendState::Failed(refusal) => {
                SendMark::Failed(strings::not_sent(strings::refusal(refusal.code)))
            }
        };
        let me = self.session.me.id.clone();
        self.message(
            &me,
            pending.written_ms,
            MessageView {
                key: format!("own {}", pending.client_message_id),
                client_message_id: Some(pending.client_message_id.clone()),
                user: me.clone(),
                author: String::new(),
                initials: String::new(),
                hue: 0,
                at: pending.written_ms,
                head: false,
                text: pieces(self.session, &pending.text),
                names_me: false,
                deleted: false,
                send,
            },
        );
    }

    fn message(&mut self, user: &UserId, at: u64, view: MessageView) {
        let day = Day::of(at, self.offset_at);
        // A clock that runs ahead makes no divider of an earlier day below a later one.
        if self.day.is_none_or(|before| day > before) {
            self.day = Some(day);
            self.last = None;
            self.items.push(Item::Day {
                key: format!("day {}", day.number()),
                label: match day.seen_from(self.today) {
                    Relative::Today => DayLabel::Word(strings::TODAY),
                    Relative::Yesterday => DayLabel::Word(strings::YESTERDAY),
                    Relative::Other => DayLabel::DateOf(at),
                },
            });
        }
        let head = self
            .last
            .as_ref()
            .is_none_or(|(author, begun)| author != user || at.saturating_sub(*begun) >= GROUP_MS);
        if head {
            self.last = Some((user.clone(), at));
        }
        let author = self.session.people.name(user).to_owned();
        self.items.push(Item::Message(Box::new(MessageView {
            initials: initials(&author),
            hue: hue(user),
            author,
            head,
            ..view
        })));
    }
}

/// One or two letters that stand for a name, as it has them: the style sheet makes them capitals.
pub fn initials(name: &str) -> String {
    let mut words = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let last = words.next_back();
    first.into_iter().chain(last).collect()
}

/// Somebody's colour.
pub fn hue(user: &UserId) -> u8 {
    let sum = user.as_str().bytes().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    u8::try_from((sum ^ (sum >> 16)) % HUES).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        assert_eq!(initials("Ana María Lovelace"), "AL");
        assert_eq!(initials("ben"), "b");
        assert_eq!(initials("(x) é"), "xé");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn a_person_keeps_their_colour() {
        let ana = UserId::parse("U01").unwrap();
        assert_eq!(hue(&ana), hue(&ana));
        assert!(u32::from(hue(&ana)) < HUES);
    }
}
