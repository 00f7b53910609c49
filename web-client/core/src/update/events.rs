//! What events of the logs change.

use protocol::{
    api::Role,
    event::{Body, Event},
    history::Message,
    id::ChannelId,
};

use super::{
    Turn, boot,
    place::{self, LostBy},
    sending,
};
use crate::{
    messages::{Change, What},
    state::{Refresh, Session},
};

/// An event that is the next of its log, or transient.
pub fn apply(session: &mut Session, event: &Event, turn: &mut Turn) {
    if let Some(id) = event.channel.channel() {
        if let (Some(change), Some(channel)) = (Change::of(event), session.channels.get_mut(&id)) {
            if let (Body::MessageDeleted(deletion), What::Deleted) = (&event.body, &change.what)
                && let Some(root) = deletion.thread
            {
                channel.messages.reply_deleted(root, deletion.target);
            }
            channel.messages.change(change, &session.me.id);
        }
        if let Some(seq) = event.seq {
            session.acts.came_to(&id, seq);
        }
    }
    match (&event.body, event.channel.channel()) {
        (Body::Message(_), Some(id)) => {
            if let Some(stored) = Message::of(event.clone()) {
                message(session, &id, stored, turn);
            }
        }
        (body, Some(id)) => in_channel(session, &id, event, body),
        (body, None) => elsewhere(session, event, body, turn),
    }
}

fn message(session: &mut Session, id: &ChannelId, message: Message, turn: &mut Turn) {
    let own = message.user == session.me.id;
    if own && let Some(client_message_id) = &message.client_message_id {
        sending::stored(session, client_message_id, turn);
    }
    let reading = session.is_open(id) && place::is_reading(session, turn);
    let Some(channel) = session.channels.get_mut(id) else {
        return;
    };
    channel.info.seq = channel.info.seq.max(message.seq);
    let all_read = channel.unread == 0;
    let last_read = channel.last_read;
    channel.count(&message, &session.me.id);
    let unread_now = channel.unread > 0;
    place::insert(session, id, message);
    if reading {
        place::mark_read(session, turn);
    } else if session.is_open(id) && all_read && unread_now {
        session.new_after = Some(last_read);
    }
    sending::pump(session, turn);
}

fn in_channel(session: &mut Session, id: &ChannelId, event: &Event, body: &Body) {
    let Some(channel) = session.channels.get_mut(id) else {
        return;
    };
    match body {
        Body::MemberJoined { subject } => {
            // Whoever makes a channel is the first in it, and owns it.
            if *subject == session.me.id && event.seq == Some(1) {
                channel.role = Role::Owner;
            }
            channel.member_changed(subject, true, event.seq);
        }
        Body::MemberLeft { subject } => channel.member_changed(subject, false, event.seq),
        Body::ChannelUpdated {
            name,
            topic,
            archived,
        } => {
            let info = &mut channel.info;
            if name.is_some() {
                info.name.clone_from(name);
            }
            if let Some(topic) = topic {
                info.topic = Some(topic.clone()).filter(|topic| !topic.is_empty());
            }
            if let Some(archived) = archived {
                info.archived = *archived;
            }
        }
        _ => {}
    }
}

/// In the workspace's log and the user's own.
fn elsewhere(session: &mut Session, event: &Event, body: &Body, turn: &mut Turn) {
    match body {
        Body::Joined { subject } => {
            let known = session
                .channels
                .get(subject)
                .is_some_and(|channel| channel.info.member);
            if !known {
                boot::ask_again(session, Refresh::Asked, turn);
            }
        }
        Body::Left { subject } => {
            let by = if event.user == session.me.id {
                LostBy::Oneself
            } else {
                LostBy::Others
            };
            place::lose_channel(session, subject, by, turn);
        }
        Body::Read {
            subject,
            last_read_seq,
            unread,
            mentions,
            ..
        } => {
            if let Some(channel) = session.channels.get_mut(subject) {
                channel.read_elsewhere(*last_read_seq, *unread, *mentions);
            }
        }
        Body::UserJoined { display_name, .. } => {
            session.people.rename(&event.user, display_name, None);
        }
        Body::UserUpdated {
            display_name,
            title,
            ..
        } => {
            session
                .people
                .rename(&event.user, display_name, title.as_deref());
            if event.user == session.me.id {
                session.me.display_name.clone_from(display_name);
            }
        }
        Body::RoleGiven { role } => session.me.role = *role,
        Body::ChannelArchived { subject } => {
            if let Some(channel) = session.channels.get_mut(subject) {
                channel.info.archived = true;
            }
        }
        _ => {}
    }
}
