//! Virtual machines, as far as images are made from them: get, list, make, change, delete.
//! No machine runs here. Its disks stand in `machine_disks`, what it is made from in `boot_image`, its power in
//! `machine_power`.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::boot_image::{self, Image};
use crate::emulator::azure::compute::machine_disks::{self, Machine};
use crate::emulator::azure::compute::machine_extension;
use crate::emulator::azure::compute::machine_power;
use crate::emulator::azure::compute::machine_shape::MODEL;
use crate::emulator::azure::compute::machine_view;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::usage;
use crate::emulator::azure::compute::vm_sku;
use crate::emulator::azure::vm_size;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::guid;
use crate::emulator::page;
use crate::emulator::regions::{self, Region};
use crate::emulator::router::{Handler, Route};
use crate::emulator::store::{Resource, World};

const KIND: &str = "Microsoft.Compute/virtualMachines";
const EXTENSION: &str = "Microsoft.Compute/virtualMachines/extensions";
const LOWER: &str = "microsoft.compute/virtualmachines";
/// The api-versions of virtual machines and of what is listed beside them.
pub(crate) const VERSIONS: &[&str] = &[
    "2017-03-30",
    "2017-12-01",
    "2018-04-01",
    "2018-06-01",
    "2018-10-01",
    "2019-03-01",
    "2019-07-01",
    "2019-12-01",
    "2020-06-01",
    "2020-12-01",
    "2021-03-01",
    "2021-04-01",
    "2021-07-01",
    "2021-11-01",
    "2022-03-01",
    "2022-08-01",
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-03-01",
    "2026-04-01",
];

const fn route(verb: Verb, kind: &'static str, handler: Handler) -> Route {
    Route { verb, kind, versions: VERSIONS, handler }
}

pub(crate) const ROUTES: &[Route] = &[
    route(Verb::Get, KIND, get),
    route(Verb::List, KIND, list),
    route(Verb::List, "Microsoft.Compute/locations/virtualMachines", list_in_region),
    route(Verb::Put, KIND, put),
    route(Verb::Patch, KIND, patch),
    route(Verb::Delete, KIND, delete),
    route(Verb::List, "Microsoft.Compute/virtualMachines/instanceView", machine_view::get),
    route(Verb::List, "Microsoft.Compute/virtualMachines/vmSizes", vm_sku::sizes_for_machine),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/start", machine_power::start),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/powerOff", machine_power::power_off),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/deallocate", machine_power::deallocate),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/restart", machine_power::restart),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/redeploy", machine_power::restart),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/reapply", machine_power::restart),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/generalize", machine_power::generalize),
    route(Verb::Post, "Microsoft.Compute/virtualMachines/capture", machine_power::capture),
    route(Verb::Get, EXTENSION, compute::get),
    route(Verb::List, EXTENSION, machine_extension::list),
    route(Verb::Put, EXTENSION, machine_extension::put),
    route(Verb::Patch, EXTENSION, machine_extension::patch),
    route(Verb::Delete, EXTENSION, machine_extension::delete),
];

/// A machine as it is answered, with what `$expand` asks for.
fn body(world: &World, call: &Call, machine: &Resource) -> Value {
    let asked = |what: &str| call.query("$expand").is_some_and(|expand| expand.eq_ignore_ascii_case(what));
    let mut body = compute::view(call, LOWER, &machine.body);
    if asked("instanceView") {
        body["properties"]["instanceView"] = machine_view::view(world, machine);
    }
    if !asked("userData")
        && let Some(properties) = body["properties"].as_object_mut()
    {
        properties.remove("userData");
    }
    body
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    Ok(Answer::ok(body(world, call, found)))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let items = world.below(&compute::scope(call), LOWER);
    Ok(page::list(call, items, |found| body(world, call, found)))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn list_in_region(world: &mut World, call: &Call) -> Result<Answer> {
    let scope = format!("/subscriptions/{}", call.id.subscription.as_deref().unwrap_or_default());
    let region = regions::normal(call.id.name());
    let items = world.below(&scope, LOWER).filter(|found| found.body["location"] == region.as_str());
    Ok(page::list(call, items, |found| body(world, call, found)))
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    compute::check_name(call.id.name(), MODEL.word, 64)?;
    let old = world.get(&call.id.path()).cloned();
    let region = compute::location(call, old.as_ref())?;
    let sent = compute::properties(call, &MODEL)?;
    if let Some(old) = old {
        machine_power::refuse_if_busy(&old)?;
        let properties = change(world, &old, &sent)?;
        let resource = compute::assemble(world, call, Some(old), region, &properties)?;
        let done = world.now + world.timings.small_write;
        return Ok(provisioning::begin(
            world,
            call,
            &provisioning::COMPUTE,
            Write::Replace,
            resource,
            done,
            None,
        ));
    }
    let size = sent["hardwareProfile"]["vmSize"].as_str().unwrap_or_default();
    usage::refuse_more_cores(world, call, region, size)?;
    let mut resource = compute::assemble(world, call, None, region, &sent)?;
    let (properties, generation) = create(world, &resource, &sent, region)?;
    resource.body["properties"] = properties;
    resource.hidden = json!({"generalized": false, "hyperVGeneration": generation, "power": "running"});
    let done = world.now + world.timings.small_write * 4;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, Write::Create, resource, done, None))
}

/// The properties of a new machine, whose disks are made, and its generation.
fn create(world: &mut World, resource: &Resource, sent: &Value, region: &Region) -> Result<(Value, String)> {
    let mut properties = sent.clone();
    let size = check_size(&sent["hardwareProfile"])?;
    let profile = &sent["storageProfile"];
    let os_disk = &profile["osDisk"];
    if !os_disk.is_object() {
        return Err(compute::missing("osDisk"));
    }
    if !sent["networkProfile"].is_object() {
        return Err(compute::missing("networkProfile"));
    }
    let from_image = os_disk["createOption"] == "FromImage";
    let image = match (from_image, profile["imageReference"].is_object()) {
        (true, true) => boot_image::find(world, &profile["imageReference"], region.name)?,
        // A VHD that holds an image, kept in the client's own storage.
        (true, false) if os_disk["image"]["uri"].is_string() => {
            let os = os_disk["osType"].as_str().ok_or_else(|| compute::missing("osDisk.osType"))?;
            let (os_type, generation) = (os.to_owned(), "V1".to_owned());
            Image { os_type, generation, generalized: true, os_size: 30, ..Image::default() }
        }
        (true, false) => return Err(compute::missing("imageReference")),
        (false, _) => Image::default(),
    };
    let name = resource.body["name"].as_str().unwrap_or_default();
    properties["osProfile"] =
        os_profile(&sent["osProfile"], name, from_image && image.generalized, &image.os_type)?;
    if properties["osProfile"].is_null()
        && let Some(fields) = properties.as_object_mut()
    {
        fields.remove("osProfile");
    }
    let machine = Machine {
        id: &resource.id,
        name,
        region,
        state: "Attached",
        storage: if vm_sku::is_premium(size) { "Premium_LRS" } else { "Standard_LRS" },
        zones: &resource.body["zones"],
    };
    let os = machine_disks::os_disk(world, &machine, os_disk, &image)?;
    let data = machine_disks::data_disks(world, &machine, &profile["dataDisks"], &Value::Null, &image)?;
    // A platform image by its name is believed to fit what is asked of it.
    let secured = sent["securityProfile"]["securityType"].as_str().is_some_and(|kind| kind != "Standard");
    let generation = if from_image && image.id.is_none() && secured {
        "V2".to_owned()
    } else if from_image {
        image.generation
    } else {
        let disk = os["managedDisk"]["id"].as_str().and_then(|id| world.get(id));
        let told = disk.and_then(|disk| disk.body["properties"]["hyperVGeneration"].as_str());
        told.unwrap_or("V1").to_owned()
    };
    check_fit(size, &generation, &data)?;
    properties["storageProfile"]["osDisk"] = os;
    properties["storageProfile"]["dataDisks"] = data;
    compute::default(&mut properties["storageProfile"], "diskControllerType", "SCSI");
    if from_image {
        let version = match image.id.as_deref().filter(|id| id.contains("/versions/")) {
            Some(id) => id.rsplit('/').next().unwrap_or_default().to_owned(),
            None => profile["imageReference"]["version"].as_str().unwrap_or_default().to_owned(),
        };
        if !version.is_empty() && version != "latest" {
            properties["storageProfile"]["imageReference"]["exactVersion"] = json!(version);
        }
    }
    properties["vmId"] = json!(world.next_guid());
    properties["timeCreated"] = json!(world.now.rfc3339_offset());
    Ok((properties, generation))
}

/// The size, which must be one.
fn check_size(hardware: &Value) -> Result<&str> {
    let size = hardware["vmSize"].as_str().ok_or_else(|| compute::missing("hardwareProfile.vmSize"))?;
    if vm_size::parse(size).is_some() {
        return Ok(size);
    }
    let text = format!(
        "The value {size} provided for the VM size is not valid. The valid sizes in the current region are: {}. Find out more on the valid VM sizes in each region at https://aka.ms/azure-regions.",
        vm_sku::names().collect::<Vec<_>>().join(",")
    );
    Err(Failure::parameter("vmSize", text))
}

/// What the size can boot and hold; sizes that are in no table are believed.
fn check_fit(size: &str, generation: &str, data: &Value) -> Result<()> {
    let Some(known) = vm_sku::find(size) else { return Ok(()) };
    if !known.boots(generation) {
        let number = generation.trim_start_matches('V');
        let text = format!(
            "The selected VM size '{size}' cannot boot Hypervisor Generation '{number}'. If this was a Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the selected VM Size. If this was an Update operation please select a Hypervisor Generation '{number}' VM Size. For more information, see https://aka.ms/azuregen2vm"
        );
        return Err(Failure::arm(400, "BadRequest", text));
    }
    let count = data.as_array().map_or(0, Vec::len);
    if count > known.data_disks() {
        let text = format!(
            "The maximum number of data disks allowed to be attached to a VM of this size is {}.",
            known.data_disks()
        );
        return Err(Failure::arm(409, "OperationNotAllowed", text).on("dataDisks"));
    }
    Ok(())
}

/// The profile as it is answered: with defaults, and without its secrets.
fn os_profile(sent: &Value, name: &str, wanted: bool, os_type: &str) -> Result<Value> {
    match (sent.is_object(), wanted) {
        (false, false) => return Ok(Value::Null),
        (true, false) => {
            return Err(Failure::parameter("osProfile", "Parameter 'osProfile' is not allowed."));
        }
        (false, true) => return Err(compute::missing("osProfile")),
        (true, true) => {}
    }
    let mut profile = sent.clone();
    compute::default(&mut profile, "computerName", name);
    if profile["adminUsername"].as_str().is_none_or(str::is_empty) {
        return Err(compute::missing("osProfile.adminUsername"));
    }
    if let Some(fields) = profile.as_object_mut() {
        fields.remove("adminPassword");
        fields.remove("customData");
    }
    let configuration = if os_type == "Windows" { "windowsConfiguration" } else { "linuxConfiguration" };
    if !profile[configuration].is_object() && !profile[configuration].is_null() {
        let text = format!("Could not convert value to object. Path 'properties.osProfile.{configuration}'.");
        return Err(Failure::arm(400, "BadRequest", text).on(configuration));
    }
    compute::default(&mut profile[configuration], "provisionVMAgent", true);
    compute::default(&mut profile, "secrets", json!([]));
    compute::default(&mut profile, "allowExtensionOperations", true);
    compute::default(&mut profile, "requireGuestProvisionSignal", true);
    Ok(profile)
}

/// The properties that stand, with what was sent over them. What it was made from stays; data disks come and go.
fn change(world: &mut World, old: &Resource, sent: &Value) -> Result<Value> {
    let live = &old.body["properties"];
    let mut properties = compute::overlay(live, sent);
    let (was, is) = (&live["storageProfile"], &sent["storageProfile"]);
    for (part, fields) in [
        ("imageReference", &["id", "publisher", "offer", "sku", "version"][..]),
        ("osDisk", &["name", "osType", "createOption"][..]),
    ] {
        for field in fields {
            let said = &is[part][*field];
            if !said.is_null() && !compute::same(&was[part][*field], said) {
                return Err(compute::change_refused(&if part == "osDisk" {
                    format!("osDisk.{field}")
                } else {
                    part.to_owned()
                }));
            }
        }
    }
    for field in ["computerName", "adminUsername"] {
        let said = &sent["osProfile"][field];
        if !said.is_null() && !compute::same(&live["osProfile"][field], said) {
            return Err(compute::change_refused(&format!("osProfile.{field}")));
        }
    }
    properties["osProfile"] = live["osProfile"].clone();
    let size = properties["hardwareProfile"]["vmSize"].as_str().unwrap_or_default().to_owned();
    if !sent["hardwareProfile"].is_null() {
        check_size(&sent["hardwareProfile"])?;
    }
    let mut profile = compute::overlay(was, is);
    profile["imageReference"] = was["imageReference"].clone();
    profile["osDisk"] = compute::overlay(&was["osDisk"], &is["osDisk"]);
    profile["osDisk"]["managedDisk"] = was["osDisk"]["managedDisk"].clone();
    if is["dataDisks"].is_array() {
        let running = matches!(machine_power::state(old, world.now), "running" | "starting");
        let machine = Machine {
            id: &old.id,
            name: old.body["name"].as_str().unwrap_or_default(),
            region: compute::region_of(old),
            state: if running { "Attached" } else { "Reserved" },
            storage: if vm_sku::is_premium(&size) { "Premium_LRS" } else { "Standard_LRS" },
            zones: &old.body["zones"],
        };
        let (asked, there) = (&is["dataDisks"], &was["dataDisks"]);
        let there = if there.is_null() { json!([]) } else { there.clone() };
        profile["dataDisks"] = machine_disks::data_disks(world, &machine, asked, &there, &Image::default())?;
    }
    check_fit(&size, old.hidden["hyperVGeneration"].as_str().unwrap_or("V1"), &profile["dataDisks"])?;
    properties["storageProfile"] = compute::without_nulls(profile);
    Ok(compute::without_nulls(properties))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut machine = compute::find(world, call)?.clone();
    machine_power::refuse_if_busy(&machine)?;
    let sent = compute::properties(call, &MODEL)?;
    machine.body["properties"] = change(world, &machine, &sent)?;
    let body = call.object()?;
    compute::patch_tags(&mut machine.body, body);
    for field in ["identity", "plan", "zones"] {
        if !body[field].is_null() {
            machine.body[field] = body[field].clone();
        }
    }
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, Write::Patch, machine, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    // Extensions go with their machine.
    let extensions: Vec<String> =
        world.all_below(&call.id.path()).map(|extension| extension.id.clone()).collect();
    for extension in extensions {
        world.remove(&extension);
    }
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::COMPUTE, length)
}

/// Completes a machine that a seed names.
pub(crate) fn planted(resource: &mut Resource) {
    let properties = &mut resource.body["properties"];
    properties["vmId"] = json!(guid::of_text(&resource.id));
    properties["provisioningState"] = json!("Succeeded");
    properties["timeCreated"] = json!(resource.created_at.rfc3339_offset());
}

#[cfg(test)]
mod tests;
