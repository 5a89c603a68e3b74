//! What an update sends: the live units that change, overlaid with what the file says.
//! A unit is replaced whole by Azure, so what the file leaves alone must be sent along as it is.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::field::{Elements, Forces, Omitted};
use crate::model::field_tree::Field;
use crate::plan::keys;

/// A PATCH body with the named units: those under `properties`, and `tags`, `identity` and the like beside it.
pub(crate) fn patch(tree: &Field, desired: &Value, live: &Value, units: &BTreeSet<&str>) -> Value {
    let mut body = Map::new();
    let mut properties = Map::new();
    let none = Field::tree(&[]);
    let under = tree.children.get("properties").unwrap_or(&none);
    for unit in units {
        if let Some(field) = under.children.get(unit) {
            let value = overlay(
                field,
                desired.get("properties").and_then(|properties| properties.get(unit)),
                live.get("properties").and_then(|properties| properties.get(unit)),
            );
            let value = value.unwrap_or_else(|| taken_away(field));
            properties.insert((*unit).to_owned(), carried(field, value));
        } else if let Some(field) = tree.children.get(unit) {
            let value = overlay(field, desired.get(unit), live.get(unit));
            body.insert((*unit).to_owned(), value.unwrap_or_else(|| taken_away(field)));
        }
    }
    if !properties.is_empty() {
        body.insert("properties".to_owned(), Value::Object(properties));
    }
    Value::Object(body)
}

/// The whole body for a PUT over something that is there: what the file says, over what it leaves alone.
pub(crate) fn whole(tree: &Field, desired: &Value, live: &Value) -> Value {
    carried(tree, overlay(tree, Some(desired), Some(live)).unwrap_or_else(|| desired.clone()))
}

/// A body as a write carries it: without what only an action changes.
pub(crate) fn carried(field: &Field, mut value: Value) -> Value {
    if let Value::Object(object) = &mut value {
        for (name, child) in &field.children {
            match object.get_mut(*name) {
                Some(_) if child.forces == Forces::Call => {
                    object.remove(*name);
                }
                Some(below) => *below = carried(child, below.take()),
                None => {}
            }
        }
    }
    value
}

/// A live body as a file could have written it: without what Azure alone writes.
pub(crate) fn writable(tree: &Field, live: &Value) -> Value {
    stripped(tree, live)
}

/// What is sent for a unit that shall not be there.
fn taken_away(field: &Field) -> Value {
    match field.omitted {
        Omitted::Reset(json) | Omitted::Default(json) => serde_json::from_str(json).unwrap_or(Value::Null),
        Omitted::Leave => Value::Null,
    }
}

/// The value that shall be live: what the file says, over what it leaves alone. What Azure alone writes is dropped.
fn overlay(field: &Field, desired: Option<&Value>, live: Option<&Value>) -> Option<Value> {
    let desired = desired.filter(|value| !value.is_null());
    let live = live.filter(|value| !value.is_null());
    let Some(desired) = desired else {
        return match (field.known, field.omitted, live) {
            (false, _, Some(live)) => objects(field, None, Some(live)),
            (true, Omitted::Leave, Some(live)) => Some(stripped(field, live)),
            (true, Omitted::Default(json), Some(_)) => {
                serde_json::from_str(json).ok().filter(|v: &Value| !v.is_null())
            }
            (_, _, None) | (true, Omitted::Reset(_), Some(_)) => None,
        };
    };
    match (desired, field.elements) {
        (Value::Object(_), _) if !field.children.is_empty() => objects(field, Some(desired), live),
        (Value::Object(wanted), _) if field.merged => {
            let mut merged = live.and_then(Value::as_object).cloned().unwrap_or_default();
            // Azure refuses two tags whose names differ in case only.
            merged.retain(|name, _| !wanted.keys().any(|wanted| wanted.eq_ignore_ascii_case(name)));
            merged.extend(wanted.clone());
            Some(Value::Object(merged))
        }
        (Value::Array(wanted), Elements::Keyed(key)) => Some(keyed(field, key, wanted, live)),
        _ => Some(desired.clone()),
    }
}

fn objects(field: &Field, desired: Option<&Value>, live: Option<&Value>) -> Option<Value> {
    let mut object = Map::new();
    for (name, child) in &field.children {
        let value = overlay(
            child,
            desired.and_then(|desired| desired.get(name)),
            live.and_then(|live| live.get(name)),
        );
        if let Some(value) = value {
            object.insert((*name).to_owned(), value);
        }
    }
    // What a kind lowers to without a rule (the type of an identity) belongs to what the file says.
    for (name, value) in desired.and_then(Value::as_object).into_iter().flatten() {
        if !field.children.contains_key(name.as_str()) && !value.is_null() {
            object.insert(name.clone(), value.clone());
        }
    }
    (desired.is_some() || !object.is_empty()).then_some(Value::Object(object))
}

fn keyed(field: &Field, key: &str, wanted: &[Value], live: Option<&Value>) -> Value {
    let there = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let Some(element) = field.element.as_deref() else { return Value::from(wanted.to_vec()) };
    let same = |a: &Value, b: &Value| {
        keys::key(element, key, a).is_some_and(|a| Some(a) == keys::key(element, key, b))
    };
    let mut list: Vec<Value> = wanted
        .iter()
        .map(|wanted| {
            let found = there.iter().find(|value| same(wanted, value));
            overlay(element, Some(wanted), found).unwrap_or_else(|| wanted.clone())
        })
        .collect();
    if field.merged {
        let foreign = there.iter().filter(|value| !wanted.iter().any(|wanted| same(wanted, value)));
        list.extend(foreign.cloned());
    }
    Value::Array(list)
}

/// A live value without the properties that no rule knows: Azure alone writes those.
fn stripped(field: &Field, live: &Value) -> Value {
    match live {
        Value::Object(_) if !field.children.is_empty() => {
            let mut object = Map::new();
            for (name, child) in &field.children {
                if let Some(value) = live.get(name).filter(|value| !value.is_null()) {
                    object.insert((*name).to_owned(), stripped(child, value));
                }
            }
            Value::Object(object)
        }
        Value::Array(list) => match field.element.as_deref() {
            Some(element) => list.iter().map(|value| stripped(element, value)).collect(),
            None => live.clone(),
        },
        _ => live.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::patch;
    use crate::model::field::FieldRule;
    use crate::model::field_tree::Field;

    const RULES: &[FieldRule] = &[
        FieldRule::new("regions", "properties.profile.regions").keyed("name"),
        FieldRule::new("regions[].name", "properties.profile.regions[].name").region(),
        FieldRule::new("regions[].count", "properties.profile.regions[].count").number().default("1"),
        FieldRule::new("regions[].kind", "properties.profile.regions[].kind").leave(),
        FieldRule::new("note", "properties.profile.note").leave(),
        FieldRule::new("start", "properties.start").reset("{}"),
        FieldRule::new("tags", "tags").merged(),
    ];

    #[test]
    fn a_unit_carries_what_the_file_leaves_alone_and_drops_what_azure_writes() {
        let desired = json!({"properties": {"profile": {"regions": [{"name": "westeurope", "count": 2}]}}});
        let live = json!({"properties": {"profile": {"note": "kept", "publishedDate": "read-only",
            "regions": [{"name": "West Europe", "count": 1, "kind": "LRS"}, {"name": "East US"}]}}});
        let body = patch(&Field::tree(RULES), &desired, &live, &BTreeSet::from(["profile"]));
        assert_eq!(
            body,
            json!({"properties": {"profile": {"note": "kept",
            "regions": [{"name": "westeurope", "count": 2, "kind": "LRS"}]}}})
        );
    }

    #[test]
    fn a_unit_that_is_left_out_is_taken_away_and_foreign_tags_survive() {
        let desired = json!({"properties": {}, "tags": {"ours": "2"}});
        let live =
            json!({"properties": {"start": {"commandLine": "x"}}, "tags": {"ours": "1", "theirs": "y"}});
        let body = patch(&Field::tree(RULES), &desired, &live, &BTreeSet::from(["start", "tags"]));
        assert_eq!(body, json!({"properties": {"start": {}}, "tags": {"ours": "2", "theirs": "y"}}));
    }
}
