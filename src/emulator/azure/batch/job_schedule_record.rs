//! A job schedule as it is kept and as it is answered: its state, its last job, when the next one is due.
//! Makes no job (`job_schedule_course` does) and reads no request (`job_schedule` does).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::emulator::azure::batch::job_schema::JOB_SCHEDULE;
use crate::emulator::azure::batch::pool_shape::{Dialect, print_object};
use crate::emulator::azure::batch::record::{Kept, Record};
use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// The kind job schedules are filed under.
pub(crate) const KIND: &str = "microsoft.batch/batchaccounts/jobschedules";

/// Where a job schedule stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It makes jobs.
    #[default]
    Active,
    /// It makes none until it is enabled.
    Disabled,
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
            State::Disabled => "disabled",
            State::Terminating => "terminating",
            State::Completed => "completed",
            State::Deleting => "deleting",
        }
    }

    /// Refuses a job schedule that is about to be gone.
    pub(crate) fn not_deleting(self) -> Result<()> {
        if self == State::Deleting { self.not_over() } else { Ok(()) }
    }

    /// Refuses a job schedule that is over or on its way there.
    pub(crate) fn not_over(self) -> Result<()> {
        let (code, text) = match self {
            State::Deleting => (
                "JobScheduleBeingDeleted",
                "The specified job schedule has been marked for deletion and is being reclaimed.",
            ),
            State::Terminating => {
                ("JobScheduleBeingTerminated", "The specified job schedule is being terminated.")
            }
            State::Completed => {
                ("JobScheduleCompleted", "The specified job schedule is already in completed state.")
            }
            State::Active | State::Disabled => return Ok(()),
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
    /// When the state it is passing through is over.
    #[serde(default)]
    pub(crate) until: Option<Moment>,
    /// When its next job is due; none when there will be no other.
    #[serde(default)]
    pub(crate) next: Option<Moment>,
    /// When it is looked at next.
    #[serde(default)]
    pub(crate) wake: Option<Moment>,
    /// The jobs it has made.
    #[serde(default)]
    pub(crate) made: u32,
    /// When it was over.
    #[serde(default)]
    pub(crate) ended: Option<Moment>,
}

impl Kept for Hidden {
    const KIND: &'static str = KIND;
    const COLLECTION: &'static str = "jobschedules";

    fn due(&self) -> Option<Moment> {
        [self.until, self.wake].into_iter().flatten().min()
    }
}

/// A job schedule with what Azure never answers about it.
pub(crate) type JobSchedule = Record<Hidden>;

impl JobSchedule {
    /// Stores it with a new `ETag`, to be looked at as soon as this request is over.
    pub(crate) fn save_and_wake(mut self, world: &mut World) -> JobSchedule {
        self.hidden.wake = Some(world.now);
        self.save_changed(world)
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

    /// The id of the job it made last.
    pub(crate) fn recent_job(&self) -> Option<String> {
        (self.hidden.made > 0).then(|| format!("{}:job-{}", self.name(), self.hidden.made))
    }

    /// A moment of its schedule.
    pub(crate) fn moment(&self, name: &str) -> Option<Moment> {
        self.resource.body["schedule"][name].as_str().and_then(Moment::parse)
    }

    /// A length of its schedule, in milliseconds.
    pub(crate) fn length(&self, name: &str) -> Option<i64> {
        self.resource.body["schedule"][name].as_str().and_then(iso_duration::parse)
    }

    /// As it is answered; `endpoint` is the scheme and authority of the account.
    pub(crate) fn print(&self, dialect: Dialect, endpoint: &str) -> Value {
        let mut out = print_object(JOB_SCHEDULE, &self.resource.body, dialect);
        let hidden = &self.hidden;
        let url = format!("{endpoint}/jobschedules/{}", self.name());
        let previous = hidden.previous.map(|(state, since)| (state.word(), since));
        self.print_onto(&mut out, &url, (hidden.state.word(), hidden.since), previous);
        let mut info = json!({});
        if let Some(next) = hidden.next.filter(|_| hidden.state.not_over().is_ok()) {
            info["nextRunTime"] = json!(next.rfc3339());
        }
        if let Some(job) = self.recent_job() {
            info["recentJob"] = json!({"id": job, "url": format!("{endpoint}/jobs/{job}")});
        }
        if let Some(ended) = hidden.ended {
            info["endTime"] = json!(ended.rfc3339());
        }
        out["executionInfo"] = info;
        out
    }
}
