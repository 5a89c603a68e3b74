//! What autoscale formulas can look back at: how many tasks and nodes a pool had, a sample every thirty seconds.
//! Nothing is recorded: each sample is computed from when tasks and nodes came, began and ended. What is not is unknown.

use crate::emulator::azure::batch::allocation::Counts;
use crate::emulator::azure::batch::job_record::{Job, State};
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::task_record::Task;
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// Seconds from one sample to the next.
pub(crate) const PERIOD: f64 = 30.0;
const STEP: i64 = 30_000;
/// Samples that are looked at most: those of a day.
const MOST: i64 = 2_880;

/// What a pool can look back at.
#[derive(Debug)]
pub(crate) struct History {
    now: Moment,
    /// When the first sample was taken.
    begin: Moment,
    seen: Option<Seen>,
}

/// Where samples are read from.
#[derive(Debug)]
struct Seen {
    pool: Pool,
    /// The tasks of the pool's jobs, and whether their jobs let them run.
    tasks: Vec<(bool, Task)>,
}

/// Where a task stood at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stood {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

impl History {
    /// No history: a formula that is only read.
    pub(crate) fn none() -> History {
        History { now: Moment::START, begin: Moment::START, seen: None }
    }

    /// The history of a pool until a moment.
    pub(crate) fn of(world: &World, pool: &Pool, now: Moment) -> History {
        let mut tasks = Vec::new();
        for job in Job::all(world, pool.account_id()) {
            if job.hidden.pool.eq_ignore_ascii_case(pool.name()) {
                let runs = matches!(job.hidden.state, State::Active | State::Enabling);
                tasks.extend(Task::all(world, &job).into_iter().map(|task| (runs, task)));
            }
        }
        let begin = pool.resource.created_at;
        History { now, begin, seen: Some(Seen { pool: pool.clone(), tasks }) }
    }

    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// When it begins.
    pub(crate) fn begin(&self) -> Moment {
        self.begin
    }

    /// How many samples of a variable there are.
    pub(crate) fn count(&self, variable: &str) -> u32 {
        u32::try_from(self.moments(variable, Moment(i64::MIN), self.now).len()).unwrap_or(u32::MAX)
    }

    /// The last samples of a variable, the oldest first.
    pub(crate) fn last(&self, variable: &str, count: u32) -> Vec<f64> {
        let moments = self.moments(variable, Moment(i64::MIN), self.now);
        let first = moments.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        self.read(variable, moments.get(first..).unwrap_or_default())
    }

    /// The samples of a variable that were taken after one moment and until another.
    pub(crate) fn between(&self, variable: &str, begin: Moment, end: Moment) -> Vec<f64> {
        self.read(variable, &self.moments(variable, begin, end))
    }

    /// How many of the samples that a time would have are there, in percent.
    #[expect(clippy::cast_precision_loss, reason = "no more samples than a day has")]
    pub(crate) fn percent(&self, variable: &str, begin: Moment, end: Moment) -> f64 {
        let wanted = end.0.saturating_sub(begin.0) / STEP;
        let there = self.moments(variable, begin, end).len();
        if wanted <= 0 { 0.0 } else { (there as f64 * 100.0 / wanted.min(MOST) as f64).min(100.0) }
    }

    /// When samples of a variable were taken: after one moment and until another, the oldest first.
    fn moments(&self, variable: &str, begin: Moment, end: Moment) -> Vec<Moment> {
        if self.seen.as_ref().is_none_or(|seen| seen.at(variable, self.now).is_none()) {
            return Vec::new();
        }
        let end = end.min(self.now).0.saturating_sub(self.begin.0).div_euclid(STEP);
        let first = begin.max(self.begin).0.saturating_sub(self.begin.0).div_euclid(STEP) + 1;
        let first = first.max(end.saturating_sub(MOST - 1));
        (first..=end).map(|step| Moment(self.begin.0 + step * STEP)).collect()
    }

    fn read(&self, variable: &str, moments: &[Moment]) -> Vec<f64> {
        let Some(seen) = &self.seen else { return Vec::new() };
        moments.iter().filter_map(|at| seen.at(variable, *at)).map(f64::from).collect()
    }
}

impl Seen {
    /// The value of a variable at a moment; none for what is not known here.
    fn at(&self, variable: &str, at: Moment) -> Option<u32> {
        let tasks = |wanted: &[Stood]| {
            let stood =
                |(runs, task): &(bool, Task)| stood(task, *runs, at).is_some_and(|it| wanted.contains(&it));
            u32::try_from(self.tasks.iter().filter(|task| stood(task)).count()).unwrap_or(u32::MAX)
        };
        let nodes = |of: fn(Counts) -> u32| of(self.pool.hidden.fleet.counts(at));
        Some(match variable {
            "$ActiveTasks" => tasks(&[Stood::Waiting]),
            "$RunningTasks" => tasks(&[Stood::Running]),
            "$PendingTasks" => tasks(&[Stood::Waiting, Stood::Running]),
            "$SucceededTasks" => tasks(&[Stood::Succeeded]),
            "$FailedTasks" => tasks(&[Stood::Failed]),
            "$CurrentDedicatedNodes" | "$CurrentDedicated" => nodes(|nodes| nodes.dedicated),
            "$CurrentLowPriorityNodes" => nodes(|nodes| nodes.low_priority),
            "$UsableNodeCount" => nodes(|nodes| nodes.dedicated.saturating_add(nodes.low_priority)),
            "$PreemptedNodeCount" => 0,
            "$TaskSlotsPerNode" => {
                let slots = self.pool.properties()["taskSlotsPerNode"].as_u64();
                slots.and_then(|slots| u32::try_from(slots).ok()).unwrap_or(1)
            }
            _ => return None,
        })
    }
}

/// Where a task stood; none before it was, and while its job keeps it from running.
fn stood(task: &Task, runs: bool, at: Moment) -> Option<Stood> {
    if task.resource.created_at > at {
        return None;
    }
    let hidden = &task.hidden;
    if hidden.stopped.is_some_and(|stopped| stopped <= at) {
        return Some(Stood::Failed);
    }
    match &hidden.run {
        Some(run) if run.ends <= at => {
            Some(if run.exit == Some(0) { Stood::Succeeded } else { Stood::Failed })
        }
        Some(run) if run.assigned <= at => Some(Stood::Running),
        Some(_) => Some(Stood::Waiting),
        None => runs.then_some(Stood::Waiting),
    }
}
