//! Emoji by name. The table is a static file, fetched when one is first asked for, and kept as the text it is.
//!
//! A line of it is an emoji, its name, and other words it is found by; a line `= Food & Drink` begins a section.

/// Where the table is.
pub const URL: &str = "/emoji.txt";

/// The table, once it is here.
#[derive(Clone, Debug, Default)]
pub struct EmojiTable {
    text: String,
    asked: bool,
}

/// An emoji and what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji<'a> {
    /// Itself.
    pub symbol: &'a str,
    /// Its name, without colons.
    pub name: &'a str,
    /// Its section.
    pub section: &'a str,
    /// All words it is found by, its name first.
    words: &'a str,
}

impl EmojiTable {
    /// Whether the table has to be fetched now: it is not here, and not on its way.
    pub fn ask(&mut self) -> bool {
        !std::mem::replace(&mut self.asked, true)
    }

    /// The table has come, or not.
    pub fn take(&mut self, text: Option<&str>) {
        match text {
            Some(text) => text.clone_into(&mut self.text),
            None => self.asked = false,
        }
    }

    /// Whether the table is here.
    #[must_use]
    pub fn is_here(&self) -> bool {
        !self.text.is_empty()
    }

    /// All emoji, in the table's order.
    pub fn all(&self) -> impl Iterator<Item = Emoji<'_>> {
        let mut section = "";
        self.text.lines().filter_map(move |line| {
            let (symbol, words) = line.split_once(' ')?;
            if symbol == "=" {
                section = words;
                return None;
            }
            Some(Emoji {
                symbol,
                name: words.split(' ').next()?,
                section,
                words,
            })
        })
    }

    /// The emoji that `typed` may mean, at most `limit`: by that very name first, then by names that begin so, then by other words
    /// that do, then by names that hold it.
    #[must_use]
    pub fn find(&self, typed: &str, limit: usize) -> Vec<Emoji<'_>> {
        let typed = typed.to_lowercase();
        let mut found = Vec::new();
        for wanted in 0..4 {
            let fits = self
                .all()
                .filter(|emoji| emoji.rank(&typed) == Some(wanted));
            found.extend(fits.take(limit.saturating_sub(found.len())));
        }
        found
    }

    /// The emoji of this very name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Emoji<'_>> {
        self.all().find(|emoji| emoji.name == name)
    }

    /// What an emoji is called, without colons.
    #[must_use]
    pub fn name_of(&self, symbol: &str) -> Option<&str> {
        let known = self.all().find(|emoji| emoji.symbol == symbol)?;
        Some(known.name)
    }
}

impl Emoji<'_> {
    fn rank(&self, typed: &str) -> Option<u8> {
        if self.name == typed {
            Some(0)
        } else if self.name.starts_with(typed) {
            Some(1)
        } else if self.words.split(' ').any(|word| word.starts_with(typed)) {
            Some(2)
        } else if self.name.contains(typed) {
            Some(3)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The file that is served.
    const SERVED: &str = include_str!("../../static/emoji.txt");

    fn table(text: &str) -> EmojiTable {
        let mut table = EmojiTable::default();
        table.take(Some(text));
        table
    }

    fn names(found: &[Emoji<'_>]) -> Vec<String> {
        found.iter().map(|emoji| emoji.name.to_owned()).collect()
    }

    #[test]
    fn names_that_begin_so_come_before_other_words_and_parts_of_names() {
        let table =
            table("= A\n1 broken_heart\n2 heart_eyes love\n3 kiss heart\n4 heart\n5 fire\n");
        assert_eq!(
            names(&table.find("Heart", 9)),
            ["heart", "heart_eyes", "kiss", "broken_heart"]
        );
        assert_eq!(names(&table.find("heart", 2)), ["heart", "heart_eyes"]);
    }

    #[test]
    fn the_table_is_asked_for_once_unless_it_does_not_come() {
        let mut table = EmojiTable::default();
        assert!(table.ask());
        assert!(!table.ask());
        table.take(None);
        assert!(table.ask());
        table.take(Some("1 one"));
        assert!(!table.ask());
    }

    #[test]
    fn every_line_of_the_served_table_is_an_emoji_with_a_name_of_its_own() {
        let table = table(SERVED);
        let lines = SERVED.lines().filter(|line| !line.starts_with("= "));
        assert_eq!(table.all().count(), lines.count());
        let mut seen = BTreeSet::new();
        for emoji in table.all() {
            assert!(!emoji.symbol.is_ascii(), "{}", emoji.symbol);
            assert!(!emoji.section.is_empty());
            assert!(seen.insert(emoji.name), "{} twice", emoji.name);
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_+-".contains(c);
            assert!(
                emoji
                    .words
                    .split(' ')
                    .all(|word| !word.is_empty() && word.chars().all(fine))
            );
        }
    }

    #[test]
    fn the_served_table_has_what_people_type() {
        let table = table(SERVED);
        for (name, symbol) in [
            ("tada", "🎉"),
            ("+1", "👍"),
            ("heart", "❤️"),
            ("rocket", "🚀"),
        ] {
            assert_eq!(table.named(name).map(|emoji| emoji.symbol), Some(symbol));
            assert_eq!(table.name_of(symbol), Some(name));
        }
        assert_eq!(table.find("thumbs", 1)[0].symbol, "👍");
    }
}
