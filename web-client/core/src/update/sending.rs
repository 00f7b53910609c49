//! Writing messages, and getting them stored.

use protocol::{
    error::{Code, Refusal},
    event::{Body, Event, Message},
    history,
    line::{Reply, SendOk},
    message::{ClientMessageId, Mentions, Text},
};

use super::{End, Turn, acting, choosing, place, presence, socket};
use crate::{
    channel::Channel,
    command::Command,
    completion::{self, utf16},
    dialog::Dialog,
    draft::Draft,
    effect::{Effect, Timer},
    input::DialogKind,
    json::Json,
    messages::Change,
    outbox::{Pending, SendState},
    spot::Pane,
    state::Session,
    storage::draft_key,
    strings,
};

/// How long typing pauses before the text is written down, in milliseconds.
pub const DRAFT_MS: u64 = 400;
/// In a channel of more people than this it is asked before everybody is named.
pub const EVERYBODY_ASKS_ABOVE: u32 = 20;
/// How long to wait before sending again where the server does not say, in milliseconds.
const RESEND_MS: u64 = 1_000;

/// The composer's text is now this.
pub fn type_draft(session: &mut Session, pane: Pane, text: &str, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    session.composing = pane;
    let draft = session.drafts.entry(spot.clone()).or_default();
    let mut caret = draft.edit(text);
    session.composer_caret = None;
    let mut changed = false;
    if let Some((start, name)) = completion::closed_emoji(draft, caret)
        && let Some(emoji) = session.emoji.named(name)
    {
        caret = draft.put(start, caret, emoji.symbol, None);
        session.composer_caret = Some(utf16(draft.text(), caret));
        changed = true;
    }
    session.completion = completion::before_caret(draft, caret);
    let channel = &spot.channel;
    if draft.text().is_empty() {
        session.drafts.remove(&spot);
    } else if session.connection.is_ready() && session.typing.says(channel, turn.now_ms()) {
        turn.effects.push(Command::Typing { channel }.into());
    }
    session.unwritten.insert(spot, ());
    if changed {
        session.composer_changed(pane);
    }
    turn.wake(Timer::Draft, DRAFT_MS);
    choosing::look_up(session, turn);
}

/// Writes down what was typed.
pub fn write_drafts(session: &mut Session, turn: &mut Turn) {
    for (spot, ()) in std::mem::take(&mut session.unwritten) {
        let key = draft_key(&session.me.id, &spot);
        turn.effects.push(match session.drafts.get(&spot) {
            Some(draft) => Effect::Store {
                key,
                value: draft.to_stored(),
            },
            None => Effect::Forget { key },
        });
    }
}

/// Sends what stands in the composer, which is `text`, to the open channel or thread. What cannot be sent stays in it, and it says
/// why; whoever names many people is asked first.
pub fn send(session: &mut Session, pane: Pane, text: &str, turn: &mut Turn) {
    session.completion = None;
    session.composing = pane;
    let Some(channel) = session.open().filter(|c| c.can_be_written_to()) else {
        return;
    };
    let id = channel.info.id.clone();
    let many = channel.info.member_count > EVERYBODY_ASKS_ABOVE;
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let draft = session.drafts.entry(spot).or_default();
    if draft.text() != text {
        draft.edit(text);
    }
    let wire = draft.wire();
    if many && (wire.contains("<!here>") || wire.contains("<!channel>")) {
        let mut dialog = Dialog::new(DialogKind::Everybody);
        dialog.channel = Some(id);
        session.dialog = Some(dialog);
        return;
    }
    store(session, pane, &wire, turn);
}

/// Sends the composer's text though it names everybody.
pub fn send_to_everybody(session: &mut Session, turn: &mut Turn) {
    let pane = session.composing;
    let asked = session.dialog.take().and_then(|dialog| dialog.channel);
    let spot = asked
        .filter(|id| session.is_open(id))
        .and_then(|_| session.spot(pane));
    let draft = spot.and_then(|spot| session.drafts.get(&spot));
    if let Some(wire) = draft.map(Draft::wire) {
        store(session, pane, &wire, turn);
    }
}

fn store(session: &mut Session, pane: Pane, text: &str, turn: &mut Turn) {
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
    if let (Pane::Thread, Some(thread)) = (pane, &mut session.thread) {
        also_to_channel = std::mem::take(&mut thread.also_to_channel);
    }
    session.composer_changed(pane);
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
    session.unwritten.insert(spot, ());
    session.composer_caret = None;
    session.typing.sent();
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
        let command = Command::Send {
            id,
            channel: &pending.channel,
            client_message_id: &pending.client_message_id,
            text: &pending.text,
            thread: pending.thread,
            also_to_channel: pending.also_to_channel,
        };
        turn.effects.push(command.into());
    }
}

/// A command has been answered; where it was a `send`, its message is stored or not.
pub fn replied(session: &mut Session, reply: Reply<Json>, turn: &mut Turn) {
    if acting::replied(session, &reply, turn) {
        return;
    }
    let Some(pending) = session.outbox.sent_as(reply.re) else {
        match reply.error {
            Some(refusal) if refusal.code == Code::NotAuthenticated => turn.end = Some(End::Ended),
            Some(refusal) if refusal.code == Code::UnknownOp => session.presence.refuse(),
            Some(refusal) if matches!(refusal.code, Code::RateLimited | Code::Overloaded) => {
                let wait_ms = refusal.retry_after_ms.unwrap_or(RESEND_MS);
                place::read_refused(session, reply.re, wait_ms, turn);
            }
            _ => presence::replied(session, reply.ok.as_ref()),
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
