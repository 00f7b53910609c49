//! *1. An acknowledged `send` is durable.*

use std::{collections::BTreeMap, rc::Rc};

use super::{Log, Name, three::Letter};
use crate::failure::Failure;

/// No two messages stand at one place: what was acknowledged there is what is seen there.
pub fn stands_where_acknowledged(log: &mut Log, name: &Name, seq: u64) -> Result<(), Failure> {
    let there = log.names.entry(seq).or_insert_with(|| name.clone());
    if there == name {
        return Ok(());
    }
    Err(Failure::Promise(
        1,
        format!(
            "{} {seq} was {} of {} and is now {} of {}",
            name.channel, there.client_message_id, there.user, name.client_message_id, name.user
        ),
    ))
}

/// In the end everything that was acknowledged is in its log.
pub fn all_are_there(
    letters: &BTreeMap<Name, Letter>,
    logs: &BTreeMap<Rc<str>, Log>,
) -> Result<(), Failure> {
    for (name, letter) in letters {
        let Some(seq) = letter.acknowledged_at() else {
            continue;
        };
        let is_there = logs
            .get(&name.channel)
            .is_some_and(|log| seq <= log.stored && log.names.get(&seq) == Some(name));
        if !is_there {
            let how = format!(
                "{} of {} was acknowledged as {} {seq}, which nobody finds",
                name.client_message_id, name.user, name.channel
            );
            return Err(Failure::Promise(1, how));
        }
    }
    Ok(())
}
