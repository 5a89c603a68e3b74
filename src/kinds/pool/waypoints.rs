//! What a pool passes on its way to ready: its nodes are allocated, and then they can run tasks.
//! Only makes values; what is ready is judged in `model::wait`.

use std::time::Duration;

use serde_json::Value;

use crate::kinds::pool::API_VERSION;
use crate::kinds::waits::{Pace, waypoint};
use crate::model::duration;
use crate::model::kind::{Target, Waypoint};
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Snapshot;
use crate::model::step::Milestone;
use crate::model::wait::{Condition, Goal};

/// Azure ends a resize at its own time-out; this is for what comes before and after.
const BESIDE_THE_RESIZE: Duration = Duration::from_mins(30);
const NODES_BOOT_WITHIN: Duration = Duration::from_hours(1);
const AUTOSCALE_WITHIN: Duration = Duration::from_hours(2);
const INTERVAL: Duration = Duration::from_secs(15);

/// The waypoints of a pool.
pub(super) fn waypoints(target: Target<'_>, snapshot: &Snapshot) -> Vec<Waypoint> {
    // A file without scale settings leaves them as they are.
    let settings = |body: &'_ Value| body.pointer("/properties/scaleSettings").cloned();
    let scale = settings(target.body).or_else(|| settings(&target.live?.body));
    let scale = scale.as_ref();
    let fixed = scale.and_then(|scale| scale.get("fixedScale"));
    let auto = scale.and_then(|scale| scale.get("autoScale")).is_some_and(|auto| !auto.is_null());
    let number = |name: &str| fixed.and_then(|fixed| fixed.get(name)).and_then(Value::as_u64).unwrap_or(0);
    let (dedicated, spot) = (number("targetDedicatedNodes"), number("targetLowPriorityNodes"));

    let goal = if auto { Goal::AutoScale } else { Goal::Fixed { dedicated, spot } };
    let resize = fixed
        .and_then(|fixed| fixed.get("resizeTimeout"))
        .and_then(Value::as_str)
        .and_then(duration::seconds)
        .map_or(Duration::from_mins(15), Duration::from_secs);
    let deadline = if auto { AUTOSCALE_WITHIN } else { resize + BESIDE_THE_RESIZE };
    let read = Request::get(target.id, API_VERSION);
    let allocated = Condition::Allocated { goal, stale: None };
    let mut all = vec![Waypoint {
        gates_next: true,
        ..waypoint(Milestone::Allocated, read, allocated, Pace { interval: INTERVAL, deadline })
    }];
    // An autoscale pool may rightly have no node at all.
    if let Some(read) = node_counts(target.id, snapshot).filter(|_| !auto && dedicated + spot > 0) {
        let usable = Condition::NodesUsable { pool: target.id.name().to_owned(), dedicated };
        let pace = Pace { interval: INTERVAL, deadline: NODES_BOOT_WITHIN };
        all.push(Waypoint { on_companion: true, ..waypoint(Milestone::Usable, read, usable, pace) });
    }
    all
}

/// Reads the node counts of one pool from its account's data plane, which an account that is only made now tells then.
fn node_counts(pool: &ResourceId, snapshot: &Snapshot) -> Option<Request> {
    let account = pool.parent()?;
    let live = snapshot.all_of("batch-account").find(|live| live.id == account);
    let endpoint = live.and_then(|live| live.body.pointer("/properties/accountEndpoint")?.as_str());
    let plane = endpoint.map_or(Plane::BatchOf { account: Box::new(account) }, |endpoint| Plane::Batch {
        endpoint: endpoint.to_owned(),
    });
    let filter = format!("poolId eq '{}'", pool.name());
    Some(list_node_counts(plane).with_query("$filter", &filter))
}

/// Reads the node counts of all pools of an account.
pub(super) fn list_node_counts(plane: Plane) -> Request {
    Request {
        method: Method::Get,
        plane,
        path: "/nodecounts".to_owned(),
        api_version: API_VERSION,
        query: Vec::new(),
        body: None,
    }
}
