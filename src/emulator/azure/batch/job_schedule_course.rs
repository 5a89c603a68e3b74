//! The course of a job schedule: when it makes its next job, and when it is over.
//! One job at a time: what falls due while a job lasts waits for its end, or is lost with its start window.

use serde_json::{Value, json};

use crate::emulator::azure::batch::job;
use crate::emulator::azure::batch::job_course;
use crate::emulator::azure::batch::job_record::{self, Job};
use crate::emulator::azure::batch::job_schedule_record::{JobSchedule, State};
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// How long passing into another state takes, in milliseconds.
const TERMINATING: i64 = 5_000;
const DELETING: i64 = 8_000;

/// Does what is due for a job schedule at `at`.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    let Some(mut schedule) = JobSchedule::find(world, key) else { return };
    if schedule.hidden.until.is_some_and(|until| until <= at) {
        match schedule.hidden.state {
            State::Deleting => {
                world.remove(key);
                return;
            }
            State::Terminating => over(&mut schedule, at),
            _ => {}
        }
    }
    schedule.hidden.until = schedule.hidden.until.filter(|until| *until > at);
    schedule.hidden.wake = None;
    if schedule.hidden.state == State::Active {
        advance(world, &mut schedule, at);
    }
    schedule.save(world);
}

/// Makes the job that is due, or tells when to look again.
fn advance(world: &mut World, schedule: &mut JobSchedule, at: Moment) {
    let ends = schedule.moment("doNotRunAfter");
    if ends.is_some_and(|ends| ends <= at) {
        schedule.hidden.next = None;
    }
    let running = running_job(world, schedule).is_some();
    let (window, interval) = (schedule.length("startWindow"), schedule.length("recurrenceInterval"));
    // A window longer than the interval is as good as none.
    let window = window.filter(|window| interval.is_none_or(|interval| *window <= interval));
    while let Some(next) = schedule.hidden.next.filter(|next| *next <= at) {
        let lost = window.is_some_and(|window| next.0.saturating_add(window) < at.0);
        if running && !lost {
            // The end of the job brings it up again, or the end of the window.
            schedule.hidden.wake =
                window.map(|window| Moment(next.0.saturating_add(window).saturating_add(1)));
            break;
        }
        schedule.hidden.next = interval.map(|interval| after(next, interval, at));
        if !lost {
            make_job(world, schedule);
            break;
        }
    }
    let running = running || running_job(world, schedule).is_some();
    if schedule.hidden.next.is_none() && !running {
        over(schedule, at);
        return;
    }
    let next = schedule.hidden.next.filter(|next| *next > at);
    let wake = [schedule.hidden.wake, next, ends.filter(|ends| *ends > at)];
    schedule.hidden.wake = wake.into_iter().flatten().min();
}

/// The recurrence after `next` that is not past.
fn after(next: Moment, interval: i64, at: Moment) -> Moment {
    let interval = interval.max(1);
    let missed = (at.0.saturating_sub(next.0)).max(0) / interval;
    Moment(next.0.saturating_add(interval.saturating_mul(missed + 1)))
}

fn make_job(world: &mut World, schedule: &mut JobSchedule) {
    schedule.hidden.made += 1;
    let mut body = schedule.resource.body["jobSpecification"].as_object().cloned().unwrap_or_default();
    body.insert("id".to_owned(), json!(schedule.recent_job()));
    let dialect = Dialect { data_plane: true, old: false };
    let account = schedule.account_id().to_owned();
    // An auto pool that cannot be made leaves the job out: there is nobody to refuse it to.
    if job::create(world, &account, body, Some(schedule.name()), dialect).is_err() {
        schedule.hidden.made -= 1;
    }
}

fn over(schedule: &mut JobSchedule, at: Moment) {
    schedule.enter(State::Completed, at, None);
    schedule.hidden.ended = Some(at);
    schedule.hidden.next = None;
}

/// The job it made last, while that is not over.
fn running_job(world: &World, schedule: &JobSchedule) -> Option<Job> {
    let name = schedule.recent_job()?;
    let job = Job::named(world, schedule.account_id(), &name)?;
    (job.hidden.state != job_record::State::Completed).then_some(job)
}

/// Has the job schedule of a job looked at: the job is over, so that the next may come.
pub(crate) fn a_job_is_over(world: &mut World, job: &Job) {
    let Some(name) = &job.hidden.schedule else { return };
    if let Some(mut schedule) = JobSchedule::named(world, job.account_id(), name) {
        schedule.hidden.wake = Some(world.now);
        schedule.save(world);
    }
}

/// Begins to end a job schedule, with the job that is running.
pub(crate) fn terminate(world: &mut World, schedule: &mut JobSchedule, at: Moment) {
    if let Some(mut job) = running_job(world, schedule).filter(|job| job.hidden.state.not_over().is_ok()) {
        job_course::terminate(world, &mut job, Some("TerminateJobSchedule"), at);
        job.save(world);
    }
    schedule.enter(State::Terminating, at, Some(Moment(at.0 + TERMINATING)));
}

/// Begins to take a job schedule away, with all its jobs.
pub(crate) fn begin_deletion(world: &mut World, schedule: &mut JobSchedule, at: Moment) {
    let name = schedule.name().to_owned();
    for mut job in Job::all(world, schedule.account_id()) {
        let made_by = job.hidden.schedule.as_ref().is_some_and(|by| by.eq_ignore_ascii_case(&name));
        if made_by && job.hidden.state != job_record::State::Deleting {
            job_course::begin_deletion(world, &mut job, at);
            job.save(world);
        }
    }
    schedule.enter(State::Deleting, at, Some(Moment(at.0 + DELETING)));
}

/// When the first job of a schedule is due, seen from `now`.
pub(crate) fn first_run(schedule: &Value, now: Moment) -> Moment {
    schedule["doNotRunUntil"].as_str().and_then(Moment::parse).map_or(now, |until| until.max(now))
}
