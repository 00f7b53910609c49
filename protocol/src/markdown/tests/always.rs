//! What holds for every text.

use proptest::prelude::*;

use super::*;

/// Steps for each byte: every quote and list that may stand in another looks at its lines some times.
const STEPS_PER_BYTE: usize = 64;

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 1_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Texts of what may be markup and of words.
fn nasty() -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    let pieces = [
        "*", "**", "***", "_", "~", "~~", "`", "``", "```", "\n", "\n\n", " ", "  ", "\t", "> ", ">", "- ", "\n- ",
        "\n  - ", "\n> ", "\n```\n", "1. ", "\n2) ", "[", "]", "](", "](http://a", "(", ")", "http://", "https://b.c",
        "mailto:", "<@U", "<@U1>", "<#C1>", "<!here>", ">", "<", "\\", "a", "word", "\u{e4}", "\u{1f600}", "\r\n", ".", "!",
    ];
    let piece = prop::sample::select(pieces.to_vec());
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// How deep blocks and inlines stand in each other.
fn depths(blocks: &[Block]) -> (usize, usize) {
    fn inline(inlines: &[Inline]) -> usize {
        let depth = |one: &Inline| match one {
            Inline::Bold(inner)
            | Inline::Italic(inner)
            | Inline::Strike(inner)
            | Inline::Link { text: inner, .. } => 1 + inline(inner),
            _ => 1,
        };
        inlines.iter().map(depth).max().unwrap_or(0)
    }
    let one_more = |blocks: &[Block]| {
        let (block, inline) = depths(blocks);
        (block + 1, inline)
    };
    let of = |block: &Block| match block {
        Block::Paragraph(inlines) => vec![(0, inline(inlines))],
        Block::Code { .. } => Vec::new(),
        Block::Quote(blocks) => vec![one_more(blocks)],
        Block::List(items) => items.iter().map(|item| one_more(&item.blocks)).collect(),
    };
    blocks
        .iter()
        .flat_map(of)
        .fold((0, 0), |most, is| (most.0.max(is.0), most.1.max(is.1)))
}

/// Everything that the tree holds, in the order of the text.
fn leaves(blocks: &[Block], into: &mut String) {
    fn inline(inlines: &[Inline], into: &mut String) {
        for one in inlines {
            match one {
                Inline::Text(text) | Inline::Code(text) => into.push_str(text),
                Inline::Bold(inner) | Inline::Italic(inner) | Inline::Strike(inner) => {
                    inline(inner, into);
                }
                Inline::Link { url, text } => {
                    if *text != [Inline::Text(url.clone())] {
                        inline(text, into);
                    }
                    into.push_str(url);
                }
                Inline::Reference(reference) => into.push_str(&reference.to_string()),
            }
        }
    }
    for block in blocks {
        match block {
            Block::Paragraph(inlines) => inline(inlines, into),
            Block::Quote(blocks) => leaves(blocks, into),
            Block::Code { language, text } => {
                into.push_str(language.as_deref().unwrap_or_default());
                into.push_str(text);
            }
            Block::List(items) => {
                for item in items {
                    into.extend(item.number.map(|number| number.to_string()));
                    leaves(&item.blocks, into);
                }
            }
        }
    }
}

/// What is never markup.
fn words(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || !c.is_ascii())
        .collect()
}

fn check(text: &str) {
    work::take();
    let is = Markdown::parse(text);
    let steps = work::take();
    assert!(
        steps <= STEPS_PER_BYTE * (text.len() + 1),
        "{steps} steps for {} bytes",
        text.len()
    );
    let (block, inline) = depths(is.blocks());
    assert!(block <= BLOCK_DEPTH_MAX && inline <= INLINE_DEPTH_MAX);
    let mut held = String::new();
    leaves(is.blocks(), &mut held);
    assert_eq!(words(&held), words(text));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_word_is_lost_and_no_tree_is_deep(text in nasty()) {
        check(&text);
    }

    #[test]
    fn any_characters_are_a_message(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_bytes_are_a_message(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn ascii_is_a_message(bytes in prop::collection::vec(0u8..128, 0..400)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn text_without_markup_stays_as_it_is(lines in prop::collection::vec(
        "\n{0,3} {0,2}[a-g][a-gi-zA-GI-Z0-9 ,;:?!'\"#+=/|&@(){}.äß日😀-]{0,20}", 1..6,
    )) {
        let text = format!("x{}", lines.concat());
        prop_assert_eq!(Markdown::parse(&text).plain_text(), &*text);
        stay(&[&text]);
    }

    #[test]
    fn what_is_escaped_stays_as_it_is(text in "[a-g \\\\`*_~\\[\\]()<>.\n-]{0,40}[a-g]") {
        let text = format!("x{text}");
        let mut escaped = String::new();
        for c in text.chars() {
            if "\\`*_~[]()<>-.".contains(c) {
                escaped.push('\\');
            }
            escaped.push(c);
        }
        let text: Vec<&str> = text.lines().collect();
        prop_assert_eq!(Markdown::parse(&escaped).plain_text(), text.join("\n"));
    }
}

#[test]
fn work_grows_with_the_text_and_no_faster() {
    #[rustfmt::skip]
    let pieces = [
        "*", "**", "*a ", "a* ", "*a* ", "*a _b ~c ", "**a *b ***c ", "_", "~", "[", "]", "[]", "[](", "[](mailto:a",
        "](http://a", "[http://a](", "[a](http://a(", "`", "`a``b```c", "``` ", "\\``a", "```\n", "```\n\n", "```a\n",
        "````a\n", "> ", ">", ">\n", "> > ", ">a\n\n", "- ", "- a\n", "- - ", "- a\n\n", "1. ", "1. a\n", " - a\n",
        "- a\n\n\n", "<", "<@", "<@U", "<!", "<#C1", "http://", "http://a", "http://a(", "http://a)", "http://a[",
        "http://a.", "h", "\\", "\\`", "\n", "\n\n", " ", "\t", " \n", "a", "\u{e4}",
    ];
    for begin in [
        "", "[", "*", "`", "> ", "- ", "```\n", "http://a", "<@U", "- a\n\n",
    ] {
        for piece in pieces {
            let steps = |times: usize| {
                let text = format!("{begin}{}", piece.repeat(times));
                work::take();
                let _ = Markdown::parse(&text);
                (work::take(), text.len())
            };
            let ((few, _), (many, length)) = (steps(300), steps(3_000));
            assert!(
                many <= 11 * few + 1_000,
                "{begin:?}, {piece:?}: {few} and {many} steps"
            );
            assert!(
                many <= STEPS_PER_BYTE * length,
                "{begin:?}, {piece:?}: {many} steps"
            );
        }
    }
}

#[test]
fn work_grows_with_the_text_where_runs_and_indents_grow_too() {
    for (piece, end) in [
        ("`", "a"),
        ("*", "a "),
        ("~", " a"),
        (" ", "- a\n"),
        (">", "a\n"),
        ("`", "a\n"),
        ("- ", "a\n"),
        ("\n", "- a"),
        ("[", "]"),
    ] {
        let text: String = (1..400).map(|times| piece.repeat(times) + end).collect();
        check(&text);
    }
}
