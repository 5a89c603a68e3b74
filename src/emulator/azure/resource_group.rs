//! Resource groups: get, list, check, make, tag.
//! How one goes is told in `resource_group_deletion`.

use serde_json::{Value, json};

use crate::emulator::azure::authorization::grants;
use crate::emulator::azure::tags;
use crate::emulator::azure::{resource_group_deletion, resource_list};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The kind resource groups are filed under.
pub(crate) const KIND: &str = "resourcegroups";

/// The api-versions of Microsoft.Resources: groups, providers, tags, lists of resources.
pub(crate) const VERSIONS: &[&str] = &[
    "2016-09-01",
    "2017-05-10",
    "2018-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::List, kind: "resourcegroups", versions: VERSIONS, handler: list },
    Route { verb: Verb::Get, kind: "resourcegroups", versions: VERSIONS, handler: get },
    Route { verb: Verb::Head, kind: "resourcegroups", versions: VERSIONS, handler: head },
    Route { verb: Verb::Put, kind: "resourcegroups", versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: "resourcegroups", versions: VERSIONS, handler: patch },
];

/// A group as it is filed.
pub(crate) fn planted(subscription: &str, name: &str, region: &str) -> Resource {
    let id = format!("/subscriptions/{subscription}/resourceGroups/{name}");
    let body = json!({
        "id": id, "name": name, "type": "Microsoft.Resources/resourceGroups", "location": region,
        "properties": {"provisioningState": "Succeeded"},
    });
    Resource { id, kind: KIND.to_owned(), body, ..Resource::default() }
}

/// The group of a call, or 404.
pub(crate) fn find<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    world.get(&call.id.path()).ok_or_else(|| {
        let text = format!("Resource group '{}' could not be found.", call.id.name());
        Failure::arm(404, "ResourceGroupNotFound", text)
    })
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default());
    let filter = resource_list::Filter::read(call)?;
    let call = resource_list::with_top(call)?;
    let read = "Microsoft.Resources/subscriptions/resourceGroups/read";
    let mine = |group: &&Resource| grants::may(world, &call.caller, read, &group.id);
    let groups = world.below(&scope, KIND).filter(|group| filter.admits(&group.body)).filter(mine);
    Ok(page::list(&call, groups, |it| it.body.clone()))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    Ok(Answer::ok(find(world, call)?.body.clone()))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn head(world: &mut World, call: &Call) -> Result<Answer> {
    Ok(Answer::empty(if find(world, call).is_ok() { 204 } else { 404 }))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let body = call.object()?;
    let name = call.id.name();
    let allowed = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    if name.chars().count() > 90 || name.ends_with('.') || !name.chars().all(allowed) {
        let text = format!(
            "The provided resource group name '{name}' has these invalid characters: '{}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'.",
            name.chars().filter(|c| !allowed(*c)).collect::<String>()
        );
        return Err(Failure::arm(400, "InvalidResourceGroup", text));
    }
    let Some(location) = body["location"].as_str() else {
        return Err(Failure::arm(
            400,
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    let Some(region) = regions::find(location) else {
        let text = format!("The provided location '{location}' is not available for resource group.");
        return Err(Failure::arm(400, "LocationNotAvailableForResourceGroup", text));
    };
    tags::check(body)?;
    check_managed_by(body)?;
    let subscription = call.id.subscription.clone().unwrap_or_default().to_ascii_lowercase();
    let old = world.get(&call.id.path()).cloned();
    if let Some(live) = old.as_ref().and_then(|old| old.body["location"].as_str())
        && live != region.name
    {
        let text = format!(
            "Invalid resource group location '{}'. The Resource group already exists in location '{live}'.",
            region.name
        );
        return Err(Failure::arm(409, "InvalidResourceGroupLocation", text));
    }
    resource_group_deletion::refuse_if_going(world, &call.id.path())?;
    let existed = old.is_some();
    let mut group = old.unwrap_or_else(|| planted(&subscription, name, region.name));
    if let Some(fields) = group.body.as_object_mut() {
        for name in ["tags", "managedBy"] {
            fields.remove(name);
            if !body[name].is_null() {
                fields.insert(name.to_owned(), body[name].clone());
            }
        }
    }
    group.changed_at = world.now;
    let answer = group.body.clone();
    world.put(group);
    Ok(Answer::json(if existed { 200 } else { 201 }, answer))
}

fn check_managed_by(body: &Value) -> Result<()> {
    match &body["managedBy"] {
        Value::Null | Value::String(_) => Ok(()),
        _ => Err(Failure::content("The value of 'managedBy' must be a string")),
    }
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let body = call.object()?;
    tags::check(body)?;
    let mut group = find(world, call)?.clone();
    check_managed_by(body)?;
    for name in ["tags", "managedBy"] {
        if !body[name].is_null() {
            group.body[name] = body[name].clone();
        }
    }
    let answer: Value = group.body.clone();
    world.put(group);
    Ok(Answer::ok(answer))
}
