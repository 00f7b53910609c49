//! Who is there: whom to watch, what is known of them, and whether the user is there.

use litemap::LiteMap;
use protocol::id::UserId;

use crate::json::Json;

/// People watched at once at most.
pub const WATCHED_MAX: usize = 200;
/// How long whoever is shown is waited for before they are watched, in milliseconds.
pub const SETTLE_MS: u64 = 400;
/// After how long without a sign of them the user counts as away, in milliseconds.
pub const IDLE_MS: u64 = 10 * 60 * 1_000;

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// They are.
    Active,
    /// They are connected, but not at it.
    Away,
    /// They are not connected.
    Offline,
}

/// What is known of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whether they are there.
    pub status: Status,
    /// When they were there last, in milliseconds since the epoch; 0 where that is not known.
    pub last_seen_ms: u64,
}

/// Everybody's presence as far as it is watched.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    seen: LiteMap<UserId, Seen>,
    watched: LiteMap<UserId, ()>,
    /// The gateway does not know of presence.
    refused: bool,
    active_ms: u64,
    away: bool,
    /// Whether it will be looked at soon who is shown.
    settling: bool,
}

impl Presence {
    /// What is known of all that are watched.
    #[must_use]
    pub fn seen(&self) -> &LiteMap<UserId, Seen> {
        &self.seen
    }

    /// These people are shown, the most important first: whom to watch from now on, and whom no more.
    pub fn watch(&mut self, shown: &[UserId]) -> (Vec<UserId>, Vec<UserId>) {
        if self.refused {
            return (Vec::new(), Vec::new());
        }
        let mut wanted: LiteMap<UserId, ()> = LiteMap::new();
        for user in shown {
            if wanted.len() < WATCHED_MAX {
                wanted.insert(user.clone(), ());
            }
        }
        let begun = beyond(&wanted, &self.watched);
        let ended = beyond(&self.watched, &wanted);
        for user in &ended {
            self.seen.remove(user);
        }
        self.watched = wanted;
        (begun, ended)
    }

    /// A connection has begun: nobody is watched on it yet. Says whether the gateway has to be told that the user is away.
    pub fn begin(&mut self) -> bool {
        self.watched.clear();
        self.refused = false;
        self.away
    }

    /// The gateway does not know what it is asked.
    pub fn refuse(&mut self) {
        self.refused = true;
        self.watched.clear();
        self.seen.clear();
    }

    /// Takes in `{user, status, last_seen_ms}`, of an event or of the list that answers `watch`.
    pub fn take(&mut self, told: &Json) {
        let text = |field| match told.field(field) {
            Some(Json::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let status = match text("status") {
            Some("active") => Status::Active,
            Some("away") => Status::Away,
            Some("offline") => Status::Offline,
            _ => return,
        };
        let Some(Ok(user)) = text("user").map(UserId::parse) else {
            return;
        };
        let last_seen_ms = match told.field("last_seen_ms") {
            Some(Json::Whole(at_ms)) => *at_ms,
            _ => 0,
        };
        if self.watched.contains_key(&user) {
            let seen = Seen {
                status,
                last_seen_ms,
            };
            self.seen.insert(user, seen);
        }
    }

    /// Whether it has to be looked at soon who is shown; then that counts as on its way.
    pub fn may_settle(&mut self) -> bool {
        !self.refused && !std::mem::replace(&mut self.settling, true)
    }

    /// It is being looked at who is shown.
    pub fn settled(&mut self) {
        self.settling = false;
    }

    /// Whether the user has done nothing yet.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.active_ms == 0
    }

    /// The user has done something. Says whether they were away, which the gateway has to be told is over.
    pub fn act(&mut self, now_ms: u64) -> bool {
        self.active_ms = now_ms;
        std::mem::replace(&mut self.away, false)
    }

    /// In how many milliseconds to look again whether the user is away; `None` where they are now, which the gateway has to be told.
    pub fn rest(&mut self, now_ms: u64) -> Option<u64> {
        let left = (self.active_ms + IDLE_MS).saturating_sub(now_ms);
        if left > 0 {
            return Some(left);
        }
        self.away = true;
        None
    }

    /// Whether the user is away.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away
    }
}

/// Those of `some` who are not among `others`.
fn beyond(some: &LiteMap<UserId, ()>, others: &LiteMap<UserId, ()>) -> Vec<UserId> {
    let missing = some.keys().filter(|user| !others.contains_key(*user));
    missing.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn users(ids: &[&str]) -> Vec<UserId> {
        ids.iter().map(|id| UserId::parse(id).unwrap()).collect()
    }

    fn told(user: &str, status: &str) -> Json {
        let told = json!({"user": user, "status": status, "last_seen_ms": 7});
        Json::parse(&told.to_string()).unwrap()
    }

    #[test]
    fn only_what_differs_is_asked_for() {
        let mut presence = Presence::default();
        assert_eq!(
            presence.watch(&users(&["U2", "U3"])),
            (users(&["U2", "U3"]), vec![])
        );
        assert_eq!(
            presence.watch(&users(&["U3", "U4"])),
            (users(&["U4"]), users(&["U2"]))
        );
        assert_eq!(presence.watch(&users(&["U4", "U3"])), (vec![], vec![]));
        assert!(!presence.begin());
        assert_eq!(presence.watch(&users(&["U3"])), (users(&["U3"]), vec![]));
    }

    #[test]
    fn at_most_two_hundred_are_watched_the_first_ones() {
        let many: Vec<UserId> = (0..300)
            .map(|n| UserId::parse(&format!("U{n}")).unwrap())
            .collect();
        let (begun, _) = Presence::default().watch(&many);
        assert_eq!(begun.len(), WATCHED_MAX);
        assert!(begun.contains(&many[0]) && !begun.contains(&many[299]));
    }

    #[test]
    fn what_is_told_of_others_or_makes_no_sense_is_not_taken() {
        let mut presence = Presence::default();
        presence.watch(&users(&["U2"]));
        for told in [
            told("U3", "active"),
            told("U2", "asleep"),
            told("C2", "away"),
            Json::Whole(3),
        ] {
            presence.take(&told);
        }
        assert!(presence.seen().is_empty());
        presence.take(&told("U2", "away"));
        let seen = Seen {
            status: Status::Away,
            last_seen_ms: 7,
        };
        assert_eq!(
            presence.seen().values().copied().collect::<Vec<_>>(),
            [seen]
        );
        presence.watch(&[]);
        assert!(presence.seen().is_empty());
    }

    #[test]
    fn where_the_gateway_knows_of_no_presence_nobody_is_watched_until_the_next_one() {
        let mut presence = Presence::default();
        presence.watch(&users(&["U2"]));
        presence.refuse();
        assert_eq!(presence.watch(&users(&["U2"])), (vec![], vec![]));
        presence.begin();
        assert_eq!(presence.watch(&users(&["U2"])).0, users(&["U2"]));
    }

    #[test]
    fn ten_minutes_without_a_sign_are_away_and_the_first_sign_ends_that() {
        let mut presence = Presence::default();
        assert!(!presence.act(1_000));
        assert_eq!(presence.rest(301_000), Some(300_000));
        assert_eq!(presence.rest(601_000), None);
        assert!(presence.begin());
        assert!(presence.act(700_000));
        assert!(!presence.act(700_001));
    }
}
