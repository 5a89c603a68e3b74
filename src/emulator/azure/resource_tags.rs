//! Tags at a scope: `…/providers/Microsoft.Resources/tags/default` of a subscription, a group or a resource.
//! Another way to the same tags that the thing itself answers, and which are in use; nothing is stored apart.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::emulator::azure::resource_group;
use crate::emulator::azure::tags;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

const TYPE: &str = "Microsoft.Resources/tags";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: TYPE, versions: resource_group::VERSIONS, handler: get },
    Route { verb: Verb::Put, kind: TYPE, versions: resource_group::VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: TYPE, versions: resource_group::VERSIONS, handler: patch },
    Route { verb: Verb::List, kind: "tagNames", versions: resource_group::VERSIONS, handler: names },
    Route { verb: Verb::Delete, kind: TYPE, versions: resource_group::VERSIONS, handler: delete },
];

/// What the tags are of.
fn tagged(world: &World, call: &Call) -> Result<Resource> {
    let found = world.get(&call.id.attached_to());
    match found.filter(|_| call.id.name().eq_ignore_ascii_case("default")) {
        Some(found) => Ok(found.clone()),
        None => Err(router::not_found(call)),
    }
}

fn view(resource: &Resource) -> Answer {
    let tags = match &resource.body["tags"] {
        Value::Object(tags) => tags.clone(),
        _ => Map::new(),
    };
    Answer::ok(json!({
        "id": format!("{}/providers/{TYPE}/default", resource.id), "name": "default", "type": TYPE,
        "properties": {"tags": tags},
    }))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    Ok(view(&tagged(world, call)?))
}

/// The tags in a body, checked; none is an empty object.
fn sent(call: &Call) -> Result<Map<String, Value>> {
    let properties = &call.object()?["properties"];
    tags::check(properties)?;
    Ok(properties["tags"].as_object().cloned().unwrap_or_default())
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let resource = tagged(world, call)?;
    store(world, resource, sent(call)?)
}

/// The name a tag stands under, in any case.
fn known<'a>(tags: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    tags.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let resource = tagged(world, call)?;
    let sent = sent(call)?;
    let mut now = resource.body["tags"].as_object().cloned().unwrap_or_default();
    match call.object()?["operation"].as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
        "replace" => now = sent,
        "merge" => {
            for (name, value) in sent {
                let name = known(&now, &name).map_or(name.clone(), str::to_owned);
                now.insert(name, value);
            }
        }
        "delete" => {
            for (name, value) in sent {
                let found = known(&now, &name).map(str::to_owned);
                // A name alone takes the tag whatever its value.
                if let Some(found) = found.filter(|found| value == "" || now.get(found) == Some(&value)) {
                    now.remove(&found);
                }
            }
        }
        other => {
            let text =
                format!("The tags patch operation '{other}' is not one of 'Replace', 'Merge', 'Delete'.");
            return Err(Failure::arm(400, "InvalidTagsPatchOperation", text));
        }
    }
    store(world, resource, now)
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = tagged(world, call)?;
    if let Some(body) = resource.body.as_object_mut() {
        body.remove("tags");
    }
    world.put(resource);
    Ok(Answer::empty(200))
}

fn store(world: &mut World, mut resource: Resource, now: Map<String, Value>) -> Result<Answer> {
    // Together they may be too many, though each request's are not.
    tags::check(&json!({"tags": now}))?;
    resource.body["tags"] = Value::Object(now);
    resource.changed_at = world.now;
    let answer = view(&resource);
    world.put(resource);
    Ok(answer)
}

/// The tags in use in a subscription, with how often each is.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn names(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default());
    let own = world.get(&scope).into_iter();
    let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for resource in own.chain(world.all_below(&scope)) {
        for (name, value) in resource.body["tags"].as_object().into_iter().flatten() {
            let known = counts.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
            let values = counts.entry(known.unwrap_or_else(|| name.clone())).or_default();
            *values.entry(value.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let count = |number: u64| json!({"type": "Total", "value": number});
    let each = counts.iter().map(|(name, values)| {
        let id = format!("{scope}/tagNames/{name}");
        let values_told = values.iter().map(|(value, number)| {
            json!({"id": format!("{id}/tagValues/{value}"), "tagValue": value, "count": count(*number)})
        });
        let told: Vec<Value> = values_told.collect();
        json!({"id": id, "tagName": name, "count": count(values.values().sum()), "values": told})
    });
    Ok(Answer::ok(json!({"value": each.collect::<Vec<Value>>()})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::testing::{RG1, S1, arm, ask, emulator};

    const V: &str = "/providers/Microsoft.Resources/tags/default?api-version=2024-07-01";

    #[test]
    fn tags_are_changed_at_every_scope_and_seen_on_the_thing_itself() {
        let it = emulator();
        let image = format!("{RG1}/providers/Microsoft.Compute/images/img1");
        for scope in [S1, RG1, &image] {
            let all = format!("{scope}{V}");
            let tags = |method: &str, body: Value| {
                ask(&it, method, &all, Some(body)).1["properties"]["tags"].clone()
            };
            let of = |tags: Value| json!({"properties": {"tags": tags}});
            let patch =
                |operation: &str, tags: Value| json!({"operation": operation, "properties": {"tags": tags}});
            assert_eq!(tags("PUT", of(json!({"a": "1", "b": "2"}))), json!({"a": "1", "b": "2"}));
            assert_eq!(
                tags("PATCH", patch("Merge", json!({"A": "3", "c": "4"}))),
                json!({"a": "3", "b": "2", "c": "4"})
            );
            assert_eq!(
                tags("PATCH", patch("Delete", json!({"b": "x", "c": "4"}))),
                json!({"a": "3", "b": "2"})
            );
            assert_eq!(tags("PATCH", patch("Replace", json!({"z": "9"}))), json!({"z": "9"}));
            assert_eq!(ask(&it, "PATCH", &all, Some(patch("Add", json!({})))).0, 400);
            let own = ask(
                &it,
                "GET",
                &format!("{scope}?api-version={}", if scope == S1 { "2022-12-01" } else { "2024-07-01" }),
                None,
            );
            assert_eq!(own.1["tags"], json!({"z": "9"}));
            assert_eq!(arm(&it, "DELETE", &all, None).status, 200);
            assert_eq!(ask(&it, "GET", &all, None).1["properties"]["tags"], json!({}));
        }
        assert_eq!(ask(&it, "GET", &format!("{image}x{V}"), None).0, 404);
        for (scope, name) in [(RG1, "team"), (&image, "Team")] {
            let body = json!({"properties": {"tags": {name: "red"}}});
            assert_eq!(ask(&it, "PUT", &format!("{scope}{V}"), Some(body)).0, 200);
        }
        let (_, used) = ask(&it, "GET", &format!("{S1}/tagNames?api-version=2024-07-01"), None);
        assert_eq!(
            (&used["value"][0]["count"]["value"], used["value"].as_array().map(Vec::len)),
            (&json!(2), Some(1))
        );
    }
}
