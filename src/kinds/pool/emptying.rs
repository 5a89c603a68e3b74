//! How a pool is emptied for what Azure takes only with zero nodes, and what it remembers meanwhile.
//! Only makes values: which steps they become is planning's business.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::kinds::pool::{API_VERSION, Pool, count};
use crate::model::duration;
use crate::model::kind::Planning;
use crate::model::request::{Method, Request};
use crate::model::resource_id::ResourceId;
use crate::model::rollout::{Emptying, Tasks};
use crate::model::snapshot::Live;

/// The metadata entry that remembers, while a pool is empty, what the file does not say: its size.
const MEMORY: &str = "poolwright-rollout";

/// Azure ends a resize by itself at its time-out, which must not come before the deadline of the rollout.
const BEYOND_THE_DEADLINE: Duration = Duration::from_hours(1);

const SCALE: &str = "/properties/scaleSettings";
const METADATA: &str = "/properties/metadata";

impl Emptying for Pool {
    fn sizing(&self) -> &'static str {
        "scaleSettings"
    }

    fn is_empty(&self, live: &Live) -> bool {
        self.nodes(live) == 0 && self.at_rest(live)
    }

    fn is_under_way(&self, live: &Live) -> bool {
        is_told_to_be_empty(live) && !self.at_rest(live)
    }

    fn nodes(&self, live: &Live) -> u64 {
        count(live, "currentDedicatedNodes") + count(live, "currentLowPriorityNodes")
    }

    fn empty(&self, desired: &Value, live: &Live, tasks: Tasks, within: Duration) -> Value {
        let written = desired.pointer(&format!("{SCALE}/fixedScale/nodeDeallocationOption"));
        let option = match tasks {
            Tasks::Requeued => json!("Requeue"),
            Tasks::AsWritten => written.cloned().unwrap_or_else(|| json!("TaskCompletion")),
        };
        let within = (within + BEYOND_THE_DEADLINE).as_secs();
        let mut properties = Map::new();
        let fixed = json!({
            "targetDedicatedNodes": 0,
            "targetLowPriorityNodes": 0,
            "resizeTimeout": duration::text(within),
            "nodeDeallocationOption": option,
        });
        properties.insert("scaleSettings".to_owned(), json!({ "fixedScale": fixed }));
        let size = live.body.pointer(SCALE).filter(|_| desired.pointer(SCALE).is_none());
        if let Some(size) = size.filter(|_| !is_told_to_be_empty(live)) {
            let mut metadata = metadata(live);
            metadata.retain(|entry| entry["name"] != MEMORY);
            metadata.push(json!({ "name": MEMORY, "value": size.to_string() }));
            properties.insert("metadata".to_owned(), metadata.into());
        }
        json!({ "properties": properties })
    }

    fn stop(&self, id: &ResourceId) -> Request {
        let mut request = Request::arm(Method::Post, id, API_VERSION);
        request.path.push_str("/stopResize");
        request
    }

    fn recall(&self, desired: &mut Value, live: &Live) {
        if desired.pointer(SCALE).is_some() || !is_told_to_be_empty(live) {
            return;
        }
        let metadata = metadata(live);
        let memory = metadata.iter().find(|entry| entry["name"] == MEMORY);
        let size = memory.and_then(|entry| serde_json::from_str(entry["value"].as_str()?).ok());
        if let (Some(size), Some(properties)) = (size, desired["properties"].as_object_mut()) {
            properties.insert("scaleSettings".to_owned(), size);
        }
    }
}

fn is_told_to_be_empty(live: &Live) -> bool {
    let scale = live.body.pointer(SCALE);
    let is_there = |name: &str| scale.and_then(|scale| scale.get(name)).is_some_and(|it| !it.is_null());
    let target = |name: &str| live.body.pointer(&format!("{SCALE}/fixedScale/{name}"));
    let nodes = |name: &str| target(name).and_then(Value::as_u64).unwrap_or(0);
    is_there("fixedScale")
        && !is_there("autoScale")
        && nodes("targetDedicatedNodes") + nodes("targetLowPriorityNodes") == 0
}

fn metadata(live: &Live) -> Vec<Value> {
    live.body.pointer(METADATA).and_then(Value::as_array).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::MEMORY;
    use crate::kinds::pool::Pool;
    use crate::model::resource_id::ResourceId;
    use crate::model::rollout::{Emptying, Tasks};
    use crate::model::snapshot::Live;

    fn live(body: Value) -> Live {
        let id = ResourceId::new("s", "g", "Microsoft.Batch", "batchAccounts", "a").child("pools", "p");
        Live { id, body, companion: None }
    }

    #[test]
    fn tasks_end_first_unless_the_file_says_otherwise() {
        let pool = live(json!({"properties": {"scaleSettings": {"autoScale": {"formula": "x"}}}}));
        let option = |desired: &Value, tasks| {
            let body = Pool.empty(desired, &pool, tasks, Duration::from_hours(4));
            assert_eq!(body.pointer("/properties/scaleSettings/autoScale"), None);
            assert_eq!(
                body.pointer("/properties/scaleSettings/fixedScale/resizeTimeout"),
                Some(&json!("PT5H"))
            );
            body["properties"]["scaleSettings"]["fixedScale"]["nodeDeallocationOption"].clone()
        };
        let written = json!({"properties": {"scaleSettings": {"fixedScale": {"nodeDeallocationOption": "RetainedData"}}}});
        let silent = json!({"properties": {"scaleSettings": {"fixedScale": {"targetDedicatedNodes": 4}}}});
        assert_eq!(option(&silent, Tasks::AsWritten), "TaskCompletion");
        assert_eq!(option(&written, Tasks::AsWritten), "RetainedData");
        assert_eq!(option(&written, Tasks::Requeued), "Requeue");
    }

    #[test]
    fn a_size_that_no_file_says_is_remembered_on_the_pool() {
        let size = json!({"autoScale": {"formula": "x"}});
        let metadata = json!([{"name": "theirs", "value": "1"}]);
        let before = live(json!({"properties": {"scaleSettings": size, "metadata": metadata}}));
        let body = Pool.empty(&json!({"properties": {}}), &before, Tasks::AsWritten, Duration::from_hours(1));
        assert_eq!(body["properties"]["metadata"][0]["name"], "theirs");
        assert_eq!(body["properties"]["metadata"][1]["name"], MEMORY);
        let emptied = live(body);
        let mut desired = json!({"properties": {}});
        Pool.recall(&mut desired, &emptied);
        assert_eq!(desired["properties"]["scaleSettings"], size);
        // What has its size again, or has one in the file, needs no memory.
        let mut desired = json!({"properties": {}});
        Pool.recall(&mut desired, &before);
        assert_eq!(desired, json!({"properties": {}}));
    }
}
