//! People: what each user is at this gateway, and that the channel server of their own log knows.
//!
//! It is looked at once at the end of an input whatever that did to their connections. A connection without its socket still counts,
//! and whoever loses their last one is given a moment to come back, so that a reload is not seen. Nobody's changes are told less
//! than a moment apart, only the newest. What was told while no link was open is told when there is one; then the digest of all says
//! whether the channel server knows everybody.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use fnv::FnvBuildHasher;
use protocol::{
    link::{Up, write},
    presence::{Activity, Status, digest},
};

use super::{ConnectionId, Gateway, KeptPerson, Output, Server, connection::Connection};

/// How long whoever loses their last connection is taken to be on their way back, in milliseconds.
pub const BACK_MS: u64 = 3_000;
/// Changes of one user are told so far apart, in milliseconds.
pub const CHANGES_APART_MS: u64 = 1_000;
/// People in one record.
const PEOPLE_PART: usize = 500;

/// What a connection says of its user, and whom it watches.
#[derive(Debug)]
pub(super) struct Person {
    pub is_away: bool,
    /// Keys of the interests of the connection.
    pub watches: BTreeSet<Rc<str>>,
    /// Whether what is written down of it, if anything, is what it is now.
    is_kept: bool,
    was_kept: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            is_away: false,
            watches: BTreeSet::new(),
            is_kept: true,
            was_kept: false,
        }
    }
}

/// The users who are here or were until just now.
#[derive(Debug, Default)]
pub(super) struct People {
    homes: BTreeMap<Server, Home>,
    /// Whose connections have changed, and whether that is told at once.
    touched: Vec<(Rc<str>, bool)>,
    /// When whose change is told.
    due: BTreeSet<(u64, Rc<str>)>,
    /// Connections of which what is written down is not what they are.
    unkept: Vec<ConnectionId>,
    /// Connections that are written down and not there any more.
    gone: Vec<ConnectionId>,
}

/// The users whose own logs are at one channel server.
#[derive(Debug, Default)]
struct Home {
    told: HashMap<Rc<str>, Told, FnvBuildHasher>,
    /// Of all of them.
    digest: u64,
}

/// What a channel server was told of a user.
#[derive(Debug)]
struct Told {
    /// `None` where that is not known.
    status: Option<Status>,
    at_ms: u64,
    due_ms: Option<u64>,
}

impl Told {
    fn digest(&self, user: &str) -> u64 {
        self.status.map_or(0, |status| digest(user, status))
    }
}

impl People {
    /// A connection of a user has changed.
    pub fn touch(&mut self, user: Rc<str>) {
        self.touched.push((user, false));
    }

    /// Connections of a user are about to end, and nobody comes back.
    pub fn end(&mut self, user: &str) {
        self.touched.push((user.into(), true));
    }

    /// When the next change is to be told.
    pub fn due_ms(&self) -> Option<u64> {
        self.due.first().map(|(at_ms, _)| *at_ms)
    }
}

impl Gateway {
    /// A connection says what its user does.
    pub(super) fn activity(&mut self, connection: ConnectionId, activity: Activity) {
        let is_away = activity == Activity::Away;
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        if state.person.is_away != is_away {
            state.person.is_away = is_away;
            let user = state.caller.user.as_str().into();
            self.people.touch(user);
            self.unkeep_person(connection);
        }
    }

    /// What is written down of a connection is not what it is now.
    pub(super) fn unkeep_person(&mut self, connection: ConnectionId) {
        if let Some(state) = self.connections.find_mut(connection) {
            state.person.is_kept = false;
            if self.is_kept {
                self.people.unkept.push(connection);
            }
        }
    }

    /// A connection is forgotten.
    pub(super) fn person_left(&mut self, connection: ConnectionId, state: &Connection) {
        if state.person.was_kept {
            self.people.gone.push(connection);
        }
        self.release(connection, state.person.watches.iter());
        if state.greeted {
            self.people.touch(state.caller.user.as_str().into());
        }
    }

    /// Tells the channel servers what has changed, as far as it is due.
    pub(super) fn settle_people(&mut self, now_ms: u64) {
        for (user, at_once) in std::mem::take(&mut self.people.touched) {
            self.look_at(&user, at_once, now_ms);
        }
        self.tell_due(now_ms, now_ms);
    }

    /// Tells the channel servers of changes that are due by then.
    pub(super) fn tell_due(&mut self, until_ms: u64, now_ms: u64) {
        while let Some((at_ms, user)) = self.people.due.first().cloned() {
            if at_ms > until_ms {
                return;
            }
            self.look_at(&user, true, now_ms);
        }
    }

    fn look_at(&mut self, user: &Rc<str>, at_once: bool, now_ms: u64) {
        let status = self.status_of(user);
        let server = Server(self.ring.owner(user));
        let home = self.people.homes.entry(server).or_default();
        let told = home.told.get_mut(user);
        let due_ms = match &told {
            None => now_ms,
            Some(_) if at_once => now_ms,
            Some(_) if status == Status::Offline => now_ms + BACK_MS,
            Some(told) => told.at_ms + CHANGES_APART_MS,
        };
        let mut before = 0;
        let is_known = if let Some(told) = told {
            before = told.digest(user);
            let old_due_ms = told.due_ms.take();
            if let Some(at_ms) = old_due_ms {
                self.people.due.remove(&(at_ms, user.clone()));
            }
            let is_known = told.status == Some(status);
            if !is_known && due_ms > now_ms {
                let due_ms = old_due_ms.map_or(due_ms, |at_ms| at_ms.min(due_ms));
                told.due_ms = Some(due_ms);
                self.people.due.insert((due_ms, user.clone()));
                return;
            }
            is_known
        } else {
            status == Status::Offline
        };
        if is_known {
            if home.told.is_empty() {
                self.people.homes.remove(&server);
            }
            return;
        }
        home.digest ^= before ^ digest(user, status);
        if status == Status::Offline {
            home.told.remove(user);
        } else {
            let told = Told {
                status: Some(status),
                at_ms: now_ms,
                due_ms: None,
            };
            home.told.insert(user.clone(), told);
        }
        if home.told.is_empty() {
            self.people.homes.remove(&server);
        }
        let link = self.link_to(server, now_ms);
        link.stir(now_ms);
        if link.is_streaming() {
            link.tell(&Up::Present { user, status });
        } else {
            link.untold.insert(user.clone());
        }
    }

    /// What a user is, merged over their connections here.
    fn status_of(&self, user: &str) -> Status {
        let connections = self.connections.of_user(user).iter();
        let states = connections.filter_map(|id| self.connections.find(*id));
        let statuses = states.filter(|state| state.greeted).map(|state| {
            if state.person.is_away {
                Status::Away
            } else {
                Status::Active
            }
        });
        statuses.max().unwrap_or_default()
    }

    /// A link is open: its channel server is told what it could not be told before, then the digest of all.
    pub(super) fn tell_people(&mut self, server: Server, generation: u64) {
        let home = self.people.homes.get(&server);
        let Some(link) = self
            .links
            .get_mut(&server)
            .filter(|link| link.generation == generation)
        else {
            return;
        };
        for user in std::mem::take(&mut link.untold) {
            let status = home.and_then(|home| home.told.get(&user)?.status);
            let status = status.unwrap_or_default();
            link.tell(&Up::Present {
                user: &user,
                status,
            });
        }
        let digest = home.map_or(0, |home| home.digest);
        link.tell(&Up::Digest { digest });
    }

    /// A channel server asks which people are here.
    pub(super) fn people_asked(&mut self, server: Server, known: u64, by_request: bool) {
        let home = self.people.homes.get(&server);
        let digest = home.map_or(0, |home| home.digest);
        let mut answer = Vec::new();
        if digest == known {
            answer.push(Up::Digest { digest });
        } else {
            let told = home.into_iter().flat_map(|home| &home.told);
            let mut people: Vec<(&str, bool)> = told
                .filter_map(|(user, told)| Some((&**user, told.status? == Status::Away)))
                .collect();
            people.sort_unstable();
            // With nobody there is a part all the same.
            let parts = people.len().div_ceil(PEOPLE_PART).max(1);
            for part in 0..parts {
                let people = people.iter().skip(part * PEOPLE_PART);
                answer.push(Up::People {
                    is_first: part == 0,
                    people: people.take(PEOPLE_PART).copied().collect(),
                });
            }
        }
        if by_request {
            let mut records = Vec::new();
            for record in &answer {
                write(&mut records, record);
            }
            self.outputs.push(Output::Answer { records });
        } else if let Some(link) = self.links.get_mut(&server) {
            for record in &answer {
                link.tell(record);
            }
        }
    }

    /// What is written down from here on of connections that have changed.
    pub(super) fn keep_people(&mut self) {
        let unkept = std::mem::take(&mut self.people.unkept);
        let mut gone = std::mem::take(&mut self.people.gone);
        let mut changed = Vec::new();
        let mut keep = |connection: ConnectionId, state: &mut Connection| {
            let person = &mut state.person;
            if person.is_kept {
                return;
            }
            person.is_kept = true;
            if person.is_away || !person.watches.is_empty() {
                person.was_kept = true;
                let users = person.watches.iter();
                changed.push(KeptPerson {
                    connection,
                    is_away: person.is_away,
                    watches: users.map(|key| super::watch::user_of(key).into()).collect(),
                });
            } else if std::mem::take(&mut person.was_kept) {
                gone.push(connection);
            }
        };
        if self.is_kept {
            for connection in unkept {
                if let Some(state) = self.connections.find_mut(connection) {
                    keep(connection, state);
                }
            }
        } else {
            self.connections.each_mut(keep);
        }
        if !changed.is_empty() || !gone.is_empty() {
            changed.sort_unstable_by_key(|kept| kept.connection);
            self.outputs.push(Output::KeepPeople { changed, gone });
        }
    }

    /// Has the users of this gateway be what their channel servers were told, as far as that is known.
    pub(super) fn restore_homes(&mut self) {
        let mut users = BTreeSet::new();
        self.connections.each_mut(|_, state| {
            if state.greeted {
                users.insert(Rc::from(state.caller.user.as_str()));
            }
        });
        for user in users {
            self.restore_told(&user);
        }
    }

    /// What a user is as it is known now is what their channel server was told.
    fn restore_told(&mut self, user: &Rc<str>) {
        let status = self.status_of(user);
        let server = Server(self.ring.owner(user));
        let home = self.people.homes.entry(server).or_default();
        let told = home.told.entry(user.clone()).or_insert(Told {
            status: Some(Status::Offline),
            at_ms: 0,
            due_ms: None,
        });
        if told.status.is_some() {
            home.digest ^= told.digest(user) ^ digest(user, status);
            told.status = Some(status);
        }
    }

    /// Connections of a user went unnoticed: it is not known what their channel server was told of them.
    pub(super) fn doubt_told(&mut self, user: &Rc<str>) {
        let server = Server(self.ring.owner(user));
        let told = Told {
            status: None,
            at_ms: 0,
            due_ms: None,
        };
        let home = self.people.homes.entry(server).or_default();
        home.told.insert(user.clone(), told);
        self.people.touch(user.clone());
    }

    /// Goes on with what was written down of connections too, right after [`Gateway::restore`].
    pub fn restore_people(&mut self, kept: impl IntoIterator<Item = KeptPerson>) {
        for kept in kept {
            let connection = kept.connection;
            let Some(state) = self.connections.find_mut(connection) else {
                self.people.gone.push(connection);
                continue;
            };
            state.person.is_away = kept.is_away;
            state.person.was_kept = true;
            let user: Rc<str> = state.caller.user.as_str().into();
            let workspace = state.caller.workspace.clone();
            for watched in &kept.watches {
                let key = self.restore_interest(&workspace, watched, connection);
                if let Some(state) = self.connections.find_mut(connection) {
                    state.person.watches.insert(key);
                }
            }
            self.restore_told(&user);
        }
    }
}
