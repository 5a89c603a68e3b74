//! A live pool as an entry: the account it is in, and the image it boots.

use serde_json::{Map, Value};

use crate::kinds::importing::{Importing, Neighbours};
use crate::kinds::pool::image::{DEFINITION, VERSION};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

pub(super) const IMPORTING: Importing = Importing {
    first: &["id", "account", "displayName", "vmSize", "image", "nodeAgentSkuId", "scaleSettings"],
    told: &[
        "identity.type",
        "identity.principalId",
        "identity.tenantId",
        "properties.lastModified",
        "properties.creationTime",
        "properties.provisioningStateTransitionTime",
        "properties.allocationState",
        "properties.allocationStateTransitionTime",
        "properties.currentDedicatedNodes",
        "properties.currentLowPriorityNodes",
        "properties.autoScaleRun",
        "properties.resizeOperationStatus",
        "properties.currentNodeCommunicationMode",
        "properties.deploymentConfiguration.virtualMachineConfiguration.imageReference",
    ],
    complete,
};

fn complete(live: &Live, neighbours: &Neighbours, entry: &mut Map<String, Value>) -> Result<(), String> {
    entry.insert("id".to_owned(), live.id.name().into());
    let account = live.id.parent().and_then(|account| neighbours.accounts.get(&account).cloned());
    entry.insert("account".to_owned(), account.ok_or("its account is not imported")?.into());
    entry.insert("image".to_owned(), image(&live.body, neighbours)?.into());
    Ok(())
}

/// The image in the words of a file; or what it boots instead of one from a gallery.
fn image(body: &Value, neighbours: &Neighbours) -> Result<String, String> {
    let deployment = body.pointer("/properties/deploymentConfiguration");
    let machine = deployment.and_then(|deployment| deployment.get("virtualMachineConfiguration"));
    let reference = machine.and_then(|machine| machine.get("imageReference"));
    let reference =
        reference.ok_or("it is no pool of virtual machines with an image (cloud services are gone)")?;
    let text = |key: &str| reference.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(written) = text("id") else {
        if let Some(shared) = text("sharedGalleryImageId").or_else(|| text("communityGalleryImageId")) {
            return Err(format!(
                "it boots {shared}, and a file names images of galleries by resource ids only"
            ));
        }
        let of = |key| text(key).unwrap_or("?");
        let (publisher, offer, sku) = (of("publisher"), of("offer"), of("sku"));
        return Err(format!("it boots the Marketplace image {publisher}:{offer}:{sku}, and no custom image"));
    };
    let id = ResourceId::parse(written).map_err(|error| format!("it boots `{written}`: {error}"))?;
    let by_id = || id.to_string();
    if id.is_type(DEFINITION) {
        return Ok(neighbours.image(&id).unwrap_or_else(by_id));
    }
    if !id.is_type(VERSION) {
        return Err(format!("it boots {written}, which is no image of a gallery"));
    }
    let is_number = id.name().bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let named = id.parent().filter(|_| is_number).and_then(|definition| neighbours.image(&definition));
    Ok(named.map_or_else(by_id, |image| format!("{image}@{}", id.name())))
}
