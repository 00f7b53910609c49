//! What texts mean, in examples; what holds for every text is in `always`.

mod always;

use std::fmt::Write;

use super::*;

/// A tree in brief: blocks and inlines by a letter, with what is in them in brackets.
fn brief(blocks: &[Block]) -> String {
    let parts: Vec<String> = blocks
        .iter()
        .map(|block| match block {
            Block::Paragraph(inlines) => inside(inlines),
            Block::Quote(blocks) => format!("Q[{}]", brief(blocks)),
            Block::Code { language, text } => {
                format!("Code:{}[{text}]", language.as_deref().unwrap_or_default())
            }
            Block::List(items) => items.iter().fold(String::new(), |mut all, item| {
                let number = item.number.map(|number| number.to_string());
                let number = number.unwrap_or_else(|| "-".to_owned());
                write!(all, "{number}[{}]", brief(&item.blocks)).unwrap();
                all
            }),
        })
        .collect();
    parts.join("|")
}

fn inside(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) => text.clone(),
            Inline::Bold(inner) => format!("B[{}]", inside(inner)),
            Inline::Italic(inner) => format!("I[{}]", inside(inner)),
            Inline::Strike(inner) => format!("S[{}]", inside(inner)),
            Inline::Code(code) => format!("C[{code}]"),
            Inline::Link { url, text } if inside(text) == *url => format!("L[{url}]"),
            Inline::Link { url, text } => format!("L[{}]({url})", inside(text)),
            Inline::Reference(reference) => format!("R[{reference}]"),
        })
        .collect()
}

#[track_caller]
fn hold(examples: &[(&str, &str)]) {
    for (text, tree) in examples {
        assert_eq!(brief(Markdown::parse(text).blocks()), *tree, "{text:?}");
    }
}

/// These are text from end to end.
#[track_caller]
fn stay(texts: &[&str]) {
    for text in texts {
        let is = Markdown::parse(text);
        let text = Inline::Text((*text).to_owned());
        assert_eq!(is.blocks(), [Block::Paragraph(vec![text])]);
    }
}

#[test]
fn runs_make_bold_italic_and_struck_out() {
    hold(&[
        ("*a* **b** ***c***", "B[a] B[b] B[c]"),
        ("_a_ ~b~ ~~c~~", "I[a] S[b] S[c]"),
        ("**a *b* _c_**", "B[a B[b] I[c]]"),
        ("_*a*_", "I[B[a]]"),
        ("so*called* in**w**ord", "so*called* inB[w]ord"),
        ("这是**重点**内容", "这是B[重点]内容"),
        ("*a\nb*", "B[a\nb]"),
        ("_snake_case_", "I[snake_case]"),
        ("(*a*), \"_b_\"!", "(B[a]), \"I[b]\"!"),
        ("*a **b* c**", "B[a **b] c**"),
        ("**a *b** c*", "B[a *b] c*"),
        ("*a *b* c*", "*a B[b] c*"),
    ]);
}

#[test]
fn runs_without_their_like_are_text() {
    stay(&[
        "*a\n\nb*",
        "a * *",
        "**a*",
        "2 * 3 * 4, 2*3*4",
        "snake_case_name and __init__",
        "~5 or ~6",
        "**** ____ ~~~",
        "*a *",
    ]);
}

#[test]
fn code_takes_the_meaning_from_what_is_in_it() {
    hold(&[
        ("`*a*` ``b`c``", "C[*a*] C[b`c]"),
        ("`` `a` ``", "C[`a`]"),
        ("*`a*`*", "B[C[a*]]"),
        ("`<@U1> https://a.example`", "C[<@U1> https://a.example]"),
        ("```a b```", "C[a b]"),
        ("`a\\`", "C[a\\]"),
        ("`a ``b` ``", "C[a ``b] ``"),
    ]);
    stay(&["`a", "``a`", "````a````", "a`\n\nb`"]);
}

#[test]
fn fences_hold_lines_of_code() {
    hold(&[
        (
            "```rust\nfn a() {}\n\n*b*\n```\nc",
            "Code:rust[fn a() {}\n\n*b*]|c",
        ),
        ("a\n```\nb\n```", "a|Code:[b]"),
        ("```\nnot closed", "Code:[not closed]"),
        ("```js\na```\nb", "Code:js[a]|b"),
        ("```let a = 1;\nb\n```", "Code:[let a = 1;\nb]"),
        ("```c++\nb\n```", "Code:c++[b]"),
        ("```\"><b>\nc\n```", "Code:[\"><b>\nc]"),
        ("````\n```\n````", "Code:[```]"),
        ("  ```\n   a\n  ```", "Code:[ a]"),
        ("```word\n```", "Code:[word]"),
        ("```word", "Code:[word]"),
        ("> ```\n> a\n\nb", "Q[Code:[a]]|b"),
    ]);
    stay(&["```"]);
}

#[test]
fn quotes_hold_blocks() {
    hold(&[
        ("> a\n>b\nc", "Q[a\nb]|c"),
        ("a\n> b\n\n> c", "a|Q[b]|Q[c]"),
        ("> - a\n>\n> > b", "Q[-[a]|Q[b]]"),
        ("> *a\n> b*", "Q[B[a\nb]]"),
    ]);
    stay(&["a > b -> c"]);
}

#[test]
fn lists_hold_items_and_lists() {
    hold(&[
        ("- a\n- b", "-[a]-[b]"),
        ("* a\n\n* b\nc", "-[a]-[b]|c"),
        ("- a\n  - b\n    - c\n- d", "-[a|-[b|-[c]]]-[d]"),
        ("- a\n    - b", "-[a|-[b]]"),
        ("- a\n\t1. b", "-[a|1[b]]"),
        ("1. a\n2) b\n7. c", "1[a]2[b]7[c]"),
        ("1. a\n   - b\n\n   c", "1[a|-[b]|c]"),
        ("- a\n1. b", "-[a]|1[b]"),
        ("so:\n- a", "so:|-[a]"),
        ("so:\n1. a", "so:|1[a]"),
        ("- ```\n  a\n  ```", "-[Code:[a]]"),
        ("- *a\n- b*", "-[*a]-[b*]"),
        ("2024. A year", "2024[A year]"),
    ]);
    stay(&[
        "-a",
        "-",
        "- ",
        "1.5 is a number",
        "1.",
        "in\n2024. A year",
        "1234567890. a",
        "007. James",
        "+ 1",
    ]);
}

#[test]
fn paragraphs_keep_the_blank_lines_in_them() {
    hold(&[
        ("\n \na\n\n \n  b  \n\n", "a\n\n \n  b  "),
        ("a\r\nb", "a\nb"),
        ("a\n\n- b\n\nc", "a|-[b]|c"),
        ("", ""),
        (" \n\n", ""),
    ]);
}

#[test]
fn an_address_is_a_link_that_ends_where_the_sentence_goes_on() {
    hold(&[
        (
            "see https://a.example/x?y=1, (or http://b.example/(c)). ok",
            "see L[https://a.example/x?y=1], (or L[http://b.example/(c)]). ok",
        ),
        ("*https://a.example/b_c*", "B[L[https://a.example/b_c]]"),
        ("HTTPS://A.example", "L[HTTPS://A.example]"),
        ("https://a.example/?b[]=1", "L[https://a.example/?b[]=1]"),
        ("<https://a.example>", "<L[https://a.example]>"),
    ]);
    stay(&[
        "javascript:alert(1)",
        "ftp://a.example",
        "https://",
        "http:// x",
        "xhttps://a.example",
    ]);
}

#[test]
fn a_text_in_brackets_leads_to_the_address_behind_it() {
    hold(&[
        ("[a](https://a.example)", "L[a](https://a.example)"),
        (
            "[*a* `b`](http://a.example/(b))",
            "L[B[a] C[b]](http://a.example/(b))",
        ),
        ("[a](mailto:a@a.example)", "L[a](mailto:a@a.example)"),
        (
            "[a [b] c](http://a.example)",
            "L[a [b] c](http://a.example)",
        ),
        ("[](http://a.example)", "L[http://a.example]"),
        (
            "*a [b* c](http://a.example) d*",
            "B[a L[b* c](http://a.example) d]",
        ),
        (
            "[https://b.example](https://a.example)",
            "L[https://b.example](https://a.example)",
        ),
        (
            "[[a](http://a.example)](http://b.example)",
            "[L[a](http://a.example)](L[http://b.example])",
        ),
        ("![a](http://a.example)", "!L[a](http://a.example)"),
    ]);
    stay(&[
        "[a](javascript:alert(1))",
        "[a](JAVASCRIPT:alert(1))",
        "[a]( javascript:alert(1))",
        "[a](java\tscript:alert(1))",
        "[a](data:text/html,b)",
        "[a](vbscript:b) [a](//a.example) [a](/a) [a](mailto:)",
        "[a] (b) [a]",
    ]);
}

#[test]
fn references_name_people_channels_and_everybody() {
    hold(&[
        (
            "<@U1> in <#C2>, <#D3>: <!here> <!channel>",
            "R[<@U1>] in R[<#C2>], R[<#D3>]: R[<!here>] R[<!channel>]",
        ),
        ("*<@U1>*", "B[R[<@U1>]]"),
    ]);
    stay(&[
        "<@X> <b> a < b <@U1 <#U1> <!all> <@> <",
        "<script>alert(1)</script>\n\n&amp;\u{e4}\u{1f600}",
    ]);
}

#[test]
fn a_backslash_takes_the_meaning_away() {
    hold(&[
        ("\\*a\\* \\`b\\` \\<@U1> \\\\", "*a* `b` <@U1> \\"),
        ("\\- a\n1\\. b\n\\> c", "- a\n1. b\n> c"),
        ("\\[a](http://a.example)", "[a](L[http://a.example])"),
        ("\\a C:\\d \\", "\\a C:\\d \\"),
        ("*a\\**", "B[a*]"),
    ]);
}

#[test]
fn plain_text_is_what_is_to_be_read() {
    let text =
        "*Hi* <@U1>,\n\n> see [this](http://a.example)\n```rust\na();\n```\n1. _b_\n2. `c`\n   - d";
    let is = Markdown::parse(text);
    assert_eq!(is.plain_text(), "Hi <@U1>,\nsee this\na();\n1. b\n2. c\nd");
    let called = is.plain_text_with(|_| "@Ana".to_owned());
    assert!(called.starts_with("Hi @Ana,\n"));
}
