//! Who is there: what gateways say of their people, merged, and since when somebody is not there.
//!
//! A person's presence has its home where their own log is. Each gateway that has connections of them says what they are there, only
//! when that changes; any of them active is active, else any is away. It is in tables of its own, never in a log. Whoever a gateway
//! that lost its memory does not name is in doubt for a while, as their browsers are on their way back.

use protocol::{
    id::{LogId, UserId},
    link::{Down, Up},
    presence::{Status, digest},
};

use crate::{
    fault::Fault,
    io::{LinkId, Moment, Output},
    link::GatewayId,
    peer::{first_doubt_ms, has_people},
    server::ChannelServer,
    sql::Sql,
};

/// For how long somebody is taken to be on their way back whom their gateway does not have any more, in milliseconds.
pub const RETURN_MS: u64 = 60_000;

/// What a person is at one gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct There {
    gateway: GatewayId,
    status: Status,
    is_in_doubt: bool,
}

/// What of a person is known by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What they are.
    pub status: Status,
    /// As in [`protocol::presence::Presence`].
    pub last_seen_ms: u64,
}

impl<S: Sql> ChannelServer<S> {
    /// The end of every turn: what time has brought, then what others are to be told. Gives the requests to gateways.
    pub(crate) fn pump_presence(&mut self, at: Moment) -> Result<Vec<Output>, Fault> {
        let links = &self.links;
        let has_link = |gateway| links.of(gateway).is_some();
        self.peers.wake_up(has_link, at.now_ms);
        self.end_doubts(at)?;
        self.end_leases(at)?;
        self.tell_news(at)?;
        let outputs = self.wake_peers(at)?;
        self.peers.store(&self.sql)?;
        Ok(outputs)
    }

    /// A gateway says what a user is there. Of whom nothing is known here nothing is taken note.
    pub(crate) fn present(
        &mut self,
        gateway: GatewayId,
        user: &str,
        status: Status,
        at: Moment,
    ) -> Result<(), Fault> {
        match self.person(user)? {
            Some(num) => self.is_there(num, user, gateway, status, at.now_ms, at),
            None => Ok(()),
        }
    }

    /// A gateway says whom it has; with the first part, that it has nobody else.
    pub(crate) fn people(
        &mut self,
        gateway: GatewayId,
        is_first: bool,
        people: &[(&str, bool)],
        at: Moment,
    ) -> Result<(), Fault> {
        if let Some(peer) = self.peers.find_mut(gateway) {
            peer.answered(at.now_ms);
            if is_first && peer.has_people {
                peer.digest = 0;
                let until_ms = at.now_ms + RETURN_MS;
                self.sql.exec(
                    "UPDATE presence SET until_ms = ? WHERE gateway = ? AND until_ms IS NULL",
                    &[until_ms.into(), gateway.0.into()],
                )?;
                let doubt_ms = self.peers.doubt_ms.unwrap_or(until_ms);
                self.peers.doubt_ms = Some(doubt_ms.min(until_ms));
            }
        }
        for (user, is_away) in people {
            let status = if *is_away {
                Status::Away
            } else {
                Status::Active
            };
            self.present(gateway, user, status, at)?;
        }
        Ok(())
    }

    /// A gateway that has dialled says the digest of those whom it has.
    pub(crate) fn compare_people(&mut self, link: LinkId, gateway: GatewayId, digest: u64) {
        let known = self.peers.digest(gateway);
        if known != digest {
            self.turn.down(link, &Down::AskPeople { digest: known });
        }
    }

    /// What a gateway answers that was asked by a request; whether it was about presence.
    pub(crate) fn presence_answer(
        &mut self,
        gateway: GatewayId,
        record: &Up<'_>,
        at: Moment,
    ) -> Result<bool, Fault> {
        match record {
            Up::Digest { digest } => {
                if *digest == self.peers.digest(gateway)
                    && let Some(peer) = self.peers.find_mut(gateway)
                {
                    peer.answered(at.now_ms);
                }
            }
            Up::People { is_first, people } => self.people(gateway, *is_first, people, at)?,
            Up::Unwatch { users } => self.unwatch(gateway, users)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The number of a user's log.
    pub(crate) fn person(&mut self, user: &str) -> Result<Option<u32>, Fault> {
        let Ok(user) = UserId::parse(user) else {
            return Ok(None);
        };
        let id = LogId::from(&user);
        if let Some(log) = self.logs.find(&id) {
            return Ok(Some(log.num));
        }
        let rows = self
            .sql
            .exec("SELECT num FROM logs WHERE id = ?", &[id.as_str().into()])?;
        Ok(rows.first().map(|row| row.int(0)).transpose()?)
    }

    /// What a person is now.
    pub(crate) fn seen(&self, num: u32, at: Moment) -> Result<Seen, Fault> {
        let status = merged(&self.everywhere(num)?);
        let last_seen_ms = if status == Status::Active {
            at.now_ms
        } else {
            let rows = self
                .sql
                .exec("SELECT at FROM last_seen WHERE num = ?", &[num.into()])?;
            rows.first().map_or(Ok(0), |row| row.int(0))?
        };
        Ok(Seen {
            status,
            last_seen_ms,
        })
    }

    /// What a person is at each gateway.
    fn everywhere(&self, num: u32) -> Result<Vec<There>, Fault> {
        let rows = self.sql.exec(
            "SELECT gateway, away, until_ms FROM presence WHERE num = ?",
            &[num.into()],
        )?;
        rows.iter()
            .map(|row| {
                let is_away = row.int::<u32>(1)? == 1;
                Ok(There {
                    gateway: GatewayId(row.int(0)?),
                    status: if is_away {
                        Status::Away
                    } else {
                        Status::Active
                    },
                    is_in_doubt: row.opt_int::<u64>(2)?.is_some(),
                })
            })
            .collect()
    }

    /// A person is this at a gateway, without a doubt. Where they are less than they were, `seen_ms` is when they were last more.
    fn is_there(
        &mut self,
        num: u32,
        user: &str,
        gateway: GatewayId,
        status: Status,
        seen_ms: u64,
        at: Moment,
    ) -> Result<(), Fault> {
        let mut all = self.everywhere(num)?;
        let before = merged(&all);
        let old = all.iter().find(|there| there.gateway == gateway).copied();
        let new = There {
            gateway,
            status,
            is_in_doubt: false,
        };
        if old == Some(new) || (old.is_none() && status == Status::Offline) {
            return Ok(());
        }
        all.retain(|there| there.gateway != gateway);
        let key = [num.into(), gateway.0.into()];
        if status == Status::Offline {
            self.sql
                .exec("DELETE FROM presence WHERE num = ? AND gateway = ?", &key)?;
        } else {
            all.push(new);
            let [num, gateway] = key;
            let is_away = u32::from(status == Status::Away);
            self.sql.exec(
                "INSERT OR REPLACE INTO presence (num, gateway, away, until_ms) VALUES (?, ?, ?, NULL)",
                &[num, gateway, is_away.into()],
            )?;
        }
        let has_link = self.links.of(gateway).is_some();
        let peer = self.peers.entry(gateway, has_link, at.now_ms);
        if let Some(old) = old.filter(|old| !old.is_in_doubt) {
            peer.digest ^= digest(user, old.status);
        }
        peer.digest ^= digest(user, status);
        peer.touch();
        peer.has_people =
            status != Status::Offline || peer.digest != 0 || has_people(&self.sql, gateway)?;
        let after = merged(&all);
        if after < before {
            self.sql.exec(
                "INSERT INTO last_seen (num, at) VALUES (?, ?)
                 ON CONFLICT (num) DO UPDATE SET at = max(at, excluded.at)",
                &[num.into(), seen_ms.into()],
            )?;
        }
        if after != before {
            self.is_news(num, at)?;
        }
        Ok(())
    }

    /// A person is not at a gateway any more, and was last there at `seen_ms`.
    fn is_gone(
        &mut self,
        num: u32,
        gateway: GatewayId,
        seen_ms: u64,
        at: Moment,
    ) -> Result<(), Fault> {
        let rows = self
            .sql
            .exec("SELECT id FROM logs WHERE num = ?", &[num.into()])?;
        match rows.first() {
            Some(row) => self.is_there(num, row.text(0)?, gateway, Status::Offline, seen_ms, at),
            None => Ok(()),
        }
    }

    /// Those who have been in doubt for long enough are not there.
    fn end_doubts(&mut self, at: Moment) -> Result<(), Fault> {
        if self.peers.doubt_ms.is_none_or(|at_ms| at_ms > at.now_ms) {
            return Ok(());
        }
        let over = self.sql.exec(
            "SELECT num, gateway, until_ms FROM presence WHERE until_ms <= ?",
            &[at.now_ms.into()],
        )?;
        for row in &over {
            let until_ms: u64 = row.int(2)?;
            let gateway = GatewayId(row.int(1)?);
            self.is_gone(row.int(0)?, gateway, until_ms - RETURN_MS, at)?;
        }
        self.peers.doubt_ms = first_doubt_ms(&self.sql)?;
        Ok(())
    }

    /// The people of gateways that were not heard of for too long are not there.
    fn end_leases(&mut self, at: Moment) -> Result<(), Fault> {
        let mut last = None;
        while let Some((gateway, peer)) = self.peers.next_after(last) {
            last = Some(gateway);
            if peer.lapses_ms().is_none_or(|at_ms| at_ms > at.now_ms) {
                continue;
            }
            let heard_ms = peer.heard_ms.unwrap_or(0);
            let rows = self.sql.exec(
                "SELECT num FROM presence WHERE gateway = ?",
                &[gateway.0.into()],
            )?;
            for row in &rows {
                self.is_gone(row.int(0)?, gateway, heard_ms, at)?;
            }
            let peer = self.peers.entry(gateway, false, at.now_ms);
            peer.has_lapsed = true;
            peer.touch();
        }
        Ok(())
    }
}

fn merged(all: &[There]) -> Status {
    let statuses = all.iter().map(|there| there.status);
    statuses.max().unwrap_or_default()
}
