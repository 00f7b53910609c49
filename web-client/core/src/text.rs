//! What people wrote, as spans: plain text with its line breaks, links, and the people and channels it names.

use protocol::id::{ChannelId, UserId};

/// A stretch of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Text as it was written.
    Text(String),
    /// An address that was written out.
    Link(String),
    /// `<@U…>`.
    Person(UserId),
    /// `<#C…>`.
    Channel(ChannelId),
    /// `<!here>` or `<!channel>`, by its word.
    Everybody(&'static str),
}

/// Splits `text` into its spans, in order.
#[must_use]
pub fn spans(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '<' => reference(rest),
            'h' | 'H' if !after_word => link(rest),
            _ => None,
        };
        let length = if let Some((span, length)) = taken {
            if !plain.is_empty() {
                found.push(Span::Text(std::mem::take(&mut plain)));
            }
            found.push(span);
            length
        } else {
            plain.push(next);
            next.len_utf8()
        };
        after_word = next.is_alphanumeric();
        rest = rest.get(length..).unwrap_or_default();
    }
    if !plain.is_empty() {
        found.push(Span::Text(plain));
    }
    found
}

/// A reference at the start of `text`, and its length in bytes.
fn reference(text: &str) -> Option<(Span, usize)> {
    let inner = text.strip_prefix('<')?;
    let end = inner.find('>')?;
    let inner = inner.get(..end)?;
    let span = match inner.split_at_checked(1)? {
        ("@", id) => Span::Person(UserId::parse(id).ok()?),
        ("#", id) => Span::Channel(ChannelId::parse(id).ok()?),
        ("!", "here") => Span::Everybody("here"),
        ("!", "channel") => Span::Everybody("channel"),
        _ => return None,
    };
    Some((span, end + 2))
}

/// A web address at the start of `text`, and its length in bytes.
fn link(text: &str) -> Option<(Span, usize)> {
    let scheme = ["https://", "http://"].into_iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })?;
    let end = text
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(text.len());
    let address = without_closing(text.get(..end)?);
    let host = address.get(scheme.len()..)?.chars().next()?;
    host.is_alphanumeric()
        .then(|| (Span::Link(address.to_owned()), address.len()))
}

/// Takes away what ends a sentence rather than an address: `.`, `,`, and a bracket that was not opened in it.
fn without_closing(address: &str) -> &str {
    let mut address = address;
    while let Some(last) = address.chars().next_back() {
        let opened = |open, close| {
            address.chars().filter(|&c| c == open).count()
                >= address.chars().filter(|&c| c == close).count()
        };
        let keeps = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' => false,
            ')' => opened('(', ')'),
            ']' => opened('[', ']'),
            _ => true,
        };
        if keeps {
            break;
        }
        address = address
            .get(..address.len() - last.len_utf8())
            .unwrap_or_default();
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(address: &str) -> Span {
        Span::Link(address.to_owned())
    }

    fn plain(text: &str) -> Span {
        Span::Text(text.to_owned())
    }

    #[test]
    fn an_address_ends_where_the_sentence_goes_on() {
        assert_eq!(
            spans("see https://a.example/x?y=1, (or http://b.example/(c)). ok"),
            [
                plain("see "),
                link("https://a.example/x?y=1"),
                plain(", (or "),
                link("http://b.example/(c)"),
                plain("). ok"),
            ]
        );
    }

    #[test]
    fn only_http_is_a_link() {
        for text in [
            "javascript:alert(1)",
            "ftp://a.example",
            "https://",
            "http:// x",
            "xhttps://a.example",
        ] {
            assert_eq!(spans(text), [plain(text)]);
        }
    }

    #[test]
    fn references_are_spans_and_broken_ones_text() {
        assert_eq!(
            spans("<@U1> in <#C2>: <!here> <@X> <b> a < b"),
            [
                Span::Person(UserId::parse("U1").unwrap()),
                plain(" in "),
                Span::Channel(ChannelId::parse("C2").unwrap()),
                plain(": "),
                Span::Everybody("here"),
                plain(" <@X> <b> a < b"),
            ]
        );
    }

    #[test]
    fn markup_and_line_breaks_stay_text() {
        let text = "<script>alert(1)</script>\n\nä\u{1f600}";
        assert_eq!(spans(text), [plain(text)]);
    }
}
