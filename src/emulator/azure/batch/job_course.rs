//! The course of a job: how it passes from one state into the next, and what ends it by itself.
//! Answers no request; what a request asks for is begun here, and the clock does the rest.

use crate::emulator::azure::batch::auto_pool;
use crate::emulator::azure::batch::job_body;
use crate::emulator::azure::batch::job_record::{Job, State};
use crate::emulator::azure::batch::job_schedule_course;
use crate::emulator::azure::batch::scheduling;
use crate::emulator::azure::batch::task_record::{Phase, Task};
use crate::emulator::clock::Moment;
use crate::emulator::store::{Resource, World};

/// How long passing into another state takes at least, in milliseconds.
const DISABLING: i64 = 2_000;
const ENABLING: i64 = 2_000;
const TERMINATING: i64 = 3_000;
const DELETING: i64 = 5_000;

/// Does what is due for a job at `at`.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    let Some(mut job) = Job::find(world, key) else { return };
    if job.hidden.until.is_some_and(|until| until <= at) {
        job = match job.hidden.state {
            State::Disabling => finish_disabling(world, job, at),
            State::Enabling => {
                job.enter(State::Active, at, None);
                job
            }
            State::Terminating => finish(world, job, at),
            State::Deleting => return remove(world, &job),
            State::Active | State::Disabled | State::Completed => job,
        };
        job.hidden.until = job.hidden.until.filter(|until| *until > at);
        job = job.save(world);
    }
    let (account, pool) = (job.account_id().to_owned(), job.hidden.pool.clone());
    scheduling::look(world, &account, &pool, at);
    if let Some(mut job) = Job::find(world, key) {
        job.hidden.wake = job.hidden.wake.filter(|wake| *wake > at);
        watch(world, &mut job, at);
        // What is due at this very moment has just been done: what the watch begins is looked at in the next one.
        job.hidden.wake = job.hidden.wake.map(|wake| wake.max(Moment(at.0 + 1)));
        job.save(world);
    }
}

/// Ends the job if something in it says so, or tells when that is to be looked at next.
fn watch(world: &mut World, job: &mut Job, at: Moment) {
    job.hidden.watch = None;
    let state = job.hidden.state;
    if state.not_over().is_err() {
        return;
    }
    let body = job.resource.body.clone();
    let limit = job_body::limit(&body["constraints"]["maxWallClockTime"]);
    let expiry = limit.map(|limit| Moment(job.resource.created_at.0.saturating_add(limit)));
    if expiry.is_some_and(|expiry| expiry <= at) {
        return terminate(world, job, Some("MaxWallClockTimeExpiry"), at);
    }
    job.hidden.watch = expiry;
    let by_itself = body["onAllTasksComplete"] == "TerminateJob";
    let by_failure = body["onTaskFailure"] == "PerformExitOptionsJobAction";
    let manager = body["jobManagerTask"]["id"].as_str();
    if state != State::Active || !(by_itself || by_failure || manager.is_some()) {
        return;
    }
    let over = |task: &Task| task.phase(at).0 == Phase::Completed;
    let failed: Vec<Task> = Task::stored(world, &job.resource.id)
        .filter(|found| by_failure && found.body["exitConditions"].is_object())
        .map(Task::of)
        .filter(|task| over(task) && !task.succeeded(at))
        .collect();
    let action = |word: &str| failed.iter().any(|task| task.exit_option("jobAction") == Some(word));
    if action("Terminate") {
        return terminate(world, job, Some("TaskFailed"), at);
    }
    if action("Disable") {
        return disable(world, job, "requeue", at);
    }
    let kills = body["jobManagerTask"]["killJobOnCompletion"] != false;
    let own = manager.and_then(|id| Task::named(world, &job.resource.id, id));
    if kills && own.as_ref().is_some_and(over) {
        return terminate(world, job, Some("JMComplete"), at);
    }
    let (running, waiting) = Task::open(world, job, at);
    if by_itself && running.is_empty() && waiting.is_empty() {
        return terminate(world, job, Some("AllTasksComplete"), at);
    }
    let ends = running.iter().filter_map(|task| task.hidden.run.as_ref());
    job.hidden.watch = ends.map(|run| run.ends).chain(expiry).min();
}

/// Begins to disable a job; `option` says what becomes of its running tasks.
pub(crate) fn disable(world: &mut World, job: &mut Job, option: &str, at: Moment) {
    let mut until = Moment(at.0 + DISABLING);
    for mut task in Task::on_nodes(world, job, at) {
        match option {
            "requeue" => task.requeue(at),
            "terminate" => task.hidden.stopped = Some(at),
            _ => {
                until = until.max(task.hidden.run.as_ref().map_or(at, |run| run.ends));
                continue;
            }
        }
        task.save(world);
    }
    if job.hidden.state != State::Disabled {
        if job.hidden.state == State::Disabling {
            job.hidden.until = Some(until);
        } else {
            job.enter(State::Disabling, at, Some(until));
        }
    }
    job.hidden.wake = Some(at);
}

/// A job is disabled once none of its tasks runs.
fn finish_disabling(world: &World, mut job: Job, at: Moment) -> Job {
    let ends =
        Task::on_nodes(world, &job, at).into_iter().filter_map(|task| task.hidden.run.map(|run| run.ends));
    match ends.max() {
        Some(ends) => job.hidden.until = Some(ends),
        None => job.enter(State::Disabled, at, None),
    }
    job
}

/// Begins to enable a job.
pub(crate) fn enable(job: &mut Job, at: Moment) {
    job.enter(State::Enabling, at, Some(Moment(at.0 + ENABLING)));
    job.hidden.wake = Some(at);
}

/// Begins to end a job: its running tasks end now, what waits never runs. None stands for the user's own wish.
pub(crate) fn terminate(world: &mut World, job: &mut Job, reason: Option<&str>, at: Moment) {
    stop_tasks(world, job, at);
    let release = scheduling::release_length(&job.resource.body).filter(|_| !job.hidden.prepared.is_empty());
    let until = Moment(at.0 + release.unwrap_or(0).max(TERMINATING));
    job.enter(State::Terminating, at, Some(until));
    job.hidden.reason = Some(reason.unwrap_or("UserTerminate").to_owned());
    job.hidden.watch = None;
    job.hidden.wake = Some(at);
}

/// Begins to take a job away, with its tasks.
pub(crate) fn begin_deletion(world: &mut World, job: &mut Job, at: Moment) {
    stop_tasks(world, job, at);
    job.enter(State::Deleting, at, Some(Moment(at.0 + DELETING)));
    job.hidden.watch = None;
    job.hidden.wake = Some(at);
}

fn finish(world: &mut World, mut job: Job, at: Moment) -> Job {
    job.enter(State::Completed, at, None);
    job.hidden.ended = Some(at);
    auto_pool::release(world, &job);
    let job = job.save(world);
    job_schedule_course::a_job_is_over(world, &job);
    job
}

fn remove(world: &mut World, job: &Job) {
    let inside: Vec<String> = world.all_below(&job.resource.id).map(Resource::key).collect();
    for key in inside {
        world.remove(&key);
    }
    world.remove(&job.resource.id);
    auto_pool::release(world, job);
    job_schedule_course::a_job_is_over(world, job);
    scheduling::wake(world, job.account_id(), &job.hidden.pool);
}

fn stop_tasks(world: &mut World, job: &Job, at: Moment) {
    for mut task in Task::on_nodes(world, job, at) {
        task.hidden.stopped = Some(at);
        task.save(world);
    }
}
