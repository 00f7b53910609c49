//! What stands in a composer: text as a person reads it, in which some stretches stand for people, channels or everybody.
//!
//! The composer itself knows plain text only. What was chosen from a list is remembered by its place, which moves with whatever is
//! edited around it; a stretch that is edited itself is text from then on. So a name that was typed or pasted stays text.

/// Text with references in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    text: String,
    /// From left to right, without overlaps.
    references: Vec<Reference>,
}

/// A stretch of the text that stands for something.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reference {
    /// Where it begins, in bytes.
    start: usize,
    /// Where it ends, in bytes; exclusive.
    end: usize,
    /// What is sent in its place: `<@U…>`, `<#C…>`, `<!here>`, `<!channel>`.
    wire: String,
}

/// Stands between the text and its references in the storage; no text holds it.
const MARK: char = '\0';

impl Draft {
    /// What a person reads.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text is now this. Gives where it was edited last, in bytes: the place of the caret.
    pub fn edit(&mut self, text: &str) -> usize {
        let text = text.replace(MARK, "");
        let (prefix, suffix) = common_ends(&self.text, &text);
        let (old_end, new_end) = (self.text.len() - suffix, text.len() - suffix);
        self.references.retain_mut(|reference| {
            if reference.start >= old_end {
                reference.start = reference.start - old_end + new_end;
                reference.end = reference.end - old_end + new_end;
                stands_alone(&text, reference)
            } else {
                reference.end <= prefix && stands_alone(&text, reference)
            }
        });
        self.text = text;
        new_end
    }

    /// Puts `label` and a space in place of a stretch; it stands for `wire`, if that is given. Gives where the caret belongs.
    pub fn put(&mut self, start: usize, end: usize, label: &str, wire: Option<String>) -> usize {
        let (Some(before), Some(after)) = (self.text.get(..start), self.text.get(end..)) else {
            return self.text.len();
        };
        let space = if after.starts_with(' ') { "" } else { " " };
        let caret = start + label.len() + 1;
        let text = [before, label, space, after].concat();
        self.edit(&text);
        if let Some(wire) = wire {
            let reference = Reference {
                start,
                end: start + label.len(),
                wire,
            };
            let at = self.references.partition_point(|other| other.start < start);
            self.references.insert(at, reference);
        }
        caret
    }

    /// Whether a place, in bytes, lies in something that stands for something else.
    #[must_use]
    pub fn is_reference(&self, at: usize) -> bool {
        self.references
            .iter()
            .any(|reference| (reference.start..reference.end).contains(&at))
    }

    /// What is sent.
    #[must_use]
    pub fn wire(&self) -> String {
        let mut wire = String::new();
        let mut at = 0;
        for reference in &self.references {
            wire.push_str(self.text.get(at..reference.start).unwrap_or_default());
            wire.push_str(&reference.wire);
            at = reference.end;
        }
        wire.push_str(self.text.get(at..).unwrap_or_default());
        wire
    }

    /// What was sent, to be edited: `name` says what a reference is called, with its `@` or `#`.
    #[must_use]
    pub fn from_wire(wire: &str, name: impl Fn(&str) -> Option<String>) -> Self {
        let mut draft = Self::default();
        let mut rest = wire;
        while let Some((before, from)) = rest.find('<').and_then(|at| rest.split_at_checked(at)) {
            draft.text.push_str(before);
            let found = from.find('>').and_then(|end| from.get(..=end));
            let called = found.and_then(|found| Some((found, name(found)?)));
            let taken = if let Some((found, label)) = called {
                let start = draft.text.len();
                draft.text.push_str(&label);
                draft.references.push(Reference {
                    start,
                    end: draft.text.len(),
                    wire: found.to_owned(),
                });
                found.len()
            } else {
                draft.text.push('<');
                1
            };
            rest = from.get(taken..).unwrap_or_default();
        }
        draft.text.push_str(rest);
        draft
    }

    /// Its form in the browser's storage.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let mut stored = self.text.clone();
        for reference in &self.references {
            for part in [
                &reference.start.to_string(),
                &reference.end.to_string(),
                &reference.wire,
            ] {
                stored.push(MARK);
                stored.push_str(part);
            }
        }
        stored
    }

    /// What the storage holds; a reference that does not fit the text is none.
    #[must_use]
    pub fn from_stored(stored: &str) -> Self {
        let mut parts = stored.split(MARK);
        let mut draft = Self {
            text: parts.next().unwrap_or_default().to_owned(),
            references: Vec::new(),
        };
        let mut free_from = 0;
        while let (Some(start), Some(end), Some(wire)) = (parts.next(), parts.next(), parts.next())
        {
            if let (Ok(start), Ok(end)) = (start.parse(), end.parse())
                && free_from <= start
                && start < end
                && draft.text.get(start..end).is_some()
            {
                free_from = end;
                draft.references.push(Reference {
                    start,
                    end,
                    wire: wire.to_owned(),
                });
            }
        }
        draft
    }
}

/// How many bytes two texts have in common at the beginning, and of the rest at the end.
fn common_ends(old: &str, new: &str) -> (usize, usize) {
    let pairs = old.chars().zip(new.chars());
    let prefix = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (old, new) = (
        old.get(prefix..).unwrap_or_default(),
        new.get(prefix..).unwrap_or_default(),
    );
    let pairs = old.chars().rev().zip(new.chars().rev());
    let suffix = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    (prefix, suffix)
}

/// Whether nothing has been written onto either end of a reference.
fn stands_alone(text: &str, reference: &Reference) -> bool {
    let before = text
        .get(..reference.start)
        .and_then(|text| text.chars().next_back());
    let after = text
        .get(reference.end..)
        .and_then(|text| text.chars().next());
    !before.into_iter().chain(after).any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `hi @Ana ` with Ana chosen from the list.
    fn to_ana() -> Draft {
        let mut draft = Draft::default();
        assert_eq!(draft.edit("hi @an"), 6);
        assert_eq!(draft.put(3, 6, "@Ana", Some("<@U2>".to_owned())), 8);
        draft
    }

    fn edited(text: &str) -> String {
        let mut draft = to_ana();
        draft.edit(text);
        draft.wire()
    }

    #[test]
    fn who_was_chosen_is_sent_as_their_id() {
        assert_eq!(to_ana().text(), "hi @Ana ");
        assert_eq!(to_ana().wire(), "hi <@U2> ");
    }

    #[test]
    fn what_is_written_around_a_reference_moves_it() {
        let mut draft = to_ana();
        for text in ["oh, hi @Ana ", "oh, hi @Ana, and you?"] {
            draft.edit(text);
        }
        assert_eq!(draft.wire(), "oh, hi <@U2>, and you?");
        assert_eq!(edited("@Ana "), "<@U2> ");
        assert_eq!(edited("hi @Ana"), "hi <@U2>");
    }

    #[test]
    fn a_reference_that_is_edited_itself_is_text() {
        assert_eq!(edited("hi @An "), "hi @An ");
        assert_eq!(edited("hi @Anna "), "hi @Anna ");
        assert_eq!(edited("hi @Anas "), "hi @Anas ");
        assert_eq!(edited("hix@Ana "), "hix@Ana ");
        assert_eq!(edited(""), "");
    }

    #[test]
    fn a_name_that_was_pasted_stays_text() {
        assert_eq!(edited("hi @Ana @Ana"), "hi <@U2> @Ana");
        let mut draft = Draft::default();
        draft.edit("hi @Ana");
        assert_eq!(draft.wire(), "hi @Ana");
    }

    #[test]
    fn two_people_of_one_name_are_two() {
        let mut draft = to_ana();
        draft.edit("hi @Ana and @a");
        draft.put(12, 14, "@Ana", Some("<@U3>".to_owned()));
        assert_eq!(draft.wire(), "hi <@U2> and <@U3> ");
        draft.edit("@Ana");
        assert_ne!(draft.wire(), "hi");
    }

    #[test]
    fn an_emoji_stands_for_itself() {
        let mut draft = Draft::default();
        draft.edit("yes :ta now");
        assert_eq!(draft.put(4, 7, "🎉", None), "yes 🎉 ".len());
        assert_eq!(draft.wire(), "yes 🎉 now");
    }

    #[test]
    fn a_draft_comes_back_from_the_storage() {
        assert_eq!(Draft::from_stored(&to_ana().to_stored()), to_ana());
        assert_eq!(Draft::from_stored("plain").wire(), "plain");
        let strange = [
            "é\u{0}1\u{0}2\u{0}<@U2>",
            "x\u{0}0\u{0}9\u{0}<@U2>",
            "x\0one\0two\0<@U2>",
            "x\u{0}0",
        ];
        for stored in strange {
            let text = stored.split('\0').next();
            assert_eq!(Some(Draft::from_stored(stored).wire().as_str()), text);
        }
    }

    #[test]
    fn what_was_sent_can_be_edited_by_its_names() {
        let name = |wire: &str| (wire == "<@U2>").then(|| "@Ana".to_owned());
        let draft = Draft::from_wire("hi <@U2>, 1 < 2 <b> <@U9>", name);
        assert_eq!(draft.text(), "hi @Ana, 1 < 2 <b> <@U9>");
        assert_eq!(draft.wire(), "hi <@U2>, 1 < 2 <b> <@U9>");
    }

    proptest! {
        #[test]
        fn whatever_is_edited_references_stay_where_their_names_are(texts in prop::collection::vec("[@Ana é🎉]{0,12}", 1..6)) {
            let mut draft = to_ana();
            for text in texts {
                let caret = draft.edit(&text);
                prop_assert!(text.is_char_boundary(caret));
                for reference in &draft.references {
                    prop_assert_eq!(draft.text().get(reference.start..reference.end), Some("@Ana"));
                }
                prop_assert_eq!(draft.wire().replace("<@U2>", "@Ana"), draft.text());
            }
        }
    }
}
