//! What every input changes, and what is to be done about it.

mod acting;
mod boot;
mod choosing;
mod details;
mod dialogs;
mod directory;
mod door;
mod events;
mod keys;
mod place;
mod presence;
mod sending;
mod socket;
#[cfg(test)]
mod tests;
mod threads;

use crate::{
    call::{Answer, Call},
    connection::Phase,
    day::until_midnight_ms,
    effect::{Effect, Timer},
    input::{Input, Intent, Moment},
    route::{Region, Route},
    spot::Pane,
    state::{Session, Stage, State},
    storage::{THEME_KEY, Theme},
    strings,
};

/// How long something stays in the status line, in milliseconds.
const STATUS_MS: u64 = 4_000;

/// Takes in what happened; the effects are to be carried out in order.
pub fn update(state: &mut State, input: Input, moment: &Moment) -> Vec<Effect> {
    state.now_ms = moment.now_ms;
    if let Input::Started { query, .. } = &input {
        state.region = Region::from_query(query);
    }
    if let Input::Visible(visible) | Input::Started { visible, .. } = &input {
        state.visible = *visible;
    }
    let mut turn = Turn {
        moment: *moment,
        region: state.region.clone(),
        visible: state.visible,
        effects: Vec::new(),
        route: None,
        end: None,
    };
    notice_sleep(state, &mut turn);
    let signs = matches!(
        input,
        Input::Person(_) | Input::Active | Input::Visible(true)
    );
    let settled = matches!(input, Input::Rang(Timer::Watch));
    take(state, input, &mut turn);
    if let Stage::Inside(session) = &mut state.stage {
        if signs {
            presence::act(session, &mut turn);
        }
        if !settled {
            presence::settle(session, &mut turn);
        }
        if let Some(ids) = session.people.ask() {
            turn.call(Call::People(ids));
        }
    }
    if let Some(end) = turn.end.take() {
        door::leave(state, &mut turn, end);
    }
    if let Some(route) = turn.route.take() {
        state.route = route;
    }
    turn.effects
}

/// One run of [`update`].
struct Turn {
    moment: Moment,
    region: Option<Region>,
    visible: bool,
    effects: Vec<Effect>,
    /// Where the address leads now.
    route: Option<Route>,
    /// The session is over.
    end: Option<End>,
}

/// How a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Its user has signed out: what they left in the storage goes.
    SignedOut,
    /// The server says so: what they wrote is kept for when they come back.
    Ended,
}

impl Turn {
    fn now_ms(&self) -> u64 {
        self.moment.now_ms
    }

    fn call(&mut self, call: Call) {
        let request = call.request(self.region.as_ref());
        self.effects.push(Effect::Http(request));
    }

    fn wake(&mut self, timer: Timer, after_ms: u64) {
        self.effects.push(Effect::wake(timer, after_ms));
    }

    fn navigate(&mut self, route: Route, replace: bool) {
        self.effects.push(Effect::Navigate {
            url: route.url(self.region.as_ref()),
            replace,
        });
        self.route = Some(route);
    }

    fn say(&mut self, session: &mut Session, status: &'static str) {
        session.status = status;
        self.wake(Timer::Status, STATUS_MS);
    }
}

/// Whatever comes first after the machine was asleep tells so by its time.
fn notice_sleep(state: &mut State, turn: &mut Turn) {
    if let Stage::Inside(session) = &mut state.stage
        && session.connection.has_slept(turn.now_ms())
    {
        socket::wake_up(session, turn);
    }
}

fn take(state: &mut State, input: Input, turn: &mut Turn) {
    match input {
        Input::Started { path, stored, .. } => {
            state.route = Route::parse(&path);
            state.theme = Theme::stored(&stored);
            state.stored = stored;
            turn.wake(
                Timer::Midnight,
                until_midnight_ms(turn.now_ms(), state.offset_at),
            );
            door::arrive(state, turn);
        }
        Input::Navigated { path } => {
            state.route = Route::parse(&path);
            match &mut state.stage {
                Stage::Inside(session) => place::follow_route(session, &state.route, turn),
                _ => door::arrive(state, turn),
            }
        }
        Input::Answered { call, answer } => answered(state, call, &answer, turn),
        Input::Rang(Timer::Midnight) => turn.wake(
            Timer::Midnight,
            until_midnight_ms(turn.now_ms(), state.offset_at),
        ),
        Input::Rang(Timer::Repeat(call)) => turn.call(call),
        Input::Person(Intent::SetTheme(theme)) => set_theme(state, theme, turn),
        Input::Person(intent) => match &mut state.stage {
            Stage::Inside(session) => inside(session, intent, turn),
            _ => door::intend(state, intent, turn),
        },
        other => {
            if let Stage::Inside(session) = &mut state.stage {
                noticed(session, other, turn);
            }
        }
    }
}

fn set_theme(state: &mut State, theme: Theme, turn: &mut Turn) {
    state.theme = theme;
    let key = THEME_KEY.to_owned();
    turn.effects.push(match theme.name() {
        Some(name) => Effect::Store {
            key,
            value: name.to_owned(),
        },
        None => Effect::Forget { key },
    });
    turn.effects.push(Effect::Theme(theme));
}

fn answered(state: &mut State, call: Call, answer: &Answer, turn: &mut Turn) {
    if let Some(wait_ms) = answer.too_soon_ms(&call) {
        match &mut state.stage {
            Stage::Inside(session) => dialogs::wait(session, turn),
            Stage::Entry(entry) => entry.failure = Some(strings::TOO_FAST),
            Stage::Starting { .. } => {}
        }
        return turn.wake(Timer::Repeat(call), wait_ms);
    }
    match call {
        Call::Boot => return boot::answered(state, answer, turn),
        Call::Session => return door::session_known(state, answer, turn),
        _ => {}
    }
    match &mut state.stage {
        Stage::Inside(session) => {
            if answer.success().is_err_and(|failure| {
                failure.code() == Some(protocol::error::Code::NotAuthenticated)
            }) {
                turn.end = Some(if let Call::SignOut { .. } = call {
                    End::SignedOut
                } else {
                    End::Ended
                });
                return;
            }
            match call {
                Call::Users { .. } | Call::People(_) => {
                    boot::users_came(session, call, answer, turn);
                }
                Call::Channels { .. } => directory::channels_came(session, call, answer, turn),
                Call::History { spot, anchor } => {
                    place::page_came(session, spot, anchor, answer, turn);
                }
                Call::Message { channel, seq } => {
                    threads::root_came(session, channel, seq, answer, turn);
                }
                Call::Manage(call) => details::answered(session, &call, answer, turn),
                Call::Emoji => session.emoji.take(answer.success().ok()),
                Call::SignOut { .. } => match answer.success() {
                    Ok(_) => turn.end = Some(End::SignedOut),
                    Err(failure) => session.alert = Some(failure.message().to_owned()),
                },
                call => dialogs::answered(session, &call, answer, turn),
            }
        }
        _ => door::answered(state, &call, answer, turn),
    }
}

/// What somebody who is in wants.
fn inside(session: &mut Session, intent: Intent, turn: &mut Turn) {
    match intent {
        Intent::SignOut { everywhere } => turn.call(Call::SignOut { everywhere }),
        Intent::Open(id) => {
            session.dialog = None;
            place::open(session, id, false, turn);
        }
        Intent::ToggleSidebar => session.sidebar_shown = !session.sidebar_shown,
        Intent::SendToEverybody => sending::send_to_everybody(session, turn),
        Intent::Press(action) => keys::press(session, action, turn),
        Intent::InThread(intent) => in_pane(session, Pane::Thread, *intent, turn),
        intent => in_pane(session, Pane::Channel, intent, turn),
    }
}

/// What somebody wants in one of the two panes with messages.
fn in_pane(session: &mut Session, pane: Pane, intent: Intent, turn: &mut Turn) {
    match intent {
        Intent::Type(text) => sending::type_draft(session, pane, &text, turn),
        Intent::Send(text) => sending::send(session, pane, &text, turn),
        Intent::Move(by) => choosing::move_by(session, by),
        Intent::Choose(key) => choosing::choose(session, key.as_deref(), turn),
        Intent::Uncomplete => session.completion = None,
        Intent::Retry(id) => sending::retry(session, &id, turn),
        Intent::Discard(id) => sending::discard(session, &id, turn),
        Intent::Scrolled(place) => place::scrolled(session, pane, place, turn),
        Intent::JumpToLatest => place::jump_to_latest(session, pane, turn),
        Intent::Reload => place::reload(session, pane, turn),
        Intent::CloseThread => threads::close(session, turn),
        Intent::AlsoToChannel(also) => {
            if let Some(thread) = &mut session.thread {
                thread.also_to_channel = also;
            }
        }
        Intent::Follow(link) => {
            let path = link.split(['?', '#']).next().unwrap_or_default();
            place::lead_to(session, &Route::parse(path), false, turn);
        }
        Intent::Message(act, seq) => acting::act(session, pane, act, seq, turn),
        Intent::React(seq, emoji) => acting::react(session, seq, &emoji, turn),
        Intent::PickEmoji(emoji) => acting::pick_emoji(session, &emoji, turn),
        Intent::EditLast => acting::edit_last(session, pane, turn),
        Intent::TypeEdit(text) => {
            if let Some(editing) = &mut session.editing {
                editing.text = text;
            }
        }
        Intent::SaveEdit(text) => acting::save_edit(session, &text, turn),
        Intent::CancelEdit => acting::end_edit(session, turn),
        Intent::DeleteMessage => acting::delete(session, turn),
        Intent::ConnectNow => socket::connect(session, turn),
        Intent::Dismiss => session.alert = None,
        Intent::InviteAs(role) => details::invite_as(session, role, turn),
        Intent::Details(intent) => details::intend(session, intent, turn),
        intent => dialogs::intend(session, intent, turn),
    }
}

/// What the browser notices while somebody is in.
fn noticed(session: &mut Session, input: Input, turn: &mut Turn) {
    match input {
        Input::Opened(dial) => socket::opened(session, dial, turn),
        Input::Frame(dial, frame) => socket::frame(session, dial, &frame, turn),
        Input::Closed { dial, code, reason } => {
            socket::closed(session, dial, code, &reason, turn);
        }
        Input::Rang(timer) => rang(session, timer, turn),
        Input::Online(false) => socket::lose(session, turn),
        Input::Online(true) => socket::wake_up(session, turn),
        Input::Visible(true) => {
            socket::wake_up(session, turn);
            place::mark_read(session, turn);
        }
        Input::Copied(done) => turn.say(
            session,
            if done {
                strings::COPIED
            } else {
                strings::NOT_COPIED
            },
        ),
        _ => {}
    }
}

fn rang(session: &mut Session, timer: Timer, turn: &mut Turn) {
    match timer {
        Timer::Reconnect => {
            if matches!(session.connection.phase(), Phase::Waiting(_)) {
                socket::connect(session, turn);
            }
        }
        Timer::Dialled => socket::lose(session, turn),
        Timer::Heartbeat => {
            if session.connection.is_ready()
                && !session.connection.beat(turn.now_ms(), &mut turn.effects)
            {
                socket::lose(session, turn);
            }
        }
        Timer::Probe => {
            if session.connection.is_ready() && !session.connection.is_probed(turn.now_ms()) {
                socket::lose(session, turn);
                socket::connect(session, turn);
            }
        }
        Timer::Read => place::tell_read(session, turn),
        Timer::Resend(channel) => {
            session.outbox.waited(&channel);
            session.acts.waited(&channel);
            sending::pump(session, turn);
            acting::pump(session, turn);
        }
        Timer::Draft => sending::write_drafts(session, turn),
        Timer::Status => session.status = "",
        Timer::Search => dialogs::search_people(session, turn),
        Timer::Typing => presence::wait_for_typing(session, turn),
        Timer::Watch => presence::watch(session, turn),
        Timer::Idle => presence::rest(session, turn),
        // What is due then is seen by looking at the time.
        Timer::Banner | Timer::Midnight | Timer::Repeat(_) => {}
    }
}
