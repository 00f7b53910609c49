//! What somebody does to messages: changing and deleting them, reacting, linking to them, marking them unread.

use protocol::{
    emoji::Emoji,
    error::Code,
    line::{ChangeOk, Reply},
    message::{Seq, Text},
};

use super::{End, Turn, place, sending};
use crate::{
    acts::ActState,
    call::Call,
    command::Command,
    dialog::Dialog,
    effect::{Effect, Timer},
    input::DialogKind,
    json::Json,
    message_keys::MessageAct,
    messages::{Change, What},
    route::Route,
    spot::Pane,
    state::{Editing, Session},
    storage::recent_emoji_key,
    strings,
};

/// How long to wait before sending again where the server does not say, in milliseconds.
const RESEND_MS: u64 = 1_000;
/// How many emoji are remembered as used last.
const RECENT_MAX: usize = 18;

/// Does with a message what was asked for.
pub fn act(session: &mut Session, pane: Pane, act: MessageAct, seq: Seq, turn: &mut Turn) {
    match act {
        MessageAct::React => ask(session, DialogKind::React, pane, seq, turn),
        MessageAct::Delete => ask(session, DialogKind::DeleteMessage, pane, seq, turn),
        MessageAct::Edit => edit(session, pane, seq, false),
        MessageAct::MarkUnread => mark_unread(session, seq, turn),
        MessageAct::Reply | MessageAct::CopyLink => {
            let Some(open) = session.open() else { return };
            let id = open.info.id.clone();
            let message = open.messages.find(seq);
            let root = message.and_then(|message| message.thread);
            if act == MessageAct::Reply {
                let route = Route::Thread(id, root.unwrap_or(seq), None);
                return place::lead_to(session, &route, false, turn);
            }
            let is_hidden = message.is_some_and(|message| !message.stands_in_channel());
            let route = match root {
                Some(root) if is_hidden || pane == Pane::Thread => {
                    Route::Thread(id, root, Some(seq))
                }
                _ => Route::Message(id, seq),
            };
            turn.effects.push(Effect::CopyPath(route.url(None)));
        }
    }
}

/// Opens a dialog about a message.
fn ask(session: &mut Session, kind: DialogKind, pane: Pane, seq: Seq, turn: &mut Turn) {
    let mut dialog = Dialog::new(kind);
    dialog.channel = session.open().map(|open| open.info.id.clone());
    dialog.message = Some((pane, seq));
    session.dialog = Some(dialog);
    if kind == DialogKind::React {
        ask_for_emoji(session, turn);
    }
}

/// Fetches the table of emoji, once.
pub fn ask_for_emoji(session: &mut Session, turn: &mut Turn) {
    if session.emoji.ask() {
        turn.call(Call::Emoji);
    }
}

/// Reacts to a message of the open channel, or takes that back.
pub fn react(session: &mut Session, seq: Seq, emoji: &str, turn: &mut Turn) {
    let (Ok(emoji), Some(open)) = (Emoji::parse(emoji), session.open()) else {
        return;
    };
    let Some(message) = open.messages.find(seq) else {
        return;
    };
    let now = session.acts.on(&open.info.id, message, &session.me.id);
    let is_mine = now
        .reactions
        .iter()
        .any(|reaction| reaction.emoji == emoji && reaction.mine);
    if !is_mine {
        remember(session, &emoji, turn);
    }
    change(session, seq, What::Reacted(emoji, !is_mine), turn);
}

/// Reacts to the message that the dialog asks about.
pub fn pick_emoji(session: &mut Session, emoji: &str, turn: &mut Turn) {
    let about = session.dialog.take().and_then(|dialog| dialog.message);
    if let Some((pane, seq)) = about {
        react(session, seq, emoji, turn);
        turn.effects.push(Effect::FocusMessage(seq).in_pane(pane));
    }
}

fn remember(session: &mut Session, emoji: &Emoji, turn: &mut Turn) {
    let recent = &mut session.recent_emoji;
    recent.retain(|known| known != emoji);
    recent.insert(0, emoji.clone());
    recent.truncate(RECENT_MAX);
    let names: Vec<&str> = recent.iter().map(Emoji::as_str).collect();
    turn.effects.push(Effect::Store {
        key: recent_emoji_key(&session.me.id),
        value: names.join(" "),
    });
}

/// The emoji of a row of the storage.
pub fn emoji_of(row: &str) -> Vec<Emoji> {
    let words = row.split(' ').take(RECENT_MAX);
    words.filter_map(|word| Emoji::parse(word).ok()).collect()
}

/// Changes the last own message that is shown in a pane.
pub fn edit_last(session: &mut Session, pane: Pane, turn: &mut Turn) {
    let Some(spot) = session.spot(pane) else {
        return;
    };
    let Some(timeline) = session.timeline_mut(&spot) else {
        return;
    };
    let mut shown: Vec<Seq> = timeline.shown().collect();
    shown.reverse();
    let Some(open) = session.open() else { return };
    let last = shown.into_iter().find(|seq| {
        let message = open.messages.find(*seq);
        message.is_some_and(|message| message.user == session.me.id && !message.deleted)
    });
    if let Some(seq) = last {
        edit(session, pane, seq, true);
        turn.effects.push(Effect::FocusMessage(seq).in_pane(pane));
    }
}

fn edit(session: &mut Session, pane: Pane, seq: Seq, from_composer: bool) {
    let Some(open) = session.open() else { return };
    let Some(message) = open.messages.find(seq) else {
        return;
    };
    let now = session.acts.on(&open.info.id, message, &session.me.id);
    let Some(text) = now.text.clone() else { return };
    session.editing = Some(Editing {
        pane,
        seq,
        text,
        from_composer,
    });
}

/// Gives the message that is changed this text. One without a text is deleted, once asked.
pub fn save_edit(session: &mut Session, text: &str, turn: &mut Turn) {
    let Some((pane, seq)) = session.editing.as_ref().map(|now| (now.pane, now.seq)) else {
        return;
    };
    let text = text.trim_end().trim_start_matches(['\n', '\r']);
    if text.is_empty() {
        end_edit(session, turn);
        return ask(session, DialogKind::DeleteMessage, pane, seq, turn);
    }
    match Text::parse(text.replace('\0', "")) {
        Ok(text) => {
            end_edit(session, turn);
            let before = session.open().and_then(|open| {
                let message = open.messages.find(seq)?;
                let now = session.acts.on(&open.info.id, message, &session.me.id);
                now.text.clone()
            });
            if before.as_deref() != Some(text.as_str()) {
                change(session, seq, What::Edited(text.into()), turn);
            }
        }
        Err(refusal) => {
            session.alert = Some(strings::not_changed(strings::refusal(refusal.code)));
        }
    }
}

/// Nothing is changed any more; the focus goes back to where one came from.
pub fn end_edit(session: &mut Session, turn: &mut Turn) {
    if let Some(editing) = session.editing.take() {
        let effect = if editing.from_composer {
            Effect::FocusComposer
        } else {
            Effect::FocusMessage(editing.seq)
        };
        turn.effects.push(effect.in_pane(editing.pane));
    }
}

/// Deletes the message that the dialog asks about.
pub fn delete(session: &mut Session, turn: &mut Turn) {
    let about = session.dialog.take().and_then(|dialog| dialog.message);
    if let Some((pane, seq)) = about {
        change(session, seq, What::Deleted, turn);
        turn.effects.push(Effect::FocusComposer.in_pane(pane));
    }
}

/// Does something to a message of the open channel.
fn change(session: &mut Session, target: Seq, what: What, turn: &mut Turn) {
    let Some(channel) = session.open().map(|open| open.info.id.clone()) else {
        return;
    };
    let change = Change {
        target,
        user: session.me.id.clone(),
        at: turn.now_ms(),
        what,
    };
    session.acts.push(channel, change);
    pump(session, turn);
}

/// Sends what can be sent.
pub fn pump(session: &mut Session, turn: &mut Turn) {
    if !session.connection.is_ready() {
        return;
    }
    for act in session.acts.ready() {
        let id = session.connection.next_command(turn.now_ms());
        act.state = ActState::Sending(id);
        let (op, field, value) = match &act.change.what {
            What::Edited(text) => ("edit", "text", text.as_str()),
            What::Reacted(emoji, true) => ("react", "emoji", emoji.as_str()),
            What::Reacted(emoji, false) => ("unreact", "emoji", emoji.as_str()),
            What::Deleted | What::Replied(_) => ("delete", "", ""),
        };
        let of_field = |name| (field == name).then_some(value);
        let command = Command::Change {
            id,
            op,
            channel: &act.channel,
            seq: act.change.target,
            text: of_field("text"),
            emoji: of_field("emoji"),
        };
        turn.effects.push(command.into());
    }
}

/// A command has been answered. Says whether it was an act.
pub fn replied(session: &mut Session, reply: &Reply<Json>, turn: &mut Turn) -> bool {
    let Some(act) = session.acts.sent_as(reply.re) else {
        return false;
    };
    let channel = act.channel.clone();
    if let Some(ok) = &reply.ok {
        let done = ok.read::<ChangeOk>();
        act.state = ActState::Done(done.map_or(0, |ok| ok.seq));
        let head = session.logs.head(&(&channel).into());
        session.acts.came_to(&channel, head);
    } else {
        let refusal = reply.error.as_ref();
        match refusal.map_or(Code::Internal, |refusal| refusal.code) {
            Code::NotAuthenticated => turn.end = Some(End::Ended),
            Code::RateLimited | Code::Overloaded => {
                act.state = ActState::Waiting;
                let wait = refusal.and_then(|refusal| refusal.retry_after_ms);
                turn.wake(Timer::Resend(channel), wait.unwrap_or(RESEND_MS));
            }
            code => refused(session, reply.re, code),
        }
    }
    pump(session, turn);
    sending::pump(session, turn);
    true
}

/// An act was refused: the message is as it was, and what was typed is there to be tried again.
fn refused(session: &mut Session, command: u64, code: Code) {
    session.alert = Some(strings::not_changed(strings::refusal(code)));
    let Some(act) = session.acts.take(command) else {
        return;
    };
    let target = act.change.target;
    let is_shown = session.is_open(&act.channel)
        && session.open().is_some_and(|open| open.timeline.has(target));
    if let (What::Edited(text), true, None) = (act.change.what, is_shown, &session.editing) {
        session.editing = Some(Editing {
            pane: Pane::Channel,
            seq: target,
            text,
            from_composer: false,
        });
    }
}

/// From this message on everything is unread, until the channel is left or its end is asked for.
fn mark_unread(session: &mut Session, seq: Seq, turn: &mut Turn) {
    if !session.connection.is_ready() {
        session.alert = Some(strings::not_changed(strings::OFFLINE_NOW));
        return;
    }
    let Some(channel) = session.open_mut().filter(|channel| channel.info.member) else {
        return;
    };
    // How much that is the server says.
    channel.mark_unread();
    let channel = channel.info.id.clone();
    session.new_after = Some(seq.saturating_sub(1));
    session.stays_unread = true;
    let command = Command::MarkUnread {
        id: session.connection.next_command(turn.now_ms()),
        channel: &channel,
        seq,
    };
    turn.effects.push(command.into());
    turn.say(session, strings::MARKED_UNREAD);
}
