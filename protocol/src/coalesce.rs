//! Coalescing: everything for one socket that is ready in a turn leaves as one frame, and sockets that get the same frame share it.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    rc::Rc,
};

use fnv::FnvBuildHasher;

/// Lines on their way to targets, until the turn ends.
///
/// A line is kept once, however many targets it has, and so is a run of lines: what a target is to get is one number, that of
/// a node in a tree of runs. A line for many targets that have had the same so far costs each of them one step and no memory.
#[derive(Debug)]
pub struct Batch<K> {
    lines: Vec<Rc<str>>,
    tree: Tree,
    /// The run of each target.
    targets: HashMap<K, u32, FnvBuildHasher>,
    /// Targets in the order in which they came.
    order: Vec<K>,
    pushes: usize,
}

#[derive(Debug)]
struct Tree {
    /// The runs; the first is the empty one.
    runs: Vec<Run>,
    /// Further runs that go on from one by a line, beyond its newest.
    others: HashMap<(u32, u32), u32, FnvBuildHasher>,
}

/// Lines in a row: those of another run, and one more.
#[derive(Clone, Copy, Debug)]
struct Run {
    before: u32,
    line: u32,
    /// The newest run that goes on from this one, and the line by which it does.
    next: (u32, u32),
}

/// No line and no run.
const NONE: u32 = u32::MAX;

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
            tree: Tree::new(),
            targets: HashMap::default(),
            order: Vec::new(),
            pushes: 0,
        }
    }
}

impl Run {
    const EMPTY: Self = Self {
        before: NONE,
        line: NONE,
        next: (NONE, NONE),
    };
}

impl Tree {
    fn new() -> Self {
        Self {
            runs: vec![Run::EMPTY],
            others: HashMap::default(),
        }
    }

    /// The run that goes on from `before` by `line`.
    fn longer(&mut self, before: u32, line: u32) -> u32 {
        let made = number(self.runs.len());
        let Some(run) = self.runs.get_mut(before as usize) else {
            return NONE;
        };
        if run.next.0 == line {
            return run.next.1;
        }
        if let Some(&other) = self.others.get(&(before, line)) {
            return other;
        }
        let newest = std::mem::replace(&mut run.next, (line, made));
        if newest.1 != NONE {
            self.others.insert((before, newest.0), newest.1);
        }
        self.runs.push(Run {
            before,
            line,
            ..Run::EMPTY
        });
        made
    }

    /// The lines of a run, in order.
    fn lines(&self, run: u32) -> Vec<u32> {
        let mut lines = Vec::new();
        let mut at = run;
        while let Some(run) = self.runs.get(at as usize).filter(|run| run.line != NONE) {
            lines.push(run.line);
            at = run.before;
        }
        lines.reverse();
        lines
    }

    fn clear(&mut self) {
        self.runs.truncate(1);
        self.runs.fill(Run::EMPTY);
        self.others.clear();
    }
}

impl<K: Copy + Eq + Hash> Batch<K> {
    /// Takes a line in, or several that belong together, for the targets to come.
    pub fn line(&mut self, line: impl Into<Rc<str>>) -> LineId {
        let id = LineId(number(self.lines.len()));
        self.lines.push(line.into());
        id
    }

    /// Sends a line to a target.
    pub fn push(&mut self, target: K, line: LineId) {
        self.pushes += 1;
        match self.targets.entry(target) {
            Entry::Occupied(mut run) => {
                let longer = self.tree.longer(*run.get(), line.0);
                run.insert(longer);
            }
            Entry::Vacant(none) => {
                none.insert(self.tree.longer(0, line.0));
                self.order.push(target);
            }
        }
    }

    /// How many lines were sent since the batch was empty, once for each of their targets.
    #[must_use]
    pub fn pushes(&self) -> usize {
        self.pushes
    }

    /// Forgets what was on its way to a target.
    pub fn forget(&mut self, target: K) {
        self.targets.remove(&target);
        // It stays in the order, which is gone through once, until then.
        if self.targets.is_empty() {
            self.order.clear();
        }
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The frames, equal ones once, and an empty batch again.
    pub fn take(&mut self) -> Vec<Frame<K>> {
        let mut frames: Vec<Frame<K>> = Vec::new();
        // Of each run: its frame, and how many get it.
        let mut frame_of = vec![(NONE, 0); self.tree.runs.len()];
        for run in self.targets.values() {
            if let Some((_, count)) = frame_of.get_mut(*run as usize) {
                *count += 1;
            }
        }
        let mut order = std::mem::take(&mut self.order);
        for target in order.drain(..) {
            let Some(run) = self.targets.remove(&target) else {
                continue;
            };
            let Some((index, count)) = frame_of.get_mut(run as usize) else {
                continue;
            };
            if let Some(frame) = frames.get_mut(*index as usize) {
                frame.targets.push(target);
                continue;
            }
            *index = number(frames.len());
            let mut targets = Vec::with_capacity(*count);
            targets.push(target);
            let text = self.text(run);
            frames.push(Frame { targets, text });
        }
        // What it has room for is room for the next turn.
        self.order = order;
        self.pushes = 0;
        self.lines.clear();
        self.tree.clear();
        self.targets.clear();
        frames
    }

    fn text(&self, run: u32) -> String {
        let lines = self.tree.lines(run);
        let lines = lines
            .iter()
            .filter_map(|&line| self.lines.get(line as usize).map(AsRef::as_ref));
        lines.collect::<Vec<&str>>().join("\n")
    }
}

/// A batch is never so long that its numbers do not fit.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NONE)
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
    fn whatever_lines_targets_get_each_gets_its_own_in_order() {
        let mut batch = Batch::default();
        let mut expected = std::collections::BTreeMap::<u32, Vec<String>>::new();
        // Bits say who gets line n; some patterns come again in another order.
        for (n, pattern) in [7_u32, 1, 6, 5, 1, 2, 4, 3, 7, 2, 1, 6]
            .into_iter()
            .enumerate()
        {
            let line = batch.line(n.to_string());
            for target in (0..3).filter(|target| pattern >> target & 1 == 1) {
                batch.push(target, line);
                expected.entry(target).or_default().push(n.to_string());
            }
        }
        let frames = batch.take();
        for (target, lines) in expected {
            let own: Vec<_> = frames
                .iter()
                .filter(|frame| frame.targets.contains(&target))
                .collect();
            assert_eq!(own.len(), 1);
            assert_eq!(own[0].text, lines.join("\n"));
        }
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
