//! Tasks on the data plane: add one or many, list, get, change, end, run again, take away.
//! Reads requests and prints answers; when and where a task runs is `scheduling`'s.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane::{self, collection, dialect, entity, is_ahead, tagged};
use crate::emulator::azure::batch::job::job_of;
use crate::emulator::azure::batch::job_body;
use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::job_schema::{ANSWERED, TASK, TASK_COLLECTION, TASK_UPDATE};
use crate::emulator::azure::batch::pool_shape::{Dialect, read_change, read_object, strip_secrets};
use crate::emulator::azure::batch::task_record::{Hidden, Phase, Task};
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::store::World;

/// Tasks that one request can add.
const MOST_ADDED: usize = 100;
/// Bytes that a request to add many may have.
const MOST_BYTES: usize = 1024 * 1024;

pub(crate) fn task_of(world: &World, call: &Call) -> Result<(Job, Task)> {
    let job = job_of(world, call)?;
    let name = call.segments.get(3).map_or("", String::as_str);
    let task = Task::named(world, &job.resource.id, name)
        .ok_or_else(|| Failure::arm(404, "TaskNotFound", "The specified task does not exist."))?;
    Ok((job, task))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let job = job_of(world, call)?;
    let (dialect, now) = (dialect(call), world.now);
    let tasks = Task::stored(world, &job.resource.id);
    let ahead = tasks.filter(|resource| is_ahead(call, &resource.key())).map(Task::of);
    collection(
        call,
        ahead.map(|task| (task.resource.key(), task.print(job.name(), dialect, now, &call.base))),
    )
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let (job, task) = task_of(world, call)?;
    conditions::check(call, Some(&task.resource), true)?;
    let body = task.print(job.name(), dialect(call), world.now, &call.base);
    Ok(tagged(entity(call, body), &task.resource))
}

pub(crate) fn subtasks(world: &mut World, call: &Call) -> Result<Answer> {
    let (job, task) = task_of(world, call)?;
    let rows = task.subtasks(job.name(), world.now, &call.base).into_iter().enumerate();
    collection(call, rows.map(|(index, row)| (format!("{index:010}"), row)))
}

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer> {
    let body = data_plane::sent(call)?.clone();
    let job = job_of(world, call)?;
    let task = add_one(world, &job, &body, dialect(call))?;
    wake(world, &job);
    let url = url_of(call, &job, &task);
    Ok(tagged(Answer::empty(201).with("location", url.clone()).with("dataserviceid", url), &task.resource))
}

/// Adds many, each by itself: one that cannot be added keeps no other from it.
pub(crate) fn add_many(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    if data_plane::sent(call)?.to_string().len() > MOST_BYTES {
        let text = "The size of the request body exceeds the maximum size permitted.";
        return Err(Failure::arm(413, "RequestBodyTooLarge", text));
    }
    let sent = read_object(TASK_COLLECTION, data_plane::sent(call)?, dialect, "")?;
    let job = job_of(world, call)?;
    job.hidden.state.not_over()?;
    let bodies = sent["value"].as_array().cloned().unwrap_or_default();
    if bodies.len() > MOST_ADDED {
        let reason = format!("No more than {MOST_ADDED} tasks can be added at once.");
        return Err(dialect.invalid("value", &json!(bodies.len()), reason));
    }
    let mut results = Vec::new();
    for body in &bodies {
        results.push(match add_one(world, &job, body, dialect) {
            Ok(task) => json!({
                "status": "success",
                "taskId": task.name(),
                "eTag": task.resource.etag,
                "lastModified": task.resource.changed_at.rfc3339(),
                "location": url_of(call, &job, &task),
            }),
            Err(failure) => {
                let values = failure.details.iter().map(|(key, value)| json!({"key": key, "value": value}));
                json!({
                    "status": if failure.status >= 500 { "servererror" } else { "clienterror" },
                    "taskId": body["id"].as_str().unwrap_or_default(),
                    "error": {
                        "code": failure.code,
                        "message": {"lang": "en-us", "value": failure.message},
                        "values": values.collect::<Vec<_>>(),
                    },
                })
            }
        });
    }
    wake(world, &job);
    Ok(entity(call, json!({"value": results})))
}

fn url_of(call: &Call, job: &Job, task: &Task) -> String {
    call.link(&format!("/jobs/{}/tasks/{}", job.name(), task.name()))
}

/// Has the job's tasks looked at once the request is over.
fn wake(world: &mut World, job: &Job) {
    let mut job = job.clone();
    job.hidden.wake = Some(world.now);
    job.save(world);
}

fn add_one(world: &mut World, job: &Job, body: &Value, dialect: Dialect) -> Result<Task> {
    let body = read_object(TASK, body, dialect, "")?;
    job_body::check_id(&body["id"], dialect)?;
    if let Some(constraints) = body.get("constraints") {
        job_body::check_constraints(constraints, dialect)?;
    }
    job.hidden.state.not_over()?;
    let name = body["id"].as_str().unwrap_or_default();
    let own = [
        ("jobPreparationTask", "TaskIdSameAsJobPreparationTask", "job preparation"),
        ("jobReleaseTask", "TaskIdSameAsJobReleaseTask", "job release"),
    ];
    for (task, code, what) in own {
        if job.resource.body[task]["id"].as_str().is_some_and(|id| id.eq_ignore_ascii_case(name)) {
            let text = format!("The specified task id is same as the {what} task.");
            return Err(Failure::arm(409, code, text));
        }
    }
    if body.contains_key("dependsOn") && job.resource.body["usesTaskDependencies"] != true {
        let text = "A task was specified as depending on other tasks, but the job did not specify that it would use task dependencies.";
        return Err(Failure::arm(400, "TaskDependenciesNotSpecifiedOnJob", text));
    }
    if world.has(&format!("{}/tasks/{name}", job.resource.id)) {
        return Err(Failure::arm(409, "TaskExists", "The specified task already exists."));
    }
    Ok(create(world, job, body))
}

fn create(world: &mut World, job: &Job, mut body: Map<String, Value>) -> Task {
    complete(&mut body, job);
    let mut body = Value::Object(body);
    strip_secrets(TASK, &mut body);
    let hidden = Hidden { order: world.next_number(), since: world.now, ..Hidden::default() };
    Task::new(&job.resource.id, body, hidden, world.now).save_changed(world)
}

/// The task that a job's manager is.
pub(crate) fn create_manager(world: &mut World, job: &Job, manager: &Value) {
    let mut body = manager.as_object().cloned().unwrap_or_default();
    for name in ["killJobOnCompletion", "runExclusive", "allowLowPriorityNode"] {
        body.remove(name);
    }
    create(world, job, body);
}

/// Fills in what Azure answers for a task where nothing was given.
fn complete(task: &mut Map<String, Value>, job: &Job) {
    task.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
    task.entry("requiredSlots").or_insert(json!(1));
    let constraints = task.entry("constraints").or_insert_with(|| json!({}));
    if let Some(constraints) = constraints.as_object_mut() {
        let retries = &job.resource.body["constraints"]["maxTaskRetryCount"];
        constraints.entry("maxTaskRetryCount").or_insert_with(|| retries.clone());
        job_body::complete_constraints(constraints, &["maxWallClockTime", "retentionTime"]);
    }
    if let Some(settings) = task.get_mut("multiInstanceSettings").and_then(Value::as_object_mut) {
        settings.entry("numberOfInstances").or_insert(json!(1));
    }
    job_body::complete_identity(task);
}

/// PUT: the constraints are all that can change; missing ones go back to what they are by default.
pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let sent = read_change(TASK, TASK_UPDATE, ANSWERED, data_plane::sent(call)?, dialect)?;
    let (job, mut task) = task_of(world, call)?;
    conditions::check(call, Some(&task.resource), false)?;
    not_completed(&task, world)?;
    let constraints = sent.get("constraints").cloned().unwrap_or_else(|| json!({}));
    job_body::check_constraints(&constraints, dialect)?;
    let mut body = task.resource.body.as_object().cloned().unwrap_or_default();
    body.insert("constraints".to_owned(), constraints);
    complete(&mut body, &job);
    task.resource.body = Value::Object(body);
    let task = task.save_changed(world);
    Ok(tagged(Answer::empty(200), &task.resource))
}

fn not_completed(task: &Task, world: &World) -> Result<()> {
    if task.phase(world.now).0 == Phase::Completed {
        let text = "The specified task is already in a completed state.";
        return Err(Failure::arm(409, "TaskCompleted", text));
    }
    Ok(())
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let (job, task) = task_of(world, call)?;
    conditions::check(call, Some(&task.resource), false)?;
    world.remove(&task.resource.id);
    wake(world, &job);
    Ok(Answer::empty(200))
}

pub(crate) fn terminate(world: &mut World, call: &Call) -> Result<Answer> {
    let (job, mut task) = task_of(world, call)?;
    conditions::check(call, Some(&task.resource), false)?;
    not_completed(&task, world)?;
    task.hidden.stopped = Some(world.now);
    let task = task.save_changed(world);
    wake(world, &job);
    Ok(tagged(Answer::empty(204), &task.resource))
}

/// Puts a task that failed back into the queue.
pub(crate) fn reactivate(world: &mut World, call: &Call) -> Result<Answer> {
    let (job, mut task) = task_of(world, call)?;
    conditions::check(call, Some(&task.resource), false)?;
    job.hidden.state.not_over()?;
    let (phase, since) = task.phase(world.now);
    if phase != Phase::Completed {
        let text = "The specified task is not in a completed state, and the requested operation can be performed only on completed tasks.";
        return Err(Failure::arm(409, "TaskNotCompleted", text));
    }
    if task.succeeded(world.now) {
        let text = "The specified task has already completed successfully, and the requested operation cannot be performed on successful tasks.";
        return Err(Failure::arm(409, "TaskSucceeded", text));
    }
    let previous = Some((phase, since));
    task.hidden = Hidden { order: task.hidden.order, since: world.now, previous, ..Hidden::default() };
    let task = task.save_changed(world);
    wake(world, &job);
    Ok(tagged(Answer::empty(204), &task.resource))
}
