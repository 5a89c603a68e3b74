//! What an image version is made from: a managed image, a virtual machine, another version, disks and snapshots,
//! or a VHD. Finds it, holds it against the definition, and says what disks it has.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::public_gallery;
use crate::emulator::call::{Failure, Result};
use crate::emulator::regions;
use crate::emulator::store::{Resource, World};

/// What is known of a source.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    os_type: Option<String>,
    os_state: Option<String>,
    generation: Option<String>,
    /// `{sizeInGB, hostCaching}`
    os_disk: Value,
    /// `{lun, sizeInGB, hostCaching}` each.
    data_disks: Vec<Value>,
}

const PROFILE: &str = "galleryImageVersion.properties.storageProfile";

/// GB of the largest disk that is copied, and of the largest that a shallow version leaves where it is.
const MOST: i64 = 2_048;
const MOST_SHALLOW: i64 = 32_767;

/// Completes a new version's storage profile from its source: sizes and host caching of the disks.
pub(crate) fn complete(
    world: &World,
    profile: &mut Value,
    region: &str,
    definition: &Resource,
    shallow: bool,
) -> Result<()> {
    let whole = ["id", "virtualMachineId", "communityGalleryImageId"]
        .iter()
        .filter_map(|field| profile["source"][field].as_str())
        .collect::<Vec<_>>();
    let os = profile["osDiskImage"]["source"].is_object();
    let facts = match (whole.as_slice(), os) {
        ([id], false) => from_whole(world, id, region)?,
        ([], true) => {
            check_disks(profile)?;
            let os_source = &profile["osDiskImage"]["source"];
            let mut facts = from_disk(world, os_source, region)?;
            facts.os_disk["hostCaching"] = caching(&profile["osDiskImage"]["hostCaching"]);
            facts.os_disk["source"] = os_source.clone();
            for disk in profile["dataDiskImages"].as_array().into_iter().flatten() {
                let mut one = from_disk(world, &disk["source"], region)?.os_disk;
                one["hostCaching"] = caching(&disk["hostCaching"]);
                one["lun"] = disk["lun"].clone();
                one["source"] = disk["source"].clone();
                facts.data_disks.push(one);
            }
            facts
        }
        _ => {
            let text = "The gallery artifact version source can only be specified either directly under storageProfile or within individual OS or data disks. One and only one source type (user image, snapshot, disk, virtual machine) can be provided.";
            return Err(Failure::parameter(PROFILE, text));
        }
    };
    let subject = whole
        .first()
        .copied()
        .or_else(|| profile["osDiskImage"]["source"]["id"].as_str())
        .unwrap_or_default();
    check_against(definition, &facts, subject)?;
    if let Some(size) =
        facts.data_disks.iter().chain([&facts.os_disk]).filter_map(|disk| disk["sizeInGB"].as_i64()).max()
        && size > if shallow { MOST_SHALLOW } else { MOST }
    {
        let most = if shallow { MOST_SHALLOW } else { MOST };
        let text = format!(
            "The GalleryImageVersion source resource size {size} exceeds the max size {most} supported."
        );
        return Err(Failure::arm(409, "GallerySourceResourceExceedsMaxSize", text));
    }
    profile["osDiskImage"] = facts.os_disk;
    if facts.data_disks.is_empty() {
        if let Some(fields) = profile.as_object_mut() {
            fields.remove("dataDiskImages");
        }
    } else {
        profile["dataDiskImages"] = Value::Array(facts.data_disks);
    }
    Ok(())
}

fn caching(given: &Value) -> Value {
    if given.is_null() { json!("None") } else { given.clone() }
}

/// Data disks have LUNs and sources of their own.
fn check_disks(profile: &Value) -> Result<()> {
    let disks = profile["dataDiskImages"].as_array().map_or(&[][..], Vec::as_slice);
    let os = &profile["osDiskImage"]["source"];
    for (index, disk) in disks.iter().enumerate() {
        let path = format!("{PROFILE}.dataDiskImages");
        if disk["lun"].is_null() {
            return Err(compute::missing(&format!("{path}[{index}].lun")));
        }
        if disks[..index].iter().any(|other| other["lun"] == disk["lun"]) {
            let text = "Duplicated lun numbers have been detected in the input data disks. Lun number must be unique for each data disk.";
            return Err(Failure::parameter(&path, text));
        }
        let id = &disk["source"]["id"];
        let same_source = |other: &Value| id.is_string() && compute::same(&other["id"], id);
        if same_source(os) || disks[..index].iter().any(|other| same_source(&other["source"])) {
            let text = "Duplicated source ids are found in the input disks. Source id should be unique for each disk.";
            return Err(Failure::parameter(&path, text));
        }
    }
    Ok(())
}

/// Operating system, state and generation must be the definition's.
fn check_against(definition: &Resource, facts: &Facts, source: &str) -> Result<()> {
    let wanted = &definition.body["properties"];
    let differs = |live: &Option<String>, field: &str| {
        let wanted = wanted[field].as_str().unwrap_or_default().to_owned();
        live.clone().filter(|live| *live != wanted).map(|live| (live, wanted))
    };
    if let Some((live, wanted)) = differs(&facts.os_type, "osType") {
        let text = format!(
            "The resource with id '{source}' has a different OS type ['{live}'] than the parent gallery image OS type ['{wanted}']."
        );
        return Err(Failure::parameter(PROFILE, text));
    }
    if let Some((live, wanted)) = differs(&facts.generation, "hyperVGeneration") {
        let text = format!(
            "The resource with id '{source}' has a different Hypervisor generation ['{live}'] than the parent gallery image Hypervisor generation ['{wanted}']."
        );
        return Err(Failure::parameter(PROFILE, text));
    }
    if let Some((live, wanted)) = differs(&facts.os_state, "osState") {
        let text = format!(
            "Cannot create Gallery Image Version from: {source} since the OS State in the parent gallery image ('{wanted}') is not '{live}'."
        );
        return Err(Failure::parameter(PROFILE, text));
    }
    Ok(())
}

/// The source resource, which must be there, in the version's region, and done.
fn find<'a>(world: &'a World, id: &str, path: &str, region: Option<&str>) -> Result<(&'a Resource, ArmId)> {
    let Some(parsed) = ArmId::parse(id).filter(|parsed| parsed.is_item() && parsed.subscription.is_some())
    else {
        let text = format!(
            "Property id '{id}' at path '{path}' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
        );
        return Err(Failure::arm(400, "LinkedInvalidPropertyId", text));
    };
    let found = world.get(id).filter(|found| region.is_none_or(|region| found.body["location"] == region));
    let Some(found) = found else {
        return Err(not_found(id, path));
    };
    disk_source::ready(world, found, path)?;
    Ok((found, parsed))
}

fn not_found(id: &str, path: &str) -> Failure {
    let text = format!(
        "Source '{id}' is not found. Please check source exists, and is in the same region as gallery image version being created."
    );
    Failure::arm(404, "NotFound", text).on(path)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Managed image, virtual machine, or another gallery's version.
fn from_whole(world: &World, id: &str, region: &str) -> Result<Facts> {
    let path = "properties.storageProfile.source.id";
    if public_gallery::is_id(id) {
        let version = public_gallery::resolve(world, id, region).ok_or_else(|| not_found(id, path))?;
        return from_whole(world, &version.id, region);
    }
    let version =
        ArmId::parse(id).is_some_and(|id| id.kind() == "microsoft.compute/galleries/images/versions");
    let (found, parsed) = find(world, id, path, (!version).then_some(region))?;
    let properties = &found.body["properties"];
    match parsed.kind().as_str() {
        "microsoft.compute/images" => Ok(from_profile(
            world,
            &properties["storageProfile"],
            text(&properties["storageProfile"]["osDisk"]["osState"]),
            text(&properties["hyperVGeneration"]),
        )),
        "microsoft.compute/virtualmachines" => {
            let generalized = found.hidden["generalized"] == true;
            let state = if generalized { "Generalized" } else { "Specialized" };
            let os_disk = &properties["storageProfile"]["osDisk"];
            if os_disk["diffDiskSettings"].is_object() {
                let text = format!("Source virtual machine '{id}' cannot contain an ephemeral OS disk.");
                return Err(Failure::parameter(PROFILE, text));
            }
            if os_disk["managedDisk"].is_null() {
                let text = format!("Source virtual machine '{id}' must be created from Managed Disks.");
                return Err(Failure::parameter(PROFILE, text));
            }
            let disks = properties["storageProfile"]["dataDisks"].as_array().into_iter().flatten();
            if disks.chain([os_disk]).any(|disk| disk["managedDisk"]["storageAccountType"] == "UltraSSD_LRS")
            {
                let text = format!("Source virtual machine '{id}' cannot contain Ultra SSD disks.");
                return Err(Failure::parameter(PROFILE, text));
            }
            let generation = text(&found.hidden["hyperVGeneration"]);
            Ok(from_profile(world, &properties["storageProfile"], Some(state.to_owned()), generation))
        }
        "microsoft.compute/galleries/images/versions" => {
            let here =
                |entry: &Value| entry["name"].as_str().is_some_and(|name| regions::normal(name) == region);
            let targets = properties["publishingProfile"]["targetRegions"].as_array();
            if !targets.is_some_and(|targets| targets.iter().any(here)) {
                return Err(not_found(id, path));
            }
            let definition = parsed.parent().and_then(|parent| world.get(&parent.path()));
            let definition = definition.map_or(&Value::Null, |found| &found.body["properties"]);
            let strip = |disk: &Value| {
                let mut disk = disk.clone();
                if let Some(fields) = disk.as_object_mut() {
                    fields.remove("source");
                }
                disk
            };
            let profile = &properties["storageProfile"];
            Ok(Facts {
                os_type: text(&definition["osType"]),
                os_state: text(&definition["osState"]),
                generation: text(&definition["hyperVGeneration"]),
                os_disk: strip(&profile["osDiskImage"]),
                data_disks: profile["dataDiskImages"].as_array().into_iter().flatten().map(strip).collect(),
            })
        }
        _ => {
            let text = format!(
                "The source id: {id} must either be a managed image, virtual machine or another gallery image version."
            );
            Err(Failure::parameter(path, text))
        }
    }
}

/// The storage profile of a managed image or of a virtual machine.
fn from_profile(world: &World, profile: &Value, state: Option<String>, generation: Option<String>) -> Facts {
    let disk = |disk: &Value| {
        let source = disk["managedDisk"]["id"].as_str().or_else(|| disk["snapshot"]["id"].as_str());
        let size = disk["diskSizeGB"].as_i64().or_else(|| {
            source
                .and_then(|id| world.get(id))
                .and_then(|found| found.body["properties"]["diskSizeGB"].as_i64())
        });
        json!({"sizeInGB": size.unwrap_or(30), "hostCaching": caching(&disk["caching"])})
    };
    let data = profile["dataDisks"].as_array().into_iter().flatten().map(|entry| {
        let mut one = disk(entry);
        one["lun"] = entry["lun"].clone();
        one
    });
    Facts {
        os_type: text(&profile["osDisk"]["osType"]),
        os_state: state,
        generation,
        os_disk: disk(&profile["osDisk"]),
        data_disks: data.collect(),
    }
}

/// One disk, snapshot or VHD.
fn from_disk(world: &World, source: &Value, region: &str) -> Result<Facts> {
    if let Some(uri) = source["uri"].as_str() {
        if source["storageAccountId"].is_null() && source["id"].is_null() {
            return Err(compute::missing(&format!("{PROFILE}.osDiskImage.source.storageAccountId")));
        }
        if !uri.starts_with("https://") {
            return Err(Failure::value(&format!("{PROFILE}.osDiskImage.source.uri"), uri));
        }
        if let Some(account) = source["storageAccountId"].as_str() {
            let path = "properties.storageProfile.osDiskImage.source.storageAccountId";
            find(world, account, path, Some(region))?;
        }
        return Ok(Facts { os_disk: json!({"sizeInGB": 30}), ..Facts::default() });
    }
    let path = "properties.storageProfile.osDiskImage.source.id";
    let id = source["id"].as_str().ok_or_else(|| compute::missing(path))?;
    let (found, parsed) = find(world, id, path, Some(region))?;
    if !["microsoft.compute/disks", "microsoft.compute/snapshots"].contains(&parsed.kind().as_str()) {
        let text = format!("The source id: {id} must be a managed disk or snapshot.");
        return Err(Failure::parameter(path, text));
    }
    let properties = &found.body["properties"];
    Ok(Facts {
        os_type: text(&properties["osType"]),
        os_state: None,
        generation: text(&properties["hyperVGeneration"]),
        os_disk: json!({"sizeInGB": properties["diskSizeGB"].as_i64().unwrap_or(30)}),
        data_disks: Vec::new(),
    })
}
