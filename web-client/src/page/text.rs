//! What a message says, as elements and text nodes.

use client_core::{
    input::Intent,
    view::{Piece, Style},
};
use gloo::events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent, Node};

use crate::{
    browser::origin,
    dom::{Dispatch, Tag, append, document, on, tag},
};

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
                let link = tag("a").attr("href", url).attr("title", url);
                // A link to a place in here opens it here.
                let own = url
                    .strip_prefix(&origin())
                    .filter(|path| path.starts_with("/c/"));
                let link = match own {
                    Some(path) => {
                        let link = link.element();
                        listeners.push(follow_on_click(&link, path, dispatch));
                        link
                    }
                    None => link
                        .attr("target", "_blank")
                        .attr("rel", "noopener noreferrer nofollow")
                        .element(),
                };
                write(&link, inside, dispatch, listeners);
                link.into()
            }
            Piece::Person { name, me } => tag("span")
                .class(if *me { "mention is-me" } else { "mention" })
                .attr("title", name)
                .text(name)
                .element()
                .into(),
            Piece::Channel { name, url } => {
                let link = tag("a")
                    .class("mention")
                    .attr("href", url)
                    .text(name)
                    .element();
                listeners.push(follow_on_click(&link, url, dispatch));
                link.into()
            }
        };
        append(parent, &node);
    }
}

/// A click leads to this path, unless it asks for another tab or window.
fn follow_on_click(link: &Element, path: &str, dispatch: &Dispatch) -> EventListener {
    let (path, dispatch) = (path.to_owned(), dispatch.clone());
    on(link, "click", move |event| {
        let click: &MouseEvent = event.unchecked_ref();
        if !(click.ctrl_key() || click.meta_key() || click.shift_key()) {
            event.prevent_default();
            dispatch.intent(Intent::Follow(path.clone()));
        }
    })
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
