//! The messages of one channel that are at hand: each once, whatever shows it.
//!
//! Pages come by HTTP, changes by the socket. A page may be older than changes that overtook it, and newer than some that follow:
//! changes that come while pages are on their way are made once more when those arrive, and each may be made twice.

use litemap::LiteMap;
use protocol::{
    emoji::Emoji,
    event::{Body, Event},
    history::{Message, Reaction},
    id::UserId,
    limits::{REACTION_USERS_MAX, REPLY_USERS_MAX},
    message::{Mentions, Seq},
};

/// What somebody did to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The message.
    pub target: Seq,
    /// Who did it.
    pub user: UserId,
    /// When, in milliseconds since the epoch.
    pub at: u64,
    /// What.
    pub what: What,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It says this now.
    Edited(String),
    /// It says nothing any more.
    Deleted,
    /// Somebody reacted, or not any more.
    Reacted(Emoji, bool),
    /// This reply stands in its thread.
    Replied(Seq),
}

impl Change {
    /// What an event does to another message; `None` where it does nothing to any.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let (target, what) = match &event.body {
            Body::MessageEdited(edit) => (edit.target, What::Edited(edit.text.clone()?)),
            Body::MessageDeleted(deletion) => (deletion.target, What::Deleted),
            Body::ReactionAdded { target, emoji } => (*target, What::Reacted(emoji.clone(), true)),
            Body::ReactionRemoved { target, emoji } => {
                (*target, What::Reacted(emoji.clone(), false))
            }
            Body::Message(reply) if !reply.deleted => (reply.thread?, What::Replied(event.seq?)),
            _ => return None,
        };
        Some(Self {
            target,
            user: event.user.clone(),
            at: event.at?,
            what,
        })
    }

    /// Makes the change, which may have been made before. Replies are counted by [`Messages`].
    pub fn make(&self, message: &mut Message, me: &UserId) {
        if message.deleted {
            return;
        }
        match &self.what {
            What::Edited(text) if message.edited_at.is_none_or(|at| at <= self.at) => {
                let mentions = Mentions::of(text);
                message.text = Some(text.clone());
                message.mentions = mentions.users;
                message.everyone = mentions.everyone;
                message.edited_at = Some(self.at);
            }
            What::Deleted => {
                message.deleted = true;
                message.text = None;
                message.edited_at = None;
                message.mentions.clear();
                message.everyone = false;
                message.reactions.clear();
            }
            What::Reacted(emoji, is_on) => react(message, emoji, &self.user, *is_on, me),
            What::Edited(_) | What::Replied(_) => {}
        }
    }
}

fn react(message: &mut Message, emoji: &Emoji, user: &UserId, is_on: bool, me: &UserId) {
    let mine = user == me;
    let reactions = &mut message.reactions;
    let Some(reaction) = reactions.iter_mut().find(|known| known.emoji == *emoji) else {
        if is_on {
            reactions.push(Reaction {
                emoji: emoji.clone(),
                count: 1,
                users: vec![user.clone()],
                mine,
            });
        }
        return;
    };
    let is_known = reaction.users.contains(user) || (mine && reaction.mine);
    if is_on && !is_known {
        reaction.count += 1;
        reaction.mine |= mine;
        if reaction.users.len() < REACTION_USERS_MAX as usize {
            reaction.users.push(user.clone());
        }
    }
    // Not all who reacted are named.
    let more_than_named = reaction.count as usize > reaction.users.len();
    if !is_on && (is_known || (more_than_named && !mine)) {
        reaction.count = reaction.count.saturating_sub(1);
        reaction.mine &= !mine;
        reaction.users.retain(|known| known != user);
        if reaction.count == 0 {
            reactions.retain(|known| known.emoji != *emoji);
        }
    }
}

/// The messages at hand.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    kept: LiteMap<Seq, Message>,
    /// Of roots: the newest reply that was counted here.
    counted: LiteMap<Seq, Seq>,
    /// Pages on their way.
    pages: u32,
    /// What changed since the first of these was asked for.
    late: Vec<Change>,
}

impl Messages {
    /// The message of this seq.
    #[must_use]
    pub fn find(&self, seq: Seq) -> Option<&Message> {
        self.kept.get(&seq)
    }

    /// A message has come by itself. What is known of it already is newer.
    pub fn add(&mut self, message: Message) {
        self.kept.entry(message.seq).or_insert(message);
    }

    /// A page was asked for.
    pub fn page_asked(&mut self) {
        self.pages += 1;
    }

    /// That page has come, with these messages, or none will.
    pub fn page_came(&mut self, messages: &[Message], me: &UserId) {
        for message in messages {
            self.counted.remove(&message.seq);
            self.kept.insert(message.seq, message.clone());
        }
        let late = std::mem::take(&mut self.late);
        for change in &late {
            if messages.iter().any(|message| message.seq == change.target) {
                self.make(change, me);
            }
        }
        self.pages = self.pages.saturating_sub(1);
        if self.pages > 0 {
            self.late = late;
        }
    }

    /// A message was changed.
    pub fn change(&mut self, change: Change, me: &UserId) {
        self.make(&change, me);
        if self.pages > 0 {
            self.late.push(change);
        }
    }

    /// A reply in the thread of `root` was deleted, which counts once.
    pub fn reply_deleted(&mut self, root: Seq, reply: Seq) {
        let known = self.kept.get(&reply).is_some_and(|reply| reply.deleted);
        if let (false, Some(root)) = (known, self.kept.get_mut(&root)) {
            root.reply_count = root.reply_count.saturating_sub(1);
        }
    }

    fn make(&mut self, change: &Change, me: &UserId) {
        let Some(message) = self.kept.get_mut(&change.target) else {
            return;
        };
        let What::Replied(reply) = change.what else {
            return change.make(message, me);
        };
        let counted = self.counted.insert(change.target, reply);
        // What a page told of its newest reply tells of all before it.
        let is_told = match counted {
            Some(counted) => {
                self.counted.insert(change.target, counted.max(reply));
                counted >= reply
            }
            None => message.last_reply_at.is_some_and(|at| at >= change.at),
        };
        if is_told {
            return;
        }
        message.reply_count += 1;
        message.last_reply_at = message.last_reply_at.max(Some(change.at));
        message.reply_users.retain(|user| *user != change.user);
        message.reply_users.insert(0, change.user.clone());
        message.reply_users.truncate(REPLY_USERS_MAX);
    }

    /// Keeps only what `is_shown`.
    pub fn keep(&mut self, is_shown: impl Fn(Seq) -> bool) {
        self.kept.retain(|seq, _| is_shown(*seq));
        self.counted.retain(|seq, _| is_shown(*seq));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::tests::stored;

    fn user(id: &str) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn me() -> UserId {
        user("U1")
    }

    fn by(user_id: &str, target: Seq, what: What) -> Change {
        Change {
            target,
            user: user(user_id),
            at: 50_000,
            what,
        }
    }

    fn reacted(user: &str, is_on: bool) -> Change {
        by(user, 1, What::Reacted(Emoji::parse("👍").unwrap(), is_on))
    }

    fn with_one() -> Messages {
        let mut messages = Messages::default();
        messages.add(stored(1, "U2", "hello"));
        messages
    }

    fn thumbs(messages: &Messages) -> Option<(u32, bool, usize)> {
        let reaction = messages.find(1).unwrap().reactions.first()?;
        Some((reaction.count, reaction.mine, reaction.users.len()))
    }

    #[test]
    fn an_edit_changes_text_and_whom_it_names() {
        let mut messages = with_one();
        messages.change(by("U2", 1, What::Edited("hi <@U1>".to_owned())), &me());
        let message = messages.find(1).unwrap();
        assert_eq!(message.text.as_deref(), Some("hi <@U1>"));
        assert_eq!(message.mentions, [me()]);
        assert_eq!(message.edited_at, Some(50_000));
    }

    #[test]
    fn an_older_edit_does_not_undo_a_newer_one() {
        let mut messages = with_one();
        messages.change(by("U2", 1, What::Edited("new".to_owned())), &me());
        let mut older = by("U2", 1, What::Edited("old".to_owned()));
        older.at = 40_000;
        messages.change(older, &me());
        assert_eq!(messages.find(1).unwrap().text.as_deref(), Some("new"));
    }

    #[test]
    fn what_is_deleted_says_nothing_and_stays_so() {
        let mut messages = with_one();
        messages.change(reacted("U2", true), &me());
        messages.change(by("U2", 1, What::Deleted), &me());
        messages.change(by("U2", 1, What::Edited("back".to_owned())), &me());
        let message = messages.find(1).unwrap();
        assert!(message.deleted && message.text.is_none() && message.reactions.is_empty());
    }

    #[test]
    fn a_reaction_counts_once_however_often_it_is_told() {
        let mut messages = with_one();
        for _ in 0..2 {
            messages.change(reacted("U1", true), &me());
            messages.change(reacted("U2", true), &me());
        }
        assert_eq!(thumbs(&messages), Some((2, true, 2)));
        for _ in 0..2 {
            messages.change(reacted("U1", false), &me());
        }
        assert_eq!(thumbs(&messages), Some((1, false, 1)));
        messages.change(reacted("U2", false), &me());
        assert_eq!(thumbs(&messages), None);
    }

    #[test]
    fn one_of_many_who_are_not_named_can_take_a_reaction_back() {
        let mut messages = with_one();
        messages.change(reacted("U2", true), &me());
        let mut page = messages.find(1).unwrap().clone();
        page.reactions[0].count = 60;
        messages.page_came(&[page], &me());
        messages.change(reacted("U77", false), &me());
        assert_eq!(thumbs(&messages), Some((59, false, 1)));
    }

    #[test]
    fn a_page_that_was_overtaken_by_a_change_does_not_undo_it() {
        let mut messages = with_one();
        messages.page_asked();
        messages.change(by("U2", 1, What::Edited("changed".to_owned())), &me());
        messages.change(reacted("U2", true), &me());
        messages.page_came(&[stored(1, "U2", "hello")], &me());
        assert_eq!(messages.find(1).unwrap().text.as_deref(), Some("changed"));
        assert_eq!(thumbs(&messages), Some((1, false, 1)));
    }

    #[test]
    fn replies_count_once_and_name_the_last_first() {
        let mut messages = with_one();
        for (who, reply) in [("U2", 2), ("U3", 3), ("U3", 3), ("U2", 4)] {
            messages.change(by(who, 1, What::Replied(reply)), &me());
        }
        let root = messages.find(1).unwrap();
        assert_eq!(root.reply_count, 3);
        assert_eq!(root.reply_users, [user("U2"), user("U3")]);
        assert_eq!(root.last_reply_at, Some(50_000));
    }

    #[test]
    fn a_reply_that_a_page_has_counted_is_not_counted_again() {
        let mut messages = with_one();
        let mut page = stored(1, "U2", "hello");
        (page.reply_count, page.last_reply_at) = (4, Some(50_000));
        messages.page_asked();
        messages.change(by("U3", 1, What::Replied(9)), &me());
        messages.page_came(&[page], &me());
        assert_eq!(messages.find(1).unwrap().reply_count, 4);
        messages.change(by("U3", 1, What::Replied(10)), &me());
        assert_eq!(messages.find(1).unwrap().reply_count, 5);
    }

    #[test]
    fn a_deleted_reply_is_taken_off_once() {
        let mut messages = with_one();
        let mut reply = stored(2, "U3", "yes");
        reply.thread = Some(1);
        messages.add(reply);
        messages.change(by("U3", 1, What::Replied(2)), &me());
        for _ in 0..2 {
            messages.reply_deleted(1, 2);
            messages.change(by("U3", 2, What::Deleted), &me());
        }
        assert_eq!(messages.find(1).unwrap().reply_count, 0);
    }
}
