//! The waits that several kinds share, and the pinned api-versions that they are made with.
//! Only makes values.

use std::time::Duration;

use crate::model::kind::Waypoint;
use crate::model::request::Request;
use crate::model::resource_id::ResourceId;
use crate::model::step::Milestone;
use crate::model::wait::{Condition, Late, Wait};

/// Galleries, image definitions and image versions.
pub(crate) const GALLERY_API: &str = "2024-03-03";

/// For what Azure does in minutes.
pub(crate) const MINUTES: Pace = Pace { interval: Duration::from_secs(5), deadline: Duration::from_hours(1) };

/// For what Azure does in hours: replication to many regions.
pub(crate) const HOURS: Pace = Pace { interval: Duration::from_secs(30), deadline: Duration::from_hours(8) };

/// How often to look, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Between two reads.
    pub(crate) interval: Duration,
    /// In all.
    pub(crate) deadline: Duration,
}

/// Waits until Azure calls the resource succeeded.
pub(crate) fn settled(id: &ResourceId, api_version: &'static str, pace: Pace) -> Waypoint {
    waypoint(Milestone::Settled, Request::get(id, api_version), Condition::Settled, pace)
}

/// A waypoint that is judged on the resource's own body and starts together with those after it.
pub(crate) fn waypoint(milestone: Milestone, read: Request, until: Condition, pace: Pace) -> Waypoint {
    let (interval, deadline, late) = (pace.interval, pace.deadline, Late::StillRunning);
    let wait = Wait { read, until, interval, deadline, operation_of: None, late };
    Waypoint { milestone, wait, on_companion: false, gates_next: false }
}
