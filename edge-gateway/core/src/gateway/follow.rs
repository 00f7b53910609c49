//! Who has which log: following, leaving, being cut off.

use std::{collections::BTreeSet, rc::Rc};

use protocol::{
    command::ResumePoint,
    id::{ChannelId, Kind, LogId},
    link::Up,
    message::Seq,
};

use super::{
    ConnectionId, Gateway, Server,
    connection::Subscription,
    log::Log,
    request::{Asked, Request},
};

impl Gateway {
    /// Has a connection subscribe to a log, from where it has been before, unless it has the log or has asked for it.
    pub(super) fn follow(&mut self, connection: ConnectionId, log: &LogId, now_ms: u64) {
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        let since = state.resume.remove(log);
        if state.subscriptions.contains_key(log.as_str()) {
            return;
        }
        let log = self.wanted(log.as_str());
        self.ask(connection, &log, since, 0, now_ms);
    }

    /// Gives a connection its workspace and the channels of its user, and takes from it what is no longer among them.
    pub(super) fn follow_all(&mut self, connection: ConnectionId, channels: &[&str], now_ms: u64) {
        let Some(state) = self.connections.find(connection) else {
            return;
        };
        let workspace = LogId::from(&state.caller.workspace);
        let listed: BTreeSet<&str> = channels.iter().copied().collect();
        let over: Vec<Rc<str>> = state
            .subscriptions
            .keys()
            .filter(|log| {
                matches!(Kind::of(log), Some(Kind::Channel | Kind::Direct))
                    && !listed.contains(&***log)
            })
            .cloned()
            .collect();
        for log in over {
            self.leave(connection, &log);
        }
        self.follow(connection, &workspace, now_ms);
        for channel in channels {
            if let Some(state) = self.connections.find_mut(connection)
                && let Some(subscription) = state.subscriptions.get_mut(channel)
            {
                subscription.relist();
            } else if let Ok(channel) = ChannelId::parse(channel) {
                self.follow(connection, &LogId::from(channel), now_ms);
            }
        }
        if let Some(state) = self.connections.find_mut(connection) {
            state.resume.clear();
        }
    }

    /// The user of a log is in a channel.
    pub(super) fn joined(
        &mut self,
        connections: Vec<ConnectionId>,
        channel: &ChannelId,
        now_ms: u64,
    ) {
        for connection in connections {
            self.follow(connection, &LogId::from(channel), now_ms);
        }
    }

    /// Takes a log from a connection, or the wish for it.
    pub(super) fn leave(&mut self, connection: ConnectionId, log: &str) {
        let Some(subscription) = self
            .connections
            .find_mut(connection)
            .and_then(|state| state.subscriptions.remove(log))
        else {
            return;
        };
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        match subscription {
            Subscription::Live { .. } => {
                entry.connections.remove(&connection);
                self.unkeep(log);
            }
            Subscription::Asked { request, .. } => {
                entry.asking = entry.asking.saturating_sub(1);
                if let Some(link) = self.links.get_mut(&entry.server) {
                    link.requests.remove(request);
                }
            }
            Subscription::Waiting { at_ms, .. } => {
                entry.asking = entry.asking.saturating_sub(1);
                self.retries.remove(&(at_ms, connection, entry.id.clone()));
            }
        }
        self.drop_if_unwanted(log);
    }

    /// A user is cut off from a log at event `seq`: their connections leave it.
    ///
    /// Where the user's log has said since that they are in it, the channel server is asked whether they came back.
    pub(super) fn cut(&mut self, log: &str, user: &str, seq: Seq, now_ms: u64) {
        for connection in self.of_user(log, user, seq) {
            self.leave_unless_relisted(connection, log, now_ms);
        }
    }

    pub(super) fn leave_unless_relisted(
        &mut self,
        connection: ConnectionId,
        log: &str,
        now_ms: u64,
    ) {
        let is_relisted = self
            .connections
            .find(connection)
            .and_then(|state| state.subscriptions.get(log))
            .is_some_and(Subscription::is_relisted);
        self.leave(connection, log);
        if is_relisted && let Ok(log) = LogId::parse(log) {
            self.follow(connection, &log, now_ms);
        }
    }

    /// Forgets a connection; whether there was one.
    pub(super) fn forget(&mut self, connection: ConnectionId) -> bool {
        let logs: Vec<Rc<str>> = match self.connections.find(connection) {
            Some(state) => state.subscriptions.keys().cloned().collect(),
            None => return false,
        };
        for log in logs {
            self.leave(connection, &log);
        }
        let Some(state) = self.connections.remove(connection) else {
            return false;
        };
        self.person_left(connection, &state);
        true
    }

    /// The connections of a user that get event `seq` of a log.
    pub(super) fn of_user(&self, log: &str, user: &str, seq: Seq) -> Vec<ConnectionId> {
        let Some(entry) = self.logs.get(log) else {
            return Vec::new();
        };
        self.connections
            .of_user(user)
            .iter()
            .copied()
            .filter(|id| entry.connections.get(id).is_some_and(|from| *from < seq))
            .collect()
    }

    /// The id of a log that is known from now on.
    fn wanted(&mut self, log: &str) -> Rc<str> {
        if let Some(entry) = self.logs.get(log) {
            return entry.id.clone();
        }
        let id: Rc<str> = log.into();
        let server = Server(self.ring.owner(log));
        self.logs.insert(id.clone(), Log::new(id.clone(), server));
        id
    }

    pub(super) fn ask(
        &mut self,
        connection: ConnectionId,
        log: &Rc<str>,
        since: Option<ResumePoint>,
        attempt: u32,
        now_ms: u64,
    ) {
        let Some(caller) = self
            .connections
            .find(connection)
            .map(|state| state.caller.clone())
        else {
            return;
        };
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        entry.asking += 1;
        let server = entry.server;
        let link = self.link_to(server, now_ms);
        link.logs.insert(log.clone());
        let request = Request {
            connection,
            caller,
            log: log.clone(),
            asked_ms: now_ms,
            what: Asked::Log {
                since,
                attempt,
                pieces: Vec::new(),
            },
        };
        let asked = Subscription::Asked {
            request: link.ask(request, now_ms),
            relisted: false,
        };
        if let Some(state) = self.connections.find_mut(connection) {
            state.subscriptions.insert(log.clone(), asked);
        }
    }

    /// Ends the subscription to a log that no connection has or wants.
    pub(super) fn drop_if_unwanted(&mut self, log: &str) {
        let Some(entry) = self.logs.get_mut(log) else {
            return;
        };
        if !entry.connections.is_empty() {
            return;
        }
        entry.position = None;
        if entry.asking > 0 {
            return;
        }
        let server = entry.server;
        if let Some(entry) = self.logs.remove(log) {
            self.tail_bytes = self.tail_bytes.saturating_sub(entry.tail.bytes());
            if entry.was_kept {
                self.gone.insert(entry.id);
            }
        }
        if let Some(link) = self.links.get_mut(&server) {
            link.logs.remove(log);
            link.tell(&Up::Unsubscribe { log });
        }
    }
}
