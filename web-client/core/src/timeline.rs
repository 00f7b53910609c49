//! Which messages of a channel or thread are at hand without a gap, and the stretch of them that is shown.

use protocol::{
    history::{Anchor, Page},
    message::Seq,
};

use crate::seqs::Seqs;

/// Messages shown while the end is followed.
pub const FOLLOWED_MAX: usize = 200;
/// Messages shown at most, so that the page stays quick.
pub const SHOWN_MAX: usize = 400;
/// By how many messages the stretch moves at once.
pub const STEP: usize = 100;

/// How far loading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loading {
    /// Nothing was asked for.
    Unloaded,
    /// A page that takes the place of what is at hand is on its way.
    Fresh,
    /// A page of older messages is on its way.
    Older,
    /// A page of newer messages is on its way.
    Newer,
    /// Nothing is on its way.
    Idle,
    /// What was asked for last did not come.
    Failed,
}

/// Which stretch is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    /// The newest messages, whatever comes.
    Followed,
    /// From this message on.
    Held(Seq),
}

/// A gap-free stretch of the messages of a channel or thread; it ends at the head unless it was loaded around a message.
#[derive(Clone, Debug)]
pub struct Timeline {
    seqs: Seqs,
    loading: Loading,
    has_before: bool,
    has_after: bool,
    window: Window,
    /// Up to here messages are older than the page that is on its way, and replaced by it.
    stale_to: Seq,
    /// Fresh pages on their way, the one asked for last at the end: only that counts.
    fresh: Vec<Anchor>,
    /// Which fresh page was asked for last.
    wanted: Anchor,
    /// What came while a page of newer messages was on its way.
    tail: Seqs,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            seqs: Seqs::default(),
            loading: Loading::Unloaded,
            has_before: false,
            has_after: false,
            window: Window::Followed,
            stale_to: 0,
            fresh: Vec::new(),
            wanted: Anchor::Newest,
            tail: Seqs::default(),
        }
    }
}

impl Timeline {
    /// How far loading has come.
    #[must_use]
    pub fn loading(&self) -> Loading {
        self.loading
    }

    /// Whether there is something to show, if only that there is nothing.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        matches!(
            self.loading,
            Loading::Idle | Loading::Older | Loading::Newer
        ) || (self.loading == Loading::Failed && !self.seqs.all().is_empty())
    }

    /// The newest message at hand.
    #[must_use]
    pub fn newest(&self) -> Option<Seq> {
        self.seqs.last()
    }

    /// Whether this message is at hand.
    #[must_use]
    pub fn has(&self, seq: Seq) -> bool {
        self.seqs.contains(seq) || self.tail.contains(seq)
    }

    /// Whether the first message ever is at hand.
    #[must_use]
    pub fn reaches_beginning(&self) -> bool {
        self.is_loaded() && !self.has_before
    }

    /// Forgets everything but what is on its way, which will not be taken.
    pub fn unload(&mut self) {
        *self = Self {
            fresh: std::mem::take(&mut self.fresh),
            ..Self::default()
        };
    }

    /// A fresh page has to be fetched now; it replaces whatever is at hand up to `head`.
    pub fn load_fresh(&mut self, anchor: Anchor, head: Seq) {
        // Nothing that hangs on no end is worth keeping.
        let kept_to = self.seqs.last().filter(|_| self.has_after);
        self.stale_to = self.stale_to.max(head).max(kept_to.unwrap_or(0));
        self.fresh.push(anchor);
        self.wanted = anchor;
        self.loading = Loading::Fresh;
    }

    /// The older page to fetch so that more can be shown above, if there is one and nothing is on its way.
    pub fn load_older(&mut self) -> Option<Anchor> {
        if self.loading != Loading::Idle || !self.has_before {
            return None;
        }
        let first = self.seqs.first()?;
        self.loading = Loading::Older;
        Some(Anchor::Before(first))
    }

    /// The newer page to fetch so that more can be shown below, if there is one and nothing is on its way.
    pub fn load_newer(&mut self) -> Option<Anchor> {
        if self.loading != Loading::Idle || !self.has_after {
            return None;
        }
        let last = self.seqs.last()?;
        self.loading = Loading::Newer;
        Some(Anchor::After(last))
    }

    /// A fresh page has come, or will not. Says whether it is the one asked for last.
    fn fresh_came(&mut self, anchor: Anchor) -> bool {
        if let Some(at) = self.fresh.iter().position(|asked| *asked == anchor) {
            self.fresh.remove(at);
        }
        self.loading == Loading::Fresh && self.wanted == anchor && !self.fresh.contains(&anchor)
    }

    /// A page that was asked for has come. Says whether it was taken.
    pub fn take_page(&mut self, anchor: Anchor, page: &Page) -> bool {
        match anchor {
            Anchor::Newest | Anchor::Around(_) => {
                if !self.fresh_came(anchor) {
                    return false;
                }
                if page.has_after {
                    self.seqs = Seqs::default();
                } else {
                    self.seqs.drop_below(self.stale_to + 1);
                }
                self.stale_to = 0;
                self.has_before = page.has_before;
                self.has_after = page.has_after;
                self.window = match (anchor, page.messages.first()) {
                    (Anchor::Around(_), Some(first)) => Window::Held(first.seq),
                    _ => Window::Followed,
                };
            }
            Anchor::Before(seq) => {
                if self.loading != Loading::Older || self.seqs.first() != Some(seq) {
                    return false;
                }
                let first_new = page.messages.first().map(|message| message.seq);
                if let (Window::Held(first), Some(new)) = (&mut self.window, first_new)
                    && *first == seq
                {
                    *first = new;
                }
                self.has_before = page.has_before;
            }
            Anchor::After(seq) => {
                if self.loading != Loading::Newer || self.seqs.last() != Some(seq) {
                    return false;
                }
                self.has_after = page.has_after;
                let tail = std::mem::take(&mut self.tail);
                if !page.has_after {
                    self.seqs.extend(tail.all().iter().copied());
                }
            }
        }
        self.loading = Loading::Idle;
        self.seqs
            .extend(page.messages.iter().map(|message| message.seq));
        if matches!(anchor, Anchor::After(_)) {
            // It was asked for as the end of what is shown was in view: what does not fit has to be told of.
            self.reveal_below();
        }
        true
    }

    /// A page that was asked for will not come.
    pub fn page_failed(&mut self, anchor: Anchor) {
        let awaited = match anchor {
            Anchor::Newest | Anchor::Around(_) => self.fresh_came(anchor),
            Anchor::Before(_) => self.loading == Loading::Older,
            Anchor::After(_) => self.loading == Loading::Newer,
        };
        if awaited {
            self.tail = Seqs::default();
            self.loading = Loading::Failed;
        }
    }

    /// Loading may be tried again.
    pub fn forgive(&mut self) {
        if self.loading == Loading::Failed {
            self.loading = if self.seqs.all().is_empty() {
                Loading::Unloaded
            } else {
                Loading::Idle
            };
        }
    }

    /// A message was stored. It is taken where it opens no gap. Says whether it was.
    pub fn insert(&mut self, seq: Seq) -> bool {
        if self.loading == Loading::Newer {
            return self.tail.insert(seq);
        }
        let reaches_head = self.is_loaded() && !self.has_after;
        let older_than_all = self.has_before && self.seqs.first().is_some_and(|first| seq < first);
        let taken = (reaches_head || self.loading == Loading::Fresh) && !older_than_all;
        if taken {
            self.seqs.insert(seq);
        }
        taken
    }

    /// The messages that are shown.
    #[must_use]
    pub fn shown(&self) -> impl DoubleEndedIterator<Item = Seq> {
        let (skipped, taken) = self.bounds();
        let shown: Vec<Seq> = self
            .seqs
            .all()
            .iter()
            .skip(skipped)
            .take(taken)
            .copied()
            .collect();
        shown.into_iter()
    }

    /// Whether there are messages below the ones that are shown.
    #[must_use]
    pub fn has_below(&self) -> bool {
        let (skipped, taken) = self.bounds();
        self.has_after || skipped + taken < self.seqs.all().len()
    }

    /// Whether there are messages above the ones that are shown.
    #[must_use]
    pub fn has_above(&self) -> bool {
        self.has_before || self.bounds().0 > 0
    }

    fn bounds(&self) -> (usize, usize) {
        let count = self.seqs.all().len();
        match self.window {
            Window::Followed => (count.saturating_sub(FOLLOWED_MAX), FOLLOWED_MAX.min(count)),
            Window::Held(first) => {
                let skipped = self.seqs.below(first);
                (skipped, (count - skipped).min(SHOWN_MAX))
            }
        }
    }

    /// The end is in view: it is followed from now on, where it is shown.
    pub fn follow(&mut self) {
        if !self.has_below() {
            self.window = Window::Followed;
        }
    }

    /// Nobody looks any more: only the newest messages are kept, and none that do not reach the head.
    pub fn trim(&mut self) {
        if self.has_after {
            return self.unload();
        }
        self.window = Window::Followed;
        let surplus = self.bounds().0;
        if let (Loading::Idle, Some(&first)) = (self.loading, self.seqs.all().get(surplus))
            && surplus > 0
        {
            self.seqs.drop_below(first);
            self.has_before = true;
        }
    }

    /// The end is followed from now on, wherever the view was. Says whether it has to be loaded first.
    pub fn jump_to_latest(&mut self) -> bool {
        if self.has_after {
            return true;
        }
        self.window = Window::Followed;
        false
    }

    /// Shows this message and what stands around it, where it is at hand.
    pub fn show_around(&mut self, seq: Seq) -> bool {
        if !self.seqs.contains(seq) {
            return false;
        }
        let first = self.seqs.below(seq).saturating_sub(STEP);
        let first = self.seqs.all().get(first).copied();
        self.window = Window::Held(first.unwrap_or(seq));
        true
    }

    /// The end has left the view: what is shown stays.
    pub fn hold(&mut self) {
        let first = self.shown().next();
        if let (Window::Followed, Some(first)) = (self.window, first) {
            self.window = Window::Held(first);
        }
    }

    /// Shows more above out of what is at hand; says whether it could.
    pub fn reveal_above(&mut self) -> bool {
        let (skipped, _) = self.bounds();
        self.begin_at(skipped, skipped.saturating_sub(STEP))
    }

    /// Shows more below out of what is at hand; says whether it could.
    pub fn reveal_below(&mut self) -> bool {
        let (skipped, taken) = self.bounds();
        let is_hidden = skipped + taken < self.seqs.all().len();
        is_hidden && self.begin_at(skipped, skipped + STEP)
    }

    fn begin_at(&mut self, now: usize, index: usize) -> bool {
        match self.seqs.all().get(index) {
            Some(&first) if index != now => {
                self.window = Window::Held(first);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
