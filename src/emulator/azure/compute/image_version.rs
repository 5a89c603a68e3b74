//! Image versions: get, list, make, change, delete, and what Batch asks about them.
//! When a region is done is computed in `replication`, what a source holds in `version_source`.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::azure::compute::gallery;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::publishing;
use crate::emulator::azure::compute::replication::{self, Job, Target};
use crate::emulator::azure::compute::soft_delete;
use crate::emulator::azure::compute::usage;
use crate::emulator::azure::compute::version_shape::MODEL;
use crate::emulator::azure::compute::version_source;
use crate::emulator::azure::shape::{self, NEWEST};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::regions;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

const KIND: &str = "Microsoft.Compute/galleries/images/versions";
const LOWER: &str = "microsoft.compute/galleries/images/versions";
const WORD: &str = "galleryImageVersion";

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: KIND, versions: gallery::VERSIONS, handler: get },
    Route { verb: Verb::List, kind: KIND, versions: gallery::VERSIONS, handler: compute::list },
    Route { verb: Verb::Put, kind: KIND, versions: gallery::VERSIONS, handler: put },
    Route { verb: Verb::Patch, kind: KIND, versions: gallery::VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: KIND, versions: gallery::VERSIONS, handler: delete },
];

/// The api-version whose defaults a seeded version has.
const SEEDED: &str = "2024-03-03";

/// Three decimal numbers, each within 32 bits; none when the name is not a version.
pub(crate) fn numbers(name: &str) -> Option<[u32; 3]> {
    let mut parts = name.split('.').map(|part| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok())).flatten()
    });
    let found = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(found)
}

fn check_name(name: &str) -> Result<()> {
    numbers(name).map(|_| ()).ok_or_else(|| {
        let text = "The image version name is invalid. The image version name should follow Major(int).Minor(int).Patch(int) format, for e.g: 1.0.0, 2018.12.1 etc.";
        compute::invalid_name(WORD, text)
    })
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    let mut body = compute::view(call, LOWER, &found.body);
    if call.query("$expand").is_some_and(|what| what.eq_ignore_ascii_case("ReplicationStatus")) {
        let order: Vec<String> = targets(&body["properties"]["publishingProfile"])
            .into_iter()
            .map(|target| target.region)
            .collect();
        let display = |name: &str| regions::find(name).map_or(name, |region| region.display).to_owned();
        let status = replication::status(&found.hidden["regions"], &order, world.now, display);
        body["properties"]["replicationStatus"] = status;
    }
    Ok(Answer::ok(body))
}

/// Regions and replicas of a publishing profile.
fn targets(profile: &Value) -> Vec<Target> {
    let all = profile["targetRegions"].as_array().into_iter().flatten();
    all.map(|target| Target {
        region: regions::normal(target["name"].as_str().unwrap_or_default()),
        replicas: target["regionalReplicaCount"].as_i64().unwrap_or(1),
    })
    .collect()
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    check_name(call.id.name())?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let mut sent = compute::properties(call, &MODEL)?;
    let restores = take_restore(&mut sent);
    if old.is_none() {
        if restores {
            return restore(world, call, Write::Create);
        }
        soft_delete::refuse_name(world, call)?;
        usage::refuse_one_more(world, call, region)?;
    }
    let (write, mut properties) = match &old {
        None => (Write::Create, create(world, call, &sent, region.name)?),
        Some(old) => {
            refuse_if_busy(old)?;
            let live = &old.body["properties"];
            let profile = &sent["publishingProfile"];
            let profile = publishing::complete(
                profile,
                region.name,
                Some(&live["publishingProfile"]),
                world.now,
                call.api_version(),
            )?;
            (Write::Replace, change(live, &sent, profile)?)
        }
    };
    fill_safety(&mut properties);
    let resource = compute::assemble(world, call, old, region, &properties)?;
    Ok(begin(world, call, write, resource))
}

/// Takes `restore` out of what was sent: it is a wish, and no property that stays.
fn take_restore(sent: &mut Value) -> bool {
    let taken = sent.as_object_mut().and_then(|fields| fields.remove("restore"));
    taken == Some(Value::Bool(true))
}

/// Brings back a version that was deleted softly.
fn restore(world: &mut World, call: &Call, write: Write) -> Result<Answer> {
    let resource = soft_delete::take(world, call)?;
    Ok(begin(world, call, write, resource))
}

/// The properties of a new version.
fn create(world: &World, call: &Call, sent: &Value, region: &str) -> Result<Value> {
    let parent = call.id.parent().and_then(|parent| world.get(&parent.path()));
    let definition =
        parent.ok_or_else(|| Failure::arm(404, "ParentResourceNotFound", "Parent resource not found."))?;
    provisioning::refuse_if_going(Some(definition))?;
    if sent["storageProfile"].is_null() {
        return Err(compute::missing("galleryImageVersion.properties.storageProfile"));
    }
    let profile =
        publishing::complete(&sent["publishingProfile"], region, None, world.now, call.api_version())?;
    let mut properties = sent.clone();
    properties["publishingProfile"] = profile;
    let shallow = properties["publishingProfile"]["replicationMode"] == "Shallow";
    version_source::complete(world, &mut properties["storageProfile"], region, definition, shallow)?;
    Ok(properties)
}

/// The properties of a version that is there, with what was sent over them. The source stays: `storageProfile: {}`
/// and read-only sizes are how clients send back what they read.
fn change(live: &Value, sent: &Value, profile: Value) -> Result<Value> {
    let storage = &sent["storageProfile"];
    let kept = &live["storageProfile"];
    for path in [
        "/source/id",
        "/source/virtualMachineId",
        "/source/communityGalleryImageId",
        "/osDiskImage/source/id",
        "/osDiskImage/source/uri",
    ] {
        let same = match (storage.pointer(path), kept.pointer(path)) {
            (None, _) => true,
            (Some(sent), Some(live)) => compute::same(sent, live),
            // A virtual machine may be named by either property.
            (Some(sent), None) => ["id", "virtualMachineId"]
                .iter()
                .any(|field| path.starts_with("/source/") && compute::same(sent, &kept["source"][field])),
        };
        if !same {
            let path = format!("galleryImageVersion.properties.storageProfile{}", path.replace('/', "."));
            return Err(compute::change_refused(&path));
        }
    }
    if let Some(disks) = storage["dataDiskImages"].as_array() {
        let luns = |disks: &[Value]| disks.iter().map(|disk| disk["lun"].clone()).collect::<Vec<_>>();
        let known = kept["dataDiskImages"].as_array().map_or_else(Vec::new, |disks| luns(disks));
        if luns(disks).iter().any(|lun| !known.contains(lun)) {
            let text = "Adding new Data Disks or changing the LUN of a Data Disk in an existing Image is not allowed.";
            return Err(Failure::arm(409, "PropertyChangeNotAllowed", text));
        }
    }
    let mut properties = compute::overlay(live, sent);
    properties["storageProfile"] = kept.clone();
    properties["publishingProfile"] = profile;
    let removed = targets(&live["publishingProfile"])
        .into_iter()
        .find(|old| !targets(&properties["publishingProfile"]).iter().any(|new| new.region == old.region));
    // The flag that stands decides: it must be lifted by a write of its own first.
    if let Some(removed) = removed
        && live["safetyProfile"]["allowDeletionOfReplicatedLocations"] == false
        && properties["safetyProfile"]["allowDeletionOfReplicatedLocations"] == false
    {
        let text = format!(
            "Removing the replicated location '{}' is not allowed because 'allowDeletionOfReplicatedLocations' is set to false.",
            removed.region
        );
        return Err(Failure::arm(409, "OperationNotAllowed", text)
            .on("galleryImageVersion.properties.safetyProfile.allowDeletionOfReplicatedLocations"));
    }
    Ok(properties)
}

fn fill_safety(properties: &mut Value) {
    let safety = &mut properties["safetyProfile"];
    compute::default(safety, "allowDeletionOfReplicatedLocations", true);
    compute::default(safety, "blockDeletionBeforeEndOfLife", false);
    safety["reportedForPolicyViolation"] = json!(false);
}

/// Plans the replication and files the version as being written.
fn begin(world: &mut World, call: &Call, write: Write, mut resource: Resource) -> Answer {
    let profile = &resource.body["properties"]["publishingProfile"];
    let storage = &resource.body["properties"]["storageProfile"];
    let disks = storage["dataDiskImages"].as_array().into_iter().flatten().chain([&storage["osDiskImage"]]);
    let size = disks.filter_map(|disk| disk["sizeInGB"].as_i64()).max().unwrap_or(30);
    let source = resource.body["location"].as_str().unwrap_or_default().to_owned();
    let job = Job { source: &source, size, shallow: profile["replicationMode"] == "Shallow" };
    let faults = &mut world.faults;
    let plan = replication::schedule(
        &resource.hidden["regions"],
        &targets(profile),
        job,
        world.now,
        &world.timings,
        &mut |region| faults.of_replication(&resource.id, region),
    );
    let least = world.now + world.timings.small_write;
    let all = replication::done(&plan).unwrap_or(least).max(least);
    let failed = replication::failures(&plan);
    let failure = (!failed.is_empty()).then(|| {
        let text = format!("Gallery replication jobs failed in one or more regions. The replication job has not completed at regions: {}", failed.join(", "));
        ("ReplicationJobsNotCompleted".to_owned(), text)
    });
    // The write of a version that exists is called done before a region that it adds can be used.
    let done = match write {
        Write::Create => all,
        Write::Replace | Write::Patch if failure.is_some() => all,
        Write::Replace | Write::Patch => (world.now + all.since(world.now).mul_f64(0.7)).max(least),
    };
    resource.hidden["regions"] = plan;
    provisioning::begin(world, call, &provisioning::GALLERY, write, resource, done, failure)
}

/// One write at a time.
fn refuse_if_busy(resource: &Resource) -> Result<()> {
    provisioning::refuse_if_going(Some(resource))?;
    match provisioning::state(resource) {
        state @ ("Creating" | "Updating") => {
            let name = resource.body["name"].as_str().unwrap_or_default();
            let text = format!(
                "Operation 'Update Gallery Image Version' is not allowed on '{name}' while it is in the provisioning state '{state}'. Please wait for the ongoing operation to complete."
            );
            Err(Failure::arm(409, "Conflict", text))
        }
        _ => Ok(()),
    }
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut sent = compute::properties(call, &MODEL)?;
    if take_restore(&mut sent) && !world.has(&call.id.path()) {
        return restore(world, call, Write::Patch);
    }
    let mut resource = compute::find(world, call)?.clone();
    refuse_if_busy(&resource)?;
    let live = resource.body["properties"].clone();
    let region = resource.body["location"].as_str().unwrap_or_default().to_owned();
    let mut profile = compute::overlay(&live["publishingProfile"], &sent["publishingProfile"]);
    profile = publishing::complete(
        &profile,
        &region,
        Some(&live["publishingProfile"]),
        world.now,
        call.api_version(),
    )?;
    let mut over = sent.clone();
    over["safetyProfile"] = compute::overlay(&live["safetyProfile"], &sent["safetyProfile"]);
    let mut properties = change(&live, &over, profile)?;
    fill_safety(&mut properties);
    resource.body["properties"] = properties;
    compute::patch_tags(&mut resource.body, call.object()?);
    Ok(begin(world, call, Write::Patch, resource))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    if let Some(found) = world.get(&call.id.path()) {
        let properties = &found.body["properties"];
        let end = properties["publishingProfile"]["endOfLifeDate"].as_str().and_then(Moment::parse);
        if properties["safetyProfile"]["blockDeletionBeforeEndOfLife"] == true
            && end.is_some_and(|end| end > world.now)
        {
            let text = "Deletion of Gallery image version is not allowed because the image is enabled for blockDeletionBeforeEndOfLife and its endOfLifeDate has not reached yet.";
            return Err(Failure::arm(409, "DeleteGalleryImageVersionBlockedBeforeEndOfLife", text));
        }
    }
    if !soft_delete::applies(world, call) {
        soft_delete::purge(world, call);
    } else if let Some(id) = world.get(&call.id.path()).map(|found| found.id.clone()) {
        world.edit(&id, |found| found.hidden["soft"] = json!(true));
    }
    let length = world.timings.delete_version;
    provisioning::delete(world, call, &provisioning::GALLERY, length)
}

/// Completes a version that a seed names: it is fully replicated, long since.
pub(crate) fn planted(world: &World, resource: &mut Resource) {
    let region = resource.body["location"].as_str().unwrap_or("eastus").to_owned();
    let taken = shape::take(&resource.body["properties"], MODEL.properties, WORD, NEWEST)
        .unwrap_or_else(|_| json!({}));
    let mut properties = taken;
    properties["publishingProfile"] =
        publishing::complete(&properties["publishingProfile"], &region, None, Moment(0), SEEDED)
            .unwrap_or_else(|_| json!({}));
    let definition =
        ArmId::parse(&resource.id).and_then(|id| id.parent()).and_then(|id| world.get(&id.path()));
    let completed = definition.is_some_and(|definition| {
        version_source::complete(world, &mut properties["storageProfile"], &region, definition, false).is_ok()
    });
    if !completed {
        compute::default(
            &mut properties["storageProfile"],
            "osDiskImage",
            json!({"sizeInGB": 30, "hostCaching": "ReadWrite"}),
        );
    }
    fill_safety(&mut properties);
    properties["provisioningState"] = json!("Succeeded");
    resource.hidden = json!({"regions": replication::long_done(&targets(&properties["publishingProfile"]))});
    resource.body["properties"] = properties;
}

/// Replicas of a version that serve a region at a moment; 0 where it cannot be started from.
pub(crate) fn replicas(version: &Resource, region: &str, at: Moment) -> u32 {
    if provisioning::state(version) == "Deleting" {
        return 0;
    }
    let count = replication::replicas(&version.hidden["regions"], &regions::normal(region), at);
    u32::try_from(count).unwrap_or(0)
}

/// What a definition's id means in a region at a moment: the highest version that is there and not excluded from
/// latest. None when there is none.
pub(crate) fn latest<'a>(
    world: &'a World,
    definition: &str,
    region: &str,
    at: Moment,
) -> Option<&'a Resource> {
    let region = regions::normal(region);
    world
        .below(definition, LOWER)
        .filter(|found| !publishing::excluded(found, &region) && replicas(found, &region, at) > 0)
        .filter_map(|found| Some((numbers(found.body["name"].as_str()?)?, found)))
        .max_by_key(|(numbers, _)| *numbers)
        .map(|(_, found)| found)
}

#[cfg(test)]
mod tests;
