//! What a disk or a disk snapshot is made from, by its create option: finds it, checks it, takes over what it tells.
//! Copies nothing: how long that takes stands in `disk`.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::boot_image;
use crate::emulator::azure::compute::disk_state;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::call::{Failure, Result};
use crate::emulator::store::{Resource, World};

/// What a copy has of its source.
const INHERITED: &[&str] =
    &["osType", "hyperVGeneration", "diskSizeGB", "purchasePlan", "supportedCapabilities", "securityProfile"];

/// Bytes that can be uploaded: 20 MiB to 32 TiB, and a footer.
const UPLOAD: std::ops::RangeInclusive<i64> = 20_972_032..=35_183_298_347_520;

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
                return Err(Failure::value(&format!("{path}.sourceUri"), uri));
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
            if !UPLOAD.contains(&bytes) {
                let target = format!("{path}.uploadSizeBytes");
                return Err(compute::out_of_range(&target, bytes, *UPLOAD.start(), *UPLOAD.end()));
            }
            // A footer of 512 bytes follows the content of a VHD.
            let size = (bytes - 512 + (1 << 30) - 1) >> 30;
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

/// A snapshot that is copied in the background is an incremental one, and of a snapshot.
fn check_copy_start(properties: &mut Value, source: &Resource) -> Result<()> {
    compute::default(properties, "incremental", true);
    if source.kind == "microsoft.compute/snapshots" && properties["incremental"] == true {
        return Ok(());
    }
    let text = "The create option 'CopyStart' is supported only for incremental snapshots whose source is a snapshot.";
    Err(Failure::arm(400, "BadRequest", text).on("snapshot.creationData.createOption"))
}

/// What an image tells of one of its disks, as properties of a disk.
fn image(world: &World, data: &Value, region: &str, path: &str) -> Result<Value> {
    let gallery = &data["galleryImageReference"];
    let reference = if gallery.is_object() { gallery } else { &data["imageReference"] };
    let fields = ["id", "sharedGalleryImageId", "communityGalleryImageId"];
    if !fields.iter().any(|field| reference[*field].is_string()) {
        return Err(compute::missing(&format!("{path}.imageReference")));
    }
    let image = boot_image::find(world, reference, region)?;
    let Some(lun) = reference["lun"].as_i64() else {
        return Ok(json!({
            "osType": image.os_type, "hyperVGeneration": image.generation, "diskSizeGB": image.os_size,
        }));
    };
    if let Some((_, size)) = image.data_disks.iter().find(|(known, _)| *known == lun) {
        return Ok(json!({"diskSizeGB": size}));
    }
    let text = format!("The image has no data disk at the lun {lun}.");
    Err(Failure::parameter(&format!("{path}.galleryImageReference.lun"), text))
}
