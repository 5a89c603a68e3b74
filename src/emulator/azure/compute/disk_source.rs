//! What a disk or a disk snapshot is made from, by its create option: finds it, checks it, takes over what it tells.
//! Copies nothing: how long that takes stands in `disk_snapshot`.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::disk_state;
use crate::emulator::azure::compute::image_version;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::call::{Failure, Result};
use crate::emulator::store::{Resource, World};

/// What a copy has of its source.
const INHERITED: &[&str] =
    &["osType", "hyperVGeneration", "diskSizeGB", "purchasePlan", "supportedCapabilities", "securityProfile"];

/// Checks where a new one comes from and fills in what that tells. `noun` is `disk` or `snapshot`.
pub(crate) fn complete(world: &World, properties: &mut Value, region: &str, noun: &str) -> Result<()> {
    let data = properties["creationData"].clone();
    let path = format!("{noun}.creationData");
    let Some(option) = data["createOption"].as_str() else {
        return Err(compute::missing(&format!("{path}.createOption")));
    };
    let required = |field: &str| {
        let sent = data[field].as_str().filter(|text| !text.is_empty());
        sent.ok_or_else(|| compute::missing(&format!("{path}.{field}")))
    };
    match option {
        "Copy" | "Restore" | "CopyStart" => {
            let source = original(world, required("sourceResourceId")?, option, region, noun)?;
            properties["creationData"]["sourceResourceId"] = json!(source.id);
            properties["creationData"]["sourceUniqueId"] = source.body["properties"]["uniqueId"].clone();
            if option == "CopyStart" {
                check_copy_start(properties, source)?;
            }
            inherit(properties, &source.body["properties"], noun)
        }
        "FromImage" => {
            let told = image(world, &data, region, &path)?;
            inherit(properties, &told, noun)
        }
        "Import" | "ImportSecure" => {
            let uri = required("sourceUri")?;
            if !uri.starts_with("https://") && !uri.starts_with("http://") {
                let text = format!("The value '{uri}' of parameter '{path}.sourceUri' is invalid.");
                return Err(Failure::parameter(&format!("{path}.sourceUri"), text));
            }
            if option == "ImportSecure" {
                required("securityDataUri")?;
            }
            Ok(())
        }
        "Upload" | "UploadPreparedSecure" => {
            let Some(bytes) = data["uploadSizeBytes"].as_i64() else {
                return Err(compute::missing(&format!("{path}.uploadSizeBytes")));
            };
            // A footer of 512 bytes follows the content of a VHD.
            let size = (bytes.saturating_sub(512)).max(1).saturating_add((1 << 30) - 1) >> 30;
            compute::default(properties, "diskSizeGB", size);
            properties["diskState"] = json!("ReadyToUpload");
            Ok(())
        }
        "CopyFromSanSnapshot" => required("elasticSanResourceId").map(|_| ()),
        "Empty" if properties["diskSizeGB"].is_null() => Err(compute::missing(&format!("{noun}.diskSizeGB"))),
        "Empty" => Ok(()),
        _ => {
            let text = format!(
                "The value '{option}' of parameter '{path}.createOption' is invalid for the type '{noun}'."
            );
            Err(Failure::parameter(&format!("{path}.createOption"), text))
        }
    }
}

/// Takes over what a source tells where nothing was said, and refuses to be smaller than it.
fn inherit(properties: &mut Value, from: &Value, noun: &str) -> Result<()> {
    for field in INHERITED {
        if !from[*field].is_null() {
            compute::default(properties, field, from[*field].clone());
        }
    }
    if properties["diskSizeGB"].as_i64() < from["diskSizeGB"].as_i64() {
        let text = "The size of a disk must not be less than that of its source.";
        return Err(Failure::parameter(&format!("{noun}.diskSizeGB"), text));
    }
    Ok(())
}

/// The disk or snapshot that is copied.
fn original<'a>(world: &'a World, id: &str, option: &str, region: &str, noun: &str) -> Result<&'a Resource> {
    let path = format!("{noun}.creationData.sourceResourceId");
    let kind = ArmId::parse(id).map(|parsed| parsed.kind()).unwrap_or_default();
    if kind != "microsoft.compute/disks" && kind != "microsoft.compute/snapshots" {
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
    ready(world, source, &path)?;
    Ok(source)
}

/// A source must be made, and its own copy complete.
pub(crate) fn ready(world: &World, source: &Resource, path: &str) -> Result<()> {
    let (state, id) = (provisioning::state(source), &source.id);
    if state != "Succeeded" {
        let text = format!(
            "The source resource '{id}' is in the provisioning state '{state}'. It must be 'Succeeded' before it can be used."
        );
        return Err(Failure::arm(409, "OperationNotAllowed", text).on(path));
    }
    match disk_state::copied(source, world.now) {
        Some(percent) if percent < 100.0 => {
            let text = format!(
                "The source snapshot '{id}' cannot be used before its copy is complete. Its completion percent is {percent}."
            );
            Err(Failure::arm(409, "OperationNotAllowed", text).on(path))
        }
        _ => Ok(()),
    }
}

/// Only incremental snapshots are copied in the background, and only from incremental snapshots.
fn check_copy_start(properties: &Value, source: &Resource) -> Result<()> {
    let snapshot = source.kind == "microsoft.compute/snapshots";
    if snapshot && properties["incremental"] == true && source.body["properties"]["incremental"] == true {
        return Ok(());
    }
    let text = "The create option 'CopyStart' is supported only for incremental snapshots whose source is an incremental snapshot.";
    Err(Failure::arm(400, "BadRequest", text).on("snapshot.creationData.createOption"))
}

/// What an image tells of one of its disks, as properties of a disk.
fn image(world: &World, data: &Value, region: &str, path: &str) -> Result<Value> {
    let gallery = &data["galleryImageReference"];
    let reference = if gallery.is_object() { gallery } else { &data["imageReference"] };
    let named = ["id", "sharedGalleryImageId", "communityGalleryImageId"]
        .iter()
        .find_map(|field| reference[*field].as_str());
    let Some(id) = named else {
        return Err(compute::missing(&format!("{path}.imageReference")));
    };
    let parsed = ArmId::parse(id).unwrap_or_default();
    let version = match parsed.kind().as_str() {
        "microsoft.compute/galleries/images/versions" => world.get(id),
        "microsoft.compute/galleries/images" => image_version::latest(world, id, region, world.now),
        // A platform image: what is known of it is in its name.
        _ => {
            let windows = id.to_ascii_lowercase().contains("/publishers/microsoftwindows");
            let (os, size) = if windows { ("Windows", 127) } else { ("Linux", 30) };
            return Ok(json!({"osType": os, "diskSizeGB": size}));
        }
    };
    let Some(version) =
        version.filter(|version| image_version::replicas(world, version, region, world.now) > 0)
    else {
        let text = format!(
            "The gallery image {id} is not available in {region} region. Please contact image owner to replicate to this region, or change your requested region."
        );
        return Err(Failure::arm(404, "GalleryImageNotFound", text).on("imageReference"));
    };
    let profile = &version.body["properties"]["storageProfile"];
    let Some(lun) = reference["lun"].as_i64() else {
        let definition = ArmId::parse(&version.id).and_then(|id| id.parent());
        let definition = definition.and_then(|id| world.get(&id.path()));
        let definition = definition.map_or(&Value::Null, |found| &found.body["properties"]);
        return Ok(json!({
            "osType": definition["osType"],
            "hyperVGeneration": definition["hyperVGeneration"],
            "diskSizeGB": profile["osDiskImage"]["sizeInGB"],
        }));
    };
    let disks = profile["dataDiskImages"].as_array().into_iter().flatten();
    match disks.into_iter().find(|disk| disk["lun"] == lun) {
        Some(disk) => Ok(json!({"diskSizeGB": disk["sizeInGB"]})),
        None => {
            let text = format!("The image '{id}' has no data disk at the lun {lun}.");
            Err(Failure::parameter(&format!("{path}.galleryImageReference.lun"), text))
        }
    }
}
