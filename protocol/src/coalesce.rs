//! Coalescing: everything for one socket that is ready in a turn leaves as one frame, and sockets that get the same frame share it.

use std::{collections::HashMap, hash::Hash};

use fnv::FnvBuildHasher;

/// Lines on their way to targets, until the turn ends.
///
/// A line is kept once, however many targets it has.
#[derive(Debug)]
pub struct Batch<K> {
    lines: Vec<Box<str>>,
    /// Which lines each target gets, in order.
    targets: HashMap<K, Vec<u32>, FnvBuildHasher>,
    /// Targets in the order in which they came.
    order: Vec<K>,
}

/// A line of a [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineId(u32);

/// One frame and the targets that get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<K> {
    /// Who gets it.
    pub targets: Vec<K>,
    /// Lines, separated by `\n`.
    pub text: String,
}

impl<K> Default for Batch<K> {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            targets: HashMap::default(),
            order: Vec::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> Batch<K> {
    /// Takes a line in, or several that belong together, for the targets to come.
    pub fn line(&mut self, line: impl Into<Box<str>>) -> LineId {
        let id = LineId(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        self.lines.push(line.into());
        id
    }

    /// Sends a line to a target.
    pub fn push(&mut self, target: K, line: LineId) {
        let lines = self.targets.entry(target).or_insert_with(|| {
            self.order.push(target);
            Vec::new()
        });
        lines.push(line.0);
    }

    /// Forgets what was on its way to a target.
    pub fn forget(&mut self, target: K) {
        if self.targets.remove(&target).is_some() {
            self.order.retain(|other| *other != target);
        }
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The frames, equal ones once, and an empty batch again.
    pub fn take(&mut self) -> Vec<Frame<K>> {
        let mut frames: Vec<Frame<K>> = Vec::new();
        let mut known: HashMap<Vec<u32>, usize, FnvBuildHasher> = HashMap::default();
        for target in std::mem::take(&mut self.order) {
            let Some(lines) = self.targets.remove(&target) else {
                continue;
            };
            if let Some(frame) = known.get(&lines).and_then(|&index| frames.get_mut(index)) {
                frame.targets.push(target);
                continue;
            }
            let text = lines
                .iter()
                .filter_map(|&line| self.lines.get(line as usize).map(AsRef::as_ref))
                .collect::<Vec<&str>>()
                .join("\n");
            known.insert(lines, frames.len());
            frames.push(Frame {
                targets: vec![target],
                text,
            });
        }
        self.lines.clear();
        self.targets.clear();
        frames
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_with_the_same_lines_share_a_frame() {
        let mut batch = Batch::default();
        let (a, b) = (batch.line("a"), batch.line("b"));
        for target in [1, 2, 3] {
            batch.push(target, a);
        }
        batch.push(2, b);
        batch.push(1, b);
        let frames = batch.take();
        assert_eq!(frames.len(), 2);
        assert_eq!(frames[0].targets, [1, 2]);
        assert_eq!(frames[0].text, "a\nb");
        assert_eq!(frames[1].targets, [3]);
        assert_eq!(frames[1].text, "a");
        assert!(batch.is_empty());
    }

    #[test]
    fn a_forgotten_target_gets_nothing() {
        let mut batch = Batch::default();
        let line = batch.line("a");
        batch.push(1, line);
        batch.forget(1);
        assert!(batch.take().is_empty());
    }
}
