//! A job as it is kept and as it is answered: its state, since when, and what is due next.
//! Starts no task (`scheduling` does) and reads no request (`job` does).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::azure::batch::batch_account;
use crate::emulator::azure::batch::job_schedule_record;
use crate::emulator::azure::batch::job_schema::JOB;
use crate::emulator::azure::batch::pool_shape::{Dialect, print_object};
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::{Resource, World};

/// The kind jobs are filed under.
pub(crate) const KIND: &str = "microsoft.batch/batchaccounts/jobs";

/// How the service prints a length without a limit.
pub(crate) const UNLIMITED: &str = "P10675199DT2H48M5.4775807S";

/// Where a job stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// Its tasks are started.
    #[default]
    Active,
    /// Its tasks are being dealt with; none is started.
    Disabling,
    /// None of its tasks runs.
    Disabled,
    /// About to be active again.
    Enabling,
    /// About to be over.
    Terminating,
    /// Over.
    Completed,
    /// About to be gone.
    Deleting,
}

impl State {
    /// As it is answered.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Disabling => "disabling",
            State::Disabled => "disabled",
            State::Enabling => "enabling",
            State::Terminating => "terminating",
            State::Completed => "completed",
            State::Deleting => "deleting",
        }
    }

    /// Refuses a job that is over or on its way there.
    pub(crate) fn not_over(self) -> Result<()> {
        let (code, text) = match self {
            State::Deleting => (
                "JobBeingDeleted",
                "The specified job has been marked for deletion and is being garbage collected.",
            ),
            State::Terminating => ("JobBeingTerminated", "The specified job is being terminated."),
            State::Completed => ("JobCompleted", "The specified job is already in a completed state."),
            _ => return Ok(()),
        };
        Err(Failure::arm(409, code, text))
    }
}

/// What is kept beside the body.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Hidden {
    /// Where it stands, and since when.
    pub(crate) state: State,
    pub(crate) since: Moment,
    /// Where it stood before; none until it changes first.
    #[serde(default)]
    pub(crate) previous: Option<(State, Moment)>,
    /// When it was over.
    #[serde(default)]
    pub(crate) ended: Option<Moment>,
    /// Why it was ended.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// When the state it is passing through is over.
    #[serde(default)]
    pub(crate) until: Option<Moment>,
    /// When its tasks are looked at next.
    #[serde(default)]
    pub(crate) wake: Option<Moment>,
    /// When it is looked at next whether something in it ends it.
    #[serde(default)]
    pub(crate) watch: Option<Moment>,
    /// The pool it runs on.
    pub(crate) pool: String,
    /// The pool was made for it, and goes with it.
    #[serde(default)]
    pub(crate) own_pool: bool,
    /// The job schedule that made it.
    #[serde(default)]
    pub(crate) schedule: Option<String>,
    /// The nodes that its preparation task ran on, and when it began there.
    #[serde(default)]
    pub(crate) prepared: Vec<(String, Moment)>,
}

/// A job with what Azure never answers about it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) resource: Resource,
    pub(crate) hidden: Hidden,
}

impl Job {
    /// The job of that resource id, in any case.
    pub(crate) fn find(world: &World, id: &str) -> Option<Job> {
        world.get(id).filter(|found| found.kind == KIND).map(Job::of)
    }

    /// Takes a stored resource for a job.
    pub(crate) fn of(resource: &Resource) -> Job {
        let hidden = Hidden::deserialize(&resource.hidden).unwrap_or_default();
        Job { resource: resource.clone(), hidden }
    }

    /// The jobs of an account, in the order of their ids.
    pub(crate) fn all(world: &World, account: &str) -> Vec<Job> {
        Job::stored(world, account).map(Job::of).collect()
    }

    /// The jobs of an account as they are stored, in the order of their ids.
    pub(crate) fn stored<'a>(
        world: &'a World,
        account: &str,
    ) -> impl Iterator<Item = &'a Resource> + use<'a> {
        world.children(&format!("{account}/jobs"), KIND)
    }

    /// The jobs on a pool that are not over; those that are may be many, and are not read.
    pub(crate) fn unfinished_on(world: &World, account: &str, pool: &str) -> Vec<Job> {
        let wanted = |found: &&Resource| {
            let on = found.hidden["pool"].as_str().is_some_and(|on| on.eq_ignore_ascii_case(pool));
            on && found.hidden["state"] != State::Completed.word()
        };
        Job::stored(world, account).filter(wanted).map(Job::of).collect()
    }

    /// Files a new job in an account. `body` holds what was asked for, complete.
    pub(crate) fn create(world: &mut World, account: &str, body: Value, hidden: Hidden) -> Job {
        let name = body["id"].as_str().unwrap_or_default();
        let resource = Resource {
            id: format!("{account}/jobs/{name}"),
            kind: KIND.to_owned(),
            body,
            created_at: world.now,
            ..Resource::default()
        };
        let hidden = Hidden { since: world.now, wake: Some(world.now), ..hidden };
        Job { resource, hidden }.save_changed(world)
    }

    /// Stores the job with a new `ETag`.
    pub(crate) fn save_changed(mut self, world: &mut World) -> Job {
        self.resource.etag = world.next_etag();
        self.resource.changed_at = world.now;
        self.save(world)
    }

    /// Stores the job as it is: only time passed.
    pub(crate) fn save(mut self, world: &mut World) -> Job {
        self.resource.due =
            [self.hidden.until, self.hidden.wake, self.hidden.watch].into_iter().flatten().min();
        self.resource.hidden = serde_json::to_value(&self.hidden).unwrap_or_default();
        world.put(self.resource.clone());
        self
    }

    /// Passes into a state at a moment, to stay there until another, if that is known.
    pub(crate) fn enter(&mut self, state: State, at: Moment, until: Option<Moment>) {
        self.hidden.previous = Some((self.hidden.state, self.hidden.since));
        self.hidden.state = state;
        self.hidden.since = at;
        self.hidden.until = until;
    }

    /// The job's id.
    pub(crate) fn name(&self) -> &str {
        self.resource.body["id"].as_str().unwrap_or_default()
    }

    /// The id of the Batch account.
    pub(crate) fn account_id(&self) -> &str {
        let id = &self.resource.id;
        id.rfind("/jobs/").map_or(id.as_str(), |end| &id[..end])
    }

    /// The resource id of its pool, which need not exist.
    pub(crate) fn pool_id(&self) -> String {
        format!("{}/pools/{}", self.account_id(), self.hidden.pool)
    }

    /// As it is answered; `endpoint` is the scheme and authority of the account.
    pub(crate) fn print(&self, dialect: Dialect, endpoint: &str) -> Value {
        let mut out = print_object(JOB, &self.resource.body, dialect);
        let hidden = &self.hidden;
        let created = self.resource.created_at;
        for (name, value) in [
            ("url", json!(format!("{endpoint}/jobs/{}", self.name()))),
            ("eTag", json!(self.resource.etag)),
            ("lastModified", json!(self.resource.changed_at.rfc3339())),
            ("creationTime", json!(created.rfc3339())),
            ("state", json!(hidden.state.word())),
            ("stateTransitionTime", json!(hidden.since.rfc3339())),
        ] {
            out[name] = value;
        }
        if let Some((state, since)) = hidden.previous {
            out["previousState"] = json!(state.word());
            out["previousStateTransitionTime"] = json!(since.rfc3339());
        }
        let mut info = json!({"startTime": created.rfc3339(), "poolId": hidden.pool});
        if let Some(ended) = hidden.ended {
            info["endTime"] = json!(ended.rfc3339());
            info["terminateReason"] = json!(hidden.reason.as_deref().unwrap_or("UserTerminate"));
        }
        out["executionInfo"] = info;
        out
    }
}

/// 409 when the account has no room for one more active job or job schedule.
pub(crate) fn check_quota(world: &World, account_id: &str) -> Result<()> {
    let Some(account) = world.get(account_id) else { return Ok(()) };
    let over = |state: &Value| matches!(state.as_str(), Some("completed" | "deleting"));
    let active =
        [("jobs", KIND), ("jobschedules", job_schedule_record::KIND)].into_iter().map(|(path, kind)| {
            let all = world.children(&format!("{account_id}/{path}"), kind);
            all.filter(|found| !over(&found.hidden["state"])).count()
        });
    let quota = batch_account::quota(account, "activeJobAndJobScheduleQuota");
    if active.sum::<usize>() < quota as usize {
        return Ok(());
    }
    let text = "Active job and schedule quota for the account has been reached.";
    Err(Failure::arm(409, "ActiveJobAndScheduleQuotaReached", text))
}
