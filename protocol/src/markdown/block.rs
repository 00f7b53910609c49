//! Blocks: line by line, each quote and list with the lines within it once more, as deep as is allowed.

use super::{BLOCK_DEPTH_MAX, Block, Inline, Item, inline, work};

/// Backticks that begin code in lines of its own.
const FENCE_MIN: usize = 3;
/// The columns by which a line stands further in that belongs to an item.
const NESTED_COLUMNS: usize = 2;
/// How far a tab reaches.
const TAB_COLUMNS: usize = 4;
/// So many digits are a number.
const DIGITS_MAX: usize = 9;

/// The blocks of these lines, which stand in `depth` others.
pub fn blocks(lines: &[&str], depth: usize) -> Vec<Block> {
    let mut found = Vec::new();
    let (mut at, mut text_from) = (0, 0);
    let mut in_text = false;
    while let Some((line, below)) = lines.get(at..).and_then(<[&str]>::split_first) {
        if let Some((block, taken)) = block(line, below, depth, in_text) {
            paragraph(lines.get(text_from..at).unwrap_or_default(), &mut found);
            found.push(block);
            at += 1 + taken;
            (text_from, in_text) = (at, false);
        } else {
            at += 1;
            in_text = !is_blank(line);
        }
    }
    paragraph(lines.get(text_from..).unwrap_or_default(), &mut found);
    found
}

/// The block that `line` begins, unless it is text, and how many of the lines `below` are in it.
fn block(line: &str, below: &[&str], depth: usize, in_text: bool) -> Option<(Block, usize)> {
    work::add(line.len());
    fence(line, below).or_else(|| {
        let inside = (depth < BLOCK_DEPTH_MAX).then_some(depth + 1)?;
        quote(line, below, inside).or_else(|| list(line, below, inside, in_text))
    })
}

fn fence(line: &str, below: &[&str]) -> Option<(Block, usize)> {
    let start = line.trim_start();
    let info = start.trim_start_matches('`');
    let ticks = start.len() - info.len();
    if ticks < FENCE_MIN || info.contains('`') {
        return None;
    }
    let margin = columns(line);
    let mut code = Vec::new();
    let (mut taken, mut closed) = (0, false);
    for line in below {
        work::add(line.len());
        taken += 1;
        let line = outdent(line, margin);
        let end = line.trim_end();
        let last = end.trim_end_matches('`');
        closed = end.len() - last.len() >= ticks;
        if !closed {
            code.push(line);
        } else if !is_blank(last) {
            code.push(last);
        }
        if closed {
            break;
        }
    }
    let word = info.trim();
    let mut language = None;
    let is_name = |c: char| c.is_alphanumeric() || "+#-_.".contains(c);
    if code.is_empty() || !word.chars().all(is_name) {
        if !word.is_empty() {
            code.insert(0, info.trim_end());
        }
    } else if !word.is_empty() {
        language = Some(word.to_owned());
    }
    // Backticks with nothing below them are text.
    (closed || !code.is_empty()).then(|| {
        let text = code.join("\n");
        (Block::Code { language, text }, taken)
    })
}

fn quote(line: &str, below: &[&str], depth: usize) -> Option<(Block, usize)> {
    let mut inside = vec![quoted(line)?];
    inside.extend(below.iter().map_while(|line| {
        work::add(line.len());
        quoted(line)
    }));
    Some((Block::Quote(blocks(&inside, depth)), inside.len() - 1))
}

fn quoted(line: &str) -> Option<&str> {
    let inside = line.trim_start().strip_prefix('>')?;
    Some(inside.strip_prefix(' ').unwrap_or(inside))
}

/// The beginning of an item.
struct Marker<'t> {
    number: Option<u32>,
    /// The columns before it, and those before what the item says.
    margin: usize,
    width: usize,
    says: &'t str,
}

fn marker(line: &str) -> Option<Marker<'_>> {
    work::add(line.len());
    let start = line.trim_start();
    let (number, behind) = if let Some(behind) = start.strip_prefix(['-', '*']) {
        (None, behind)
    } else {
        let behind = start.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = start.get(..start.len() - behind.len())?;
        if digits.len() > DIGITS_MAX || (digits.len() > 1 && digits.starts_with('0')) {
            return None;
        }
        (Some(digits.parse().ok()?), behind.strip_prefix(['.', ')'])?)
    };
    let says = behind.trim_start();
    if says.is_empty() || says.len() == behind.len() {
        return None;
    }
    let margin = columns(line);
    Some(Marker {
        number,
        margin,
        width: margin + (start.len() - behind.len()) + 1,
        says,
    })
}

fn list(line: &str, below: &[&str], depth: usize, in_text: bool) -> Option<(Block, usize)> {
    let mut next = marker(line)?;
    let numbered = next.number.is_some();
    if in_text && next.number.is_some_and(|number| number != 1) {
        return None;
    }
    let mut items = Vec::new();
    let mut at = 0;
    loop {
        let mut inside = vec![next.says];
        let mut below_item = None;
        while let Some((blank, line)) = after_blank(below, at) {
            if columns(line) < next.margin + NESTED_COLUMNS {
                below_item = Some((blank, line));
                break;
            }
            inside.resize(inside.len() + blank, "");
            inside.push(outdent(line, next.width));
            at += blank + 1;
        }
        items.push(Item {
            number: next.number,
            blocks: blocks(&inside, depth),
        });
        match below_item.map(|(blank, line)| (blank, marker(line))) {
            Some((blank, Some(marker))) if marker.number.is_some() == numbered => {
                at += blank + 1;
                next = marker;
            }
            _ => return Some((Block::List(items), at)),
        }
    }
}

/// The first line from `at` that is not blank, and how many are before it.
fn after_blank<'t>(lines: &[&'t str], at: usize) -> Option<(usize, &'t str)> {
    let lines = lines.get(at..)?;
    let blank = lines
        .iter()
        .take_while(|line| {
            work::add(line.len() + 1);
            is_blank(line)
        })
        .count();
    Some((blank, lines.get(blank)?))
}

/// Text: what stands between blank lines is parsed by itself.
fn paragraph(lines: &[&str], into: &mut Vec<Block>) {
    let mut found: Vec<Inline> = Vec::new();
    let mut gap = String::new();
    let mut part = String::new();
    for line in lines {
        work::add(line.len() + 1);
        if is_blank(line) {
            inline::inlines(&part, &mut found);
            part.clear();
            if !found.is_empty() {
                gap.push('\n');
                gap.push_str(line);
            }
        } else if part.is_empty() {
            if !found.is_empty() {
                gap.push('\n');
                inline::push_text(&mut found, &gap);
            }
            gap.clear();
            part.push_str(line);
        } else {
            part.push('\n');
            part.push_str(line);
        }
    }
    inline::inlines(&part, &mut found);
    if !found.is_empty() {
        into.push(Block::Paragraph(found));
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The columns before the first character that is to be seen.
fn columns(line: &str) -> usize {
    line.chars().map_while(width).sum()
}

/// The line without so many columns at its beginning, as far as it has them.
fn outdent(line: &str, columns: usize) -> &str {
    let mut left = columns;
    line.trim_start_matches(|c| match width(c) {
        Some(width) if left > 0 => {
            left = left.saturating_sub(width);
            true
        }
        _ => false,
    })
}

fn width(c: char) -> Option<usize> {
    match c {
        ' ' => Some(1),
        '\t' => Some(TAB_COLUMNS),
        _ => None,
    }
}
