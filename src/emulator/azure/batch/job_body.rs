//! What a job's properties must be beyond their shape, and what stands where nothing was given.
//! Common to jobs and to what job schedules make jobs from; looks at no state.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::job_record::UNLIMITED;
use crate::emulator::azure::batch::pool_check;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::iso_duration;
use crate::emulator::call::Result;

/// The id of a preparation task that was given none.
const PREPARATION_ID: &str = "jobpreparation";

/// Checks an id of a job, a task or a job schedule.
pub(crate) fn check_id(id: &Value, dialect: Dialect) -> Result<()> {
    if id.as_str().is_some_and(pool_check::is_pool_id) {
        return Ok(());
    }
    let reason = "The id can contain any combination of alphanumeric characters including hyphens and underscores, and cannot contain more than 64 characters.";
    Err(dialect.invalid("id", id, reason))
}

/// Checks what was sent of a job, or of what jobs are made from; nothing has to be there.
pub(crate) fn check(sent: &Map<String, Value>, dialect: Dialect) -> Result<()> {
    if let Some(most) = sent.get("maxParallelTasks")
        && !most.as_i64().is_some_and(|most| most == -1 || most > 0)
    {
        return Err(dialect.invalid("maxParallelTasks", most, "The value must be -1 or greater than 0."));
    }
    if let Some(constraints) = sent.get("constraints") {
        check_constraints(constraints, dialect)?;
    }
    if let Some(info) = sent.get("poolInfo")
        && info["poolId"].is_string() == info["autoPoolSpecification"].is_object()
    {
        let reason = "Exactly one of poolId and autoPoolSpecification must be specified.";
        return Err(dialect.invalid("poolInfo", info, reason));
    }
    let id = |name: &str| sent.get(name).and_then(|task| task["id"].as_str());
    let preparation = id("jobPreparationTask").unwrap_or(PREPARATION_ID);
    match id("jobManagerTask") {
        Some(manager) if manager.eq_ignore_ascii_case(preparation) => {
            let reason = "The tasks of a job must differ in their ids.";
            Err(dialect.invalid("jobManagerTask", &json!(manager), reason))
        }
        _ => Ok(()),
    }
}

/// Checks the constraints of a job or of a task.
pub(crate) fn check_constraints(constraints: &Value, dialect: Dialect) -> Result<()> {
    let retries = &constraints["maxTaskRetryCount"];
    if retries.as_i64().is_some_and(|count| count < -1) {
        return Err(dialect.invalid("maxTaskRetryCount", retries, "The value must be -1 or greater."));
    }
    Ok(())
}

/// Fills in what Azure answers for a job where nothing was given.
pub(crate) fn complete(job: &mut Map<String, Value>) {
    drop_the_empty(job);
    for (name, value) in [
        ("priority", json!(0)),
        ("maxParallelTasks", json!(-1)),
        ("allowTaskPreemption", json!(false)),
        ("usesTaskDependencies", json!(false)),
        ("onAllTasksComplete", json!("NoAction")),
        ("onTaskFailure", json!("NoAction")),
        ("constraints", json!({})),
    ] {
        job.entry(name).or_insert(value);
    }
    if let Some(constraints) = job.get_mut("constraints").and_then(Value::as_object_mut) {
        complete_constraints(constraints, &["maxWallClockTime"]);
    }
    for name in ["jobManagerTask", "jobPreparationTask", "jobReleaseTask"] {
        if let Some(task) = job.get_mut(name).and_then(Value::as_object_mut) {
            complete_own_task(name, task);
        }
    }
}

fn complete_own_task(name: &str, task: &mut Map<String, Value>) {
    drop_the_empty(task);
    let defaults: &[(&str, Value)] = &match name {
        "jobManagerTask" => vec![
            ("killJobOnCompletion", json!(true)),
            ("runExclusive", json!(true)),
            ("requiredSlots", json!(1)),
            ("constraints", json!({})),
        ],
        "jobPreparationTask" => vec![
            ("id", json!(PREPARATION_ID)),
            ("waitForSuccess", json!(true)),
            ("rerunOnNodeRebootAfterSuccess", json!(true)),
            ("constraints", json!({})),
        ],
        _ => vec![
            ("id", json!("jobrelease")),
            ("maxWallClockTime", json!("PT15M")),
            ("retentionTime", json!("P7D")),
        ],
    };
    for (name, value) in defaults {
        task.entry(*name).or_insert(value.clone());
    }
    if let Some(constraints) = task.get_mut("constraints").and_then(Value::as_object_mut) {
        complete_constraints(constraints, &["maxWallClockTime", "retentionTime"]);
    }
    complete_identity(task);
}

/// Constraints of a job, or of a task: both have a length, a task also keeps its files for a time.
pub(crate) fn complete_constraints(constraints: &mut Map<String, Value>, lengths: &[&str]) {
    for name in lengths {
        let default = if *name == "retentionTime" { "P7D" } else { UNLIMITED };
        let length = constraints.entry(*name).or_insert_with(|| json!(default));
        if limit(length).is_none() {
            *length = json!(UNLIMITED);
        }
    }
    constraints.entry("maxTaskRetryCount").or_insert(json!(0));
}

/// Who a task runs as when nobody was named.
pub(crate) fn complete_identity(task: &mut Map<String, Value>) {
    let identity = task.entry("userIdentity").or_insert_with(|| json!({"autoUser": {}}));
    if let Some(user) = identity.get_mut("autoUser").and_then(Value::as_object_mut) {
        user.entry("scope").or_insert(json!("Task"));
        user.entry("elevationLevel").or_insert(json!("NonAdmin"));
    }
}

/// A length that is a limit, in milliseconds; none for one that stands for no limit.
pub(crate) fn limit(length: &Value) -> Option<i64> {
    let unlimited = iso_duration::parse(UNLIMITED)? - 1_000;
    iso_duration::parse(length.as_str()?).filter(|length| *length < unlimited)
}

fn drop_the_empty(object: &mut Map<String, Value>) {
    object.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
}
