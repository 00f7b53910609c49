//! *3. One `(channel, user, client_message_id)` is stored once, by whichever way it comes.*

use std::collections::BTreeSet;

use super::{Ack, Name};
use crate::failure::Failure;

/// What is known of one message.
#[derive(Debug, Default)]
pub struct Letter {
    /// What was sent under its name.
    texts: BTreeSet<String>,
    /// Where it stands, by whatever told so.
    seq: Option<u64>,
    acknowledged: Option<Ack>,
    /// Whether it was acknowledged as new.
    was_new: bool,
}

impl Letter {
    pub fn sent(&mut self, text: &str) {
        if !self.texts.contains(text) {
            self.texts.insert(text.to_owned());
        }
    }

    pub fn acknowledged_at(&self) -> Option<u64> {
        self.acknowledged.as_ref().map(|ack| ack.seq)
    }
}

/// A message stands at one place only.
pub fn stored(
    letter: &mut Letter,
    name: &Name,
    seq: u64,
    text: Option<&str>,
) -> Result<(), Failure> {
    let at = *letter.seq.get_or_insert(seq);
    if at != seq {
        let how = format!(
            "{} of {} is stored twice in {}: as {at} and as {seq}",
            name.client_message_id, name.user, name.channel
        );
        return Err(Failure::Promise(3, how));
    }
    match text {
        Some(text) if !letter.texts.contains(text) => Err(Failure::Rule(
            "a message says what was sent",
            format!("{} of {}: {text}", name.client_message_id, name.user),
        )),
        _ => Ok(()),
    }
}

/// Every acknowledgement of a message says the same, and one at most that it is new.
pub fn acknowledged(letter: &mut Letter, name: &Name, ack: &Ack) -> Result<(), Failure> {
    stored(letter, name, ack.seq, None)?;
    let was_new = letter.was_new;
    letter.was_new |= !ack.duplicate;
    if was_new && !ack.duplicate {
        let how = format!(
            "{} of {} is new twice in {}",
            name.client_message_id, name.user, name.channel
        );
        return Err(Failure::Promise(3, how));
    }
    match &letter.acknowledged {
        Some(first) if first.at != ack.at || first.epoch != ack.epoch => {
            let how = format!(
                "{} of {} was stored at {} and at {}",
                name.client_message_id, name.user, first.at, ack.at
            );
            Err(Failure::Promise(3, how))
        }
        Some(_) => Ok(()),
        None => {
            letter.acknowledged = Some(ack.clone());
            Ok(())
        }
    }
}
