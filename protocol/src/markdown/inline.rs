//! Inlines: one pass over the text finds what may be markup, one over that pairs what opens and closes, one makes the tree.

use std::mem;

use super::{
    Inline,
    link::{address, reference, target},
    work,
};

/// How many kinds of runs there are: characters and lengths that mean something.
pub const KINDS: usize = 6;
/// Code begins with at most so many backticks.
const TICKS_MAX: usize = 3;
/// What a backslash takes the meaning from.
const ESCAPABLE: &str = "\\`*_~[]()<>-.";

/// A stretch of the text.
enum Token<'t> {
    Text(&'t str),
    Leaf(Inline),
    Address(&'t str),
    Run {
        text: &'t str,
        kind: usize,
        opens: bool,
        closes: bool,
        role: Role,
    },
    /// `[`, and whether it begins a link.
    Bracket(bool),
    /// `](…)` behind such a bracket.
    Target(&'t str),
}

#[derive(Clone, Copy)]
enum Role {
    Text,
    Opens,
    Closes,
}

/// Appends what `text` says, in which no line is blank.
pub fn inlines(text: &str, into: &mut Vec<Inline>) {
    let mut tokens = Scanner {
        text,
        at: 0,
        tokens: Vec::new(),
        brackets: Vec::new(),
        unclosed: [false; TICKS_MAX],
    }
    .tokens();
    pair(&mut tokens);
    tree(tokens, into);
}

/// Appends text to the text that is there.
pub fn push_text(into: &mut Vec<Inline>, text: &str) {
    if let Some(Inline::Text(before)) = into.last_mut() {
        before.push_str(text);
    } else if !text.is_empty() {
        into.push(Inline::Text(text.to_owned()));
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token<'t>>,
    /// Tokens that may begin a link, the innermost last.
    brackets: Vec<usize>,
    /// The lengths of backticks that do not occur any more, so that they are looked for once.
    unclosed: [bool; TICKS_MAX],
}

impl<'t> Scanner<'t> {
    fn tokens(mut self) -> Vec<Token<'t>> {
        let mut plain_from = 0;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            work::add(1);
            let Some((token, length)) = self.token(byte) else {
                self.at += 1;
                continue;
            };
            self.plain(plain_from);
            if matches!(token, Token::Bracket(_)) {
                self.brackets.push(self.tokens.len());
            }
            self.tokens.push(token);
            self.at += length;
            plain_from = self.at;
        }
        self.plain(plain_from);
        self.tokens
    }

    fn plain(&mut self, from: usize) {
        if let Some(text) = self.text.get(from..self.at)
            && !text.is_empty()
        {
            self.tokens.push(Token::Text(text));
        }
    }

    /// The token that begins here with `byte`, unless that is plain text, and its length.
    fn token(&mut self, byte: u8) -> Option<(Token<'t>, usize)> {
        // Only ASCII is markup, so this is the beginning of a character wherever it matters.
        let rest = self.text.get(self.at..)?;
        match byte {
            b'\\' => {
                let escaped = rest.get(1..2)?;
                ESCAPABLE
                    .contains(escaped)
                    .then_some((Token::Text(escaped), 2))
            }
            b'`' => Some(self.code(rest)),
            b'*' | b'_' | b'~' => Some(self.run(rest, byte)),
            b'[' => Some((Token::Bracket(false), 1)),
            b']' => {
                let bracket = self.brackets.pop()?;
                let (url, length) = target(rest.get(1..)?)?;
                *self.tokens.get_mut(bracket)? = Token::Bracket(true);
                self.brackets.clear();
                Some((Token::Target(url), 1 + length))
            }
            b'<' => {
                let (reference, length) = reference(rest)?;
                Some((Token::Leaf(Inline::Reference(reference)), length))
            }
            b'h' | b'H' if !self.before().is_some_and(char::is_alphanumeric) => {
                let length = address(rest)?;
                Some((Token::Address(rest.get(..length)?), length))
            }
            _ => None,
        }
    }

    fn before(&self) -> Option<char> {
        self.text.get(..self.at)?.chars().next_back()
    }

    fn code(&mut self, rest: &'t str) -> (Token<'t>, usize) {
        let inside = rest.trim_start_matches('`');
        let ticks = rest.len() - inside.len();
        let text = rest.get(..ticks).unwrap_or_default();
        work::add(ticks);
        let unclosed = ticks
            .checked_sub(1)
            .and_then(|at| self.unclosed.get_mut(at));
        match unclosed {
            Some(unclosed) if !*unclosed => {
                if let Some(code) = before_ticks(inside, ticks) {
                    let length = 2 * ticks + code.len();
                    return (Token::Leaf(Inline::Code(unpadded(code).to_owned())), length);
                }
                *unclosed = true;
            }
            _ => {}
        }
        (Token::Text(text), ticks)
    }

    fn run(&self, rest: &'t str, byte: u8) -> (Token<'t>, usize) {
        let behind = rest.trim_start_matches(char::from(byte));
        let length = rest.len() - behind.len();
        let text = rest.get(..length).unwrap_or_default();
        work::add(length);
        let kind = match (byte, length) {
            (b'*', 1..=3) => length - 1,
            (b'_', 1) => 3,
            (b'~', 1 | 2) => 3 + length,
            _ => return (Token::Text(text), length),
        };
        let (before, after) = (self.before(), behind.chars().next());
        let sees = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        // A single character within a word is part of it.
        let at_edge = |c: Option<char>| length > 1 || !c.is_some_and(char::is_alphanumeric);
        let run = Token::Run {
            text,
            kind,
            opens: sees(after) && at_edge(before),
            closes: sees(before) && at_edge(after),
            role: Role::Text,
        };
        (run, length)
    }
}

/// What stands before a run of just so many backticks.
fn before_ticks(text: &str, ticks: usize) -> Option<&str> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let start = from + rest.find('`').unwrap_or(rest.len());
        let run = text.get(start..)?;
        let length = run.len() - run.trim_start_matches('`').len();
        work::add(start + length - from);
        if length == 0 {
            return None;
        }
        if length == ticks {
            return text.get(..start);
        }
        from = start + length;
    }
}

/// Without the spaces that keep backticks in the code from those around it.
fn unpadded(code: &str) -> &str {
    code.strip_prefix(' ')
        .and_then(|code| code.strip_suffix(' '))
        .filter(|code| !code.trim().is_empty())
        .unwrap_or(code)
}

/// Decides what each run does. Of each kind only the last run that opens is remembered, so this neither looks back nor makes a tree
/// deeper than there are kinds.
fn pair(tokens: &mut [Token<'_>]) {
    let mut open = [None; KINDS];
    let mut outside = open;
    for at in 0..tokens.len() {
        work::add(1);
        let opener = match tokens.get_mut(at) {
            // A link is paired by itself.
            Some(Token::Bracket(true)) => {
                outside = mem::take(&mut open);
                continue;
            }
            Some(Token::Target(_)) => {
                open = outside;
                continue;
            }
            Some(Token::Run {
                kind,
                opens,
                closes,
                role,
                ..
            }) => {
                let Some(last) = open.get_mut(*kind) else {
                    continue;
                };
                match *last {
                    Some(opener) if *closes => {
                        *role = Role::Closes;
                        opener
                    }
                    _ => {
                        if *opens {
                            *last = Some(at);
                        }
                        continue;
                    }
                }
            }
            _ => continue,
        };
        for last in &mut open {
            *last = last.filter(|&last| last < opener);
        }
        if let Some(Token::Run { role, .. }) = tokens.get_mut(opener) {
            *role = Role::Opens;
        }
    }
}

/// Makes the tree; what opens and closes is in pairs now, one within the other.
fn tree(tokens: Vec<Token<'_>>, into: &mut Vec<Inline>) {
    let mut around = Vec::new();
    let mut now = mem::take(into);
    let mut in_link = false;
    for token in tokens {
        work::add(1);
        match token {
            Token::Text(text)
            | Token::Run {
                text,
                role: Role::Text,
                ..
            } => push_text(&mut now, text),
            Token::Bracket(false) => push_text(&mut now, "["),
            Token::Leaf(inline) => now.push(inline),
            Token::Address(url) if in_link => push_text(&mut now, url),
            Token::Address(url) => now.push(link(url, Vec::new())),
            Token::Bracket(true) => {
                in_link = true;
                around.push(mem::take(&mut now));
            }
            Token::Run {
                role: Role::Opens, ..
            } => around.push(mem::take(&mut now)),
            Token::Target(url) => {
                in_link = false;
                let inside = mem::replace(&mut now, around.pop().unwrap_or_default());
                now.push(link(url, inside));
            }
            Token::Run { kind, .. } => {
                let inside = mem::replace(&mut now, around.pop().unwrap_or_default());
                now.push(match kind {
                    0..=2 => Inline::Bold(inside),
                    3 => Inline::Italic(inside),
                    _ => Inline::Strike(inside),
                });
            }
        }
    }
    *into = now;
}

/// A link; one that says nothing says where it leads.
fn link(url: &str, text: Vec<Inline>) -> Inline {
    let blank = |inline: &Inline| matches!(inline, Inline::Text(text) if text.trim().is_empty());
    Inline::Link {
        text: if text.iter().all(blank) {
            vec![Inline::Text(url.to_owned())]
        } else {
            text
        },
        url: url.to_owned(),
    }
}
