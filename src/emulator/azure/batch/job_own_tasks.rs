//! How a job's own tasks, those that prepare nodes for it and clean up after it, stand on the nodes that saw the job.
//! Read only: when a node is prepared is `scheduling`'s, when it is released `job_course`'s.

use serde_json::{Value, json};

use crate::emulator::azure::batch::data_plane::collection;
use crate::emulator::azure::batch::job::job_of;
use crate::emulator::azure::batch::job_record::{Job, State};
use crate::emulator::azure::batch::scheduling;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let job = job_of(world, call)?;
    let body = &job.resource.body;
    let (preparation, release) = (scheduling::preparation_length(body), scheduling::release_length(body));
    if preparation.is_none() && release.is_none() {
        let text = "The specified job does not have job preparation task.";
        return Err(Failure::arm(409, "JobPreparationTaskNotSpecified", text));
    }
    let released = released_at(&job);
    let mut nodes = job.hidden.prepared.clone();
    nodes.sort();
    let rows = nodes.into_iter().map(|(node, began)| {
        let pool = &job.hidden.pool;
        let url = format!("{}/pools/{pool}/nodes/{node}", call.base);
        let mut row = json!({"poolId": pool, "nodeId": node, "nodeUrl": url});
        if let Some(length) = preparation {
            let mut told = told(&job, "jobPreparationTask", &url, (began, length), world.now);
            told["retryCount"] = json!(0);
            row["jobPreparationTaskExecutionInfo"] = told;
        }
        if let (Some(length), Some(at)) = (release, released) {
            row["jobReleaseTaskExecutionInfo"] = told(&job, "jobReleaseTask", &url, (at, length), world.now);
        }
        (node, row)
    });
    collection(call, rows)
}

/// When the job's nodes were released, if they were.
fn released_at(job: &Job) -> Option<Moment> {
    match (job.hidden.state, job.hidden.previous) {
        (State::Terminating, _) => Some(job.hidden.since),
        (State::Completed, Some((State::Terminating, since))) => Some(since),
        _ => None,
    }
}

/// One of the tasks on one node, by when it began there and how long it takes.
fn told(job: &Job, task: &str, node_url: &str, (began, length): (Moment, i64), now: Moment) -> Value {
    let id = job.resource.body[task]["id"].as_str().unwrap_or_default();
    let directory = format!("workitems/{}/job-1/{id}", job.name());
    let ends = Moment(began.0.saturating_add(length));
    let mut out = json!({
        "startTime": began.rfc3339(), "state": "running", "taskRootDirectory": directory,
        "taskRootDirectoryUrl": format!("{node_url}/files/{directory}"),
    });
    if ends <= now {
        out["state"] = json!("completed");
        out["endTime"] = json!(ends.rfc3339());
        out["exitCode"] = json!(0);
        out["result"] = json!("success");
    }
    out
}
