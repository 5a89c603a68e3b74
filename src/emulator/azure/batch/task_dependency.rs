//! Whether what a task depends on is over, so that it may be started.
//! A pure judgement over the tasks of one job.

use crate::emulator::azure::batch::task_record::{Phase, Task};
use crate::emulator::clock::Moment;

/// True when nothing stands in the way of the task. `tasks` are all tasks of its job.
pub(crate) fn is_free(task: &Task, tasks: &[Task], now: Moment) -> bool {
    let depends = &task.resource.body["dependsOn"];
    if !depends.is_object() {
        return true;
    }
    let ids = depends["taskIds"].as_array().into_iter().flatten().filter_map(|id| id.as_str());
    let mut named = ids.map(|id| tasks.iter().find(|other| other.name().eq_ignore_ascii_case(id)));
    let ranges = depends["taskIdRanges"].as_array().into_iter().flatten();
    let mut covered = ranges.map(|range| {
        let (start, end) = (range["start"].as_i64().unwrap_or(0), range["end"].as_i64().unwrap_or(-1));
        let done = tasks.iter().filter(|other| {
            // Leading zeros are no part of a range.
            let number = other.name().parse::<i64>().ok().filter(|number| number.to_string() == other.name());
            number.is_some_and(|number| (start..=end).contains(&number)) && satisfies(other, now)
        });
        i64::try_from(done.count()).is_ok_and(|done| done >= end.saturating_sub(start).saturating_add(1))
    });
    named.all(|other| other.is_some_and(|other| satisfies(other, now))) && covered.all(|whole| whole)
}

/// True for a task that ended well, or whose end is as good for those that depend on it.
fn satisfies(task: &Task, now: Moment) -> bool {
    task.succeeded(now)
        || task.phase(now).0 == Phase::Completed && task.exit_option("dependencyAction") == Some("Satisfy")
}
