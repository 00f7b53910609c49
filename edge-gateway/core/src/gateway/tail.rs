//! The newest events of a log, kept so that whoever was away for a moment need not ask the channel server.

use std::{collections::VecDeque, rc::Rc};

use protocol::message::Seq;

/// Events that a tail holds.
const EVENTS_MAX: usize = 256;
/// Lines that a tail holds, in bytes.
const BYTES_MAX: usize = 64 * 1024;
/// Lines that all tails of a gateway hold together, in bytes; past that all are forgotten.
pub(super) const ALL_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The newest events of one log, without a gap up to its cursor.
#[derive(Debug, Default)]
pub(super) struct Tail {
    lines: VecDeque<Rc<str>>,
    /// The seq of the newest line.
    last: Seq,
    bytes: usize,
}

impl Tail {
    /// Takes an event in and tells by how much the tail has grown or shrunk, in bytes.
    pub fn push(&mut self, seq: Seq, line: Rc<str>) -> isize {
        let before = self.bytes;
        if seq != self.last + 1 {
            self.lines.clear();
            self.bytes = 0;
        }
        self.last = seq;
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > BYTES_MAX || self.lines.len() > EVENTS_MAX {
            let Some(line) = self.lines.pop_front() else {
                break;
            };
            self.bytes -= line.len();
        }
        self.bytes.cast_signed() - before.cast_signed()
    }

    /// Every event after `since` up to `cursor`, if the tail has them all.
    pub fn after(&self, since: Seq, cursor: Seq) -> Option<impl Iterator<Item = &Rc<str>>> {
        let missed = usize::try_from(cursor.checked_sub(since)?).ok()?;
        let has_all = missed == 0 || (self.last == cursor && missed <= self.lines.len());
        has_all.then(|| {
            self.lines
                .iter()
                .skip(self.lines.len() - missed.min(self.lines.len()))
        })
    }

    /// How long its lines are, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(tail: &Tail, since: Seq, cursor: Seq) -> Option<Vec<String>> {
        let lines = tail.after(since, cursor)?;
        Some(lines.map(ToString::to_string).collect())
    }

    #[test]
    fn a_tail_gives_all_that_was_missed_or_nothing() {
        let mut tail = Tail::default();
        for seq in 5..=9 {
            tail.push(seq, seq.to_string().into());
        }
        assert_eq!(after(&tail, 9, 9), Some(vec![]));
        assert_eq!(after(&tail, 7, 9), Some(vec!["8".into(), "9".into()]));
        assert_eq!(after(&tail, 4, 9).map(|lines| lines.len()), Some(5));
        assert_eq!(after(&tail, 3, 9), None);
        assert_eq!(after(&tail, 7, 12), None, "it ends before the cursor");
        assert_eq!(after(&tail, 12, 9), None, "from the future");
        assert_eq!(after(&Tail::default(), 9, 9), Some(vec![]));
        assert_eq!(after(&Tail::default(), 8, 9), None);
    }

    #[test]
    fn a_tail_is_bounded_and_begins_anew_after_a_gap() {
        let mut tail = Tail::default();
        let mut bytes = 0;
        for seq in 1..=1_000 {
            bytes += tail.push(seq, "x".repeat(100).into());
        }
        assert_eq!(
            after(&tail, 1_000 - 256, 1_000).map(|lines| lines.len()),
            Some(256)
        );
        assert_eq!(after(&tail, 1_000 - 257, 1_000), None);
        assert_eq!(bytes, 25_600);
        bytes += tail.push(1_001, "x".repeat(100_000).into());
        assert_eq!(bytes, 0);
        assert_eq!(after(&tail, 1_000, 1_001), None);
        tail.push(5, "x".into());
        assert_eq!(after(&tail, 4, 5), Some(vec!["x".into()]));
    }
}
