//! What a subscription uses in a region, and how much of what it may: `usages`, and the refusal of what is too much.
//! Counts what is there; nothing is remembered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::virtual_machine;
use crate::emulator::azure::compute::vm_sku;
use crate::emulator::azure::vm_size;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::regions::Region;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

pub(crate) const ROUTES: &[Route] = &[Route {
    verb: Verb::List,
    kind: "Microsoft.Compute/locations/usages",
    versions: virtual_machine::VERSIONS,
    handler: list,
}];

/// Cores of a subscription in a region, in all and of each family.
const CORES: i64 = 100;

/// How many of a gallery type a subscription may have in a region, and what Azure calls them.
fn limit(kind: &str) -> Option<(&'static str, usize)> {
    match kind {
        "microsoft.compute/galleries" => Some(("Galleries", 100)),
        "microsoft.compute/galleries/images" => Some(("Gallery Images", 1_000)),
        "microsoft.compute/galleries/images/versions" => Some(("Gallery Image Versions", 10_000)),
        _ => None,
    }
}

/// What a subscription has of a kind in a region.
fn have<'a>(
    world: &'a World,
    call: &Call,
    region: &'a Region,
    kind: &'a str,
) -> impl Iterator<Item = &'a Resource> {
    let scope = format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default());
    world.below(&scope, kind).filter(move |found| found.body["location"] == region.name)
}

/// Refuses one more of a kind than a subscription may have in a region.
pub(crate) fn refuse_one_more(world: &World, call: &Call, region: &'static Region) -> Result<()> {
    let kind = call.id.kind();
    let Some((noun, limit)) = limit(&kind) else { return Ok(()) };
    let usage = have(world, call, region, &kind).count();
    if usage < limit { Ok(()) } else { Err(exceeded(noun, region, limit, usage, 1)) }
}

/// Refuses a machine of more cores than a subscription may have in a region.
pub(crate) fn refuse_more_cores(
    world: &World,
    call: &Call,
    region: &'static Region,
    size: &str,
) -> Result<()> {
    let more = cores(size);
    let used: i64 = have(world, call, region, "microsoft.compute/virtualmachines").map(cores_of).sum();
    if used + more <= CORES {
        return Ok(());
    }
    let number = |count: i64| usize::try_from(count).unwrap_or(0);
    Err(exceeded("Total Regional Cores", region, number(CORES), number(used), number(more)))
}

fn exceeded(what: &str, region: &Region, limit: usize, usage: usize, more: usize) -> Failure {
    let text = format!(
        "Operation could not be completed as it results in exceeding approved {what} quota. Additional details - Deployment Model: Resource Manager, Location: {}, Current Limit: {limit}, Current Usage: {usage}, Additional Required: {more}, (Minimum) New Limit Required: {}. Setup Alerts when Quota reaches threshold. Learn more at https://aka.ms/quotamonitoringalerting .",
        region.name,
        usage + more
    );
    Failure::arm(409, "OperationNotAllowed", text)
}

fn cores(size: &str) -> i64 {
    vm_size::parse(size).map_or(1, |size| i64::from(size.cores))
}

fn size_of(machine: &Resource) -> &str {
    machine.body["properties"]["hardwareProfile"]["vmSize"].as_str().unwrap_or_default()
}

fn cores_of(machine: &Resource) -> i64 {
    cores(size_of(machine))
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let region = compute::region_in_path(call)?;
    let machines: Vec<&Resource> = have(world, call, region, "microsoft.compute/virtualmachines").collect();
    let mut families: BTreeMap<String, i64> =
        vm_sku::all().iter().map(|size| (size.family().to_owned(), 0)).collect();
    for machine in &machines {
        let size = size_of(machine);
        let family = vm_sku::find(size)
            .map(|size| size.family().to_owned())
            .or_else(|| vm_size::parse(size).map(|size| size.family));
        *families.entry(family.unwrap_or_default()).or_default() += cores(size);
    }
    let disks = |kind: &str, name: &str| {
        let all = have(world, call, region, kind);
        all.filter(|disk| disk.body["sku"]["name"] == name).count()
    };
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let (disk, snapshot) = ("microsoft.compute/disks", "microsoft.compute/snapshots");
    let mut all = vec![
        entry("availabilitySets", "Availability Sets", 0, 2_500),
        entry("cores", "Total Regional vCPUs", machines.iter().map(|machine| cores_of(machine)).sum(), CORES),
        entry("virtualMachines", "Virtual Machines", count(machines.len()), 25_000),
        entry("virtualMachineScaleSets", "Virtual Machine Scale Sets", 0, 2_500),
        entry("lowPriorityCores", "Total Regional Low-priority vCPUs", 0, CORES),
        entry(
            "StandardDiskCount",
            "Standard Storage Managed Disks",
            count(disks(disk, "Standard_LRS")),
            50_000,
        ),
        entry(
            "StandardSSDDiskCount",
            "Standard SSD Managed Disks",
            count(disks(disk, "StandardSSD_LRS")),
            50_000,
        ),
        entry("PremiumDiskCount", "Premium Storage Managed Disks", count(disks(disk, "Premium_LRS")), 50_000),
        entry(
            "StandardSnapshotCount",
            "Standard Storage Snapshots",
            count(disks(snapshot, "Standard_LRS")),
            75_000,
        ),
        entry(
            "PremiumSnapshotCount",
            "Premium Storage Snapshots",
            count(disks(snapshot, "Premium_LRS")),
            75_000,
        ),
        entry("ZRSSnapshotCount", "ZRS Storage Snapshots", count(disks(snapshot, "Standard_ZRS")), 75_000),
    ];
    all.extend(
        families.into_iter().map(|(family, used)| entry(&family, &format!("{family} vCPUs"), used, CORES)),
    );
    Ok(Answer::ok(json!({"value": all})))
}

fn entry(name: &str, words: &str, used: i64, limit: i64) -> Value {
    json!({
        "unit": "Count", "currentValue": used, "limit": limit,
        "name": {"value": name, "localizedValue": words},
    })
}
