//! Holds a node against the JSON Schema of its type: reports every mistake, and converts what is right to JSON.
//!
//! The schema comes from the same types that the JSON is then read into, so there is one description of what users may
//! write. Scalars get their type here, from the property they are written for: `1.10` stays a text where a text is wanted.

mod respell;
mod scalar;
mod shape;
#[cfg(test)]
mod tests;
mod words;

use serde_json::{Map, Value};

use crate::diag::{Code, Diagnostic, Place, Report, Severity};
pub use crate::kinds::decode::respell::respell;
use crate::kinds::decode::scalar::{boolean, choice, free, number, text};
pub use crate::kinds::decode::shape::Shape;
pub(crate) use crate::kinds::decode::words::nearest;
use crate::kinds::decode::words::{first_sentence, same_word, shown, surely};
use crate::spec::node::{Entry, Node, NodeValue};

/// Checks and converts. `name` is the property's name for messages. `None`: something is wrong, and is in the report.
pub fn decode(node: &Node, shape: Shape<'_>, name: &str, report: &mut Report) -> Option<Value> {
    if node.is_unfilled() {
        return None;
    }
    if let Some(choices) = shape.choices() {
        return choice(node, &choices, name, report);
    }
    if let Some(alternatives) = shape.alternatives() {
        return alternative(node, shape, &alternatives, name, report);
    }
    match &node.value {
        NodeValue::Map(_) if shape.is("object") || shape.is_free() => object(node, shape, name, report),
        NodeValue::List(elements) if shape.is("array") || shape.is_free() => {
            list(node, elements, shape, name, report)
        }
        NodeValue::Scalar(scalar) if shape.is_free() => Some(free(scalar)),
        NodeValue::Scalar(scalar) if scalar.is_null() && shape.is("null") => Some(Value::Null),
        NodeValue::Scalar(scalar) if shape.is("string") => text(node, scalar, shape, name, report),
        NodeValue::Scalar(scalar) if shape.is("integer") || shape.is("number") => {
            number(node, scalar, shape, name, report)
        }
        NodeValue::Scalar(scalar) if shape.is("boolean") => boolean(node, scalar, name, report),
        _ => {
            let message = format!("`{name}` takes {}, and this is {}", shape.words(), node.describe());
            report.push(
                Diagnostic::error(Code::WrongType, node.place, message)
                    .label(format!("{} is wanted", shape.words())),
            );
            None
        }
    }
}

/// The alternative that fits. If none does, and one of them is plainly meant, its mistakes are reported.
fn alternative(
    node: &Node,
    shape: Shape<'_>,
    alternatives: &[Shape<'_>],
    name: &str,
    report: &mut Report,
) -> Option<Value> {
    let fits = |shape: &&Shape<'_>| match &node.value {
        NodeValue::Map(_) => shape.is("object") || shape.is_free(),
        NodeValue::List(_) => shape.is("array") || shape.is_free(),
        NodeValue::Scalar(_) => !shape.is("object") && !shape.is("array"),
    };
    let candidates: Vec<&Shape<'_>> = alternatives.iter().filter(fits).collect();
    if let [only] = candidates.as_slice() {
        return decode(node, **only, name, report);
    }
    let mut meant = Vec::new();
    for candidate in &candidates {
        let mut silent = Report::default();
        if let Some(value) = decode(node, **candidate, name, &mut silent) {
            return Some(value);
        }
        // A value of another sort altogether is refused where it stands; one of the right sort for something in it.
        let of_another_sort = silent.iter().any(|diagnostic| {
            let about_it_all = diagnostic.place() == Some(node.place);
            let of_sort = matches!(diagnostic.code, Code::WrongType | Code::NotAllowed);
            (about_it_all && of_sort) || diagnostic.code == Code::UnknownKey
        });
        if !of_another_sort {
            meant.push(silent);
        }
    }
    if meant.len() == 1 {
        report.append(meant.remove(0));
        return None;
    }
    let message = format!("`{name}` takes {}; this is {}", shape.words(), shown(node));
    report.push(Diagnostic::error(Code::WrongType, node.place, message));
    None
}

fn object(node: &Node, shape: Shape<'_>, name: &str, report: &mut Report) -> Option<Value> {
    let mut object = Map::new();
    let mut whole = true;
    let mut misspelt: Vec<&str> = Vec::new();
    let properties = shape.properties();
    let others = shape.keyword("additionalProperties");
    let closed = matches!(others, Some(Value::Bool(false)));
    let spellings = shape.keyword("x-azure-spelling").and_then(Value::as_object);
    for entry in node.entries() {
        let known = properties.and_then(|properties| properties.get(&entry.key));
        let schema = match (known, others) {
            (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => Some(schema),
            (None, _) => None,
        };
        if let Some(instead) = spellings.and_then(|all| all.get(&entry.key)).and_then(Value::as_str)
            && known.is_none()
        {
            whole = false;
            let message = format!("`{}` is not written here", entry.key);
            let mut diagnostic =
                Diagnostic::error(Code::AzureSpelling, entry.key_place, message).help(instead);
            let own = properties.into_iter().flatten().map(|(key, _)| key.as_str());
            for own in own.filter(|own| same_word(&entry.key, own) && node.entry(own).is_none()) {
                diagnostic = diagnostic.edit(entry.key_place, own);
            }
            report.push(diagnostic);
            continue;
        }
        if schema.is_none() && closed {
            whole = false;
            let known = properties.into_iter().flatten().map(|(key, _)| key.as_str());
            let near = report.has_room(Severity::Error).then(|| nearest(&entry.key, known)).flatten();
            // One that is there already was not meant.
            let near = near.filter(|near| node.entry(near).is_none());
            misspelt.extend(near);
            report.push(unknown_key(entry, near, name, properties));
            continue;
        }
        // A property without a value is not written; a key of the user's own, such as a tag, needs one.
        if entry.value.is_null() && known.is_some() {
            continue;
        }
        let value = match schema {
            Some(schema) => decode(&entry.value, shape.at(schema), &entry.key, report),
            None => Some(any_json(&entry.value)),
        };
        match value {
            Some(value) => {
                object.insert(entry.key.clone(), value);
            }
            None => whole = false,
        }
    }
    let required = shape.keyword("required").and_then(Value::as_array);
    for key in required.into_iter().flatten().filter_map(Value::as_str) {
        if node.get(key).is_none() {
            whole = false;
            if misspelt.contains(&key) {
                continue;
            }
            let place = node.entry(key).map_or_else(|| short(node), |entry| entry.key_place);
            let mut diagnostic =
                Diagnostic::error(Code::MissingKey, place, format!("`{name}` needs `{key}`"));
            let description = properties
                .and_then(|all| all.get(key))
                .and_then(|schema| shape.at(schema).keyword("description"));
            let own = properties.and_then(|all| all.get(key)).and_then(|schema| schema.get("description"));
            if let Some(text) = own.or(description).and_then(Value::as_str) {
                diagnostic = diagnostic.help(format!("`{key}`: {}", first_sentence(text)));
            }
            report.push(diagnostic);
        }
    }
    whole &= count_fits(node, shape, name, report);
    whole.then_some(Value::Object(object))
}

/// Whether the map has as many entries as it may.
fn count_fits(node: &Node, shape: Shape<'_>, name: &str, report: &mut Report) -> bool {
    let bound = |keyword: &str| shape.keyword(keyword).and_then(Value::as_u64);
    let (min, max) = (bound("minProperties"), bound("maxProperties"));
    let written: Vec<&Entry> = node.entries().iter().filter(|entry| !entry.value.is_null()).collect();
    let count = written.len() as u64;
    let place = match max.filter(|max| count > *max).and_then(|max| usize::try_from(max).ok()) {
        Some(max) => written.get(max).map_or(node.place, |entry| entry.key_place),
        None if min.is_some_and(|min| count < min) => short(node),
        None => return true,
    };
    let known: Vec<&str> = shape.properties().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let wanted = match (min, max) {
        (Some(1), Some(1)) => "exactly one".to_owned(),
        (Some(min), Some(max)) if min == max => format!("exactly {min}"),
        (Some(min), Some(max)) => format!("{min} to {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, max) => format!("at most {}", max.unwrap_or_default()),
    };
    let of = if known.is_empty() { String::new() } else { format!(" of {}", known.join(", ")) };
    let message = format!("`{name}` takes {wanted}{of}, and has {count}");
    report.push(Diagnostic::error(Code::OutOfRange, place, message));
    false
}

fn unknown_key(
    entry: &Entry,
    near: Option<&str>,
    name: &str,
    properties: Option<&Map<String, Value>>,
) -> Diagnostic {
    let place = entry.key_place;
    let diagnostic = Diagnostic::error(Code::UnknownKey, place, format!("`{name}` has no `{}`", entry.key));
    let known: Vec<&str> = properties.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    match near {
        Some(near) => {
            let diagnostic = diagnostic.help(format!("did you mean `{near}`?"));
            if surely(&entry.key, near, known.into_iter()) {
                diagnostic.edit(place, near)
            } else {
                diagnostic
            }
        }
        None if known.len() <= 12 => diagnostic.help(format!("it takes {}", known.join(", "))),
        None => diagnostic
            .help("`poolwright schema` prints what it takes; an editor that reads the schema completes it"),
    }
}

fn list(node: &Node, elements: &[Node], shape: Shape<'_>, name: &str, report: &mut Report) -> Option<Value> {
    let mut values = Vec::with_capacity(elements.len());
    let mut whole = true;
    let schema = shape.keyword("items");
    for element in elements {
        let value = match schema {
            Some(schema) => decode(element, shape.at(schema), name, report),
            None => Some(any_json(element)),
        };
        match value {
            Some(value) => values.push(value),
            None => whole = false,
        }
    }
    let bound = |keyword: &str| shape.keyword(keyword).and_then(Value::as_u64);
    let count = elements.len() as u64;
    if let Some(max) = bound("maxItems").filter(|max| count > *max) {
        whole = false;
        let message = format!("`{name}` has {count} entries, and takes at most {max}");
        report.push(Diagnostic::error(Code::OutOfRange, node.place, message));
    }
    if let Some(min) = bound("minItems").filter(|min| count < *min) {
        whole = false;
        let message = format!("`{name}` has {count} entries, and takes at least {min}");
        report.push(Diagnostic::error(Code::OutOfRange, node.place, message));
    }
    whole.then_some(Value::Array(values))
}

/// A value where any JSON may stand, by YAML 1.2's core schema.
fn any_json(node: &Node) -> Value {
    match &node.value {
        NodeValue::Scalar(scalar) => free(scalar),
        NodeValue::List(elements) => elements.iter().map(any_json).collect(),
        NodeValue::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), any_json(&entry.value)))
            .collect::<Map<_, _>>()
            .into(),
    }
}

/// Something short to point at for what a whole map lacks: its first key.
fn short(node: &Node) -> Place {
    node.entries().first().map_or(node.place, |entry| entry.key_place)
}
