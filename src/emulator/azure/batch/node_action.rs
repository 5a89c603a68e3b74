//! What can be done to one node on the data plane: restart it, give its machine back, keep tasks away, log in.
//! Marks the node and deals with its tasks; how the node stands afterwards follows from the mark.

use serde_json::{Value, json};

use crate::emulator::azure::batch::data_node::{found_node, with_node};
use crate::emulator::azure::batch::data_plane::{collection, dialect, entity, pool_of};
use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::job_schema::NODE_ACTION;
use crate::emulator::azure::batch::node_mark::Act;
use crate::emulator::azure::batch::pool_shape::read_part;
use crate::emulator::azure::batch::task_record::Task;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// The port of remote logins that the first node has.
const FIRST_PORT: u32 = 50_000;

/// The states in which something can be done to a node; `offline` is an idle one that is given no tasks.
pub(crate) const UP: &[&str] = &["idle", "offline", "running"];

pub(crate) fn reboot(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, Act::Reboot, "nodeRebootOption", UP)
}

pub(crate) fn reimage(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, Act::Reimage, "nodeReimageOption", UP)
}

pub(crate) fn deallocate(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, Act::Deallocate, "nodeDeallocateOption", UP)
}

pub(crate) fn start(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, Act::Start, "", &["deallocated"])
}

fn act(world: &mut World, call: &Call, act: Act, option: &'static str, from: &[&str]) -> Result<Answer> {
    let option = option_of(call, option)?;
    let found = found_node(world, call)?;
    check_state(&found.state, from)?;
    let begins = free(world, call, &found.id, option);
    with_node(world, call, &found, 202, |mark| {
        mark.act = Some((act, begins));
        // A machine that is made anew has nobody on it.
        if matches!(act, Act::Reimage | Act::Deallocate) {
            mark.users.clear();
        }
        Ok(())
    })
}

pub(crate) fn disable_scheduling(world: &mut World, call: &Call) -> Result<Answer> {
    let option = option_of(call, "nodeDisableSchedulingOption")?;
    let found = found_node(world, call)?;
    let now = world.now;
    let answer = with_node(world, call, &found, 200, |mark| {
        if mark.unscheduled.is_some() {
            return Err(already_so());
        }
        mark.unscheduled = Some(now);
        Ok(())
    })?;
    free(world, call, &found.id, option);
    Ok(answer)
}

pub(crate) fn enable_scheduling(world: &mut World, call: &Call) -> Result<Answer> {
    let found = found_node(world, call)?;
    with_node(world, call, &found, 200, |mark| {
        if mark.unscheduled.take().is_none() {
            return Err(already_so());
        }
        Ok(())
    })
}

fn already_so() -> Failure {
    let text = "The specified node is already in the target scheduling state.";
    Failure::arm(409, "NodeAlreadyInTargetSchedulingState", text)
}

/// What is to become of the node's tasks, by the one property that the body may have.
fn option_of(call: &Call, name: &'static str) -> Result<Deallocation> {
    let body = call.body.clone().unwrap_or_else(|| json!({}));
    let read = read_part(NODE_ACTION, &[name], &body, dialect(call))?;
    Ok(read.get(name).and_then(Value::as_str).and_then(Deallocation::parse).unwrap_or_default())
}

pub(crate) fn check_state(state: &str, from: &[&str]) -> Result<()> {
    if from.contains(&state) {
        return Ok(());
    }
    let (code, text) = match state {
        "creating" => ("NodeBeingCreated", "The specified node is being created."),
        "starting" | "waitingForStartTask" => ("NodeBeingStarted", "The specified node is being started."),
        "rebooting" => ("NodeBeingRebooted", "The specified node is being rebooted."),
        "reimaging" => ("NodeBeingReimaged", "The specified node is being reimaged."),
        "unusable" => ("NodeStateUnusable", "The state of the specified node is unusable."),
        _ => (
            "OperationInvalidForCurrentState",
            "The specified operation is not valid for the current state of the resource.",
        ),
    };
    Err(Failure::arm(409, code, text))
}

/// Deals with the tasks on a node, and tells when it is free of them.
fn free(world: &mut World, call: &Call, node: &str, option: Deallocation) -> Moment {
    let now = world.now;
    let mut free = now;
    for mut job in Job::all(world, &call.id.path()) {
        for mut task in Task::on_nodes(world, &job, now) {
            let Some(run) = task.hidden.run.clone() else { continue };
            if !run.seats.iter().any(|seat| seat.id == node) {
                continue;
            }
            match option {
                Deallocation::TaskCompletion | Deallocation::RetainedData => free = free.max(run.ends),
                Deallocation::Terminate => task.hidden.stopped = Some(now),
                Deallocation::Requeue => task.requeue(now),
            }
            task.save(world);
            job.hidden.wake = Some(now);
            job = job.save(world);
        }
    }
    free
}

pub(crate) fn remote_login(world: &mut World, call: &Call) -> Result<Answer> {
    let found = found_node(world, call)?;
    // One address for all nodes of a pool; each has a port of its own.
    let mut body = json!({
        "remoteLoginIPAddress": "20.0.0.4",
        "remoteLoginPort": FIRST_PORT + found.number % 10_000,
    });
    if !dialect(call).old {
        body["ipv6RemoteLoginIPAddress"] = json!("");
        body["ipv6RemoteLoginPort"] = json!(0);
    }
    Ok(entity(call, body))
}

/// The extensions of the pool's machines, as they stand on one node.
fn on_the_node(world: &World, call: &Call) -> Result<Vec<(String, Value)>> {
    found_node(world, call)?;
    let pool = pool_of(world, call)?;
    let body = pool.print_data_plane(dialect(call), world.now, &call.base);
    let extensions = body["virtualMachineConfiguration"]["extensions"].as_array().cloned();
    let mut rows: Vec<(String, Value)> = extensions
        .unwrap_or_default()
        .into_iter()
        .map(|extension| {
            let name = extension["name"].as_str().unwrap_or_default().to_owned();
            let row = json!({
                "provisioningState": "Succeeded",
                "vmExtension": extension,
                "instanceView": {"name": name, "statuses": [{
                    "code": "ProvisioningState/succeeded", "displayStatus": "Provisioning succeeded",
                    "level": "Info", "message": "",
                }]},
            });
            (name.to_ascii_lowercase(), row)
        })
        .collect();
    rows.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(rows)
}

pub(crate) fn extensions(world: &mut World, call: &Call) -> Result<Answer> {
    collection(call, on_the_node(world, call)?.into_iter())
}

pub(crate) fn extension(world: &mut World, call: &Call) -> Result<Answer> {
    let wanted = call.segments.get(5).map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let found = on_the_node(world, call)?.into_iter().find(|(name, _)| *name == wanted);
    let missing = || Failure::arm(404, "ResourceNotFound", "The specified resource does not exist.");
    found.map(|(_, row)| entity(call, row)).ok_or_else(missing)
}
