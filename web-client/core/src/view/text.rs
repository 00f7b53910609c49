//! What a message says, ready to be shown.

use protocol::markdown::{Block, Inline, Markdown, Reference};

use crate::{state::Session, strings};

/// A stretch of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text with its line breaks.
    Text(String),
    /// What stands in it looks like this.
    Styled(Style, Vec<Piece>),
    /// A link to somewhere else.
    Link {
        /// Where it leads: `http:`, `https:` or `mailto:`.
        url: String,
        /// What it says.
        inside: Vec<Piece>,
    },
    /// A person, with their `@`.
    Person {
        /// `@name`.
        name: String,
        /// Whether it is the user.
        me: bool,
    },
    /// A channel.
    Channel {
        /// `#name`.
        name: String,
        /// Where it leads.
        url: String,
    },
}

/// What a stretch of a message looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// A paragraph.
    Paragraph,
    /// Somebody else's words.
    Quote,
    /// Lines of code, in this language.
    CodeBlock(Option<String>),
    /// A list without numbers.
    List,
    /// A list with numbers.
    NumberedList,
    /// An item of a list, with its number.
    Item(Option<u32>),
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Struck out.
    Strike,
    /// Code.
    Code,
}

impl Style {
    /// Whether what looks so stands by itself, with its own lines.
    #[must_use]
    pub fn is_block(&self) -> bool {
        matches!(
            self,
            Self::Paragraph | Self::Quote | Self::CodeBlock(_) | Self::Item(_)
        )
    }
}

/// The pieces of a text.
pub fn pieces(session: &Session, text: &str) -> Vec<Piece> {
    let writer = Writer {
        session,
        in_link: false,
    };
    writer.blocks(Markdown::parse(text).into_blocks())
}

/// Follows the tree of a text, whose depth is bounded.
#[derive(Clone, Copy)]
struct Writer<'a> {
    session: &'a Session,
    in_link: bool,
}

impl Writer<'_> {
    fn blocks(self, blocks: Vec<Block>) -> Vec<Piece> {
        blocks.into_iter().map(|block| self.block(block)).collect()
    }

    fn block(self, block: Block) -> Piece {
        let (style, inside) = match block {
            Block::Paragraph(inlines) => (Style::Paragraph, self.inlines(inlines)),
            Block::Quote(blocks) => (Style::Quote, self.blocks(blocks)),
            Block::Code { language, text } => (Style::CodeBlock(language), vec![Piece::Text(text)]),
            Block::List(items) => {
                let numbered = items.first().is_some_and(|item| item.number.is_some());
                let items = items
                    .into_iter()
                    .map(|item| Piece::Styled(Style::Item(item.number), self.blocks(item.blocks)));
                let style = if numbered {
                    Style::NumberedList
                } else {
                    Style::List
                };
                (style, items.collect())
            }
        };
        Piece::Styled(style, inside)
    }

    fn inlines(self, inlines: Vec<Inline>) -> Vec<Piece> {
        inlines
            .into_iter()
            .map(|inline| self.inline(inline))
            .collect()
    }

    fn inline(self, inline: Inline) -> Piece {
        let (style, inside) = match inline {
            Inline::Text(text) => return Piece::Text(text),
            Inline::Reference(reference) => return self.reference(&reference),
            Inline::Link { url, text } => {
                let writer = Self {
                    in_link: true,
                    ..self
                };
                return Piece::Link {
                    url,
                    inside: writer.inlines(text),
                };
            }
            Inline::Code(text) => (Style::Code, vec![Piece::Text(text)]),
            Inline::Bold(inside) => (Style::Bold, self.inlines(inside)),
            Inline::Italic(inside) => (Style::Italic, self.inlines(inside)),
            Inline::Strike(inside) => (Style::Strike, self.inlines(inside)),
        };
        Piece::Styled(style, inside)
    }

    fn reference(self, reference: &Reference) -> Piece {
        let session = self.session;
        let everybody = |word: &str| Piece::Person {
            name: word.to_owned(),
            me: true,
        };
        match reference {
            Reference::Here => everybody("@here"),
            Reference::Everybody => everybody("@channel"),
            Reference::Person(id) => Piece::Person {
                name: format!("@{}", session.people.name(id)),
                me: *id == session.me.id,
            },
            Reference::Channel(id) => {
                let known = session.channels.get(id);
                let name = known.map_or_else(
                    || strings::SOME_CHANNEL.to_owned(),
                    |channel| session.people.channel_name(&channel.info, &session.me.id),
                );
                let name = format!("#{name}");
                // There is no link in a link.
                if self.in_link {
                    return Piece::Text(name);
                }
                Piece::Channel {
                    name,
                    url: format!("/c/{id}"),
                }
            }
        }
    }
}
