//! The details of a channel and what is managed from them: name, topic, archive, members, roles.

use protocol::{
    api::{ChannelAnswer, MembersPage, Role, UserAnswer},
    error::Code,
    event::{Body, Event},
    id::ChannelId,
    permission::{Action, WorkspaceAction, may, may_in_workspace},
};

use super::{Turn, boot, dialogs, place};
use crate::{
    call::{Answer, Call, Failure},
    details::{Asking, Manage},
    dialog::Dialog,
    effect::Timer,
    input::{DetailsIntent, DialogKind},
    state::Session,
    strings,
    view::standing,
};

/// Whether a person of this role is offered a dialog.
pub fn is_offered(kind: DialogKind, role: Role) -> bool {
    let action = match kind {
        DialogKind::Browse => WorkspaceAction::Browse,
        DialogKind::CreateChannel => WorkspaceAction::CreateChannel,
        DialogKind::Invite => WorkspaceAction::Invite,
        _ => return true,
    };
    may_in_workspace(action, role)
}

/// Asks for the first page of the members, or the one that comes next.
pub fn load(session: &mut Session, cursor: Option<String>, turn: &mut Turn) {
    if let Some((dialog, channel)) = details(session) {
        dialog.searching = true;
        turn.call(Call::Manage(Manage::Members { channel, cursor }));
    }
}

/// The open dialog, where it shows details, and what it is about.
fn details(session: &mut Session) -> Option<(&mut Dialog, ChannelId)> {
    let dialog = session.dialog.as_mut()?;
    let channel = dialog.channel.clone()?;
    (dialog.kind == DialogKind::Details).then_some((dialog, channel))
}

/// What somebody wants of a channel.
pub fn intend(session: &mut Session, intent: DetailsIntent, turn: &mut Turn) {
    match intent {
        DetailsIntent::BringBack => {
            if let Some(open) = session.open() {
                let call = Manage::archive(open.info.id.clone(), false);
                dialogs::begin(session, Call::Manage(call), turn);
            }
        }
        DetailsIntent::Save { name, topic } => save(session, &name, &topic, turn),
        DetailsIntent::Ask(asking) => {
            if let Some((dialog, _)) = details(session) {
                dialog.details.asking = asking;
            }
        }
        DetailsIntent::Confirm => {
            let Some((dialog, channel)) = details(session) else {
                return;
            };
            let call = match dialog.details.asking.clone() {
                Some(Asking::Archive) => Manage::archive(channel, true),
                Some(Asking::Remove(user)) => Manage::Remove { channel, user },
                None => return,
            };
            dialogs::begin(session, Call::Manage(call), turn);
        }
        DetailsIntent::GiveRole(user, role) => {
            if let Some((dialog, _)) = details(session) {
                dialog.details.giving = Some((user.clone(), role));
                (dialog.failure, dialog.note) = (None, None);
                turn.call(Call::Manage(Manage::GiveRole { user, role }));
            }
        }
        DetailsIntent::Direct(user) => {
            let known = session
                .direct_with(&user)
                .map(|direct| direct.info.id.clone());
            match known {
                Some(id) => {
                    session.dialog = None;
                    place::open(session, id, false, turn);
                }
                None => dialogs::begin(session, Call::CreateDirect(vec![user]), turn),
            }
        }
    }
}

/// Sends of name and topic what is new.
fn save(session: &mut Session, name: &str, topic: &str, turn: &mut Turn) {
    let Some((_, channel)) = details(session) else {
        return;
    };
    let Some(known) = session.channels.get(&channel) else {
        return;
    };
    if may(Action::Update, standing(session, known)).is_err() {
        return;
    }
    let new = |typed: &str, known: Option<&str>| {
        let is_new = typed != known.unwrap_or_default();
        is_new.then(|| typed.to_owned())
    };
    let name = new(
        name.trim().trim_start_matches('#'),
        known.info.name.as_deref(),
    );
    let topic = new(topic.trim(), known.info.topic.as_deref());
    if name.is_some() || topic.is_some() {
        let call = Manage::Update {
            channel,
            name,
            topic,
            archived: None,
        };
        dialogs::begin(session, Call::Manage(call), turn);
    }
}

/// A call has been answered that manages something.
pub fn answered(session: &mut Session, call: &Manage, answer: &Answer, turn: &mut Turn) {
    let done = match call {
        Manage::Members { channel, .. } => {
            return members_came(session, call, channel, answer, turn);
        }
        Manage::Update { channel, .. } => answer.read().map(|ChannelAnswer { channel: told }| {
            if let Some(known) = session.channels.get_mut(channel)
                && told.seq >= known.info.seq
            {
                known.info = told;
            }
        }),
        Manage::Remove { channel, user } => answer.success().map(|_| {
            if let Some((dialog, shown)) = details(session)
                && shown == *channel
            {
                dialog.details.changed(user, None);
            }
        }),
        Manage::GiveRole { user, role } => {
            if let Some((dialog, _)) = details(session)
                && dialog.details.giving == Some((user.clone(), *role))
            {
                dialog.details.giving = None;
            }
            answer.read().map(|UserAnswer { user }| {
                if user.id == session.me.id {
                    session.me.role = user.role;
                }
                session.people.insert(user);
            })
        }
    };
    if let Some((dialog, _)) = details(session) {
        dialog.busy &= matches!(call, Manage::GiveRole { .. });
        dialog.failure = None;
        dialog.note = done.is_ok().then(|| {
            let is_removal = matches!(call, Manage::Remove { .. });
            let words = if is_removal {
                strings::REMOVED
            } else {
                strings::SAVED
            };
            words.to_owned()
        });
        if !matches!(call, Manage::GiveRole { .. }) {
            dialog.details.asking = None;
        }
    }
    if let Err(failure) = done {
        dialogs::fail(session, reason(call, &failure));
    }
}

fn reason(call: &Manage, failure: &Failure) -> &'static str {
    match (call, failure.code()) {
        (Manage::GiveRole { .. }, Some(Code::Conflict)) => strings::OWNER_NEEDED,
        (Manage::Remove { .. }, Some(Code::NotFound | Code::NotAMember)) => strings::NOT_REMOVED,
        _ => failure.message(),
    }
}

fn members_came(
    session: &mut Session,
    call: &Manage,
    channel: &ChannelId,
    answer: &Answer,
    turn: &mut Turn,
) {
    let page = match answer.read::<MembersPage>() {
        Ok(page) => page,
        Err(failure) if failure.passes() => {
            return turn.wake(
                Timer::Repeat(Call::Manage(call.clone())),
                failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
            );
        }
        Err(failure) => {
            if let Some((dialog, shown)) = details(session)
                && shown == *channel
            {
                dialog.searching = false;
                dialogs::fail(session, failure.message());
            }
            return;
        }
    };
    let mine = page.members.iter().find(|one| one.user == session.me.id);
    if let (Some(mine), Some(known)) = (mine, session.channels.get_mut(channel)) {
        known.role = mine.role;
    }
    for member in &page.members {
        session.people.want(&member.user);
    }
    if let Some((dialog, shown)) = details(session)
        && shown == *channel
    {
        dialog.searching = false;
        dialog.next.clone_from(&page.next_cursor);
        dialog.details.take(page);
    }
}

/// Somebody came into a channel or went: the dialog shows it.
pub fn happened(session: &mut Session, id: &ChannelId, event: &Event) {
    let (user, role) = match &event.body {
        // Whoever makes a channel is the first in it, and owns it.
        Body::MemberJoined { subject } if event.seq == Some(1) => (subject, Some(Role::Owner)),
        Body::MemberJoined { subject } => (subject, Some(Role::Member)),
        Body::MemberLeft { subject } => (subject, None),
        _ => return,
    };
    if let Some((dialog, shown)) = details(session)
        && shown == *id
    {
        dialog.details.changed(user, role);
        if role.is_some() {
            session.people.want(user);
        }
    }
}

/// Events of a channel may have been missed: who is in it is asked anew.
pub fn load_anew(session: &mut Session, id: &ChannelId, turn: &mut Turn) {
    if let Some((dialog, shown)) = details(session)
        && shown == *id
    {
        dialog.details.members.clear();
        dialog.next = None;
        load(session, None, turn);
    }
}

/// Lets people come by an invite as this.
pub fn invite_as(session: &mut Session, role: Role, turn: &mut Turn) {
    if let Some(dialog) = &mut session.dialog {
        dialog.invites = role;
        dialog.link = None;
        dialog.busy = true;
        dialog.failure = None;
        turn.call(Call::CreateInvite(role));
    }
}

/// Whether the open dialog waits for an invite of another role than the one that has come.
pub fn is_other_invite(session: &Session, role: Role) -> bool {
    session
        .dialog
        .as_ref()
        .is_some_and(|open| open.kind == DialogKind::Invite && open.invites != role)
}
