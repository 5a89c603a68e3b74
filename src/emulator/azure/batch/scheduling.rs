//! Gives waiting tasks their nodes, and takes tasks off nodes that go away: one look at one pool at one moment.
//! Between two looks nothing is decided: a task that was started runs by itself, as a function of time.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::emulator::azure::batch::job_record::{Job, State};
use crate::emulator::azure::batch::task_command;
use crate::emulator::azure::batch::task_dependency;
use crate::emulator::azure::batch::task_record::{Phase, Seat, Task};
use crate::emulator::azure::batch::workbench::{Fate, Workbench};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// Has the jobs of a pool looked at as soon as this request is over.
pub(crate) fn wake(world: &mut World, account: &str, pool: &str) {
    let now = world.now;
    for mut job in Job::unfinished_on(world, account, pool) {
        job.hidden.wake = Some(now);
        job.save(world);
    }
}

/// Looks at every job of a pool: frees the nodes that go, starts what can be started, and says when to look again.
pub(crate) fn look(world: &mut World, account: &str, pool: &str, at: Moment) {
    let mut jobs = Job::unfinished_on(world, account, pool);
    jobs.sort_by_key(|job| {
        (Reverse(job.resource.body["priority"].as_i64().unwrap_or(0)), job.resource.created_at)
    });
    let Some(pool_id) = jobs.first().map(Job::pool_id) else { return };
    let mut bench = Workbench::of(world, &pool_id, at);
    let mut open = Vec::new();
    for job in jobs {
        let (mut running, mut waiting) = Task::open(world, &job, at);
        for task in &mut running {
            settle_on(world, &mut bench, task, at);
        }
        let requeued = running.iter().filter(|task| task.phase(at).0 == Phase::Active);
        waiting.extend(requeued.map(|task| (task.hidden.order, task.resource.id.clone())));
        waiting.sort();
        running.retain(|task| task.is_on_a_node(at));
        open.push((job, running, waiting));
    }
    let mut first_left = None;
    let mut next: Option<Moment> = bench.next_ready();
    for (index, (job, running, waiting)) in open.iter_mut().enumerate() {
        let was_woken = job.hidden.wake.take().is_some();
        let before = job.hidden.prepared.len();
        let left = job.hidden.state == State::Active && start(world, &mut bench, job, running, waiting, at);
        if left && first_left.is_none() {
            first_left = Some(index);
        }
        let ends = running.iter().filter_map(|task| task.hidden.run.as_ref().map(|run| run.ends));
        next = ends.chain(next).min();
        if was_woken || job.hidden.prepared.len() > before {
            job.clone().save(world);
        }
    }
    bench.keep(world);
    if let (Some(next), Some((job, ..))) = (next, first_left.and_then(|index| open.get(index)))
        && bench.exists()
    {
        let mut job = job.clone();
        job.hidden.wake = Some(next);
        job.save(world);
    }
}

/// Leaves a task where it is, or takes it off a node that goes away.
fn settle_on(world: &mut World, bench: &mut Workbench, task: &mut Task, at: Moment) {
    let Some(run) = task.hidden.run.clone() else { return };
    match bench.fate(&run.seats) {
        Fate::Stays => {
            let slots = if run.seats.len() > 1 { u32::MAX } else { task.slots() };
            for seat in &run.seats {
                bench.take(seat.number, slots);
            }
            return;
        }
        Fate::Ends => {
            bench.hold(&run.seats, run.ends);
            return;
        }
        Fate::Requeued => task.requeue(at),
        Fate::Stopped => task.hidden.stopped = Some(at),
    }
    task.clone().save(world);
}

/// Starts what can be started of a job, and adds it to what is running. True when something is left waiting.
fn start(
    world: &mut World,
    bench: &mut Workbench,
    job: &mut Job,
    running: &mut Vec<Task>,
    waiting: &[(u64, String)],
    at: Moment,
) -> bool {
    let most = job.resource.body["maxParallelTasks"].as_u64().and_then(|most| usize::try_from(most).ok());
    let mut left = false;
    for (_, id) in waiting {
        if most.is_some_and(|most| running.len() >= most) || bench.is_full() {
            return true;
        }
        let Some(found) = world.get(id) else { continue };
        if !task_dependency::is_free(world, job, &found.body["dependsOn"], at) {
            left = true;
            continue;
        }
        let mut task = Task::of(found);
        let Some(seats) = bench.seats(task.instances(), task.slots()) else {
            left = true;
            continue;
        };
        let started = prepare(job, &seats, at);
        task.start(bench.pool_name(), seats, at, started);
        running.push(task.save(world));
    }
    left
}

/// Runs the job's preparation task on nodes that have not seen the job, and tells when all of them are ready.
fn prepare(job: &mut Job, seats: &[Seat], at: Moment) -> Moment {
    let length = preparation_length(&job.resource.body);
    let Some(length) = length else { return at };
    let mut ready = at;
    for seat in seats {
        let seen = job.hidden.prepared.iter().find(|(node, _)| *node == seat.id).map(|(_, began)| *began);
        let began = seen.unwrap_or_else(|| {
            job.hidden.prepared.push((seat.id.clone(), at));
            at
        });
        ready = ready.max(Moment(began.0 + length));
    }
    ready
}

/// How long the job's preparation task takes, if it has one.
pub(crate) fn preparation_length(job: &Value) -> Option<i64> {
    own_task_length(job, "jobPreparationTask")
}

/// How long the job's release task takes, if it has one.
pub(crate) fn release_length(job: &Value) -> Option<i64> {
    own_task_length(job, "jobReleaseTask")
}

fn own_task_length(job: &Value, name: &str) -> Option<i64> {
    job[name]["commandLine"].as_str().map(|line| task_command::effect(line).length)
}

/// How many tasks of a job stand where: counted by tasks and by slots, as `taskcounts` answers them.
pub(crate) fn counts(tasks: &[Task], now: Moment) -> Value {
    let count = |of: &dyn Fn(&Task) -> u32| {
        let sum = |pick: &dyn Fn(&Task) -> bool| tasks.iter().filter(|task| pick(task)).map(of).sum::<u32>();
        let completed = |task: &Task| task.phase(now).0 == Phase::Completed;
        json!({
            "active": sum(&|task| task.phase(now).0 == Phase::Active),
            "running": sum(&|task| task.is_on_a_node(now)),
            "completed": sum(&completed),
            "succeeded": sum(&|task| task.succeeded(now)),
            "failed": sum(&|task| completed(task) && !task.succeeded(now)),
        })
    };
    json!({"taskCounts": count(&|_| 1), "taskSlotCounts": count(&Task::slots)})
}
