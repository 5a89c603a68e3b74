//! The power of a virtual machine: start, stop, deallocate, restart, generalize.
//! Nothing runs: what a machine is doing is a word, and a moment at which it will have done it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute::machine_disks;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::router;
use crate::emulator::store::{Resource, World};

/// How long a machine takes to start, stop or restart.
const LENGTH: Duration = Duration::from_secs(20);

/// What a machine does: `running`, `stopped`, `deallocated`, or what leads there.
pub(crate) fn state(machine: &Resource, now: Moment) -> &str {
    let until = machine.hidden["moving"]["until"].as_i64().map(Moment);
    if until.is_some_and(|until| until > now)
        && let Some(word) = machine.hidden["moving"]["word"].as_str()
    {
        return word;
    }
    rest(machine)
}

/// What it does when nothing moves. A machine that was planted generalized lies still.
fn rest(machine: &Resource) -> &str {
    let generalized = machine.hidden["generalized"] == true;
    machine.hidden["power"].as_str().unwrap_or(if generalized { "deallocated" } else { "running" })
}

/// The machine that an action's path belongs to.
pub(crate) fn owner<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    let id = call.id.parent().map(|id| id.path()).unwrap_or_default();
    world.get(&id).ok_or_else(|| router::not_found(call))
}

/// One at a time, and nothing on a machine that goes.
pub(crate) fn refuse_if_busy(machine: &Resource) -> Result<()> {
    match provisioning::state(machine) {
        "Succeeded" | "Failed" => Ok(()),
        _ => {
            let text = format!(
                "The request failed due to conflict with a concurrent request on the virtual machine '{}'. To resolve it, please refer to https://aka.ms/activitylog to get more details on the conflicting requests.",
                machine.body["name"].as_str().unwrap_or_default()
            );
            Err(Failure::arm(409, "Conflict", text))
        }
    }
}

/// Moves a machine: `power` in the end, `until_then` before; its disks say `disks`.
fn go(world: &mut World, call: &Call, power: &str, until_then: &str, disks: &str) -> Result<Answer> {
    let machine = owner(world, call)?.clone();
    refuse_if_busy(&machine)?;
    let until = world.now + LENGTH;
    world.edit(&machine.id, |machine| {
        machine.hidden["power"] = json!(power);
        machine.hidden["moving"] = json!({"word": until_then, "until": until.0});
    });
    machine_disks::mark(world, &machine, disks);
    let failure = provisioning::scripted(world, &machine.id);
    Ok(provisioning::act(world, call, &provisioning::COMPUTE, &machine, LENGTH, failure, Value::Null))
}

/// POST `start`.
pub(crate) fn start(world: &mut World, call: &Call) -> Result<Answer> {
    refuse_if_generalized(world, call, "start")?;
    go(world, call, "running", "starting", "Attached")
}

/// POST `powerOff`: stopped, and still paid for.
pub(crate) fn power_off(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = owner(world, call)?;
    if rest(machine) == "deallocated" {
        return Err(not_allowed("powerOff", machine, "is deallocated"));
    }
    go(world, call, "stopped", "stopping", "Attached")
}

/// POST `deallocate`.
pub(crate) fn deallocate(world: &mut World, call: &Call) -> Result<Answer> {
    go(world, call, "deallocated", "deallocating", "Reserved")
}

/// POST `restart`, `redeploy` or `reapply`.
pub(crate) fn restart(world: &mut World, call: &Call) -> Result<Answer> {
    let action = call.id.types.last().cloned().unwrap_or_default();
    refuse_if_generalized(world, call, &action)?;
    let machine = owner(world, call)?;
    let (power, disks) = match rest(machine) {
        "running" => ("running", "Attached"),
        _ if action.eq_ignore_ascii_case("restart") => {
            return Err(not_allowed(&action, machine, "is not running"));
        }
        "stopped" => ("stopped", "Attached"),
        _ => ("deallocated", "Reserved"),
    };
    go(world, call, power, if power == "running" { "starting" } else { power }, disks)
}

/// POST `generalize`: at once, for good, and only on a machine that does not run.
pub(crate) fn generalize(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = owner(world, call)?;
    refuse_if_busy(machine)?;
    if !matches!(state(machine, world.now), "stopped" | "deallocated") {
        return Err(not_allowed("generalize", machine, "is running. Stop or deallocate it first"));
    }
    let id = machine.id.clone();
    world.edit(&id, |machine| machine.hidden["generalized"] = json!(true));
    Ok(Answer::empty(200))
}

/// POST `capture`: makes VHDs of unmanaged disks, which no machine here has.
pub(crate) fn capture(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = owner(world, call)?;
    if machine.hidden["generalized"] != true {
        return Err(not_allowed("capture", machine, "is not generalized"));
    }
    Err(not_allowed("capture", machine, "has managed disks. Create an image from it instead"))
}

fn refuse_if_generalized(world: &World, call: &Call, action: &str) -> Result<()> {
    let machine = owner(world, call)?;
    if machine.hidden["generalized"] == true {
        return Err(not_allowed(action, machine, "is generalized"));
    }
    Ok(())
}

fn not_allowed(action: &str, machine: &Resource, why: &str) -> Failure {
    let name = machine.body["name"].as_str().unwrap_or_default();
    let text = format!("Operation '{action}' is not allowed on VM '{name}' since the VM {why}.");
    Failure::arm(409, "OperationNotAllowed", text)
}
