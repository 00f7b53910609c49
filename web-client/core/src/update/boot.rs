//! Beginning a session, and learning anew what may have been missed.

use litemap::LiteMap;
use protocol::{
    api::{Boot, ChannelKind, UsersPage},
    error::Code,
    id::{ChannelId, LogId},
};

use super::{
    End, Turn, acting, dialogs, directory,
    place::{self, LostBy},
    socket,
};
use crate::{
    acts::Acts,
    call::{Answer, Call, Failure},
    channel::Channel,
    connection::{Connection, Phase},
    dialog::Directory,
    effect::{Effect, Timer},
    emoji::EmojiTable,
    logs::Logs,
    outbox::Outbox,
    people::People,
    presence::Presence,
    route::Route,
    spot::Pane,
    state::{Arrival, Entry, Place, Refresh, Session, Stage, State},
    storage::Row,
    strings,
    typing::Typing,
};

/// After how long a call that found no answer is made again, in milliseconds.
pub const REPEAT_MS: u64 = 3_000;

/// Boot has been answered.
pub fn answered(state: &mut State, answer: &Answer, turn: &mut Turn) {
    let mut boot = match answer.read::<Boot>() {
        Ok(boot) => boot,
        Err(failure) => return failed(state, &failure, turn),
    };
    // One that was just left can still be among the user's own, and says so.
    boot.channels.retain(|told| told.channel.member);
    if let Stage::Inside(session) = &mut state.stage
        && session.me.id == boot.user.id
    {
        return refresh(session, boot, turn);
    }
    if let Stage::Inside(session) = &mut state.stage {
        session.connection.off(&mut turn.effects);
    }
    let mut session = begin(boot, std::mem::take(&mut state.stored), turn);
    socket::connect(&mut session, turn);
    first_place(&mut session, &state.route, state.arrival, turn);
    state.arrival = Arrival::Returning;
    state.stage = Stage::Inside(Box::new(session));
}

fn failed(state: &mut State, failure: &Failure, turn: &mut Turn) {
    let signed_out = failure.code() == Some(Code::NotAuthenticated);
    match &mut state.stage {
        Stage::Inside(_) if signed_out => turn.end = Some(End::Ended),
        Stage::Inside(session) => {
            if session.connection.phase() == Phase::Asking {
                give_up(session);
                session.connection.lost(
                    failure.retry_after_ms(),
                    turn.moment.random_u64(),
                    turn.now_ms(),
                    &mut turn.effects,
                );
            } else if failure.passes() {
                turn.wake(
                    Timer::Repeat(Call::Boot),
                    failure.retry_after_ms().unwrap_or(REPEAT_MS),
                );
            } else {
                give_up(session);
            }
        }
        Stage::Starting { .. } if signed_out => state.stage = Stage::Entry(Entry::default()),
        Stage::Starting { failure: shown } => {
            *shown = Some(failure.message());
            if failure.passes() {
                turn.wake(
                    Timer::Repeat(Call::Boot),
                    failure.retry_after_ms().unwrap_or(REPEAT_MS),
                );
            }
        }
        Stage::Entry(_) => {}
    }
}

fn begin(boot: Boot, stored: Vec<(String, String)>, turn: &Turn) -> Session {
    let mut drafts = LiteMap::new();
    let mut outbox = Vec::new();
    let mut recent = Vec::new();
    let mut recent_emoji = Vec::new();
    for (key, value) in stored {
        match Row::parse(&boot.user.id, &key, &value) {
            Some(Row::Outbox(row)) => outbox.push(row),
            Some(Row::Draft(spot, text)) => {
                drafts.insert(spot, text);
            }
            Some(Row::Recent(channels)) => recent = channels,
            Some(Row::RecentEmoji(row)) => recent_emoji = acting::emoji_of(&row),
            None => {}
        }
    }
    let mut people = People::default();
    people.insert(boot.user.clone());
    let mut session = Session {
        me: boot.user,
        workspace: boot.workspace,
        people,
        channels: LiteMap::new(),
        directory: Directory::default(),
        logs: Logs::default(),
        connection: Connection::new(turn.now_ms()),
        socket_url: boot.socket.url,
        outbox: Outbox::from_stored(outbox.iter().map(String::as_str)),
        drafts,
        unwritten: LiteMap::new(),
        place: Place::Nowhere,
        at_bottom: true,
        new_after: None,
        stays_unread: false,
        acts: Acts::default(),
        thread: None,
        editing: None,
        target: None,
        wanted: None,
        recent_emoji,
        sidebar_shown: false,
        composer_revision: 0,
        composer_caret: None,
        composing: Pane::Channel,
        completion: None,
        typing: Typing::default(),
        presence: Presence::default(),
        dialog: None,
        alert: None,
        status: "",
        refresh: Refresh::Idle,
        owes_prune: false,
        recent,
        emoji: EmojiTable::default(),
    };
    for (log, point) in boot.logs {
        session.logs.begin(log, &point.epoch, point.seq);
    }
    for channel in boot.channels {
        session.know(Channel::from_boot(channel));
    }
    session
}

/// Where a session begins: where the address leads, else where it ended last, else where everybody is.
fn first_place(session: &mut Session, route: &Route, arrival: Arrival, turn: &mut Turn) {
    if route.channel().is_some() {
        return place::lead_to(session, route, true, turn);
    }
    match (arrival, default_channel(session)) {
        (Arrival::Founder, None) => turn.call(Call::CreateChannel {
            name: strings::GENERAL.to_owned(),
            kind: ChannelKind::Public,
            topic: None,
        }),
        (Arrival::Guest, _) => directory::load_directory(session, turn),
        (_, Some(id)) => place::open(session, id, true, turn),
        (Arrival::Returning, None) => place::nowhere(session, turn),
    }
}

/// The channel to show where none was asked for.
pub fn default_channel(session: &Session) -> Option<ChannelId> {
    let own = |id: &&ChannelId| session.channels.get(id).is_some_and(|c| c.info.member);
    let general = || {
        session
            .channels
            .values()
            .filter(|channel| channel.info.member)
            .find(|channel| channel.info.name.as_deref() == Some(strings::GENERAL))
            .map(|channel| &channel.info.id)
    };
    session
        .recent
        .iter()
        .find(own)
        .or_else(general)
        .or_else(|| session.channels.keys().find(own))
        .cloned()
}

/// Asks for boot again, once.
pub fn ask_again(session: &mut Session, wanted: Refresh, turn: &mut Turn) {
    if session.refresh == Refresh::Idle {
        turn.call(Call::Boot);
        session.refresh = wanted;
    } else {
        session.owes_prune |= wanted == Refresh::AskedToPrune;
    }
}

/// Boot is not asked again for now.
fn give_up(session: &mut Session) {
    let was = std::mem::replace(&mut session.refresh, Refresh::Idle);
    session.owes_prune |= was == Refresh::AskedToPrune;
}

fn refresh(session: &mut Session, boot: Boot, turn: &mut Turn) {
    session.people.insert(boot.user.clone());
    session.me = boot.user;
    session.workspace = boot.workspace;
    session.socket_url = boot.socket.url;
    let was = std::mem::replace(&mut session.refresh, Refresh::Idle);
    if was == Refresh::AskedToPrune {
        let mut named = LiteMap::new_vec();
        for told in &boot.channels {
            named.insert(&told.channel.id, ());
        }
        let gone: Vec<ChannelId> = session
            .channels
            .values()
            .filter(|channel| channel.info.member && !named.contains_key(&channel.info.id))
            .map(|channel| channel.info.id.clone())
            .collect();
        for id in gone {
            place::lose_channel(session, &id, LostBy::Others, turn);
        }
    }
    // What the user's own log has said since is newer.
    let own = LogId::from(&session.me.id);
    let told_at = boot.logs.get(&own);
    let is_current = told_at.is_none_or(|point| point.seq >= session.logs.head(&own));
    for told in boot.channels {
        match session.channels.get_mut(&told.channel.id) {
            Some(known) if known.info.member => known.refresh(told, is_current),
            _ => {
                let id = told.channel.id.clone();
                let mut channel = Channel::from_boot(told);
                let previewed = session.channels.remove(&id);
                let anew = previewed.is_some();
                if let Some(known) = previewed {
                    (channel.timeline, channel.messages) = (known.timeline, known.messages);
                }
                session.know(channel);
                if anew {
                    place::load_anew(session, &id, turn);
                }
            }
        }
    }
    place::mark_read(session, turn);
    if session.connection.phase() == Phase::Asking {
        socket::dial(session, turn);
    }
    if matches!(session.place, Place::Nowhere | Place::NoChannel)
        && let Some(id) = default_channel(session)
    {
        place::open(session, id, true, turn);
    }
    if std::mem::take(&mut session.owes_prune) {
        ask_again(session, Refresh::AskedToPrune, turn);
    } else if !is_current {
        ask_again(session, Refresh::Asked, turn);
    }
}

/// People have come, or not.
pub fn users_came(session: &mut Session, call: Call, answer: &Answer, turn: &mut Turn) {
    match answer.read::<UsersPage>() {
        Ok(page) => {
            for user in page.users {
                session.people.insert(user);
            }
            match call {
                Call::Users { prefix, .. } => {
                    dialogs::people_came(session, &prefix, page.next_cursor);
                }
                _ => session.people.answered(),
            }
        }
        Err(failure) if failure.passes() => turn.effects.push(Effect::wake(
            Timer::Repeat(call),
            failure.retry_after_ms().unwrap_or(REPEAT_MS),
        )),
        Err(failure) => {
            if let Call::People(_) = call {
                session.people.answered();
            }
            session.alert = Some(failure.message().to_owned());
        }
    }
}
