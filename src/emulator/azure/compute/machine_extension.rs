//! Extensions of a virtual machine: get, list, make, change, delete.
//! Nothing is installed; an image that is made from a machine with extensions may not boot, which is why they are kept.

use serde_json::{Value, json};

use crate::emulator::azure::compute::machine_power;
use crate::emulator::azure::compute::provisioning::{self, Write};
use crate::emulator::azure::compute::{self, Model};
use crate::emulator::azure::shape::Shape;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::store::{Resource, World};

/// What an extension holds.
pub(crate) const MODEL: Model = Model {
    word: "vmExtension",
    envelope: &[],
    properties: &Shape::Object(&[
        ("forceUpdateTag", Shape::Text),
        ("publisher", Shape::Text),
        ("type", Shape::Text),
        ("typeHandlerVersion", Shape::Text),
        ("autoUpgradeMinorVersion", Shape::Flag),
        ("enableAutomaticUpgrade", Shape::Flag),
        ("settings", Shape::Any),
        ("protectedSettings", Shape::Any),
        ("protectedSettingsFromKeyVault", Shape::Any),
        ("provisionAfterExtensions", Shape::List(&Shape::Text)),
        ("suppressFailures", Shape::Flag),
        ("instanceView", Shape::ReadOnly),
        ("provisioningState", Shape::ReadOnly),
    ]),
};

/// GET of all of a machine; never in pages.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let machine = machine_power::owner(world, call)?;
    let all = world.below(&machine.id, "microsoft.compute/virtualmachines/extensions");
    let all: Vec<Value> = all.map(|found| compute::view(call, &found.kind, &found.body)).collect();
    Ok(Answer::ok(json!({"value": all})))
}

/// The machine, which must run: its agent is what installs.
fn running<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    let machine = machine_power::owner(world, call)?;
    if machine_power::state(machine, world.now) == "running" {
        return Ok(machine);
    }
    let text = "Cannot modify extensions in the VM when the VM is not running.";
    Err(Failure::arm(409, "OperationNotAllowed", text))
}

/// What a write says, without what is never answered.
fn read(call: &Call) -> Result<Value> {
    let mut properties = compute::properties(call, &MODEL)?;
    if let Some(fields) = properties.as_object_mut() {
        fields.remove("protectedSettings");
    }
    Ok(properties)
}

/// PUT.
pub(crate) fn put(world: &mut World, call: &Call) -> Result<Answer> {
    let old = world.get(&call.id.path()).cloned();
    let region = compute::region_of(running(world, call)?);
    if !call.object()?["location"].is_null() {
        compute::location(call, old.as_ref())?;
    }
    let mut properties = read(call)?;
    for field in ["publisher", "type", "typeHandlerVersion"] {
        if properties[field].is_null() {
            return Err(compute::missing(&format!("vmExtension.properties.{field}")));
        }
    }
    if let Some(old) = &old {
        compute::keep(&old.body["properties"], &mut properties, "vmExtension", &["publisher", "type"])?;
    }
    let write = if old.is_some() { Write::Replace } else { Write::Create };
    let resource = compute::assemble(world, call, old, region, &properties)?;
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, write, resource, done, None))
}

/// PATCH.
pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let mut resource = compute::find(world, call)?.clone();
    running(world, call)?;
    let sent = read(call)?;
    resource.body["properties"] = compute::overlay(&resource.body["properties"], &sent);
    compute::patch_tags(&mut resource.body, call.object()?);
    let done = world.now + world.timings.small_write;
    Ok(provisioning::begin(world, call, &provisioning::COMPUTE, Write::Patch, resource, done, None))
}

/// DELETE.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    if world.has(&call.id.path()) {
        running(world, call)?;
    }
    let length = world.timings.small_write;
    provisioning::delete(world, call, &provisioning::COMPUTE, length)
}
