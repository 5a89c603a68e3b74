//! Disk snapshots, and the managed disks they are taken from: one life, one set of rules.
//! What they hold stands in `disk_shape`, what they are made from in `disk_source`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute::disk_access;
use crate::emulator::azure::compute::disk_shape;
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::disk_state;
use crate::emulator::azure::compute::gallery;
use crate::emulator::azure::compute::machine_disks;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::{self, NEWEST};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::guid;
use crate::emulator::regions::Region;
use crate::emulator::router::Route;
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

const fn route(verb: Verb, kind: &'static str, handler: crate::emulator::router::Handler) -> Route {
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
    gallery::refuse_if_going(old.as_ref())?;
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
        let text = format!("The value '{sent}' of parameter '{word}.sku.name' is invalid.");
        return Err(Failure::parameter(&format!("{word}.sku.name"), text));
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
    gallery::refuse_if_going(Some(&resource))?;
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
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{RG1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2024-03-02";

    #[test]
    fn a_copy_takes_time_and_has_what_its_source_has() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/snapshots/snap1{V}");
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
        let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": disk.to_lowercase()}}});
        let made = arm(&it, "PUT", &path, Some(body.clone()));
        assert_eq!(made.status, 202);
        let monitor = made.header("location").unwrap().replace("https://127.0.0.1:8443", "");
        assert_eq!(arm(&it, "GET", &monitor, None).status, 202);
        wait(&it, 30);
        let (status, done) = ask(&it, "GET", &monitor, None);
        let properties = &done["properties"];
        assert_eq!((status, &properties["provisioningState"]), (200, &json!("Succeeded")));
        assert_eq!(
            (&properties["osType"], &properties["hyperVGeneration"], &properties["diskSizeGB"]),
            (&json!("Linux"), &json!("V2"), &json!(30))
        );
        assert_eq!(properties["creationData"]["sourceResourceId"], disk);
        assert_eq!(done["sku"], json!({"name": "Standard_LRS", "tier": "Standard"}));
        assert_eq!(arm(&it, "PUT", &path, Some(body.clone())).status, 202);
        let mut changed = body;
        changed["properties"]["creationData"]["sourceResourceId"] = json!(format!("{disk}x"));
        assert_eq!(ask(&it, "PUT", &path, Some(changed)).1["error"]["code"], "PropertyChangeNotAllowed");
        assert_eq!(ask(&it, "PATCH", &path, Some(json!({"properties": {"diskSizeGB": 10}}))).0, 409);
    }

    #[test]
    fn a_source_that_is_not_there_and_a_size_that_no_disk_has_are_refused() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/snapshots/snap1{V}");
        let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": format!("{RG1}/providers/Microsoft.Compute/disks/none")}}});
        assert_eq!(ask(&it, "PUT", &path, Some(body)).0, 404);
        assert_eq!(ask(&it, "PUT", &path, Some(json!({"location": "eastus", "properties": {}}))).0, 400);
        for (size, status) in [(-5, 400), (0, 400), (32_768, 400), (32_767, 202)] {
            let disk = format!("{RG1}/providers/Microsoft.Compute/disks/sized{V}");
            let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Empty"}, "diskSizeGB": size}});
            assert_eq!(ask(&it, "PUT", &disk, Some(body)).0, status, "{size}");
        }
    }

    #[test]
    fn access_is_given_out_until_it_is_revoked() {
        let it = emulator();
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
        let state = || ask(&it, "GET", &format!("{disk}{V}"), None).1["properties"]["diskState"].clone();
        let grant = json!({"access": "Read", "durationInSeconds": 300});
        let begun = arm(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(grant.clone()));
        assert_eq!(begun.status, 202);
        let monitor = begun.header("location").unwrap().replace("https://127.0.0.1:8443", "");
        assert_eq!(arm(&it, "GET", &monitor, None).status, 202);
        wait(&it, 5);
        let (status, output) = ask(&it, "GET", &monitor, None);
        assert!(status == 200 && output["accessSAS"].as_str().unwrap().starts_with("https://"), "{output}");
        assert_eq!(state(), "ActiveSAS");
        assert_eq!(ask(&it, "DELETE", &format!("{disk}{V}"), None).0, 409);
        assert_eq!(arm(&it, "POST", &format!("{disk}/endGetAccess{V}"), None).status, 202);
        assert_eq!(state(), "Unattached");
        arm(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(grant));
        wait(&it, 301);
        assert_eq!(state(), "Unattached");
        let none = json!({"access": "Read", "durationInSeconds": 0});
        assert_eq!(ask(&it, "POST", &format!("{disk}/beginGetAccess{V}"), Some(none)).0, 400);
    }

    #[test]
    fn a_copy_to_another_region_goes_on_after_its_write_and_dies_with_its_source() {
        let it = emulator();
        let snapshot = |name: &str| format!("{RG1}/providers/Microsoft.Compute/snapshots/{name}");
        let put = |name: &str, region: &str, option: &str, source: &str, incremental: bool| {
            let body = json!({"location": region, "properties": {"incremental": incremental,
                "creationData": {"createOption": option, "sourceResourceId": source}}});
            ask(&it, "PUT", &format!("{}{V}", snapshot(name)), Some(body))
        };
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
        assert_eq!(put("far", "westus", "Copy", &disk, true).0, 400);
        assert_eq!(put("here", "eastus", "Copy", &disk, true).0, 202);
        assert_eq!(put("far", "westus", "CopyStart", &snapshot("here"), true).0, 409, "it is not made yet");
        wait(&it, 60);
        assert_eq!(put("far", "westus", "CopyStart", &snapshot("here"), false).0, 400);
        for name in ["far", "lost"] {
            assert_eq!(put(name, "westus", "CopyStart", &snapshot("here"), true).0, 202);
        }
        wait(&it, 10);
        let read =
            |name: &str| ask(&it, "GET", &format!("{}{V}", snapshot(name)), None).1["properties"].clone();
        assert_eq!(read("far")["provisioningState"], "Succeeded");
        let percent = read("far")["completionPercent"].as_f64().unwrap();
        assert!(percent > 0.0 && percent < 100.0, "{percent}");
        assert_eq!(put("of-far", "westus", "Copy", &snapshot("far"), true).0, 409);
        wait(&it, 30);
        assert_eq!(read("far")["completionPercent"], 100.0);
        assert_eq!(put("of-far", "westus", "Copy", &snapshot("far"), true).0, 202);
        assert_eq!(put("again", "westus2", "CopyStart", &snapshot("here"), true).0, 202);
        assert_eq!(ask(&it, "DELETE", &format!("{}{V}", snapshot("here")), None).0, 202);
        wait(&it, 60);
        assert_eq!(read("again")["copyCompletionError"]["errorCode"], "CopySourceNotFound");
        assert_eq!(read("lost")["copyCompletionError"], json!(null));
    }

    #[test]
    fn what_an_older_version_lacks_is_neither_taken_nor_answered() {
        let it = emulator();
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/new");
        let body = json!({"location": "eastus", "sku": {"name": "premium_lrs"}, "properties": {"diskSizeGB": 8,
            "creationData": {"createOption": "Empty"}, "availabilityPolicy": {"actionOnDiskDelay": "none"}}});
        let (status, answer) = ask(&it, "PUT", &format!("{disk}{V}"), Some(body.clone()));
        assert_eq!((status, &answer["error"]["code"]), (400, &json!("BadRequest")));
        let (status, made) = ask(&it, "PUT", &format!("{disk}?api-version=2026-03-02"), Some(body));
        assert_eq!(
            (status, &made["properties"]["availabilityPolicy"]["actionOnDiskDelay"]),
            (202, &json!("None"))
        );
        assert_eq!(made["sku"], json!({"name": "Premium_LRS", "tier": "Premium"}));
        let (_, older) = ask(&it, "GET", &format!("{disk}{V}"), None);
        assert_eq!(older["properties"]["availabilityPolicy"], json!(null));
    }

    #[test]
    fn what_a_create_option_needs_must_be_said() {
        let it = emulator();
        let put = |kind: &str, option: serde_json::Value, region: &str, sku: &str| {
            let path = format!("{RG1}/providers/Microsoft.Compute/{kind}/new{V}");
            let body =
                json!({"location": region, "sku": {"name": sku}, "properties": {"creationData": option}});
            let (status, answer) = ask(&it, "PUT", &path, Some(body));
            if status == 202 {
                ask(&it, "DELETE", &path, None);
                wait(&it, 3600);
            }
            (status, answer["properties"]["diskSizeGB"].as_i64())
        };
        let lrs = "Standard_LRS";
        for (kind, option, region, sku, expected) in [
            ("disks", json!({"createOption": "Empty"}), "eastus", lrs, (400, None)),
            ("disks", json!({"createOption": "Import"}), "eastus", lrs, (400, None)),
            (
                "disks",
                json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
                "eastus",
                lrs,
                (202, Some(30)),
            ),
            ("disks", json!({"createOption": "Upload"}), "eastus", lrs, (400, None)),
            (
                "disks",
                json!({"createOption": "Upload", "uploadSizeBytes": 10_737_418_752_i64}),
                "eastus",
                lrs,
                (202, Some(10)),
            ),
            ("disks", json!({"createOption": "Attach"}), "eastus", lrs, (400, None)),
            ("disks", json!({"createOption": "FromImage"}), "eastus", lrs, (400, None)),
            (
                "snapshots",
                json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
                "westus",
                "Standard_ZRS",
                (400, None),
            ),
            (
                "snapshots",
                json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
                "eastus",
                "Standard_ZRS",
                (202, Some(30)),
            ),
            (
                "snapshots",
                json!({"createOption": "Import", "sourceUri": "https://a.blob/x.vhd"}),
                "eastus",
                "UltraSSD_LRS",
                (400, None),
            ),
        ] {
            assert_eq!(put(kind, option.clone(), region, sku), expected, "{kind} {option} {region} {sku}");
        }
    }
}
