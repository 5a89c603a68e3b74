//! How something new is written beside what stands in a text: in its block or flow style, its indentation, its line ends.
//! Proposes edits only; whether the text is then read as meant is for `amend` to say.

use std::ops::Range;

use crate::spec::amend::{Addition, What, Written, line_end_of};
use crate::spec::comments::is_addressed;
use crate::spec::extent::{dash, end_of, has_brackets, line_end, line_start, past_blank};
use crate::spec::node::{Entry, Node, NodeValue};

/// Bytes of the text, and what comes in their place.
pub(super) type TextEdit = (Range<usize>, String);

/// How far a list is indented below its key where the text has no list to look at, and a map below its.
const STEP: usize = 2;

/// What writes an addition to a map.
pub(super) fn edits(
    text: &str,
    documents: &[Node],
    map: &Node,
    addition: &Addition,
) -> Option<Vec<TextEdit>> {
    let page = Page { text, line_end: line_end_of(text), list_step: list_step(text, documents) };
    // A value of the map's own wins over what a merge key brings; a list would hide its list.
    let is_list = matches!(addition.what, What::Element(_));
    let entry = map.entry(addition.key).filter(|entry| is_list || is_own(map, entry));
    match (&addition.what, entry.map(|entry| &entry.value)) {
        (What::Element(written), Some(list)) if !list.elements().is_empty() => {
            page.append(entry?.key_place.span.start as usize, list, written)
        }
        (What::Value(value), Some(node)) if !node.is_null() => replace(text, node, value),
        (What::Value(value), Some(node)) => {
            Some(vec![fill(text, entry?.key_place.span.end as usize, node, &scalar(value))])
        }
        (What::Element(written), Some(nothing)) => {
            let key = entry?.key_place.span;
            if page.is_flow(map) {
                return Some(vec![fill(
                    text,
                    key.end as usize,
                    nothing,
                    &format!("[{}]", flow(written, true)),
                )]);
            }
            let cleared = clear(text, key.end as usize, nothing)?;
            let column = page.column(key.start as usize);
            let lines = page.element(column + page.list_step, None, written);
            let below = page.insert_below(cleared.0.end, column, &lines);
            Some(vec![cleared, below])
        }
        (what, None) => page.add_entry(map, addition.key, what),
    }
}

/// A document of its own.
pub(super) fn document(entries: &[(&'static str, Written)], line_end: &str) -> String {
    block(entries, 0, Some(STEP)).iter().flat_map(|line| [line, line_end]).collect()
}

/// Whether a text may stand without quotes, in flow style too.
pub(super) fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/');
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "/._-@()".contains(letter);
    begins && text.chars().all(is_safe) && !text.eq_ignore_ascii_case("null")
}

/// A single value, in quotes where it needs them.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Whether an entry is written in the map itself, and no merge key brings it.
pub(super) fn is_own(map: &Node, entry: &Entry) -> bool {
    map.place.file == entry.key_place.file
        && (map.place.span.start..map.place.span.end).contains(&entry.key_place.span.start)
}

/// Another single value in the place of one, in the same quotes.
fn replace(text: &str, node: &Node, value: &str) -> Option<Vec<TextEdit>> {
    let range = node.place.span.start as usize..node.place.span.end as usize;
    let written = match text.get(range.clone())?.chars().next()? {
        quote @ ('\'' | '"') => format!("{quote}{value}{quote}"),
        '|' | '>' => return None,
        _ => scalar(value),
    };
    Some(vec![(range, written)])
}

/// A value in the place of nothing, which may be written as nothing.
fn fill(text: &str, key_end: usize, nothing: &Node, value: &str) -> TextEdit {
    let range = nothing.place.span.start as usize..nothing.place.span.end as usize;
    let is_written = text.get(range.clone()).is_some_and(|text| !text.is_empty());
    if is_written && range.start >= key_end {
        let end = end_of(text, nothing).unwrap_or(range.end);
        return (range.start..end, value.to_owned());
    }
    let colon = text.get(key_end..).and_then(|rest| rest.find(':')).map_or(key_end, |at| key_end + at + 1);
    (colon..colon, format!(" {value}"))
}

/// Takes a `~` or a `[]` away after a key; the comment behind it stays.
fn clear(text: &str, key_end: usize, nothing: &Node) -> Option<TextEdit> {
    let colon = key_end + text.get(key_end..)?.find(':')? + 1;
    let start = nothing.place.span.start as usize;
    let is_written = start >= colon && nothing.place.span.end > nothing.place.span.start;
    Some((colon..if is_written { end_of(text, nothing)? } else { colon }, String::new()))
}

/// How far lists are indented below their keys: as the first one of the text.
fn list_step(text: &str, documents: &[Node]) -> usize {
    fn first(text: &str, node: &Node) -> Option<usize> {
        let of_entry = |key: usize, value: &Node| {
            let list = value.place.span.start as usize;
            let is_block = !value.elements().is_empty() && list > key && !has_brackets(text, value);
            let dash = dash(text, value).filter(|_| is_block);
            let step = dash
                .and_then(|dash| (dash - line_start(text, dash)).checked_sub(key - line_start(text, key)));
            step.or_else(|| first(text, value))
        };
        match &node.value {
            NodeValue::Map(entries) => {
                entries.iter().find_map(|entry| of_entry(entry.key_place.span.start as usize, &entry.value))
            }
            NodeValue::List(elements) => elements.iter().find_map(|element| first(text, element)),
            NodeValue::Scalar(_) => None,
        }
    }
    documents.iter().find_map(|document| first(text, document)).unwrap_or(STEP)
}

/// A text, and its manners.
struct Page<'t> {
    text: &'t str,
    line_end: &'t str,
    list_step: usize,
}

impl Page<'_> {
    fn is_flow(&self, node: &Node) -> bool {
        has_brackets(self.text, node)
    }

    fn column(&self, at: usize) -> usize {
        at - line_start(self.text, at)
    }

    /// Whether nothing but white space stands before it on its line.
    fn begins_line(&self, at: usize) -> bool {
        self.text.get(line_start(self.text, at)..at).is_some_and(|before| before.trim().is_empty())
    }

    /// One more element of a list that has some.
    fn append(&self, key: usize, all: &Node, written: &Written) -> Option<Vec<TextEdit>> {
        let last = all.elements().last()?;
        let start = last.place.span.start as usize;
        let end = end_of(self.text, last)?;
        if self.is_flow(all) {
            return self.after_comma(start, end, &flow(written, self.is_airy(last)));
        }
        let mut lines = self.element(self.column(dash(self.text, all)?), Some(last), written);
        let before_last = all.elements().iter().rev().nth(1).and_then(|other| end_of(self.text, other));
        if before_last.and_then(|before| self.text.get(before..start)).is_some_and(has_empty_line) {
            lines.insert(0, String::new());
        }
        Some(vec![self.insert_below(end, self.column(key), &lines)])
    }

    /// One more entry of a map.
    fn add_entry(&self, map: &Node, key: &str, what: &What) -> Option<Vec<TextEdit>> {
        let start = map.place.span.start as usize;
        let end = end_of(self.text, map)?;
        if self.is_flow(map) {
            let value = match what {
                What::Value(value) => scalar(value),
                What::Element(written) => format!("[{}]", flow(written, true)),
            };
            let item = format!("{key}: {value}");
            if let Some(last) = map.entries().iter().rfind(|entry| is_own(map, entry)) {
                let end = end_of(self.text, &last.value)?;
                return self.after_comma(last.key_place.span.start as usize, end, &item);
            }
            // Nothing, or a merge key alone.
            let first = past_blank(self.text, start + 1);
            let inside = self.text.get(first..end - 1)?.trim_end();
            if inside.is_empty() {
                return Some(vec![(start + 1..start + 1, format!(" {item} "))]);
            }
            return self.after_comma(first, first + inside.len(), &item);
        }
        let column = self.column(start);
        let indent = " ".repeat(column);
        let lines = match what {
            What::Value(value) => vec![format!("{indent}{key}: {}", scalar(value))],
            What::Element(written) => {
                let mut lines = vec![format!("{indent}{key}:")];
                lines.extend(self.element(column + self.list_step, None, written));
                lines
            }
        };
        Some(vec![self.insert_below(end, column.saturating_sub(1), &lines)])
    }

    /// Something more inside brackets, on a line of its own where the last one has one.
    fn after_comma(&self, last: usize, end: usize, item: &str) -> Option<Vec<TextEdit>> {
        let next = past_blank(self.text, end);
        let comma = self.text.get(next..)?.starts_with(',').then_some(next + 1);
        let after = comma.unwrap_or(end);
        let line = line_end(self.text, after);
        let rest = self.text.get(after..line)?.trim_start();
        if self.begins_line(last) && (rest.is_empty() || rest.starts_with('#')) {
            let closes = if comma.is_some() { "," } else { "" };
            let indent = " ".repeat(self.column(last));
            let new_line = (line..line, format!("{}{indent}{item}{closes}", self.line_end));
            let missing = comma.is_none().then(|| (end..end, ",".to_owned()));
            return Some(missing.into_iter().chain([new_line]).collect());
        }
        let edit = if comma.is_some() { format!(" {item},") } else { format!(", {item}") };
        Some(vec![(after..after, edit)])
    }

    /// The lines of an element whose dash is in this column, like another element of the list.
    fn element(&self, column: usize, like: Option<&Node>, written: &Written) -> Vec<String> {
        let indent = " ".repeat(column);
        let like_flow = like.filter(|like| self.is_flow(like));
        let Written::Map(entries) = written else {
            return vec![format!("{indent}- {}", flow(written, true))];
        };
        if let Some(like) = like_flow {
            return vec![format!("{indent}- {}", flow(written, self.is_airy(like)))];
        }
        let gap = like.map(|like| self.column(like.place.span.start as usize).saturating_sub(column));
        let gap = gap.filter(|gap| *gap >= 2).unwrap_or(STEP);
        let nested = like.and_then(|like| self.nested_step(like));
        let mut lines = block(entries, column + gap, nested);
        if let Some(first) = lines.first_mut() {
            first.replace_range(..column + gap, &format!("{indent}-{}", " ".repeat(gap - 1)));
        }
        lines
    }

    /// How far maps in the values of a map are indented; `None`: they have brackets.
    fn nested_step(&self, like: &Node) -> Option<usize> {
        let maps = like.entries().iter().filter(|entry| !entry.value.entries().is_empty());
        let entry = maps.into_iter().next()?;
        let value = entry.value.place.span.start as usize;
        let is_block = !self.is_flow(&entry.value) && value > entry.key_place.span.start as usize;
        let step = self.column(value).checked_sub(self.column(entry.key_place.span.start as usize))?;
        (is_block && step > 0).then_some(step)
    }

    /// Whether the brackets of a map have spaces inside.
    fn is_airy(&self, like: &Node) -> bool {
        let inside = self.text.get(like.place.span.start as usize + 1..).unwrap_or_default();
        !self.is_flow(like) || inside.starts_with(char::is_whitespace)
    }

    /// New lines below what ends at a byte, and below the comments that go with it: those that follow at once and are indented
    /// more than `column`. What speaks to poolwright goes with what comes after it.
    fn insert_below(&self, end: usize, column: usize, lines: &[String]) -> TextEdit {
        let mut at = line_end(self.text, end);
        while let Some(next) = self.text.get(at..).and_then(|rest| rest.find('\n')).map(|feed| at + feed + 1)
        {
            let line = self.text.get(next..line_end(self.text, next)).unwrap_or_default();
            let comment = line.trim_start_matches(' ');
            let belongs = comment.starts_with('#') && line.len() - comment.len() > column;
            if !belongs || is_addressed(comment) {
                break;
            }
            at = next + line.len();
        }
        (at..at, lines.iter().flat_map(|line| [self.line_end, line]).collect())
    }
}

/// The lines of a map in this column; maps in it are indented by `nested`, or have brackets.
fn block(entries: &[(&'static str, Written)], column: usize, nested: Option<usize>) -> Vec<String> {
    let indent = " ".repeat(column);
    let mut lines = Vec::new();
    for (key, value) in entries {
        match (value, nested) {
            (Written::Map(inner), Some(step)) => {
                lines.push(format!("{indent}{key}:"));
                lines.extend(block(inner, column + step, nested));
            }
            _ => lines.push(format!("{indent}{key}: {}", flow(value, true))),
        }
    }
    lines
}

/// A value on one line, with or without spaces inside its brackets.
fn flow(written: &Written, airy: bool) -> String {
    match written {
        Written::Text(text) => scalar(text),
        Written::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key}: {}", flow(value, airy))).collect();
            let air = if airy { " " } else { "" };
            format!("{{{air}{}{air}}}", entries.join(", "))
        }
    }
}

/// Whether a line without content is in it.
fn has_empty_line(between: &str) -> bool {
    let lines: Vec<&str> = between.split('\n').collect();
    lines
        .get(1..lines.len().saturating_sub(1))
        .is_some_and(|inner| inner.iter().any(|line| line.trim().is_empty()))
}
