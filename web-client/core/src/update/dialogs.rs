//! Dialogs and the calls made from them: channels, their members, directs, invites.

use protocol::{
    api::{ChannelAnswer, Invite, Role, SignInLink, UserAnswer},
    error::Code,
    id::{ChannelId, UserId},
};

use super::{
    Turn, acting, boot, choosing, details, directory,
    directory::{load_directory, look_further},
    place,
};
use crate::{
    call::{Answer, Call, Failure},
    channel::Channel,
    completion::Kind,
    dialog::{Dialog, PEOPLE_STEP},
    effect::{Effect, Timer},
    input::{DialogKind, Intent},
    state::{Refresh, Session},
    strings,
};

/// What somebody wants of a dialog.
pub fn intend(session: &mut Session, intent: Intent, turn: &mut Turn) {
    match intent {
        Intent::OpenDialog(kind) => {
            if !details::is_offered(kind, session.me.role) {
                return;
            }
            let mut dialog = Dialog::new(kind);
            if let DialogKind::AddPeople | DialogKind::Leave | DialogKind::Details = kind {
                let Some(open) = session.open() else { return };
                dialog.channel = Some(open.info.id.clone());
            }
            session.dialog = Some(dialog);
            session.completion = None;
            match kind {
                DialogKind::Browse => load_directory(session, turn),
                DialogKind::React => acting::ask_for_emoji(session, turn),
                DialogKind::Invite => begin(session, Call::CreateInvite(Role::Member), turn),
                DialogKind::SignInLink => begin(session, Call::CreateSignInLink, turn),
                DialogKind::NewDirect | DialogKind::AddPeople => search_people(session, turn),
                DialogKind::Details => details::load(session, None, turn),
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
                (dialog.at, dialog.shown, dialog.next) = (0, PEOPLE_STEP, None);
                turn.wake(Timer::Search, choosing::SEARCH_MS);
                look_further(session, turn);
            }
        }
        Intent::More => more(session, turn),
        Intent::SaveProfile { name, title } => {
            let (display_name, title) = (name.trim().to_owned(), title.trim().to_owned());
            begin(
                session,
                Call::UpdateMe {
                    display_name,
                    title,
                },
                turn,
            );
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
        Intent::CopyLink => {
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

/// Makes a call that the dialog waits for, one at a time.
pub fn begin(session: &mut Session, call: Call, turn: &mut Turn) {
    if let Some(dialog) = &mut session.dialog {
        if dialog.busy {
            return;
        }
        dialog.busy = true;
        (dialog.failure, dialog.note) = (None, None);
    }
    turn.call(call);
}

/// A call came too soon and is made again by itself, which is said where the person looks.
pub fn wait(session: &mut Session, turn: &mut Turn) {
    match &mut session.dialog {
        Some(dialog) => dialog.failure = Some(strings::TOO_FAST.to_owned()),
        None => turn.say(session, strings::TOO_FAST),
    }
}

/// A call that was made from a dialog has been answered.
pub fn answered(session: &mut Session, call: &Call, answer: &Answer, turn: &mut Turn) {
    if let Call::AddMember { .. } = call {
        return added(session, call, answer);
    }
    if let Call::CreateInvite(role) = call
        && details::is_other_invite(session, *role)
    {
        return;
    }
    if let Some(dialog) = &mut session.dialog {
        dialog.busy = false;
        dialog.failure = None;
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
        Call::CreateInvite(_) => answer.read().map(|Invite { url, .. }| link(session, url)),
        Call::CreateSignInLink => answer
            .read()
            .map(|SignInLink { url, .. }| link(session, url)),
        Call::UpdateMe { .. } => answer.read().map(|UserAnswer { user }| {
            session.people.insert(user.clone());
            session.me = user;
            if let Some(dialog) = &mut session.dialog {
                dialog.note = Some(strings::SAVED.to_owned());
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

fn link(session: &mut Session, url: String) {
    if let Some(dialog) = &mut session.dialog {
        dialog.link = Some(url);
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
pub fn fail(session: &mut Session, message: &str) {
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

/// Shows more in the dialog's list.
fn more(session: &mut Session, turn: &mut Turn) {
    let Some(dialog) = &mut session.dialog else {
        return;
    };
    if dialog.kind == DialogKind::Browse {
        return directory::load_next(session, turn);
    }
    if dialog.kind == DialogKind::Details {
        if let Some(cursor) = dialog.next.take() {
            details::load(session, Some(cursor), turn);
        }
        return;
    }
    dialog.shown += PEOPLE_STEP;
    if let Some(cursor) = dialog.next.take() {
        dialog.searching = true;
        turn.call(Call::Users {
            prefix: dialog.filter.trim().to_owned(),
            cursor: Some(cursor),
        });
    }
}

/// Searches for the people whose names begin as was typed, in the dialog or after an `@`.
pub fn search_people(session: &mut Session, turn: &mut Turn) {
    let prefix = match (&mut session.dialog, &session.completion) {
        (Some(dialog), _) => {
            let typed = dialog.filter.trim().to_owned();
            let everybody = matches!(dialog.kind, DialogKind::NewDirect | DialogKind::AddPeople);
            dialog.searching =
                everybody || (dialog.kind == DialogKind::Switch && !typed.is_empty());
            Some(typed).filter(|_| dialog.searching)
        }
        (None, Some(completion)) if completion.kind == Kind::Person => {
            Some(completion.word.clone())
        }
        _ => None,
    };
    if let Some(prefix) = prefix {
        turn.call(Call::Users {
            prefix,
            cursor: None,
        });
    }
}

/// A page of people whose names begin so has come.
pub fn people_came(session: &mut Session, prefix: &str, next: Option<String>) {
    if let Some(dialog) = &mut session.dialog
        && dialog.filter.trim() == prefix
    {
        dialog.searching = false;
        dialog.next = next;
    }
}
