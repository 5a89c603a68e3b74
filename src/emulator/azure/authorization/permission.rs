//! What the caller may do at a scope, and what is denied there: the permissions and deny assignments lists.
//! Gathers what assignments say; compares no action with them.

use serde_json::{Value, json};

use crate::emulator::azure::authorization::grants;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::router::Route;
use crate::emulator::store::World;

const PERMISSION_VERSIONS: &[&str] =
    &["2015-07-01", "2018-01-01-preview", "2018-07-01", "2022-04-01", "2022-05-01-preview"];
const DENY_VERSIONS: &[&str] =
    &["2018-07-01-preview", "2019-03-01-preview", "2022-04-01", "2024-07-01-preview"];

pub(super) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::List,
        kind: "Microsoft.Authorization/permissions",
        versions: PERMISSION_VERSIONS,
        handler: permissions,
    },
    Route {
        verb: Verb::List,
        kind: "Microsoft.Authorization/denyAssignments",
        versions: DENY_VERSIONS,
        handler: deny_assignments,
    },
    Route {
        verb: Verb::Get,
        kind: "Microsoft.Authorization/denyAssignments",
        versions: DENY_VERSIONS,
        handler: deny_assignment,
    },
];

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn permissions(world: &mut World, call: &Call) -> Result<Answer> {
    let roles = grants::roles(world, &call.caller.object_id, &call.id.attached_to());
    let all: Vec<Value> =
        roles.iter().flat_map(|role| role["permissions"].as_array().cloned().unwrap_or_default()).collect();
    Ok(Answer::ok(json!({"value": all})))
}

/// Deny assignments are made by Azure's own services only, and none of those is here.
#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn deny_assignments(_world: &mut World, _call: &Call) -> Result<Answer> {
    Ok(Answer::ok(json!({"value": []})))
}

fn deny_assignment(_world: &mut World, call: &Call) -> Result<Answer> {
    let text = format!("The deny assignment '{}' is not found.", call.id.name());
    Err(Failure::arm(404, "DenyAssignmentNotFound", text))
}
