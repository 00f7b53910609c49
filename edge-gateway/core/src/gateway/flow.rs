//! Readers that do not keep up, or are not there any more: how far each connection is behind, and what becomes of it.
//!
//! The platform shows no send buffer, so a client is asked. One that said so in `hello` gets a mark after some bytes and answers it;
//! the others are judged by when they were last heard, which the platform knows of those that only ping ([`Output::Judge`]). Nothing
//! is marked, timed or asked while little is sent.

use std::collections::VecDeque;

use protocol::{
    close::{HEARTBEAT_TIMEOUT, SLOW_CONSUMER},
    coalesce::Frame,
    limits::HEARTBEAT_MS,
};

use super::{ConnectionId, Gateway, Output};

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
/// A client that has been silent for so many heartbeats is gone.
const SILENT_HEARTBEATS: u64 = 3;
/// How often it is written down how much was sent by when, in bytes.
const SAMPLE_BYTES: u64 = 2 * 1024 * 1024;

/// What was sent on one connection and what is known to have arrived, in bytes since the connection was opened.
#[derive(Debug, Default)]
pub(super) struct Flow {
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
enum Verdict {
    Fine,
    /// A mark with this number is due.
    Mark(u64),
    /// Nobody knows whether it still reads.
    Judge,
    Stalled,
}

impl Flow {
    /// Takes note of bytes that are sent now.
    fn sent(&mut self, bytes: usize, now_ms: u64) -> Verdict {
        self.sent = self
            .sent
            .saturating_add(bytes.try_into().unwrap_or(u64::MAX));
        let unmarked = self.sent - self.marked;
        if !self.answers {
            if unmarked >= SAMPLE_BYTES {
                self.mark(now_ms);
            }
            return match self.unanswered() {
                UNHEARD_BYTES.. => Verdict::Judge,
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
    fn heard(&mut self, at_ms: u64) {
        while let Some((_, sent, sent_ms)) = self.marks.front().copied() {
            if sent_ms > at_ms {
                return;
            }
            self.marks.pop_front();
            self.taken = sent;
        }
    }

    /// What was sent and is not known to have arrived, in bytes.
    pub fn unanswered(&self) -> u64 {
        self.sent.saturating_sub(self.taken)
    }

    /// When the connection has stalled if its oldest mark is not answered by then.
    fn stalled_ms(&self) -> Option<u64> {
        let (_, _, given_ms) = self.marks.front().filter(|_| self.answers)?;
        Some(given_ms + STALLED_MS)
    }
}

impl Gateway {
    /// Sends frames out, with marks for those who are due one.
    pub(super) fn send_frames(&mut self, frames: Vec<Frame<ConnectionId>>, now_ms: u64) {
        for Frame { mut targets, text } in frames {
            if text.len() <= FRAME_BYTES {
                self.send_piece(targets, text, now_ms);
                continue;
            }
            for piece in pieces(&text) {
                let stalled = self.send_piece(targets.clone(), piece.to_owned(), now_ms);
                // What comes after a piece that was not sent would follow a gap.
                if !stalled.is_empty() {
                    targets.retain(|connection| !stalled.contains(connection));
                }
            }
        }
    }

    /// Sends a piece of a frame. Gives those who do not get it, as they do not keep up.
    fn send_piece(
        &mut self,
        mut targets: Vec<ConnectionId>,
        text: String,
        now_ms: u64,
    ) -> Vec<ConnectionId> {
        let mut stalled = Vec::new();
        let mut judged = Vec::new();
        // Those who have had the same so far are due the same mark.
        let mut marked: Vec<(u64, Vec<ConnectionId>)> = Vec::new();
        targets.retain(|&connection| {
            let verdict = match self.connections.find_mut(connection) {
                Some(state) if state.is_absent() => return false,
                Some(state) => state.flow.sent(text.len() + 1, now_ms),
                // Its last frame, before it is closed.
                None => Verdict::Fine,
            };
            match verdict {
                Verdict::Fine => return true,
                Verdict::Mark(mark) => {
                    self.watch(connection);
                    match marked.iter_mut().find(|(other, _)| *other == mark) {
                        Some((_, connections)) => connections.push(connection),
                        None => marked.push((mark, vec![connection])),
                    }
                }
                Verdict::Judge => {
                    judged.push(connection);
                    return true;
                }
                Verdict::Stalled => {
                    self.stalled(connection);
                    stalled.push(connection);
                }
            }
            false
        });
        let judged = judged.into_iter();
        self.outputs
            .extend(judged.map(|connection| Output::Judge { connection }));
        for (mark, connections) in marked {
            self.outputs.push(Output::Frames {
                connections,
                text: format!("{text}\n{{\"flow\":{mark}}}"),
            });
        }
        if !targets.is_empty() {
            self.outputs.push(Output::Frames {
                connections: targets,
                text,
            });
        }
        stalled
    }

    /// A reader that does not read is not told why: that would only wait behind the rest.
    fn stalled(&mut self, connection: ConnectionId) {
        self.batch.forget(connection);
        self.close(connection, SLOW_CONSUMER, "the client does not keep up");
    }

    fn watch(&mut self, connection: ConnectionId) {
        if let Some(state) = self.connections.find(connection)
            && let Some(at_ms) = state.flow.stalled_ms()
        {
            self.stalls.insert((at_ms, connection));
        }
    }

    /// A client has taken in what came before a mark.
    pub(super) fn flowed(&mut self, connection: ConnectionId, mark: u64) {
        if let Some(state) = self.connections.find_mut(connection) {
            if let Some(at_ms) = state.flow.stalled_ms() {
                self.stalls.remove(&(at_ms, connection));
            }
            state.flow.answered(mark);
        }
        self.watch(connection);
    }

    /// A client was last heard then.
    pub(super) fn heard(&mut self, connection: ConnectionId, at_ms: Option<u64>, now_ms: u64) {
        let Some(state) = self.connections.find_mut(connection) else {
            return;
        };
        state.heard_ms = state.heard_ms.max(at_ms);
        if let Some(at_ms) = at_ms
            && !state.flow.answers
        {
            state.flow.heard(at_ms);
        }
        if is_silent(state.heard_ms, now_ms) {
            self.batch.forget(connection);
            self.close(
                connection,
                HEARTBEAT_TIMEOUT,
                "nothing was heard of the client",
            );
        } else if !state.flow.answers && state.flow.unanswered() >= UNHEARD_BYTES {
            self.stalled(connection);
        }
    }

    /// Looks, once a heartbeat at the most and only when awake anyway, who has been silent for too long.
    pub(super) fn look_for_silent(&mut self, now_ms: u64) {
        if now_ms < self.looked_ms + HEARTBEAT_MS {
            return;
        }
        self.looked_ms = now_ms;
        let outputs = &mut self.outputs;
        self.connections.each_mut(|connection, state| {
            // In a life that has just begun nobody has been heard yet.
            if state.heard_ms.is_none() {
                state.heard_ms = Some(now_ms);
            } else if is_silent(state.heard_ms, now_ms) && !state.is_absent() {
                outputs.push(Output::Judge { connection });
            }
        });
    }

    /// Closes connections whose marks have been without an answer for too long.
    pub(super) fn close_stalled(&mut self, now_ms: u64) {
        while let Some((at_ms, connection)) = self.stalls.first().copied() {
            if at_ms > now_ms {
                return;
            }
            self.stalls.pop_first();
            let due_ms = self
                .connections
                .find(connection)
                .and_then(|state| state.flow.stalled_ms());
            match due_ms {
                Some(due_ms) if due_ms <= now_ms => self.stalled(connection),
                Some(due_ms) => {
                    self.stalls.insert((due_ms, connection));
                }
                None => {}
            }
        }
    }

    /// Whether a connection is so far behind that it is spared what is passing.
    pub(super) fn lags(&self, connection: ConnectionId) -> bool {
        self.connections
            .find(connection)
            .is_some_and(|state| state.flow.answers && state.flow.unanswered() >= LAGGING_BYTES)
    }
}

/// Whether a client was last heard more than three heartbeats ago.
fn is_silent(heard_ms: Option<u64>, now_ms: u64) -> bool {
    heard_ms
        .is_some_and(|heard_ms| now_ms.saturating_sub(heard_ms) > SILENT_HEARTBEATS * HEARTBEAT_MS)
}

/// A frame in pieces of at most [`FRAME_BYTES`], split between lines; a longer line is a piece of its own.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
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
        while flow.sent(100_000, now_ms) == Verdict::Fine {
            now_ms += 10;
        }
        assert!(flow.unanswered() >= UNHEARD_BYTES);
        flow.heard(now_ms / 2);
        assert!(flow.unanswered() < UNHEARD_BYTES * 3 / 4);
        flow.heard(now_ms);
        assert!(flow.unanswered() <= SAMPLE_BYTES);
    }
}
