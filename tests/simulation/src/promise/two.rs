//! *2. Per channel one gap-free order, the same for everyone.*

use std::{collections::BTreeMap, rc::Rc};

use super::{Log, Name, Socket};
use crate::{failure::Failure, line::PageMessage};

/// A log's epoch is the same for everyone.
pub fn one_epoch(log: &mut Log, name: &str, epoch: &str) -> Result<(), Failure> {
    let known = log.epoch.get_or_insert_with(|| epoch.to_owned());
    if known == epoch {
        return Ok(());
    }
    let how = format!("{name} has the epochs {known} and {epoch}");
    Err(Failure::Promise(2, how))
}

/// The event at a place is the same for everyone, to the byte.
pub fn same_for_everyone(log: &mut Log, name: &str, seq: u64, text: &str) -> Result<(), Failure> {
    let first = log.lines.entry(seq).or_insert_with(|| text.into());
    if **first == *text {
        return Ok(());
    }
    let first = first.clone();
    if super::gone::is_same(log, seq, &first, text) {
        return Ok(());
    }
    let how = format!("{name} {seq} is {first} for some and {text} for others");
    Err(Failure::Promise(2, how))
}

/// What one connection sends to one channel is taken in the order sent. (A panic takes frames away that were in memory, and not
/// those that come after them.)
pub fn in_order_sent(
    socket: &mut Socket,
    name: &Name,
    command: u64,
    seq: u64,
) -> Result<(), Failure> {
    if command <= socket.unordered {
        return Ok(());
    }
    let order = socket.order.entry(name.channel.clone()).or_default();
    let before = order.range(..command).next_back();
    let after = order.range(command..).next();
    let is_in_order = before.is_none_or(|(_, earlier)| *earlier < seq)
        && after.is_none_or(|(_, later)| *later > seq);
    if !is_in_order {
        let how = format!(
            "command {command} became {} {seq}, out of the order sent: {order:?}",
            name.channel
        );
        return Err(Failure::Promise(2, how));
    }
    order.insert(command, seq);
    Ok(())
}

/// A page has the messages of the log.
pub fn page_agrees(log: &mut Log, name: &str, messages: &[PageMessage]) -> Result<(), Failure> {
    let mut last = 0;
    for message in messages {
        if message.seq <= last {
            let how = format!("a page of {name} is not ascending at {}", message.seq);
            return Err(Failure::Promise(2, how));
        }
        last = message.seq;
        let (Some(id), channel) = (&message.client_message_id, Rc::from(name)) else {
            continue;
        };
        let read = Name {
            channel,
            user: message.user.as_str().into(),
            client_message_id: id.as_str().into(),
        };
        super::one::stands_where_acknowledged(log, &read, message.seq)?;
    }
    // Between the first and the last message of a page there is none that the page leaves out.
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
        return Ok(());
    };
    let stands = |seq: &u64| log.truth.message(*seq).is_none_or(|message| message.stands);
    let missing = log.names.range(first.seq..=last.seq).find(|(seq, _)| {
        let found = messages.binary_search_by_key(*seq, |message| message.seq);
        found.is_err() && stands(seq)
    });
    match missing {
        Some((seq, _)) => Err(Failure::Promise(
            2,
            format!("a page of {name} leaves message {seq} out"),
        )),
        None => Ok(()),
    }
}

/// In the storage one event follows the other.
pub fn next_stored(log: &mut Log, name: &str, seq: u64) -> Result<(), Failure> {
    if seq == log.stored + 1 {
        log.stored = seq;
        return Ok(());
    }
    let how = format!("{name} has {seq} after {} in its storage", log.stored);
    Err(Failure::Promise(2, how))
}

/// Nothing was seen that is not in the storage.
pub fn nothing_else(logs: &BTreeMap<Rc<str>, Log>) -> Result<(), Failure> {
    for (name, log) in logs {
        if let Some((seq, line)) = log.lines.range(log.stored + 1..).next() {
            let how = format!("{name} {seq} was seen and is not stored: {line}");
            return Err(Failure::Promise(2, how));
        }
    }
    Ok(())
}
