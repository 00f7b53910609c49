//! The gateways that have people here or watch some: what they are owed, and for how long one that is silent is believed.
//!
//! A link is a sign of life. A gateway without one is asked for its people before its lease ends, by the request that wakes
//! gateways: an object always answers, and one that has lost its memory says that it has nobody. If none of these requests reaches
//! it, its people are offline when the lease ends; it is asked on until it answers, as it may have them still.

use std::collections::{BTreeMap, BTreeSet};

use protocol::limits::PRESENCE_LEASE_MS;

use crate::{fault::Fault, link::GatewayId, sql::Sql};

/// So long before its lease ends a gateway is asked, in milliseconds.
pub const ASK_AHEAD_MS: u64 = 60_000;
/// When a gateway that was not reached is asked again, in milliseconds; it doubles.
const RETRY_MIN_MS: u64 = 5_000;
/// The longest wait between two tries, in milliseconds.
const RETRY_MAX_MS: u64 = 60_000;
/// A request that has not come to its end for so long, in milliseconds, is not waited for.
const FLIGHT_MS: u64 = 30_000;

/// One gateway.
#[derive(Debug, Default)]
pub struct Peer {
    /// When it was last known to be there, in milliseconds since the epoch; `None` while it has a link.
    pub heard_ms: Option<u64>,
    /// Of those of its people who are not in doubt.
    pub digest: u64,
    /// Whether its lease ended before it was reached.
    pub has_lapsed: bool,
    /// Whether it has anybody here, in doubt or not.
    pub has_people: bool,
    /// Of whom it is to be told.
    pub news: BTreeSet<u32>,
    /// Whether it is to be told of all whom it watches.
    pub is_owed_all: bool,
    /// From when on it is asked, however young its lease is, in milliseconds since the epoch.
    pub ask_from_ms: Option<u64>,
    row: Row,
    /// The request on its way.
    in_flight: Option<Flight>,
    /// The next request is not before then, in milliseconds since the epoch.
    not_before_ms: u64,
    failures: u32,
}

/// What is written down of a gateway.
#[derive(Debug, Default)]
struct Row {
    is_owed: bool,
    /// Whether the rest of it has changed since.
    is_stale: bool,
}

/// A request to a gateway.
#[derive(Debug)]
struct Flight {
    request: u64,
    /// Whether it tells of anybody.
    carries_news: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Peers {
    known: BTreeMap<GatewayId, Peer>,
    /// When the first who is in doubt is offline, in milliseconds since the epoch.
    pub doubt_ms: Option<u64>,
    /// Whether it was found out in this life which of those that had a link have none any more.
    is_awake: bool,
}

impl Peer {
    /// Whether it is to be told anything.
    pub fn is_owed(&self) -> bool {
        self.is_owed_all || !self.news.is_empty()
    }

    /// When its people are offline unless it is heard of.
    pub fn lapses_ms(&self) -> Option<u64> {
        let is_believed = self.has_people && !self.has_lapsed;
        let heard_ms = self.heard_ms.filter(|_| is_believed)?;
        Some(heard_ms + PRESENCE_LEASE_MS)
    }

    /// Whether it is to be asked for its people.
    pub fn is_to_be_asked(&self, now_ms: u64) -> bool {
        self.ask_ms().is_some_and(|at_ms| at_ms <= now_ms)
    }

    fn ask_ms(&self) -> Option<u64> {
        if self.has_lapsed {
            return Some(0);
        }
        let at_ms = self.lapses_ms()? - ASK_AHEAD_MS;
        Some(self.ask_from_ms.map_or(at_ms, |from_ms| from_ms.min(at_ms)))
    }

    /// When a request to it is due, if it has no link.
    pub fn request_ms(&self) -> Option<u64> {
        let wanted_ms = if self.is_owed() {
            Some(0)
        } else {
            self.ask_ms()
        };
        Some(wanted_ms?.max(self.not_before_ms))
    }

    /// A request is on its way.
    pub fn asked(&mut self, request: u64, carries_news: bool, now_ms: u64) {
        self.in_flight = Some(Flight {
            request,
            carries_news,
        });
        self.not_before_ms = now_ms + FLIGHT_MS;
    }

    /// No request is on its way any more. What one told may not have arrived.
    pub fn give_up(&mut self) {
        let carried_news = self.in_flight.take().is_some_and(|it| it.carries_news);
        self.is_owed_all |= carried_news;
    }

    /// It has said whom it has.
    pub fn answered(&mut self, now_ms: u64) {
        self.heard_ms = self.heard_ms.map(|_| now_ms);
        self.has_lapsed = false;
        self.ask_from_ms = None;
        self.not_before_ms = 0;
        self.row.is_stale = true;
    }

    /// It has a link, and is told what it asks there.
    pub fn dialled(&mut self) {
        *self = Self {
            digest: self.digest,
            has_people: self.has_people,
            row: Row {
                is_stale: true,
                ..self.row
            },
            ..Self::default()
        };
    }

    /// What is said of it has changed.
    pub fn touch(&mut self) {
        self.row.is_stale = true;
    }
}

impl Peers {
    /// Those that were known when this server lost its memory.
    pub fn load(sql: &impl Sql) -> Result<Self, Fault> {
        let mut peers = Self::default();
        for row in sql.exec(
            "SELECT gateway, heard_ms, digest, has_lapsed, is_owed FROM peers",
            &[],
        )? {
            let is_owed = row.int::<u32>(4)? == 1;
            let peer = Peer {
                heard_ms: row.opt_int(1)?,
                digest: row.int(2)?,
                has_lapsed: row.int::<u32>(3)? == 1,
                is_owed_all: is_owed,
                row: Row {
                    is_owed,
                    is_stale: false,
                },
                ..Peer::default()
            };
            peers.known.insert(GatewayId(row.int(0)?), peer);
        }
        for (gateway, peer) in &mut peers.known {
            peer.has_people = has_people(sql, *gateway)?;
        }
        peers.doubt_ms = first_doubt_ms(sql)?;
        Ok(peers)
    }

    /// One that has people or is owed something, known from now on.
    pub fn entry(&mut self, gateway: GatewayId, has_link: bool, now_ms: u64) -> &mut Peer {
        self.known.entry(gateway).or_insert_with(|| Peer {
            heard_ms: (!has_link).then_some(now_ms),
            ..Peer::default()
        })
    }

    /// One that is known.
    pub fn find_mut(&mut self, gateway: GatewayId) -> Option<&mut Peer> {
        self.known.get_mut(&gateway)
    }

    /// What it has here, as far as it is not in doubt.
    pub fn digest(&self, gateway: GatewayId) -> u64 {
        self.known.get(&gateway).map_or(0, |peer| peer.digest)
    }

    /// The first after `after` in order, or the first of all.
    pub fn next_after(&mut self, after: Option<GatewayId>) -> Option<(GatewayId, &mut Peer)> {
        let from = after.map_or(GatewayId(0), |GatewayId(number)| GatewayId(number + 1));
        let (gateway, peer) = self.known.range_mut(from..).next()?;
        Some((*gateway, peer))
    }

    /// A gateway has no link from now on.
    pub fn is_silent_from(&mut self, gateway: GatewayId, now_ms: u64) {
        if let Some(peer) = self.find_mut(gateway) {
            peer.heard_ms = Some(now_ms);
            peer.touch();
        }
    }

    /// The first input of a life: whoever had a link when the last one ended and has none is silent from now on. They dial soon, or
    /// have lost their memory too.
    pub fn wake_up(&mut self, has_link: impl Fn(GatewayId) -> bool, now_ms: u64) {
        if std::mem::replace(&mut self.is_awake, true) {
            return;
        }
        for (gateway, peer) in &mut self.known {
            if peer.heard_ms.is_none() && !has_link(*gateway) {
                peer.heard_ms = Some(now_ms);
                peer.ask_from_ms = Some(now_ms + RETRY_MIN_MS);
                peer.touch();
            }
        }
    }

    /// A request came to its end: the gateway has answered, or was not reached. Gives the gateway, unless it has dialled since.
    pub fn ended(&mut self, request: u64, is_answered: bool, now_ms: u64) -> Option<GatewayId> {
        let mut peers = self.known.iter_mut();
        let is_it = |peer: &Peer| {
            peer.in_flight
                .as_ref()
                .is_some_and(|it| it.request == request)
        };
        let (gateway, peer) = peers.find(|(_, peer)| is_it(peer))?;
        if is_answered {
            peer.in_flight = None;
            peer.failures = 0;
        } else {
            peer.give_up();
            peer.failures += 1;
        }
        // Until it says whom it has.
        peer.not_before_ms = if is_answered && !peer.is_to_be_asked(now_ms) {
            0
        } else {
            now_ms + (RETRY_MIN_MS << peer.failures.saturating_sub(1).min(6)).min(RETRY_MAX_MS)
        };
        Some(*gateway)
    }

    /// Writes down what has changed, and forgets those that nothing has to be known of.
    pub fn store(&mut self, sql: &impl Sql) -> Result<(), Fault> {
        let mut over = Vec::new();
        for (gateway, peer) in &mut self.known {
            let carries_news = peer.in_flight.as_ref().is_some_and(|it| it.carries_news);
            let is_owed = peer.is_owed() || carries_news;
            if !peer.row.is_stale && is_owed == peer.row.is_owed {
                continue;
            }
            peer.row = Row {
                is_owed,
                is_stale: false,
            };
            if peer.has_people || peer.has_lapsed || is_owed {
                sql.exec(
                    "INSERT INTO peers (gateway, heard_ms, digest, has_lapsed, is_owed) VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT (gateway) DO UPDATE SET heard_ms = excluded.heard_ms, digest = excluded.digest,
                     has_lapsed = excluded.has_lapsed, is_owed = excluded.is_owed",
                    &[
                        gateway.0.into(),
                        peer.heard_ms.into(),
                        peer.digest.into(),
                        u32::from(peer.has_lapsed).into(),
                        u32::from(is_owed).into(),
                    ],
                )?;
            } else {
                sql.exec("DELETE FROM peers WHERE gateway = ?", &[gateway.0.into()])?;
                over.push(*gateway);
            }
        }
        for gateway in over {
            self.known.remove(&gateway);
        }
        Ok(())
    }

    /// When the alarm is to ring, in milliseconds since the epoch.
    pub fn due_ms(&self) -> Option<u64> {
        let silent = self.known.values().filter(|peer| peer.heard_ms.is_some());
        let times = silent.flat_map(|peer| [peer.lapses_ms(), peer.request_ms()]);
        times.flatten().chain(self.doubt_ms).min()
    }
}

/// Whether a gateway has anybody here.
pub fn has_people(sql: &impl Sql, gateway: GatewayId) -> Result<bool, Fault> {
    let rows = sql.exec(
        "SELECT 1 FROM presence WHERE gateway = ? LIMIT 1",
        &[gateway.0.into()],
    )?;
    Ok(!rows.is_empty())
}

/// When the first who is in doubt is offline.
pub fn first_doubt_ms(sql: &impl Sql) -> Result<Option<u64>, Fault> {
    let rows = sql.exec(
        "SELECT until_ms FROM presence WHERE until_ms > 0 ORDER BY until_ms LIMIT 1",
        &[],
    )?;
    Ok(rows.first().map(|row| row.int(0)).transpose()?)
}
