//! A job as it is kept and as it is answered: its state, since when, and what is due next.
//! Starts no task (`scheduling` does) and reads no request (`job` does).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::azure::batch::batch_account;
use crate::emulator::azure::batch::job_schedule_record::JobSchedule;
use crate::emulator::azure::batch::job_schema::JOB;
use crate::emulator::azure::batch::pool_shape::{Dialect, print_object};
use crate::emulator::azure::batch::record::{Kept, Record};
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

    /// Refuses a job that is about to be gone.
    pub(crate) fn not_deleting(self) -> Result<()> {
        if self == State::Deleting { self.not_over() } else { Ok(()) }
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

impl Kept for Hidden {
    const KIND: &'static str = KIND;
    const COLLECTION: &'static str = "jobs";

    fn due(&self) -> Option<Moment> {
        [self.until, self.wake, self.watch].into_iter().flatten().min()
    }
}

/// A job with what Azure never answers about it.
pub(crate) type Job = Record<Hidden>;

impl Job {
    /// The jobs of an account, in the order of their ids.
    pub(crate) fn all(world: &World, account: &str) -> Vec<Job> {
        Job::stored(world, account).map(Job::of).collect()
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
        let hidden = Hidden { since: world.now, wake: Some(world.now), ..hidden };
        Job::new(account, body, hidden, world.now).save_changed(world)
    }

    /// Passes into a state at a moment, to stay there until another, if that is known.
    pub(crate) fn enter(&mut self, state: State, at: Moment, until: Option<Moment>) {
        self.hidden.previous = Some((self.hidden.state, self.hidden.since));
        self.hidden.state = state;
        self.hidden.since = at;
        self.hidden.until = until;
    }

    /// The id of the Batch account.
    pub(crate) fn account_id(&self) -> &str {
        self.parent_id()
    }

    /// The resource id of its pool, which need not exist.
    pub(crate) fn pool_id(&self) -> String {
        format!("{}/pools/{}", self.account_id(), self.hidden.pool)
    }

    /// As it is answered; `endpoint` is the scheme and authority of the account.
    pub(crate) fn print(&self, dialect: Dialect, endpoint: &str) -> Value {
        let mut out = print_object(JOB, &self.resource.body, dialect);
        let hidden = &self.hidden;
        let url = format!("{endpoint}/jobs/{}", self.name());
        let previous = hidden.previous.map(|(state, since)| (state.word(), since));
        self.print_onto(&mut out, &url, (hidden.state.word(), hidden.since), previous);
        let mut info = json!({"startTime": self.resource.created_at.rfc3339(), "poolId": hidden.pool});
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
    let active = |stored: &mut dyn Iterator<Item = &Resource>| {
        stored.filter(|found| !over(&found.hidden["state"])).count()
    };
    let active =
        active(&mut Job::stored(world, account_id)) + active(&mut JobSchedule::stored(world, account_id));
    let quota = batch_account::quota(account, "activeJobAndJobScheduleQuota");
    if active < quota as usize {
        return Ok(());
    }
    let text = "Active job and schedule quota for the account has been reached.";
    Err(Failure::arm(409, "ActiveJobAndScheduleQuotaReached", text))
}
