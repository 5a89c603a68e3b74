//! A task as it is kept and as it is answered. Its state follows from where and when it was started, and from now.
//! Chooses no node (`scheduling` does) and reads no request (`task` does).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::azure::batch::job_body;
use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::job_schema::TASK;
use crate::emulator::azure::batch::pool_shape::{Dialect, print_object};
use crate::emulator::azure::batch::record::{Kept, Record};
use crate::emulator::azure::batch::task_command;
use crate::emulator::clock::Moment;
use crate::emulator::store::{Resource, World};

/// The kind tasks are filed under.
pub(crate) const KIND: &str = "microsoft.batch/batchaccounts/jobs/tasks";

/// Where a task stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// It waits for a node.
    Active,
    /// It has a node, which is still being prepared for the job.
    Preparing,
    /// It runs.
    Running,
    /// It is over.
    Completed,
}

impl Phase {
    /// As it is answered.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Phase::Active => "active",
            Phase::Preparing => "preparing",
            Phase::Running => "running",
            Phase::Completed => "completed",
        }
    }
}

/// A node that a task was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seat {
    /// The node's number in its pool.
    pub(crate) number: u32,
    /// The node's id.
    pub(crate) id: String,
}

/// A task's way over the nodes it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The pool's id in its account.
    pub(crate) pool: String,
    /// The first one is the primary; a multi-instance task has more.
    pub(crate) seats: Vec<Seat>,
    /// When it got them, and when its command began first.
    pub(crate) assigned: Moment,
    pub(crate) started: Moment,
    /// One try, in milliseconds, and how many there are.
    pub(crate) length: i64,
    pub(crate) tries: i64,
    /// When the last try is over, with which exit code; none when it was cut off at its time limit.
    pub(crate) ends: Moment,
    pub(crate) exit: Option<i32>,
}

/// What is kept beside the body.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// Its place in the queue.
    pub(crate) order: u64,
    /// Since when it waits, or waited, and what it was before that.
    pub(crate) since: Moment,
    #[serde(default)]
    pub(crate) previous: Option<(Phase, Moment)>,
    #[serde(default)]
    pub(crate) run: Option<Run>,
    /// When somebody put an end to it.
    #[serde(default)]
    pub(crate) stopped: Option<Moment>,
    #[serde(default)]
    pub(crate) requeues: u32,
    #[serde(default)]
    pub(crate) requeued: Option<Moment>,
}

impl Kept for Hidden {
    const KIND: &'static str = KIND;
    const COLLECTION: &'static str = "tasks";

    /// A task has no clock of its own: its job is looked at.
    fn due(&self) -> Option<Moment> {
        None
    }
}

/// A task with what Azure never answers about it.
pub(crate) type Task = Record<Hidden>;

impl Task {
    /// The tasks of a job in the order they were added.
    pub(crate) fn all(world: &World, job: &Job) -> Vec<Task> {
        let mut tasks: Vec<Task> = Task::stored(world, &job.resource.id).map(Task::of).collect();
        tasks.sort_by_key(|task| task.hidden.order);
        tasks
    }

    /// The tasks of a job that take up nodes.
    pub(crate) fn on_nodes(world: &World, job: &Job, at: Moment) -> Vec<Task> {
        Task::open(world, job, at).0
    }

    /// The tasks of a job that take up nodes, and the ids of those that wait with their places in the queue.
    /// Only the former are read whole: a job has many tasks, and is looked at each time one of them ends.
    pub(crate) fn open(world: &World, job: &Job, at: Moment) -> (Vec<Task>, Vec<(u64, String)>) {
        let (mut running, mut waiting) = (Vec::new(), Vec::new());
        for found in Task::stored(world, &job.resource.id) {
            if Task::is_waiting(found) {
                waiting.push((found.hidden["order"].as_u64().unwrap_or(0), found.id.clone()));
            } else if found.hidden["run"]["ends"].as_i64().is_some_and(|ends| at.0 < ends)
                && found.hidden["stopped"].is_null()
            {
                running.push(Task::of(found));
            }
        }
        waiting.sort();
        (running, waiting)
    }

    /// True for a stored task that has no node and is not over.
    pub(crate) fn is_waiting(stored: &Resource) -> bool {
        stored.hidden["run"].is_null() && stored.hidden["stopped"].is_null()
    }

    /// Slots it takes of a node.
    pub(crate) fn slots(&self) -> u32 {
        self.resource.body["requiredSlots"].as_u64().and_then(|slots| u32::try_from(slots).ok()).unwrap_or(1)
    }

    /// Nodes it needs at the same time.
    pub(crate) fn instances(&self) -> u32 {
        let settings = &self.resource.body["multiInstanceSettings"];
        if !settings.is_object() {
            return 1;
        }
        settings["numberOfInstances"].as_u64().and_then(|nodes| u32::try_from(nodes).ok()).unwrap_or(1)
    }

    /// Where it stands, and since when.
    pub(crate) fn phase(&self, now: Moment) -> (Phase, Moment) {
        let hidden = &self.hidden;
        if let Some(at) = hidden.stopped {
            return (Phase::Completed, at);
        }
        match &hidden.run {
            None => (Phase::Active, hidden.since),
            Some(run) if now < run.started => (Phase::Preparing, run.assigned),
            Some(run) if now < run.ends => (Phase::Running, run.started),
            Some(run) => (Phase::Completed, run.ends),
        }
    }

    /// True while it takes up a node.
    pub(crate) fn is_on_a_node(&self, now: Moment) -> bool {
        matches!(self.phase(now).0, Phase::Preparing | Phase::Running)
    }

    /// True when it is over and well.
    pub(crate) fn succeeded(&self, now: Moment) -> bool {
        let exit = self.hidden.run.as_ref().and_then(|run| run.exit);
        self.phase(now).0 == Phase::Completed && self.hidden.stopped.is_none() && exit == Some(0)
    }

    /// Gives it its nodes. It runs from `started` on for as long as its command line says.
    pub(crate) fn start(&mut self, pool: &str, seats: Vec<Seat>, at: Moment, started: Moment) {
        let body = &self.resource.body;
        let effect = task_command::effect(body["commandLine"].as_str().unwrap_or_default());
        let constraints = &body["constraints"];
        let limit = job_body::limit(&constraints["maxWallClockTime"]);
        let (length, exit) = match limit {
            Some(limit) if limit < effect.length => (limit, None),
            _ => (effect.length, Some(effect.exit)),
        };
        let retries =
            if exit == Some(0) { 0 } else { constraints["maxTaskRetryCount"].as_i64().unwrap_or(0) };
        let tries = if retries < 0 { i64::MAX } else { retries.saturating_add(1) };
        let ends = Moment(started.0.saturating_add(length.max(1).saturating_mul(tries)));
        let pool = pool.to_owned();
        self.hidden.run = Some(Run { pool, seats, assigned: at, started, length, tries, ends, exit });
    }

    /// Puts it back into the queue: its node went away under it.
    pub(crate) fn requeue(&mut self, at: Moment) {
        self.hidden.previous = Some(self.phase(at));
        self.hidden.run = None;
        self.hidden.since = at;
        self.hidden.requeues += 1;
        self.hidden.requeued = Some(at);
    }

    /// What `exitConditions` say should follow, by its name there (`jobAction`, `dependencyAction`).
    pub(crate) fn exit_option(&self, name: &str) -> Option<&str> {
        let conditions = &self.resource.body["exitConditions"];
        let exit =
            self.hidden.run.as_ref().filter(|_| self.hidden.stopped.is_none()).and_then(|run| run.exit);
        let exit = exit.map(i64::from);
        let list = |name: &str| conditions[name].as_array().into_iter().flatten();
        let exact = list("exitCodes").find(|it| exit.is_some() && it["code"].as_i64() == exit);
        let ranged = list("exitCodeRanges").find(|it| {
            exit.is_some_and(|exit| {
                it["start"].as_i64().is_some_and(|start| start <= exit)
                    && it["end"].as_i64().is_some_and(|end| exit <= end)
            })
        });
        let options = exact.or(ranged).map_or(&conditions["default"], |it| &it["exitOptions"]);
        options[name].as_str()
    }

    /// As it is answered; `endpoint` is the scheme and authority of the account.
    pub(crate) fn print(&self, job: &str, dialect: Dialect, now: Moment, endpoint: &str) -> Value {
        let mut out = print_object(TASK, &self.resource.body, dialect);
        let (phase, since) = self.phase(now);
        let run = self.hidden.run.as_ref();
        let previous = match (phase, run) {
            (Phase::Active, _) => self.hidden.previous,
            (Phase::Completed, Some(run)) => Some((Phase::Running, run.started)),
            (Phase::Running, Some(run)) if run.started > run.assigned => {
                Some((Phase::Preparing, run.assigned))
            }
            _ => Some((Phase::Active, self.hidden.since)),
        };
        let url = format!("{endpoint}/jobs/{job}/tasks/{}", self.name());
        let previous = previous.map(|(phase, since)| (phase.word(), since));
        self.print_onto(&mut out, &url, (phase.word(), since), previous);
        out["executionInfo"] = self.execution(now);
        if let Some((run, seat)) = run.and_then(|run| Some((run, run.seats.first()?))) {
            out["nodeInfo"] = node_info(run, seat, &format!("{job}/job-1/{}", self.name()), endpoint);
        }
        out
    }

    /// How its execution stands, as it is answered with the task and with its node.
    pub(crate) fn execution(&self, now: Moment) -> Value {
        let hidden = &self.hidden;
        let mut info = json!({"retryCount": 0, "requeueCount": hidden.requeues});
        if let Some(at) = hidden.requeued {
            info["lastRequeueTime"] = json!(at.rfc3339());
        }
        let (phase, since) = self.phase(now);
        let over = phase == Phase::Completed;
        if let Some(run) = hidden.run.as_ref().filter(|run| run.started <= now) {
            let length = run.length.max(1);
            let last = since.0.min(run.ends.0.saturating_sub(1));
            let seen = if over { last } else { now.0 };
            let retry = ((seen - run.started.0) / length).clamp(0, run.tries - 1);
            let began = Moment(run.started.0.saturating_add(retry.saturating_mul(length)));
            info["startTime"] = json!(began.rfc3339());
            info["retryCount"] = json!(i32::try_from(retry).unwrap_or(i32::MAX));
            if retry > 0 {
                info["lastRetryTime"] = json!(began.rfc3339());
            }
            if let (true, None, Some(exit)) = (over, hidden.stopped, run.exit) {
                info["exitCode"] = json!(exit);
            }
        }
        if over {
            let well = self.succeeded(now);
            info["endTime"] = json!(since.rfc3339());
            info["result"] = json!(if well { "success" } else { "failure" });
            if !well {
                info["failureInfo"] = self.failure();
            }
        }
        info
    }

    fn failure(&self) -> Value {
        let exited = self.hidden.run.as_ref().is_some_and(|run| run.exit.is_some());
        if self.hidden.stopped.is_some() || !exited {
            let message = if self.hidden.stopped.is_some() {
                "Task Was Ended by User Request"
            } else {
                "Task was ended because it exceeded its maximum wall clock time"
            };
            return json!({"category": "usererror", "code": "TaskEnded", "message": message});
        }
        json!({
            "category": "usererror",
            "code": "FailureExitCode",
            "message": "The task exited with an exit code representing a failure",
            "details": [
                {"name": "Message", "value": "The task process exited with an unexpected exit code"},
                {"name": "AdditionalErrorCode", "value": "FailureExitCode"},
            ],
        })
    }

    /// The tasks beside the primary one of a multi-instance task.
    pub(crate) fn subtasks(&self, job: &str, now: Moment, endpoint: &str) -> Vec<Value> {
        let Some(run) = self.hidden.run.as_ref() else { return Vec::new() };
        let (phase, since) = self.phase(now);
        let print = |(index, seat): (usize, &Seat)| {
            let mut out = json!({
                "id": index,
                "nodeInfo": node_info(run, seat, &format!("{job}/job-1/{}/{index}", self.name()), endpoint),
                "startTime": run.started.rfc3339(),
                "state": phase.word(),
                "stateTransitionTime": since.rfc3339(),
            });
            if phase == Phase::Completed {
                let execution = self.execution(now);
                for name in ["endTime", "exitCode", "result", "failureInfo"] {
                    if !execution[name].is_null() {
                        out[name] = execution[name].clone();
                    }
                }
                out["previousState"] = json!("running");
                out["previousStateTransitionTime"] = json!(run.started.rfc3339());
            }
            out
        };
        run.seats.iter().enumerate().skip(1).map(print).collect()
    }
}

fn node_info(run: &Run, seat: &Seat, directory: &str, endpoint: &str) -> Value {
    let url = format!("{endpoint}/pools/{}/nodes/{}", run.pool, seat.id);
    json!({
        "affinityId": format!("TVM:{}", seat.id),
        "nodeUrl": url,
        "poolId": run.pool,
        "nodeId": seat.id,
        "taskRootDirectory": format!("workitems/{directory}"),
        "taskRootDirectoryUrl": format!("{url}/files/workitems/{directory}"),
    })
}
