//! How well a name fits what was typed.

use crate::order::folded;

/// How well `name` fits `typed`, 0 best; `None` where it does not. By its beginning, then by the beginning of a word, then by any
/// part, then by its letters in that order.
#[must_use]
pub fn fit(name: &str, typed: &str) -> Option<u8> {
    let (name, typed) = (folded(name), folded(typed));
    let is_word = |at: usize| {
        let before = name.get(..at).and_then(|before| before.chars().next_back());
        before.is_some_and(|before| !before.is_alphanumeric())
    };
    if name.starts_with(&typed) {
        return Some(0);
    }
    let mut places = name.match_indices(&typed).map(|(at, _)| at);
    if let Some(first) = places.next() {
        let word = is_word(first) || places.any(is_word);
        return Some(if word { 1 } else { 2 });
    }
    let mut letters = name.chars();
    let in_order = typed
        .chars()
        .all(|letter| letters.any(|other| other == letter));
    in_order.then_some(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_come_before_words_before_parts_before_letters() {
        let fits =
            ["general", "the-general", "degeneral", "g-e-n", "random"].map(|name| fit(name, "GEN"));
        assert_eq!(fits, [Some(0), Some(1), Some(2), Some(3), None]);
    }

    #[test]
    fn nothing_typed_fits_all() {
        assert_eq!(fit("general", ""), Some(0));
        assert_eq!(fit("", "a"), None);
    }

    #[test]
    fn a_word_further_on_counts() {
        assert_eq!(fit("Juliana Ana", "ana"), Some(1));
    }
}
