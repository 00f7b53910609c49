//! What is deleted says nothing any more: no line and no page that is given out afterwards has its text.

use super::{Log, Socket};
use crate::{
    failure::Failure,
    line::{Line, PageMessage},
};

/// A deletion: how many had been made before it.
#[derive(Clone, Copy, Debug)]
pub struct Gone(pub u64);

/// The message that a line gives the text of.
fn told_of(line: &Line, seq: u64) -> Option<u64> {
    line.text.as_ref()?;
    match line.event.as_deref() {
        Some("message") => Some(seq),
        Some("message_edited") => line.target,
        _ => None,
    }
}

/// A socket that was opened when everything was quiet gets no text of what had been deleted by then.
pub fn event(socket: &Socket, log: &Log, name: &str, seq: u64, line: &Line) -> Result<(), Failure> {
    let target = told_of(line, seq);
    let gone = target.and_then(|target| Some((target, log.gone.get(&target)?)));
    match gone {
        Some((target, gone)) if gone.0 < socket.opened_after => Err(broken(
            name,
            target,
            &format!("is given out as {name} {seq}"),
        )),
        _ => Ok(()),
    }
}

/// A page that was asked for after so many deletions has no text of theirs.
pub fn page(log: &Log, name: &str, messages: &[PageMessage], after: u64) -> Result<(), Failure> {
    let shown = messages.iter().find(|message| {
        let gone = log.gone.get(&message.seq);
        let is_gone = gone.is_some_and(|gone| gone.0 < after);
        is_gone && (message.text.is_some() || !message.deleted)
    });
    match shown {
        Some(message) => Err(broken(name, message.seq, "stands on a page")),
        None => Ok(()),
    }
}

/// The storage has no text of what is deleted.
pub fn stored(log: &Log, name: &str, seq: u64, line: &Line) -> Result<(), Failure> {
    match told_of(line, seq).filter(|target| log.gone.contains_key(target)) {
        Some(target) => Err(broken(name, target, &format!("is stored in event {seq}"))),
        None => Ok(()),
    }
}

/// Whether one line of an event is the other one without what was deleted since.
pub fn is_same(log: &Log, seq: u64, one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (bare(one), bare(other)) else {
        return false;
    };
    let target = one.get("target").and_then(serde_json::Value::as_u64);
    log.gone.contains_key(&target.unwrap_or(seq)) && one == other
}

fn bare(line: &str) -> Option<serde_json::Map<String, serde_json::Value>> {
    let mut fields: serde_json::Map<_, _> = serde_json::from_str(line).ok()?;
    for field in ["text", "client_message_id", "deleted"] {
        fields.remove(field);
    }
    Some(fields)
}

fn broken(name: &str, target: u64, how: &str) -> Failure {
    let how = format!("{name} {target} is deleted, and its text {how}");
    Failure::Rule("what is deleted is gone", how)
}
