//! Virtual machines, as far as images are made from them: read, list, tag, generalize, delete, instance view.
//! No machine runs here and none can be made: seeds plant them.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::{self, Route};
use crate::emulator::store::{self, Resource, World};

const KIND: &str = "Microsoft.Compute/virtualMachines";
const VERSIONS: &[&str] = &[
    "2022-11-01",
    "2023-03-01",
    "2023-07-01",
    "2023-09-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-04-01",
    "2025-11-01",
    "2026-04-01",
];

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: KIND, versions: VERSIONS, handler: get },
    Route { verb: Verb::List, kind: KIND, versions: VERSIONS, handler: compute::list },
    Route { verb: Verb::Patch, kind: KIND, versions: VERSIONS, handler: patch },
    Route { verb: Verb::Delete, kind: KIND, versions: VERSIONS, handler: delete },
    Route {
        verb: Verb::List,
        kind: "Microsoft.Compute/virtualMachines/instanceView",
        versions: VERSIONS,
        handler: view,
    },
    Route {
        verb: Verb::List,
        kind: "Microsoft.Compute/virtualMachines/extensions",
        versions: VERSIONS,
        handler: extensions,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Compute/virtualMachines/generalize",
        versions: VERSIONS,
        handler: generalize,
    },
];

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    let mut body = found.body.clone();
    if call.query("$expand").is_some_and(|what| what.eq_ignore_ascii_case("instanceView")) {
        body["properties"]["instanceView"] = instance_view(found);
    }
    Ok(Answer::ok(body))
}

/// The machine that an action's or a collection's path belongs to.
fn owner<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    let id = call.id.parent().map(|id| id.path()).unwrap_or_default();
    world.get(&id).ok_or_else(|| router::not_found(call))
}

fn view(world: &mut World, call: &Call) -> Result<Answer> {
    Ok(Answer::ok(instance_view(owner(world, call)?)))
}

fn extensions(world: &mut World, call: &Call) -> Result<Answer> {
    let all = owner(world, call)?.hidden["extensions"].clone();
    Ok(Answer::ok(json!({"value": if all.is_array() { all } else { json!([]) }})))
}

fn instance_view(machine: &Resource) -> Value {
    let generalized = machine.hidden["generalized"] == true;
    let mut statuses = vec![
        json!({"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded"}),
    ];
    if generalized {
        statuses
            .push(json!({"code": "OSState/generalized", "level": "Info", "displayStatus": "VM generalized"}));
    }
    statuses
        .push(json!({"code": "PowerState/deallocated", "level": "Info", "displayStatus": "VM deallocated"}));
    json!({"hyperVGeneration": machine.hidden["hyperVGeneration"].as_str().unwrap_or("V1"), "statuses": statuses})
}

fn generalize(world: &mut World, call: &Call) -> Result<Answer> {
    let id = owner(world, call)?.id.clone();
    world.edit(&id, |machine| machine.hidden["generalized"] = json!(true));
    Ok(Answer::empty(200))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut machine = compute::find(world, call)?.clone();
    let body = call.object()?;
    if body["properties"].as_object().is_some_and(|properties| !properties.is_empty()) {
        return Err(Failure::arm(
            409,
            "OperationNotAllowed",
            "Only the tags of a virtual machine can be changed here.",
        ));
    }
    compute::patch_tags(&mut machine.body, body);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, Write::Patch, machine, done, None))
}

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::COMPUTE, length)
}

/// Completes a machine that a seed names.
pub(crate) fn planted(resource: &mut Resource) {
    let seed =
        resource.id.bytes().fold(11u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let properties = &mut resource.body["properties"];
    properties["vmId"] = json!(store::guid(seed, 5));
    properties["provisioningState"] = json!("Succeeded");
    properties["timeCreated"] = json!(resource.created_at.rfc3339_offset());
}

#[cfg(test)]
mod tests {
    use crate::emulator::testing::{RG1, ask, emulator};

    #[test]
    fn the_seeded_machine_is_generalized_and_has_no_extensions() {
        let it = emulator();
        let path = format!("{RG1}/providers/Microsoft.Compute/virtualMachines/vm1");
        let (_, body) = ask(&it, "GET", &format!("{path}?api-version=2024-07-01&$expand=instanceView"), None);
        assert_eq!(body["properties"]["instanceView"]["statuses"][1]["code"], "OSState/generalized");
        let (status, none) = ask(&it, "GET", &format!("{path}/extensions?api-version=2024-07-01"), None);
        assert_eq!((status, none["value"].as_array().map(Vec::len)), (200, Some(0)));
        assert_eq!(ask(&it, "GET", &format!("{path}x/instanceView?api-version=2024-07-01"), None).0, 404);
    }
}
