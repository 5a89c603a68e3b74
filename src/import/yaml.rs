//! Entries as YAML that people read: the keys in the order of the documentation, small maps on one line, long texts as blocks.
//! Any YAML reader takes each value for what it is, also one that, other than ours, guesses at types.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::model::field::FieldRule;
use crate::spec::interpolate;

/// How long a line may become before a map or list gets lines of its own.
const WIDTH: usize = 100;
/// How much deeper what is inside something stands.
const STEP: usize = 2;

/// In which order keys stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    /// The keys that come first.
    pub(super) first: &'a [&'a str],
    /// The table whose order the others have.
    pub(super) fields: &'a [FieldRule],
    /// The same for the elements of a list under this key.
    pub(super) inner: Option<(&'a str, &'a Order<'a>)>,
}

impl Order<'_> {
    /// The order of nothing in particular: as the keys are sorted.
    pub(super) const NONE: Order<'static> = Order { first: &[], fields: &[], inner: None };

    fn rank(&self, path: &str) -> usize {
        if let Some((key, inner)) = self.inner {
            if let Some(rest) = path.strip_prefix(key).and_then(|rest| rest.strip_prefix("[].")) {
                return inner.rank(rest);
            }
            if path == key {
                return usize::MAX;
            }
        }
        if let Some(at) = self.first.iter().position(|first| *first == path) {
            return at;
        }
        let is_it = |rule: &FieldRule| {
            rule.spec.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let row = self.fields.iter().position(is_it);
        self.first.len() + row.unwrap_or(self.fields.len())
    }
}

/// Writes values and what is said beside them.
pub(super) struct Writer<'a> {
    /// The order of keys.
    pub(super) order: &'a Order<'a>,
    /// Comments, by the pointer of the map that they end.
    pub(super) remarks: &'a BTreeMap<String, Vec<String>>,
}

/// Where the writer is: among the properties, in the value, and how far to the right.
#[derive(Clone)]
struct At {
    path: String,
    pointer: String,
    indent: usize,
}

impl Writer<'_> {
    /// The lines of a list's element that is a map, with its dash, at an indentation. `pointer` is the element's.
    pub(super) fn element(&self, map: &Map<String, Value>, indent: usize, is_block: bool) -> String {
        let at = At { path: String::new(), pointer: String::new(), indent };
        let mut text = String::new();
        self.list_element(&Value::Object(map.clone()), &at, is_block, &mut text);
        text
    }

    /// The lines of a key and its value, at an indentation.
    pub(super) fn property(&self, key: &str, value: &Value, indent: usize) -> String {
        let at = At { path: String::new(), pointer: String::new(), indent };
        let mut text = format!("{:indent$}{}:", "", scalar("", key));
        self.after_key(key, value, &at, &mut text);
        text
    }

    fn sorted<'m>(&self, map: &'m Map<String, Value>, path: &str) -> Vec<(&'m String, &'m Value)> {
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_by_key(|(key, _)| self.order.rank(&join(path, key)));
        entries
    }

    fn map(&self, map: &Map<String, Value>, at: &At, text: &mut String) {
        for (key, value) in self.sorted(map, &at.path) {
            let below =
                At { path: join(&at.path, key), pointer: format!("{}/{key}", at.pointer), indent: at.indent };
            let _ = write!(text, "{:1$}{2}:", "", at.indent, scalar("", key));
            self.after_key(key, value, &below, text);
        }
        for remark in self.remarks.get(&at.pointer).into_iter().flatten() {
            let _ = writeln!(text, "{:1$}# {remark}", "", at.indent);
        }
    }

    /// What stands behind a key and its colon.
    fn after_key(&self, key: &str, value: &Value, at: &At, text: &mut String) {
        let column = at.indent + key.len() + 2;
        if let Some(flow) =
            self.flow(key, value, at).filter(|flow| is_single(value) || column + flow.len() <= WIDTH)
        {
            let _ = writeln!(text, " {flow}");
            return;
        }
        match value {
            Value::Object(map) => {
                text.push('\n');
                self.map(map, &At { indent: at.indent + STEP, ..at.clone() }, text);
            }
            Value::Array(list) => {
                text.push('\n');
                for (index, element) in list.iter().enumerate() {
                    let at = At {
                        path: format!("{}[]", at.path),
                        pointer: format!("{}/{index}", at.pointer),
                        indent: at.indent + STEP,
                    };
                    let is_entry = self.order.inner.is_some_and(|(inner, _)| inner == key);
                    self.list_element(element, &at, is_entry, text);
                }
            }
            single => text.push_str(&block(&literal(key, single), at.indent + STEP)),
        }
    }

    fn list_element(&self, element: &Value, at: &At, is_block: bool, text: &mut String) {
        let flow = self
            .flow("", element, at)
            .filter(|flow| is_single(element) || (!is_block && at.indent + STEP + flow.len() <= WIDTH));
        let _ = write!(text, "{:1$}-", "", at.indent);
        match (element, flow) {
            (_, Some(flow)) => {
                let _ = writeln!(text, " {flow}");
            }
            (Value::Object(map), None) => {
                let mut lines = String::new();
                self.map(map, &At { indent: at.indent + STEP, ..at.clone() }, &mut lines);
                // The first line has the dash in the place of its indentation.
                text.push(' ');
                text.push_str(lines.trim_start());
            }
            (single, None) => text.push_str(&block(&literal("", single), at.indent + STEP)),
        }
    }

    /// On one line, if it can be.
    fn flow(&self, key: &str, value: &Value, at: &At) -> Option<String> {
        let within = |pointer: &str| {
            pointer
                .strip_prefix(at.pointer.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match value {
            Value::Object(map) => {
                if self.remarks.keys().any(|pointer| within(pointer)) {
                    return None;
                }
                let entries: Option<Vec<String>> = self
                    .sorted(map, &at.path)
                    .into_iter()
                    .map(|(key, value)| {
                        let pointer = format!("{}/{key}", at.pointer);
                        let at = At { path: join(&at.path, key), pointer, indent: at.indent };
                        Some(format!("{}: {}", scalar("", key), self.flow(key, value, &at)?))
                    })
                    .collect();
                let entries = entries?;
                Some(if entries.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{ {} }}", entries.join(", "))
                })
            }
            // A list of maps is read better line by line.
            Value::Array(list) if list.iter().any(|element| !is_single(element)) => None,
            Value::Array(list) => {
                let elements: Option<Vec<String>> =
                    list.iter().map(|element| self.flow("", element, at)).collect();
                Some(format!("[{}]", elements?.join(", ")))
            }
            Value::String(text) if is_block(text) => None,
            Value::String(text) => Some(scalar(key, text)),
            other => Some(other.to_string()),
        }
    }
}

fn is_single(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn literal(key: &str, value: &Value) -> String {
    interpolate::escaped(key, value.as_str().unwrap_or_default())
}

/// Whether a text of several lines can be written as it is, line by line.
fn is_block(text: &str) -> bool {
    let is_readable = |letter: char| letter == '\n' || (!letter.is_control() && !is_odd(letter));
    let lines_end_once = !text.ends_with("\n\n");
    let begins = !text.starts_with(['\n', ' ', '\t']);
    text.trim_end_matches('\n').contains('\n') && begins && lines_end_once && text.chars().all(is_readable)
}

/// A text of several lines, behind its key or dash.
fn block(text: &str, indent: usize) -> String {
    let chomp = if text.ends_with('\n') { "" } else { "-" };
    let lines = text.lines().map(|line| match line {
        "" => "\n".to_owned(),
        line => format!("{:indent$}{line}\n", ""),
    });
    format!(" |{chomp}\n{}", lines.collect::<String>())
}

/// A single text, in quotes where it needs them; where the format fills in variables, what looks like one is none.
pub(super) fn scalar(key: &str, text: &str) -> String {
    let text = interpolate::escaped(key, text);
    if is_plain(&text) {
        return text;
    }
    let is_quotable = |letter: char| !letter.is_control() && !is_odd(letter);
    if text.contains(['"', '\\']) && text.chars().all(is_quotable) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            letter if letter.is_control() || is_odd(letter) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// What YAML takes for the end of a line or of nothing at all, and no control character.
fn is_odd(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text may stand without quotes anywhere, and nobody takes it for anything but a text.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        || (text.starts_with(|first: char| first.is_ascii_digit())
            && !is_number(text)
            && !text.contains(':'));
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "/._-@()+=; $:".contains(letter);
    let has_colon = text.ends_with(':') || text.contains(": ");
    begins && !has_colon && !text.ends_with(' ') && text.chars().all(is_safe) && !is_word_of_yaml(text)
}

/// Whether some YAML reader takes it for a number. A date is none.
fn is_number(text: &str) -> bool {
    let bare: String = text.chars().filter(|letter| *letter != '_').collect();
    bare.parse::<f64>().is_ok() || ["0x", "0X", "0o", "0b"].iter().any(|prefix| text.starts_with(prefix))
}

fn is_word_of_yaml(text: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    words.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.parse::<f64>().is_ok()
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::{block, is_block, scalar};

    #[test]
    fn texts_that_something_else_could_be_made_of_are_quoted() {
        for (text, written) in [
            ("batch.node.ubuntu 24.04", "batch.node.ubuntu 24.04"),
            ("2030-06-30", "2030-06-30"),
            ("1.10.0", "1.10.0"),
            ("https://a.blob.core.windows.net/b", "https://a.blob.core.windows.net/b"),
            ("24.10", "\"24.10\""),
            ("0770", "\"0770\""),
            ("12:30:45", "\"12:30:45\""),
            ("NO", "\"NO\""),
            ("", "\"\""),
            ("-o vers=4", "\"-o vers=4\""),
            ("a: b", "\"a: b\""),
            ("a #b", "\"a #b\""),
            ("say \"it's\"", "'say \"it''s\"'"),
            ("a\r\nb\u{2028}\u{7f}", "\"a\\r\\nb\\u2028\\u007f\""),
            ("${A}", "\"$${A}\""),
        ] {
            assert_eq!(scalar("", text), written, "{text:?}");
        }
        assert_eq!(scalar("formula", "a = ${A}"), "\"a = ${A}\"");
    }

    #[test]
    fn lines_stay_lines_where_nothing_is_lost_by_it() {
        assert_eq!(block("a\n\n  b", 2), " |-\n  a\n\n    b\n");
        assert_eq!(block("a\nb\n", 0), " |\na\nb\n");
        for text in ["a", "a\n", " a\nb", "a\n\n", "a\r\nb", "\na\nb"] {
            assert!(!is_block(text), "{text:?}");
        }
    }
}
