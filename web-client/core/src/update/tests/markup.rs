//! What messages say.

use super::*;
use crate::view::{Piece, Style};

/// What the message that says `text` shows.
fn shown(text: &str) -> Vec<Piece> {
    let mut client = Client::inside();
    client.person(send(text));
    client.messages().pop().unwrap().text
}

/// What it shows where it is one paragraph.
fn line(text: &str) -> Vec<Piece> {
    match shown(text).pop() {
        Some(Piece::Styled(Style::Paragraph, inside)) => inside,
        other => panic!("{other:?}"),
    }
}

fn plain(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn in_style(style: Style, text: &str) -> Piece {
    Piece::Styled(style, vec![plain(text)])
}

fn person(name: &str, me: bool) -> Piece {
    let name = name.to_owned();
    Piece::Person { name, me }
}

#[test]
fn bold_italic_struck_out_and_code_look_like_that() {
    assert_eq!(
        line("*a* _b_ ~c~ `d`"),
        [
            in_style(Style::Bold, "a"),
            plain(" "),
            in_style(Style::Italic, "b"),
            plain(" "),
            in_style(Style::Strike, "c"),
            plain(" "),
            in_style(Style::Code, "d"),
        ]
    );
}

#[test]
fn quotes_lists_and_code_are_blocks() {
    let paragraph = |text| vec![in_style(Style::Paragraph, text)];
    assert_eq!(
        shown("> a\n- b\n1. c\n```rust\nd\n```"),
        [
            Piece::Styled(Style::Quote, paragraph("a")),
            Piece::Styled(
                Style::List,
                vec![Piece::Styled(Style::Item(None), paragraph("b"))]
            ),
            Piece::Styled(
                Style::NumberedList,
                vec![Piece::Styled(Style::Item(Some(1)), paragraph("c"))]
            ),
            in_style(Style::CodeBlock(Some("rust".to_owned())), "d"),
        ]
    );
}

#[test]
fn people_and_channels_are_called_by_their_names() {
    assert_eq!(
        line("<@U1> <@U2> <!here> <#C2>"),
        [
            person("@Ana", true),
            plain(" "),
            person("@Ben", false),
            plain(" "),
            person("@here", true),
            plain(" "),
            Piece::Channel {
                name: "#random".to_owned(),
                url: "/c/C2".to_owned()
            },
        ]
    );
}

#[test]
fn there_is_no_link_in_a_link() {
    let url = "https://a.example".to_owned();
    assert_eq!(
        line("[in <#C2>, https://b.example](https://a.example)"),
        [Piece::Link {
            url,
            inside: vec![plain("in "), plain("#random"), plain(", https://b.example")],
        }]
    );
}

#[test]
fn html_and_other_schemes_stay_text() {
    let text = "<script>alert(1)</script> [a](javascript:alert(1)) &amp;";
    assert_eq!(line(text), [plain(text)]);
}
