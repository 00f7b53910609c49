//! Writing messages, and getting them stored.

use protocol::{
    error::{Code, Refusal},
    event::{Body, Event, Message},
    history,
    line::{Reply, SendOk},
    message::{ClientMessageId, Mentions, Text},
};

use super::{End, Turn, place, socket};
use crate::{
    command::Command,
    effect::{Effect, Timer},
    json::Json,
    outbox::{Pending, SendState},
    state::Session,
    storage::draft_key,
    strings,
};

/// How long typing pauses before the text is written down, in milliseconds.
const DRAFT_MS: u64 = 400;
/// How long to wait before sending again where the server does not say, in milliseconds.
const RESEND_MS: u64 = 1_000;

/// The composer's text is now this.
pub fn type_draft(session: &mut Session, text: String, turn: &mut Turn) {
    let Some(channel) = session.open().map(|channel| channel.info.id.clone()) else {
        return;
    };
    session.unwritten.insert(channel.clone(), ());
    if text.is_empty() {
        session.drafts.remove(&channel);
    } else {
        session.drafts.insert(channel, text);
    }
    turn.wake(Timer::Draft, DRAFT_MS);
}

/// Writes down what was typed.
pub fn write_drafts(session: &mut Session, turn: &mut Turn) {
    for (channel, ()) in std::mem::take(&mut session.unwritten) {
        let key = draft_key(&session.me.id, &channel);
        turn.effects.push(match session.drafts.get(&channel) {
            Some(text) => Effect::Store {
                key,
                value: text.clone(),
            },
            None => Effect::Forget { key },
        });
    }
}

/// Sends `text` to the open channel. What cannot be sent stays in the composer, which says why.
pub fn send(session: &mut Session, text: &str, turn: &mut Turn) {
    let text = text.trim_end().trim_start_matches(['\n', '\r']);
    let Ok(text) = Text::parse(text.replace('\0', "")) else {
        return;
    };
    let Ok(client_message_id) = ClientMessageId::parse(&turn.moment.uuid()) else {
        return;
    };
    let Some(channel) = session.open_mut().filter(|c| c.can_be_written_to()) else {
        return;
    };
    channel.timeline.jump_to_latest();
    let pending = Pending {
        channel: channel.info.id.clone(),
        client_message_id,
        text: text.into(),
        written_ms: turn.now_ms(),
        state: SendState::NotSentYet,
    };
    session.at_bottom = true;
    session.drafts.remove(&pending.channel);
    session.unwritten.insert(pending.channel.clone(), ());
    session.composer_revision += 1;
    write_drafts(session, turn);
    write_down(session, &pending, turn);
    session.outbox.push(pending);
    // Whoever writes is not to wait for a heartbeat to find out that nobody is there.
    socket::look_after(session, turn);
    pump(session, turn);
    turn.effects.push(Effect::ScrollToLatest);
    place::mark_read(session, turn);
}

/// Sends a failed message again, after all others.
pub fn retry(session: &mut Session, id: &ClientMessageId, turn: &mut Turn) {
    if let Some(mut pending) = session.outbox.take(id) {
        pending.state = SendState::NotSentYet;
        pending.written_ms = turn.now_ms();
        write_down(session, &pending, turn);
        session.outbox.push(pending);
        pump(session, turn);
    }
}

/// Throws a failed message away.
pub fn discard(session: &mut Session, id: &ClientMessageId, turn: &mut Turn) {
    stored(session, id, turn);
    turn.effects.push(Effect::FocusComposer);
}

/// A message needs no place in the outbox any more; what waited behind it goes.
pub fn stored(session: &mut Session, id: &ClientMessageId, turn: &mut Turn) {
    if let Some(pending) = session.outbox.take(id) {
        turn.effects.push(Effect::Forget {
            key: pending.storage_key(&session.me.id),
        });
        pump(session, turn);
    }
}

fn write_down(session: &Session, pending: &Pending, turn: &mut Turn) {
    turn.effects.push(Effect::Store {
        key: pending.storage_key(&session.me.id),
        value: pending.to_stored(),
    });
}

/// Sends what can be sent.
pub fn pump(session: &mut Session, turn: &mut Turn) {
    if !session.connection.is_ready() {
        return;
    }
    for pending in session.outbox.ready() {
        let id = session.connection.next_command(turn.now_ms());
        pending.state = SendState::Sending(id);
        let command = Command::Send {
            id,
            channel: &pending.channel,
            client_message_id: &pending.client_message_id,
            text: &pending.text,
        };
        turn.effects.push(command.into());
    }
}

/// A command has been answered; where it was a `send`, its message is stored or not.
pub fn replied(session: &mut Session, reply: Reply<Json>, turn: &mut Turn) {
    let Some(pending) = session.outbox.sent_as(reply.re) else {
        match reply.error {
            Some(refusal) if refusal.code == Code::NotAuthenticated => turn.end = Some(End::Ended),
            Some(refusal) if matches!(refusal.code, Code::RateLimited | Code::Overloaded) => {
                let wait_ms = refusal.retry_after_ms.unwrap_or(RESEND_MS);
                place::read_refused(session, reply.re, wait_ms, turn);
            }
            _ => {}
        }
        return;
    };
    let answer = match (reply.ok, reply.error) {
        (Some(ok), _) => ok.read::<SendOk>().ok_or_else(Refusal::internal),
        (None, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal::internal()),
    };
    match answer {
        Ok(ok) => {
            let pending = pending.clone();
            acknowledged(session, pending, &ok, turn);
        }
        Err(refusal) => match refusal.code {
            Code::NotAuthenticated => {
                turn.end = Some(End::Ended);
                return;
            }
            Code::RateLimited | Code::Overloaded => {
                pending.state = SendState::Waiting;
                let timer = Timer::Resend(pending.channel.clone());
                turn.wake(timer, refusal.retry_after_ms.unwrap_or(RESEND_MS));
                if refusal.code == Code::RateLimited {
                    turn.say(session, strings::TOO_FAST);
                }
            }
            _ => {
                pending.state = SendState::Failed(refusal);
                let pending = pending.clone();
                write_down(session, &pending, turn);
            }
        },
    }
    pump(session, turn);
}

fn acknowledged(session: &mut Session, pending: Pending, ok: &SendOk, turn: &mut Turn) {
    stored(session, &pending.client_message_id, turn);
    let mentions = Mentions::of(&pending.text);
    let event = Event {
        channel: (&pending.channel).into(),
        seq: Some(ok.seq),
        at: Some(ok.at),
        user: session.me.id.clone(),
        body: Body::Message(Message {
            text: Some(pending.text),
            client_message_id: Some(pending.client_message_id),
            mentions: mentions.users,
            everyone: mentions.everyone,
            ..Message::default()
        }),
    };
    if let (Some(message), Some(channel)) = (
        history::Message::of(event),
        session.channels.get_mut(&pending.channel),
    ) {
        channel.timeline.insert(message);
    }
    place::mark_read(session, turn);
}
