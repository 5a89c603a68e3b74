//! How a run of a plan ended: one entry for every step.

use std::collections::BTreeMap;

use crate::model::step::StepId;

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It did what it should. The text, if any, is worth telling.
    Done(Option<String>),
    /// Azure refused, or what was waited for has failed.
    Failed {
        /// Azure's code and message, or what the resource shows.
        error: String,
        /// Azure's request id, to give to support.
        request_id: Option<String>,
    },
    /// It was not tried, because this step had not done its work.
    Skipped {
        /// The step it needed.
        because: StepId,
    },
    /// Somebody changed the resource after the plan was made; nothing was written.
    Moved {
        /// What has changed.
        what: String,
    },
    /// Time ran out; Azure goes on.
    StillRunning {
        /// How far it was.
        progress: String,
    },
    /// The user stopped the run before it began, or while it waited.
    Cancelled,
    /// It would have run only if another step had failed.
    NotNeeded,
}

impl Ended {
    /// Whether steps that come after it may run.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }

    /// Whether the run is complete as far as this step goes.
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Done(_) | Self::NotNeeded)
    }
}

/// How every step ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By step.
    pub steps: BTreeMap<StepId, Ended>,
    /// The user stopped the run.
    pub interrupted: bool,
}

impl Outcome {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        !self.interrupted && self.steps.values().all(Ended::is_complete)
    }

    /// Whether changes that somebody else has made meanwhile are all that was in the way.
    pub fn was_overtaken(&self) -> bool {
        let fits = |ended: &Ended| {
            ended.is_complete() || matches!(ended, Ended::Moved { .. } | Ended::Skipped { .. })
        };
        !self.is_complete() && !self.interrupted && self.steps.values().all(fits)
    }

    /// This, and what an earlier part of the same run has done.
    #[must_use]
    pub fn after(mut self, earlier: Self) -> Self {
        for (step, ended) in earlier.steps.into_iter().filter(|(_, ended)| ended.is_done()) {
            self.steps.entry(step).or_insert(ended);
        }
        self
    }
}
