//! What the nodes of an account have to do: which tasks run on them, and which ran there.
//! Read off the tasks; a node itself remembers nothing.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::task_record::{Phase, Task};
use crate::emulator::clock::Moment;
use crate::emulator::store::{Resource, World};

/// Tasks told of one node.
const RECENT: usize = 10;

/// What there is to tell of nodes, by their ids. Nodes that never had a task are missing.
pub(crate) type Loads = BTreeMap<String, Load>;

/// The tasks of one node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Load {
    /// Tasks that take it up now, the slots they take, and when the last of them came.
    pub(crate) running: u32,
    pub(crate) slots: u32,
    pub(crate) since: Moment,
    /// Tasks that ran on it, and those of them that ended well.
    pub(crate) total: u32,
    pub(crate) succeeded: u32,
    /// The last of them, newest first, as they are answered, with the moments they came.
    recent: Vec<(Moment, Value)>,
}

impl Load {
    /// The last tasks, newest first.
    pub(crate) fn recent(&self) -> Vec<&Value> {
        self.recent.iter().map(|(_, task)| task).collect()
    }

    /// Keeps a task that came at `at`, unless enough others came later.
    fn remember(&mut self, at: Moment, tell: impl FnOnce() -> Value) {
        let place = self.recent.partition_point(|(other, _)| *other >= at);
        if place < RECENT {
            self.recent.insert(place, (at, tell()));
            self.recent.truncate(RECENT);
        }
    }
}

/// What the nodes of an account have to do; of one pool only, if one is named.
pub(crate) fn loads(world: &World, account: &str, pool: Option<&str>, endpoint: &str) -> Loads {
    let now = world.now;
    let mut loads = Loads::new();
    for job in Job::all(world, account) {
        // Most tasks of a big job wait, or ran on other pools: those are not read.
        let ran_here = |found: &&Resource| {
            let on = found.hidden["run"]["pool"].as_str();
            on.is_some_and(|on| pool.is_none_or(|pool| pool.eq_ignore_ascii_case(on)))
        };
        for task in Task::stored(world, &job.resource.id).filter(ran_here).map(Task::of) {
            let Some(run) = task.hidden.run.as_ref() else { continue };
            let (phase, _) = task.phase(now);
            for (index, seat) in run.seats.iter().enumerate() {
                let load = loads.entry(seat.id.clone()).or_default();
                if phase != Phase::Preparing {
                    load.total += 1;
                }
                if task.is_on_a_node(now) {
                    load.running += 1;
                    load.slots += task.slots();
                    load.since = load.since.max(run.assigned);
                }
                load.succeeded += u32::from(task.succeeded(now));
                load.remember(run.assigned, || {
                    let mut told = json!({
                        "taskUrl": format!("{endpoint}/jobs/{}/tasks/{}", job.name(), task.name()),
                        "jobId": job.name(),
                        "taskId": task.name(),
                        "taskState": phase.word(),
                        "executionInfo": task.execution(now),
                    });
                    if index > 0 {
                        told["subtaskId"] = json!(index);
                    }
                    told
                });
            }
        }
    }
    loads
}
