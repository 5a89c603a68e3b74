//! Deleting a resource group: it is `Deleting` for a while, then it goes with everything in it.
//! The operation is its own record: the token in its URL names the group, whose state tells how far it is.

use serde_json::{Value, json};

use crate::emulator::arm_id::ArmId;
use crate::emulator::azure::resource_group::{self, VERSIONS};
use crate::emulator::base64;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::operation;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Delete, kind: "resourcegroups", versions: VERSIONS, handler: delete },
    Route { verb: Verb::Get, kind: "operationresults", versions: VERSIONS, handler: get },
];

fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let mut group = resource_group::find(world, call)?.clone();
    let now = world.now;
    if !is_going(&group) {
        group.body["properties"]["provisioningState"] = json!("Deleting");
        group.changed_at = now;
        group.due = Some(now + world.timings.delete_group);
        world.put(group.clone());
    }
    Ok(pending(world, call, &group))
}

fn is_going(group: &Resource) -> bool {
    group.body["properties"]["provisioningState"] == "Deleting"
}

/// A group that is going takes nothing new, and no change.
pub(crate) fn refuse_if_going(world: &World, group: &str) -> Result<()> {
    let Some(group) = world.get(group).filter(|group| is_going(group)) else { return Ok(()) };
    let text = format!(
        "The resource group '{}' is in deprovisioning state and cannot perform this operation.",
        group.body["name"].as_str().unwrap_or_default()
    );
    Err(Failure::arm(409, "ResourceGroupBeingDeleted", text))
}

/// 202 with the way to the operation.
fn pending(world: &World, call: &Call, group: &Resource) -> Answer {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (name, region) = (text(&group.body["name"]), text(&group.body["location"]));
    let job = format!("RESOURCEGROUPDELETIONJOB-{}-{}", escape(&name), region.to_ascii_uppercase());
    let token = base64::encode(json!({"jobId": job, "jobLocation": region}).to_string().as_bytes());
    let subscription = call.id.subscription.as_deref().unwrap_or_default();
    let id = format!("/subscriptions/{subscription}/operationresults/{token}");
    let remaining = group.due.unwrap_or(world.now).since(world.now);
    Answer::empty(202)
        .with("location", call.link(&format!("{id}?api-version={}", call.api_version())))
        .with_all(operation::retry_after(world, remaining))
}

/// A job's id has `-` between its parts, so that one within a part is written otherwise.
fn escape(name: &str) -> String {
    name.to_ascii_uppercase().replace(':', ":3A").replace('-', ":2D")
}

/// GET of the operation: 202 as long as the group is going, 200 when it has gone.
fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let job = base64::decode(call.id.name()).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let name = job.as_ref().and_then(|job| job["jobId"].as_str()).and_then(|id| {
        let mut parts = id.split('-');
        (parts.next() == Some("RESOURCEGROUPDELETIONJOB")).then(|| parts.next()).flatten()
    });
    let Some(name) = name.map(|name| name.replace(":2D", "-").replace(":3A", ":")) else {
        let text = format!("The operation result '{}' could not be found.", call.id.name());
        return Err(Failure::arm(404, "NotFound", text));
    };
    let id = ArmId { group: Some(name), types: Vec::new(), names: Vec::new(), ..call.id.clone() };
    match world.get(&id.path()).filter(|group| is_going(group)) {
        Some(group) => Ok(pending(world, call, group)),
        None => Ok(Answer::empty(200)),
    }
}

/// The time of a group that is going has come: what is nested goes before what it is nested in.
pub(crate) fn settle(world: &mut World, key: &str) {
    if !world.get(key).is_some_and(is_going) {
        return;
    }
    let inside: Vec<String> = world.all_below(key).map(Resource::key).collect();
    for key in inside.iter().rev() {
        world.endpoints.close(key);
        world.remove(key);
    }
    world.remove(key);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::emulator::testing::{RG1, S1, arm, ask, emulator, wait};

    const V: &str = "?api-version=2024-07-01";

    #[test]
    fn a_group_is_going_for_a_while_and_then_gone_with_everything_in_it() {
        let it = emulator();
        let group = format!("{S1}/resourceGroups/a-b:c{V}");
        assert_eq!(ask(&it, "PUT", &group.replace(":c", "_c"), Some(json!({"location": "eastus"}))).0, 201);
        for group in [format!("{RG1}{V}"), group.replace(":c", "_c")] {
            let begun = arm(&it, "DELETE", &group, None);
            let location = begun.header("location").unwrap().replace("https://127.0.0.1:8443", "");
            assert_eq!((begun.status, begun.header("retry-after")), (202, Some("10")));
            assert_eq!(ask(&it, "GET", &group, None).1["properties"]["provisioningState"], "Deleting");
            let image = group.replace(V, "/providers/Microsoft.Compute/galleries/g?api-version=2024-03-03");
            let (status, refusal) = ask(&it, "PUT", &image, Some(json!({"location": "eastus"})));
            assert_eq!((status, &refusal["error"]["code"]), (409, &json!("ResourceGroupBeingDeleted")));
            assert_eq!(arm(&it, "GET", &location, None).status, 202);
            wait(&it, 61);
            assert_eq!(arm(&it, "GET", &location, None).status, 200);
            assert_eq!(ask(&it, "GET", &group, None).0, 404);
        }
        let left =
            it.state()["resources"].as_object().unwrap().keys().filter(|key| key.contains("/rg1")).count();
        assert_eq!(left, 0);
        assert_eq!(arm(&it, "GET", &format!("{S1}/operationresults/x{V}"), None).status, 404);
    }
}
