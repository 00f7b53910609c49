//! What names an address, a person or a channel. Each finds its end within what it takes, or close by.

use super::{Reference, work};
use crate::id::{ChannelId, UserId};

const MAIL: &str = "mailto:";

/// The length of the web address that `text` begins with.
pub fn address(text: &str) -> Option<usize> {
    let scheme = web_scheme(text)?;
    let (mut end, mut square) = (text.len(), 0usize);
    let (mut opened, mut closed) = (0usize, 0usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' => opened += 1,
            ')' => closed += 1,
            '[' => square += 1,
            ']' if square > 0 => square -= 1,
            _ if c != ']' && may_be_in_url(c) => {}
            _ => {
                end = at;
                break;
            }
        }
    }
    work::add(end);
    // What ends a sentence is no part of the address, nor is a bracket that was not opened in it.
    while let Some(last) = text.get(scheme..end)?.chars().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => {}
            ')' if closed > opened => closed -= 1,
            _ => break,
        }
        end -= last.len_utf8();
    }
    Some(end)
}

/// The address in `(…)` at the beginning of `text`, and the length of all that.
pub fn target(text: &str) -> Option<(&str, usize)> {
    let inside = text.strip_prefix('(')?;
    let is_mail = inside
        .get(..MAIL.len())
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(MAIL));
    if !is_mail {
        web_scheme(inside)?;
    }
    let mut open = 0usize;
    for (at, c) in inside.char_indices() {
        work::add(1);
        match c {
            ')' if open == 0 => {
                let url = inside.get(..at)?;
                return (url.len() > MAIL.len()).then_some((url, at + 2));
            }
            ')' => open -= 1,
            '(' => open += 1,
            // Without brackets no two attempts look at the same bytes.
            '[' | ']' => return None,
            _ if may_be_in_url(c) => {}
            _ => return None,
        }
    }
    None
}

fn may_be_in_url(c: char) -> bool {
    !(c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`'))
}

/// The length of `http://` or `https://` before a host.
fn web_scheme(text: &str) -> Option<usize> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let host = text.get(scheme.len()..)?.chars().next()?;
    host.is_alphanumeric().then_some(scheme.len())
}

/// The reference that `text` begins with, and its length.
pub fn reference(text: &str) -> Option<(Reference, usize)> {
    let inside = text.strip_prefix('<')?;
    let end = inside
        .find(|c: char| !matches!(c, '@' | '#' | '!' | '_' | '-') && !c.is_ascii_alphanumeric())?;
    work::add(end);
    if !inside.get(end..)?.starts_with('>') {
        return None;
    }
    let inside = inside.get(..end)?;
    let reference = match inside.split_at_checked(1)? {
        ("@", id) => Reference::Person(UserId::parse(id).ok()?),
        ("#", id) => Reference::Channel(ChannelId::parse(id).ok()?),
        ("!", "here") => Reference::Here,
        ("!", "channel") => Reference::Everybody,
        _ => return None,
    };
    Some((reference, end + 2))
}
