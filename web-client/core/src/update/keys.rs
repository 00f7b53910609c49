//! What keys of the table do.

use protocol::id::ChannelId;

use super::{Turn, dialogs, place};
use crate::{
    input::{DialogKind, Intent},
    keys::Action,
    state::Session,
    view::sidebar,
};

/// A key of the table was pressed.
pub fn press(session: &mut Session, action: Action, turn: &mut Turn) {
    let dialog = |kind| Intent::OpenDialog(kind);
    match action {
        Action::Switch => dialogs::intend(session, dialog(DialogKind::Switch), turn),
        Action::ShowKeys => dialogs::intend(session, dialog(DialogKind::Keys), turn),
        Action::PreviousChannel => go(session, false, false, turn),
        Action::NextChannel => go(session, true, false, turn),
        Action::PreviousUnread => go(session, false, true, turn),
        Action::NextUnread => go(session, true, true, turn),
        Action::ReadOpen => place::read_open(session, turn),
        Action::ReadAll => place::read_all(session, turn),
        // A composer does it itself, as it knows of which pane it is.
        Action::EditLast => {}
    }
}

/// Opens the channel that comes next in the sidebar, beginning anew at its other end.
fn go(session: &mut Session, down: bool, unread: bool, turn: &mut Turn) {
    let view = sidebar(session);
    let rows: Vec<_> = view.channels.iter().chain(&view.directs).collect();
    let open = rows.iter().position(|row| row.current);
    let count = rows.len();
    for step in 1..=count {
        let at = match (open, down) {
            (Some(open), true) => (open + step) % count,
            (Some(open), false) => (open + count - step) % count,
            (None, true) => step - 1,
            (None, false) => count - step,
        };
        let Some(row) = rows.get(at) else { return };
        if row.current || (unread && !row.bold) {
            continue;
        }
        if let Ok(id) = ChannelId::parse(&row.key) {
            place::open(session, id, false, turn);
        }
        return;
    }
}
