//! The socket: dialling, greeting, frames, and losing it.

use protocol::{
    close::{GoAway, SESSION_ENDED, comes_back},
    frame::{PONG, lines},
    id::LogId,
    line::{HelloOk, Line, Reply, Sync},
};

use super::{End, Turn, acting, boot, details, events, place, presence, sending};
use crate::{
    command::Command,
    connection::{Dial, Phase},
    effect::{Effect, Timer},
    json::{self, Json},
    logs::{Place, Synced},
    state::{Refresh, Session},
    strings,
};

/// Connects now, unless that is under way. After some failures boot is asked first: the address may be another, the session over.
pub fn connect(session: &mut Session, turn: &mut Turn) {
    match session.connection.phase() {
        Phase::Off | Phase::Waiting(_) => {}
        Phase::Asking | Phase::Dialling | Phase::Greeting | Phase::Ready(_) => return,
    }
    if session.connection.doubts_address() {
        session.connection.ask();
        turn.effects.push(Effect::Cancel(Timer::Reconnect));
        boot::ask_again(session, Refresh::Asked, turn);
    } else {
        dial(session, turn);
    }
}

/// Opens a socket.
pub fn dial(session: &mut Session, turn: &mut Turn) {
    let missing_for = turn.now_ms();
    session
        .connection
        .dial(&session.socket_url, &mut turn.effects);
    if !session.connection.is_missing(missing_for) {
        turn.wake(Timer::Banner, crate::connection::BANNER_AFTER_MS);
    }
}

/// The page is looked at again, the network is back, or the machine was asleep: connects at once, unless the server asked for time.
pub fn wake_up(session: &mut Session, turn: &mut Turn) {
    look_after(session, turn);
    if !session.connection.is_told_to_wait(turn.now_ms()) {
        connect(session, turn);
    }
}

/// Makes sure that there is somebody at the other end, where nothing was heard for a while.
pub fn look_after(session: &mut Session, turn: &mut Turn) {
    let now_ms = turn.now_ms();
    if !session.connection.probe(now_ms, &mut turn.effects) {
        lose(session, turn);
        connect(session, turn);
    }
}

/// Gives the connection up and waits for the next try.
pub fn lose(session: &mut Session, turn: &mut Turn) {
    lost(session, None, turn);
}

fn lost(session: &mut Session, wait_ms: Option<u64>, turn: &mut Turn) {
    match session.connection.phase() {
        Phase::Off | Phase::Asking | Phase::Waiting(_) => return,
        Phase::Dialling | Phase::Greeting | Phase::Ready(_) => {}
    }
    session.outbox.connection_lost();
    session.acts.connection_lost();
    session.connection.lost(
        wait_ms,
        turn.moment.random_u64(),
        turn.now_ms(),
        &mut turn.effects,
    );
}

/// A socket is open: says hello.
pub fn opened(session: &mut Session, dial: Dial, turn: &mut Turn) {
    if !session.connection.is_current(dial) {
        return;
    }
    session.connection.greet();
    let hello = Command::Hello {
        id: session.connection.next_command(turn.now_ms()),
        resume: session.logs.resume(),
        flow: true,
    };
    turn.effects.push(hello.into());
}

/// A socket is closed or did not open.
pub fn closed(session: &mut Session, dial: Dial, code: u16, reason: &str, turn: &mut Turn) {
    if !session.connection.is_current(dial) {
        return;
    }
    if code == SESSION_ENDED {
        turn.end = Some(End::Ended);
    } else if comes_back(code) {
        let away = json::read::<GoAway>(reason);
        let wait = away.map(|away| away.retry_after_ms);
        lost(session, wait, turn);
    } else {
        session.outbox.connection_lost();
        session.acts.connection_lost();
        session.connection.off(&mut turn.effects);
        session.alert = Some(strings::OUT_OF_DATE.to_owned());
    }
}

/// A frame has come.
pub fn frame(session: &mut Session, dial: Dial, frame: &str, turn: &mut Turn) {
    if !session.connection.is_current(dial) {
        return;
    }
    session.connection.heard(turn.now_ms());
    if frame == PONG {
        return;
    }
    for line in lines(frame) {
        let Some(json) = Json::parse(line) else {
            continue;
        };
        let Ok(line) = Line::<Json>::read(&json) else {
            continue;
        };
        if let Line::Reply(reply) = &line {
            session.connection.replied(reply.re);
        }
        match line {
            Line::Reply(reply) if session.connection.phase() == Phase::Greeting => {
                greeted(session, reply, turn);
            }
            Line::Reply(reply) => sending::replied(session, reply, turn),
            Line::Event(event) if event.body.name() == "presence" => {
                session.presence.take(&json);
            }
            Line::Event(event) => {
                let place = event
                    .seq
                    .map_or(Place::Next, |seq| session.logs.advance(&event.channel, seq));
                match place {
                    Place::Next => events::apply(session, &event, turn),
                    Place::Known => {}
                    Place::Gap => return lose(session, turn),
                }
            }
            Line::Sync(mark) => synced(session, &mark, turn),
            Line::Flow { n } => {
                turn.effects.push(Command::Flow { n }.into());
            }
            Line::Reconnect { within_ms } => session.connection.reconnect_within(within_ms),
            Line::Unknown => {}
        }
    }
}

fn greeted(session: &mut Session, reply: Reply<Json>, turn: &mut Turn) {
    let hello = reply.ok.and_then(|ok| ok.read::<HelloOk>());
    let Some(hello) = hello else {
        let wait = reply.error.and_then(|refusal| refusal.retry_after_ms);
        return lost(session, wait, turn);
    };
    let was_missing = session.connection.is_missing(turn.now_ms());
    session.connection.ready(
        hello.heartbeat_ms,
        hello.reconnect_within_ms,
        turn.now_ms(),
        &mut turn.effects,
    );
    if was_missing {
        turn.say(session, strings::BACK_ONLINE);
    }
    sending::pump(session, turn);
    acting::pump(session, turn);
    for (_, channel) in &mut session.channels {
        channel.tell(0);
    }
    place::tell_read(session, turn);
    presence::greeted(session, turn);
}

/// A log is up to date, or has to be loaded anew.
fn synced(session: &mut Session, mark: &Sync, turn: &mut Turn) {
    let was = session.logs.sync(mark);
    if was == Synced::Whole {
        return;
    }
    let Some(id) = mark.sync.channel() else {
        return if mark.sync == LogId::from(&session.me.id) {
            // What happened between the answer of boot and this mark, nobody tells: not that a channel is the user's, nor that it
            // is not any more.
            boot::ask_again(session, Refresh::AskedToPrune, turn);
        } else {
            session.people.doubt();
        };
    };
    session.acts.came_to(&id, mark.seq);
    let Some(channel) = session.channels.get_mut(&id) else {
        return boot::ask_again(session, Refresh::Asked, turn);
    };
    if was == Synced::Anew {
        channel.begin_anew();
    }
    channel.forget_newcomers();
    details::load_anew(session, &id, turn);
    place::load_anew(session, &id, turn);
    if was != Synced::First {
        boot::ask_again(session, Refresh::Asked, turn);
    }
}
