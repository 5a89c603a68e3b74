//! Managed disks, and the disk snapshots that are taken of them: one life, one set of rules.
//! What they hold stands in `disk_shape`, what they are made from in `disk_source`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute::disk_access;
use crate::emulator::azure::compute::disk_shape;
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::disk_state;
use crate::emulator::azure::compute::machine_disks;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::{self, NEWEST};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::guid;
use crate::emulator::regions::Region;
use crate::emulator::router::{Handler, Route};
use crate::emulator::store::{Resource, World};

const SNAPSHOT: &str = "Microsoft.Compute/snapshots";
const DISK: &str = "Microsoft.Compute/disks";
const VERSIONS: &[&str] = &[
    "2017-03-30",
    "2018-04-01",
    "2018-06-01",
    "2018-09-30",
    "2019-03-01",
    "2019-07-01",
    "2019-11-01",
    "2020-05-01",
    "2020-06-30",
    "2020-09-30",
    "2020-12-01",
    "2021-04-01",
    "2021-08-01",
    "2021-12-01",
    "2022-03-02",
    "2022-07-02",
    "2023-01-02",
    "2023-04-02",
    "2023-10-02",
    "2024-03-02",
    "2025-01-02",
    "2026-03-02",
];

/// GB of the largest disk.
const MOST_GB: i64 = 32_767;

const fn route(verb: Verb, kind: &'static str, handler: Handler) -> Route {
    Route { verb, kind, versions: VERSIONS, handler }
}

pub(crate) const ROUTES: &[Route] = &[
    route(Verb::Get, SNAPSHOT, disk_state::get),
    route(Verb::List, SNAPSHOT, disk_state::list),
    route(Verb::Put, SNAPSHOT, put),
    route(Verb::Patch, SNAPSHOT, patch),
    route(Verb::Delete, SNAPSHOT, delete),
    route(Verb::Post, "Microsoft.Compute/snapshots/beginGetAccess", disk_access::begin),
    route(Verb::Post, "Microsoft.Compute/snapshots/endGetAccess", disk_access::end),
    route(Verb::Get, DISK, disk_state::get),
    route(Verb::List, DISK, disk_state::list),
    route(Verb::Put, DISK, put),
    route(Verb::Patch, DISK, patch),
    route(Verb::Delete, DISK, delete),
    route(Verb::Post, "Microsoft.Compute/disks/beginGetAccess", disk_access::begin),
    route(Verb::Post, "Microsoft.Compute/disks/endGetAccess", disk_access::end),
];

fn model(kind: &str) -> &'static Model {
    if kind.ends_with("/snapshots") { &disk_shape::SNAPSHOT } else { &disk_shape::DISK }
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let model = model(&call.id.kind());
    compute::check_name(call.id.name(), model.word, 80)?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut properties = compute::properties(call, model)?;
    provisioning::refuse_if_going(old.as_ref())?;
    let write = if let Some(old) = &old {
        properties = change(&old.body["properties"], &properties, model.word)?;
        Write::Replace
    } else {
        disk_source::complete(world, &mut properties, region.name, model.word)?;
        check_size(&properties, model.word)?;
        finish(&mut properties, model.word);
        properties["timeCreated"] = json!(world.now.rfc3339_offset());
        properties["uniqueId"] = json!(world.next_guid());
        if properties["incremental"] == true {
            properties["incrementalSnapshotFamilyId"] = json!(world.next_guid());
        }
        Write::Create
    };
    let size = properties["diskSizeGB"].as_i64().unwrap_or(30);
    let mut resource = compute::assemble(world, call, old, region, &properties)?;
    complete_sku(&mut resource.body, model.word, region)?;
    let mut done = world.now + world.timings.small_write;
    if write == Write::Create {
        let copy = world.timings.snapshot_per_gb * u32::try_from(size).unwrap_or(0);
        let copied = done + copy.min(Duration::from_hours(1));
        if properties["creationData"]["createOption"] == "CopyStart" {
            // The write is over at once; the bytes follow in the background.
            resource.hidden["copy"] = json!({"from": world.now.0, "until": copied.0});
        } else {
            done = copied;
        }
    }
    machine_disks::grow(world, &resource);
    Ok(provisioning::begin(world, call, &provisioning::DISK, write, resource, done, None))
}

/// The storage type: one that there is, with its tier; zone-redundant ones only where there are zones.
pub(crate) fn complete_sku(body: &mut Value, word: &str, region: &Region) -> Result<()> {
    compute::default(&mut body["sku"], "name", "Standard_LRS");
    let known = if word == "snapshot" { disk_shape::SNAPSHOT_SKUS } else { disk_shape::DISK_SKUS };
    let sent = body["sku"]["name"].as_str().unwrap_or_default();
    let Some(name) = known.iter().find(|known| known.eq_ignore_ascii_case(sent)) else {
        return Err(Failure::value(&format!("{word}.sku.name"), sent));
    };
    if name.ends_with("_ZRS") && !region.zones {
        let text =
            format!("The storage account type '{name}' is not supported in the location '{}'.", region.name);
        return Err(Failure::parameter(&format!("{word}.sku.name"), text));
    }
    let tier = match name.split('_').next() {
        Some("Premium" | "PremiumV2") => "Premium",
        Some("UltraSSD") => "Ultra",
        _ => "Standard",
    };
    body["sku"] = json!({"name": name, "tier": tier});
    Ok(())
}

/// What every disk and snapshot answers.
pub(crate) fn finish(properties: &mut Value, word: &str) {
    compute::default(properties, "diskSizeGB", 30);
    let size = properties["diskSizeGB"].as_i64().unwrap_or(30);
    properties["diskSizeBytes"] = json!(size * 1024 * 1024 * 1024);
    compute::default(properties, "diskState", "Unattached");
    compute::default(properties, "encryption", json!({"type": "EncryptionAtRestWithPlatformKey"}));
    compute::default(properties, "networkAccessPolicy", "AllowAll");
    compute::default(properties, "publicNetworkAccess", "Enabled");
    if word == "snapshot" {
        compute::default(properties, "incremental", false);
    }
}

/// Refuses a size that no disk has.
fn check_size(properties: &Value, word: &str) -> Result<()> {
    match properties["diskSizeGB"].as_i64() {
        Some(size) if !(1..=MOST_GB).contains(&size) => {
            Err(compute::out_of_range(&format!("{word}.diskSizeGB"), size, 1, MOST_GB))
        }
        _ => Ok(()),
    }
}

/// The properties that stand, with what was sent over them: creation data is fixed, and sizes only grow.
fn change(live: &Value, sent: &Value, word: &str) -> Result<Value> {
    for (name, value) in sent["creationData"].as_object().into_iter().flatten() {
        if !compute::same(&live["creationData"][name.as_str()], value) {
            return Err(compute::change_refused(&format!("{word}.creationData.{name}")));
        }
    }
    for field in ["hyperVGeneration", "incremental", "purchasePlan"] {
        if !sent[field].is_null() && !live[field].is_null() && !compute::same(&live[field], &sent[field]) {
            return Err(compute::change_refused(&format!("{word}.{field}")));
        }
    }
    let mut properties = compute::overlay(live, sent);
    properties["creationData"] = live["creationData"].clone();
    let (new, size) = (properties["diskSizeGB"].as_i64(), live["diskSizeGB"].as_i64());
    if new < size {
        let text = format!("The new disk size in GB must not be less than the current size of the {word}.");
        return Err(Failure::arm(409, "OperationNotAllowed", text).on(&format!("{word}.diskSizeGB")));
    }
    check_size(&properties, word)?;
    finish(&mut properties, word);
    Ok(properties)
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = compute::find(world, call)?.clone();
    let model = model(&resource.kind);
    provisioning::refuse_if_going(Some(&resource))?;
    let sent = compute::properties(call, model)?;
    resource.body["properties"] = change(&resource.body["properties"], &sent, model.word)?;
    let body = call.object()?;
    compute::patch_tags(&mut resource.body, body);
    if body["sku"].is_object() {
        resource.body["sku"] = body["sku"].clone();
        let region = compute::region_of(&resource);
        complete_sku(&mut resource.body, model.word, region)?;
    }
    machine_disks::grow(world, &resource);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::DISK, Write::Patch, resource, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    if let Some(found) = world.get(&call.id.path()) {
        if let Some(machine) = found.body["managedBy"].as_str() {
            let text = format!("Disk {} is attached to VM {machine}.", call.id.name());
            return Err(Failure::arm(409, "OperationNotAllowed", text));
        }
        disk_access::refuse_while_shared(found, world, "deleting")?;
        let id = found.id.clone();
        lose_copies(world, &id);
    }
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::DISK, length)
}

/// Background copies that still read from a source which goes never end.
fn lose_copies(world: &mut World, source: &str) {
    let now = world.now;
    let reading: Vec<String> = world
        .below("", "microsoft.compute/snapshots")
        .filter(|copy| disk_state::copied(copy, now).is_some_and(|percent| percent < 100.0))
        .filter(|copy| {
            let from = copy.body["properties"]["creationData"]["sourceResourceId"].as_str();
            from.is_some_and(|from| from.eq_ignore_ascii_case(source))
        })
        .map(|copy| copy.id.clone())
        .collect();
    for copy in reading {
        world.edit(&copy, |copy| copy.hidden["copy"]["lost"] = json!(now.0));
    }
}

/// Completes one that a seed names.
pub(crate) fn planted(world: &World, resource: &mut Resource) {
    let model = model(&resource.kind);
    let noun = model.word;
    let mut properties = shape::take(&resource.body["properties"], model.properties, noun, NEWEST)
        .unwrap_or_else(|_| json!({}));
    let region = compute::region_of(resource);
    // A seed says what matters: what it does not say may be missing.
    let source = disk_source::complete(world, &mut properties, region.name, noun);
    if source.is_err() {
        compute::default(&mut properties["creationData"], "createOption", "Empty");
    }
    finish(&mut properties, noun);
    properties["timeCreated"] = json!(resource.created_at.rfc3339_offset());
    properties["uniqueId"] = json!(guid::of_text(&resource.id));
    properties["provisioningState"] = json!("Succeeded");
    if resource.body["managedBy"].is_string() {
        properties["diskState"] = json!("Reserved");
    }
    resource.body["properties"] = properties;
    if complete_sku(&mut resource.body, noun, region).is_err() {
        resource.body["sku"] = json!({"name": "Standard_LRS", "tier": "Standard"});
    }
}

#[cfg(test)]
mod tests;
