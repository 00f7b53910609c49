//! Completion in the composer: what may be meant by the word before the caret.

use crate::draft::Draft;

/// Options shown at most.
pub const OPTIONS_MAX: usize = 8;
/// A word that is longer, in bytes, is not completed.
const WORD_MAX_BYTES: usize = 60;
/// So many characters of an emoji's name are waited for: `:)` and `10:30` mean something else.
const EMOJI_MIN_CHARS: usize = 2;

/// What kind of thing is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `@`: a person, or everybody.
    Person,
    /// `#`: a channel.
    Channel,
    /// `:`: an emoji.
    Emoji,
}

/// A word that can be completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What is meant.
    pub kind: Kind,
    /// Where it begins, with its sign, in bytes.
    pub start: usize,
    /// Where the caret is, in bytes.
    pub end: usize,
    /// What was typed after the sign.
    pub word: String,
    /// Which option is active.
    pub at: usize,
}

/// The word before `caret`, a place in bytes, where it can be completed.
#[must_use]
pub fn before_caret(draft: &Draft, caret: usize) -> Option<Completion> {
    let before = draft.text().get(..caret)?;
    let start = before.rfind(['@', '#', ':', '\n'])?;
    let (around, token) = before.split_at_checked(start)?;
    let mut rest = token.chars();
    let kind = match rest.next()? {
        '@' => Kind::Person,
        '#' => Kind::Channel,
        ':' => Kind::Emoji,
        _ => return None,
    };
    let word = rest.as_str();
    let begins = around
        .chars()
        .next_back()
        .is_none_or(|before| before.is_whitespace() || "([{\"'*_~>,".contains(before));
    // A name may have two words; nothing else has a space.
    let spaces = word.chars().filter(|c| c.is_whitespace()).count();
    let fits = match kind {
        Kind::Person => spaces <= 1 && !word.starts_with(' '),
        Kind::Channel => spaces == 0,
        Kind::Emoji => {
            word.chars().count() >= EMOJI_MIN_CHARS
                && word
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c))
        }
    };
    let fits = fits && begins && word.len() <= WORD_MAX_BYTES && !draft.is_reference(start);
    fits.then(|| Completion {
        kind,
        start,
        end: caret,
        word: word.to_owned(),
        at: 0,
    })
}

/// The name of the emoji that has just been closed with a colon, and where it begins: `:tada:` before `caret`.
#[must_use]
pub fn closed_emoji(draft: &Draft, caret: usize) -> Option<(usize, &str)> {
    let before = draft.text().get(..caret)?.strip_suffix(':')?;
    let start = before.rfind(':')?;
    let name = before.get(start + 1..)?;
    let fine = !name.is_empty() && !name.contains(char::is_whitespace);
    fine.then_some((start, name))
}

/// A place in bytes as browsers count it, in units of UTF-16.
#[must_use]
pub fn utf16(text: &str, bytes: usize) -> u32 {
    let units = text.get(..bytes).unwrap_or(text).encode_utf16().count();
    u32::try_from(units).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        let mut draft = Draft::default();
        draft.edit(text);
        draft
    }

    fn word(text: &str) -> Option<(Kind, String)> {
        before_caret(&draft(text), text.len()).map(|found| (found.kind, found.word))
    }

    #[test]
    fn a_sign_at_the_beginning_of_a_word_begins_a_completion() {
        assert_eq!(word("@"), Some((Kind::Person, String::new())));
        assert_eq!(word("hi @an"), Some((Kind::Person, "an".to_owned())));
        assert_eq!(word("(#gen"), Some((Kind::Channel, "gen".to_owned())));
        assert_eq!(word("well\n:tad"), Some((Kind::Emoji, "tad".to_owned())));
        assert_eq!(
            word("hi @Ana Lo"),
            Some((Kind::Person, "Ana Lo".to_owned()))
        );
    }

    #[test]
    fn what_only_looks_so_does_not() {
        for text in [
            "",
            "hi",
            "ana@example.org",
            "x#1",
            "10:30",
            ":)",
            ":a",
            "# heading",
            "http://a",
            "@ana and ben",
            "@\n",
            "hi @an\n",
            ":a b",
        ] {
            assert_eq!(word(text), None, "{text}");
        }
    }

    #[test]
    fn the_word_ends_at_the_caret() {
        let found = before_caret(&draft("hi @ana"), 5);
        assert_eq!(
            found.map(|found| (found.word, found.end)),
            Some(("a".to_owned(), 5))
        );
        assert_eq!(
            before_caret(&draft("é"), 1),
            None,
            "not in the middle of a character"
        );
    }

    #[test]
    fn what_was_chosen_is_not_completed_again() {
        let mut draft = draft("@an");
        let caret = draft.put(0, 3, "@Ana", Some("<@U2>".to_owned()));
        assert_eq!(before_caret(&draft, caret), None);
    }

    #[test]
    fn an_emoji_that_is_closed_is_found_by_its_name() {
        assert_eq!(closed_emoji(&draft("so :tada:"), 9), Some((3, "tada")));
        for text in ["::", "a: b:", "tada:", ":tada"] {
            assert_eq!(closed_emoji(&draft(text), text.len()), None, "{text}");
        }
    }

    #[test]
    fn browsers_count_in_utf16() {
        assert_eq!(utf16("é🎉x", "é🎉".len()), 3);
    }
}
