//! The open channel: opening it, loading its messages, scrolling in it, and having read it.

use protocol::{
    history::{Anchor, Message, Page},
    id::{ChannelId, LogId},
    message::Seq,
};

use super::{Turn, boot, dialogs, directory, sending, threads};
use crate::{
    call::{Answer, Call},
    channel::Channel,
    command::Command,
    effect::{Effect, Timer},
    input::ScrollPlace,
    route::Route,
    spot::{Pane, Spot},
    state::{Place, Refresh, Session},
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
    match route.channel() {
        Some(id) => {
            session.wanted = Some(route.clone());
            show(session, id.clone(), turn);
        }
        None => {
            if let Some(id) = boot::default_channel(session) {
                open(session, id, true, turn);
            }
        }
    }
}

/// Opens a channel and puts it, or the message in it that is wanted, into the address.
pub fn open(session: &mut Session, id: ChannelId, replace: bool, turn: &mut Turn) {
    let route = session
        .wanted
        .take()
        .filter(|route| route.channel() == Some(&id));
    let stays = session.is_open(&id) && route.is_none() && session.thread.is_none();
    let route = route.unwrap_or(Route::Channel(id));
    lead_to(session, &route, replace || stays, turn);
}

/// Leads to a channel, a message or a thread, and puts that into the address. What leads to none of these leads to a channel.
pub fn lead_to(session: &mut Session, route: &Route, replace: bool, turn: &mut Turn) {
    if route.channel().is_some() {
        turn.navigate(route.clone(), replace);
    }
    follow_route(session, route, turn);
}

fn show(session: &mut Session, id: ChannelId, turn: &mut Turn) {
    session.sidebar_shown = false;
    if session.is_open(&id) {
        return arrive(session, turn);
    }
    sending::write_drafts(session, turn);
    threads::forget(session);
    if let Some(left) = session.open_mut() {
        left.timeline.trim();
        let left = left.info.id.clone();
        session.tidy(&left);
    }
    session.alert = None;
    session.at_bottom = true;
    session.composer_revision += 1;
    session.composer_caret = None;
    session.completion = None;
    session.new_after = None;
    session.stays_unread = false;
    session.target = None;
    session.editing = None;
    if let (false, Some(listed)) = (
        session.channels.contains_key(&id),
        session.directory.find(&id),
    ) {
        let mut listed = listed.clone();
        // The list may be older than the user's leaving: boot tells which are their own.
        if std::mem::take(&mut listed.member) {
            boot::ask_again(session, Refresh::Asked, turn);
        }
        session.know(Channel::new(listed));
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
    if !matches!(session.wanted, Some(Route::Message(..))) {
        reload(session, Pane::Channel, turn);
        turn.effects.push(Effect::ScrollToLatest);
    }
    arrive(session, turn);
    mark_read(session, turn);
}

/// The channel is open that the address leads to: shows what is wanted in it.
fn arrive(session: &mut Session, turn: &mut Turn) {
    match session.wanted.take() {
        Some(Route::Thread(_, root, reply)) => threads::open(session, root, reply, turn),
        Some(Route::Message(_, seq)) => {
            threads::forget(session);
            show_message(session, Pane::Channel, seq, turn);
        }
        _ => {
            threads::forget(session);
            turn.effects.push(Effect::FocusComposer);
        }
    }
}

/// Brings a message into view, and what stands around it.
pub fn show_message(session: &mut Session, pane: Pane, seq: Seq, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    session.target = Some((pane, seq));
    set_at_bottom(session, pane, false);
    let at_hand = session
        .timeline_mut(&spot)
        .is_some_and(|timeline| timeline.is_loaded() && timeline.show_around(seq));
    if at_hand {
        found(session, pane, seq, turn);
    } else {
        load(session, &spot, Anchor::Around(seq), turn);
    }
}

/// What stands around a message is at hand: shows it, or says that it is not there.
fn found(session: &mut Session, pane: Pane, seq: Seq, turn: &mut Turn) {
    let message = session.open().and_then(|open| open.messages.find(seq));
    let problem = match message {
        None => Some(strings::NO_SUCH_MESSAGE),
        Some(message) if message.deleted => Some(strings::MESSAGE_IS_DELETED),
        Some(_) => None,
    };
    if let Some(problem) = problem {
        session.alert = Some(problem.to_owned());
    }
    turn.effects
        .push(Effect::ScrollToMessage(seq).in_pane(pane));
}

/// Loads what is not at hand of the open channel or thread, or did not come.
pub fn reload(session: &mut Session, pane: Pane, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let Some(timeline) = session.timeline_mut(&spot) else {
        return;
    };
    timeline.forgive();
    if timeline.loading() == Loading::Unloaded {
        load(session, &spot, Anchor::Newest, turn);
    } else if let Some(anchor) = timeline.load_older().or_else(|| timeline.load_newer()) {
        load(session, &spot, anchor, turn);
    }
}

/// Asks for a page. A fresh one takes the place of what is at hand.
pub fn load(session: &mut Session, spot: &Spot, anchor: Anchor, turn: &mut Turn) {
    let head = session.logs.head(&LogId::from(&spot.channel));
    if let Anchor::Newest | Anchor::Around(_) = anchor
        && let Some(timeline) = session.timeline_mut(spot)
    {
        timeline.load_fresh(anchor, head);
    }
    if let Some(channel) = session.channels.get_mut(&spot.channel) {
        channel.messages.page_asked();
        let spot = spot.clone();
        turn.call(Call::History { spot, anchor });
    }
}

/// What is at hand of a channel may have a gap behind it: it is loaded anew, now or when the channel is opened.
pub fn load_anew(session: &mut Session, id: &ChannelId, turn: &mut Turn) {
    if session.is_open(id) {
        for pane in [Pane::Channel, Pane::Thread] {
            if let Some(spot) = session.spot(pane) {
                load(session, &spot, Anchor::Newest, turn);
            }
        }
    } else if let Some(channel) = session.channels.get_mut(id) {
        channel.timeline.unload();
        session.tidy(id);
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
    spot: Spot,
    anchor: Anchor,
    answer: &Answer,
    turn: &mut Turn,
) {
    let is_open = session.is_open(&spot.channel);
    let page = match answer.read::<Page>() {
        Ok(page) => page,
        Err(failure) if failure.passes() => {
            return turn.wake(
                Timer::Repeat(Call::History { spot, anchor }),
                failure.retry_after_ms().unwrap_or(boot::REPEAT_MS),
            );
        }
        Err(failure) => {
            if let Some(timeline) = session.timeline_mut(&spot) {
                timeline.page_failed(anchor);
            }
            if let Some(channel) = session.channels.get_mut(&spot.channel) {
                channel.messages.page_came(&[], &session.me.id);
            }
            if is_open {
                session.alert = Some(failure.message().to_owned());
            }
            return;
        }
    };
    let taken = session
        .timeline_mut(&spot)
        .is_some_and(|timeline| timeline.take_page(anchor, &page));
    let Some(channel) = session.channels.get_mut(&spot.channel) else {
        return;
    };
    let messages = if taken { &page.messages[..] } else { &[] };
    channel.messages.page_came(messages, &session.me.id);
    for message in &page.messages {
        session.meet(message);
        if message.user == session.me.id
            && let Some(client_message_id) = &message.client_message_id
        {
            sending::stored(session, client_message_id, turn);
        }
    }
    if !is_open || !taken {
        return;
    }
    session.tidy(&spot.channel);
    let shown_in = match spot.thread {
        Some(root) => {
            threads::look_for_root(session, root, &page, turn);
            Pane::Thread
        }
        None => Pane::Channel,
    };
    let is_seen = |message: &Message| !message.deleted || message.reply_count > 0;
    if !page.messages.iter().any(is_seen) {
        // Nothing to be seen came of it, so nobody would scroll for more.
        reload(session, shown_in, turn);
    }
    match anchor {
        Anchor::Newest => {
            set_at_bottom(session, shown_in, true);
            turn.effects.push(Effect::ScrollToLatest.in_pane(shown_in));
            mark_read(session, turn);
        }
        Anchor::Around(seq) => found(session, shown_in, seq, turn),
        Anchor::Before(_) | Anchor::After(_) => {}
    }
}

fn set_at_bottom(session: &mut Session, pane: Pane, is_there: bool) {
    match (pane, &mut session.thread) {
        (Pane::Channel, _) => session.at_bottom = is_there,
        (Pane::Thread, Some(thread)) => thread.at_bottom = is_there,
        (Pane::Thread, None) => {}
    }
}

/// The messages of a pane were scrolled.
pub fn scrolled(session: &mut Session, pane: Pane, place: ScrollPlace, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let Some(timeline) = session.timeline_mut(&spot) else {
        return;
    };
    let more_below = timeline.has_below();
    let at_bottom = place.at_bottom && !more_below;
    if at_bottom {
        timeline.follow();
    } else {
        timeline.hold();
    }
    let wanted = if place.near_top && !timeline.reveal_above() {
        timeline.load_older()
    } else {
        None
    };
    let wanted = if wanted.is_none() && place.near_bottom && more_below && !timeline.reveal_below()
    {
        timeline.load_newer()
    } else {
        wanted
    };
    if let Some(anchor) = wanted {
        load(session, &spot, anchor, turn);
    }
    set_at_bottom(session, pane, at_bottom);
    mark_read(session, turn);
}

/// Shows the newest messages of a pane.
pub fn jump_to_latest(session: &mut Session, pane: Pane, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let Some(timeline) = session.timeline_mut(&spot) else {
        return;
    };
    if timeline.jump_to_latest() {
        load(session, &spot, Anchor::Newest, turn);
    }
    set_at_bottom(session, pane, true);
    if session.target.is_some_and(|(at, _)| at == pane) {
        session.target = None;
        let route = match spot.thread {
            Some(root) => Route::Thread(spot.channel, root, None),
            None => Route::Channel(spot.channel),
        };
        if pane == Pane::Thread || session.thread.is_none() {
            turn.navigate(route, true);
        }
    }
    if pane == Pane::Channel {
        session.stays_unread = false;
    }
    turn.effects.push(Effect::ScrollToLatest.in_pane(pane));
    mark_read(session, turn);
}

/// A message was stored: it stands in its channel, in the open thread, or is not at hand.
pub fn insert(session: &mut Session, id: &ChannelId, message: Message) {
    let is_open = session.is_open(id);
    let Some(channel) = session.channels.get_mut(id) else {
        return;
    };
    let mut kept = message.stands_in_channel() && channel.timeline.insert(message.seq);
    if let Some(thread) = &mut session.thread
        && is_open
        && message.thread == Some(thread.root)
    {
        kept |= thread.timeline.insert(message.seq);
    }
    if kept {
        channel.messages.add(message);
    }
}

/// Marks the open channel read and shows its newest messages.
pub fn read_open(session: &mut Session, turn: &mut Turn) {
    session.new_after = None;
    jump_to_latest(session, Pane::Channel, turn);
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
        && !session.stays_unread
        && session
            .open()
            .is_some_and(|channel| channel.timeline.is_loaded() && !channel.timeline.has_below())
}

/// What is before a person's eyes counts as read.
pub fn mark_read(session: &mut Session, turn: &mut Turn) {
    if !is_reading(session, turn) {
        return;
    }
    let Some(channel) = session.open_mut() else {
        return;
    };
    let untold = channel.read_to(channel.timeline.newest().unwrap_or(0));
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
    session.acts.forget(id);
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
