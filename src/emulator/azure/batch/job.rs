//! Jobs on the data plane: add, list, get, change, disable, enable, terminate, delete, count their tasks.
//! Reads requests and prints answers; what follows over time is `job_course`'s.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::auto_pool;
use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane::{
    self, check_key_may_link, collection, dialect, entity, is_ahead, tagged,
};
use crate::emulator::azure::batch::job_body;
use crate::emulator::azure::batch::job_course;
use crate::emulator::azure::batch::job_record::{self, Hidden, Job, State};
use crate::emulator::azure::batch::job_schema::{ANSWERED, DISABLE, JOB, JOB_UPDATE, TERMINATE};
use crate::emulator::azure::batch::pool_shape::{Dialect, read_change, read_object, strip_secrets};
use crate::emulator::azure::batch::refusal;
use crate::emulator::azure::batch::scheduling;
use crate::emulator::azure::batch::task;
use crate::emulator::azure::batch::task_record::Task;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// The job that the path names, which must be there.
pub(crate) fn job_of(world: &World, call: &Call) -> Result<Job> {
    let name = call.segments.get(1).map_or("", String::as_str);
    Job::named(world, &call.id.path(), name)
        .ok_or_else(|| Failure::arm(404, "JobNotFound", "The specified job does not exist."))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    list_of(world, call, |_| true)
}

/// The account's jobs that are wanted, a page of them.
pub(crate) fn list_of(world: &World, call: &Call, wanted: impl Fn(&Job) -> bool) -> Result<Answer> {
    let dialect = dialect(call);
    let jobs = Job::stored(world, &call.id.path());
    let ahead = jobs.filter(|resource| is_ahead(call, &resource.key())).map(Job::of).filter(wanted);
    collection(call, ahead.map(|job| (job.resource.key(), job.print(dialect, &call.base))))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let job = job_of(world, call)?;
    conditions::check(call, Some(&job.resource), true)?;
    Ok(tagged(entity(call, job.print(dialect(call), &call.base)), &job.resource))
}

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let body = read_object(JOB, data_plane::sent(call)?, dialect, "")?;
    job_body::check_id(&body["id"], dialect)?;
    job_body::check(&body, dialect)?;
    check_key_may_link(call, &data_plane::sent(call)?["poolInfo"]["autoPoolSpecification"]["pool"])?;
    let account = call.id.path();
    let name = body["id"].as_str().unwrap_or_default();
    if let Some(found) = Job::named(world, &account, name) {
        found.hidden.state.not_deleting()?;
        return Err(Failure::arm(409, "JobExists", "The specified job already exists."));
    }
    if world.has(&format!("{account}/jobschedules/{name}")) {
        let text =
            "A job schedule with the specified job id exists. Job and job schedule cannot have the same id.";
        return Err(Failure::arm(409, "JobScheduleWithSameIdExists", text));
    }
    job_record::check_quota(world, &account)?;
    let job = create(world, &account, body, None, dialect)?;
    let url = call.link(&format!("/jobs/{}", job.name()));
    Ok(tagged(Answer::empty(201).with("location", url.clone()).with("dataserviceid", url), &job.resource))
}

/// Makes a job, with its job manager's task and its own pool where it asks for them. `schedule` is what made it.
pub(crate) fn create(
    world: &mut World,
    account: &str,
    mut body: Map<String, Value>,
    schedule: Option<&str>,
    dialect: Dialect,
) -> Result<Job> {
    job_body::complete(&mut body);
    let (pool, own_pool) = auto_pool::pool_for(world, account, &body["poolInfo"], dialect)?;
    let manager = body.get("jobManagerTask").cloned();
    let hidden = Hidden { pool, own_pool, schedule: schedule.map(str::to_owned), ..Hidden::default() };
    let mut body = Value::Object(body);
    strip_secrets(JOB, &mut body);
    let job = Job::create(world, account, body, hidden);
    if let Some(manager) = manager {
        task::create_manager(world, &job, &manager);
    }
    Ok(job)
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    let sent = read_change(JOB, JOB_UPDATE, ANSWERED, data_plane::sent(call)?, dialect(call))?;
    change(world, call, sent, true)
}

/// PUT: what is missing goes back to what it is by default.
pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let mut sent = read_change(JOB, JOB_UPDATE, ANSWERED, data_plane::sent(call)?, dialect)?;
    if !sent.contains_key("poolInfo") {
        return Err(dialect.missing("poolInfo"));
    }
    for name in JOB_UPDATE {
        sent.entry(*name).or_insert(Value::Null);
    }
    change(world, call, sent, false)
}

fn change(world: &mut World, call: &Call, sent: Map<String, Value>, partial: bool) -> Result<Answer> {
    let dialect = dialect(call);
    let mut sent = Value::Object(sent);
    strip_secrets(JOB, &mut sent);
    let sent = sent.as_object().cloned().unwrap_or_default();
    let mut job = job_of(world, call)?;
    conditions::check(call, Some(&job.resource), false)?;
    job.hidden.state.not_over()?;
    let given: Map<String, Value> = sent
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    job_body::check(&given, dialect)?;
    let old = job.resource.body.clone();
    if let Some(info) = given.get("poolInfo") {
        // A full replacement has to name the pool; the service minds only when it is another one.
        if partial || *info != old["poolInfo"] {
            check_movable(&job)?;
        }
        auto_pool::check_change(&old["poolInfo"], info)?;
        if let Some(pool) = info["poolId"].as_str() {
            pool.clone_into(&mut job.hidden.pool);
        }
    }
    if old["onAllTasksComplete"] == "TerminateJob"
        && sent.get("onAllTasksComplete").is_some_and(|wanted| wanted != "TerminateJob")
    {
        let reason = "The value cannot be changed from terminatejob to noaction.";
        return Err(dialect.invalid("onAllTasksComplete", &json!("noaction"), reason));
    }
    let mut body = old.as_object().cloned().unwrap_or_default();
    for (name, value) in sent {
        if value.is_null() {
            body.remove(&name);
        } else {
            body.insert(name, value);
        }
    }
    job_body::complete(&mut body);
    job.resource.body = Value::Object(body);
    job.hidden.wake = Some(world.now);
    let job = job.save_changed(world);
    Ok(tagged(Answer::empty(200), &job.resource))
}

/// 409 for a job that runs on its pool.
fn check_movable(job: &Job) -> Result<()> {
    if job.hidden.state == State::Disabled {
        return Ok(());
    }
    Err(refusal::invalid_for_state("The pool of a job can be changed only while the job is disabled."))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, |world, job, now| {
        job.hidden.state.not_deleting()?;
        job_course::begin_deletion(world, job, now);
        Ok(())
    })?;
    Ok(Answer::empty(202))
}

pub(crate) fn disable(world: &mut World, call: &Call) -> Result<Answer> {
    let sent = read_object(DISABLE, data_plane::sent(call)?, dialect(call), "")?;
    act(world, call, |world, job, now| {
        job.hidden.state.not_over()?;
        if job.hidden.state == State::Enabling {
            return Err(Failure::arm(409, "JobNotActive", "The specified job is not in active state."));
        }
        job_course::disable(world, job, sent["disableTasks"].as_str().unwrap_or_default(), now);
        Ok(())
    })
}

pub(crate) fn enable(world: &mut World, call: &Call) -> Result<Answer> {
    act(world, call, |_, job, now| {
        job.hidden.state.not_over()?;
        match job.hidden.state {
            State::Disabled => job_course::enable(job, now),
            State::Enabling => {}
            _ => return Err(refusal::invalid_for_state("Only a disabled job can be enabled.")),
        }
        Ok(())
    })
}

pub(crate) fn terminate(world: &mut World, call: &Call) -> Result<Answer> {
    let body = call.body.clone().unwrap_or_else(|| json!({}));
    let sent = read_object(TERMINATE, &body, dialect(call), "")?;
    act(world, call, |world, job, now| {
        job.hidden.state.not_over()?;
        job_course::terminate(world, job, sent.get("terminateReason").and_then(Value::as_str), now);
        Ok(())
    })
}

/// Does something to a job that takes its time: 202, and the job's new `ETag`.
fn act(
    world: &mut World,
    call: &Call,
    does: impl FnOnce(&mut World, &mut Job, Moment) -> Result<()>,
) -> Result<Answer> {
    let mut job = job_of(world, call)?;
    conditions::check(call, Some(&job.resource), false)?;
    let now = world.now;
    does(world, &mut job, now)?;
    let job = job.save_changed(world);
    Ok(tagged(Answer::empty(202), &job.resource))
}

pub(crate) fn task_counts(world: &mut World, call: &Call) -> Result<Answer> {
    let job = job_of(world, call)?;
    Ok(entity(call, scheduling::counts(&Task::all(world, &job), world.now)))
}

#[cfg(test)]
pub(crate) mod tests;
