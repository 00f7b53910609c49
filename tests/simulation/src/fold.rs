//! A channel's messages as they are now, folded from its events as any client does.

use std::collections::{BTreeMap, BTreeSet};

use crate::line::{Line, PageMessage};

/// So much of a text is kept; no two begin alike.
const BRIEF_CHARS: usize = 40;

/// Whom a message names from some event on.
#[derive(Clone, Debug)]
struct Naming {
    from: u64,
    users: Vec<String>,
    everyone: bool,
}

/// A message as it is now.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// Who wrote it.
    pub user: String,
    /// Where it replies to.
    pub thread: Option<u64>,
    /// Whether it stands in the channel.
    pub stands: bool,
    /// The event that deleted it, or itself where it came deleted.
    pub deleted: Option<u64>,
    text: Option<String>,
    is_edited: bool,
    namings: Vec<Naming>,
    /// Emoji, and who.
    reactions: BTreeSet<(String, String)>,
}

impl Folded {
    fn counts_for(&self, user: &str, upto: u64) -> bool {
        let is_gone = self.deleted.is_some_and(|at| at <= upto);
        self.stands && self.user != user && !is_gone
    }

    fn names(&self, user: &str, upto: u64) -> bool {
        let naming = self.namings.iter().rfind(|naming| naming.from <= upto);
        naming
            .is_some_and(|naming| naming.everyone || naming.users.iter().any(|named| named == user))
    }

    /// The beginning of what it says now.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref().filter(|_| self.deleted.is_none())
    }
}

/// What is known of a channel's messages from some event on.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    from: u64,
    messages: BTreeMap<u64, Folded>,
    /// Replies by their roots, without deleted ones.
    replies: BTreeMap<u64, u32>,
}

impl Messages {
    /// A copy of what comes after event `from`.
    #[must_use]
    pub fn from(from: u64) -> Self {
        Self {
            from,
            ..Self::default()
        }
    }

    /// The messages after the first event known.
    pub fn messages(&self) -> impl Iterator<Item = (u64, &Folded)> {
        self.messages.iter().map(|(seq, message)| (*seq, message))
    }

    /// The messages after the first event known, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = (u64, &Folded)> {
        let newest = self.messages.iter().rev();
        newest.map(|(seq, message)| (*seq, message))
    }

    /// One of the messages.
    #[must_use]
    pub fn message(&self, seq: u64) -> Option<&Folded> {
        self.messages.get(&seq)
    }

    /// The last of the messages.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.messages.keys().next_back().copied().unwrap_or(0)
    }

    /// Takes the next event in.
    pub fn fold(&mut self, line: &Line) {
        let (Some(event), Some(seq), Some(user)) = (line.event.as_deref(), line.seq, &line.user)
        else {
            return;
        };
        let naming = || Naming {
            from: seq,
            users: line.named().to_vec(),
            everyone: line.everyone,
        };
        if event == "message" {
            let message = Folded {
                user: user.clone(),
                thread: line.thread,
                stands: line.thread.is_none() || line.also_to_channel,
                deleted: line.deleted.then_some(seq),
                text: line.text.as_deref().map(brief),
                namings: vec![naming()],
                ..Folded::default()
            };
            if let Some(root) = message.thread.filter(|_| message.deleted.is_none()) {
                *self.replies.entry(root).or_default() += 1;
            }
            self.messages.insert(seq, message);
            return;
        }
        let target = line
            .target
            .and_then(|target| self.messages.get_mut(&target));
        // What is deleted takes nothing in any more.
        let Some(message) = target.filter(|message| message.deleted.is_none()) else {
            return;
        };
        let reaction = || Some((line.emoji.clone()?, user.clone()));
        match event {
            "message_edited" if !line.deleted => {
                message.text = line.text.as_deref().map(brief);
                message.is_edited = true;
                message.namings.push(naming());
            }
            "message_deleted" => {
                message.deleted = Some(seq);
                message.text = None;
                message.reactions.clear();
                if let Some(replies) = message.thread.and_then(|root| self.replies.get_mut(&root)) {
                    *replies = replies.saturating_sub(1);
                }
            }
            "reaction_added" => message.reactions.extend(reaction()),
            "reaction_removed" => {
                if let Some(reaction) = reaction() {
                    message.reactions.remove(&reaction);
                }
            }
            _ => {}
        }
    }

    /// How many of the others' messages in the channel came after `after`, and how many of these name the user, as of event `upto`.
    #[must_use]
    pub fn unread(&self, user: &str, after: u64, upto: u64) -> (u32, u32) {
        if after >= upto {
            return (0, 0);
        }
        let later = self
            .messages
            .range(after + 1..=upto)
            .map(|(_, message)| message)
            .filter(|message| message.counts_for(user, upto));
        later.fold((0, 0), |(all, naming), message| {
            (all + 1, naming + u32::from(message.names(user, upto)))
        })
    }

    /// How `read`, as `user` got it, differs from the copy; messages that came before the copy began are not compared.
    #[must_use]
    pub fn differs(&self, read: &PageMessage, user: &str) -> Option<String> {
        if read.seq <= self.from {
            return None;
        }
        let Some(message) = self.messages.get(&read.seq) else {
            return Some("it is in no event".to_owned());
        };
        let mut reactions = BTreeMap::<&str, (u32, bool)>::new();
        for (emoji, by) in &message.reactions {
            let (count, mine) = reactions.entry(emoji).or_default();
            *count += 1;
            *mine |= by == user;
        }
        let given: BTreeMap<&str, (u32, bool)> = read
            .reactions
            .iter()
            .map(|reaction| (reaction.emoji.as_str(), (reaction.count, reaction.mine)))
            .collect();
        let replies = self.replies.get(&read.seq).copied().unwrap_or(0);
        let mine = (
            message.user.as_str(),
            message.deleted.is_some(),
            message.text().map(str::to_owned),
            message.is_edited && message.deleted.is_none(),
            message.thread,
            replies,
            reactions,
        );
        let theirs = (
            read.user.as_str(),
            read.deleted,
            read.text.as_deref().map(brief),
            read.edited_at.is_some(),
            read.thread,
            read.reply_count,
            given,
        );
        (mine != theirs).then(|| format!("by its events {mine:?}, read {theirs:?}"))
    }
}

fn brief(text: &str) -> String {
    text.chars().take(BRIEF_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(lines: &[&str]) -> Messages {
        let mut copy = Messages::default();
        for line in lines {
            copy.fold(&serde_json::from_str(line).unwrap());
        }
        copy
    }

    const SENT: &str =
        r#"{"event":"message","channel":"C1","seq":1,"user":"U1","text":"a","mentions":["U2"]}"#;
    const EDITED: &str = r#"{"event":"message_edited","channel":"C1","seq":2,"user":"U1","target":1,"text":"b","mentions":[]}"#;
    const DELETED: &str =
        r#"{"event":"message_deleted","channel":"C1","seq":3,"user":"U1","target":1}"#;

    #[test]
    fn what_is_unread_is_counted_as_of_an_event() {
        let copy = fold(&[SENT, EDITED, DELETED]);
        assert_eq!(copy.unread("U2", 0, 1), (1, 1));
        assert_eq!(copy.unread("U2", 0, 2), (1, 0));
        assert_eq!(copy.unread("U2", 0, 3), (0, 0));
        assert_eq!(copy.unread("U1", 0, 2), (0, 0));
    }

    #[test]
    fn a_page_with_the_text_of_before_differs() {
        let copy = fold(&[SENT, EDITED]);
        let mut read = PageMessage {
            seq: 1,
            user: "U1".to_owned(),
            text: Some("b".to_owned()),
            edited_at: Some(1),
            ..PageMessage::default()
        };
        assert_eq!(copy.differs(&read, "U2"), None);
        read.text = Some("a".to_owned());
        assert!(copy.differs(&read, "U2").is_some());
    }
}
