//! How a pool is emptied for what Azure takes only with zero nodes, and what it remembers meanwhile.
//! Only makes values: which steps they become is planning's business.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kinds::pool::{API_VERSION, Pool, count};
use crate::model::duration;
use crate::model::kind::Planning;
use crate::model::request::{Method, Request};
use crate::model::resource_id::ResourceId;
use crate::model::rollout::{Emptying, Memory, Rollout, Tasks};
use crate::model::snapshot::Live;
use crate::model::wait::{Condition, Judgement};

/// The metadata entry that remembers, while a change reaches a pool, what the file does not say.
const MEMORY: &str = "poolwright-rollout";

/// Azure ends a resize by itself at its time-out, which must not come before the deadline of the rollout.
const BEYOND_THE_DEADLINE: Duration = Duration::from_hours(1);

const SCALE: &str = "/properties/scaleSettings";
const METADATA: &str = "/properties/metadata";
const IMAGE: &str = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
const AGENT: &str = "/properties/deploymentConfiguration/virtualMachineConfiguration/nodeAgentSkuId";

impl Emptying for Pool {
    fn sizing(&self) -> &'static str {
        "scaleSettings"
    }

    fn is_empty(&self, live: &Live) -> bool {
        self.nodes(live) == 0 && self.at_rest(live)
    }

    fn is_under_way(&self, live: &Live) -> bool {
        // One that is being stopped will not be empty: it has to be told once more.
        let state = live.body.pointer("/properties/allocationState").and_then(Value::as_str);
        is_told_to_be_empty(live) && state.is_some_and(|state| state.eq_ignore_ascii_case("Resizing"))
    }

    fn nodes(&self, live: &Live) -> u64 {
        count(live, "currentDedicatedNodes") + count(live, "currentLowPriorityNodes")
    }

    fn empty(&self, desired: &Value, tasks: Tasks, within: Duration) -> Value {
        let written = desired.pointer(&format!("{SCALE}/fixedScale/nodeDeallocationOption"));
        let option = match tasks {
            Tasks::Requeued => json!("Requeue"),
            Tasks::AsWritten => written.cloned().unwrap_or_else(|| json!("TaskCompletion")),
        };
        let within = (within + BEYOND_THE_DEADLINE).as_secs();
        let fixed = json!({
            "targetDedicatedNodes": 0,
            "targetLowPriorityNodes": 0,
            "resizeTimeout": duration::text(within),
            "nodeDeallocationOption": option,
        });
        json!({ "properties": { "scaleSettings": { "fixedScale": fixed } } })
    }

    fn gently(&self, body: &mut Value) {
        let fixed = body.pointer_mut(&format!("{SCALE}/fixedScale")).and_then(Value::as_object_mut);
        if let Some(fixed) = fixed {
            fixed.entry("nodeDeallocationOption").or_insert_with(|| json!("TaskCompletion"));
        }
    }

    fn stop(&self, id: &ResourceId) -> Request {
        let mut request = Request::arm(Method::Post, id, API_VERSION);
        request.path.push_str("/stopResize");
        request
    }

    fn memory(&self, live: &Live) -> Memory {
        let metadata = live.body.pointer(METADATA).and_then(Value::as_array).into_iter().flatten();
        let text = metadata.filter(|entry| entry["name"] == MEMORY).find_map(|entry| entry["value"].as_str());
        let Some(memory) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            return Memory::default();
        };
        Memory {
            size: memory.get("size").cloned(),
            image: memory.get("image").and_then(Value::as_str).map(str::to_owned),
        }
    }

    fn to_remember(&self, desired: &Value, live: &Live, wanted: Rollout) -> Memory {
        let former = self.image(&live.body).filter(|image| {
            let next = self.image(desired);
            wanted.rollback && next.is_some_and(|next| !next.eq_ignore_ascii_case(image))
        });
        // What an earlier run has told to be empty has the memory of that run.
        let emptied = is_told_to_be_empty(live);
        let size = if emptied { self.memory(live).size } else { live.body.pointer(SCALE).cloned() };
        Memory { size: size.filter(|_| desired.pointer(SCALE).is_none()), image: former.map(str::to_owned) }
    }

    fn remember(&self, body: &mut Value, memory: &Memory) {
        let mut metadata = body.pointer(METADATA).and_then(Value::as_array).cloned().unwrap_or_default();
        metadata.retain(|entry| entry["name"] != MEMORY);
        if *memory != Memory::default() {
            let Memory { size, image } = memory;
            let parts = [("size", size.clone()), ("image", image.clone().map(Value::String))];
            let parts = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?)));
            let text = Value::Object(parts.collect()).to_string();
            metadata.push(json!({ "name": MEMORY, "value": text }));
        }
        body["properties"]["metadata"] = metadata.into();
    }

    fn remembering(&self) -> &'static str {
        "metadata"
    }

    fn image<'a>(&self, body: &'a Value) -> Option<&'a str> {
        body.pointer(IMAGE)?.as_str()
    }

    fn take_image(&self, body: &mut Value, image: &str, before: Option<&Value>) {
        if let Some(id) = body.pointer_mut(IMAGE) {
            *id = image.into();
        }
        let agent = before.and_then(|before| before.pointer(AGENT)).cloned();
        if let (Some(agent), Some(place)) = (agent, body.pointer_mut(AGENT)) {
            *place = agent;
        }
    }

    fn sized_as(&self, body: &Value) -> Vec<(String, Option<Value>)> {
        let parts =
            ["fixedScale/targetDedicatedNodes", "fixedScale/targetLowPriorityNodes", "autoScale/formula"];
        let seen = parts.into_iter().filter_map(|part| {
            let pointer = format!("{SCALE}/{part}");
            let value = body.pointer(&pointer)?.clone();
            Some((pointer, Some(value)))
        });
        seen.chain([(IMAGE.to_owned(), body.pointer(IMAGE).cloned())]).collect()
    }

    fn give_size(&self, body: &mut Value, live: &Live) {
        if body.pointer(SCALE).is_none() {
            let size = self.memory(live).size.or_else(|| live.body.pointer(SCALE).cloned());
            if let (Some(size), Some(properties)) = (size, body["properties"].as_object_mut()) {
                properties.insert("scaleSettings".to_owned(), size);
            }
        }
    }

    fn recall(&self, desired: &mut Value, live: &Live) {
        if is_told_to_be_empty(live) && self.memory(live).size.is_some() {
            self.give_size(desired, live);
        }
    }
}

fn is_told_to_be_empty(live: &Live) -> bool {
    matches!(Condition::ToldToBeEmpty.judge(Some(&live.body)), Judgement::Met(_))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use crate::kinds::pool::Pool;
    use crate::model::resource_id::ResourceId;
    use crate::model::rollout::{Emptying, Memory, Rollout, Tasks};
    use crate::model::snapshot::Live;

    fn live(body: Value) -> Live {
        let id = ResourceId::new("s", "g", "Microsoft.Batch", "batchAccounts", "a").child("pools", "p");
        Live { id, body, companion: None }
    }

    #[test]
    fn tasks_end_first_unless_the_file_says_otherwise() {
        let option = |desired: &Value, tasks| {
            let body = Pool.empty(desired, tasks, Duration::from_hours(4));
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
        let theirs = json!({"name": "theirs", "value": "1"});
        let before = live(json!({"properties": {"scaleSettings": size, "metadata": [theirs]}}));
        let silent = json!({"properties": {}});
        let memory = Pool.to_remember(&silent, &before, Rollout::default());
        assert_eq!(memory, Memory { size: Some(size.clone()), image: None });
        let mut body = before.body.clone();
        Pool.remember(&mut body, &memory);
        body["properties"]["scaleSettings"] = json!({"fixedScale": {"targetDedicatedNodes": 0}});
        let emptied = live(body);
        assert_eq!(Pool.memory(&emptied), memory);
        let mut desired = silent.clone();
        Pool.recall(&mut desired, &emptied);
        assert_eq!(desired["properties"]["scaleSettings"], size);
        // A later run finds it told to be empty, with nodes that are still there.
        assert_eq!(Pool.to_remember(&silent, &emptied, Rollout::default()), memory);
        // What has its size again, or has one in the file, needs no memory.
        let mut desired = silent.clone();
        Pool.recall(&mut desired, &before);
        assert_eq!(desired, silent);
        let mut body = emptied.body;
        Pool.remember(&mut body, &Memory::default());
        assert_eq!(body["properties"]["metadata"], json!([theirs]));
    }
}
