//! What a virtual machine or a disk is made from: a gallery image, a managed image or a platform image.
//! Finds it and says what it holds; makes nothing.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::disk_source;
use crate::emulator::azure::compute::image_version;
use crate::emulator::azure::compute::public_gallery;
use crate::emulator::call::{Failure, Result};
use crate::emulator::store::{Resource, World};

/// What is known of an image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    /// Its id; none for a platform image by publisher, offer and SKU.
    pub(crate) id: Option<String>,
    /// `Linux` or `Windows`.
    pub(crate) os_type: String,
    /// True when the machine must be given a name, a user and a secret.
    pub(crate) generalized: bool,
    /// `V1` or `V2`.
    pub(crate) generation: String,
    /// GB of the operating system disk.
    pub(crate) os_size: i64,
    /// Lun and GB of each data disk.
    pub(crate) data_disks: Vec<(i64, i64)>,
}

const PATH: &str = "imageReference";

/// What a reference leads to in a region.
pub(crate) fn find(world: &World, reference: &Value, region: &str) -> Result<Image> {
    let named = ["id", "sharedGalleryImageId", "communityGalleryImageId"]
        .iter()
        .find_map(|field| reference[*field].as_str());
    let Some(id) = named else { return platform(reference) };
    match ArmId::parse(id).map(|parsed| parsed.kind()).unwrap_or_default().as_str() {
        "microsoft.compute/images" => managed(world, id, region),
        "microsoft.compute/galleries/images" | "microsoft.compute/galleries/images/versions" => {
            let named = world.get(id).filter(|found| found.kind.ends_with("/versions"));
            gallery(world, named.or_else(|| image_version::latest(world, id, region, world.now)), id, region)
        }
        "microsoft.compute/locations/publishers/artifacttypes/offers/skus/versions" => {
            let parsed = ArmId::parse(id).unwrap_or_default();
            let part = |at: usize| parsed.names.get(at).cloned().unwrap_or_default();
            let plain = json!({"publisher": part(1), "offer": part(3), "sku": part(4), "version": part(5)});
            Ok(Image { id: Some(id.to_owned()), ..platform(&plain)? })
        }
        _ if public_gallery::is_id(id) => {
            gallery(world, public_gallery::resolve(world, id, region), id, region)
        }
        _ => Err(Failure::value(&format!("{PATH}.id"), id)),
    }
}

fn text(value: &Value, default: &str) -> String {
    value.as_str().unwrap_or(default).to_owned()
}

/// Lun and size of each entry of a list of data disks.
fn data_disks(list: &Value, size: &str) -> Vec<(i64, i64)> {
    let entries = list.as_array().into_iter().flatten();
    entries.filter_map(|disk| Some((disk["lun"].as_i64()?, disk[size].as_i64().unwrap_or(30)))).collect()
}

fn managed(world: &World, id: &str, region: &str) -> Result<Image> {
    let Some(found) = world.get(id).filter(|found| found.body["location"] == region) else {
        let text = format!("The Image '{id}' cannot be found in '{region}' region.");
        return Err(Failure::arm(404, "NotFound", text).on(PATH));
    };
    disk_source::ready(world, found, PATH)?;
    let properties = &found.body["properties"];
    let disk = &properties["storageProfile"]["osDisk"];
    Ok(Image {
        id: Some(found.id.clone()),
        os_type: text(&disk["osType"], "Linux"),
        generalized: disk["osState"] != "Specialized",
        generation: text(&properties["hyperVGeneration"], "V1"),
        os_size: disk["diskSizeGB"].as_i64().unwrap_or(30),
        data_disks: data_disks(&properties["storageProfile"]["dataDisks"], "diskSizeGB"),
    })
}

/// The image of a gallery's version; `id` is how it was asked for.
fn gallery(world: &World, version: Option<&Resource>, id: &str, region: &str) -> Result<Image> {
    let version = version.filter(|version| image_version::replicas(version, region, world.now) > 0);
    let Some(version) = version else {
        let text = format!(
            "The gallery image {id} is not available in {region} region. Please contact image owner to replicate to this region, or change your requested region."
        );
        return Err(Failure::arm(404, "GalleryImageNotFound", text).on(PATH));
    };
    let definition = ArmId::parse(&version.id).and_then(|id| id.parent());
    let definition = definition.and_then(|id| world.get(&id.path()));
    let definition = definition.map_or(&Value::Null, |found| &found.body["properties"]);
    let profile = &version.body["properties"]["storageProfile"];
    Ok(Image {
        id: Some(version.id.clone()),
        os_type: text(&definition["osType"], "Linux"),
        generalized: definition["osState"] != "Specialized",
        generation: text(&definition["hyperVGeneration"], "V1"),
        os_size: profile["osDiskImage"]["sizeInGB"].as_i64().unwrap_or(30),
        data_disks: data_disks(&profile["dataDiskImages"], "sizeInGB"),
    })
}

/// A platform image: there is no list of them here, what its name tells is believed.
fn platform(reference: &Value) -> Result<Image> {
    for field in ["publisher", "offer", "sku", "version"] {
        if reference[field].as_str().is_none_or(str::is_empty) {
            return Err(compute::missing(&format!("{PATH}.{field}")));
        }
    }
    let word = |field: &str| reference[field].as_str().unwrap_or_default().to_ascii_lowercase();
    let windows = word("publisher").starts_with("microsoftwindows");
    let second = ["gen2", "-g2", "server", "azure-edition", "_64-v2"];
    let first = word("sku").contains("gen1");
    let generation = !first && second.iter().any(|mark| word("sku").contains(mark));
    Ok(Image {
        id: None,
        os_type: if windows { "Windows" } else { "Linux" }.to_owned(),
        generalized: true,
        generation: if generation { "V2" } else { "V1" }.to_owned(),
        os_size: if windows { 127 } else { 30 },
        data_disks: Vec::new(),
    })
}
