//! Options: moving among them and taking one, in the switcher and in the composer.

use protocol::id::{ChannelId, UserId};

use super::{Turn, dialogs, directory, place};
use crate::{
    call::Call,
    completion::{Kind, utf16},
    effect::{Effect, Timer},
    input::DialogKind,
    spot::Pane,
    state::Session,
    view::{OptionRow, Target, options},
};

/// How long typing pauses before people are searched for, in milliseconds.
pub const SEARCH_MS: u64 = 150;

fn rows(session: &Session) -> Vec<OptionRow> {
    match (&session.dialog, &session.completion) {
        (Some(dialog), _) if dialog.kind == DialogKind::Switch => {
            options::switcher(session, dialog)
        }
        (None, Some(completion)) => options::completion(session, completion),
        _ => Vec::new(),
    }
}

/// Makes the option so many places further down active; after the last comes the first.
pub fn move_by(session: &mut Session, by: i32) {
    let rows = rows(session);
    let active = rows.iter().position(|row| row.active).unwrap_or(0);
    let count = rows.len().max(1);
    let by = usize::try_from(by.rem_euclid(i32::try_from(count).unwrap_or(1))).unwrap_or(0);
    let at = (active + by) % count;
    match (&mut session.dialog, &mut session.completion) {
        (Some(dialog), _) => dialog.at = at,
        (None, Some(completion)) => completion.at = at,
        _ => {}
    }
}

/// Takes the option of this key, the active one where none is said.
pub fn choose(session: &mut Session, key: Option<&str>, turn: &mut Turn) {
    let wanted = |row: &OptionRow| key.map_or(row.active, |key| row.key == key);
    let Some(row) = rows(session).into_iter().find(wanted) else {
        return;
    };
    if session.dialog.is_none() {
        return complete(session, row, turn);
    }
    match row.target {
        Target::Channel(id) => go(session, id, turn),
        Target::Person(user) => meet(session, user, turn),
        Target::Everybody(_) | Target::Emoji(_) => {}
    }
}

fn go(session: &mut Session, id: ChannelId, turn: &mut Turn) {
    session.dialog = None;
    place::open(session, id, false, turn);
}

/// Opens the direct with somebody, which there may not be yet.
fn meet(session: &mut Session, user: UserId, turn: &mut Turn) {
    match session
        .direct_with(&user)
        .map(|direct| direct.info.id.clone())
    {
        Some(id) => go(session, id, turn),
        None => dialogs::begin(session, Call::CreateDirect(vec![user]), turn),
    }
}

/// Puts an option in place of the word before the caret.
fn complete(session: &mut Session, row: OptionRow, turn: &mut Turn) {
    let pane = session.composing;
    let (Some(completion), Some(spot)) = (session.completion.take(), session.spot(pane)) else {
        return;
    };
    let (label, wire) = match row.target {
        Target::Channel(id) => (row.name, Some(["<#", id.as_str(), ">"].concat())),
        Target::Person(user) => {
            let label = "@".to_owned() + session.people.name(&user);
            (label, Some(["<@", user.as_str(), ">"].concat()))
        }
        Target::Everybody(wire) => (row.name, Some(wire.to_owned())),
        Target::Emoji(symbol) => (symbol, None),
    };
    let draft = session.drafts.entry(spot.clone()).or_default();
    let caret = draft.put(completion.start, completion.end, &label, wire);
    session.composer_caret = Some(utf16(draft.text(), caret));
    session.composer_changed(pane);
    session.unwritten.insert(spot, ());
    turn.wake(Timer::Draft, super::sending::DRAFT_MS);
    turn.effects.push(match pane {
        Pane::Channel => Effect::FocusComposer,
        Pane::Thread => Effect::InThread(Box::new(Effect::FocusComposer)),
    });
}

/// Asks for what the completion may need and is not here.
pub fn look_up(session: &mut Session, turn: &mut Turn) {
    match session
        .completion
        .as_ref()
        .map(|completion| completion.kind)
    {
        Some(Kind::Person) => turn.wake(Timer::Search, SEARCH_MS),
        Some(Kind::Channel) => directory::look_further(session, turn),
        Some(Kind::Emoji) if session.emoji.ask() => turn.call(Call::Emoji),
        _ => {}
    }
}
