//! The timeline: messages, and what stands between them.

use protocol::{api::ChannelKind, id::UserId, message::Seq};

use super::{
    message::{MessageView, SendMark, message_view},
    text::pieces,
};
use crate::{
    channel::Channel,
    day::{Day, OffsetAt, Relative},
    diff::Keyed,
    outbox::{Pending, SendState},
    spot::Pane,
    state::Session,
    strings,
    thread::Thread,
    timeline::{Loading, Timeline},
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
    /// So many replies follow.
    Replies(String),
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

impl Keyed for Item {
    fn key(&self) -> &str {
        match self {
            Self::Beginning { .. } => "beginning",
            Self::Loading(_) | Self::LoadingFailed => "loading",
            Self::Day { key, .. } => key,
            Self::NewMessages => "new",
            Self::Replies(_) => "replies",
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
    let mut rows = Rows::new(session, channel, Pane::Channel, now_ms, offset_at);
    rows.new_after = session.new_after;
    match loading(&channel.timeline) {
        Some(item) => rows.items.push(item),
        None => rows.items.push(beginning(session, channel)),
    }
    for seq in channel.timeline.shown() {
        rows.stored(seq);
    }
    if !channel.timeline.has_below() {
        for pending in session.outbox.of(&channel.info.id) {
            if pending.thread.is_none() || pending.also_to_channel {
                rows.pending(pending);
            }
        }
    }
    rows.items
}

/// The rows of a thread: its root, then its replies.
pub fn thread(
    session: &Session,
    channel: &Channel,
    thread: &Thread,
    now_ms: u64,
    offset_at: OffsetAt,
) -> Vec<Item> {
    let mut rows = Rows::new(session, channel, Pane::Thread, now_ms, offset_at);
    rows.stored(thread.root);
    let replies = channel
        .messages
        .find(thread.root)
        .map_or(0, |root| root.reply_count);
    if replies > 0 {
        rows.items.push(Item::Replies(strings::replies(replies)));
        rows.last = None;
    }
    rows.items.extend(loading(&thread.timeline));
    for seq in thread.timeline.shown().filter(|seq| *seq != thread.root) {
        rows.stored(seq);
    }
    if !thread.timeline.has_below() {
        for pending in session.outbox.of(&channel.info.id) {
            if pending.thread == Some(thread.root) {
                rows.pending(pending);
            }
        }
    }
    rows.items
}

/// What stands above messages that are not the first ones.
fn loading(timeline: &Timeline) -> Option<Item> {
    Some(match timeline.loading() {
        Loading::Failed => Item::LoadingFailed,
        Loading::Fresh | Loading::Unloaded if timeline.newest().is_none() => {
            Item::Loading(strings::LOADING_MESSAGES)
        }
        _ if timeline.has_above() => Item::Loading(strings::LOADING_OLDER),
        _ => return None,
    })
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
    channel: &'a Channel,
    pane: Pane,
    today: Day,
    offset_at: OffsetAt,
    new_after: Option<Seq>,
    day: Option<Day>,
    last: Option<(UserId, u64)>,
    items: Vec<Item>,
}

impl<'a> Rows<'a> {
    fn new(
        session: &'a Session,
        channel: &'a Channel,
        pane: Pane,
        now_ms: u64,
        offset_at: OffsetAt,
    ) -> Self {
        Self {
            session,
            channel,
            pane,
            today: Day::of(now_ms, offset_at),
            offset_at,
            new_after: None,
            day: None,
            last: None,
            items: Vec::new(),
        }
    }

    /// A message at hand. A deleted one leaves nothing, unless something hangs on it.
    fn stored(&mut self, seq: Seq) {
        let Some(message) = self.channel.messages.find(seq) else {
            return;
        };
        let me = &self.session.me.id;
        let message = self.session.acts.on(&self.channel.info.id, message, me);
        let holds_a_thread =
            message.reply_count > 0 || (self.pane == Pane::Thread && message.thread.is_none());
        if message.deleted && !holds_a_thread {
            return;
        }
        // A line that somebody put there stands above their own messages, too.
        let may_begin = message.user != *me || self.session.stays_unread;
        if may_begin && self.new_after.is_some_and(|seq| message.seq > seq) {
            self.new_after = None;
            self.items.push(Item::NewMessages);
            self.last = None;
        }
        let view = message_view(self.session, self.channel, &message, self.pane);
        self.message(&message.user, message.at, view);
    }

    fn pending(&mut self, pending: &Pending) {
        let send = match &pending.state {
            SendState::NotSentYet | SendState::Waiting => SendMark::NotSentYet,
            SendState::Sending(_) => SendMark::Sending,
            SendState::Failed(refusal) => {
                SendMark::Failed(strings::not_sent(strings::refusal(refusal.code)))
            }
        };
        let view = MessageView {
            key: format!("own {}", pending.client_message_id),
            client_message_id: Some(pending.client_message_id.clone()),
            at: pending.written_ms,
            text: pieces(self.session, &pending.text),
            send,
            ..MessageView::default()
        };
        self.message(&self.session.me.id, pending.written_ms, view);
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
        let head = view.reply_to.is_some()
            || self.last.as_ref().is_none_or(|(author, begun)| {
                author != user || at.saturating_sub(*begun) >= GROUP_MS
            });
        if head {
            self.last = Some((user.clone(), at));
        }
        let author = self.session.people.name(user).to_owned();
        self.items.push(Item::Message(Box::new(MessageView {
            initials: initials(&author),
            hue: hue(user),
            user: Some(user.clone()),
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
