//! What api-versions before 2020-09-01.12.0 call otherwise or do not have on the data plane: slots of nodes.
//! A node then ran at most so many tasks, whatever each of them needed; the model stays today's.

use serde_json::Value;

use crate::emulator::call::Call;

/// The first api-version with slots.
const SLOTS_SINCE: &str = "2020-09-01.12.0";
/// The names of the number of a node's slots: then and today.
const THEN: &str = "maxTasksPerNode";
const TODAY: &str = "taskSlotsPerNode";

/// True for a caller that knows no slots.
pub(crate) fn knows_no_slots(call: &Call) -> bool {
    call.api_version() < SLOTS_SINCE
}

/// What a caller sent, in today's words.
pub(crate) fn read(call: &Call, body: &Value) -> Value {
    let mut body = body.clone();
    if knows_no_slots(call)
        && let Some(fields) = body.as_object_mut()
        && let Some(tasks) = fields.remove(THEN)
    {
        fields.insert(TODAY.to_owned(), tasks);
    }
    body
}

/// What is answered, in the caller's words.
pub(crate) fn printed(call: &Call, mut entry: Value) -> Value {
    if knows_no_slots(call)
        && let Some(fields) = entry.as_object_mut()
    {
        if let Some(slots) = fields.remove(TODAY) {
            fields.insert(THEN.to_owned(), slots);
        }
        for name in ["requiredSlots", "runningTaskSlotsCount"] {
            fields.remove(name);
        }
        // Tasks were counted by themselves only.
        if let Some(counts) = fields.get("taskSlotCounts").and(fields.get("taskCounts")) {
            return counts.clone();
        }
    }
    entry
}
