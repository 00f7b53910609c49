//! Answers to subscriptions and resumes, and where a log goes on from.

use std::rc::Rc;

use protocol::{
    api::Role,
    command::ResumePoint,
    error::{Code, Refusal},
    event::{Body, Event},
    id::{ChannelId, LogId},
    line::Sync,
    link::Up,
    message::Seq,
};

use super::{
    ConnectionId, Gateway, SUBSCRIBE_RETRY_MAX_MS, SUBSCRIBE_RETRY_MIN_MS,
    connection::Subscription,
    log::{Log, Position},
    request::{Asked, Request},
};

/// A log that a connection has from here on.
pub(super) struct Subscribed<'a> {
    pub epoch: &'a str,
    pub seq: Seq,
    pub recovered: bool,
    pub channels: Vec<&'a str>,
    pub role: Option<Role>,
}

impl Gateway {
    /// A connection has a log: it is given the backlog and the sync mark, and events from there on.
    pub(super) fn subscribed(&mut self, request: Request, log: &Subscribed<'_>, now_ms: u64) {
        let Asked::Log { pieces, .. } = request.what else {
            return;
        };
        let (connection, id) = (request.connection, request.log);
        let Some(entry) = self.logs.get_mut(&id) else {
            return;
        };
        let mut resume = false;
        if let Some(position) = &entry.position {
            // Another epoch, or a head before the cursor: what the others have is no longer this log.
            let is_the_same = *position.epoch == *log.epoch && log.seq >= position.cursor;
            let has_a_gap = log.seq > position.cursor && !position.resuming;
            if !is_the_same {
                self.start_anew(&id, now_ms);
            } else if has_a_gap && entry.is_users() {
                self.subscribe_again(&id, now_ms);
            } else {
                resume = has_a_gap;
            }
        }
        let Some(entry) = self.logs.get_mut(&id) else {
            return;
        };
        entry.asking = entry.asking.saturating_sub(1);
        entry.connections.insert(connection, log.seq);
        entry.position.get_or_insert_with(|| Position {
            epoch: log.epoch.into(),
            cursor: log.seq,
            resuming: false,
        });
        self.unkeep(&id);
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        let relisted = state
            .subscriptions
            .get(&id)
            .is_some_and(Subscription::is_relisted);
        let live = Subscription::Live { relisted };
        state.subscriptions.insert(id.clone(), live);
        let is_own = state.caller.user.as_str() == &*id;
        let mut taken_away = Vec::new();
        if log.recovered {
            for piece in pieces {
                if is_own {
                    taken_away.extend(channels_left(&piece));
                }
                self.say(connection, piece);
            }
        }
        if let Ok(sync) = LogId::parse(&id) {
            let mark = Sync {
                sync,
                epoch: log.epoch.to_owned(),
                seq: log.seq,
                recovered: log.recovered,
            };
            self.say(connection, mark.to_line());
        }
        if resume {
            self.resume(&id, now_ms);
        }
        if let Some(role) = log.role {
            self.set_role(connection, role);
        }
        if is_own {
            for channel in taken_away {
                self.leave_if_live(connection, &channel);
            }
            self.follow_all(connection, &log.channels, now_ms);
        }
    }

    /// Takes a channel from a connection that has just been told that its user left it. Whoever hears that drops what they have of
    /// the channel, so if the user is in it again it has to begin with a sync mark that comes after.
    fn leave_if_live(&mut self, connection: ConnectionId, channel: &ChannelId) {
        let is_live = self.connections.find(connection).is_some_and(|state| {
            let subscription = state.subscriptions.get(channel.as_str());
            matches!(subscription, Some(Subscription::Live { .. }))
        });
        if is_live {
            self.leave(connection, channel.as_str());
        }
    }

    /// A subscription was refused: for good, or for want of time.
    pub(super) fn subscription_refused(
        &mut self,
        request: Request,
        refusal: &Refusal,
        now_ms: u64,
    ) {
        let Asked::Log { since, attempt, .. } = request.what else {
            return;
        };
        let (connection, log) = (request.connection, request.log);
        let for_want_of_time = matches!(
            refusal.code,
            Code::Overloaded | Code::Internal | Code::RateLimited
        );
        if for_want_of_time {
            let back_off_ms = SUBSCRIBE_RETRY_MIN_MS
                .saturating_mul(1 << attempt.min(16))
                .min(SUBSCRIBE_RETRY_MAX_MS)
                .max(refusal.retry_after_ms.unwrap_or(0));
            let at_ms = now_ms + back_off_ms;
            let waiting = Subscription::Waiting {
                at_ms,
                attempt,
                since: since.map(Box::new),
            };
            if let Some(state) = self.connections.find_mut(connection) {
                state.subscriptions.insert(log.clone(), waiting);
                self.retries.insert((at_ms, connection, log));
            }
        } else if request.caller.user.as_str() == &*log {
            // Who has no log of their own is nobody here.
            self.end_session(connection);
        } else {
            self.leave_unless_relisted(connection, &log, now_ms);
        }
    }

    /// Asks again for what was refused for want of time.
    pub(super) fn retry_subscriptions(&mut self, now_ms: u64) {
        while let Some((at_ms, connection, log)) = self.retries.first().cloned() {
            if at_ms > now_ms {
                return;
            }
            self.retries.remove(&(at_ms, connection, log.clone()));
            let waiting = self
                .connections
                .find(connection)
                .and_then(|state| state.subscriptions.get(&log));
            if let Some(Subscription::Waiting { attempt, since, .. }) = waiting {
                let (attempt, since) = (attempt + 1, since.clone());
                if let Some(entry) = self.logs.get_mut(&log) {
                    entry.asking = entry.asking.saturating_sub(1);
                }
                self.ask(connection, &log, since.map(|since| *since), attempt, now_ms);
            }
        }
    }

    /// Has a log go on from its cursor, where events are missing or the link is new.
    ///
    /// A user's own log is subscribed to anew by each connection, from the same point: only then does the channel server look
    /// whether the session is still alive, which may have ended unheard.
    pub(super) fn resume(&mut self, log: &str, now_ms: u64) {
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        if entry.is_users() {
            let id = entry.id.clone();
            self.subscribe_again(&id, now_ms);
            return;
        }
        let Some(position) = &mut entry.position else {
            return;
        };
        position.resuming = true;
        if let Some(link) = self.links.get_mut(&entry.server) {
            link.stir(now_ms);
            link.tell(&Up::Resume {
                log,
                epoch: &position.epoch,
                seq: position.cursor,
            });
        }
    }

    /// A log goes on from its cursor, or its connections begin anew.
    pub(super) fn resumed(
        &mut self,
        log: &str,
        epoch: &str,
        seq: Seq,
        recovered: bool,
        now_ms: u64,
    ) {
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        let id = entry.id.clone();
        let Some(position) = &mut entry.position else {
            return;
        };
        if !position.resuming {
            // The answer for connections that began anew meanwhile.
        } else if recovered && *position.epoch == *epoch && position.cursor == seq {
            position.resuming = false;
        } else {
            self.start_anew(&id, now_ms);
        }
    }

    /// Has every connection of a log begin anew, with a sync mark that says so.
    fn start_anew(&mut self, log: &Rc<str>, now_ms: u64) {
        for (connection, _) in self.dissolve(log) {
            self.ask(connection, log, None, 0, now_ms);
        }
    }

    /// Has every connection of a log subscribe again from the point up to which it has everything.
    fn subscribe_again(&mut self, log: &Rc<str>, now_ms: u64) {
        for (connection, since) in self.dissolve(log) {
            self.ask(connection, log, Some(since), 0, now_ms);
        }
    }

    fn dissolve(&mut self, log: &str) -> Vec<(ConnectionId, ResumePoint)> {
        self.logs.get_mut(log).map_or_else(Vec::new, Log::dissolve)
    }
}

/// The channels that missed lines of a user's own log take away. It is the only log whose lines are read here, and only where
/// some were missed.
fn channels_left(lines: &str) -> Vec<ChannelId> {
    lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Event>(line).ok())
        .filter_map(|event| match event.body {
            Body::Left { subject } => Some(subject),
            _ => None,
        })
        .collect()
}
