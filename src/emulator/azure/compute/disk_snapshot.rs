//! Disk snapshots, and the managed disks they are taken from: one life, one set of rules.
//! Copying takes time by size; sizes, systems and generations come from the source.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::gallery;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::shape::{self, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::Route;
use crate::emulator::store::{self, Resource, World};

const SNAPSHOT: &str = "Microsoft.Compute/snapshots";
const DISK: &str = "Microsoft.Compute/disks";
const VERSIONS: &[&str] = &[
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

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: SNAPSHOT, versions: VERSIONS, handler: get },
    Route { verb: Verb::List, kind: SNAPSHOT, versions: VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: SNAPSHOT, versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: SNAPSHOT, versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: SNAPSHOT, versions: VERSIONS, handler: delete },
    Route { verb: Verb::Get, kind: DISK, versions: VERSIONS, handler: get },
    Route { verb: Verb::List, kind: DISK, versions: VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: DISK, versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: DISK, versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: DISK, versions: VERSIONS, handler: delete },
];

const IMAGE: Shape = Shape::Object(&[
    ("id", Shape::Text),
    ("sharedGalleryImageId", Shape::Text),
    ("communityGalleryImageId", Shape::Text),
    ("lun", Shape::Int),
]);

/// Disks and snapshots differ in a few properties that nobody here computes with; the union is taken for both.
const SHAPE: Shape = Shape::Object(&[
    (
        "creationData",
        Shape::Object(&[
            (
                "createOption",
                Shape::Word(&[
                    "Empty",
                    "Attach",
                    "FromImage",
                    "Import",
                    "Copy",
                    "Restore",
                    "Upload",
                    "CopyStart",
                    "ImportSecure",
                    "UploadPreparedSecure",
                    "CopyFromSanSnapshot",
                ]),
            ),
            ("storageAccountId", Shape::Text),
            ("imageReference", IMAGE),
            ("galleryImageReference", IMAGE),
            ("sourceUri", Shape::Text),
            ("sourceResourceId", Shape::Text),
            ("sourceUniqueId", Shape::ReadOnly),
            ("uploadSizeBytes", Shape::Any),
            ("logicalSectorSize", Shape::Int),
            ("securityDataUri", Shape::Text),
            ("performancePlus", Shape::Flag),
            ("elasticSanResourceId", Shape::Text),
            ("provisionedBandwidthCopySpeed", Shape::Word(&["None", "Enhanced"])),
        ]),
    ),
    ("osType", Shape::Word(&["Windows", "Linux"])),
    ("hyperVGeneration", Shape::Word(&["V1", "V2"])),
    ("purchasePlan", Shape::Any),
    ("supportedCapabilities", Shape::Any),
    ("diskSizeGB", Shape::Int),
    ("encryptionSettingsCollection", Shape::Any),
    ("incremental", Shape::Flag),
    ("encryption", Shape::Any),
    ("networkAccessPolicy", Shape::Word(&["AllowAll", "AllowPrivate", "DenyAll"])),
    ("diskAccessId", Shape::Text),
    ("securityProfile", Shape::Any),
    ("supportsHibernation", Shape::Flag),
    ("publicNetworkAccess", Shape::Word(&["Enabled", "Disabled"])),
    ("dataAccessAuthMode", Shape::Word(&["AzureActiveDirectory", "None"])),
    ("diskIOPSReadWrite", Shape::Any),
    ("diskMBpsReadWrite", Shape::Any),
    ("diskIOPSReadOnly", Shape::Any),
    ("diskMBpsReadOnly", Shape::Any),
    ("maxShares", Shape::Int),
    ("tier", Shape::Text),
    ("burstingEnabled", Shape::Flag),
    ("optimizedForFrequentAttach", Shape::Flag),
    ("timeCreated", Shape::ReadOnly),
    ("diskSizeBytes", Shape::ReadOnly),
    ("uniqueId", Shape::ReadOnly),
    ("provisioningState", Shape::ReadOnly),
    ("diskState", Shape::ReadOnly),
    ("incrementalSnapshotFamilyId", Shape::ReadOnly),
    ("completionPercent", Shape::ReadOnly),
    ("copyCompletionError", Shape::ReadOnly),
    ("shareInfo", Shape::ReadOnly),
    ("burstingEnabledTime", Shape::ReadOnly),
    ("propertyUpdatesInProgress", Shape::ReadOnly),
    ("LastOwnershipUpdateTime", Shape::ReadOnly),
]);

fn noun(call: &Call) -> &'static str {
    if call.id.kind().ends_with("/snapshots") { "snapshot" } else { "disk" }
}

/// GET, with the progress of a copy between regions.
fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    let mut body = found.body.clone();
    if body["properties"]["creationData"]["createOption"] == "CopyStart" {
        let percent = match found.due {
            Some(due) => {
                let (whole, left) =
                    (due.since(found.created_at).as_secs_f64(), due.since(world.now).as_secs_f64());
                (100.0 * (1.0 - left / whole.max(1.0))).floor().clamp(0.0, 99.0)
            }
            None => 100.0,
        };
        body["properties"]["completionPercent"] = json!(percent);
    }
    Ok(Answer::ok(body))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let noun = noun(call);
    let name = call.id.name();
    if name.len() > 80
        || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        || name.ends_with(['.', '-'])
    {
        return Err(compute::invalid_name(
            noun,
            &format!("The entity name '{name}' is invalid according to its validation rule."),
        ));
    }
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut properties = compute::properties(call, noun, &SHAPE)?;
    gallery::refuse_if_going(old.as_ref())?;
    let write = if let Some(old) = &old {
        properties = change(&old.body["properties"], &properties, noun)?;
        Write::Replace
    } else {
        complete(world, &mut properties, region.name, noun)?;
        properties["timeCreated"] = json!(world.now.rfc3339_offset());
        properties["uniqueId"] = json!(world.next_guid());
        Write::Create
    };
    let size = properties["diskSizeGB"].as_i64().unwrap_or(30);
    let mut resource = compute::assemble(world, call, old, region, &properties)?;
    complete_sku(&mut resource.body, noun);
    let copied = write == Write::Create;
    let copy = world.timings.snapshot_per_gb * u32::try_from(if copied { size } else { 0 }).unwrap_or(0);
    let done = world.now + world.timings.small_write + copy.min(Duration::from_hours(1));
    Ok(provisioning::begin(world, call, &provisioning::DISK, write, resource, done, None))
}

fn complete_sku(body: &mut Value, noun: &str) {
    let default = if noun == "snapshot" { "Standard_LRS" } else { "Premium_LRS" };
    compute::default(&mut body["sku"], "name", default);
    let tier = match body["sku"]["name"].as_str() {
        Some(name) if name.starts_with("Premium") => "Premium",
        _ => "Standard",
    };
    body["sku"]["tier"] = json!(tier);
}

/// Checks where a new one comes from and fills in what that tells.
fn complete(world: &World, properties: &mut Value, region: &str, noun: &str) -> Result<()> {
    let data = &properties["creationData"];
    let Some(option) = data["createOption"].as_str() else {
        return Err(compute::missing(&format!("{noun}.creationData.createOption")));
    };
    match option {
        "Copy" | "CopyStart" | "Restore" => {
            let path = format!("{noun}.creationData.sourceResourceId");
            let id = data["sourceResourceId"].as_str().ok_or_else(|| compute::missing(&path))?;
            let lower = id.to_ascii_lowercase();
            if !lower.contains("/microsoft.compute/disks/")
                && !lower.contains("/microsoft.compute/snapshots/")
            {
                let text = format!(
                    "The value '{id}' of parameter '{path}' is invalid: it must be the id of a managed disk or of a snapshot."
                );
                return Err(Failure::parameter(&path, text));
            }
            let Some(source) = world.get(id) else {
                let text = format!("The resource '{id}' that '{path}' names was not found.");
                return Err(Failure::arm(404, "NotFound", text).on(&path));
            };
            if option != "CopyStart" && source.body["location"] != region {
                let text = format!(
                    "The source '{id}' must be in the region '{region}' of the {noun}. Use the create option 'CopyStart' to copy a snapshot to another region."
                );
                return Err(Failure::arm(400, "BadRequest", text).on(&path));
            }
            let from = source.body["properties"].clone();
            properties["creationData"]["sourceResourceId"] = json!(source.id);
            properties["creationData"]["sourceUniqueId"] = from["uniqueId"].clone();
            for field in ["osType", "hyperVGeneration", "diskSizeGB", "purchasePlan", "supportedCapabilities"]
            {
                if !from[field].is_null() {
                    compute::default(properties, field, from[field].clone());
                }
            }
            if properties["diskSizeGB"].as_i64() < from["diskSizeGB"].as_i64() {
                let text = "The size of a disk must not be less than that of its source.";
                return Err(Failure::parameter(&format!("{noun}.diskSizeGB"), text));
            }
        }
        "Import" | "ImportSecure" if data["sourceUri"].is_null() => {
            return Err(compute::missing(&format!("{noun}.creationData.sourceUri")));
        }
        _ if properties["diskSizeGB"].is_null() && option == "Empty" => {
            return Err(compute::missing(&format!("{noun}.diskSizeGB")));
        }
        _ => {}
    }
    finish(properties, noun);
    Ok(())
}

/// What every disk and snapshot answers.
fn finish(properties: &mut Value, noun: &str) {
    compute::default(properties, "diskSizeGB", 30);
    let size = properties["diskSizeGB"].as_i64().unwrap_or(30);
    properties["diskSizeBytes"] = json!(size * 1024 * 1024 * 1024);
    compute::default(properties, "diskState", "Unattached");
    compute::default(properties, "encryption", json!({"type": "EncryptionAtRestWithPlatformKey"}));
    compute::default(properties, "networkAccessPolicy", "AllowAll");
    compute::default(properties, "publicNetworkAccess", "Enabled");
    if noun == "snapshot" {
        compute::default(properties, "incremental", false);
    }
}

/// The properties that stand, with what was sent over them: creation data is fixed, and sizes only grow.
fn change(live: &Value, sent: &Value, noun: &str) -> Result<Value> {
    for (name, value) in sent["creationData"].as_object().into_iter().flatten() {
        if !compute::same(&live["creationData"][name.as_str()], value) {
            return Err(compute::change_refused(&format!("{noun}.creationData.{name}")));
        }
    }
    for field in ["hyperVGeneration", "incremental", "purchasePlan"] {
        if !sent[field].is_null() && !compute::same(&live[field], &sent[field]) {
            return Err(compute::change_refused(&format!("{noun}.{field}")));
        }
    }
    let mut properties = compute::overlay(live, sent);
    properties["creationData"] = live["creationData"].clone();
    if properties["diskSizeGB"].as_i64() < live["diskSizeGB"].as_i64() {
        let text = format!("The new disk size in GB must not be less than the current size of the {noun}.");
        return Err(Failure::arm(409, "OperationNotAllowed", text).on(&format!("{noun}.diskSizeGB")));
    }
    finish(&mut properties, noun);
    Ok(properties)
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let noun = noun(call);
    let mut resource = compute::find(world, call)?.clone();
    gallery::refuse_if_going(Some(&resource))?;
    let sent = compute::properties(call, noun, &SHAPE)?;
    resource.body["properties"] = change(&resource.body["properties"], &sent, noun)?;
    let body = call.object()?;
    compute::patch_tags(&mut resource.body, body);
    if body["sku"].is_object() {
        resource.body["sku"] = body["sku"].clone();
        complete_sku(&mut resource.body, noun);
    }
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::DISK, Write::Patch, resource, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    if let Some(machine) = world.get(&call.id.path()).and_then(|disk| disk.body["managedBy"].as_str()) {
        let text = format!("Disk {} is attached to VM {machine}.", call.id.name());
        return Err(Failure::arm(409, "OperationNotAllowed", text));
    }
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::DISK, length)
}

/// Completes one that a seed names.
pub(crate) fn planted(world: &World, resource: &mut Resource) {
    let noun = if resource.kind.ends_with("/snapshots") { "snapshot" } else { "disk" };
    let mut properties =
        shape::take(&resource.body["properties"], &SHAPE, noun).unwrap_or_else(|_| json!({}));
    let region = resource.body["location"].as_str().unwrap_or("eastus").to_owned();
    if complete(world, &mut properties, &region, noun).is_err() {
        finish(&mut properties, noun);
    }
    properties["timeCreated"] = json!(resource.created_at.rfc3339_offset());
    let seed =
        resource.id.bytes().fold(17u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    properties["uniqueId"] = json!(store::guid(seed, 3));
    properties["provisioningState"] = json!("Succeeded");
    if resource.body["managedBy"].is_string() {
        properties["diskState"] = json!("Reserved");
    }
    resource.body["properties"] = properties;
    complete_sku(&mut resource.body, noun);
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
    fn a_source_that_is_not_there_is_refused() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/snapshots/snap1{V}");
        let body = json!({"location": "eastus", "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": format!("{RG1}/providers/Microsoft.Compute/disks/none")}}});
        assert_eq!(ask(&it, "PUT", &path, Some(body)).0, 404);
        assert_eq!(ask(&it, "PUT", &path, Some(json!({"location": "eastus", "properties": {}}))).0, 400);
    }
}
