//! What the data plane of Batch asks of a caller's roles: pools, jobs and job schedules are its scopes of permission.
//! Follows Microsoft's page on roles for Batch; an account key is everything, and is not looked at here.

use serde_json::Value;

use crate::emulator::azure::authorization::grants::{self, Plane};
use crate::emulator::azure::authorization::linked;
use crate::emulator::call::{Call, Failure, Result, Verb};
use crate::emulator::store::World;

const ACCOUNT: &str = "Microsoft.Batch/batchAccounts";

/// 403 unless a role of the caller's grants what is asked of an account; `call.id` is the account.
pub(crate) fn check(world: &World, call: &Call) -> Result<()> {
    let reads = matches!(call.verb, Verb::Get | Verb::Head | Verb::List);
    require(world, call, reads, &action(call, reads))?;
    let body = call.body.as_ref().filter(|_| !reads);
    // A pool that a job makes for itself is a pool.
    if body.is_some_and(|body| find(body, "autoPoolSpecification").is_some()) {
        require(world, call, false, &format!("{ACCOUNT}/pools/write"))?;
    }
    for name in ["virtualMachineImageId", "subnetId"] {
        if let Some(used) = body.and_then(|body| find(body, name)) {
            linked::check_used(world, call, used)?;
        }
    }
    Ok(())
}

/// The action, of which Batch has three for each kind: what is done to nodes is done to their pool, and what is done to
/// tasks to their job.
fn action(call: &Call, reads: bool) -> String {
    let first = call.segments.first().map_or("", String::as_str).to_ascii_lowercase();
    let kind = match first.as_str() {
        "pools" | "nodecounts" | "poolusagemetrics" => "/pools",
        "jobs" => "/jobs",
        "jobschedules" => "/jobSchedules",
        "applications" => "/applications",
        "certificates" => "/certificates",
        _ => "",
    };
    let what = match call.verb {
        _ if reads => "read",
        Verb::Delete if call.segments.len() == 2 => "delete",
        _ => "write",
    };
    format!("{ACCOUNT}{kind}/{what}")
}

/// Granted is what some role names among its actions or its data actions; with `batchAccounts/read` also any read, and
/// with `listKeys` anything, since whoever can have the keys can do it all.
fn require(world: &World, call: &Call, reads: bool, action: &str) -> Result<()> {
    let scope = call.id.path();
    let granted = |plane, action: &str| grants::is_granted(world, &call.caller, plane, action, &scope);
    if granted(Plane::Management, action)
        || granted(Plane::Data, action)
        || (reads && granted(Plane::Management, &format!("{ACCOUNT}/read")))
        || granted(Plane::Management, &format!("{ACCOUNT}/listKeys/action"))
    {
        return Ok(());
    }
    let refusal = Failure::arm(403, "PermissionDenied", "Server failed to authorize the request.");
    Err(refusal.detail("Reason", linked::lacking(action, &scope)))
}

/// The first value of that name, however deep.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|it| find(it, name))),
        Value::Array(items) => items.iter().find_map(|it| find(it, name)),
        _ => None,
    }
}
