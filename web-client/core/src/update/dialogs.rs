//! Dialogs and the calls made from them: channels, their members, directs, invites.

use protocol::{
    api::{ChannelAnswer, ChannelKind, ChannelsPage, Invite, Role},
    error::Code,
    id::{ChannelId, UserId},
};

use super::{Turn, acting, boot, place};
use crate::{
    call::{Answer, Call, Failure},
    channel::Channel,
    dialog::{Dialog, Directory},
    effect::{Effect, Timer},
    input::{DialogKind, Intent},
    state::{Place, Refresh, Session},
    strings,
};

/// What somebody wants of a dialog.
pub fn intend(session: &mut Session, intent: Intent, turn: &mut Turn) {
    match intent {
        Intent::OpenDialog(kind) => {
            let mut dialog = Dialog::new(kind);
            if let DialogKind::AddPeople | DialogKind::Leave = kind {
                let Some(open) = session.open() else { return };
                dialog.channel = Some(open.info.id.clone());
            }
            session.dialog = Some(dialog);
            match kind {
                DialogKind::Browse => load_directory(session, turn),
                DialogKind::React => acting::ask_for_emoji(session, turn),
                DialogKind::Invite => begin(session, Call::CreateInvite, turn),
                _ => {}
            }
        }
        Intent::CloseDialog => {
            let about = session.dialog.take().and_then(|dialog| dialog.message);
            if let Some((pane, seq)) = about {
                turn.effects.push(Effect::FocusMessage(seq).in_pane(pane));
            }
        }
        Intent::Filter(text) => {
            if let Some(dialog) = &mut session.dialog {
                dialog.filter = text;
            }
        }
        Intent::Pick(user) => pick(session, user, turn),
        Intent::Leave => {
            let channel = session.dialog.as_ref().and_then(|d| d.channel.clone());
            if let Some(channel) = channel {
                begin(session, Call::Leave(channel), turn);
            }
        }
        Intent::CreateChannel { name, topic, kind } => {
            let topic = Some(topic.trim().to_owned()).filter(|topic| !topic.is_empty());
            let name = name.trim().trim_start_matches('#').to_owned();
            begin(session, Call::CreateChannel { name, kind, topic }, turn);
        }
        Intent::Join(id) => begin(session, Call::Join(id), turn),
        Intent::StartDirect => {
            let picked = session.dialog.as_ref().map(|dialog| dialog.picked.clone());
            if let Some(users) = picked.filter(|users| !users.is_empty()) {
                begin(session, Call::CreateDirect(users), turn);
            }
        }
        Intent::CopyInvite => {
            let link = session
                .dialog
                .as_ref()
                .and_then(|dialog| dialog.link.clone());
            if let Some(link) = link {
                turn.effects.push(Effect::Copy(link));
            }
        }
        _ => {}
    }
}

fn pick(session: &mut Session, user: UserId, turn: &mut Turn) {
    let Some(dialog) = &mut session.dialog else {
        return;
    };
    let Some(id) = dialog.channel.clone() else {
        return dialog.pick(user);
    };
    let is_in = session
        .channels
        .get(&id)
        .is_none_or(|channel| channel.is_known_in(&user));
    if is_in || dialog.picked.contains(&user) {
        return;
    }
    dialog.picked.push(user.clone());
    dialog.failure = None;
    turn.call(Call::AddMember { channel: id, user });
}

fn begin(session: &mut Session, call: Call, turn: &mut Turn) {
    if let Some(dialog) = &mut session.dialog {
        if dialog.busy {
            return;
        }
        dialog.busy = true;
        dialog.failure = None;
    }
    turn.call(call);
}

/// A call that was made from a dialog has been answered.
pub fn answered(session: &mut Session, call: &Call, answer: &Answer, turn: &mut Turn) {
    if let Call::AddMember { .. } = call {
        return added(session, call, answer);
    }
    if let Some(dialog) = &mut session.dialog {
        dialog.busy = false;
    }
    let done = match call {
        Call::CreateChannel { .. } | Call::CreateDirect(_) => {
            answer.read::<ChannelAnswer>().map(|answer| {
                let mut channel = Channel::new(answer.channel);
                if !channel.info.id.is_direct() {
                    channel.role = Role::Owner;
                }
                enter(session, channel, turn);
            })
        }
        Call::Join(id) => answer.success().map(|_| joined(session, id, answer, turn)),
        Call::Leave(id) => answer.success().map(|_| close_about(session, id)),
        Call::CreateInvite => answer.read::<Invite>().map(|invite| {
            if let Some(dialog) = &mut session.dialog {
                dialog.link = Some(invite.url);
            }
        }),
        _ => Ok(()),
    };
    if let Err(failure) = done {
        fail(session, reason(call, &failure));
        if let (Call::Leave(_), Some(Code::NotAMember | Code::NotFound)) = (call, failure.code()) {
            boot::ask_again(session, Refresh::AskedToPrune, turn);
        }
    }
}

fn reason(call: &Call, failure: &Failure) -> &'static str {
    match (call, failure.code()) {
        (Call::CreateChannel { .. }, Some(Code::Conflict)) => strings::NAME_TAKEN,
        (Call::AddMember { .. }, Some(code)) => strings::not_added(code),
        (Call::Leave(_), Some(code)) => strings::not_left(code),
        _ => failure.message(),
    }
}

/// The call that adds somebody has been answered.
fn added(session: &mut Session, call: &Call, answer: &Answer) {
    let Call::AddMember { channel: id, user } = call else {
        return;
    };
    let failure = answer.success().err();
    let name = session.people.name(user).to_owned();
    let mut called = String::new();
    if let Some(channel) = session.channels.get_mut(id) {
        if failure
            .as_ref()
            .is_none_or(|failure| failure.code() == Some(Code::Conflict))
        {
            channel.has(user);
        }
        called = format!("#{}", channel.info.name.as_deref().unwrap_or_default());
    }
    let message = failure.map(|failure| strings::not_added_because(&name, reason(call, &failure)));
    match &mut session.dialog {
        Some(dialog) if dialog.channel.as_ref() == Some(id) => {
            dialog.picked.retain(|adding| adding != user);
            dialog.note = message.is_none().then(|| strings::is_in(&name, &called));
            dialog.failure = message;
        }
        _ => {
            if message.is_some() {
                session.alert = message;
            }
        }
    }
}

/// Closes the dialog, if it is about this channel.
pub fn close_about(session: &mut Session, id: &ChannelId) {
    if session.dialog.as_ref().and_then(|d| d.channel.as_ref()) == Some(id) {
        session.dialog = None;
    }
}

/// Says what went wrong, where the person looks.
fn fail(session: &mut Session, message: &str) {
    match &mut session.dialog {
        Some(dialog) => dialog.failure = Some(message.to_owned()),
        None => session.alert = Some(message.to_owned()),
    }
}

fn enter(session: &mut Session, channel: Channel, turn: &mut Turn) {
    let id = channel.info.id.clone();
    session.dialog = None;
    place::know(session, channel, turn);
    place::open(session, id, false, turn);
}

fn joined(session: &mut Session, id: &ChannelId, answer: &Answer, turn: &mut Turn) {
    let told = answer.read::<ChannelAnswer>().ok().map(|a| a.channel);
    let seen = || {
        let listed = session.directory.channels.iter().find(|c| c.id == *id);
        let previewed = || session.channels.get(id).map(|channel| &channel.info);
        listed.or_else(previewed).cloned()
    };
    let Some(mut info) = told.or_else(seen) else {
        return boot::ask_again(session, Refresh::Asked, turn);
    };
    info.member = true;
    enter(session, Channel::new(info), turn);
}

/// Loads the list of channels, from its first page on.
pub fn load_directory(session: &mut Session, turn: &mut Turn) {
    if !session.directory.loading {
        session.directory = Directory {
            channels: Vec::new(),
            loading: true,
        };
        turn.call(Call::Channels { cursor: None });
    }
}

/// A page of channels has come, or not.
pub fn channels_came(session: &mut Session, call: Call, answer: &Answer, turn: &mut Turn) {
    match answer.read::<ChannelsPage>() {
        Ok(page) => {
            session.directory.channels.extend(page.channels);
            match page.next_cursor {
                Some(cursor) => turn.call(Call::Channels {
                    cursor: Some(cursor),
                }),
                None => directory_complete(session, turn),
            }
        }
        Err(failure) if failure.passes() => turn.wake(
            Timer::Repeat(call),
            failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
        ),
        Err(failure) => {
            session.directory.loading = false;
            fail(session, failure.message());
        }
    }
}

fn directory_complete(session: &mut Session, turn: &mut Turn) {
    session.directory.loading = false;
    match session.place.clone() {
        Place::Seeking(id) => {
            let found = session.directory.channels.iter().find(|c| c.id == id);
            match found.cloned() {
                Some(info) => {
                    session.know(Channel::new(info));
                    place::open(session, id, true, turn);
                }
                None if session.channels.contains_key(&id) => {
                    place::open(session, id, true, turn);
                }
                None => session.place = Place::NoSuchChannel,
            }
        }
        Place::Nowhere if session.dialog.is_none() => {
            let general = session.directory.channels.iter().find(|channel| {
                channel.name.as_deref() == Some(strings::GENERAL)
                    && channel.kind == ChannelKind::Public
                    && !channel.archived
            });
            match general.map(|channel| (channel.id.clone(), channel.member)) {
                Some((id, false)) => turn.call(Call::Join(id)),
                Some((id, true)) if session.channels.contains_key(&id) => {
                    place::open(session, id, true, turn);
                }
                _ => {}
            }
        }
        _ => {}
    }
}
