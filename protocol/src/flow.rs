//! Flow: how far a reader is behind, by what it says itself or by when it was last heard.
//!
//! The platform shows no send buffer, so a client is asked. One that said so in `hello` gets a mark after some bytes and answers it;
//! the others are judged by when they were last heard, which the platform knows of those that only ping. Nothing is marked, timed
//! or asked while little is sent.

use std::collections::VecDeque;

use crate::limits::HEARTBEAT_MS;

/// After so many bytes a mark is given, so that with the frame that holds it a client never has more than 256 KiB unmarked.
pub const MARK_BYTES: u64 = 64 * 1024;
/// A frame is split at this size, in bytes.
pub const FRAME_BYTES: usize = 192 * 1024;
/// With so many bytes unanswered a connection gets no transient events.
pub const LAGGING_BYTES: u64 = 4 * 1024 * 1024;
/// With so many bytes unanswered a connection is closed.
pub const STALLED_BYTES: u64 = 8 * 1024 * 1024;
/// With a mark unanswered for so long, in milliseconds, a connection is closed.
pub const STALLED_MS: u64 = 30_000;
/// A client that answers no marks is closed with so many bytes sent since it was last heard.
pub const UNHEARD_BYTES: u64 = 16 * 1024 * 1024;
/// With so many bytes sent since it was last heard a client that answers no marks gets no transient events.
pub const UNHEARD_LAGGING_BYTES: u64 = UNHEARD_BYTES / 2;
/// A client that has been silent for so many heartbeats is gone.
const SILENT_HEARTBEATS: u64 = 3;
/// How often it is written down how much was sent by when, in bytes.
const SAMPLE_BYTES: u64 = 2 * 1024 * 1024;

/// What was sent on one connection and what is known to have arrived, in bytes since the connection was opened.
#[derive(Debug, Default)]
pub struct Flow {
    /// Whether the client answers marks.
    pub answers: bool,
    sent: u64,
    /// Of a client that answers: what it has taken in. Of another: what was sent when it was last heard, or less.
    taken: u64,
    /// What was sent before the last mark or sample.
    marked: u64,
    last_mark: u64,
    /// Marks without an answer, or samples: number, bytes before it, when.
    marks: VecDeque<(u64, u64, u64)>,
}

/// What is to be done about a connection after it was sent something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is.
    Fine,
    /// A mark with this number is due.
    Mark(u64),
    /// Nobody knows whether it still reads: it has to be found out when it was last heard.
    Judge,
    /// It does not keep up.
    Stalled,
}

impl Flow {
    /// Takes note of bytes that are sent now.
    pub fn sent(&mut self, bytes: usize, now_ms: u64) -> Verdict {
        self.sent = self
            .sent
            .saturating_add(bytes.try_into().unwrap_or(u64::MAX));
        let unmarked = self.sent - self.marked;
        if !self.answers {
            let is_sampled = unmarked >= SAMPLE_BYTES;
            if is_sampled {
                self.mark(now_ms);
            }
            return match self.unanswered() {
                UNHEARD_BYTES.. => Verdict::Judge,
                UNHEARD_LAGGING_BYTES.. if is_sampled => Verdict::Judge,
                _ => Verdict::Fine,
            };
        }
        if self.unanswered() >= STALLED_BYTES {
            return Verdict::Stalled;
        }
        if unmarked >= MARK_BYTES {
            return Verdict::Mark(self.mark(now_ms));
        }
        Verdict::Fine
    }

    fn mark(&mut self, now_ms: u64) -> u64 {
        self.last_mark += 1;
        self.marked = self.sent;
        self.marks.push_back((self.last_mark, self.sent, now_ms));
        self.last_mark
    }

    /// The client has taken in what came before a mark. Marks that were not given are ignored.
    pub fn answered(&mut self, mark: u64) {
        while let Some((number, sent, _)) = self.marks.front().copied() {
            if number > mark {
                return;
            }
            self.marks.pop_front();
            self.taken = sent;
        }
    }

    /// The client has just been heard.
    pub fn heard_now(&mut self) {
        if !self.answers {
            self.taken = self.sent;
            self.marked = self.sent;
            self.marks.clear();
        }
    }

    /// A client that answers no marks was heard at this time.
    pub fn heard(&mut self, at_ms: u64) {
        while let Some((_, sent, sent_ms)) = self.marks.front().copied() {
            if sent_ms > at_ms {
                return;
            }
            self.marks.pop_front();
            self.taken = sent;
        }
    }

    /// What was sent and is not known to have arrived, in bytes.
    #[must_use]
    pub fn unanswered(&self) -> u64 {
        self.sent.saturating_sub(self.taken)
    }

    /// Whether it is so far behind that it is spared what is passing.
    #[must_use]
    pub fn lags(&self) -> bool {
        let lagging = if self.answers {
            LAGGING_BYTES
        } else {
            UNHEARD_LAGGING_BYTES
        };
        self.unanswered() >= lagging
    }

    /// Whether a client that answers no marks was sent too much since it was last heard.
    #[must_use]
    pub fn is_unheard(&self) -> bool {
        !self.answers && self.unanswered() >= UNHEARD_BYTES
    }

    /// When the connection has stalled if its oldest mark is not answered by then.
    #[must_use]
    pub fn stalled_ms(&self) -> Option<u64> {
        let (_, _, given_ms) = self.marks.front().filter(|_| self.answers)?;
        Some(given_ms + STALLED_MS)
    }
}

/// Whether a client was last heard more than three heartbeats ago.
#[must_use]
pub fn is_silent(heard_ms: Option<u64>, now_ms: u64) -> bool {
    heard_ms
        .is_some_and(|heard_ms| now_ms.saturating_sub(heard_ms) > SILENT_HEARTBEATS * HEARTBEAT_MS)
}

/// A frame in pieces of at most [`FRAME_BYTES`], split between lines; a longer line is a piece of its own.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let all = rest.take()?;
        if all.len() <= FRAME_BYTES {
            return Some(all);
        }
        let bytes = all.as_bytes();
        let within = bytes.get(..FRAME_BYTES).unwrap_or(bytes);
        let at = within
            .iter()
            .rposition(|byte| *byte == b'\n')
            .or_else(|| bytes.iter().position(|byte| *byte == b'\n'));
        let Some((piece, after)) = at.and_then(|at| Some((all.get(..at)?, all.get(at + 1..)?)))
        else {
            return Some(all);
        };
        rest = Some(after);
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_whole_lines_and_all_of_them() {
        let lines: Vec<String> = (0..100).map(|n| n.to_string().repeat(n * 200)).collect();
        let text = lines.join("\n");
        assert!(pieces(&text).all(|piece| piece.len() <= FRAME_BYTES));
        assert!(pieces(&text).count() > 1);
        assert_eq!(pieces(&text).collect::<Vec<_>>().join("\n"), text);
        let long = format!("a\n{}\nb", "x".repeat(2 * FRAME_BYTES));
        assert_eq!(pieces(&long).count(), 3);
        assert_eq!(pieces("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn a_client_that_answers_is_never_behind() {
        let mut flow = Flow {
            answers: true,
            ..Flow::default()
        };
        for _ in 0..10_000 {
            match flow.sent(10_000, 0) {
                Verdict::Mark(mark) => flow.answered(mark),
                verdict => assert_eq!(verdict, Verdict::Fine),
            }
        }
        assert!(flow.unanswered() < MARK_BYTES);
    }

    #[test]
    fn a_client_that_only_pings_is_judged_by_its_last_ping() {
        let mut flow = Flow::default();
        let mut now_ms = 0;
        let mut judged = 0;
        while !flow.is_unheard() {
            now_ms += 10;
            let verdict = flow.sent(100_000, now_ms);
            judged += u32::from(verdict == Verdict::Judge);
            assert_eq!(flow.lags(), flow.unanswered() >= UNHEARD_LAGGING_BYTES);
        }
        assert!((3..6).contains(&judged), "{judged}");
        flow.heard(now_ms / 2);
        assert!(flow.unanswered() < UNHEARD_BYTES * 3 / 4);
        flow.heard(now_ms);
        assert!(flow.unanswered() <= SAMPLE_BYTES);
    }
}
