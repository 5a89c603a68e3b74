//! Whether what a task depends on is over, so that it may be started.
//! A pure judgement over the tasks of one job.

use serde_json::Value;

use crate::emulator::azure::batch::job_record::Job;
use crate::emulator::azure::batch::task_record::{Phase, Task};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// True when nothing stands in the way of a task of the job that depends on this.
pub(crate) fn is_free(world: &World, job: &Job, depends_on: &Value, now: Moment) -> bool {
    let is_done = |id: &str| {
        let found = world.get(&format!("{}/tasks/{id}", job.resource.id));
        // Those that wait themselves need not be read.
        let found = found.filter(|found| !Task::is_waiting(found));
        found.is_some_and(|found| satisfies(&Task::of(found), now))
    };
    let list = |name: &str| depends_on[name].as_array().into_iter().flatten();
    let mut ids = list("taskIds").filter_map(Value::as_str);
    // However wide a range is: the first number without a task ends the search.
    let mut ranges = list("taskIdRanges").map(|range| {
        let (start, end) = (range["start"].as_i64().unwrap_or(0), range["end"].as_i64().unwrap_or(-1));
        (start..=end).all(|number| is_done(&number.to_string()))
    });
    ids.all(is_done) && ranges.all(|whole| whole)
}

/// True for a task that ended well, or whose end is as good for those that depend on it.
fn satisfies(task: &Task, now: Moment) -> bool {
    task.succeeded(now)
        || task.phase(now).0 == Phase::Completed && task.exit_option("dependencyAction") == Some("Satisfy")
}
