//! The directory: the channels that can be seen, page by page, as far as somebody looks for them.

use protocol::api::{ChannelKind, ChannelsPage};

use super::{Turn, boot, dialogs, place};
use crate::{
    call::{Answer, Call},
    completion::Kind,
    dialog::Directory,
    effect::Timer,
    input::DialogKind,
    order::folded,
    state::{Place, Session},
    strings,
};

/// So many channels that match are enough; those who want more say more.
const ENOUGH: usize = 20;

/// Loads the directory anew, its first page.
pub fn load_directory(session: &mut Session, turn: &mut Turn) {
    if !session.directory.loading {
        session.directory = Directory {
            begun: true,
            loading: true,
            ..Directory::default()
        };
        turn.call(Call::Channels { cursor: None });
    }
}

/// Loads the page that comes next, if there is one.
pub fn load_next(session: &mut Session, turn: &mut Turn) {
    if !session.directory.loading
        && let Some(cursor) = session.directory.next.take()
    {
        session.directory.loading = true;
        turn.call(Call::Channels {
            cursor: Some(cursor),
        });
    }
}

/// Loads more where a name is looked for and few channels are here that have it.
pub fn look_further(session: &mut Session, turn: &mut Turn) {
    let typed = match (&session.dialog, &session.completion) {
        (Some(dialog), _) if matches!(dialog.kind, DialogKind::Browse | DialogKind::Switch) => {
            dialog.filter.trim().trim_start_matches('#')
        }
        (None, Some(completion)) if completion.kind == Kind::Channel => &completion.word,
        _ => return,
    };
    if typed.is_empty() {
        return;
    }
    if !session.directory.begun {
        return load_directory(session, turn);
    }
    let typed = folded(typed);
    let here = session.directory.channels.iter().filter(|channel| {
        let name = channel.name.as_deref().unwrap_or_default();
        folded(name).contains(&typed)
    });
    if here.count() < ENOUGH {
        load_next(session, turn);
    }
}

/// A page of channels has come, or not.
pub fn channels_came(session: &mut Session, call: Call, answer: &Answer, turn: &mut Turn) {
    match answer.read::<ChannelsPage>() {
        Ok(page) => {
            session.directory.loading = false;
            session.directory.channels.extend(page.channels);
            session.directory.next = page.next_cursor;
            if !arrive(session, turn) {
                load_next(session, turn);
            }
            look_further(session, turn);
        }
        Err(failure) if failure.passes() => turn.wake(
            Timer::Repeat(call),
            failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
        ),
        Err(failure) => {
            session.directory.loading = false;
            dialogs::fail(session, failure.message());
        }
    }
}

/// Opens the channel that is looked for, if one is. `false` where it may be on a later page.
fn arrive(session: &mut Session, turn: &mut Turn) -> bool {
    let whole = session.directory.next.is_none();
    match session.place.clone() {
        Place::Seeking(id) => {
            if session.directory.find(&id).is_some() || session.channels.contains_key(&id) {
                place::open(session, id, true, turn);
            } else if whole {
                session.place = Place::NoSuchChannel;
            } else {
                return false;
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
                None if whole => match boot::default_channel(session) {
                    Some(id) => place::open(session, id, true, turn),
                    None => place::nowhere(session, turn),
                },
                None => return false,
                Some(_) => {}
            }
        }
        _ => {}
    }
    true
}
