//! A message, with what stands at it and what can be done with it.

use protocol::{
    api::Role,
    history,
    id::UserId,
    message::{ClientMessageId, Seq},
    permission::{Action, Standing, may},
};

use super::{
    text::{Piece, pieces},
    timeline::{hue, initials},
};
use crate::{
    channel::Channel,
    message_keys::{MessageAct, offered},
    spot::Pane,
    state::Session,
    strings,
};

/// People named of those who reacted; of more only the number is said.
const NAMED_MAX: usize = 12;

/// A message.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct MessageView {
    /// Its key: the same before and after it is stored.
    pub key: String,
    /// Its place in the log, once it is stored.
    pub seq: Option<Seq>,
    /// What the outbox calls it, where it can be sent again or thrown away.
    pub client_message_id: Option<ClientMessageId>,
    /// Who wrote it.
    pub user: Option<UserId>,
    /// What they are called.
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
    /// When its text was changed, in milliseconds since the epoch.
    pub edited: Option<u64>,
    /// What is typed in its place, where it is changed.
    pub editing: Option<String>,
    /// How others reacted.
    pub reactions: Vec<ReactionView>,
    /// What was replied, where that is said here.
    pub replies: Option<RepliesView>,
    /// What it replies to, where that is said here.
    pub reply_to: Option<ReplyTo>,
    /// Whether a link led here.
    pub is_target: bool,
    /// What can be done with it, as [`crate::message_keys`] writes that.
    pub offered: String,
    /// How sending it stands.
    pub send: SendMark,
}

/// How sending a message stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SendMark {
    /// It is stored.
    #[default]
    Sent,
    /// It waits.
    NotSentYet,
    /// It is on its way.
    Sending,
    /// It was refused, for this reason.
    Failed(String),
}

/// All who reacted with the same emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReactionView {
    /// With what.
    pub emoji: String,
    /// How many they are.
    pub count: u32,
    /// Whether the user is among them.
    pub mine: bool,
    /// Emoji, number and names.
    pub label: String,
}

/// What was replied to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepliesView {
    /// How many replies.
    pub count: String,
    /// When the last one came, in milliseconds since the epoch.
    pub last_at: Option<u64>,
    /// Letters and colours of those who replied.
    pub faces: Vec<(String, u8)>,
}

/// What a reply replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// The root's seq.
    pub root: Seq,
    /// The beginning of what the root says, where that is at hand.
    pub words: String,
}

/// A stored message as a pane shows it; author and place in its group are for the pane to say.
pub fn message_view(
    session: &Session,
    channel: &Channel,
    message: &history::Message,
    pane: Pane,
) -> MessageView {
    let me = &session.me.id;
    let own = message.user == *me;
    let editing = session
        .editing
        .as_ref()
        .filter(|editing| editing.seq == message.seq && editing.pane == pane);
    MessageView {
        // One's own message is called by the id it had before it had a seq, so that its row stays the same.
        key: match &message.client_message_id {
            Some(id) if own => format!("own {id}"),
            _ => format!("seq {}", message.seq),
        },
        seq: Some(message.seq),
        at: message.at,
        text: pieces(session, message.text.as_deref().unwrap_or_default()),
        names_me: message.mentions.contains(me) || (message.everyone && !own),
        deleted: message.deleted,
        edited: message.edited_at,
        editing: editing.map(|editing| editing.text.clone()),
        reactions: message
            .reactions
            .iter()
            .map(|reaction| reaction_view(session, reaction))
            .collect(),
        replies: (pane == Pane::Channel && message.reply_count > 0)
            .then(|| replies(session, message)),
        reply_to: message
            .thread
            .filter(|_| pane == Pane::Channel)
            .map(|root| {
                let text = channel
                    .messages
                    .find(root)
                    .and_then(|root| root.text.as_deref());
                ReplyTo {
                    root,
                    words: excerpt(session, text.unwrap_or_default()),
                }
            }),
        is_target: session.target == Some((pane, message.seq)),
        offered: offers(session, channel, message, pane),
        ..MessageView::default()
    }
}

fn reaction_view(session: &Session, reaction: &history::Reaction) -> ReactionView {
    let others = reaction.users.iter().filter(|user| **user != session.me.id);
    let mut names: Vec<&str> = others
        .take(NAMED_MAX)
        .map(|user| session.people.name(user))
        .collect();
    if reaction.mine {
        names.push(strings::YOU);
    }
    let unnamed = (reaction.count as usize).saturating_sub(names.len());
    let emoji = reaction.emoji.to_string();
    ReactionView {
        label: strings::reacted(&emoji, reaction.count, &names, unnamed),
        count: reaction.count,
        mine: reaction.mine,
        emoji,
    }
}

fn replies(session: &Session, root: &history::Message) -> RepliesView {
    let face = |user: &UserId| (initials(session.people.name(user)), hue(user));
    RepliesView {
        count: strings::replies(root.reply_count),
        last_at: root.last_reply_at,
        faces: root.reply_users.iter().map(face).collect(),
    }
}

/// The beginning of a text, on one line.
pub fn excerpt(session: &Session, text: &str) -> String {
    let mut words = String::new();
    flatten(&pieces(session, text), &mut words);
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(strings::EXCERPT_MAX) {
        Some((end, _)) => {
            let mut short = line.get(..end).unwrap_or_default().to_owned();
            short.push('…');
            short
        }
        None => line,
    }
}

fn flatten(pieces: &[Piece], words: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => *words += text,
            Piece::Styled(_, inside) | Piece::Link { inside, .. } => flatten(inside, words),
            Piece::Person { name, .. } | Piece::Channel { name, .. } => *words += name,
        }
        if let Piece::Styled(style, _) = piece
            && style.is_block()
        {
            words.push(' ');
        }
    }
}

/// What the user is to a channel.
pub fn standing(session: &Session, channel: &Channel) -> Standing {
    Standing {
        role: session.me.role,
        kind: channel.info.kind,
        is_archived: channel.info.archived,
        membership: channel.info.member.then_some(match channel.role {
            Role::Owner => Role::Owner,
            _ => Role::Member,
        }),
    }
}

fn offers(session: &Session, channel: &Channel, message: &history::Message, pane: Pane) -> String {
    let own = message.user == session.me.id;
    let standing = standing(session, channel);
    let can = |action| may(action, standing).is_ok();
    offered(|act| match act {
        MessageAct::CopyLink => true,
        MessageAct::Reply => {
            pane == Pane::Channel && (can(Action::Send) || message.reply_count > 0)
        }
        MessageAct::MarkUnread => pane == Pane::Channel && can(Action::MarkRead),
        _ if message.deleted => false,
        MessageAct::React => can(Action::React),
        MessageAct::Edit => own && can(Action::EditOwn),
        MessageAct::Delete if own => can(Action::DeleteOwn),
        MessageAct::Delete => can(Action::DeleteOthers),
    })
}
