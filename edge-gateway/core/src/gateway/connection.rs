//! The browsers' sockets and what each of them follows.

use std::{
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use fnv::FnvBuildHasher;
use protocol::{api::Caller, command::ResumePoint, flow::Flow, id::LogId, rates::Allowance};

use super::{input::ConnectionId, presence::Person};

/// One browser's socket.
#[derive(Debug)]
pub(super) struct Connection {
    pub caller: Rc<Caller>,
    /// Whether `hello` was said.
    pub greeted: bool,
    /// Where the browser has been before, as long as the log's turn has not come.
    pub resume: BTreeMap<LogId, ResumePoint>,
    pub flow: Flow,
    /// When anything last came from it, in milliseconds since the epoch, as far as known in this life.
    pub heard_ms: Option<u64>,
    /// Until when it stays subscribed for whoever comes back, where its socket is gone, in milliseconds since the epoch.
    pub absent_until_ms: Option<u64>,
    /// Commands without a reply.
    pub in_flight: usize,
    pub allowance: Allowance,
    pub subscriptions: Subscriptions,
    pub person: Person,
}

impl Connection {
    /// Whether its socket is gone.
    pub fn is_absent(&self) -> bool {
        self.absent_until_ms.is_some()
    }
}

/// How far one connection is with each of its logs, in the order of their ids.
///
/// There are many connections with few logs each: a sorted list takes a quarter of the memory of a tree.
#[derive(Debug, Default)]
pub(super) struct Subscriptions(Vec<(Rc<str>, Subscription)>);

impl Subscriptions {
    pub fn get(&self, log: &str) -> Option<&Subscription> {
        let index = self.find(log).ok()?;
        self.0.get(index).map(|(_, subscription)| subscription)
    }

    pub fn get_mut(&mut self, log: &str) -> Option<&mut Subscription> {
        let index = self.find(log).ok()?;
        self.0.get_mut(index).map(|(_, subscription)| subscription)
    }

    pub fn contains_key(&self, log: &str) -> bool {
        self.find(log).is_ok()
    }

    pub fn insert(&mut self, log: Rc<str>, subscription: Subscription) {
        match self.find(&log) {
            Err(index) => self.0.insert(index, (log, subscription)),
            Ok(index) => {
                if let Some((_, old)) = self.0.get_mut(index) {
                    *old = subscription;
                }
            }
        }
    }

    pub fn remove(&mut self, log: &str) -> Option<Subscription> {
        let index = self.find(log).ok()?;
        Some(self.0.remove(index).1)
    }

    pub fn keys(&self) -> impl Iterator<Item = &Rc<str>> {
        self.0.iter().map(|(log, _)| log)
    }

    fn find(&self, log: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (**other).cmp(log))
    }
}

/// How far one connection is with one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subscription {
    /// The channel server was asked by this request.
    Asked { request: u64, relisted: bool },
    /// The channel server had no time; it is asked again.
    Waiting {
        at_ms: u64,
        attempt: u32,
        since: Option<Box<ResumePoint>>,
    },
    /// The connection gets the log's events.
    Live { relisted: bool },
}

impl Subscription {
    /// Takes note that the user's log has said since that the user is in this channel: they may have left and come back between
    /// the two, and the cut or the refusal be still on its way.
    pub fn relist(&mut self) {
        match self {
            Self::Asked { relisted, .. } | Self::Live { relisted } => *relisted = true,
            // It is asked for after that.
            Self::Waiting { .. } => {}
        }
    }

    /// Whether it was taken note of.
    pub fn is_relisted(&self) -> bool {
        matches!(
            self,
            Self::Asked { relisted: true, .. } | Self::Live { relisted: true }
        )
    }
}

/// All sockets, also by user.
#[derive(Debug, Default)]
pub(super) struct Connections {
    by_id: HashMap<ConnectionId, Connection, FnvBuildHasher>,
    by_user: HashMap<Rc<str>, Vec<ConnectionId>, FnvBuildHasher>,
}

impl Connections {
    pub fn insert(&mut self, id: ConnectionId, caller: Caller) {
        self.by_user
            .entry(caller.user.as_str().into())
            .or_default()
            .push(id);
        let connection = Connection {
            caller: Rc::new(caller),
            greeted: false,
            resume: BTreeMap::new(),
            flow: Flow::default(),
            heard_ms: None,
            absent_until_ms: None,
            in_flight: 0,
            allowance: Allowance::default(),
            subscriptions: Subscriptions::default(),
            person: Person::default(),
        };
        self.by_id.insert(id, connection);
    }

    pub fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.by_id.remove(&id)?;
        let user = connection.caller.user.as_str();
        if let Some(ids) = self.by_user.get_mut(user) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_user.remove(user);
            }
        }
        Some(connection)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn find(&self, id: ConnectionId) -> Option<&Connection> {
        self.by_id.get(&id)
    }

    pub fn find_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.by_id.get_mut(&id)
    }

    /// Every connection, in no order that means anything.
    pub fn each_mut(&mut self, mut look: impl FnMut(ConnectionId, &mut Connection)) {
        for (id, connection) in &mut self.by_id {
            look(*id, connection);
        }
    }

    /// The connections of a user, in the order in which they came.
    pub fn of_user(&self, user: &str) -> &[ConnectionId] {
        self.by_user.get(user).map_or(&[], Vec::as_slice)
    }
}
