//! Watching: which connections follow whose presence.
//!
//! However many connections watch somebody, the channel server of that person's own log is asked once and says what changes once.
//! What it said last is remembered, so that the next connection is answered from memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use fnv::FnvBuildHasher;
use protocol::{
    error::Refusal,
    id::{UserId, WorkspaceId},
    limits::{COMMANDS_IN_FLIGHT_MAX, WATCH_MAX},
    line::Reply,
    link::{Up, write},
    presence::{Presence, Status, WatchOk, too_many},
};

use super::{COMMAND_WAIT_MS, ConnectionId, Gateway, OVERLOADED_RETRY_MS, Output, Server};

/// People in one record.
const WATCH_PART: usize = 200;
/// With so many bytes waiting for a channel server nobody else is asked for there.
const WAITING_BYTES_MAX: usize = 1024 * 1024;

/// Everybody who is watched.
#[derive(Debug, Default)]
pub(super) struct Watching {
    interests: HashMap<Rc<str>, Interest, FnvBuildHasher>,
    /// Commands whose reply waits for a channel server, the oldest first.
    pending: BTreeMap<u64, Pending>,
    last: u64,
}

/// Somebody who is watched. Their key is their workspace and their id: only connections of their workspace watch them.
#[derive(Debug)]
struct Interest {
    server: Server,
    connections: BTreeSet<ConnectionId>,
    /// What was said of them last.
    known: Option<(Status, u64)>,
    /// Commands that wait for it.
    waiting: Vec<u64>,
}

/// A `watch` without a reply.
#[derive(Debug)]
struct Pending {
    connection: ConnectionId,
    re: u64,
    keys: Vec<Rc<str>>,
    missing: usize,
    until_ms: u64,
}

/// What a channel server says of somebody.
pub(super) struct Told<'a> {
    pub workspace: &'a str,
    pub user: &'a str,
    pub status: Option<Status>,
    pub last_seen_ms: u64,
}

fn key(workspace: &str, user: &str) -> Rc<str> {
    format!("{workspace}/{user}").into()
}

/// The user of a key.
pub(super) fn user_of(key: &str) -> &str {
    key.split_once('/').map_or("", |(_, user)| user)
}

fn workspace_of(key: &str) -> &str {
    key.split_once('/').map_or("", |(workspace, _)| workspace)
}

impl Watching {
    /// When the next reply is given with what there is.
    pub fn due_ms(&self) -> Option<u64> {
        Some(self.pending.first_key_value()?.1.until_ms)
    }

    /// Whether no reply waits.
    pub fn is_quiet(&self) -> bool {
        self.pending.is_empty()
    }

    /// How many people are watched.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.interests.len()
    }

    fn awaits(&self, key: &str) -> bool {
        self.interests
            .get(key)
            .is_some_and(|interest| !interest.waiting.is_empty())
    }
}

impl Gateway {
    /// A connection watches users too. Its reply comes once all are known, or without those who are not within the time limit.
    pub(super) fn watch_people(
        &mut self,
        connection: ConnectionId,
        re: u64,
        users: &[UserId],
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let Some(state) = self.connections.find(connection) else {
            return Ok(());
        };
        if state.in_flight >= COMMANDS_IN_FLIGHT_MAX {
            return Err(Refusal::overloaded(OVERLOADED_RETRY_MS));
        }
        let workspace = state.caller.workspace.as_str();
        let keys: Vec<Rc<str>> = users
            .iter()
            .map(|user| key(workspace, user.as_str()))
            .collect();
        let watches = &state.person.watches;
        let new = keys.iter().filter(|key| !watches.contains(*key)).count();
        if watches.len() + new > WATCH_MAX {
            return Err(too_many());
        }
        let is_full = |server: Server| {
            let link = self.links.get(&server);
            link.is_some_and(|link| link.outbox_bytes() > WAITING_BYTES_MAX)
        };
        if users
            .iter()
            .any(|user| is_full(Server(self.ring.owner(user.as_str()))))
        {
            return Err(Refusal::overloaded(OVERLOADED_RETRY_MS));
        }
        self.watching.last += 1;
        let id = self.watching.last;
        let mut missing = 0;
        let mut asked: BTreeMap<Server, Vec<Rc<str>>> = BTreeMap::new();
        for key in &keys {
            let server = Server(self.ring.owner(user_of(key)));
            let interests = &mut self.watching.interests;
            let interest = interests.entry(key.clone()).or_insert_with(|| Interest {
                server,
                connections: BTreeSet::new(),
                known: None,
                waiting: Vec::new(),
            });
            interest.connections.insert(connection);
            if interest.known.is_none() {
                if interest.waiting.is_empty() {
                    asked.entry(server).or_default().push(key.clone());
                }
                interest.waiting.push(id);
                missing += 1;
            }
        }
        if let Some(state) = self.connections.find_mut(connection) {
            state.person.watches.extend(keys.iter().cloned());
            state.in_flight += 1;
        }
        self.unkeep_person(connection);
        let pending = Pending {
            connection,
            re,
            keys,
            missing,
            until_ms: now_ms + COMMAND_WAIT_MS,
        };
        self.watching.pending.insert(id, pending);
        for (server, keys) in asked {
            let link = self.link_to(server, now_ms);
            link.interests.extend(keys.iter().cloned());
            link.stir(now_ms);
            if link.is_streaming() {
                self.tell_watches(server, &keys);
            }
        }
        if missing == 0 {
            self.finish_watch(id);
        }
        Ok(())
    }

    /// A connection does not watch users any more.
    pub(super) fn unwatch_people(&mut self, connection: ConnectionId, re: u64, users: &[UserId]) {
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        let workspace = state.caller.workspace.clone();
        let keys = users
            .iter()
            .map(|user| key(workspace.as_str(), user.as_str()));
        let watches = &mut state.person.watches;
        let keys: Vec<Rc<str>> = keys.filter(|key| watches.remove(key)).collect();
        self.unkeep_person(connection);
        self.release(connection, keys.iter());
        self.reply(connection, &Reply::ok(re, &WatchOk::default()));
    }

    /// A connection has let go of these.
    pub(super) fn release<'a>(
        &mut self,
        connection: ConnectionId,
        keys: impl Iterator<Item = &'a Rc<str>>,
    ) {
        let mut over: BTreeMap<Server, Vec<Rc<str>>> = BTreeMap::new();
        for key in keys {
            let Some(interest) = self.watching.interests.get_mut(key) else {
                continue;
            };
            interest.connections.remove(&connection);
            if interest.connections.is_empty() {
                over.entry(interest.server).or_default().push(key.clone());
                self.watching.interests.remove(key);
            }
        }
        for (server, keys) in over {
            let Some(link) = self.links.get_mut(&server) else {
                continue;
            };
            for key in &keys {
                link.interests.remove(key);
            }
            for part in keys.chunks(WATCH_PART) {
                let users = part.iter().map(|key| user_of(key)).collect();
                link.tell(&Up::Unwatch { users });
            }
        }
    }

    /// A link is open: its channel server is told whom connections watch.
    pub(super) fn tell_all_watches(&mut self, server: Server) {
        let keys: Vec<Rc<str>> = match self.links.get(&server) {
            Some(link) => link.interests.iter().cloned().collect(),
            None => return,
        };
        self.tell_watches(server, &keys);
    }

    fn tell_watches(&mut self, server: Server, keys: &[Rc<str>]) {
        let Some(link) = self.links.get_mut(&server) else {
            return;
        };
        // Those of a workspace stand together: they begin with it.
        for keys in keys.chunk_by(|a, b| workspace_of(a) == workspace_of(b)) {
            for part in keys.chunks(WATCH_PART) {
                let Some(first) = part.first() else { continue };
                link.tell(&Up::Watch {
                    workspace: workspace_of(first),
                    users: part.iter().map(|key| user_of(key)).collect(),
                });
            }
        }
    }

    /// Whether a link that has just gone to sleep is to be dialled for those who are watched.
    pub(super) fn awaits_watched(&self, server: Server) -> bool {
        let link = self.links.get(&server);
        link.is_some_and(|link| link.interests.iter().any(|key| self.watching.awaits(key)))
    }

    /// A channel server says what somebody is.
    pub(super) fn presence_told(&mut self, server: Server, told: &Told<'_>, by_request: bool) {
        let key = key(told.workspace, told.user);
        let Some(interest) = self.watching.interests.get_mut(&key) else {
            return self.unwanted_presence(server, told.user, by_request);
        };
        let waiting = std::mem::take(&mut interest.waiting);
        if let Some(status) = told.status {
            let before = interest.known.replace((status, told.last_seen_ms));
            if before.is_none_or(|(before, _)| before != status) {
                self.pass_presence(&key, &waiting);
            }
        } else {
            self.drop_interest(&key);
        }
        for id in waiting {
            let Some(pending) = self.watching.pending.get_mut(&id) else {
                continue;
            };
            pending.missing = pending.missing.saturating_sub(1);
            if pending.missing == 0 {
                self.finish_watch(id);
            }
        }
    }

    /// The server need not tell of somebody.
    fn unwanted_presence(&mut self, server: Server, user: &str, by_request: bool) {
        let unwatch = Up::Unwatch { users: vec![user] };
        if by_request {
            let mut records = Vec::new();
            write(&mut records, &unwatch);
            self.outputs.push(Output::Answer { records });
        } else if let Some(link) = self.links.get_mut(&server) {
            link.tell(&unwatch);
        }
    }

    /// Gives what is known of somebody to those who watch them, but for those who get it with their reply.
    fn pass_presence(&mut self, key: &Rc<str>, waiting: &[u64]) {
        let Some(interest) = self.watching.interests.get(key) else {
            return;
        };
        let Some(presence) = interest.presence(key) else {
            return;
        };
        let pending = waiting
            .iter()
            .filter_map(|id| self.watching.pending.get(id));
        let replied: BTreeSet<ConnectionId> = pending.map(|pending| pending.connection).collect();
        let mut line = None;
        for connection in &interest.connections {
            let is_absent = self
                .connections
                .find(*connection)
                .is_none_or(super::connection::Connection::is_absent);
            if is_absent || replied.contains(connection) || self.lags(*connection) {
                continue;
            }
            let line = *line.get_or_insert_with(|| self.batch.line(presence.to_event().to_line()));
            self.batch.push(*connection, line);
        }
    }

    /// There is no such person in the workspace of those who would watch them.
    fn drop_interest(&mut self, key: &Rc<str>) {
        let Some(interest) = self.watching.interests.remove(key) else {
            return;
        };
        if let Some(link) = self.links.get_mut(&interest.server) {
            link.interests.remove(key);
        }
        for connection in interest.connections {
            if let Some(state) = self.connections.find_mut(connection) {
                state.person.watches.remove(key);
            }
            self.unkeep_person(connection);
        }
    }

    /// Replies with what is known.
    fn finish_watch(&mut self, id: u64) {
        let Some(pending) = self.watching.pending.remove(&id) else {
            return;
        };
        for key in &pending.keys {
            if let Some(interest) = self.watching.interests.get_mut(key) {
                interest.waiting.retain(|other| *other != id);
            }
        }
        let Some(state) = self.connections.find_mut(pending.connection) else {
            return;
        };
        state.in_flight = state.in_flight.saturating_sub(1);
        let interests = &self.watching.interests;
        let known = pending.keys.iter();
        let presence = known
            .filter_map(|key| interests.get(key)?.presence(key))
            .collect();
        self.reply(
            pending.connection,
            &Reply::ok(pending.re, &WatchOk { presence }),
        );
    }

    /// Replies with what is known where the rest does not come.
    pub(super) fn expire_watches(&mut self, now_ms: u64) {
        while let Some((id, pending)) = self.watching.pending.first_key_value() {
            if pending.until_ms > now_ms {
                return;
            }
            let id = *id;
            self.finish_watch(id);
        }
    }

    /// A connection watches somebody, as was written down. Gives the key.
    pub(super) fn restore_interest(
        &mut self,
        workspace: &WorkspaceId,
        user: &str,
        connection: ConnectionId,
    ) -> Rc<str> {
        let key = key(workspace.as_str(), user);
        let server = Server(self.ring.owner(user));
        let interests = &mut self.watching.interests;
        let interest = interests.entry(key.clone()).or_insert_with(|| Interest {
            server,
            connections: BTreeSet::new(),
            known: None,
            waiting: Vec::new(),
        });
        interest.connections.insert(connection);
        let link = self
            .links
            .entry(server)
            .or_insert_with(super::link::Link::sleeping);
        link.interests.insert(key.clone());
        key
    }
}

impl Interest {
    fn presence(&self, key: &str) -> Option<Presence> {
        let (status, last_seen_ms) = self.known?;
        Some(Presence {
            user: UserId::parse(user_of(key)).ok()?,
            status,
            last_seen_ms,
        })
    }
}
