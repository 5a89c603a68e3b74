//! The publishing profile of an image version: target regions, replicas, storage, and their rules.
//! A function of what was sent and what stands; starts no replication.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::image_definition;
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::regions;
use crate::emulator::store::Resource;

const PATH: &str = "galleryImageVersion.properties.publishingProfile";

/// The most replicas of a version, over all its regions.
const MOST_REPLICAS: i64 = 100;

/// The profile as it is answered: defaults filled as the api-version has them, regions by display name, rules
/// checked. `old` is the profile that stands, whose fixed parts are kept.
pub(crate) fn complete(
    sent: &Value,
    location: &str,
    old: Option<&Value>,
    now: Moment,
    api_version: &str,
) -> Result<Value> {
    let mut profile = if sent.is_object() { sent.clone() } else { json!({}) };
    if let Some(old) = old {
        keep_fixed(old, &mut profile)?;
        profile["publishedDate"] = old["publishedDate"].clone();
    } else {
        choose_storage(&mut profile, api_version)?;
        profile["publishedDate"] = json!(now.rfc3339_offset());
    }
    compute::default(&mut profile, "replicaCount", 1);
    compute::default(&mut profile, "excludeFromLatest", false);
    compute::default(&mut profile, "replicationMode", "Full");
    check_count(&profile["replicaCount"], &format!("{PATH}.replicaCount"))?;
    let end = old.map(|old| &old["endOfLifeDate"]);
    let path = format!("{PATH}.endOfLifeDate");
    image_definition::check_end_of_life(&profile["endOfLifeDate"], end, now, &path)?;
    let named = profile["targetRegions"].as_array().is_some_and(|targets| !targets.is_empty());
    if !named {
        profile["targetRegions"] = json!([{"name": location}]);
    }
    let targets = profile["targetRegions"].as_array().cloned().unwrap_or_default();
    let mut done: Vec<Value> = Vec::new();
    for (index, target) in targets.into_iter().enumerate() {
        let target = complete_target(target, &profile, old, &format!("{PATH}.targetRegions[{index}]"))?;
        if done.iter().any(|other| other["name"] == target["name"]) {
            let text = "Duplicate regions are not allowed in target publishing regions.";
            return Err(Failure::parameter(&format!("{PATH}.targetRegions"), text));
        }
        done.push(target);
    }
    check_targets(&done, location)?;
    if profile["storageAccountType"].is_null() {
        // Older api-versions know no strategies, and always answer a type: that of the version's own region.
        let home = regions::find(location).map_or(location, |region| region.display);
        let own =
            done.iter().find(|target| target["name"] == home).map(|target| &target["storageAccountType"]);
        profile["storageAccountType"] = own.cloned().unwrap_or_default();
    }
    profile["targetRegions"] = Value::Array(done);
    Ok(profile)
}

/// Where the bytes of a new version are kept: a type, or from 2025-03-03 on a strategy that chooses one by region.
fn choose_storage(profile: &mut Value, api_version: &str) -> Result<()> {
    match (profile["storageAccountType"].is_null(), profile["storageAccountStrategy"].is_null()) {
        (false, false) => {
            let path = format!("{PATH}.storageAccountStrategy");
            let text =
                "The property 'storageAccountStrategy' cannot be specified along with 'storageAccountType'.";
            return Err(Failure::parameter(&path, text));
        }
        (true, true) if api_version >= "2025-03-03" => {
            profile["storageAccountStrategy"] = json!("PreferStandard_ZRS");
        }
        (true, true) => profile["storageAccountType"] = json!("Standard_LRS"),
        _ => {}
    }
    Ok(())
}

/// One target as it is answered.
fn complete_target(mut target: Value, profile: &Value, old: Option<&Value>, path: &str) -> Result<Value> {
    let name = target["name"].as_str().ok_or_else(|| compute::missing(&format!("{path}.name")))?;
    let Some(region) = regions::find(name) else {
        let text = format!(
            "The provided location '{name}' in '{path}.name' is not available for resource type 'Microsoft.Compute/galleries/images/versions'."
        );
        return Err(Failure::parameter(&format!("{path}.name"), text));
    };
    target["name"] = json!(region.display);
    compute::default(&mut target, "regionalReplicaCount", profile["replicaCount"].clone());
    compute::default(&mut target, "excludeFromLatest", profile["excludeFromLatest"].clone());
    let live = old.and_then(|old| live_target(old, region.display));
    let live_storage = live.map_or(&Value::Null, |live| &live["storageAccountType"]);
    if target["storageAccountType"].is_null() {
        let zones = profile["storageAccountStrategy"] == "PreferStandard_ZRS" && region.zones;
        target["storageAccountType"] = match (live_storage, &profile["storageAccountType"]) {
            (Value::Null, Value::Null) => json!(if zones { "Standard_ZRS" } else { "Standard_LRS" }),
            (Value::Null, chosen) => chosen.clone(),
            (live, _) => live.clone(),
        };
    } else if !live_storage.is_null() && target["storageAccountType"] != *live_storage {
        return Err(compute::change_refused(&format!("{path}.storageAccountType")));
    }
    if target["storageAccountType"] == "Standard_ZRS" && !region.zones {
        let text = "ZRS storage account type is not supported in this region.";
        return Err(Failure::parameter(&format!("{path}.storageAccountType"), text));
    }
    check_count(&target["regionalReplicaCount"], &format!("{path}.regionalReplicaCount"))?;
    if profile["replicationMode"] == "Shallow" {
        if target["regionalReplicaCount"] != 1 {
            let text = "The replica count must be 1 when the replication mode is 'Shallow'.";
            return Err(Failure::parameter(&format!("{path}.regionalReplicaCount"), text));
        }
        if is_encrypted(&target) {
            let text = "Disk encryption sets are not supported when the replication mode is 'Shallow'.";
            return Err(Failure::parameter(&format!("{path}.encryption"), text));
        }
    }
    for (index, set) in target["additionalReplicaSets"].as_array().into_iter().flatten().enumerate() {
        let path = format!("{path}.additionalReplicaSets[{index}].regionalReplicaCount");
        check_count(&set["regionalReplicaCount"], &path)?;
    }
    Ok(target)
}

/// True when a target names a disk encryption set.
fn is_encrypted(target: &Value) -> bool {
    let encryption = &target["encryption"];
    let disks = encryption["dataDiskImages"].as_array().into_iter().flatten();
    disks.chain([&encryption["osDiskImage"]]).any(|disk| disk["diskEncryptionSetId"].is_string())
}

/// What all targets together must fit.
fn check_targets(targets: &[Value], location: &str) -> Result<()> {
    let path = format!("{PATH}.targetRegions");
    let home = regions::find(location).map_or(location, |region| region.display);
    if !targets.iter().any(|target| target["name"] == home) {
        let listed: Vec<&str> = targets.iter().filter_map(|target| target["name"].as_str()).collect();
        let text = format!(
            "Gallery image version publishing profile regions '{}' must contain the location of image version '{location}'.",
            listed.join(",")
        );
        return Err(Failure::parameter(&path, text));
    }
    let sets = |target: &Value| target["additionalReplicaSets"].as_array().cloned().unwrap_or_default();
    let replicas: i64 = targets
        .iter()
        .flat_map(|target| sets(target).into_iter().chain([target.clone()]))
        .map(|target| target["regionalReplicaCount"].as_i64().unwrap_or(1))
        .sum();
    if replicas > MOST_REPLICAS {
        let text = format!(
            "The number of replicas '{replicas}' over all target regions exceeds the maximum of '{MOST_REPLICAS}' for a gallery image version."
        );
        return Err(Failure::parameter(&path, text));
    }
    Ok(())
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
    *profile = compute::without_nulls(profile.take());
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
