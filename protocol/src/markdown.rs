//! Markdown as messages have it: a text in, a tree out, for whoever shows, announces or searches messages.
//!
//! Every text is a message, so parsing cannot fail: what is not markup stays text, byte for byte, with its line breaks. The work
//! is linear in the text and the tree is never deeper than [`BLOCK_DEPTH_MAX`] and [`INLINE_DEPTH_MAX`], whatever it says. The
//! tree holds what is to be read, never HTML.
//!
//! # Blocks
//!
//! | markup | what it is |
//! |---|---|
//! | three backticks or more, a word at most behind them | code, up to a line that ends with as many, or to the end; the word is its language; other words there are its first line |
//! | `>` at the beginning of lines, a space behind it or not | a quote, with blocks in it |
//! | `- ` or `* ` at the beginning of a line | an item of a list |
//! | `1. ` or `1) `, up to nine digits | an item of a numbered list; within a paragraph only `1` begins one |
//!
//! Lines below an item that stand two columns further in belong to it, so lists nest; a tab is four columns. Everything else is
//! paragraphs. A paragraph keeps the blank lines within it and loses those at its ends.
//!
//! # Inlines
//!
//! | markup | what it is |
//! |---|---|
//! | `*a*`, `**a**`, `***a***` | bold |
//! | `_a_` | italic |
//! | `~a~`, `~~a~~` | struck out |
//! | `` `a` ``, with up to three backticks | code |
//! | `https://a.example`, `http://…` | a link, up to what ends the sentence |
//! | `[a](https://a.example)`, also `http:` and `mailto:` | a link; there are no links in its text |
//! | `<@U…>`, `<#C…>`, `<!here>`, `<!channel>` | a [`Reference`] |
//! | `\*`, and so each of ``\ ` * _ ~ [ ] ( ) < > - .`` | the character itself |
//!
//! A run of `*`, `_` or `~` opens where no space follows and closes where no space precedes, and ends what the nearest run of the
//! same character and length opened; what was opened in between stays text. Runs of one character stand at the edges of words, so
//! that `snake_case` and `2*3*4` are left alone. Code and links are found first, and nothing reaches over a blank line.

mod block;
mod inline;
mod link;
#[cfg(test)]
mod tests;
mod work;

use std::fmt::{self, Write};

use crate::id::{ChannelId, UserId};

/// How many quotes and lists stand in each other at most; what is deeper is text.
pub const BLOCK_DEPTH_MAX: usize = 6;
/// How many inlines stand in each other at most: one of each kind of run, a link, and its runs.
pub const INLINE_DEPTH_MAX: usize = 2 * inline::KINDS + 2;

/// A text as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markdown {
    blocks: Vec<Block>,
}

/// What stands below each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Text, never empty.
    Paragraph(Vec<Inline>),
    /// Lines of somebody else.
    Quote(Vec<Block>),
    /// Code as it was written, without the line break at its end.
    Code {
        /// What its author says it is, one word.
        language: Option<String>,
        /// Its lines.
        text: String,
    },
    /// A list of at least one item; the items of a numbered list have numbers, those of another have none.
    List(Vec<Item>),
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number as it was written.
    pub number: Option<u32>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// What stands beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text with its line breaks; two never follow each other.
    Text(String),
    /// Bold.
    Bold(Vec<Inline>),
    /// Italic.
    Italic(Vec<Inline>),
    /// Struck out.
    Strike(Vec<Inline>),
    /// Code.
    Code(String),
    /// A link, without another one in it.
    Link {
        /// Where it leads: `http:`, `https:` or `mailto:`, without spaces and control characters.
        url: String,
        /// What it says, never empty.
        text: Vec<Inline>,
    },
    /// Who or what is named.
    Reference(Reference),
}

/// Who or what a text names; shown as on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// `<@U…>`.
    Person(UserId),
    /// `<#C…>`.
    Channel(ChannelId),
    /// `<!here>`: everybody who is active.
    Here,
    /// `<!channel>`: every member.
    Everybody,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "<@{id}>"),
            Self::Channel(id) => write!(f, "<#{id}>"),
            Self::Here => f.write_str("<!here>"),
            Self::Everybody => f.write_str("<!channel>"),
        }
    }
}

impl Markdown {
    /// The tree of `text`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        Self {
            blocks: block::blocks(&lines, 0),
        }
    }

    /// The blocks, from the top.
    #[must_use]
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The blocks, from the top.
    #[must_use]
    pub fn into_blocks(self) -> Vec<Block> {
        self.blocks
    }

    /// What is to be read, without markup: blocks and items on lines of their own, numbers before theirs, references as on the
    /// wire, links without where they lead.
    #[must_use]
    pub fn plain_text(&self) -> String {
        self.plain_text_with(Reference::to_string)
    }

    /// The same, with references called as `call` says.
    #[must_use]
    pub fn plain_text_with(&self, call: impl Fn(&Reference) -> String) -> String {
        let mut text = String::new();
        plain_blocks(&self.blocks, &call, &mut text);
        text
    }
}

impl Markdown {
    /// Gives every reference to `take`, from the top.
    pub fn each_reference(&self, take: &mut dyn FnMut(&Reference)) {
        each_in_blocks(&self.blocks, take);
    }
}

// These follow the tree, whose depth is bounded.

fn each_in_blocks(blocks: &[Block], take: &mut dyn FnMut(&Reference)) {
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => each_in_inlines(inlines, take),
            Block::Quote(blocks) => each_in_blocks(blocks, take),
            Block::Code { .. } => {}
            Block::List(items) => {
                for item in items {
                    each_in_blocks(&item.blocks, take);
                }
            }
        }
    }
}

fn each_in_inlines(inlines: &[Inline], take: &mut dyn FnMut(&Reference)) {
    for inline in inlines {
        match inline {
            Inline::Text(_) | Inline::Code(_) => {}
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => each_in_inlines(inner, take),
            Inline::Reference(reference) => take(reference),
        }
    }
}

fn plain_blocks(blocks: &[Block], call: &dyn Fn(&Reference) -> String, into: &mut String) {
    for (at, block) in blocks.iter().enumerate() {
        if at > 0 {
            into.push('\n');
        }
        match block {
            Block::Paragraph(inlines) => plain_inlines(inlines, call, into),
            Block::Quote(blocks) => plain_blocks(blocks, call, into),
            Block::Code { text, .. } => into.push_str(text),
            Block::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        into.push('\n');
                    }
                    if let Some(number) = item.number {
                        // Writing to a string does not fail.
                        let _ = write!(into, "{number}. ");
                    }
                    plain_blocks(&item.blocks, call, into);
                }
            }
        }
    }
}

fn plain_inlines(inlines: &[Inline], call: &dyn Fn(&Reference) -> String, into: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => into.push_str(text),
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => plain_inlines(inner, call, into),
            Inline::Reference(reference) => into.push_str(&call(reference)),
        }
    }
}
