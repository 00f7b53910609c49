//! The open channel: opening it, loading its messages, scrolling in it, and having read it.

use protocol::{
    history::Page,
    id::{ChannelId, LogId},
    message::Seq,
};

use super::{Turn, boot, dialogs, directory, sending};
use crate::{
    call::{Answer, Call},
    channel::Channel,
    command::Command,
    effect::{Effect, Timer},
    input::ScrollPlace,
    route::Route,
    state::{Place, Session},
    storage::recent_key,
    strings,
    timeline::Loading,
};

/// How long reading is watched before the server is told, in milliseconds.
const READ_MS: u64 = 500;

/// How many channels are remembered for having been opened last.
const RECENT_MAX: usize = 20;

/// Back or forward has led to `route`.
pub fn follow_route(session: &mut Session, route: &Route, turn: &mut Turn) {
    match route {
        Route::Channel(id) => show(session, id.clone(), turn),
        _ => {
            if let Some(id) = boot::default_channel(session) {
                open(session, id, true, turn);
            }
        }
    }
}

/// Opens a channel and puts it into the address.
pub fn open(session: &mut Session, id: ChannelId, replace: bool, turn: &mut Turn) {
    let stays = session.is_open(&id);
    turn.navigate(Route::Channel(id.clone()), replace || stays);
    show(session, id, turn);
}

fn show(session: &mut Session, id: ChannelId, turn: &mut Turn) {
    session.sidebar_shown = false;
    if session.is_open(&id) {
        turn.effects.push(Effect::FocusComposer);
        return;
    }
    sending::write_drafts(session, turn);
    if let Some(left) = session.open_mut() {
        left.timeline.trim();
    }
    session.alert = None;
    session.at_bottom = true;
    session.composer_revision += 1;
    session.composer_caret = None;
    session.completion = None;
    session.new_after = None;
    if let (false, Some(listed)) = (
        session.channels.contains_key(&id),
        session.directory.find(&id),
    ) {
        session.know(Channel::new(listed.clone()));
    }
    let Some(channel) = session.channels.get(&id) else {
        session.place = Place::Seeking(id);
        return directory::load_directory(session, turn);
    };
    if channel.unread > 0 {
        session.new_after = Some(channel.last_read());
    }
    if channel.info.member {
        session.recent.retain(|recent| *recent != id);
        session.recent.insert(0, id.clone());
        session.recent.truncate(RECENT_MAX);
        let recent: Vec<&str> = session.recent.iter().map(ChannelId::as_str).collect();
        turn.effects.push(Effect::Store {
            key: recent_key(&session.me.id),
            value: recent.join(" "),
        });
    }
    session.place = Place::In(id);
    reload(session, turn);
    turn.effects.push(Effect::ScrollToLatest);
    turn.effects.push(Effect::FocusComposer);
    mark_read(session, turn);
}

/// Loads what is not at hand of the open channel, or did not come.
pub fn reload(session: &mut Session, turn: &mut Turn) {
    let Some(channel) = session.open_mut() else {
        return;
    };
    channel.timeline.forgive();
    let id = channel.info.id.clone();
    if channel.timeline.loading() == Loading::Unloaded {
        load_newest(session, &id, turn);
    } else if let Some(before) = channel.timeline.load_older() {
        turn.call(Call::History {
            channel: id,
            before: Some(before),
        });
    }
}

/// Loads the newest messages of a channel, in place of what is at hand.
pub fn load_newest(session: &mut Session, id: &ChannelId, turn: &mut Turn) {
    let head = session.logs.head(&LogId::from(id));
    if let Some(channel) = session.channels.get_mut(id) {
        channel.timeline.load_newest(head);
        turn.call(Call::History {
            channel: id.clone(),
            before: None,
        });
    }
}

/// What is at hand of a channel may have a gap behind it: it is loaded anew, now or when the channel is opened.
pub fn load_anew(session: &mut Session, id: &ChannelId, turn: &mut Turn) {
    if session.is_open(id) {
        load_newest(session, id, turn);
    } else if let Some(channel) = session.channels.get_mut(id) {
        channel.timeline.unload();
    }
}

/// A channel is known from now on. What was loaded of it before the user was in it was not kept up to date by anybody.
pub fn know(session: &mut Session, channel: Channel, turn: &mut Turn) {
    let id = channel.info.id.clone();
    let known = session.channels.get(&id);
    let previewed = channel.info.member && known.is_some_and(|known| !known.info.member);
    session.know(channel);
    if previewed {
        load_anew(session, &id, turn);
    }
}

/// A page of messages has come, or not.
pub fn page_came(
    session: &mut Session,
    id: ChannelId,
    before: Option<Seq>,
    answer: &Answer,
    turn: &mut Turn,
) {
    let is_open = session.is_open(&id);
    let Some(channel) = session.channels.get_mut(&id) else {
        return;
    };
    let page = match answer.read::<Page>() {
        Ok(page) => page,
        Err(failure) if failure.passes() => {
            let call = Call::History {
                channel: id,
                before,
            };
            return turn.wake(
                Timer::Repeat(call),
                failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
            );
        }
        Err(failure) => {
            channel.timeline.page_failed(before);
            if is_open {
                session.alert = Some(failure.message().to_owned());
            }
            return;
        }
    };
    channel.timeline.take_page(before, &page);
    for message in &page.messages {
        session.meet(message);
        if message.user == session.me.id
            && let Some(client_message_id) = &message.client_message_id
        {
            sending::stored(session, client_message_id, turn);
        }
    }
    if is_open && before.is_none() {
        session.at_bottom = true;
        turn.effects.push(Effect::ScrollToLatest);
        mark_read(session, turn);
    }
}

/// The open channel's messages were scrolled.
pub fn scrolled(session: &mut Session, place: ScrollPlace, turn: &mut Turn) {
    let Some(channel) = session.open_mut() else {
        return;
    };
    let timeline = &mut channel.timeline;
    let more_below = timeline.has_below();
    let at_bottom = place.at_bottom && !more_below;
    if at_bottom {
        timeline.follow();
    } else {
        timeline.hold();
    }
    let mut older = None;
    if place.near_top && !(timeline.reveal_above()) {
        older = timeline.load_older();
    } else if place.near_bottom && more_below {
        timeline.reveal_below();
    }
    if let Some(before) = older {
        let channel = channel.info.id.clone();
        turn.call(Call::History {
            channel,
            before: Some(before),
        });
    }
    session.at_bottom = at_bottom;
    mark_read(session, turn);
}

/// Shows the newest messages of the open channel.
pub fn jump_to_latest(session: &mut Session, turn: &mut Turn) {
    if let Some(channel) = session.open_mut() {
        channel.timeline.jump_to_latest();
        session.at_bottom = true;
        turn.effects.push(Effect::ScrollToLatest);
        mark_read(session, turn);
    }
}

/// Marks the open channel read and shows its newest messages.
pub fn read_open(session: &mut Session, turn: &mut Turn) {
    session.new_after = None;
    jump_to_latest(session, turn);
    turn.effects.push(Effect::FocusComposer);
}

/// Marks every channel read.
pub fn read_all(session: &mut Session, turn: &mut Turn) {
    session.new_after = None;
    for (_, channel) in session.channels.iter_mut() {
        if channel.info.member && channel.unread > 0 {
            channel.read_to(channel.info.seq);
        }
    }
    tell_read(session, turn);
    turn.say(session, strings::ALL_READ);
}

/// Whether the newest messages of the open channel are before a person's eyes.
pub fn is_reading(session: &Session, turn: &Turn) -> bool {
    turn.visible
        && session.at_bottom
        && session
            .open()
            .is_some_and(|channel| channel.timeline.is_loaded())
}

/// What is before a person's eyes counts as read.
pub fn mark_read(session: &mut Session, turn: &mut Turn) {
    if !is_reading(session, turn) {
        return;
    }
    let Some(channel) = session.open_mut() else {
        return;
    };
    let newest = channel
        .timeline
        .newest()
        .filter(|message| message.stands_in_channel())
        .map(|message| message.seq);
    let untold = channel.read_to(newest.unwrap_or(0));
    if untold && channel.info.member {
        turn.wake(Timer::Read, READ_MS);
    }
}

/// Tells the server how far channels were read.
pub fn tell_read(session: &mut Session, turn: &mut Turn) {
    if !session.connection.is_ready() {
        return;
    }
    for (_, channel) in &mut session.channels {
        if channel.info.member
            && let Some(seq) = channel.untold()
        {
            channel.tell(seq);
            channel.read_telling = session.connection.next_command(turn.now_ms());
            let command = Command::Read {
                id: channel.read_telling,
                channel: &channel.info.id,
                seq,
            };
            turn.effects.push(command.into());
        }
    }
}

/// A command was refused for now; where it told how far a channel was read, that is told again when it may be.
pub fn read_refused(session: &mut Session, command: u64, wait_ms: u64, turn: &mut Turn) {
    for (_, channel) in &mut session.channels {
        if channel.read_telling == command {
            channel.tell(0);
            turn.wake(Timer::Read, wait_ms);
        }
    }
}

/// Who ended a user's time in a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostBy {
    /// They left.
    Oneself,
    /// They were removed, or it is not known.
    Others,
}

/// The user is not in a channel any more.
pub fn lose_channel(session: &mut Session, id: &ChannelId, by: LostBy, turn: &mut Turn) {
    session.logs.end(&LogId::from(id));
    let Some(gone) = session.channels.remove(id) else {
        return;
    };
    dialogs::close_about(session, id);
    if !session.is_open(id) {
        return;
    }
    match boot::default_channel(session) {
        Some(next) => open(session, next, true, turn),
        None => nowhere(session, turn),
    }
    match by {
        LostBy::Oneself => turn.say(session, strings::LEFT),
        LostBy::Others => session.alert = Some(strings::left(&session.call(&gone))),
    }
}

/// There is nothing to open: the user is in no channel.
pub fn nowhere(session: &mut Session, turn: &mut Turn) {
    session.place = Place::NoChannel;
    turn.navigate(Route::Home, true);
}
