//! A live body as an entry, by the kind's field table read backwards.
//! What Azure would do by itself is left out, so that an entry says what somebody has chosen.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::kinds::importing::{ENVELOPE, Importing};
use crate::model::equal::{canonical, equal};
use crate::model::field::{Compare, Elements, Omitted};
use crate::model::field_tree::Field;
use crate::model::{mark, region};

/// The prefix of names that are ours: of tags, and of entries of metadata.
const OURS: &str = mark::KEY;
/// A property beside a secret with which Azure needs none.
const INSTEAD: &str = "identityReference";

/// What a body comes to.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The properties.
    pub(super) value: Map<String, Value>,
    /// What stands as comments in it, by the pointer of the map it is about.
    pub(super) remarks: BTreeMap<String, Vec<String>>,
    /// What Azure has, by its place in the body, and no row of the table says how it is written.
    pub(super) unsaid: Vec<String>,
}

/// The entry for a body.
pub(super) fn entry(tree: &Field, importing: &Importing, body: &Value) -> Entry {
    let mut reading = Reading { importing, found: Entry::default() };
    let mut value = Map::new();
    reading.properties(tree, body, &Spot::default(), &mut value, true);
    Entry { value, ..reading.found }
}

/// Where the walk is: in the body, and in the entry.
#[derive(Default, Clone)]
struct Spot {
    body: String,
    spec: String,
    pointer: String,
}

struct Reading<'a> {
    importing: &'a Importing,
    found: Entry,
}

impl Reading<'_> {
    /// Adds the properties of an object. `brief`: without those that may be left out.
    fn properties(
        &mut self,
        field: &Field,
        live: &Value,
        at: &Spot,
        into: &mut Map<String, Value>,
        brief: bool,
    ) {
        for (name, live) in live.as_object().into_iter().flatten().filter(|(_, live)| !is_nothing(live)) {
            let body = join(&at.body, name);
            if self.is_told(&body) {
                continue;
            }
            match field.children.get(name.as_str()) {
                Some(child) if child.known => {
                    self.property(child, live, &Spot { body, ..at.clone() }, into, brief);
                }
                Some(child) => self.properties(child, live, &Spot { body, ..at.clone() }, into, brief),
                None if *live == Value::Bool(false) => {}
                None => self.found.unsaid.push(body),
            }
        }
        self.secrets(field, live, at);
    }

    fn property(
        &mut self,
        field: &Field,
        live: &Value,
        at: &Spot,
        into: &mut Map<String, Value>,
        brief: bool,
    ) {
        if field.write_only || (brief && may_be_left_out(field, live)) {
            return;
        }
        let relative = field.spec.strip_prefix(at.spec.as_str()).unwrap_or(field.spec);
        let route: Vec<&str> =
            relative.trim_start_matches("[]").split('.').filter(|key| !key.is_empty()).collect();
        let Some((key, above)) = route.split_last() else { return };
        let pointer = route.iter().fold(at.pointer.clone(), |pointer, key| format!("{pointer}/{key}"));
        let spot = Spot { body: at.body.clone(), spec: field.spec.to_owned(), pointer };
        let Some(value) = self.value(field, live, &spot, brief) else { return };
        let mut map = into;
        for key in above {
            let inner = map.entry((*key).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = inner else { return };
            map = inner;
        }
        map.insert((*key).to_owned(), value);
    }

    /// The value, or nothing where all of it may be left out.
    fn value(&mut self, field: &Field, live: &Value, at: &Spot, brief: bool) -> Option<Value> {
        match live {
            _ if field.compare == Compare::Json => Some(live.clone()),
            Value::Object(_) if !field.children.is_empty() => {
                let mut inner = Map::new();
                self.properties(field, live, at, &mut inner, brief);
                // Of what is reset as a whole something must stand there, lest it is taken away.
                if inner.is_empty() && brief && !matches!(field.omitted, Omitted::Leave) {
                    self.properties(field, live, at, &mut inner, false);
                }
                let has_remarks = self.found.remarks.contains_key(&at.pointer);
                (!inner.is_empty() || has_remarks).then_some(Value::Object(inner))
            }
            Value::Object(map) if field.merged => {
                let theirs = map.iter().filter(|(key, _)| !is_ours(key));
                let theirs: Map<String, Value> =
                    theirs.map(|(key, value)| (key.clone(), value.clone())).collect();
                (!theirs.is_empty()).then_some(Value::Object(theirs))
            }
            // A map whose keys alone are the user's is written as a list of them.
            Value::Object(map) if field.elements == Elements::Set => {
                Some(map.keys().map(|key| Value::from(key.as_str())).collect())
            }
            Value::Array(list) => {
                let is_theirs = |element: &&Value| {
                    let name = element.get("name").and_then(Value::as_str);
                    !(field.merged && name.is_some_and(is_ours))
                };
                let theirs: Vec<&Value> = list.iter().filter(is_theirs).collect();
                let elements: Vec<Value> = theirs
                    .iter()
                    .enumerate()
                    .map(|(index, element)| self.element(field, element, at, index))
                    .collect();
                (!elements.is_empty() || !field.merged).then_some(Value::Array(elements))
            }
            single => Some(spelled(field, single)),
        }
    }

    fn element(&mut self, field: &Field, element: &Value, at: &Spot, index: usize) -> Value {
        let Some(inner) = field.element.as_deref().filter(|_| element.is_object()) else {
            return spelled(field, element);
        };
        let spot = Spot {
            body: format!("{}[]", at.body),
            spec: format!("{}[]", field.spec),
            pointer: format!("{}/{index}", at.pointer),
        };
        let mut map = Map::new();
        self.properties(inner, element, &spot, &mut map, true);
        Value::Object(map)
    }

    /// Says of secrets that may be there that they are not here.
    fn secrets(&mut self, field: &Field, live: &Value, at: &Spot) {
        if live.get(INSTEAD).is_some_and(|instead| !is_nothing(instead)) {
            return;
        }
        for name in
            field.children.iter().filter(|(_, child)| child.compare == Compare::Secret).map(|(name, _)| name)
        {
            if is_needless(name, live) {
                continue;
            }
            let text =
                format!("`{name}` is never told by Azure: where there is one, write `{name}: ${{env:NAME}}`");
            let remarks = self.found.remarks.entry(at.pointer.clone()).or_default();
            if !remarks.contains(&text) {
                remarks.push(text);
            }
        }
    }

    fn is_told(&self, body: &str) -> bool {
        ENVELOPE.contains(&body) || self.importing.told.contains(&body)
    }
}

/// A registry without a user is asked without a password.
fn is_needless(secret: &str, live: &Value) -> bool {
    secret == "password" && live.get("registryServer").is_some() && live.get("username").is_none()
}

/// Whether an entry without the property asks for what is there.
fn may_be_left_out(field: &Field, live: &Value) -> bool {
    match field.omitted {
        _ if is_nothing(live) => true,
        Omitted::Default(json) => {
            serde_json::from_str(json).is_ok_and(|default: Value| is_same(field, &default, live))
        }
        Omitted::Reset(json) => serde_json::from_str(json).is_ok_and(|gone: Value| gone == *live),
        Omitted::Leave => false,
    }
}

/// Whether a default is what is there, with the defaults of what it does not say.
fn is_same(field: &Field, default: &Value, live: &Value) -> bool {
    match (default, live) {
        (Value::Object(default), Value::Object(live)) if !field.children.is_empty() => {
            field.children.iter().all(|(name, child)| {
                match (default.get(*name), live.get(*name).filter(|live| !is_nothing(live))) {
                    (Some(default), Some(live)) => is_same(child, default, live),
                    (Some(default), None) => may_be_left_out(child, default),
                    (None, Some(live)) => may_be_left_out(child, live),
                    (None, None) => true,
                }
            })
        }
        (Value::Array(default), Value::Array(live)) => {
            default.len() == live.len()
                && default.iter().zip(live).all(|(default, live)| equal(field.compare, default, live))
        }
        _ => equal(field.compare, default, live),
    }
}

/// A single value as a person writes it.
fn spelled(field: &Field, value: &Value) -> Value {
    match (field.compare, value.as_str()) {
        (Compare::Region, Some(text)) => region::normal(text).into(),
        (Compare::Number, _) => canonical_number(value),
        (Compare::DateTime, Some(text)) => {
            let day = Value::from(text.get(.."2026-11-26".len()).unwrap_or(text));
            if equal(Compare::DateTime, &day, value) { day } else { value.clone() }
        }
        _ => value.clone(),
    }
}

/// `3.0` and `"3"` as `3`.
fn canonical_number(value: &Value) -> Value {
    let number = canonical(Compare::Number, value);
    let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    match whole.map(|whole| format!("{whole:.0}").parse::<i64>()) {
        Some(Ok(whole)) => whole.into(),
        _ => value.clone(),
    }
}

fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == OURS || name.strip_prefix(OURS).is_some_and(|rest| rest.starts_with('-'))
}

/// Empty values say as little as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
