//! What events of the logs change.

use protocol::{
    api::Role,
    event::{Body, Event},
    history::Message,
    id::ChannelId,
    message::Seq,
};

use super::{
    Turn, boot, details, directory,
    place::{self, LostBy},
    presence, sending,
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
            let before = count(session, &id, event);
            if let Some(stored) = Message::of(event.clone()) {
                message(session, &id, stored, before, turn);
            }
        }
        (Body::Typing, Some(id)) => presence::types(session, &id, &event.user, turn),
        (body, Some(id)) => {
            count(session, &id, event);
            in_channel(session, &id, event, body);
            details::happened(session, &id, event);
        }
        (body, None) => elsewhere(session, event, body, turn),
    }
}

/// Counts what an event makes unread, and gives how far the channel was read where nothing was unread before and something is now.
fn count(session: &mut Session, id: &ChannelId, event: &Event) -> Option<Seq> {
    let channel = session.channels.get_mut(id)?;
    let (was, last_read) = (channel.unread, channel.last_read());
    channel.happened(event, &session.me.id);
    (was == 0 && channel.unread > 0).then_some(last_read)
}

fn message(
    session: &mut Session,
    id: &ChannelId,
    message: Message,
    newly_unread_after: Option<Seq>,
    turn: &mut Turn,
) {
    session.meet(&message);
    session.typing.stops(id, &message.user);
    let own = message.user == session.me.id;
    if own && let Some(client_message_id) = &message.client_message_id {
        sending::stored(session, client_message_id, turn);
    }
    let reading = session.is_open(id) && place::is_reading(session, turn);
    let Some(channel) = session.channels.get_mut(id) else {
        return;
    };
    channel.info.seq = channel.info.seq.max(message.seq);
    place::insert(session, id, message);
    if reading {
        place::mark_read(session, turn);
    } else if session.is_open(id) && newly_unread_after.is_some() {
        session.new_after = newly_unread_after;
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
            counted_seq,
        } => {
            if let Some(channel) = session.channels.get_mut(subject)
                && !channel.read(*last_read_seq, (*unread, *mentions), *counted_seq)
            {
                boot::ask_again(session, Refresh::Asked, turn);
            }
        }
        Body::RoleGiven { role } => {
            session.me.role = *role;
            session.people.set_role(&session.me.id, *role);
        }
        Body::UserJoined {
            subject,
            display_name,
            role,
        } => {
            session.people.rename(subject, display_name, None);
            if let Some(role) = role {
                session.people.set_role(subject, *role);
            }
        }
        Body::UserUpdated {
            subject,
            display_name,
            title,
            role,
        } => {
            session
                .people
                .rename(subject, display_name, title.as_deref());
            if let Some(role) = role {
                session.people.set_role(subject, *role);
            }
            if *subject == session.me.id {
                session.me.display_name.clone_from(display_name);
            }
        }
        // The directory is read anew when something is looked for in it.
        Body::ChannelCreated { .. } => {
            session.directory.begun = false;
            directory::look_further(session, turn);
        }
        Body::ChannelArchived { subject } => {
            if let Some(channel) = session.channels.get_mut(subject) {
                channel.info.archived = true;
            }
        }
        _ => {}
    }
}
