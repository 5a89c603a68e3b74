//! Nodes that come or go together, kept as one entry however many there are.
//! Knows when each of them joins; who lets them come and go is its parent.

use serde::{Deserialize, Serialize};

use crate::emulator::clock::Moment;
use crate::emulator::fault::Sickness;

/// Nodes of one kind that come one after another, evenly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cohort {
    /// The number of its first node in the pool.
    pub(super) first: u32,
    pub(super) count: u32,
    pub(super) dedicated: bool,
    /// In microseconds since the epoch: node `i` of the cohort joins at `origin + (i + 1) * every`.
    pub(super) origin: i64,
    pub(super) every: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<String>,
    /// What becomes of all of them, when they never start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sick: Option<Sickness>,
}

impl Cohort {
    pub(super) fn joins(&self, index: u32) -> Moment {
        Moment((self.origin + (i64::from(index) + 1) * self.every) / 1_000)
    }

    /// Nodes that have joined by `now`.
    pub(super) fn joined(&self, now: Moment) -> u32 {
        if self.every <= 0 {
            return if Moment(self.origin / 1_000) <= now { self.count } else { 0 };
        }
        // The last microsecond of the millisecond `now`, so that a node counts from the millisecond it joins in.
        let passed = now.0.saturating_mul(1_000).saturating_add(999) - self.origin;
        u32::try_from((passed / self.every).max(0)).unwrap_or(u32::MAX).min(self.count)
    }

    /// Leaves the nodes below `at` here and gives the rest.
    pub(super) fn split_off(&mut self, at: u32) -> Cohort {
        let rest = Cohort {
            first: self.first + at,
            count: self.count - at,
            origin: self.origin + i64::from(at) * self.every,
            ..self.clone()
        };
        self.count = at;
        rest
    }
}

/// Nodes on their way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leaving {
    pub(super) cohort: Cohort,
    pub(super) since: Moment,
    pub(super) gone: Moment,
}
