//! Job schedules on the data plane: add, list, get, change, disable, enable, terminate, delete, and their jobs.
//! Reads requests and prints answers; what follows over time is `job_schedule_course`'s.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane::{
    self, check_key_may_link, collection, dialect, entity, is_ahead, tagged,
};
use crate::emulator::azure::batch::job;
use crate::emulator::azure::batch::job_body;
use crate::emulator::azure::batch::job_record;
use crate::emulator::azure::batch::job_schedule_course;
use crate::emulator::azure::batch::job_schedule_record::{Hidden, JobSchedule, State};
use crate::emulator::azure::batch::job_schema::{ANSWERED, JOB_SCHEDULE, JOB_SCHEDULE_UPDATE};
use crate::emulator::azure::batch::pool_shape::{Dialect, read_change, read_object, strip_secrets};
use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// The shortest start window and recurrence interval, in milliseconds.
const SHORTEST: i64 = 60_000;

fn schedule_of(world: &World, call: &Call) -> Result<JobSchedule> {
    let name = call.segments.get(1).map_or("", String::as_str);
    JobSchedule::named(world, &call.id.path(), name)
        .ok_or_else(|| Failure::arm(404, "JobScheduleNotFound", "The specified job schedule does not exist."))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let all = JobSchedule::stored(world, &call.id.path());
    let ahead = all.filter(|resource| is_ahead(call, &resource.key())).map(JobSchedule::of);
    collection(call, ahead.map(|schedule| (schedule.resource.key(), schedule.print(dialect, &call.base))))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let schedule = schedule_of(world, call)?;
    conditions::check(call, Some(&schedule.resource), true)?;
    Ok(tagged(entity(call, schedule.print(dialect(call), &call.base)), &schedule.resource))
}

pub(crate) fn head(world: &mut World, call: &Call) -> Result<Answer> {
    let schedule = schedule_of(world, call)?;
    conditions::check(call, Some(&schedule.resource), true)?;
    Ok(tagged(Answer::empty(200), &schedule.resource))
}

pub(crate) fn jobs(world: &mut World, call: &Call) -> Result<Answer> {
    let schedule = schedule_of(world, call)?;
    let name = schedule.name();
    job::list_of(world, call, |job| {
        job.hidden.schedule.as_ref().is_some_and(|by| by.eq_ignore_ascii_case(name))
    })
}

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let mut body = read_object(JOB_SCHEDULE, data_plane::sent(call)?, dialect, "")?;
    job_body::check_id(&body["id"], dialect)?;
    check(&body, dialect)?;
    let sent = &data_plane::sent(call)?["jobSpecification"]["poolInfo"]["autoPoolSpecification"]["pool"];
    check_key_may_link(call, sent)?;
    complete(&mut body);
    let account = call.id.path();
    let name = body["id"].as_str().unwrap_or_default();
    if let Some(found) = JobSchedule::named(world, &account, name) {
        found.hidden.state.not_deleting()?;
        return Err(Failure::arm(409, "JobScheduleExists", "The specified job schedule already exists."));
    }
    if world.has(&format!("{account}/jobs/{name}")) {
        let text =
            "A job with the specified job schedule id exists. Job and job schedule cannot have the same id.";
        return Err(Failure::arm(409, "JobWithSameIdExists", text));
    }
    job_record::check_quota(world, &account)?;
    let now = world.now;
    let mut body = Value::Object(body);
    strip_secrets(JOB_SCHEDULE, &mut body);
    let next = Some(job_schedule_course::first_run(&body["schedule"], now));
    let hidden = Hidden { since: now, next, ..Hidden::default() };
    let schedule = JobSchedule::new(&account, body, hidden, now).save_and_wake(world);
    let url = call.link(&format!("/jobschedules/{}", schedule.name()));
    let answer = Answer::empty(201).with("location", url.clone()).with("dataserviceid", url);
    Ok(tagged(answer, &schedule.resource))
}

fn check(sent: &Map<String, Value>, dialect: Dialect) -> Result<()> {
    for name in ["startWindow", "recurrenceInterval"] {
        let length = sent.get("schedule").map_or(&Value::Null, |schedule| &schedule[name]);
        if length.as_str().and_then(iso_duration::parse).is_some_and(|length| length < SHORTEST) {
            return Err(dialect.invalid(name, length, "The value must be at least 1 minute (PT1M)."));
        }
    }
    match sent.get("jobSpecification").and_then(Value::as_object) {
        Some(specification) => job_body::check(specification, dialect),
        None => Ok(()),
    }
}

fn complete(body: &mut Map<String, Value>) {
    if let Some(specification) = body.get_mut("jobSpecification").and_then(Value::as_object_mut) {
        job_body::complete(specification);
    }
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    change(world, call, true)
}

/// PUT: what is missing is removed.
pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer> {
    change(world, call, false)
}

fn change(world: &mut World, call: &Call, partial: bool) -> Result<Answer> {
    let dialect = dialect(call);
    let mut sent =
        read_change(JOB_SCHEDULE, JOB_SCHEDULE_UPDATE, ANSWERED, data_plane::sent(call)?, dialect)?;
    check(&sent, dialect)?;
    if !partial && !sent.contains_key("jobSpecification") {
        return Err(dialect.missing("jobSpecification"));
    }
    complete(&mut sent);
    let mut schedule = schedule_of(world, call)?;
    conditions::check(call, Some(&schedule.resource), false)?;
    schedule.hidden.state.not_over()?;
    let mut body = schedule.resource.body.as_object().cloned().unwrap_or_default();
    if !partial {
        sent.entry("schedule").or_insert_with(|| json!({}));
        body.remove("metadata");
    }
    let rescheduled = sent.get("schedule").is_some_and(|wanted| body.get("schedule") != Some(wanted));
    body.extend(sent);
    schedule.resource.body = Value::Object(body);
    strip_secrets(JOB_SCHEDULE, &mut schedule.resource.body);
    if rescheduled {
        schedule.hidden.next = next_run(&schedule, world.now);
    }
    let schedule = schedule.save_and_wake(world);
    Ok(tagged(Answer::empty(200), &schedule.resource))
}

/// When the next job is due by a schedule that was changed: a job was made by the old one, or not yet.
fn next_run(schedule: &JobSchedule, now: Moment) -> Option<Moment> {
    let first = job_schedule_course::first_run(&schedule.resource.body["schedule"], now);
    if schedule.hidden.made == 0 {
        return Some(first);
    }
    schedule.length("recurrenceInterval").map(|interval| Moment(first.0.saturating_add(interval)))
}

pub(crate) fn disable(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, 204, |_, schedule, now| {
        schedule.hidden.state.not_over()?;
        if schedule.hidden.state == State::Active {
            schedule.enter(State::Disabled, now, None);
        }
        Ok(())
    })
}

pub(crate) fn enable(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, 204, |_, schedule, now| {
        schedule.hidden.state.not_over()?;
        if schedule.hidden.state == State::Disabled {
            schedule.enter(State::Active, now, None);
        }
        Ok(())
    })
}

pub(crate) fn terminate(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, 202, |world, schedule, now| {
        schedule.hidden.state.not_over()?;
        job_schedule_course::terminate(world, schedule, now);
        Ok(())
    })
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, 202, |world, schedule, now| {
        schedule.hidden.state.not_deleting()?;
        job_schedule_course::begin_deletion(world, schedule, now);
        Ok(())
    })?;
    Ok(Answer::empty(202))
}

fn act(
    world: &mut World,
    call: &Call,
    status: u16,
    does: impl FnOnce(&mut World, &mut JobSchedule, Moment) -> Result<()>,
) -> Result<Answer> {
    let mut schedule = schedule_of(world, call)?;
    conditions::check(call, Some(&schedule.resource), false)?;
    let now = world.now;
    does(world, &mut schedule, now)?;
    let schedule = schedule.save_and_wake(world);
    Ok(tagged(Answer::empty(status), &schedule.resource))
}

#[cfg(test)]
mod tests;
