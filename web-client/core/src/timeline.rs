//! The messages of one channel that are at hand, and the stretch of them that is shown.

use litemap::LiteMap;
use protocol::{
    history::{Message, Page},
    message::Seq,
};

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
    /// The newest page is on its way.
    Newest,
    /// A page of older messages is on its way.
    Older,
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

/// A gap-free stretch of a channel's messages that ends at its head.
#[derive(Clone, Debug)]
pub struct Timeline {
    messages: LiteMap<Seq, Message>,
    loading: Loading,
    has_before: bool,
    window: Window,
    /// Up to here messages are older than the page that is on its way, and replaced by it.
    stale_to: Seq,
    /// Newest pages on their way; only the one asked for last counts.
    newest_asked: u32,
}

impl Default for Timeline {
    fn default() -> Self {
        Self {
            messages: LiteMap::new(),
            loading: Loading::Unloaded,
            has_before: false,
            window: Window::Followed,
            stale_to: 0,
            newest_asked: 0,
        }
    }
}

impl Timeline {
    /// How far loading has come.
    #[must_use]
    pub fn loading(&self) -> Loading {
        self.loading
    }

    /// Whether the newest messages are at hand, so that new ones are kept.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        matches!(self.loading, Loading::Idle | Loading::Older)
            || (self.loading == Loading::Failed && !self.messages.is_empty())
    }

    /// The newest message at hand.
    #[must_use]
    pub fn newest(&self) -> Option<&Message> {
        self.messages.last().map(|(_, message)| message)
    }

    /// Whether the first message ever is at hand.
    #[must_use]
    pub fn reaches_beginning(&self) -> bool {
        self.is_loaded() && !self.has_before
    }

    /// Forgets everything but what is on its way, which will not be taken.
    pub fn unload(&mut self) {
        *self = Self {
            newest_asked: self.newest_asked,
            ..Self::default()
        };
    }

    /// The newest page has to be fetched now; it replaces whatever is at hand up to `head`.
    pub fn load_newest(&mut self, head: Seq) {
        self.stale_to = self.stale_to.max(head);
        self.newest_asked += 1;
        self.loading = Loading::Newest;
    }

    /// The older page to fetch so that more can be shown above, if there is one and it is not on its way.
    pub fn load_older(&mut self) -> Option<Seq> {
        if self.loading != Loading::Idle || !self.has_before {
            return None;
        }
        let (&first, _) = self.messages.first()?;
        self.loading = Loading::Older;
        Some(first)
    }

    /// A page that was asked for has come.
    pub fn take_page(&mut self, before: Option<Seq>, page: &Page) {
        match before {
            None => {
                self.newest_asked = self.newest_asked.saturating_sub(1);
                if self.newest_asked > 0 || self.loading != Loading::Newest {
                    return;
                }
                let stale_to = self.stale_to;
                self.messages.retain(|&seq, _| seq > stale_to);
                self.stale_to = 0;
                self.window = Window::Followed;
            }
            Some(seq)
                if self.loading != Loading::Older || self.messages.keys().next() != Some(&seq) =>
            {
                return;
            }
            Some(seq) => {
                let first_new = page.messages.first().map(|message| message.seq);
                if let (Window::Held(first), Some(new)) = (&mut self.window, first_new)
                    && *first == seq
                {
                    *first = new;
                }
            }
        }
        self.has_before = page.has_more;
        self.loading = Loading::Idle;
        for message in &page.messages {
            self.messages.insert(message.seq, message.clone());
        }
    }

    /// A page that was asked for will not come.
    pub fn page_failed(&mut self, before: Option<Seq>) {
        let awaited = match before {
            None => {
                self.newest_asked = self.newest_asked.saturating_sub(1);
                self.loading == Loading::Newest && self.newest_asked == 0
            }
            Some(_) => self.loading == Loading::Older,
        };
        if awaited {
            self.loading = Loading::Failed;
        }
    }

    /// Loading may be tried again.
    pub fn forgive(&mut self) {
        if self.loading == Loading::Failed {
            self.loading = if self.messages.is_empty() {
                Loading::Unloaded
            } else {
                Loading::Idle
            };
        }
    }

    /// A message was stored. It is kept where the newest messages are at hand, or on their way.
    pub fn insert(&mut self, message: Message) {
        let kept = self.is_loaded() || self.loading == Loading::Newest;
        let older_than_all = self.has_before
            && self
                .messages
                .keys()
                .next()
                .is_some_and(|&first| message.seq < first);
        if kept && !older_than_all {
            self.messages.insert(message.seq, message);
        }
    }

    /// The messages that are shown.
    pub fn shown(&self) -> impl Iterator<Item = &Message> {
        let (skipped, taken) = self.bounds();
        self.messages.values().skip(skipped).take(taken)
    }

    /// Whether there are messages below the ones that are shown.
    #[must_use]
    pub fn has_below(&self) -> bool {
        let (skipped, taken) = self.bounds();
        skipped + taken < self.messages.len()
    }

    /// Whether there are messages above the ones that are shown.
    #[must_use]
    pub fn has_above(&self) -> bool {
        self.has_before || self.bounds().0 > 0
    }

    fn bounds(&self) -> (usize, usize) {
        let count = self.messages.len();
        match self.window {
            Window::Followed => (count.saturating_sub(FOLLOWED_MAX), FOLLOWED_MAX.min(count)),
            Window::Held(first) => {
                let skipped = self
                    .messages
                    .find_index(&first)
                    .unwrap_or_else(|after| after);
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

    /// Nobody looks any more: only the newest messages are kept.
    pub fn trim(&mut self) {
        self.window = Window::Followed;
        let surplus = self.bounds().0;
        if let (Loading::Idle, Some(&first)) = (self.loading, self.messages.keys().nth(surplus))
            && surplus > 0
        {
            self.messages.retain(|&seq, _| seq >= first);
            self.has_before = true;
        }
    }

    /// The end is followed from now on, wherever the view was.
    pub fn jump_to_latest(&mut self) {
        self.window = Window::Followed;
    }

    /// The end has left the view: what is shown stays.
    pub fn hold(&mut self) {
        let first = self.shown().next().map(|message| message.seq);
        if let (Window::Followed, Some(first)) = (self.window, first) {
            self.window = Window::Held(first);
        }
    }

    /// Shows more above out of what is at hand; says whether it could.
    pub fn reveal_above(&mut self) -> bool {
        let (skipped, _) = self.bounds();
        self.begin_at(skipped, skipped.saturating_sub(STEP))
    }

    /// Shows more below.
    pub fn reveal_below(&mut self) {
        if self.has_below() {
            let (skipped, _) = self.bounds();
            self.begin_at(skipped, skipped + STEP);
        }
    }

    fn begin_at(&mut self, now: usize, index: usize) -> bool {
        match self.messages.keys().nth(index) {
            Some(&first) if index != now => {
                self.window = Window::Held(first);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(seq: Seq) -> Message {
        crate::channel::tests::stored(seq, "U1", &format!("text {seq}"))
    }

    fn page(seqs: std::ops::RangeInclusive<Seq>, has_more: bool) -> Page {
        Page {
            epoch: "e".to_owned(),
            messages: seqs.map(message).collect(),
            has_more,
            has_before: has_more,
            has_after: false,
        }
    }

    fn loaded(seqs: std::ops::RangeInclusive<Seq>, has_more: bool) -> Timeline {
        let mut timeline = Timeline::default();
        timeline.load_newest(0);
        timeline.take_page(None, &page(seqs, has_more));
        timeline
    }

    fn shown(timeline: &Timeline) -> (Seq, Seq) {
        let all: Vec<Seq> = timeline.shown().map(|message| message.seq).collect();
        (all[0], all[all.len() - 1])
    }

    #[test]
    fn what_comes_while_the_newest_page_loads_stays() {
        let mut timeline = Timeline::default();
        timeline.load_newest(50);
        timeline.insert(message(51));
        timeline.take_page(None, &page(1..=50, false));
        assert_eq!(shown(&timeline), (1, 51));
    }

    #[test]
    fn a_page_asked_for_before_everything_was_forgotten_is_not_taken() {
        let mut timeline = Timeline::default();
        timeline.load_newest(0);
        timeline.unload();
        timeline.load_newest(9);
        timeline.take_page(None, &page(1..=3, false));
        assert!(!timeline.is_loaded());
        timeline.take_page(None, &page(1..=9, false));
        assert_eq!(shown(&timeline), (1, 9));
    }

    #[test]
    fn a_reload_replaces_everything_up_to_the_head() {
        let mut timeline = loaded(1..=50, false);
        timeline.load_newest(200);
        timeline.insert(message(201));
        timeline.take_page(None, &page(151..=200, true));
        assert_eq!(shown(&timeline), (151, 201));
    }

    #[test]
    fn a_page_that_is_on_its_way_is_not_asked_for_twice() {
        let mut timeline = loaded(51..=100, true);
        assert_eq!(timeline.load_older(), Some(51));
        assert_eq!(timeline.load_older(), None);
    }

    #[test]
    fn an_older_page_is_shown_above_a_held_view() {
        let mut timeline = loaded(51..=100, true);
        timeline.hold();
        timeline.load_older();
        timeline.take_page(Some(51), &page(1..=50, false));
        assert_eq!(shown(&timeline), (1, 100));
        assert!(timeline.reaches_beginning());
    }

    #[test]
    fn an_older_page_from_before_a_reload_is_not_taken() {
        let mut timeline = loaded(51..=100, true);
        timeline.load_older();
        timeline.load_newest(300);
        timeline.take_page(None, &page(251..=300, true));
        timeline.take_page(Some(51), &page(1..=50, false));
        assert_eq!(shown(&timeline), (251, 300));
        assert!(!timeline.reaches_beginning());
    }

    #[test]
    fn never_more_than_the_limit_is_shown() {
        let mut timeline = loaded(1..=1000, false);
        assert_eq!(shown(&timeline), (801, 1000));
        timeline.hold();
        for _ in 0..3 {
            assert!(timeline.reveal_above());
        }
        assert_eq!(shown(&timeline), (501, 900));
        timeline.reveal_below();
        assert_eq!(shown(&timeline), (601, 1000));
    }

    #[test]
    fn a_held_view_does_not_lose_its_top_to_new_messages() {
        let mut timeline = loaded(1..=200, false);
        timeline.hold();
        timeline.insert(message(201));
        assert_eq!(shown(&timeline), (1, 201));
        timeline.follow();
        assert_eq!(shown(&timeline), (2, 201));
    }

    #[test]
    fn the_end_is_not_followed_while_it_is_out_of_the_window() {
        let mut timeline = loaded(1..=1000, false);
        timeline.hold();
        while timeline.reveal_above() {}
        timeline.follow();
        assert_eq!(shown(&timeline), (1, 400));
        timeline.jump_to_latest();
        assert_eq!(shown(&timeline), (801, 1000));
    }

    #[test]
    fn a_trimmed_timeline_keeps_its_newest_messages() {
        let mut timeline = loaded(1..=1000, false);
        timeline.trim();
        assert!(!timeline.reveal_above());
        assert_eq!(shown(&timeline), (801, 1000));
        assert_eq!(timeline.load_older(), Some(801));
    }

    #[test]
    fn an_acknowledged_message_older_than_everything_at_hand_opens_no_gap() {
        let mut timeline = loaded(51..=100, true);
        timeline.insert(message(7));
        assert_eq!(shown(&timeline), (51, 100));
    }
}
