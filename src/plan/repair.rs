//! Azure's remedy for replicas that failed in some regions of a version: the version leaves these regions, settles, and comes
//! again. Sent again as it is, the list changes nothing for them.
//! Takes away only what is named in the files, of no use where it is, and not where the version is made.

use serde_json::Value;

use crate::model::desired::{Desired, Graph};
use crate::model::field::Forces;
use crate::model::kind::Target;
use crate::model::plan::Change;
use crate::model::region;
use crate::model::request::{Method, Request};
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::{Guard, Milestone, StepId, Work};
use crate::model::wait::{Condition, Judgement};
use crate::plan::decide::{Decision, judge};
use crate::plan::needs::user_in;
use crate::plan::patch::patch;
use crate::plan::seen::{mark_seen, seen};
use crate::plan::steps::Maker;

const UNIT: &str = "publishingProfile";
const REGIONS: &str = "/properties/publishingProfile/targetRegions";

/// The regions that leave and come again, in Azure's short form.
pub(crate) fn regions(decision: &Decision, live: &Live, graph: &Graph, snapshot: &Snapshot) -> Vec<String> {
    let Some(desired) = &decision.desired else { return Vec::new() };
    // Without it nobody can tell one region from another.
    if live.body.pointer("/properties/replicationStatus").is_none() {
        return Vec::new();
    }
    let mut failed = Vec::new();
    for waypoint in decision.kind.waypoints(Target::of(desired, Some(live)), snapshot) {
        if let (Milestone::Region(region), Judgement::Failed(_)) =
            (&waypoint.milestone, judge(&waypoint, Some(live)))
        {
            failed.push(region.clone());
        }
    }
    let is_home = |name: &String| live.location().is_some_and(|home| region::same(home, name));
    if failed.iter().any(is_home) {
        return Vec::new();
    }
    failed.retain(|name| {
        is_there(live, name)
            && is_named(desired, name)
            && decision.kind.refusal(&leaving(name), live).is_none()
            && user_in(decision.kind, live, name, graph, snapshot).is_none()
    });
    failed
}

/// What is done, in words.
pub(crate) fn course(regions: &[String]) -> Vec<String> {
    let them = regions.join(", ");
    vec![
        format!("take {them} out of `targetRegions`, and wait until that is done"),
        format!("add {them} again"),
    ]
}

fn has_name(entry: &Value, name: &str) -> bool {
    entry.get("name").and_then(Value::as_str).is_some_and(|other| region::same(other, name))
}

fn is_there(live: &Live, name: &str) -> bool {
    let list = live.body.pointer(REGIONS).and_then(Value::as_array);
    list.into_iter().flatten().any(|entry| has_name(entry, name))
}

/// Whether a file holds the region: what leaves and comes again in two steps must not be lost between them.
fn is_named(desired: &Desired, name: &str) -> bool {
    let list = desired.body.pointer(REGIONS).and_then(Value::as_array);
    let at = list.and_then(|list| list.iter().position(|entry| has_name(entry, name)));
    at.is_some_and(|at| desired.places.contains_key(&format!("{REGIONS}/{at}")))
}

/// The change that taking a region away is.
fn leaving(name: &str) -> Change {
    Change {
        property: format!("targetRegions[{name}]"),
        unit: UNIT.to_owned(),
        before: Some(Value::Null),
        after: None,
        forces: Forces::InPlace,
        place: None,
        secret: false,
    }
}

impl Maker<'_> {
    /// The steps after which the regions are gone. Returns the last.
    pub(super) fn take_out(
        &mut self,
        decision: &Decision,
        desired: &Desired,
        live: &Live,
        after: Vec<StepId>,
    ) -> Option<StepId> {
        let kind = decision.kind;
        let tree = self.trees.get(kind.name());
        let mut without = desired.body.clone();
        let list = without.pointer_mut(REGIONS).and_then(Value::as_array_mut)?;
        list.retain(|entry| !decision.repairs.iter().any(|name| has_name(entry, name)));
        let mut body = patch(tree, &without, &live.body, &[UNIT].into());
        kind.complete_patch(&live.body, &mut body);
        let request = Request::arm(Method::Patch, &decision.id, kind.api_version()).with_body(body);
        let mut compared = seen(tree, UNIT, live);
        compared.push(mark_seen(kind, Some(live)));
        let read = Request::get(&decision.id, kind.api_version());
        let guard = Guard::unchanged(read, compared, kind.has_etag());
        let work = Work::Send { request, guard };
        let sent = self.add(decision, "take out", Milestone::Accepted, work, after);
        let waypoints = kind.waypoints(Target::of(desired, Some(live)), self.snapshot);
        let settled = waypoints.into_iter().find(|waypoint| waypoint.milestone == Milestone::Settled)?;
        let mut wait = settled.wait;
        wait.operation_of = Some(sent.clone());
        Some(self.add(decision, "taken out", Milestone::AtRest, Work::Wait(wait), vec![sent]))
    }
}

impl Decision {
    /// The guard of the write that follows: nobody has given the version other regions meanwhile.
    pub(super) fn after_taking_out(&self, guard: Guard) -> Guard {
        let desired = self.desired.as_ref().and_then(|desired| desired.body.pointer(REGIONS));
        let list = desired.and_then(Value::as_array).into_iter().flatten();
        let names = list.filter_map(|entry| entry.get("name").and_then(Value::as_str)).map(region::normal);
        let regions = names.filter(|name| !self.repairs.contains(name)).collect();
        match guard {
            Guard::Unchanged { read, mut seen, etag, unless, moved, empty, .. } => {
                seen.retain(|(pointer, _)| pointer != REGIONS);
                Guard::Unchanged {
                    read,
                    seen,
                    etag,
                    holds: Some(Condition::OnlyIn { regions }),
                    unless,
                    moved,
                    empty,
                }
            }
            absent @ Guard::Absent { .. } => absent,
        }
    }
}
