//! Values as Azure spells them, in the spelling of the format: the other way round from decoding.
//! What the format cannot say is taken out, and told.

use serde_json::{Map, Value};

use crate::kinds::decode::shape::Shape;

/// The value as the format takes it. `at` is its property, and `lost` gets those that the format cannot say.
pub fn respell(value: Value, shape: Shape<'_>, at: &str, lost: &mut Vec<String>) -> Option<Value> {
    if let Some(choices) = shape.choices() {
        let text = value.as_str().unwrap_or_default();
        let found = choices.into_iter().find(|choice| choice.eq_ignore_ascii_case(text));
        if found.is_none() {
            lost.push(at.to_owned());
        }
        return found.map(Value::from);
    }
    let shape = match shape.alternatives().as_deref() {
        Some([only]) => *only,
        // Several forms: Azure's is one of them.
        Some(_) => return Some(value),
        None => shape,
    };
    match value {
        Value::Object(map) => Some(Value::Object(object(map, shape, at, lost))),
        Value::Array(elements) => {
            let Some(items) = shape.keyword("items") else { return Some(Value::Array(elements)) };
            let of = |element| respell(element, shape.at(items), &format!("{at}[]"), lost);
            Some(elements.into_iter().filter_map(of).collect())
        }
        single => Some(single),
    }
}

fn object(map: Map<String, Value>, shape: Shape<'_>, at: &str, lost: &mut Vec<String>) -> Map<String, Value> {
    let Some(properties) = shape.properties() else { return map };
    let mut fitting = Map::new();
    for (key, value) in map {
        let below = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        match properties.get(&key) {
            Some(schema) => {
                if let Some(value) = respell(value, shape.at(schema), &below, lost) {
                    fitting.insert(key, value);
                }
            }
            None => lost.push(below),
        }
    }
    fitting
}
