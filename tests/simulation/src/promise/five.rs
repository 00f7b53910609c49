//! *5. After `member_left` the removed user receives nothing more of that channel, on any socket.*

use std::{collections::BTreeMap, rc::Rc};

use super::{Log, Socket};
use crate::{failure::Failure, line::Line};

/// From which event on somebody is in, and from which on out again.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: u64,
    to: Option<u64>,
}

/// Who was in a channel when, by its durable events.
#[derive(Debug, Default)]
pub struct Members(BTreeMap<String, Vec<Span>>);

impl Members {
    /// An event has become durable.
    pub fn recorded(&mut self, event: &Line, seq: u64) {
        let (Some(name), Some(subject)) = (event.event.as_deref(), &event.subject) else {
            return;
        };
        let spans = match name {
            "member_joined" | "member_left" => self.0.entry(subject.clone()).or_default(),
            _ => return,
        };
        let open = spans.last_mut().filter(|span| span.to.is_none());
        match (open, name) {
            (Some(span), "member_left") => span.to = Some(seq),
            (None, "member_joined") => spans.push(Span {
                from: seq,
                to: None,
            }),
            _ => {}
        }
    }

    /// Whether a user is in at event `seq`.
    pub fn is_in(&self, user: &str, seq: u64) -> bool {
        self.spans(user)
            .any(|span| span.from <= seq && span.to.is_none_or(|to| seq < to))
    }

    /// The event by which a user came in for the time after `before` times.
    pub fn came_at(&self, user: &str, before: usize) -> Option<u64> {
        self.spans(user).nth(before).map(|span| span.from)
    }

    /// Whether a user came after event `seq`: what they missed is theirs to read.
    fn came_later(&self, user: &str, seq: u64) -> bool {
        self.spans(user).any(|span| span.from > seq)
    }

    /// Whether a user went after event `seq`.
    pub fn was_out(&self, user: &str, seq: u64) -> bool {
        self.spans(user)
            .any(|span| span.to.is_some_and(|to| to > seq))
    }

    /// The first event after `seq` and up to `last` at which a user went.
    fn went(&self, user: &str, seq: u64, last: u64) -> Option<u64> {
        self.spans(user)
            .filter_map(|span| span.to)
            .find(|to| (seq + 1..=last).contains(to))
    }

    fn spans(&self, user: &str) -> impl Iterator<Item = &Span> {
        self.0.get(user).into_iter().flatten()
    }
}

fn is_channel(log: &str) -> bool {
    log.starts_with(['C', 'D'])
}

/// Whoever gets an event of a channel is in it, or has come back since.
///
/// A single-channel socket may read a public channel without being in it, but not beyond a removal.
pub fn event(socket: &Socket, log: &Log, name: &str, seq: u64) -> Result<(), Failure> {
    if !is_channel(name) {
        return Ok(());
    }
    let user = &*socket.user;
    let broken = |how: String| Err(Failure::Promise(5, how));
    if socket.single.is_some() {
        let Some(mark) = socket.marks.get(name) else {
            return Ok(());
        };
        return match log.members.went(user, *mark, seq) {
            Some(went) => broken(format!(
                "{user} got {name} {seq} on a socket of before {went}, when they were removed"
            )),
            None => Ok(()),
        };
    }
    // Of what is not durable yet it is not known who is in it; that nobody sees such a thing is another promise.
    if seq > log.head || log.members.is_in(user, seq) || log.members.came_later(user, seq) {
        return Ok(());
    }
    broken(format!("{user} got {name} {seq} and is not in it"))
}

/// Passing news of a channel come between its sync mark and the `left` of the user's own log.
pub fn passing(socket: &Socket, name: &Rc<str>) -> Result<(), Failure> {
    if socket.left.contains(name) {
        let how = format!(
            "{} got passing news of {name} after leaving it",
            socket.user
        );
        return Err(Failure::Promise(5, how));
    }
    Ok(())
}
