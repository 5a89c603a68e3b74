//! Where the values and lines of a text begin and end: with the brackets, dashes and comments that belong to no value.
//! Reads only.

use crate::spec::node::{Node, NodeValue};

/// Where a value ends, with the bracket that closes it.
pub(super) fn end_of(text: &str, node: &Node) -> Option<usize> {
    let start = node.place.span.start as usize;
    // An alias, or what a merge key brings, stands elsewhere.
    let own = |child: &&Node| child.place.span.start as usize >= start;
    let end = match &node.value {
        NodeValue::Scalar(_) => return Some(node.place.span.end as usize),
        NodeValue::List(elements) => elements.iter().rfind(own).map(|last| end_of(text, last)),
        NodeValue::Map(entries) => {
            let keys = entries.iter().map(|entry| entry.key_place.span);
            let key = keys.filter(|key| key.start as usize >= start).map(|key| key.end as usize).max();
            let last = entries.iter().map(|entry| &entry.value).rfind(own);
            let value = last.map(|last| end_of(text, last));
            value.map_or(key.map(Some), |value| Some(value.map(|end| end.max(key.unwrap_or(end)))))
        }
    };
    // What holds nothing of its own is read whole.
    let Some(inside) = end else { return Some(node.place.span.end as usize) };
    let inside = inside?;
    if !has_brackets(text, node) {
        return Some(inside);
    }
    let mut at = past_blank(text, inside);
    if text.get(at..)?.starts_with(',') {
        at = past_blank(text, at + 1);
    }
    text.get(at..)?.starts_with(['}', ']']).then_some(at + 1)
}

/// Whether a container has brackets. A list that begins with its first element has none of its own.
pub(super) fn has_brackets(text: &str, node: &Node) -> bool {
    let start = node.place.span.start;
    let is_dashed = node.elements().first().is_some_and(|first| first.place.span.start == start);
    !is_dashed && text.get(start as usize..).is_some_and(|rest| rest.starts_with(['{', '[']))
}

/// Past white space, line ends and comments.
pub(super) fn past_blank(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        at += blank;
        if !rest.get(blank..).is_some_and(|rest| rest.starts_with('#')) {
            return at;
        }
        at = line_end(text, at);
    }
}

/// Where the line of a byte begins; the mark of the byte order is not part of it.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    before.rfind('\n').map_or(first, |line| line + 1)
}

/// Where the line of a byte ends, before its line feed.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let line = rest.find('\n').map_or(rest, |end| &rest[..end]);
    at + line.strip_suffix('\r').unwrap_or(line).len()
}

/// Where the first dash of a block list stands. Of a list that is not indented below its key the reader tells only where the
/// first element begins.
pub(super) fn dash(text: &str, list: &Node) -> Option<usize> {
    let mut at = list.place.span.start as usize;
    if text.get(at..)?.starts_with("- ") || line_end(text, at) == at + 1 {
        return Some(at);
    }
    loop {
        let line = line_start(text, at);
        let indent = text.get(line..)?.len() - text.get(line..)?.trim_start_matches(' ').len();
        if text.get(line + indent..at)?.starts_with('-') {
            return Some(line + indent);
        }
        at = line.checked_sub(1)?;
    }
}
