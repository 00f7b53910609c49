//! Connections whose socket is gone: for a while they stay subscribed, so that whoever comes back is served from memory.
//!
//! When many come back at once, from a network that was away, each would ask the channel servers who they are, where they are in and
//! what they missed. The gateway knows: it has followed their logs all the while, and keeps the newest events of each.

use std::rc::Rc;

use protocol::{api::Caller, command::ResumePoint, id::LogId, line::Sync, message::Seq};

use crate::door::Crowd;

use super::{ConnectionId, Gateway, connection::Subscription, link::Link};

/// How long a connection stays without its socket, in milliseconds.
pub const ABSENT_MS: u64 = 60_000;
/// So many connections stay at the most.
const ABSENT_MAX: usize = 20_000;
/// Where so many are away at a time something has happened to all of them.
const CROWD: usize = 500;

impl Gateway {
    /// Lets a socket in, or tells when to try again, in milliseconds from now.
    pub fn knock(&mut self, now_ms: u64) -> Result<(), u64> {
        let crowd = if self.absent.len() < CROWD {
            Crowd::Calm
        } else {
            Crowd::Rush
        };
        self.door.knock(crowd, now_ms)
    }

    /// Whether a session is known to be alive without asking: the log of its user is followed for it, without a gap.
    #[must_use]
    pub fn knows(&self, caller: &Caller) -> bool {
        let user = caller.user.as_str();
        self.connections.of_user(user).iter().any(|id| {
            self.connections
                .find(*id)
                .is_some_and(|state| state.caller.session == caller.session)
                && self.streams(*id, user)
        })
    }

    /// Whether a connection has a log, and the log its link.
    fn streams(&self, connection: ConnectionId, log: &str) -> bool {
        let Some(entry) = self.logs.get(log) else {
            return false;
        };
        entry.connections.contains_key(&connection)
            && entry.is_quiet()
            && self
                .links
                .get(&entry.server)
                .is_some_and(Link::is_streaming)
    }

    /// A connection has lost its socket.
    pub(super) fn leave_absent(&mut self, connection: ConnectionId, now_ms: u64) {
        self.batch.forget(connection);
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        if !state.greeted || self.absent.len() >= ABSENT_MAX || self.is_kept {
            self.forget(connection);
            return;
        }
        let until_ms = now_ms + ABSENT_MS;
        state.absent_until_ms = Some(until_ms);
        self.absent.insert((until_ms, connection));
    }

    /// Forgets those who have been away for too long.
    pub(super) fn forget_absent(&mut self, until_ms: u64) {
        while let Some((at_ms, connection)) = self.absent.first().copied() {
            if at_ms > until_ms {
                return;
            }
            self.absent.pop_first();
            // They have had the time to come back.
            if let Some(state) = self.connections.find(connection) {
                self.people.end(state.caller.user.as_str());
            }
            self.forget(connection);
        }
    }

    /// Gives to a connection that has just said `hello` what another of the same session had when it lost its socket; whether
    /// there was one.
    pub(super) fn take_place(&mut self, connection: ConnectionId, now_ms: u64) -> bool {
        let Some(caller) = self
            .connections
            .find(connection)
            .map(|state| state.caller.clone())
        else {
            return false;
        };
        let user = caller.user.as_str();
        let absent = self.connections.of_user(user).iter().copied().find(|id| {
            self.connections
                .find(*id)
                .is_some_and(|state| state.is_absent() && state.caller.session == caller.session)
                && self.streams(*id, user)
        });
        let Some(absent) = absent else {
            return false;
        };
        let Some(state) = self.connections.find(absent) else {
            return false;
        };
        if let Some(until_ms) = state.absent_until_ms {
            self.absent.remove(&(until_ms, absent));
        }
        let logs: Vec<Rc<str>> = state.subscriptions.keys().cloned().collect();
        let role = state.caller.role;
        self.set_role(connection, role);
        // The user's own log first, as ever: whoever hears there that they left a channel drops what they have of it.
        let (own, others): (Vec<_>, Vec<_>) = logs.into_iter().partition(|log| **log == *user);
        for log in own.iter().chain(&others) {
            self.take_log(connection, absent, log, now_ms);
        }
        if let Some(state) = self.connections.find_mut(connection) {
            state.resume.clear();
        }
        self.forget(absent);
        true
    }

    fn take_log(
        &mut self,
        connection: ConnectionId,
        absent: ConnectionId,
        log: &Rc<str>,
        now_ms: u64,
    ) {
        let Some(id) = LogId::parse(log).ok() else {
            return;
        };
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        let since = state.resume.get(&id).cloned();
        let Some(missed) = self.missed(absent, log, since.as_ref()) else {
            return self.follow(connection, &id, now_ms);
        };
        for line in missed.lines {
            self.say(connection, line);
        }
        let mark = Sync {
            sync: id,
            epoch: missed.epoch,
            seq: missed.cursor,
            recovered: since.is_some(),
        };
        self.say(connection, mark.to_line());
        if let Some(entry) = self.logs.get_mut(log) {
            entry.connections.insert(connection, missed.cursor);
        }
        self.unkeep(log);
        if let Some(state) = self.connections.find_mut(connection) {
            let live = Subscription::Live { relisted: false };
            state.subscriptions.insert(log.clone(), live);
        }
    }

    /// What a connection missed of a log that another has, if that is known here.
    fn missed(
        &self,
        absent: ConnectionId,
        log: &str,
        since: Option<&ResumePoint>,
    ) -> Option<Missed> {
        let entry = self.logs.get(log)?;
        let position = entry.position.as_ref()?;
        let has_all = entry.connections.get(&absent)? <= &position.cursor && !position.resuming;
        let lines = match since {
            None => Vec::new(),
            Some(point) if *point.epoch == *position.epoch => {
                let lines = entry.tail.after(point.seq, position.cursor)?;
                lines.cloned().collect()
            }
            Some(_) => return None,
        };
        has_all.then(|| Missed {
            lines,
            epoch: position.epoch.as_ref().to_owned(),
            cursor: position.cursor,
        })
    }
}

struct Missed {
    lines: Vec<Rc<str>>,
    epoch: String,
    cursor: Seq,
}
