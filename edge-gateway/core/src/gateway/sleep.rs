//! Sleep: an idle gateway closes its links and writes down who has which log and how far, so that it may lose its memory.
//!
//! A dialled socket keeps an object in memory, so a gateway that sleeps has none. Each channel server is told first
//! ([`protocol::link::Up::Sleep`]); from its answer on it sends what there is for this gateway by [`super::Input::Wake`], from the next event on, as
//! everything before has come down the link. A gateway that is woken passes events on and writes its cursors down in the same
//! turn, and sleeps on; it dials where events are missing, where wake-ups come one after the other, and where a browser wants
//! something.
//!
//! What is written down is whole or not ([`Output::Keep`], [`Output::Spoil`]): it stops being so with the first dial.

use std::rc::Rc;

use protocol::{
    link::{Down, NotARecord, read},
    ring::Ring,
};

use super::{
    Gateway, Kept, Open, Output, Server, connection::Subscription, link::Link, log::Log,
    server::text, watch::Told,
};

/// How long nothing may have come in before a gateway goes to sleep, in milliseconds.
pub const SLEEP_AFTER_MS: u64 = 3_000;

impl Gateway {
    /// A gateway that goes on from what it wrote down before it lost its memory.
    ///
    /// `connections` are the sockets that are still open; of those that no log of `kept` has, none has said `hello`.
    #[must_use]
    pub fn restore(
        name: impl Into<String>,
        region: impl Into<String>,
        ring: Rc<Ring>,
        connections: impl IntoIterator<Item = Open>,
        kept: impl IntoIterator<Item = Kept>,
    ) -> Self {
        let mut gateway = Self::new(name, region, ring);
        gateway.is_kept = true;
        for open in connections {
            gateway.connections.insert(open.connection, open.caller);
            if let Some(state) = gateway.connections.find_mut(open.connection) {
                state.flow.answers = open.flows;
            }
        }
        gateway.told_for = gateway.connections.len();
        for kept in kept {
            gateway.restore_log(kept);
        }
        gateway.restore_homes();
        gateway
    }

    fn restore_log(&mut self, kept: Kept) {
        let id = kept.log.clone();
        let server = Server(self.ring.owner(&id));
        let log = Log::restored(kept, server, |connection| {
            self.connections.find(*connection).is_some()
        });
        if log.is_users() && !log.is_kept {
            self.doubt_told(&id);
        }
        if log.connections.is_empty() {
            self.gone.insert(id);
            return;
        }
        for connection in log.connections.keys() {
            if let Some(state) = self.connections.find_mut(*connection) {
                state.greeted = true;
                let live = Subscription::Live { relisted: false };
                state.subscriptions.insert(id.clone(), live);
            }
        }
        let link = self.links.entry(server).or_insert_with(Link::sleeping);
        link.logs.insert(id.clone());
        if !log.is_kept {
            self.unkept.push(id.clone());
        }
        self.logs.insert(id, log);
    }

    /// A channel server has something for this gateway and no link.
    pub(super) fn woken(&mut self, server: Server, bytes: &[u8], now_ms: u64) {
        let is_frequent = match self.links.get_mut(&server) {
            Some(link) => link.woken(now_ms),
            None => false,
        };
        for record in read::<Down<'_>>(bytes) {
            let taken = record.and_then(|record| self.woken_by(server, &record, now_ms));
            if taken.is_err() {
                break;
            }
        }
        match self.links.get_mut(&server) {
            Some(link) if is_frequent || bytes.is_empty() => link.stir(now_ms),
            None if bytes.is_empty() => self.outputs.push(Output::Unwanted { log: None }),
            Some(_) | None => {}
        }
    }

    fn woken_by(
        &mut self,
        server: Server,
        record: &Down<'_>,
        now_ms: u64,
    ) -> Result<(), NotARecord> {
        match *record {
            Down::Event {
                log,
                seq,
                hint,
                line,
            } => {
                let is_wanted = self
                    .links
                    .get(&server)
                    .is_some_and(|link| link.logs.contains(log));
                if is_wanted {
                    self.event(log, seq, hint, text(line)?, now_ms);
                } else {
                    self.outputs.push(Output::Unwanted {
                        log: Some(log.to_owned()),
                    });
                }
            }
            Down::SessionsEnded { user, session } => self.end_sessions(user, session),
            Down::AskPeople { digest } => self.people_asked(server, digest, true),
            Down::Presence {
                workspace,
                user,
                status,
                last_seen_ms,
            } => {
                // Down a link that is dialled comes what is newer.
                if self.links.get(&server).is_none_or(Link::is_asleep) {
                    let told = Told {
                        workspace,
                        user,
                        status,
                        last_seen_ms,
                    };
                    self.presence_told(server, &told, true);
                }
            }
            // Answers, which come down links.
            Down::Credit
            | Down::Backlog { .. }
            | Down::Subscribed { .. }
            | Down::Resumed { .. }
            | Down::Reply { .. }
            | Down::Refused { .. }
            | Down::Asleep => {}
        }
        Ok(())
    }

    /// Has all open links part where nothing has come in for long enough.
    pub(super) fn sleep_if_idle(&mut self, now_ms: u64) {
        if self.sleep_ms().is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        if !self.is_quiet() {
            // What is going on will bring something, or be looked at again.
            self.active_ms = now_ms;
            return;
        }
        self.forget_absent(u64::MAX);
        self.settle_people(now_ms);
        self.tell_due(u64::MAX, now_ms);
        for link in self.links.values_mut() {
            link.part();
        }
    }

    /// When the gateway goes to sleep if nothing comes in.
    pub(super) fn sleep_ms(&self) -> Option<u64> {
        let is_streaming = self.links.values().any(Link::is_streaming);
        is_streaming.then_some(self.active_ms + SLEEP_AFTER_MS)
    }

    /// Whether every log is where its connections are, and nothing is on its way.
    fn is_quiet(&self) -> bool {
        self.batch.is_empty()
            && self.retries.is_empty()
            && self.stalls.is_empty()
            && self.watching.is_quiet()
            && self.links.values().all(Link::is_quiet)
            && self.logs.values().all(Log::is_quiet)
    }

    /// Takes note that a log is no more as it is written down, if it is.
    pub(super) fn unkeep(&mut self, log: &str) {
        if let Some(entry) = self.logs.get_mut(log) {
            entry.is_kept = false;
            if self.is_kept {
                self.unkept.push(entry.id.clone());
            }
        }
    }

    /// Writes down what is not, if every link sleeps. Only where nothing was written down before all logs are looked at.
    pub(super) fn keep_if_asleep(&mut self) {
        let is_asleep = !self.links.is_empty() && self.links.values().all(Link::is_asleep);
        if !self.is_kept && !is_asleep {
            return;
        }
        self.keep_people();
        let unkept = std::mem::take(&mut self.unkept);
        let changed: Vec<Kept> = if self.is_kept {
            let logs = unkept.iter();
            logs.filter_map(|id| self.logs.get_mut(id)?.keep())
                .collect()
        } else {
            self.logs.values_mut().filter_map(Log::keep).collect()
        };
        #[cfg(test)]
        assert!(self.logs.values_mut().all(|log| log.keep().is_none()));
        let gone: Vec<Rc<str>> = std::mem::take(&mut self.gone)
            .into_iter()
            .filter(|log| !self.logs.get(log).is_some_and(|log| log.was_kept))
            .collect();
        if !self.is_kept || !changed.is_empty() || !gone.is_empty() {
            self.is_kept = true;
            self.outputs.push(Output::Keep { changed, gone });
        }
    }
}
