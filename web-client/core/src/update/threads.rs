//! The open thread: opening it, finding its root, closing it.

use protocol::{history::Page, id::ChannelId, message::Seq};

use super::{Turn, boot, place, sending};
use crate::{
    call::{Answer, Call},
    effect::{Effect, Timer},
    route::Route,
    spot::Pane,
    state::Session,
    strings,
    thread::Thread,
};

/// Opens the thread of `root` beside the open channel, at its end or at a reply.
pub fn open(session: &mut Session, root: Seq, reply: Option<Seq>, turn: &mut Turn) {
    if session.thread.as_ref().is_none_or(|open| open.root != root) {
        forget(session);
        session.thread = Some(Thread::new(root));
        if reply.is_none() {
            place::reload(session, Pane::Thread, turn);
        }
    }
    match reply {
        Some(reply) => place::show_message(session, Pane::Thread, reply, turn),
        None => turn
            .effects
            .push(Effect::FocusComposer.in_pane(Pane::Thread)),
    }
}

/// Closes the thread; the focus goes back to its root.
pub fn close(session: &mut Session, turn: &mut Turn) {
    let Some(root) = session.thread.as_ref().map(|thread| thread.root) else {
        return;
    };
    sending::write_drafts(session, turn);
    forget(session);
    if let Some(spot) = session.spot(Pane::Channel) {
        turn.navigate(Route::Channel(spot.channel), true);
    }
    turn.effects.push(Effect::FocusMessage(root));
}

/// No thread is open any more.
pub fn forget(session: &mut Session) {
    let in_thread = |pane| pane == Pane::Thread;
    if session.thread.take().is_none() {
        return;
    }
    if session
        .editing
        .as_ref()
        .is_some_and(|editing| in_thread(editing.pane))
    {
        session.editing = None;
    }
    if session.target.is_some_and(|(pane, _)| in_thread(pane)) {
        session.target = None;
    }
    if let Some(spot) = session.spot(Pane::Channel) {
        session.tidy(&spot.channel);
    }
}

/// A page of the open thread has come. Its root stands above it, however long the thread is; without one there is no thread.
pub fn look_for_root(session: &mut Session, root: Seq, page: &Page, turn: &mut Turn) {
    let Some(channel) = session.open_mut() else {
        return;
    };
    if channel.messages.find(root).is_some() {
        return;
    }
    if page.messages.is_empty() && !page.has_before {
        session.alert = Some(strings::NO_SUCH_MESSAGE.to_owned());
        return close(session, turn);
    }
    channel.messages.page_asked();
    turn.call(Call::Message {
        channel: channel.info.id.clone(),
        seq: root,
    });
}

/// The root of a thread has come, or not.
pub fn root_came(session: &mut Session, id: ChannelId, seq: Seq, answer: &Answer, turn: &mut Turn) {
    let page = answer.read::<Page>();
    if let Err(failure) = &page
        && failure.passes()
    {
        let call = Call::Message { channel: id, seq };
        return turn.wake(
            Timer::Repeat(call),
            failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
        );
    }
    let messages = page.map(|page| page.messages).unwrap_or_default();
    if let Some(channel) = session.channels.get_mut(&id) {
        channel.messages.page_came(&messages, &session.me.id);
        session.tidy(&id);
    }
}
