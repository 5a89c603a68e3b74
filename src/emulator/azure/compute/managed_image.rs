//! Managed images: made from snapshots, disks, VHDs or a generalized virtual machine; only tags may change.
//! Checks the sources; copies nothing.

use serde_json::{Value, json};

use crate::emulator::azure::compute::disk_shape::{CACHING, STORAGE_TYPE};
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::{self, NEWEST, SUB_RESOURCE, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

const KIND: &str = "Microsoft.Compute/images";
const WORD: &str = "image";
const VERSIONS: &[&str] = &[
    "2016-08-30",
    "2017-03-30",
    "2017-12-01",
    "2018-04-01",
    "2018-06-01",
    "2018-10-01",
    "2019-03-01",
    "2019-07-01",
    "2019-12-01",
    "2020-06-01",
    "2020-12-01",
    "2021-03-01",
    "2021-04-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-03-01",
    "2026-04-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: KIND, versions: VERSIONS, handler: compute::get },
    Route { verb: Verb::List, kind: KIND, versions: VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: KIND, versions: VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: KIND, versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: KIND, versions: VERSIONS, handler: delete },
];

/// What a managed image holds.
pub(crate) const MODEL: Model =
    Model { word: WORD, envelope: &[("extendedLocation", Shape::Any)], properties: &SHAPE };

const SHAPE: Shape = Shape::Object(&[
    ("sourceVirtualMachine", SUB_RESOURCE),
    (
        "storageProfile",
        Shape::Object(&[
            (
                "osDisk",
                Shape::Object(&[
                    ("osType", Shape::Word(&["Windows", "Linux"])),
                    ("osState", Shape::Word(&["Generalized", "Specialized"])),
                    ("snapshot", SUB_RESOURCE),
                    ("managedDisk", SUB_RESOURCE),
                    ("blobUri", Shape::Text),
                    ("caching", CACHING),
                    ("diskSizeGB", Shape::Int),
                    ("storageAccountType", STORAGE_TYPE),
                    ("diskEncryptionSet", SUB_RESOURCE),
                ]),
            ),
            (
                "dataDisks",
                Shape::List(&Shape::Object(&[
                    ("lun", Shape::Int),
                    ("snapshot", SUB_RESOURCE),
                    ("managedDisk", SUB_RESOURCE),
                    ("blobUri", Shape::Text),
                    ("caching", CACHING),
                    ("diskSizeGB", Shape::Int),
                    ("storageAccountType", STORAGE_TYPE),
                    ("diskEncryptionSet", SUB_RESOURCE),
                ])),
            ),
            ("zoneResilient", Shape::Flag),
        ]),
    ),
    ("provisioningState", Shape::ReadOnly),
    ("hyperVGeneration", Shape::Word(&["V1", "V2"])),
]);

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    compute::check_name(call.id.name(), WORD, 80)?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut properties = compute::properties(call, &MODEL)?;
    provisioning::refuse_if_going(old.as_ref())?;
    match &old {
        // Compared as they were asked for: what was filled in from the sources is no change when it is left out.
        Some(old) => properties = unchanged(&old.body["properties"], &properties)?,
        None => complete(world, &mut properties, region.name)?,
    }
    let write = if old.is_some() { Write::Replace } else { Write::Create };
    let resource = compute::assemble(world, call, old, region, &properties)?;
    let done = world.now + world.timings.managed_image;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, write, resource, done, None))
}

/// The properties that stand, when nothing that was sent differs from them.
fn unchanged(live: &Value, sent: &Value) -> Result<Value> {
    fn differs(live: &Value, sent: &Value, path: &str) -> Option<String> {
        match (live, sent) {
            (Value::Object(live), Value::Object(sent)) => sent.iter().find_map(|(name, value)| {
                differs(live.get(name).unwrap_or(&Value::Null), value, &format!("{path}.{name}"))
            }),
            (Value::Array(live), Value::Array(sent)) if live.len() == sent.len() => {
                live.iter().zip(sent).find_map(|(live, sent)| differs(live, sent, path))
            }
            // An empty list or object says the same as none.
            (Value::Null, Value::Array(sent)) if sent.is_empty() => None,
            (live, sent) => (!compute::same(live, sent)).then(|| path.to_owned()),
        }
    }
    match differs(live, sent, WORD) {
        Some(path) => Err(compute::change_refused(&path)),
        None => Ok(live.clone()),
    }
}

/// Checks the sources of a new image and fills in what they tell.
fn complete(world: &World, properties: &mut Value, region: &str) -> Result<()> {
    if let Some(id) = properties["sourceVirtualMachine"]["id"].as_str().map(str::to_owned) {
        return from_machine(world, properties, &id, region);
    }
    if !properties["storageProfile"]["osDisk"].is_object() {
        return Err(compute::missing("image.storageProfile.osDisk"));
    }
    for field in ["osType", "osState"] {
        if properties["storageProfile"]["osDisk"][field].is_null() {
            return Err(compute::missing(&format!("image.storageProfile.osDisk.{field}")));
        }
    }
    let generation = complete_disk(world, &mut properties["storageProfile"]["osDisk"], region, "osDisk")?;
    compute::default(properties, "hyperVGeneration", generation.unwrap_or_else(|| "V1".to_owned()));
    compute::default(&mut properties["storageProfile"], "dataDisks", json!([]));
    compute::default(&mut properties["storageProfile"], "zoneResilient", false);
    let disks = properties["storageProfile"]["dataDisks"].as_array_mut();
    let mut luns = Vec::new();
    for disk in disks.into_iter().flatten() {
        let Some(lun) = disk["lun"].as_i64() else {
            return Err(compute::missing("image.storageProfile.dataDisks.lun"));
        };
        if luns.contains(&lun) {
            let text = format!("Two or more disks have the same lun '{lun}'.");
            return Err(Failure::parameter("dataDisk.lun", text));
        }
        luns.push(lun);
        complete_disk(world, disk, region, "dataDisks")?;
    }
    Ok(())
}

/// Checks one disk's source and fills in its size; tells its generation.
fn complete_disk(world: &World, disk: &mut Value, region: &str, place: &str) -> Result<Option<String>> {
    let path = format!("image.storageProfile.{place}");
    let sources = [("snapshot", "/snapshots/"), ("managedDisk", "/disks/")];
    let named: Vec<_> = sources.iter().filter(|(field, _)| disk[*field]["id"].is_string()).collect();
    let mut generation = None;
    match (named.as_slice(), disk["blobUri"].is_string()) {
        ([], true) => compute::default(disk, "diskSizeGB", 30),
        ([(field, kind)], false) => {
            let id = disk[*field]["id"].as_str().unwrap_or_default().to_owned();
            if !id.to_ascii_lowercase().contains(kind) {
                return Err(Failure::value(&format!("{path}.{field}.id"), &id));
            }
            let source = source(world, &id, region, &format!("{field}.id"))?;
            let properties = &source.body["properties"];
            compute::default(disk, "diskSizeGB", properties["diskSizeGB"].clone());
            generation = properties["hyperVGeneration"].as_str().map(str::to_owned);
            disk[*field] = json!({"id": source.id});
        }
        _ => {
            let text = format!(
                "Exactly one of 'snapshot', 'managedDisk' and 'blobUri' must be specified for '{path}'."
            );
            return Err(Failure::parameter(&path, text));
        }
    }
    compute::default(disk, "caching", "None");
    compute::default(disk, "storageAccountType", "Standard_LRS");
    Ok(generation)
}

/// A source that is there, in the same region, and done.
fn source<'a>(world: &'a World, id: &str, region: &str, target: &str) -> Result<&'a Resource> {
    let Some(found) = world.get(id) else {
        let text = format!("The entity '{id}' was not found in the subscription.");
        return Err(Failure::arm(404, "NotFound", text).on(target));
    };
    if found.body["location"] != region {
        let text =
            format!("The source resource '{id}' must be in the same location '{region}' as the image.");
        return Err(Failure::arm(409, "Conflict", text).on(target));
    }
    disk_source::ready(world, found, target)?;
    Ok(found)
}

fn from_machine(world: &World, properties: &mut Value, id: &str, region: &str) -> Result<()> {
    let machine = source(world, id, region, "sourceVirtualMachine.id")?;
    if machine.hidden["generalized"] != true {
        let text =
            format!("The virtual machine '{id}' must be generalized before an image can be made from it.");
        return Err(Failure::arm(409, "OperationNotAllowed", text).on("sourceVirtualMachine"));
    }
    let disk = |disk: &Value| {
        json!({
            "managedDisk": {"id": disk["managedDisk"]["id"]},
            "caching": disk["caching"],
            "diskSizeGB": disk["diskSizeGB"],
            "storageAccountType": disk["managedDisk"]["storageAccountType"],
        })
    };
    let profile = &machine.body["properties"]["storageProfile"];
    let mut os = disk(&profile["osDisk"]);
    os["osType"] = profile["osDisk"]["osType"].clone();
    os["osState"] = json!("Generalized");
    let data = profile["dataDisks"].as_array().into_iter().flatten().map(|entry| {
        let mut one = disk(entry);
        one["lun"] = entry["lun"].clone();
        one
    });
    let zones = properties["storageProfile"]["zoneResilient"].as_bool().unwrap_or(false);
    properties["storageProfile"] =
        json!({"osDisk": os, "dataDisks": data.collect::<Vec<_>>(), "zoneResilient": zones});
    let generation = machine.hidden["hyperVGeneration"].as_str().unwrap_or("V1").to_owned();
    compute::default(properties, "hyperVGeneration", generation);
    properties["sourceVirtualMachine"] = json!({"id": machine.id});
    Ok(())
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = compute::find(world, call)?.clone();
    provisioning::refuse_if_going(Some(&resource))?;
    let sent = compute::properties(call, &MODEL)?;
    unchanged(&resource.body["properties"], &sent)?;
    compute::patch_tags(&mut resource.body, call.object()?);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, Write::Patch, resource, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::COMPUTE, length)
}

/// Completes an image that a seed names.
pub(crate) fn planted(world: &World, resource: &mut Resource) {
    let mut properties =
        shape::take(&resource.body["properties"], &SHAPE, WORD, NEWEST).unwrap_or_else(|_| json!({}));
    let region = resource.body["location"].as_str().unwrap_or("eastus").to_owned();
    if complete(world, &mut properties, &region).is_err() {
        // Its source may be gone, as in Azure: the image stands by itself.
        compute::default(&mut properties, "hyperVGeneration", "V1");
        let disk = &mut properties["storageProfile"]["osDisk"];
        for (field, value) in [
            ("osType", json!("Linux")),
            ("osState", json!("Generalized")),
            ("diskSizeGB", json!(30)),
            ("caching", json!("ReadWrite")),
            ("storageAccountType", json!("Standard_LRS")),
        ] {
            compute::default(disk, field, value);
        }
        compute::default(&mut properties["storageProfile"], "dataDisks", json!([]));
        compute::default(&mut properties["storageProfile"], "zoneResilient", false);
    }
    properties["provisioningState"] = json!("Succeeded");
    resource.body["properties"] = properties;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{RG1, ask, emulator, wait};

    const V: &str = "?api-version=2024-07-01";

    #[test]
    fn an_image_is_made_from_a_disk_and_then_only_its_tags_change() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/images/new{V}");
        let disk = format!("{RG1}/providers/Microsoft.Compute/disks/disk1");
        let body = json!({"location": "eastus", "tags": {"A": "b"}, "properties": {"storageProfile": {"osDisk": {
            "osType": "Linux", "osState": "Generalized", "caching": "ReadWrite", "managedDisk": {"id": disk.to_uppercase()}}}}});
        let (status, made) = ask(&it, "PUT", &path, Some(body.clone()));
        assert_eq!((status, &made["properties"]["hyperVGeneration"]), (201, &json!("V2")));
        assert_eq!(made["properties"]["storageProfile"]["osDisk"]["diskSizeGB"], 30);
        assert_eq!(made["properties"]["storageProfile"]["osDisk"]["managedDisk"]["id"], disk);
        wait(&it, 60);
        assert_eq!(ask(&it, "GET", &path, None).1["properties"]["provisioningState"], "Succeeded");
        assert_eq!(ask(&it, "PUT", &path, Some(body.clone())).0, 200);
        let mut changed = body;
        changed["properties"]["storageProfile"]["osDisk"]["caching"] = json!("None");
        let (status, answer) = ask(&it, "PUT", &path, Some(changed));
        assert_eq!((status, &answer["error"]["code"]), (409, &json!("PropertyChangeNotAllowed")));
        assert_eq!(ask(&it, "PATCH", &path, Some(json!({"tags": {"c": "d"}}))).1["tags"], json!({"c": "d"}));
    }

    #[test]
    fn an_image_of_a_generalized_machine_has_its_disks() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/images/new{V}");
        let machine = format!("{RG1}/providers/Microsoft.Compute/virtualMachines/vm1");
        let (status, made) = ask(
            &it,
            "PUT",
            &path,
            Some(json!({"location": "eastus", "properties": {"sourceVirtualMachine": {"id": machine}}})),
        );
        assert_eq!(status, 201, "{made}");
        assert_eq!(made["properties"]["storageProfile"]["dataDisks"][0]["lun"], 0);
        let none = json!({"location": "eastus", "properties": {"sourceVirtualMachine": {"id": format!("{machine}x")}}});
        assert_eq!(ask(&it, "PUT", &path.replace("new", "other"), Some(none)).0, 404);
    }
}
