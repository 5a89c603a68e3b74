//! The one comparer: a desired body held against a live one, by the kind's field rules.
//! Decides nothing about what is done with a difference.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::Place;
use crate::model::desired::{Desired, pointer_part};
use crate::model::equal::{canonical, equal};
use crate::model::field::{Compare, Elements, Forces, Omitted};
use crate::model::field_tree::Field;
use crate::model::plan::Change;
use crate::model::stand_in;
use crate::plan::keys;

/// What comparing two bodies brought to light.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    /// What differs.
    pub(crate) changes: Vec<Change>,
    /// Live properties that the file does not write and that stay as they are, as users write them.
    pub(crate) left_alone: Vec<String>,
    /// Secrets that the file writes: Azure does not answer them, so nobody can say whether they differ.
    pub(crate) unseen: Vec<String>,
}

/// Compares the bodies. `places` says where the values of the desired body were written, by JSON pointer.
pub(crate) fn compare(
    tree: &Field,
    desired: &Value,
    live: &Value,
    places: &BTreeMap<String, Place>,
    entry: Place,
) -> Differences {
    let mut comparison = Comparison { places, entry, was: None, found: Differences::default() };
    comparison.field(tree, Some(desired), Some(live), &Spot::default());
    comparison.found
}

/// Compares what files ask for with what they asked for before. Other than of a live body, nothing of it is hidden or filled
/// in by Azure: secrets are compared (they are the names of their variables), and what the files leave out now is a
/// change, also where the live value stays.
pub(crate) fn compare_files(tree: &Field, desired: &Desired, before: &Desired) -> Differences {
    let Desired { places, place: entry, .. } = desired;
    let mut comparison =
        Comparison { places, entry: *entry, was: Some(before), found: Differences::default() };
    comparison.field(tree, Some(&desired.body), Some(&before.body), &Spot::default());
    comparison.found
}

struct Comparison<'a> {
    places: &'a BTreeMap<String, Place>,
    entry: Place,
    /// What files asked for before, if that is held against instead of a live body.
    was: Option<&'a Desired>,
    found: Differences,
}

/// Where the walk is: in the user's words, in the desired body, in the other one, and in which unit.
#[derive(Default)]
struct Spot {
    property: String,
    pointer: String,
    was: String,
    unit: String,
}

impl Spot {
    fn child(&self, name: &str, field: &Field) -> Self {
        let property = match (field.spec.rsplit(['.', ']']).next(), self.property.as_str()) {
            (None | Some(""), parent) => parent.to_owned(),
            (Some(last), "") => last.to_owned(),
            (Some(last), parent) => format!("{parent}.{last}"),
        };
        let unit = match self.unit.as_str() {
            "" if name != "properties" => name.to_owned(),
            unit => unit.to_owned(),
        };
        let below = |pointer: &str| format!("{pointer}/{}", pointer_part(name));
        Self { property, pointer: below(&self.pointer), was: below(&self.was), unit }
    }

    /// An element, by where it stands in either list.
    fn element(&self, index: Option<usize>, was: Option<usize>, shown: &str) -> Self {
        let below = |pointer: &str, index: Option<usize>| {
            index.map_or_else(|| pointer.to_owned(), |index| format!("{pointer}/{index}"))
        };
        Self {
            property: format!("{}[{shown}]", self.property),
            pointer: below(&self.pointer, index),
            was: below(&self.was, was),
            unit: self.unit.clone(),
        }
    }

    /// An entry of a map whose keys are the user's.
    fn entry(&self, key: &str) -> Self {
        let below = |pointer: &str| format!("{pointer}/{}", pointer_part(key));
        Self {
            property: format!("{}[{key}]", self.property),
            pointer: below(&self.pointer),
            was: below(&self.was),
            unit: self.unit.clone(),
        }
    }
}

impl Comparison<'_> {
    fn field(&mut self, field: &Field, desired: Option<&Value>, live: Option<&Value>, spot: &Spot) {
        let desired = desired.filter(|value| !value.is_null());
        let live = live.filter(|value| !value.is_null());
        match desired {
            None if field.known => self.omitted(field, live, spot),
            None => {
                for (name, child) in &field.children {
                    self.field(child, None, live.and_then(|live| live.get(name)), &spot.child(name, child));
                }
            }
            Some(desired) => self.written(field, desired, live, spot),
        }
    }

    /// The file says nothing here: the rule says what that means.
    fn omitted(&mut self, field: &Field, live: Option<&Value>, spot: &Spot) {
        let Some(live) = live.filter(|live| !is_empty(live)) else { return };
        if self.was.is_some() && (field.forces == Forces::CreateOnly || field.write_only) {
            return self.change(field, spot, Some(live), None);
        }
        if field.forces == Forces::CreateOnly {
            return;
        }
        match field.omitted {
            Omitted::Default(json) => {
                let default: Value = serde_json::from_str(json).unwrap_or(Value::Null);
                self.written(field, &default, Some(live), spot);
            }
            Omitted::Reset(json) => {
                let gone: Value = serde_json::from_str(json).unwrap_or(Value::Null);
                if *live != gone {
                    self.change(field, spot, Some(live), None);
                }
            }
            Omitted::Leave if self.was.is_some() => self.left(field, live, spot),
            Omitted::Leave if field.merged => {}
            Omitted::Leave => self.found.left_alone.push(spot.property.clone()),
        }
    }

    /// The files held it and do not any more; what is live stays.
    fn left(&mut self, field: &Field, before: &Value, spot: &Spot) {
        if field.merged
            && let Value::Object(map) = before
        {
            for (key, value) in map {
                self.left_whole(field, value, &spot.entry(key));
            }
            return;
        }
        self.left_whole(field, before, spot);
    }

    fn left_whole(&mut self, field: &Field, before: &Value, spot: &Spot) {
        self.found.left_alone.push(spot.property.clone());
        self.change(field, spot, Some(before), None);
    }

    fn written(&mut self, field: &Field, desired: &Value, live: Option<&Value>, spot: &Spot) {
        if field.write_only && self.was.is_none() {
            if field.compare == Compare::Secret {
                self.found.unseen.push(spot.property.clone());
            }
            return;
        }
        match (desired, field.elements) {
            _ if field.compare == Compare::Json => self.leaf(field, desired, live, spot),
            (Value::Object(_), _) if !field.children.is_empty() => self.object(field, desired, live, spot),
            (Value::Object(map), _) if field.merged => {
                for (key, value) in map {
                    let there = live.and_then(Value::as_object).into_iter().flatten();
                    let mut there = there.filter(|(name, _)| name.eq_ignore_ascii_case(key));
                    let there = there.next().map(|(_, value)| value);
                    if there != Some(value) {
                        self.change(field, &spot.entry(key), there, Some(value));
                    }
                }
                if self.was.is_some() {
                    for (key, value) in live.and_then(Value::as_object).into_iter().flatten() {
                        if !map.keys().any(|name| name.eq_ignore_ascii_case(key)) {
                            self.left_whole(field, value, &spot.entry(key));
                        }
                    }
                }
            }
            // A map whose keys alone are ours: Azure fills in the values (the identities of a pool).
            (Value::Object(map), Elements::Set) => {
                let keys = |value: &Value| {
                    let keys = value.as_object().into_iter().flatten();
                    let mut keys: Vec<String> = keys
                        .map(|(key, _)| canonical(field.compare, &key.as_str().into()).to_string())
                        .collect();
                    keys.sort();
                    keys
                };
                if keys(&Value::Object(map.clone())) != live.map(keys).unwrap_or_default() {
                    self.change(field, spot, live, Some(desired));
                }
            }
            (Value::Array(elements), Elements::Keyed(key)) => self.keyed(field, key, elements, live, spot),
            (Value::Array(elements), Elements::Set) => {
                let sorted = |values: &[Value]| {
                    let mut all: Vec<String> =
                        values.iter().map(|value| canonical(field.compare, value).to_string()).collect();
                    all.sort();
                    all
                };
                let there = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                if sorted(elements) != sorted(there) {
                    self.change(field, spot, live, Some(desired));
                }
            }
            (Value::Array(elements), Elements::Ordered) => self.ordered(field, elements, desired, live, spot),
            _ => self.leaf(field, desired, live, spot),
        }
    }

    fn object(&mut self, field: &Field, desired: &Value, live: Option<&Value>, spot: &Spot) {
        let before = self.found.changes.len();
        for (name, child) in &field.children {
            let there = live.and_then(|live| live.get(name));
            self.field(child, desired.get(name), there, &spot.child(name, child));
        }
        // What is not there at all is one addition, not one for each of its properties.
        if live.is_none() && field.known && self.found.changes.len() > before {
            self.found.changes.truncate(before);
            self.change(field, spot, None, Some(desired));
        }
    }

    fn keyed(&mut self, field: &Field, key: &str, elements: &[Value], live: Option<&Value>, spot: &Spot) {
        let Some(element) = field.element.as_deref() else {
            return self.leaf(field, &Value::from(elements.to_vec()), live, spot);
        };
        let there = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let same = |a: &Value, b: &Value| {
            keys::key(element, key, a).is_some_and(|a| Some(a) == keys::key(element, key, b))
        };
        // By name, so that the order in the file, which means nothing, is not seen in the plan.
        let named = |value: &Value| {
            let name = keys::shown(element, key, value);
            (name.parse::<u64>().ok(), name)
        };
        let mut by_name: Vec<(usize, &Value)> = elements.iter().enumerate().collect();
        by_name.sort_by_key(|(_, wanted)| named(wanted));
        for (index, wanted) in by_name {
            let was = there.iter().position(|value| same(wanted, value));
            let at = spot.element(Some(index), was, &keys::shown(element, key, wanted));
            match was.map(|was| &there[was]) {
                Some(found) => self.field(element, Some(wanted), Some(found), &at),
                None => self.change(field, &at, None, Some(wanted)),
            }
        }
        if field.merged && self.was.is_none() {
            return;
        }
        let leaving = there.iter().enumerate();
        let mut leaving: Vec<(usize, &Value)> =
            leaving.filter(|(_, gone)| !elements.iter().any(|wanted| same(wanted, gone))).collect();
        leaving.sort_by_key(|(_, gone)| named(gone));
        for (was, gone) in leaving {
            let at = spot.element(None, Some(was), &keys::shown(element, key, gone));
            if field.merged {
                self.left_whole(field, gone, &at);
            } else {
                self.change(field, &at, Some(gone), None);
            }
        }
    }

    fn ordered(
        &mut self,
        field: &Field,
        elements: &[Value],
        desired: &Value,
        live: Option<&Value>,
        spot: &Spot,
    ) {
        let there = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        match field.element.as_deref() {
            Some(element) if there.len() == elements.len() => {
                for (index, (wanted, found)) in elements.iter().zip(there).enumerate() {
                    let at = spot.element(Some(index), Some(index), &index.to_string());
                    self.field(element, Some(wanted), Some(found), &at);
                }
            }
            _ if elements.is_empty() && there.is_empty() => {}
            _ => self.leaf(field, desired, live, spot),
        }
    }

    fn leaf(&mut self, field: &Field, desired: &Value, live: Option<&Value>, spot: &Spot) {
        let same = match live {
            Some(live) => equal(field.compare, desired, live) || list_equal(field.compare, desired, live),
            // Azure leaves out what has its default.
            None => match field.omitted {
                Omitted::Default(json) => serde_json::from_str(json)
                    .is_ok_and(|default: Value| equal(field.compare, desired, &default)),
                Omitted::Reset(_) | Omitted::Leave => is_empty(desired),
            },
        };
        if !same {
            self.change(field, spot, live, Some(desired));
        }
    }

    fn change(&mut self, field: &Field, spot: &Spot, before: Option<&Value>, after: Option<&Value>) {
        self.found.changes.push(Change {
            property: spot.property.clone(),
            unit: spot.unit.clone(),
            before: before.map(|value| self.masked(field, value)),
            after: after.map(|value| self.masked(field, value)),
            forces: field.forces,
            place: Some(self.place(spot, after.is_none())),
            secret: field.compare == Compare::Secret,
        });
    }

    /// Where a value was written, or what contains it, or the resource's entry; what went stood in the files before.
    fn place(&self, spot: &Spot, gone: bool) -> Place {
        let (places, entry, mut pointer) = match self.was {
            Some(was) if gone => (&was.places, was.place, spot.was.as_str()),
            _ => (self.places, self.entry, spot.pointer.as_str()),
        };
        loop {
            if let Some(place) = places.get(pointer) {
                return *place;
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return entry,
            }
        }
    }

    /// The value as it may be shown: what is secret inside it is not there. Of files, a secret is the variable it is
    /// read from.
    fn masked(&self, field: &Field, value: &Value) -> Value {
        if field.compare == Compare::Secret {
            let variable = value.as_str().filter(|text| self.was.is_some() && stand_in::is_one(text));
            return variable.unwrap_or("(secret)").into();
        }
        match (value, field.element.as_deref()) {
            (Value::Object(object), None) => {
                let shown = object.iter().map(|(name, value)| {
                    let value = field
                        .children
                        .get(name.as_str())
                        .map_or_else(|| value.clone(), |child| self.masked(child, value));
                    (name.clone(), value)
                });
                Value::Object(shown.collect())
            }
            // One element of a list, or the list itself.
            (Value::Object(_), Some(element)) => self.masked(element, value),
            (Value::Array(elements), Some(element)) => {
                elements.iter().map(|value| self.masked(element, value)).collect()
            }
            _ => value.clone(),
        }
    }
}

/// Lists of single values, element by element.
fn list_equal(how: Compare, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(how, left, right))
        }
        _ => false,
    }
}

/// Empty lists, maps and texts say as little as nothing at all.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
