//! The disks of a virtual machine: made with it, attached to it, let go of when it goes.
//! Knows nothing of the rest of a machine.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::boot_image::Image;
use crate::emulator::azure::compute::disk;
use crate::emulator::azure::compute::disk_access;
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::call::{Failure, Result};
use crate::emulator::regions::Region;
use crate::emulator::store::{Resource, World};

/// The machine that disks are for.
#[derive(Debug)]
pub(crate) struct Machine<'a> {
    /// Its id.
    pub(crate) id: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its region.
    pub(crate) region: &'a Region,
    /// What its disks say: `Attached` while it runs, `Reserved` while it is deallocated.
    pub(crate) state: &'a str,
    /// The storage type of disks that name none.
    pub(crate) storage: &'a str,
    /// Its zones, as sent.
    pub(crate) zones: &'a Value,
}

const PROFILE: &str = "vm.properties.storageProfile";

/// Makes or attaches the operating system disk, and gives its entry as it is answered.
pub(crate) fn os_disk(world: &mut World, machine: &Machine, sent: &Value, image: &Image) -> Result<Value> {
    let mut disk = sent.clone();
    let path = format!("{PROFILE}.osDisk");
    compute::default(&mut disk, "caching", "ReadWrite");
    match sent["createOption"].as_str() {
        Some("Attach") => {
            attach(world, machine, &mut disk, &path)?;
            let os = disk["managedDisk"]["id"].as_str().and_then(|id| world.get(id));
            let os = os.map_or(Value::Null, |found| found.body["properties"]["osType"].clone());
            compute::default(&mut disk, "osType", os);
            if disk["osType"].is_null() {
                return Err(compute::missing(&format!("{path}.osType")));
            }
        }
        Some("FromImage") => {
            compute::default(&mut disk, "osType", image.os_type.clone());
            if disk["osType"] != image.os_type.as_str() {
                let text = format!(
                    "The value '{}' of parameter '{path}.osType' differs from the operating system of the image, '{}'.",
                    disk["osType"].as_str().unwrap_or_default(),
                    image.os_type
                );
                return Err(Failure::parameter(&format!("{path}.osType"), text));
            }
            make(world, machine, &mut disk, "OsDisk_1", Some(image.os_size), Some(image))?;
        }
        Some(other) => return Err(Failure::value(&format!("{path}.createOption"), other)),
        None => return Err(compute::missing(&format!("{path}.createOption"))),
    }
    compute::default(&mut disk, "deleteOption", "Detach");
    Ok(disk)
}

/// The data disks as they are answered, over those that stand: new ones are made or attached, those left out are let go.
pub(crate) fn data_disks(
    world: &mut World,
    machine: &Machine,
    sent: &Value,
    live: &Value,
    image: &Image,
) -> Result<Value> {
    let mut entries: Vec<Value> = sent.as_array().cloned().unwrap_or_default();
    entries.retain(|entry| entry["toBeDetached"] != true);
    if live.is_null() {
        // An image brings its data disks, asked for or not.
        for (lun, _) in &image.data_disks {
            if !entries.iter().any(|entry| entry["lun"] == *lun) {
                entries.push(json!({"lun": lun, "createOption": "FromImage"}));
            }
        }
    }
    let live = live.as_array().cloned().unwrap_or_default();
    let mut done: Vec<Value> = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        let path = format!("{PROFILE}.dataDisks[{index}]");
        let Some(lun) = entry["lun"].as_i64() else { return Err(compute::missing(&format!("{path}.lun"))) };
        if !(0..64).contains(&lun) {
            return Err(compute::out_of_range(&format!("{path}.lun"), lun, 0, 63));
        }
        if done.iter().any(|other| other["lun"] == lun) {
            let text = format!("Two or more disks have the same lun '{lun}'.");
            return Err(Failure::parameter("dataDisk.lun", text));
        }
        let known = live.iter().find(|known| known["lun"] == lun && is_same(known, &entry));
        done.push(match known {
            Some(known) => compute::overlay(known, &fill(&entry, known)),
            None => data_disk(world, machine, entry, &path, image)?,
        });
    }
    for gone in live.iter().filter(|known| !done.iter().any(|disk| is_same(known, disk))) {
        if let Some(id) = gone["managedDisk"]["id"].as_str() {
            let_go(world, id);
        }
    }
    Ok(Value::Array(done))
}

/// True when an entry means the disk that is attached: by its id or its name, or by its place alone.
fn is_same(known: &Value, entry: &Value) -> bool {
    let (id, name) = (&entry["managedDisk"]["id"], &entry["name"]);
    (id.is_null() || compute::same(&known["managedDisk"]["id"], id))
        && (name.is_null() || compute::same(&known["name"], name))
}

/// What is said anew of a disk that is attached: its `managedDisk` stays whole.
fn fill(entry: &Value, known: &Value) -> Value {
    let mut entry = entry.clone();
    entry["managedDisk"] = compute::overlay(&known["managedDisk"], &entry["managedDisk"]);
    entry
}

fn data_disk(
    world: &mut World,
    machine: &Machine,
    mut disk: Value,
    path: &str,
    image: &Image,
) -> Result<Value> {
    compute::default(&mut disk, "caching", "None");
    let lun = disk["lun"].as_i64().unwrap_or_default();
    let label = format!("disk{}", lun + 2);
    match disk["createOption"].as_str() {
        Some("Attach") => attach(world, machine, &mut disk, path)?,
        Some("Empty") => {
            if disk["diskSizeGB"].is_null() {
                return Err(compute::missing(&format!("{path}.diskSizeGB")));
            }
            make(world, machine, &mut disk, &label, None, None)?;
        }
        Some("FromImage") => {
            let Some((_, size)) = image.data_disks.iter().find(|(known, _)| *known == lun) else {
                let text = format!("The image has no data disk at the lun {lun}.");
                return Err(Failure::parameter(&format!("{path}.lun"), text));
            };
            make(world, machine, &mut disk, &label, Some(*size), None)?;
        }
        Some("Copy" | "Restore") => {
            let id = disk["sourceResource"]["id"].as_str();
            let id = id.ok_or_else(|| compute::missing(&format!("{path}.sourceResource.id")))?;
            let mut properties = json!({"creationData": {"createOption": "Copy", "sourceResourceId": id}});
            disk_source::complete(world, &mut properties, machine.region.name, "disk")?;
            let size = properties["diskSizeGB"].as_i64();
            make(world, machine, &mut disk, &label, size, None)?;
        }
        Some(other) => return Err(Failure::value(&format!("{path}.createOption"), other)),
        None => return Err(compute::missing(&format!("{path}.createOption"))),
    }
    compute::default(&mut disk, "deleteOption", "Detach");
    Ok(disk)
}

/// Makes a managed disk of its own for an entry and names it there. An ephemeral disk and a VHD have none.
fn make(
    world: &mut World,
    machine: &Machine,
    entry: &mut Value,
    label: &str,
    least: Option<i64>,
    image: Option<&Image>,
) -> Result<()> {
    let number = world.next_guid().replace('-', "");
    compute::default(entry, "name", format!("{}_{label}_{number}", machine.name));
    let size = entry["diskSizeGB"].as_i64().or(least).unwrap_or(30);
    if least.is_some_and(|least| size < least) {
        let text = format!(
            "The specified disk size {size} GB is smaller than the size of the corresponding disk in the VM image: {} GB. This is not allowed. Please choose equal or greater size or do not specify an explicit size.",
            least.unwrap_or_default()
        );
        return Err(Failure::arm(400, "BadRequest", text).on("osDisk.diskSizeGB"));
    }
    entry["diskSizeGB"] = json!(size);
    if entry["diffDiskSettings"].is_object() {
        entry["managedDisk"]["storageAccountType"] = json!("Standard_LRS");
        return Ok(());
    }
    if entry["vhd"].is_object() {
        return Ok(());
    }
    compute::default(&mut entry["managedDisk"], "storageAccountType", machine.storage);
    let name = entry["name"].as_str().unwrap_or_default();
    compute::check_name(name, "disk", 80)?;
    let mut id = ArmId::parse(machine.id).unwrap_or_default();
    id.types = vec!["disks".to_owned()];
    id.names = vec![name.to_owned()];
    let id = world.canonical(&id);
    if world.has(&id) {
        let text = format!(
            "Disk {name} already exists in resource group {}. Only CreateOption.Attach is supported.",
            id.split('/').nth(4).unwrap_or_default().to_uppercase()
        );
        return Err(Failure::arm(409, "ConflictingUserInput", text));
    }
    let creation = match image.and_then(|image| image.id.as_ref()) {
        Some(id) => json!({"createOption": "FromImage", "imageReference": {"id": id}}),
        None => json!({"createOption": "Empty"}),
    };
    let mut properties = json!({
        "creationData": creation, "diskSizeGB": size, "diskState": machine.state, "provisioningState": "Succeeded",
        "timeCreated": world.now.rfc3339_offset(), "uniqueId": world.next_guid(),
    });
    if let Some(image) = image {
        properties["osType"] = json!(image.os_type);
        properties["hyperVGeneration"] = json!(image.generation);
    }
    disk::finish(&mut properties, "disk");
    let mut body = json!({
        "id": id, "name": name, "type": "Microsoft.Compute/disks", "location": machine.region.name,
        "managedBy": machine.id, "sku": {"name": entry["managedDisk"]["storageAccountType"]}, "properties": properties,
    });
    if machine.zones.is_array() {
        body["zones"] = machine.zones.clone();
    }
    disk::complete_sku(&mut body, "disk", machine.region)?;
    entry["managedDisk"]["id"] = json!(id);
    let etag = world.next_etag();
    world.put(Resource {
        id,
        kind: "microsoft.compute/disks".to_owned(),
        body,
        hidden: json!({}),
        etag,
        created_at: world.now,
        changed_at: world.now,
        due: None,
    });
    Ok(())
}

/// Attaches a disk that is there and free, and fills in what it tells.
fn attach(world: &mut World, machine: &Machine, entry: &mut Value, path: &str) -> Result<()> {
    if entry["vhd"].is_object() {
        return Ok(());
    }
    let target = format!("{path}.managedDisk.id");
    let id = entry["managedDisk"]["id"].as_str().ok_or_else(|| compute::missing(&target))?.to_owned();
    let Some(disk) = world.get(&id).filter(|found| found.kind == "microsoft.compute/disks").cloned() else {
        let name = id.rsplit('/').next().unwrap_or_default();
        return Err(
            Failure::arm(404, "NotFound", format!("Disk {name} is not found.")).on("dataDisk.managedDisk.id")
        );
    };
    if let Some(owner) =
        disk.body["managedBy"].as_str().filter(|owner| !owner.eq_ignore_ascii_case(machine.id))
    {
        let text =
            format!("Disk '{}' cannot be attached as the disk is already owned by VM '{owner}'.", disk.id);
        return Err(Failure::arm(409, "ConflictingUserInput", text).on(&target));
    }
    if disk.body["location"] != machine.region.name {
        let text = format!(
            "Disk '{}' cannot be attached to the virtual machine because it is not in the location '{}'.",
            disk.id, machine.region.name
        );
        return Err(Failure::arm(400, "BadRequest", text).on(&target));
    }
    disk_source::ready(world, &disk, &target)?;
    disk_access::refuse_while_shared(&disk, world, "attaching")?;
    entry["name"] = disk.body["name"].clone();
    entry["diskSizeGB"] = disk.body["properties"]["diskSizeGB"].clone();
    entry["managedDisk"]["id"] = json!(disk.id);
    entry["managedDisk"]["storageAccountType"] = disk.body["sku"]["name"].clone();
    world.edit(&disk.id, |disk| {
        disk.body["managedBy"] = json!(machine.id);
        disk.body["properties"]["diskState"] = json!(machine.state);
    });
    Ok(())
}

/// Detaches a disk from whatever it is attached to.
fn let_go(world: &mut World, id: &str) {
    world.edit(id, |disk| {
        if let Some(fields) = disk.body.as_object_mut() {
            fields.remove("managedBy");
        }
        disk.body["properties"]["diskState"] = json!("Unattached");
    });
}

/// The entries of all disks of a machine.
fn entries(machine: &Resource) -> impl Iterator<Item = &Value> {
    let profile = &machine.body["properties"]["storageProfile"];
    profile["dataDisks"].as_array().into_iter().flatten().chain([&profile["osDisk"]])
}

/// Says on every disk that the machine runs, or does not.
pub(crate) fn mark(world: &mut World, machine: &Resource, state: &str) {
    for id in entries(machine).filter_map(|entry| entry["managedDisk"]["id"].as_str()) {
        world.edit(id, |disk| disk.body["properties"]["diskState"] = json!(state));
    }
}

/// Tells the machine that has a disk how large the disk is now.
pub(crate) fn grow(world: &mut World, disk: &Resource) {
    let Some(machine) = disk.body["managedBy"].as_str() else { return };
    let size = &disk.body["properties"]["diskSizeGB"];
    world.edit(machine, |machine| {
        let profile = &mut machine.body["properties"]["storageProfile"];
        let is_it = |entry: &Value| {
            entry["managedDisk"]["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(&disk.id))
        };
        for entry in profile["dataDisks"].as_array_mut().into_iter().flatten().filter(|entry| is_it(entry)) {
            entry["diskSizeGB"] = size.clone();
        }
        if is_it(&profile["osDisk"]) {
            profile["osDisk"]["diskSizeGB"] = size.clone();
        }
    });
}

/// What becomes of the disks of a machine that went: each goes or stays, as its `deleteOption` says.
pub(crate) fn release(world: &mut World, machine: &Resource) {
    for entry in entries(machine) {
        let Some(id) = entry["managedDisk"]["id"].as_str() else { continue };
        if entry["deleteOption"] == "Delete" {
            world.remove(id);
        } else if world.get(id).is_some_and(|disk| provisioning::state(disk) != "Deleting") {
            let_go(world, id);
        }
    }
}
