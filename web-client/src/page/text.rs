//! What a message says, as elements and text nodes.

use client_core::view::{Piece, Style};
use gloo::events::EventListener;
use web_sys::{Element, Node};

use super::sidebar::open_on_click;
use crate::dom::{Dispatch, Tag, append, document, tag};

/// Puts these pieces at the end of `parent`; what listens goes to `listeners`.
pub fn write(
    parent: &Element,
    pieces: &[Piece],
    dispatch: &Dispatch,
    listeners: &mut Vec<EventListener>,
) {
    for piece in pieces {
        let node: Node = match piece {
            Piece::Text(text) => document().create_text_node(text).into(),
            Piece::Styled(style, inside) => {
                let element = styled(style).element();
                write(&element, inside, dispatch, listeners);
                element.into()
            }
            Piece::Link { url, inside } => {
                let link = tag("a")
                    .attr("href", url)
                    .attr("title", url)
                    .attr("target", "_blank")
                    .attr("rel", "noopener noreferrer nofollow")
                    .element();
                write(&link, inside, dispatch, listeners);
                link.into()
            }
            Piece::Person { name, me } => tag("span")
                .class(if *me { "mention is-me" } else { "mention" })
                .text(name)
                .element()
                .into(),
            Piece::Channel { name, url } => {
                let link = tag("a")
                    .class("mention")
                    .attr("href", url)
                    .text(name)
                    .element();
                let id = url.rsplit('/').next().unwrap_or_default();
                listeners.push(open_on_click(&link, id, dispatch));
                link.into()
            }
        };
        append(parent, &node);
    }
}

fn styled(style: &Style) -> Tag {
    let name = match style {
        Style::Paragraph => "p",
        Style::Quote => "blockquote",
        Style::CodeBlock(language) => {
            // It is scrolled with the keyboard too.
            let lines = tag("pre").attr("tabindex", "0");
            return match language {
                Some(language) => lines.attr("data-language", language),
                None => lines,
            };
        }
        Style::List => "ul",
        Style::NumberedList => "ol",
        Style::Item(Some(number)) => return tag("li").attr("value", &number.to_string()),
        Style::Item(None) => "li",
        Style::Bold => "strong",
        Style::Italic => "em",
        Style::Strike => "s",
        Style::Code => "code",
    };
    tag(name)
}
