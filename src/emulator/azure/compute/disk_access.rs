//! Access to the bytes of a disk or a snapshot: `beginGetAccess` gives out a signature, `endGetAccess` revokes it.
//! There are no bytes here: the address that is given leads nowhere.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::azure::compute::disk_state;
use crate::emulator::azure::compute::provisioning;
use crate::emulator::azure::shape::{self, Shape};
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::router;
use crate::emulator::store::{Resource, World};

const GRANT: Shape = Shape::Object(&[
    ("access", Shape::Word(&["None", "Read", "Write"])),
    ("durationInSeconds", Shape::Int),
    ("getSecureVMGuestStateSAS", Shape::Flag),
    ("fileFormat", Shape::Word(&["VHD", "VHDX"])),
]);

/// The disk or snapshot that an action's path names.
fn subject<'a>(world: &'a World, call: &Call) -> Result<&'a Resource> {
    let id = call.id.parent().map(|id| id.path()).unwrap_or_default();
    world.get(&id).ok_or_else(|| router::not_found(call))
}

/// POST `beginGetAccess`.
pub(crate) fn begin(world: &mut World, call: &Call) -> Result<Answer> {
    let found = subject(world, call)?.clone();
    let asked = shape::take(call.object()?, &GRANT, "grantAccessData", call.api_version())?;
    if asked["access"].is_null() {
        return Err(compute::missing("grantAccessData.access"));
    }
    let path = "grantAccessData.durationInSeconds";
    let seconds = asked["durationInSeconds"].as_i64().ok_or_else(|| compute::missing(path))?;
    let length = u64::try_from(seconds).map(Duration::from_secs).unwrap_or_default();
    if length.is_zero() {
        return Err(compute::out_of_range(path, seconds, 1, i64::from(i32::MAX)));
    }
    let name = found.body["name"].as_str().unwrap_or_default();
    if found.body["properties"]["diskState"] == "Attached" {
        let machine = found.body["managedBy"].as_str().unwrap_or_default();
        let text = format!(
            "Cannot grant access to the disk '{name}' because it is attached to the running virtual machine '{machine}'. Deallocate the virtual machine or detach the disk first."
        );
        return Err(Failure::arm(409, "OperationNotAllowed", text));
    }
    if found.body["properties"]["networkAccessPolicy"] == "DenyAll" {
        let text =
            format!("Access to '{name}' cannot be granted because its network access policy is 'DenyAll'.");
        return Err(Failure::arm(409, "OperationNotAllowed", text));
    }
    let until = world.now + length;
    world.edit(&found.id, |found| {
        if !found.hidden.is_object() {
            found.hidden = json!({});
        }
        found.hidden["access"] = json!(until.0);
    });
    let rights = if asked["access"] == "Write" { "rw" } else { "r" };
    let key = world.next_guid().replace('-', "");
    let (host, path) = key.split_at(12);
    let address = |file: &str| {
        format!(
            "https://md-{host}.z1.blob.storage.azure.net/{path}/{file}?sv=2018-03-28&sr=b&si={key}&sig={key}&se={}&sp={rights}",
            until.rfc3339()
        )
    };
    let mut output = json!({"accessSAS": address("abcd")});
    if asked["getSecureVMGuestStateSAS"] == true {
        output["securityDataAccessSAS"] = json!(address("vmgs"));
    }
    let length = Duration::from_secs(2);
    let failure = provisioning::scripted(world, &found.id);
    Ok(provisioning::act(world, call, &provisioning::DISK, &found, length, failure, output))
}

/// POST `endGetAccess`; to revoke what was never given is no fault.
pub(crate) fn end(world: &mut World, call: &Call) -> Result<Answer> {
    let found = subject(world, call)?.clone();
    world.edit(&found.id, |found| {
        if let Some(hidden) = found.hidden.as_object_mut() {
            hidden.remove("access");
        }
        if found.body["properties"]["diskState"] == "ReadyToUpload" {
            // What was to be uploaded is there now.
            found.body["properties"]["diskState"] = json!("Unattached");
        }
    });
    let length = Duration::from_secs(2);
    let failure = provisioning::scripted(world, &found.id);
    Ok(provisioning::act(world, call, &provisioning::DISK, &found, length, failure, Value::Null))
}

/// 409 while a signature is out.
pub(crate) fn refuse_while_shared(found: &Resource, world: &World, what: &str) -> Result<()> {
    if disk_state::access(found, world.now).is_none() {
        return Ok(());
    }
    let name = found.body["name"].as_str().unwrap_or_default();
    let text = format!(
        "There is an active shared access signature outstanding for disk {name}. Call EndGetAccess before {what} the disk. Learn more here: aka.ms/revokeaccessapi."
    );
    Err(Failure::arm(409, "OperationNotAllowed", text))
}
