//! Writing messages, and getting them stored.

use protocol::{
    error::{Code, Refusal},
    event::{Body, Event, Message},
    history,
    line::{Reply, SendOk},
    message::{ClientMessageId, Mentions, Text},
};
use serde_json::json;

use super::{End, Turn, acting, place, socket};
use crate::{
    channel::Channel,
    effect::{Effect, Timer},
    messages::Change,
    outbox::{Pending, SendState},
    spot::Pane,
    state::Session,
    storage::draft_key,
};

/// How long typing pauses before the text is written down, in milliseconds.
const DRAFT_MS: u64 = 400;
/// How long to wait before sending again where the server does not say, in milliseconds.
const RESEND_MS: u64 = 1_000;

/// The composer's text is now this.
pub fn type_draft(session: &mut Session, pane: Pane, text: String, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    session.unwritten.insert(spot.clone());
    if text.is_empty() {
        session.drafts.remove(&spot);
    } else {
        session.drafts.insert(spot, text);
    }
    turn.wake(Timer::Draft, DRAFT_MS);
}

/// Writes down what was typed.
pub fn write_drafts(session: &mut Session, turn: &mut Turn) {
    for spot in std::mem::take(&mut session.unwritten) {
        let key = draft_key(&session.me.id, &spot);
        turn.effects.push(match session.drafts.get(&spot) {
            Some(text) => Effect::Store {
                key,
                value: text.clone(),
            },
            None => Effect::Forget { key },
        });
    }
}

/// Sends `text` to the open channel or thread. What cannot be sent stays in the composer, which says why.
pub fn send(session: &mut Session, pane: Pane, text: &str, turn: &mut Turn) {
    let text = text.trim_end().trim_start_matches(['\n', '\r']);
    let Ok(text) = Text::parse(text.replace('\0', "")) else {
        return;
    };
    let Ok(client_message_id) = ClientMessageId::parse(&turn.moment.uuid()) else {
        return;
    };
    if !session.open().is_some_and(Channel::can_be_written_to) {
        return;
    }
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let mut also_to_channel = false;
    match (pane, &mut session.thread) {
        (Pane::Thread, Some(thread)) => {
            also_to_channel = std::mem::take(&mut thread.also_to_channel);
            thread.revision += 1;
        }
        _ => session.composer_revision += 1,
    }
    let pending = Pending {
        channel: spot.channel.clone(),
        thread: spot.thread,
        also_to_channel,
        client_message_id,
        text: text.into(),
        written_ms: turn.now_ms(),
        state: SendState::NotSentYet,
    };
    session.drafts.remove(&spot);
    session.unwritten.insert(spot);
    write_drafts(session, turn);
    write_down(session, &pending, turn);
    session.outbox.push(pending);
    // Whoever writes is not to wait for a heartbeat to find out that nobody is there.
    socket::look_after(session, turn);
    pump(session, turn);
    place::jump_to_latest(session, pane, turn);
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
        let mut command = json!({
            "id": id,
            "op": "send",
            "channel": pending.channel,
            "client_message_id": pending.client_message_id,
            "text": pending.text,
        });
        if let (Some(root), Some(command)) = (pending.thread, command.as_object_mut()) {
            command.insert("thread".to_owned(), root.into());
            command.insert("also_to_channel".to_owned(), pending.also_to_channel.into());
        }
        turn.effects.push(Effect::Frame(command.to_string()));
    }
}

/// A command has been answered; where it was a `send`, its message is stored or not.
pub fn replied(session: &mut Session, reply: Reply, turn: &mut Turn) {
    if acting::replied(session, &reply, turn) {
        return;
    }
    let Some(pending) = session.outbox.sent_as(reply.re) else {
        if reply
            .error
            .is_some_and(|e| e.code == Code::NotAuthenticated)
        {
            turn.end = Some(End::Ended);
        }
        return;
    };
    let answer = match (reply.ok, reply.error) {
        (Some(ok), _) => serde_json::from_value::<SendOk>(ok).map_err(|_| Refusal::internal()),
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
            thread: pending.thread,
            also_to_channel: pending.also_to_channel,
            ..Message::default()
        }),
    };
    if let Some(channel) = session.channels.get_mut(&pending.channel)
        && let Some(change) = Change::of(&event)
    {
        channel.messages.change(change, &session.me.id);
    }
    if let Some(message) = history::Message::of(event) {
        place::insert(session, &pending.channel, message);
    }
    place::mark_read(session, turn);
}
