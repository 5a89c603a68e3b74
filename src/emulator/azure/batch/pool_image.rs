//! The image a pool boots: whether it is there, fits, and has replicas in the pool's region.
//! Reads galleries; changes nothing.

use serde_json::Value;

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure;
use crate::emulator::azure::batch::pool_check;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::resize_error::ResizeError;
use crate::emulator::azure::compute::image_version;
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

const DEFINITION: &str = "microsoft.compute/galleries/images";
const VERSION: &str = "microsoft.compute/galleries/images/versions";

/// An image that nodes can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The id of the gallery image version; none for other images.
    pub(crate) version: Option<String>,
    /// Its finished replicas in the region; none for other images, which never run short.
    pub(crate) replicas: Option<u32>,
}

/// An image that no node can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    image: String,
    region: String,
}

impl Missing {
    /// What a resize says about it.
    pub(crate) fn resize_error(&self) -> ResizeError {
        let text = format!(
            "The gallery image {} is not available in {} region. Please contact image owner to replicate to this region, or change your requested region.",
            self.image, self.region
        );
        let provider = serde_json::json!({
            "error": {"code": "GalleryImageNotFound", "message": text, "target": "imageReference"},
        });
        ResizeError::new("AllocationFailed", "Desired number of dedicated nodes could not be allocated")
            .value("Reason", text)
            .value("Provider Error Json", provider.to_string())
            .value("Provider Error Json Truncated", "False")
    }
}

/// What a pool in this region would boot at this moment.
pub(crate) fn find(world: &World, reference: &Value, region: &str, at: Moment) -> Result<Found, Missing> {
    let Some(id) = reference["id"].as_str() else { return Ok(Found { version: None, replicas: None }) };
    let version = match kind_of(id).as_deref() {
        Some(VERSION) => world.get(id),
        Some(DEFINITION) => image_version::latest(world, id, region, at),
        _ => None,
    };
    let version = version.map(|version| (version, image_version::replicas(version, region, at)));
    match version {
        Some((version, replicas)) if replicas > 0 => {
            Ok(Found { version: Some(version.id.clone()), replicas: Some(replicas) })
        }
        _ => Err(Missing { image: id.to_owned(), region: region.to_owned() }),
    }
}

/// Refuses a pool whose image cannot be what it says: no such image, another system than the node agent's, not
/// generalized, a subscription that does not know Batch. A missing replica is no reason: that fails the resize.
pub(crate) fn check(world: &World, properties: &Value, account_id: &str, dialect: Dialect) -> Result<()> {
    let machine = &properties["deploymentConfiguration"]["virtualMachineConfiguration"];
    let Some(id) = machine["imageReference"]["id"].as_str() else { return Ok(()) };
    let path = if dialect.data_plane {
        "virtualMachineConfiguration.imageReference.virtualMachineImageId"
    } else {
        "properties.deploymentConfiguration.virtualMachineConfiguration.imageReference.id"
    };
    let invalid = |reason: String| Err(dialect.invalid(path, &machine["imageReference"]["id"], reason));
    let kind = kind_of(id);
    if !matches!(kind.as_deref(), Some(DEFINITION | VERSION)) {
        return invalid(
            "The image must be an Azure Compute Gallery image: /subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/Microsoft.Compute/galleries/{galleryName}/images/{imageDefinitionName}/versions/{versionId}.".to_owned(),
        );
    }
    let image = ArmId::parse(id).unwrap_or_default();
    let account = ArmId::parse(account_id).unwrap_or_default();
    let subscription = image.subscription.clone().unwrap_or_default();
    let foreign = !account.subscription.is_some_and(|own| own.eq_ignore_ascii_case(&subscription));
    if foreign && dialect.data_plane {
        return invalid("The image must be in the same subscription as the Batch account.".to_owned());
    }
    if foreign && !azure::is_registered(world, &subscription, "Microsoft.Batch") {
        let text = format!(
            "The subscription '{subscription}' of the image is not registered to use namespace 'Microsoft.Batch'. See https://aka.ms/rps-not-found for how to register subscriptions."
        );
        return Err(Failure::arm(409, "MissingSubscriptionRegistration", text).on("Microsoft.Batch"));
    }
    if !world.has(id) {
        return invalid(format!("The specified image '{id}' could not be found or is not accessible."));
    }
    let definition = if kind.as_deref() == Some(VERSION) {
        image.parent().map(|it| it.path())
    } else {
        Some(id.to_owned())
    };
    let Some(definition) = definition.and_then(|id| world.get(&id)) else { return Ok(()) };
    let facts = &definition.body["properties"];
    if facts["osState"] != "Generalized" {
        return invalid("Only generalized images are supported; the image is specialized.".to_owned());
    }
    let windows = facts["osType"].as_str().is_some_and(|system| system.eq_ignore_ascii_case("Windows"));
    if windows != pool_check::is_windows(properties) {
        let system = facts["osType"].as_str().unwrap_or_default();
        return invalid(format!(
            "The node agent SKU does not fit the image, whose operating system is {system}."
        ));
    }
    Ok(())
}

/// The type of a well-formed resource id, in lower case.
fn kind_of(id: &str) -> Option<String> {
    ArmId::parse(id).filter(|parsed| parsed.is_item() && parsed.group.is_some()).map(|parsed| parsed.kind())
}
