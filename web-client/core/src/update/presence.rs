//! Who is there and who writes: telling the gateway, and being told.

use protocol::{
    api::ChannelKind,
    id::{ChannelId, UserId},
};

use super::Turn;
use crate::{
    command::Command, effect::Timer, input::DialogKind, json::Json, presence::SETTLE_MS,
    state::Session, view,
};

/// A connection has begun: what the last one knew is said again.
pub fn greeted(session: &mut Session, turn: &mut Turn) {
    if session.presence.begin() {
        say(session, true, turn);
    }
    if session.presence.is_new() {
        act(session, turn);
    }
}

/// The user has done something.
pub fn act(session: &mut Session, turn: &mut Turn) {
    let first = session.presence.is_new();
    if session.presence.act(turn.now_ms()) {
        say(session, false, turn);
        rest(session, turn);
    } else if first {
        rest(session, turn);
    }
}

/// The user may be away by now.
pub fn rest(session: &mut Session, turn: &mut Turn) {
    match session.presence.rest(turn.now_ms()) {
        Some(left_ms) => turn.wake(Timer::Idle, left_ms),
        None => say(session, true, turn),
    }
}

fn say(session: &Session, away: bool, turn: &mut Turn) {
    if session.connection.is_ready() {
        let status = if away { "away" } else { "active" };
        turn.effects.push(Command::Activity { status }.into());
    }
}

/// Something has happened: soon it is looked at who is shown.
pub fn settle(session: &mut Session, turn: &mut Turn) {
    if session.connection.is_ready() && session.presence.may_settle() {
        turn.wake(Timer::Watch, SETTLE_MS);
    }
}

/// Watches whoever is shown by now, and nobody else.
pub fn watch(session: &mut Session, turn: &mut Turn) {
    session.presence.settled();
    if !session.connection.is_ready() {
        return;
    }
    let (begun, ended) = session.presence.watch(&shown(session));
    if !begun.is_empty() {
        let command = Command::Watch {
            id: session.connection.next_command(turn.now_ms()),
            users: &begun,
        };
        turn.effects.push(command.into());
    }
    if !ended.is_empty() {
        let command = Command::Unwatch {
            id: session.connection.next_command(turn.now_ms()),
            users: &ended,
        };
        turn.effects.push(command.into());
    }
}

/// Who is on the screen: in the open dialog, in the sidebar, beside messages, the newest first.
fn shown(session: &Session) -> Vec<UserId> {
    let mut users = vec![session.me.id.clone()];
    if let Some(open) = &session.dialog
        && matches!(open.kind, DialogKind::NewDirect | DialogKind::AddPeople)
    {
        let people = view::dialog(session, open).people;
        users.extend(people.into_iter().map(|row| row.id));
    }
    if let Some(open) = &session.dialog {
        let members = &open.details.members;
        users.extend(members.iter().map(|member| member.user.clone()));
    }
    for channel in session.channels.values() {
        if channel.info.kind == ChannelKind::Direct {
            users.extend(session.other(channel).cloned());
        }
    }
    if let Some(open) = session.open() {
        let mut authors: Vec<UserId> = Vec::new();
        for message in open
            .timeline
            .shown()
            .filter_map(|seq| open.messages.find(seq))
        {
            if authors.last() != Some(&message.user) {
                authors.push(message.user.clone());
            }
        }
        users.extend(authors.into_iter().rev());
    }
    users
}

/// A command that was no `send` has been answered, with the presence of those who are watched where it was `watch`.
pub fn replied(session: &mut Session, ok: Option<&Json>) {
    if let Some(Json::List(told)) = ok.and_then(|ok| ok.field("presence")) {
        for person in told {
            session.presence.take(person);
        }
    }
}

/// Somebody writes.
pub fn types(session: &mut Session, channel: &ChannelId, user: &UserId, turn: &mut Turn) {
    if *user != session.me.id {
        session.people.want(user);
        session.typing.hears(channel, user, turn.now_ms());
        wait_for_typing(session, turn);
    }
}

/// Looks again when the next of those who write will have been quiet for long enough.
pub fn wait_for_typing(session: &mut Session, turn: &mut Turn) {
    if let Some(end_ms) = session.typing.next_end_ms(turn.now_ms()) {
        turn.wake(Timer::Typing, end_ms - turn.now_ms());
    }
}
