//! What a step waits for, as data; whether a body that Azure answered fulfils it is said in `judge`, and of pools in `pool`.
//! Reads nothing itself: the executor reads and asks, and planning asks about what was observed.

mod judge;
mod pool;

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::request::Request;
use crate::model::step::StepId;

/// A condition on a live resource, with where to read it and how long to go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// What is read each time.
    pub read: Request,
    /// What must hold of the answer.
    pub until: Condition,
    /// How long to wait between two reads when Azure does not say.
    pub interval: Duration,
    /// When to give up and report the step as still running.
    pub deadline: Duration,
    /// The step whose long-running operation is followed first: its failure has Azure's reason, which the resource
    /// itself does not show. Without it, or after a restart, the resource alone decides.
    pub operation_of: Option<StepId>,
    /// What it means that the deadline has passed.
    pub late: Late,
}

/// What it means that a wait's own deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// What was waited for is still under way, and nothing that comes after it may start.
    StillRunning,
    /// What comes after it goes on all the same.
    GoOn,
}

/// What is waited for. Each is a state that Azure's resources show; no kind is named.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `provisioningState` is Succeeded.
    Settled,
    /// A list shows it under this id: what one reads alone may be seen by nobody else yet.
    Listed {
        /// The id, as a key.
        id: String,
    },
    /// A resource provider is registered.
    Registered,
    /// A gallery is shared everywhere as it was last told to be. One that says nothing of it has never been told.
    Shared,
    /// The resource answers 404.
    Gone,
    /// Azure is doing nothing with it, however the last operation ended: a further write would not be refused.
    AtRest,
    /// An image version's replicas in this region are complete (needs `$expand=ReplicationStatus`).
    Replicated {
        /// The region, in any spelling.
        region: String,
    },
    /// An image version is meant to have replicas in these regions, and in no others.
    OnlyIn {
        /// The regions, in Azure's short form.
        regions: BTreeSet<String>,
    },
    /// A pool was told to have no node, and nobody has told it otherwise since.
    ToldToBeEmpty,
    /// A pool that was told to have no node has none, and is steady.
    Empty,
    /// A pool has the nodes it was asked for, and is steady.
    Allocated {
        /// How the pool is sized.
        goal: Goal,
        /// When what was there before the write began: `resizeOperationStatus.startTime`, or under a formula
        /// `autoScaleRun.evaluationTime`. What that resize or run says is not about ours.
        stale: Option<String>,
    },
    /// A pool's nodes can run tasks (read from the account's node counts).
    NodesUsable {
        /// The pool's id.
        pool: String,
        /// How many dedicated nodes must be usable.
        dedicated: u64,
    },
}

/// When a pool's size counts as reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// So many dedicated nodes. Spot nodes come when Azure has them: a shortfall is reported and is no failure.
    Fixed {
        /// `targetDedicatedNodes`.
        dedicated: u64,
        /// `targetLowPriorityNodes`.
        spot: u64,
    },
    /// The formula was evaluated without an error.
    AutoScale,
}

/// What a body says about a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It holds. The text, if any, is worth telling (a Spot shortfall).
    Met(Option<String>),
    /// It does not hold yet.
    NotYet(Progress),
    /// It will not hold without a new attempt. The text says what Azure reports.
    Failed(String),
    /// The body was read without the part that would tell.
    Unknown,
}

/// How far something is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// 0 to 100, where Azure tells.
    pub percent: Option<u8>,
    /// What is going on, in a few words.
    pub words: String,
    /// The bytes that have been sent, of so many; none for what sends none.
    pub bytes: Option<(u64, u64)>,
}

impl Progress {
    /// All of it in words: `40 %, replicating`.
    pub fn in_words(&self) -> String {
        match self.percent {
            Some(percent) if self.words.is_empty() => format!("{percent} %"),
            Some(percent) => format!("{percent} %, {}", self.words),
            None => self.words.clone(),
        }
    }
}
