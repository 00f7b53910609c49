//! The emoji of a reaction.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{error::Refusal, limits::EMOJI_MAX_BYTES};

/// What somebody reacts with: the characters of one emoji, or a name as in `tada`, 1–64 bytes without spaces, control characters and
/// characters that turn the direction of text. Two are the same where their bytes are.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(Arc<str>);

impl Emoji {
    /// Takes `emoji` where it is one.
    pub fn parse(emoji: &str) -> Result<Self, Refusal> {
        if emoji.is_empty() || emoji.len() > EMOJI_MAX_BYTES || emoji.chars().any(is_no_emoji) {
            return Err(Refusal::invalid(format!(
                "emoji has 1 to {EMOJI_MAX_BYTES} bytes, without spaces and control characters"
            )));
        }
        Ok(Self(emoji.into()))
    }

    /// The emoji as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Spaces, control characters, and what embeds, overrides or isolates a direction. The joiner of emoji is none of these.
fn is_no_emoji(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl TryFrom<String> for Emoji {
    type Error = Refusal;
    fn try_from(emoji: String) -> Result<Self, Refusal> {
        Self::parse(&emoji)
    }
}

impl From<Emoji> for String {
    fn from(emoji: Emoji) -> Self {
        emoji.0.as_ref().to_owned()
    }
}

impl fmt::Display for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Emoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_characters_or_names() {
        for emoji in ["👍", "👩‍👩‍👧‍👦", "🏳️‍🌈", "❤️", "tada", "+1"]
        {
            assert_eq!(Emoji::parse(emoji).unwrap().as_str(), emoji);
        }
    }

    #[test]
    fn what_breaks_a_line_or_turns_it_around_is_no_emoji() {
        let long = "a".repeat(EMOJI_MAX_BYTES + 1);
        for emoji in [
            "",
            " ",
            "a b",
            "a\n",
            "\0",
            "\u{202e}abc",
            "\u{2066}",
            &long,
        ] {
            assert!(Emoji::parse(emoji).is_err(), "{emoji:?}");
        }
    }
}
