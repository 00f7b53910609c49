//! Readers that do not keep up, or are not there any more: what becomes of them.

use protocol::{
    close::{HEARTBEAT_TIMEOUT, SLOW_CONSUMER},
    coalesce::Frame,
    flow::{FRAME_BYTES, Verdict, is_silent, pieces},
    limits::HEARTBEAT_MS,
};

use super::{ConnectionId, Gateway, Output};

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

    /// What was on its way to a reader that does not read would only wait behind the rest.
    fn stalled(&mut self, connection: ConnectionId) {
        self.batch.forget(connection);
        self.send_away(connection, SLOW_CONSUMER);
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
        // Of whom nothing is known the time begins now.
        state.heard_ms = state.heard_ms.max(at_ms).or(Some(now_ms));
        if let Some(at_ms) = at_ms
            && !state.flow.answers
        {
            state.flow.heard(at_ms);
        }
        if is_silent(state.heard_ms, now_ms) {
            self.batch.forget(connection);
            self.send_away(connection, HEARTBEAT_TIMEOUT);
        } else if state.flow.is_unheard() {
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
            // In a life that has just begun it is not known yet when anybody was heard.
            let is_doubted = state.heard_ms.is_none() || is_silent(state.heard_ms, now_ms);
            if is_doubted && !state.is_absent() {
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
            .is_some_and(|state| state.flow.lags())
    }
}
