//! Who is told what becomes of whom: gateways that watch people for their connections.
//!
//! What is told is what somebody is when it is told, however often that changed before: to each gateway once a turn down its link,
//! and to one without a link by requests, of which one is on its way at a time. That a gateway is owed something is stored; if
//! this server loses its memory, or a request fails, it is told of all whom it watches.

use std::collections::BTreeMap;

use protocol::{
    id::{UserId, WorkspaceId},
    link::{Down, write},
};

use crate::{
    fault::Fault,
    io::{LinkId, Moment, Output},
    link::GatewayId,
    server::ChannelServer,
    sql::Sql,
};

/// People of whom one request tells at the most.
const WAKE_MAX: usize = 2_000;

impl<S: Sql> ChannelServer<S> {
    /// A gateway watches users for connections of a workspace. It is told at once what they are.
    pub(crate) fn watch(
        &mut self,
        link: LinkId,
        gateway: GatewayId,
        workspace: &str,
        users: &[&str],
        at: Moment,
    ) -> Result<(), Fault> {
        for user in users {
            let record = match self.person_of(workspace, user)? {
                Some(num) => {
                    self.sql.exec(
                        "INSERT OR IGNORE INTO watchers (num, gateway) VALUES (?, ?)",
                        &[num.into(), gateway.0.into()],
                    )?;
                    let seen = self.seen(num, at)?;
                    Down::Presence {
                        workspace,
                        user,
                        status: Some(seen.status),
                        last_seen_ms: seen.last_seen_ms,
                    }
                }
                None => Down::Presence {
                    workspace,
                    user,
                    status: None,
                    last_seen_ms: 0,
                },
            };
            self.turn.down(link, &record);
        }
        Ok(())
    }

    /// A gateway watches these users no longer.
    pub(crate) fn unwatch(&mut self, gateway: GatewayId, users: &[&str]) -> Result<(), Fault> {
        for user in users {
            if let Some(num) = self.person(user)? {
                self.sql.exec(
                    "DELETE FROM watchers WHERE num = ? AND gateway = ?",
                    &[num.into(), gateway.0.into()],
                )?;
            }
        }
        Ok(())
    }

    /// A gateway watches nobody.
    pub(crate) fn unwatch_all(&mut self, gateway: GatewayId) -> Result<(), Fault> {
        self.sql.exec(
            "DELETE FROM watchers WHERE gateway = ?",
            &[gateway.0.into()],
        )?;
        if let Some(peer) = self.peers.find_mut(gateway) {
            peer.news.clear();
            peer.is_owed_all = false;
        }
        Ok(())
    }

    /// A gateway has dialled: it says whom it watches and whom it has.
    pub(crate) fn peer_dialled(&mut self, gateway: GatewayId) -> Result<(), Fault> {
        self.unwatch_all(gateway)?;
        if let Some(peer) = self.peers.find_mut(gateway) {
            peer.dialled();
        }
        Ok(())
    }

    /// What somebody is has changed.
    pub(crate) fn is_news(&mut self, num: u32, at: Moment) -> Result<(), Fault> {
        let rows = self
            .sql
            .exec("SELECT gateway FROM watchers WHERE num = ?", &[num.into()])?;
        for row in &rows {
            let gateway = GatewayId(row.int(0)?);
            let has_link = self.links.of(gateway).is_some();
            let peer = self.peers.entry(gateway, has_link, at.now_ms);
            peer.news.insert(num);
        }
        Ok(())
    }

    /// Tells the gateways that have a link.
    pub(crate) fn tell_news(&mut self, at: Moment) -> Result<(), Fault> {
        // Written once, however many gateways get it.
        let mut records: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        let mut last = None;
        while let Some((gateway, peer)) = self.peers.next_after(last) {
            last = Some(gateway);
            let Some(link) = self.links.of(gateway) else {
                continue;
            };
            for num in std::mem::take(&mut peer.news) {
                let record = match records.get(&num) {
                    Some(record) => record,
                    None => records.entry(num).or_insert(self.news(num, at)?),
                };
                self.turn.down_written(link, record);
            }
        }
        Ok(())
    }

    /// Wakes gateways that have no link, where they are to be told something or asked whom they have.
    pub(crate) fn wake_peers(&mut self, at: Moment) -> Result<Vec<Output>, Fault> {
        let mut outputs = Vec::new();
        let mut last = None;
        while let Some((gateway, peer)) = self.peers.next_after(last) {
            last = Some(gateway);
            let is_due = peer.request_ms().is_some_and(|at_ms| at_ms <= at.now_ms);
            if peer.heard_ms.is_none() || !is_due {
                continue;
            }
            // One that has not come to its end by now never will.
            peer.give_up();
            let mut frame = Vec::new();
            if peer.is_to_be_asked(at.now_ms) {
                let digest = peer.digest;
                write(&mut frame, &Down::AskPeople { digest });
            }
            let is_owed_all = std::mem::take(&mut peer.is_owed_all);
            let mut news = std::mem::take(&mut peer.news);
            if is_owed_all {
                let rows = self.sql.exec(
                    "SELECT num FROM watchers WHERE gateway = ?",
                    &[gateway.0.into()],
                )?;
                for row in &rows {
                    news.insert(row.int(0)?);
                }
            }
            let mut told = 0;
            while told < WAKE_MAX
                && let Some(num) = news.pop_first()
            {
                frame.extend(self.news(num, at)?);
                told += 1;
            }
            let rows = self.sql.exec(
                "SELECT name FROM gateways WHERE id = ?",
                &[gateway.0.into()],
            )?;
            let peer = self.peers.entry(gateway, false, at.now_ms);
            peer.news = news;
            let Some(row) = rows.first().filter(|_| !frame.is_empty()) else {
                continue;
            };
            let id = self.wakes.next_number();
            peer.asked(id, told > 0, at.now_ms);
            outputs.push(Output::WakeGateway {
                id,
                gateway: row.text(0)?.to_owned(),
                frame,
            });
        }
        Ok(outputs)
    }

    /// The record of what somebody is.
    fn news(&self, num: u32, at: Moment) -> Result<Vec<u8>, Fault> {
        let rows = self.sql.exec(
            "SELECT id, workspace FROM logs WHERE num = ?",
            &[num.into()],
        )?;
        let mut record = Vec::new();
        if let Some(row) = rows.first() {
            let seen = self.seen(num, at)?;
            let news = Down::Presence {
                workspace: row.text(1)?,
                user: row.text(0)?,
                status: Some(seen.status),
                last_seen_ms: seen.last_seen_ms,
            };
            write(&mut record, &news);
        }
        Ok(record)
    }

    /// The number of a user's log, where the user is a person of this workspace.
    fn person_of(&mut self, workspace: &str, user: &str) -> Result<Option<u32>, Fault> {
        let (Ok(user), Ok(workspace)) = (UserId::parse(user), WorkspaceId::parse(workspace)) else {
            return Ok(None);
        };
        let rows = self.sql.exec(
            "SELECT num FROM logs WHERE id = ? AND workspace = ?",
            &[user.as_str().into(), workspace.as_str().into()],
        )?;
        Ok(rows.first().map(|row| row.int(0)).transpose()?)
    }
}
