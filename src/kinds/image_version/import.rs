//! A live image version as an entry: what it was made from, and what its regions have from it.

use serde_json::{Map, Value, json};

use crate::kinds::importing::Importing;
use crate::model::resource_id::ResourceId;

/// What `lower` writes where a file says nothing.
const STORAGE: &str = "Standard_LRS";

pub(super) const IMPORTING: Importing = Importing {
    first: &["version", "source", "targetRegions"],
    told: &[
        "properties.publishingProfile.publishedDate",
        "properties.publishingProfile.replicaCount",
        "properties.replicationStatus",
        "properties.storageProfile",
        "properties.safetyProfile.reportedForPolicyViolation",
        "properties.safetyProfile.policyViolations",
    ],
    complete: |live, _, entry| {
        entry.insert("version".to_owned(), live.id.name().into());
        let source = source(&live.body).ok_or("Azure does not tell what it was made from")?;
        entry.insert("source".to_owned(), source);
        spread(entry, &live.body);
        Ok(())
    },
};

/// What a version was made from, as a file says it. Azure keeps the ids also of what is gone.
fn source(body: &Value) -> Option<Value> {
    let profile = body.pointer("/properties/storageProfile")?;
    let text = |pointer: &str| profile.pointer(pointer).and_then(Value::as_str).filter(|id| !id.is_empty());
    if let Some(machine) = text("/source/virtualMachineId") {
        return Some(json!({ "virtualMachine": machine }));
    }
    if let Some(whole) = text("/source/id") {
        return of_whole(whole);
    }
    let data = profile.get("dataDiskImages").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if let Some(disk) = text("/osDiskImage/source/id").and_then(|id| ResourceId::parse(id).ok()) {
        let data: Option<Vec<Value>> = data
            .iter()
            .map(|disk| {
                let snapshot = disk.pointer("/source/id")?;
                Some(json!({ "lun": disk.get("lun")?, "snapshot": snapshot }))
            })
            .collect();
        let mut disks = json!({ "os": disk.to_string() });
        add(&mut disks, "data", data?);
        return is_disk(&disk).then(|| json!({ "snapshots": disks }));
    }
    let (uri, account) = (text("/osDiskImage/source/uri")?, text("/osDiskImage/source/storageAccountId")?);
    let data: Option<Vec<Value>> = data
        .iter()
        .map(|disk| {
            let mut blob = json!({ "lun": disk.get("lun")?, "uri": disk.pointer("/source/uri")? });
            if let (Some(other), Some(blob)) =
                (disk.pointer("/source/storageAccountId").filter(|id| *id != account), blob.as_object_mut())
            {
                blob.insert("storageAccountId".to_owned(), other.clone());
            }
            Some(blob)
        })
        .collect();
    let mut vhd = json!({ "uri": uri, "storageAccountId": account });
    add(&mut vhd, "data", data?);
    Some(json!({ "vhd": vhd }))
}

fn of_whole(text: &str) -> Option<Value> {
    let id = ResourceId::parse(text).ok()?;
    let keys = [
        ("managedImage", "Microsoft.Compute/images"),
        ("imageVersion", "Microsoft.Compute/galleries/images/versions"),
        ("virtualMachine", "Microsoft.Compute/virtualMachines"),
    ];
    let (key, _) = keys.into_iter().find(|(_, of)| id.is_type(of))?;
    Some(json!({ key: text }))
}

fn is_disk(id: &ResourceId) -> bool {
    id.is_type("Microsoft.Compute/snapshots") || id.is_type("Microsoft.Compute/disks")
}

fn add(map: &mut Value, key: &str, list: Vec<Value>) {
    if let Some(map) = map.as_object_mut().filter(|_| !list.is_empty()) {
        map.insert(key.to_owned(), list.into());
    }
}

/// What a region has from the version is said once; what is another in a region stays with it.
fn spread(entry: &mut Map<String, Value>, body: &Value) {
    let profile = body.pointer("/properties/publishingProfile");
    let storage = profile.and_then(|profile| profile.get("storageAccountType")).and_then(Value::as_str);
    let excluded = profile.and_then(|profile| profile.get("excludeFromLatest")) == Some(&Value::Bool(true));
    let storage = storage.unwrap_or(STORAGE);
    if storage.eq_ignore_ascii_case(STORAGE) {
        entry.remove("storageAccountType");
    }
    let regions = entry.get_mut("targetRegions").and_then(Value::as_array_mut);
    for region in regions.into_iter().flatten().filter_map(Value::as_object_mut) {
        let own = region.get("storageAccountType").and_then(Value::as_str);
        if own.is_some_and(|own| own.eq_ignore_ascii_case(storage)) {
            region.remove("storageAccountType");
        }
        // What Azure leaves out is false, and the version's own flag would win.
        match region.get("excludeFromLatest") {
            Some(_) if excluded => {
                region.remove("excludeFromLatest");
            }
            None if excluded => {
                region.insert("excludeFromLatest".to_owned(), false.into());
            }
            _ => {}
        }
    }
}
