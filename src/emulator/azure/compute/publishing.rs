//! The publishing profile of an image version: target regions, replicas, storage, and their rules.
//! A function of what was sent and what stands; starts no replication.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::image_version;
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::regions;
use crate::emulator::store::Resource;

const PATH: &str = "galleryImageVersion.properties.publishingProfile";

/// The profile as it is answered: defaults filled, regions by display name, rules checked. `old` is the profile
/// that stands, whose fixed parts are kept.
pub(crate) fn complete(sent: &Value, location: &str, old: Option<&Value>, now: Moment) -> Result<Value> {
    let mut profile = if sent.is_object() { sent.clone() } else { json!({}) };
    match old {
        Some(old) => {
            keep_fixed(old, &mut profile)?;
            profile["publishedDate"] = old["publishedDate"].clone();
        }
        None => profile["publishedDate"] = json!(now.rfc3339_offset()),
    }
    compute::default(&mut profile, "replicaCount", 1);
    compute::default(&mut profile, "excludeFromLatest", false);
    compute::default(&mut profile, "storageAccountType", "Standard_LRS");
    compute::default(&mut profile, "replicationMode", "Full");
    check_count(&profile["replicaCount"], &format!("{PATH}.replicaCount"))?;
    image_version::check_end_of_life(&profile, old, now)?;
    let named = profile["targetRegions"].as_array().is_some_and(|targets| !targets.is_empty());
    if !named {
        profile["targetRegions"] = json!([{"name": location}]);
    }
    let targets = profile["targetRegions"].as_array().cloned().unwrap_or_default();
    let mut done: Vec<Value> = Vec::new();
    for (index, mut target) in targets.into_iter().enumerate() {
        let path = format!("{PATH}.targetRegions[{index}]");
        let name = target["name"].as_str().ok_or_else(|| compute::missing(&format!("{path}.name")))?;
        let Some(region) = regions::find(name) else {
            let text = format!(
                "The provided location '{name}' in '{path}.name' is not available for resource type 'Microsoft.Compute/galleries/images/versions'."
            );
            return Err(Failure::parameter(&format!("{path}.name"), text));
        };
        if done.iter().any(|other| other["name"] == region.display) {
            let text = "Duplicate regions are not allowed in target publishing regions.";
            return Err(Failure::parameter(&format!("{PATH}.targetRegions"), text));
        }
        target["name"] = json!(region.display);
        let (count, storage) = (profile["replicaCount"].clone(), profile["storageAccountType"].clone());
        compute::default(&mut target, "regionalReplicaCount", count);
        compute::default(&mut target, "excludeFromLatest", profile["excludeFromLatest"].clone());
        let live = old.and_then(|old| live_target(old, region.display));
        let live_storage = live.map_or(&Value::Null, |live| &live["storageAccountType"]);
        if target["storageAccountType"].is_null() {
            target["storageAccountType"] =
                if live_storage.is_null() { storage } else { live_storage.clone() };
        } else if !live_storage.is_null() && target["storageAccountType"] != *live_storage {
            return Err(compute::change_refused(&format!("{path}.storageAccountType")));
        }
        if target["storageAccountType"] == "Standard_ZRS" && !region.zones {
            let text = "ZRS storage account type is not supported in this region.";
            return Err(Failure::parameter(&format!("{path}.storageAccountType"), text));
        }
        check_count(&target["regionalReplicaCount"], &format!("{path}.regionalReplicaCount"))?;
        if profile["replicationMode"] == "Shallow" && target["regionalReplicaCount"] != 1 {
            let text = "The replica count must be 1 when the replication mode is 'Shallow'.";
            return Err(Failure::parameter(&format!("{path}.regionalReplicaCount"), text));
        }
        done.push(target);
    }
    let home = regions::find(location).map_or(location, |region| region.display);
    if !done.iter().any(|target| target["name"] == home) {
        let listed: Vec<&str> = done.iter().filter_map(|target| target["name"].as_str()).collect();
        let text = format!(
            "Gallery image version publishing profile regions '{}' must contain the location of image version '{location}'.",
            listed.join(",")
        );
        return Err(Failure::parameter(&format!("{PATH}.targetRegions"), text));
    }
    profile["targetRegions"] = Value::Array(done);
    Ok(profile)
}

/// The target of that display name in a profile that stands.
fn live_target<'a>(old: &'a Value, display: &str) -> Option<&'a Value> {
    old["targetRegions"].as_array()?.iter().find(|target| target["name"] == display)
}

fn keep_fixed(old: &Value, profile: &mut Value) -> Result<()> {
    for field in ["storageAccountType", "replicationMode", "storageAccountStrategy"] {
        match (&old[field], &profile[field]) {
            (live, Value::Null) if !live.is_null() => profile[field] = live.clone(),
            (live, sent) if live != sent => return Err(compute::change_refused(&format!("{PATH}.{field}"))),
            _ => {}
        }
    }
    if let Some(fields) = profile.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    Ok(())
}

fn check_count(count: &Value, path: &str) -> Result<()> {
    match count.as_i64() {
        Some(count) if !(1..=100).contains(&count) => Err(compute::out_of_range(path, count, 1, 100)),
        _ => Ok(()),
    }
}

/// True when a version is not to be taken as the latest in a region: the region's own flag wins.
pub(crate) fn excluded(version: &Resource, region: &str) -> bool {
    let profile = &version.body["properties"]["publishingProfile"];
    let display = regions::find(region).map_or(region, |region| region.display);
    match live_target(profile, display).map(|target| &target["excludeFromLatest"]) {
        Some(Value::Bool(flag)) => *flag,
        _ => profile["excludeFromLatest"] == true,
    }
}
