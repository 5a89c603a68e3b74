//! What planning saw of a resource, for the guards of its writes: where it stands, and how it is read again.
//! Compares nothing; a guard does.

use serde_json::Value;

use crate::model::desired::Desired;
use crate::model::field::Forces;
use crate::model::field_tree::Field;
use crate::model::kind::{MarkHome, Planning};
use crate::model::mark;
use crate::model::request::Request;
use crate::model::retention::RETIRED;
use crate::model::snapshot::Live;

/// Whose planning saw it was, for the guard.
pub(super) fn mark_seen(kind: &dyn Planning, live: Option<&Live>) -> (String, Option<Value>) {
    let pointer = match kind.mark_home() {
        MarkHome::Tags => format!("/tags/{}", mark::KEY),
        MarkHome::Metadata => "/properties/metadata".to_owned(),
        MarkHome::Name => "/name".to_owned(),
    };
    let value = live.and_then(|live| live.body.pointer(&pointer)).cloned();
    (pointer, value)
}

/// Whoever offers an old version again, or takes the day away on which it was retired, wants to keep it.
pub(super) fn retired_seen(live: &Live) -> Option<Vec<(String, Option<Value>)>> {
    let tag = format!("/tags/{RETIRED}");
    live.body.pointer(&tag)?;
    let profile = "/properties/publishingProfile";
    let pointers = [tag, format!("{profile}/excludeFromLatest"), format!("{profile}/targetRegions")];
    Some(with_values(pointers.into(), live))
}

/// What planning saw of a unit, for the guard: the properties that we know. What Azure alone writes beside them (when
/// a version was published) may move.
pub(super) fn seen(tree: &Field, unit: &str, live: &Live) -> Vec<(String, Option<Value>)> {
    let under = tree.children.get("properties").and_then(|properties| properties.children.get(unit));
    let (pointer, field) = match under {
        Some(field) => (format!("/properties/{unit}"), Some(field)),
        None => (format!("/{unit}"), tree.children.get(unit)),
    };
    let mut pointers = Vec::new();
    match field {
        Some(field) => known(field, pointer, false, &mut pointers),
        None => pointers.push(pointer),
    }
    with_values(pointers, live)
}

/// The read that shows what planning has seen of a resource.
pub(super) fn as_observed(kind: &dyn Planning, desired: &Desired, live: &Live) -> Request {
    match kind.detail().filter(|detail| detail.of.includes(Some(&desired.body), live)) {
        Some(detail) => detail.read(&live.id, kind.api_version()),
        None => Request::get(&live.id, kind.api_version()),
    }
}

/// What planning saw of what only an action changes.
pub(super) fn called(tree: &Field, live: &Live) -> Vec<(String, Option<Value>)> {
    let mut pointers = Vec::new();
    known(tree, String::new(), true, &mut pointers);
    with_values(pointers, live)
}

fn with_values(pointers: Vec<String>, live: &Live) -> Vec<(String, Option<Value>)> {
    let value = |pointer: String| {
        let value = live.body.pointer(&pointer).cloned();
        (pointer, value)
    };
    pointers.into_iter().map(value).collect()
}

/// The places of the properties that have a rule and none below it: in an object that has one, Azure writes things, too.
/// Either of those that an action changes, or of the others.
fn known(field: &Field, pointer: String, called: bool, pointers: &mut Vec<String>) {
    if field.children.is_empty() {
        if (field.forces == Forces::Call) == called {
            pointers.push(pointer);
        }
        return;
    }
    for (name, child) in &field.children {
        known(child, format!("{pointer}/{name}"), called, pointers);
    }
}
