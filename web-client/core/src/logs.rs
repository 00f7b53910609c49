//! How far each log has been taken in: the resume points of `hello`.

use litemap::LiteMap;
use protocol::{command::ResumePoint, id::LogId, line::Sync, message::Seq};

/// What an event is to what came before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The next one; it counts as taken in.
    Next,
    /// It is here already, or comes before the log's first sync mark.
    Known,
    /// Events before it are missing.
    Gap,
}

/// What a sync mark is to what is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synced {
    /// Everything is here.
    Whole,
    /// The log is followed from here on; nothing of it was known.
    First,
    /// Events are missing: load the log anew.
    Broken,
    /// The log has begun anew, and what is here of it means nothing any more.
    Anew,
}

/// The resume point of every log that is followed.
#[derive(Clone, Debug, Default)]
pub struct Logs(LiteMap<LogId, ResumePoint>);

impl Logs {
    /// The resume points for `hello`.
    #[must_use]
    pub fn resume(&self) -> &LiteMap<LogId, ResumePoint> {
        &self.0
    }

    /// The last event of a log that is here; 0 where none is.
    #[must_use]
    pub fn head(&self, log: &LogId) -> Seq {
        self.0.get(log).map_or(0, |point| point.seq)
    }

    /// Follows a log from where an answer described it, unless it is followed already.
    pub fn begin(&mut self, log: LogId, epoch: &str, seq: Seq) {
        self.0.entry(log).or_insert_with(|| ResumePoint {
            epoch: epoch.to_owned(),
            seq,
        });
    }

    /// An event has come.
    pub fn advance(&mut self, log: &LogId, seq: Seq) -> Place {
        match self.0.get_mut(log) {
            Some(point) if seq == point.seq + 1 => {
                point.seq = seq;
                Place::Next
            }
            Some(point) if seq > point.seq => Place::Gap,
            _ => Place::Known,
        }
    }

    /// A sync mark has come: the log is complete up to it, by events or by being loaded anew.
    pub fn sync(&mut self, mark: &Sync) -> Synced {
        let point = ResumePoint {
            epoch: mark.epoch.clone(),
            seq: mark.seq,
        };
        match self.0.insert(mark.sync.clone(), point.clone()) {
            None => Synced::First,
            Some(was) if was == point => Synced::Whole,
            Some(was) if was.epoch == point.epoch => Synced::Broken,
            Some(_) => Synced::Anew,
        }
    }

    /// A log is not followed any more.
    pub fn end(&mut self, log: &LogId) {
        self.0.remove(log);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> LogId {
        LogId::parse("C1").unwrap()
    }

    fn mark(epoch: &str, seq: Seq, recovered: bool) -> Sync {
        Sync {
            sync: log(),
            epoch: epoch.to_owned(),
            seq,
            recovered,
        }
    }

    fn at(seq: Seq) -> Logs {
        let mut logs = Logs::default();
        logs.begin(log(), "e", seq);
        logs
    }

    #[test]
    fn events_are_taken_in_one_by_one() {
        let mut logs = at(4);
        assert_eq!(logs.advance(&log(), 5), Place::Next);
        assert_eq!(logs.advance(&log(), 5), Place::Known);
        assert_eq!(logs.advance(&log(), 7), Place::Gap);
        assert_eq!(logs.head(&log()), 5);
    }

    #[test]
    fn an_event_before_the_first_mark_is_not_taken_in() {
        let mut logs = Logs::default();
        assert_eq!(logs.advance(&log(), 1), Place::Known);
    }

    #[test]
    fn a_mark_at_the_head_says_that_nothing_is_missing() {
        assert_eq!(at(4).sync(&mark("e", 4, true)), Synced::Whole);
        assert_eq!(at(4).sync(&mark("e", 4, false)), Synced::Whole);
    }

    #[test]
    fn a_mark_elsewhere_says_that_something_is() {
        let mut logs = at(4);
        assert_eq!(logs.sync(&mark("e", 2000, false)), Synced::Broken);
        assert_eq!(logs.head(&log()), 2000);
        assert_eq!(at(4).sync(&mark("f", 4, false)), Synced::Anew);
    }

    #[test]
    fn the_first_mark_of_a_log_begins_it() {
        let mut logs = Logs::default();
        assert_eq!(logs.sync(&mark("e", 9, false)), Synced::First);
        assert_eq!(logs.advance(&log(), 10), Place::Next);
    }

    #[test]
    fn beginning_a_log_twice_does_not_move_it_back() {
        let mut logs = at(4);
        logs.begin(log(), "e", 2);
        assert_eq!(logs.head(&log()), 4);
    }
}
