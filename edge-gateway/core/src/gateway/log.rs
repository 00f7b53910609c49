//! A log as its gateway sees it: how far it was passed on, and to whom.

use std::{collections::BTreeMap, rc::Rc};

use protocol::{command::ResumePoint, id::Kind, message::Seq};

use super::{
    input::{ConnectionId, Kept, Server},
    tail::Tail,
};

/// A log that connections have or want.
#[derive(Debug)]
pub(super) struct Log {
    pub id: Rc<str>,
    pub server: Server,
    /// `None` as long as no connection has the log: what arrives then is before the first sync mark.
    pub position: Option<Position>,
    /// Who has the log, each with the event up to which it got everything with its sync mark.
    pub connections: BTreeMap<ConnectionId, Seq>,
    /// How many connections want the log and do not have it yet.
    pub asking: usize,
    /// The newest events.
    pub tail: Tail,
    /// Whether what is written down of the log, if anything, is what it is now.
    pub is_kept: bool,
    /// Whether anything of it is written down.
    pub was_kept: bool,
}

/// How far a log was passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub epoch: Rc<str>,
    /// The last event passed on.
    pub cursor: Seq,
    /// Whether the channel server was asked to go on from the cursor and has not answered.
    pub resuming: bool,
}

/// What is to be done with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is next, or transient.
    Pass,
    /// It was passed on, or comes again with what is being resumed.
    Skip,
    /// Events before it are missing.
    Gap,
}

impl Log {
    pub fn new(id: Rc<str>, server: Server) -> Self {
        Self {
            id,
            server,
            position: None,
            connections: BTreeMap::new(),
            asking: 0,
            tail: Tail::default(),
            is_kept: false,
            was_kept: false,
        }
    }

    /// Whether nobody waits for the log and nothing of it is missing.
    pub fn is_quiet(&self) -> bool {
        self.asking == 0
            && self
                .position
                .as_ref()
                .is_some_and(|position| !position.resuming)
    }

    /// The log as it is to be written down, which is done now, if anybody has it and it is not.
    pub fn keep(&mut self) -> Option<Kept> {
        let position = self.position.as_ref().filter(|_| !self.is_kept)?;
        self.is_kept = true;
        self.was_kept = true;
        Some(Kept {
            log: self.id.clone(),
            epoch: position.epoch.clone(),
            cursor: position.cursor,
            connections: self.connections.keys().copied().collect(),
        })
    }

    /// A log as it was written down, with those of its connections that are still there.
    pub fn restored(kept: Kept, server: Server, is_there: impl Fn(&ConnectionId) -> bool) -> Self {
        let connections: BTreeMap<_, _> = kept
            .connections
            .iter()
            .filter(|connection| is_there(connection))
            .map(|connection| (*connection, kept.cursor))
            .collect();
        Self {
            is_kept: connections.len() == kept.connections.len(),
            was_kept: true,
            position: Some(Position {
                epoch: kept.epoch,
                cursor: kept.cursor,
                resuming: false,
            }),
            connections,
            ..Self::new(kept.log, server)
        }
    }

    /// Whether this is the log of a user.
    pub fn is_users(&self) -> bool {
        Kind::of(&self.id) == Some(Kind::User)
    }

    /// Takes note of an event. `seq` 0 is transient.
    ///
    /// While events are missing transient ones are left out: a user that is cut off among the missing must not get them.
    pub fn take_in(&mut self, seq: Seq) -> Verdict {
        let Some(position) = &mut self.position else {
            return Verdict::Skip;
        };
        if seq == 0 {
            return if position.resuming {
                Verdict::Skip
            } else {
                Verdict::Pass
            };
        }
        if seq <= position.cursor {
            return Verdict::Skip;
        }
        if seq == position.cursor + 1 {
            position.cursor = seq;
            self.is_kept = false;
            return Verdict::Pass;
        }
        if position.resuming {
            Verdict::Skip
        } else {
            Verdict::Gap
        }
    }

    /// Takes all connections out, each with the point up to which it got everything.
    pub fn dissolve(&mut self) -> Vec<(ConnectionId, ResumePoint)> {
        let Some(position) = self.position.take() else {
            return Vec::new();
        };
        self.is_kept = false;
        std::mem::take(&mut self.connections)
            .into_iter()
            .map(|(connection, from)| {
                let since = ResumePoint {
                    epoch: position.epoch.as_ref().to_owned(),
                    seq: from.max(position.cursor),
                };
                (connection, since)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(cursor: Seq, resuming: bool) -> Log {
        let mut log = Log::new("C1".into(), Server(0));
        log.position = Some(Position {
            epoch: "e".into(),
            cursor,
            resuming,
        });
        log
    }

    #[test]
    fn the_next_event_passes_and_moves_the_cursor() {
        let mut log = log(5, false);
        assert_eq!(log.take_in(6), Verdict::Pass);
        assert_eq!(log.take_in(6), Verdict::Skip);
        assert_eq!(log.take_in(8), Verdict::Gap);
        assert_eq!(log.take_in(7), Verdict::Pass);
    }

    #[test]
    fn while_resuming_only_the_next_event_passes() {
        let mut log = log(5, true);
        assert_eq!(log.take_in(8), Verdict::Skip);
        assert_eq!(log.take_in(0), Verdict::Skip);
        assert_eq!(log.take_in(6), Verdict::Pass);
    }

    #[test]
    fn a_dissolved_log_gives_the_later_of_cursor_and_sync_mark() {
        let mut log = log(5, true);
        log.connections.insert(ConnectionId(1), 3);
        log.connections.insert(ConnectionId(2), 9);
        let seqs: Vec<Seq> = log
            .dissolve()
            .into_iter()
            .map(|(_, since)| since.seq)
            .collect();
        assert_eq!(seqs, [5, 9]);
        assert_eq!(log.position, None);
    }
}
