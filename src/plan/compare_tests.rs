//! Tests of the comparer, on a small table of its own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Differences, compare};
use crate::diag::{Place, Span};
use crate::model::field::FieldRule;
use crate::model::field_tree::Field;

const RULES: &[FieldRule] = &[
    FieldRule::new("location", "location").region(),
    FieldRule::new("tags", "tags").merged(),
    FieldRule::new("targetRegions", "properties.profile.targetRegions").keyed("name"),
    FieldRule::new("targetRegions[].name", "properties.profile.targetRegions[].name").region(),
    FieldRule::new("targetRegions[].count", "properties.profile.targetRegions[].count").number().default("1"),
    FieldRule::new("timeout", "properties.timeout").duration().default("\"PT15M\""),
    FieldRule::new("start", "properties.start").reset("{}").reboot(),
    FieldRule::new("start.commandLine", "properties.start.commandLine"),
    FieldRule::new("start.retries", "properties.start.retries").number().default("0"),
    FieldRule::new("subnets", "properties.subnets").set().id(),
    FieldRule::new("left", "properties.left").leave(),
    FieldRule::new("hidden", "properties.hidden").write_only(),
    FieldRule::new("identities", "identity.map").set().id(),
    FieldRule::new("users", "properties.users").keyed("name"),
    FieldRule::new("users[].name", "properties.users[].name"),
    FieldRule::new("users[].password", "properties.users[].password").secret(),
];

fn differences(desired: &Value, live: &Value) -> Differences {
    compare(&Field::tree(RULES), desired, live, &BTreeMap::new(), Place::default())
}

fn properties(desired: &Value, live: &Value) -> Vec<String> {
    differences(desired, live).changes.into_iter().map(|change| change.property).collect()
}

#[test]
fn azures_own_spelling_is_never_a_change() {
    let desired = json!({"location": "eastus2", "tags": {"a": "1"}, "properties": {"timeout": "PT900S",
        "subnets": ["/x/A", "/x/b"], "hidden": "secret",
        "profile": {"targetRegions": [{"name": "eastus2"}, {"name": "westeurope", "count": 1}]}}});
    let live = json!({"location": "East US 2", "tags": {"a": "1", "foreign": "x"}, "properties": {"timeout": "PT15M",
        "subnets": ["/x/B", "/x/a"], "readOnly": 7,
        "profile": {"targetRegions": [{"name": "West Europe", "count": 1}, {"name": "East US 2", "count": 1}]}}});
    assert_eq!(properties(&desired, &live), Vec::<String>::new());
}

#[test]
fn lists_with_a_key_are_compared_by_it() {
    let desired =
        json!({"properties": {"profile": {"targetRegions": [{"name": "a", "count": 3}, {"name": "c"}]}}});
    let live =
        json!({"properties": {"profile": {"targetRegions": [{"name": "b"}, {"name": "A", "count": 1}]}}});
    assert_eq!(
        properties(&desired, &live),
        ["targetRegions[a].count", "targetRegions[c]", "targetRegions[b]"]
    );
}

#[test]
fn omission_means_what_the_rule_says() {
    let live = json!({"properties": {"timeout": "PT30M", "start": {"commandLine": "x"}, "left": 1}});
    let found = differences(&json!({"properties": {}}), &live);
    let changed: Vec<_> = found.changes.iter().map(|c| (c.property.as_str(), c.after.clone())).collect();
    assert_eq!(changed, [("start", None), ("timeout", Some(json!("PT15M")))]);
    assert_eq!(found.left_alone, ["left"]);
}

#[test]
fn a_new_object_is_one_change_and_a_default_that_azure_omits_is_none() {
    let desired = json!({"properties": {"start": {"commandLine": "x", "retries": 0}}});
    assert_eq!(properties(&desired, &json!({"properties": {}})), ["start"]);
    assert_eq!(
        properties(&desired, &json!({"properties": {"start": {"commandLine": "x"}}})),
        Vec::<String>::new()
    );
    assert_eq!(properties(&json!({"properties": {"timeout": "PT15M"}}), &json!({})), Vec::<String>::new());
}

#[test]
fn a_change_knows_its_unit_and_its_place() {
    let desired = json!({"tags": {"a": "2"}, "properties": {"start": {"commandLine": "y"}}});
    let live = json!({"tags": {"a": "1"}, "properties": {"start": {"commandLine": "x"}}});
    let place = Place { span: Span { start: 3, end: 4 }, ..Place::default() };
    let places = BTreeMap::from([("/properties/start".to_owned(), place)]);
    let found = compare(&Field::tree(RULES), &desired, &live, &places, Place::default());
    let units: Vec<_> =
        found.changes.iter().map(|c| (c.unit.as_str(), c.property.as_str(), c.place)).collect();
    assert_eq!(
        units,
        [("start", "start.commandLine", Some(place)), ("tags", "tags[a]", Some(Place::default())),]
    );
}

#[test]
fn of_a_map_that_azure_fills_in_only_the_keys_count() {
    let live = json!({"identity": {"map": {"/X/One": {"clientId": "filled in"}}}});
    assert_eq!(properties(&json!({"identity": {"map": {"/x/one": {}}}}), &live), Vec::<String>::new());
    assert_eq!(properties(&json!({"identity": {"map": {"/x/two": {}}}}), &live), ["identities"]);
}

#[test]
fn no_change_shows_a_secret() {
    let desired = json!({"properties": {"users": [{"name": "a", "password": "canary"}]}});
    let found = differences(&desired, &json!({"properties": {}}));
    assert_eq!(found.changes[0].after, Some(json!({"name": "a", "password": "(secret)"})));
    let same = json!({"properties": {"users": [{"name": "a"}]}});
    assert_eq!(properties(&desired, &same), Vec::<String>::new());
}
