//! Reads a body against the shape its type has in an api-version, and gives it back in Azure's own spelling.
//! Enum words and whole numbers sent as text are put right; nulls and read-only fields are left out; what does
//! not belong, or not yet, is refused, and left out of answers. Knows no resource: the shapes stand beside their types.

use serde_json::{Map, Value};

use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A string.
    Text,
    /// true or false.
    Flag,
    /// A whole number of 32 bits; also as text, as some clients send it.
    Int,
    /// A whole number of 64 bits.
    Long,
    /// Any number.
    Number,
    /// A date or date-time, answered as a date-time with an offset.
    Date,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// Known properties.
    Object(&'static [Field]),
    /// A list of one shape.
    List(&'static Shape),
    /// Taken as it comes.
    Any,
    /// Sent back by clients that read before they write; left out.
    ReadOnly,
    /// There from this api-version on. A name may stand twice, as it was until then and as it is since.
    Since(&'static str, &'static Shape),
    /// There before this api-version.
    Until(&'static str, &'static Shape),
}

/// A property's name and shape.
pub(crate) type Field = (&'static str, Shape);

/// An api-version that has all there is: for what is not asked by a client.
pub(crate) const NEWEST: &str = "9999-12-31";

impl Shape {
    /// The shape as it is in an api-version; none when that version has none.
    pub(crate) fn at(&self, version: &str) -> Option<&Shape> {
        match self {
            Shape::Since(first, shape) => (version >= *first).then(|| shape.at(version)).flatten(),
            Shape::Until(end, shape) => (version < *end).then(|| shape.at(version)).flatten(),
            shape => Some(shape),
        }
    }
}

/// The property of that name, in any case, that an api-version has.
fn property<'a>(fields: &'a [Field], name: &str, version: &str) -> Option<(&'static str, &'a Shape)> {
    let mut named = fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    named.find_map(|(known, shape)| Some((*known, shape.at(version)?)))
}

/// `{"id": …}`
pub(crate) const SUB_RESOURCE: Shape = Shape::Object(&[("id", Shape::Text)]);

/// The value in canonical form. `path` names it in refusals: `galleryImage.properties`.
pub(crate) fn take(value: &Value, shape: &Shape, path: &str, version: &str) -> Result<Value> {
    let wrong = |what: &str| Err(conversion(value, what, path));
    let Some(shape) = shape.at(version) else { return Ok(Value::Null) };
    match shape {
        Shape::Any => Ok(value.clone()),
        Shape::ReadOnly | Shape::Since(..) | Shape::Until(..) => Ok(Value::Null),
        Shape::Text => {
            if value.is_string() {
                Ok(value.clone())
            } else {
                wrong("string")
            }
        }
        Shape::Flag => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
            _ => wrong("boolean"),
        },
        Shape::Int => {
            let number = match value {
                Value::String(text) => text.trim().parse::<i64>().ok(),
                _ => value.as_i64(),
            };
            match number.filter(|number| i32::try_from(*number).is_ok()) {
                Some(number) => Ok(Value::from(number)),
                None => wrong("integer"),
            }
        }
        Shape::Long => match value {
            Value::String(text) => text.trim().parse::<i64>().map(Value::from).or_else(|_| wrong("integer")),
            _ if value.is_i64() => Ok(value.clone()),
            _ => wrong("integer"),
        },
        Shape::Number => {
            if value.is_number() {
                Ok(value.clone())
            } else {
                wrong("number")
            }
        }
        Shape::Date => match value.as_str().and_then(Moment::parse) {
            Some(at) => Ok(Value::from(date(at))),
            None => wrong("DateTimeOffset"),
        },
        Shape::Word(words) => {
            let text = value.as_str().unwrap_or_default();
            match words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
                Some(word) => Ok(Value::from(*word)),
                None => Err(Failure::value(path, &plain(value))),
            }
        }
        Shape::List(each) => {
            let Some(items) = value.as_array() else { return wrong("array") };
            items
                .iter()
                .enumerate()
                .map(|(index, item)| take(item, each, &format!("{path}[{index}]"), version))
                .collect()
        }
        Shape::Object(fields) => {
            let Some(given) = value.as_object() else { return wrong("object") };
            let mut out = Map::new();
            for (name, value) in given {
                let inner = format!("{path}.{name}");
                let Some((known, shape)) = property(fields, name, version) else {
                    let kind = path.rsplit('.').next().unwrap_or(path);
                    let relative = inner.split_once('.').map_or(inner.as_str(), |(_, rest)| rest);
                    let text = format!(
                        "Could not find member '{name}' on object of type '{kind}'. Path '{relative}'."
                    );
                    return Err(Failure::arm(400, "BadRequest", text).on(relative));
                };
                if value.is_null() {
                    continue;
                }
                let value = take(value, shape, &inner, version)?;
                if !value.is_null() {
                    out.insert(known.to_owned(), value);
                }
            }
            Ok(Value::Object(out))
        }
    }
}

/// The value as an api-version answers it: without the properties which that version does not have.
pub(crate) fn show(value: &Value, shape: &Shape, version: &str) -> Value {
    match (shape, value) {
        (Shape::Object(fields), Value::Object(given)) => {
            let shown = given.iter().filter_map(|(name, value)| {
                let (_, shape) = property(fields, name, version)?;
                Some((name.clone(), show(value, shape, version)))
            });
            Value::Object(shown.collect())
        }
        (Shape::List(each), Value::Array(items)) => match each.at(version) {
            Some(each) => items.iter().map(|item| show(item, each, version)).collect(),
            None => Value::Null,
        },
        _ => value.clone(),
    }
}

/// A date-time as galleries answer it: `2027-06-30T00:00:00+00:00`.
pub(crate) fn date(at: Moment) -> String {
    let text = at.rfc3339();
    let text = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("{text}+00:00")
}

fn conversion(value: &Value, what: &str, path: &str) -> Failure {
    let relative = path.split_once('.').map_or(path, |(_, rest)| rest);
    let text = format!("Could not convert value to {what}: {}. Path '{relative}'.", plain(value));
    Failure::arm(400, "BadRequest", text).on(relative)
}

/// A value for a message: text without quotes, anything long cut.
fn plain(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHAPE: Shape = Shape::Object(&[
        ("kind", Shape::Word(&["Standard_LRS", "Standard_ZRS"])),
        ("count", Shape::Int),
        ("until", Shape::Date),
        ("state", Shape::ReadOnly),
    ]);

    #[test]
    fn spelling_is_put_right_and_read_only_fields_are_left_out() {
        let sent = json!({"kind": "standard_zrs", "count": "2", "until": "2027-06-30", "state": "Succeeded", "KIND": null});
        let taken = take(&sent, &SHAPE, "x.properties", NEWEST).unwrap();
        assert_eq!(taken, json!({"kind": "Standard_ZRS", "count": 2, "until": "2027-06-30T00:00:00+00:00"}));
    }

    #[test]
    fn what_does_not_belong_is_refused_by_name() {
        let refuse = |body: Value| take(&body, &SHAPE, "x.properties", NEWEST).unwrap_err();
        assert!(refuse(json!({"cuont": 1})).message.contains("'cuont'"));
        assert_eq!(refuse(json!({"kind": "Ultra"})).target.as_deref(), Some("x.properties.kind"));
        assert_eq!(refuse(json!({"count": 1.5})).code, "BadRequest");
        assert_eq!(refuse(json!({"count": 5_000_000_000_i64})).code, "BadRequest");
        assert_eq!(refuse(json!([])).status, 400);
    }

    #[test]
    fn a_property_is_there_from_its_version_on_and_its_words_change() {
        const CHANGING: Shape = Shape::Object(&[
            ("kind", Shape::Until("2024-03-03", &Shape::Word(&["Old"]))),
            ("kind", Shape::Since("2024-03-03", &Shape::Word(&["Old", "New"]))),
            ("list", Shape::List(&Shape::Object(&[("a", Shape::Since("2025-01-01", &Shape::Int))]))),
        ]);
        let sent = json!({"kind": "new", "list": [{"a": 1}]});
        assert_eq!(
            take(&sent, &CHANGING, "x.properties", "2023-07-03").unwrap_err().code,
            "InvalidParameter"
        );
        let early = take(&sent, &CHANGING, "x.properties", "2024-03-03").unwrap_err();
        assert!(early.message.contains("Could not find member 'a'"), "{early:?}");
        let taken = take(&sent, &CHANGING, "x.properties", "2025-01-01").unwrap();
        assert_eq!(taken, json!({"kind": "New", "list": [{"a": 1}]}));
        assert_eq!(show(&taken, &CHANGING, "2024-03-03"), json!({"kind": "New", "list": [{}]}));
    }
}
