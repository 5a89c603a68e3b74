//! The life of a Compute resource: Creating or Updating, then Succeeded or Failed; Deleting, then gone.
//! Knows no resource's properties, only `properties.provisioningState`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::compute;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::operation::Operation;
use crate::emulator::store::{Resource, World};

/// How writes of a kind are answered.
#[derive(Debug)]
pub(crate) struct Manner {
    /// The type of its operations under `Microsoft.Compute/locations/REGION/`.
    pub(crate) family: &'static str,
    /// What is answered to a PUT that makes one.
    pub(crate) created: u16,
    /// What is answered to a PUT of one that is there.
    pub(crate) replaced: u16,
    /// What is answered to a PATCH.
    pub(crate) patched: u16,
    /// The state while it is made; disks say Updating.
    pub(crate) creating: &'static str,
}

/// Galleries and what is in them.
pub(crate) const GALLERY: Manner =
    Manner { family: "capsOperations", created: 201, replaced: 200, patched: 200, creating: "Creating" };
/// Managed images and virtual machines.
pub(crate) const COMPUTE: Manner =
    Manner { family: "operations", created: 201, replaced: 200, patched: 200, creating: "Creating" };
/// Disks and disk snapshots.
pub(crate) const DISK: Manner =
    Manner { family: "diskOperations", created: 202, replaced: 202, patched: 202, creating: "Updating" };

/// The state of a resource, such as `Succeeded`.
pub(crate) fn state(resource: &Resource) -> &str {
    resource.body["properties"]["provisioningState"].as_str().unwrap_or("Succeeded")
}

/// A resource that is being deleted takes no more writes.
pub(crate) fn refuse_if_going(resource: Option<&Resource>) -> Result<()> {
    let Some(resource) = resource.filter(|resource| state(resource) == "Deleting") else {
        return Ok(());
    };
    let noun = match resource.kind.as_str() {
        "microsoft.compute/galleries" => "Gallery",
        "microsoft.compute/galleries/images" => "Gallery Image",
        "microsoft.compute/galleries/images/versions" => "Gallery Image Version",
        "microsoft.compute/images" => "Image",
        "microsoft.compute/disks" => "Disk",
        _ => "Snapshot",
    };
    let name = resource.body["name"].as_str().unwrap_or_default();
    let text = format!(
        "The operation 'Update {noun}' is not allowed on {name} since it is marked for deletion. You can only retry the Delete operation (or wait for an ongoing one to complete)."
    );
    Err(Failure::arm(409, "OperationNotAllowed", text))
}

/// What kind of write it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// PUT where nothing was.
    Create,
    /// PUT over what was.
    Replace,
    /// PATCH.
    Patch,
}

/// Files a resource as being written until `done`, and answers with its body and the way to the operation.
/// When `failure` (code and message) is given, or a script has one for it, that is how it ends.
pub(crate) fn begin(
    world: &mut World,
    call: &Call,
    manner: &Manner,
    write: Write,
    mut resource: Resource,
    done: Moment,
    failure: Option<(String, String)>,
) -> Answer {
    let failure = failure.or_else(|| scripted(world, &resource.id));
    let (status, state) = match write {
        Write::Create => (manner.created, manner.creating),
        Write::Replace => (manner.replaced, "Updating"),
        Write::Patch => (manner.patched, "Updating"),
    };
    resource.body["properties"]["provisioningState"] = json!(state);
    if !resource.hidden.is_object() {
        resource.hidden = json!({});
    }
    resource.hidden["failed"] = json!(failure.is_some());
    resource.etag = world.next_etag();
    resource.changed_at = world.now;
    resource.due = Some(done);
    let id = resource.id.clone();
    let region = resource.body["location"].as_str().unwrap_or("eastus").to_owned();
    let body = compute::view(call, &resource.kind, &resource.body);
    world.put(resource);
    let operation = Operation {
        subject: &id,
        family: manner.family,
        region: &region,
        done,
        failure,
        removes: false,
        output: None,
    };
    let headers = operation.begin(world, call);
    Answer::json(status, body).with_all(headers)
}

/// Begins to delete a resource: 202, or 204 when there is none. Refused while something is in it, and for a
/// little longer: Azure's parents learn late that their children went.
pub(crate) fn delete(world: &mut World, call: &Call, manner: &Manner, length: Duration) -> Result<Answer> {
    let Some(resource) = world.get(&call.id.path()).cloned() else { return Ok(Answer::empty(204)) };
    let child = world.all_below(&resource.id).next().map(|child| child.id.clone());
    let lost = resource.hidden["lost"]["id"].as_str().filter(|_| {
        let at = Moment(resource.hidden["lost"]["at"].as_i64().unwrap_or_default());
        world.now < at + world.timings.parent_lag
    });
    if let Some(child) = child.or(lost.map(str::to_owned)) {
        return Err(nested(&child));
    }
    let done = match (state(&resource), resource.due) {
        ("Deleting", Some(due)) => due,
        _ => world.now + length,
    };
    let region = resource.body["location"].as_str().unwrap_or("eastus").to_owned();
    let failure = scripted(world, &resource.id);
    world.edit(&resource.id, |resource| {
        resource.body["properties"]["provisioningState"] = json!("Deleting");
        resource.hidden["failed"] = json!(failure.is_some());
        resource.due = Some(done);
    });
    let operation = Operation {
        subject: &resource.id,
        family: manner.family,
        region: &region,
        done,
        removes: failure.is_none(),
        failure,
        output: None,
    };
    let headers = operation.begin(world, call);
    Ok(Answer::empty(202).with_all(headers))
}

/// How a script lets the operation end that begins on this resource.
pub(crate) fn scripted(world: &mut World, id: &str) -> Option<(String, String)> {
    let trouble = world.faults.of_operation(id)?;
    Some((trouble.code, trouble.message))
}

/// Begins an action on a resource, which is done already as far as the resource goes: 202 and the way to the
/// operation, which gives `output` in the end, or fails like this.
pub(crate) fn act(
    world: &mut World,
    call: &Call,
    manner: &Manner,
    subject: &Resource,
    length: Duration,
    failure: Option<(String, String)>,
    output: Value,
) -> Answer {
    let region = subject.body["location"].as_str().unwrap_or("eastus");
    let operation = Operation {
        subject: &subject.id,
        family: manner.family,
        region,
        done: world.now + length,
        failure,
        removes: false,
        output: Some(output),
    };
    Answer::empty(202).with_all(operation.begin(world, call))
}

/// 409 for a resource that something is in.
pub(crate) fn nested(child: &str) -> Failure {
    let text = format!(
        "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '{}'. Please delete all nested resources before deleting this resource.",
        short(child)
    );
    Failure::arm(409, "CannotDeleteResource", text)
}

/// The type and name part of an id, as ARM prints nested resources.
fn short(id: &str) -> String {
    id.split_once("/providers/").map_or(id, |(_, rest)| rest).to_owned()
}

/// What has come due: a write ends, or a resource that is being deleted goes.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    let Some(resource) = world.get(key).cloned() else { return };
    let failed = resource.hidden["failed"] == Value::Bool(true);
    if state(&resource) == "Deleting" && !failed {
        world.remove(key);
        if let Some(parent) = ArmId::parse(&resource.id).and_then(|id| id.parent()) {
            world.edit(&parent.path(), |parent| {
                if !parent.hidden.is_object() {
                    parent.hidden = json!({});
                }
                parent.hidden["lost"] = json!({"id": resource.id, "at": at.0});
            });
        }
        return;
    }
    world.edit(key, |resource| {
        resource.body["properties"]["provisioningState"] = json!(if failed { "Failed" } else { "Succeeded" });
        resource.due = None;
    });
}
