//! The instance view of a virtual machine: what its parts do now.
//! A function of what is stored and of now.

use serde_json::{Value, json};

use crate::emulator::azure::compute::machine_power;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::store::{Resource, World};

/// GET `instanceView`.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = machine_power::owner(world, call)?;
    Ok(Answer::ok(view(world, machine)))
}

fn status(code: &str, display: &str) -> Value {
    json!({"code": code, "level": "Info", "displayStatus": display})
}

/// What a machine and its parts do.
pub(crate) fn view(world: &World, machine: &Resource) -> Value {
    let at = machine.changed_at.rfc3339_offset();
    let provisioned = match provisioning::state(machine) {
        "Succeeded" => ("ProvisioningState/succeeded", "Provisioning succeeded"),
        "Failed" => ("ProvisioningState/failed", "Provisioning failed"),
        "Deleting" => ("ProvisioningState/deleting", "Deleting"),
        "Creating" => ("ProvisioningState/creating", "Creating"),
        _ => ("ProvisioningState/updating", "Updating"),
    };
    let mut provisioned = status(provisioned.0, provisioned.1);
    provisioned["time"] = json!(at);
    let mut statuses = vec![provisioned];
    if machine.hidden["generalized"] == true {
        statuses.push(status("OSState/generalized", "VM generalized"));
    }
    let power = machine_power::state(machine, world.now);
    statuses.push(status(&format!("PowerState/{power}"), &format!("VM {power}")));
    let profile = &machine.body["properties"]["storageProfile"];
    let disks = [&profile["osDisk"]]
        .into_iter()
        .chain(profile["dataDisks"].as_array().into_iter().flatten())
        .filter(|disk| disk["name"].is_string())
        .map(|disk| {
            let mut status = status("ProvisioningState/succeeded", "Provisioning succeeded");
            status["time"] = json!(at);
            json!({"name": disk["name"], "statuses": [status]})
        });
    let generation = machine.hidden["hyperVGeneration"].as_str().unwrap_or("V1");
    let mut view = json!({
        "disks": disks.collect::<Vec<_>>(), "hyperVGeneration": generation, "statuses": statuses,
    });
    if power == "running" {
        let name = &machine.body["properties"]["osProfile"]["computerName"];
        if name.is_string() {
            view["computerName"] = name.clone();
        }
        view["vmAgent"] = json!({
            "vmAgentVersion": "2.7.41491.1139",
            "statuses": [{
                "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready",
                "message": "Guest Agent is running", "time": world.now.rfc3339_offset(),
            }],
            "extensionHandlers": [],
        });
    }
    let extensions =
        world.below(&machine.id, "microsoft.compute/virtualmachines/extensions").map(|extension| {
            let properties = &extension.body["properties"];
            json!({
                "name": extension.body["name"],
                "type": format!("{}.{}", text(&properties["publisher"]), text(&properties["type"])),
                "typeHandlerVersion": properties["typeHandlerVersion"],
                "statuses": [status("ProvisioningState/succeeded", "Provisioning succeeded")],
            })
        });
    let extensions: Vec<Value> = extensions.collect();
    if !extensions.is_empty() {
        view["extensions"] = json!(extensions);
    }
    view
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
