//! Turns decisions into steps: the requests, the waits, and what must come before what.
//! Decides no action; what it cannot know from a decision it does not do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::desired::{Graph, Until};
use crate::model::kind::{MarkHome, Planning, Target, Waypoint};
use crate::model::plan::Action;
use crate::model::request::{Method, Request};
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::{Guard, Milestone, Run, Step, StepId, Work};
use crate::model::wait::{Condition, Judgement, Late, Wait};
use crate::plan::blue_green::Retiring;
use crate::plan::decide::{Decision, is_stuck, judge};
use crate::plan::patch::{carried, patch, whole};
use crate::plan::resolve::region_of;
use crate::plan::rollout::needs_zero_nodes;
use crate::plan::seen::{as_observed, mark_seen, retired_seen, seen};
use crate::plan::{Trees, WaitFor, removal};

/// How long Azure may take to delete something.
const GONE_WITHIN: Duration = Duration::from_hours(1);
const GONE_INTERVAL: Duration = Duration::from_secs(15);

/// The steps of all decisions, in no particular order.
pub(crate) fn steps(
    decisions: &[Decision],
    graph: &Graph,
    snapshot: &Snapshot,
    trees: &Trees,
    retiring: Option<&BTreeMap<ResourceId, Retiring>>,
    wait: WaitFor,
) -> Vec<Step> {
    let mut maker = Maker { graph, snapshot, trees, steps: BTreeMap::new() };
    for decision in decisions {
        maker.resource(decision);
    }
    for decision in decisions {
        maker.needs(decision);
    }
    maker.removal_order(decisions);
    for decision in decisions {
        maker.until(decision);
    }
    for decision in decisions.iter().filter(|decision| decision.action == Action::Delete) {
        if let Some(retiring) = retiring.and_then(|retiring| retiring.get(&decision.id)) {
            maker.retire(decision, retiring);
        }
    }
    maker.in_waves(decisions, retiring);
    let mut steps: Vec<Step> = maker.steps.into_values().collect();
    drop_unwanted_waits(&mut steps, wait);
    steps
}

pub(super) struct Maker<'a> {
    pub(super) graph: &'a Graph,
    pub(super) snapshot: &'a Snapshot,
    pub(super) trees: &'a Trees,
    pub(super) steps: BTreeMap<StepId, Step>,
}

impl Maker<'_> {
    fn resource(&mut self, decision: &Decision) {
        let live = decision.live(self.snapshot);
        match decision.action {
            Action::Create => {
                // What is still shown is on its way out.
                let gone = live.map(|_| self.gone(decision, None));
                let sent = self.create(decision, gone.into_iter().collect());
                self.waits(decision, None, Some(&sent));
                self.calls_after(decision, Some(sent));
            }
            Action::Replace => {
                let gone = self.delete(decision, live);
                let sent = self.create(decision, vec![gone]);
                self.waits(decision, None, Some(&sent));
                self.calls_after(decision, Some(sent));
            }
            Action::Update | Action::Adopt | Action::Retry => {
                let sent = self.write(decision, live);
                self.waits(decision, live, sent.as_ref());
                self.calls_after(decision, sent);
                if let Some(live) = live {
                    self.after_rollout(decision, live);
                }
            }
            Action::Await => self.waits(decision, live, None),
            Action::Delete => {
                self.delete(decision, live);
            }
            Action::Blocked | Action::Hold | Action::Nothing => {}
        }
    }

    pub(super) fn add(
        &mut self,
        decision: &Decision,
        what: &str,
        milestone: Milestone,
        work: Work,
        after: Vec<StepId>,
    ) -> StepId {
        let id = StepId::new(&decision.address, what);
        let address = decision.address.clone();
        self.steps
            .insert(id.clone(), Step { id: id.clone(), address, milestone, work, after, run: Run::Always });
        id
    }

    fn create(&mut self, decision: &Decision, after: Vec<StepId>) -> StepId {
        let kind = decision.kind;
        let uploads = self.uploads(decision);
        let after = after.into_iter().chain(uploads).collect();
        let body = decision.desired.as_ref().map_or(Value::Null, |desired| desired.body.clone());
        let body = carried(self.trees.get(kind.name()), body);
        let request = Request::arm(Method::Put, &decision.id, kind.api_version()).with_body(body);
        let guard =
            Guard::Absent { read: Request::get(&decision.id, kind.api_version()), header: kind.has_etag() };
        self.add(decision, "create", Milestone::Accepted, Work::Send { request, guard }, after)
    }

    /// A PATCH of the units that differ, or of those that a retry sends again.
    fn write(&mut self, decision: &Decision, live: Option<&Live>) -> Option<StepId> {
        let (desired, live) = (decision.desired.as_ref()?, live?);
        let kind = decision.kind;
        if let Some(action) = kind.brought_about_by() {
            return Some(self.bring_about(decision, action));
        }
        if let Some(emptying) = kind.emptying().filter(|_| decision.rolls) {
            return Some(self.roll_out(decision, live, desired.wishes.rollout, emptying));
        }
        let written = decision.changes.iter().filter(|change| !needs_zero_nodes(change));
        let written = written.filter(|change| !kind.is_called(change, &desired.body));
        let mut units: BTreeSet<&str> = written.map(|change| change.unit.as_str()).collect();
        let waypoints = kind.waypoints(Target::of(desired, Some(live)), self.snapshot);
        let is_left = match decision.action {
            // A write that has failed is not made good by a call.
            Action::Update => self.is_called(decision) && self.has_failed(decision, live),
            Action::Retry => !self.is_called(decision) || self.has_failed(decision, live),
            _ => true,
        };
        if units.is_empty() && !is_left {
            // Only what is called, or comes after a rollout, is left to do.
            if self.is_called(decision) {
                let rest = self.rest(decision, live, &waypoints);
                self.calls_before(decision, rest);
            }
            return None;
        }
        if self.has_failed(decision, live) {
            units.extend(kind.retry_units());
        }
        let read = as_observed(kind, desired, live);
        let tree = self.trees.get(kind.name());
        let mut seen_before: Vec<_> = units.iter().flat_map(|unit| seen(tree, unit, live)).collect();
        let request = if units.is_empty() || !kind.has_patch() {
            let put = Request::arm(Method::Put, &decision.id, kind.api_version());
            put.with_body(whole(tree, &desired.body, &live.body))
        } else {
            let mut body = patch(tree, &desired.body, &live.body, &units);
            kind.complete_patch(&live.body, &mut body);
            Request::arm(Method::Patch, &decision.id, kind.api_version()).with_body(body)
        };
        if kind.mark_home() == MarkHome::Tags {
            seen_before.push(mark_seen(kind, Some(live)));
        }
        let busy = units.is_empty() || units.iter().any(|unit| !kind.taken_while_busy(unit));
        let rest = if busy { self.rest(decision, live, &waypoints) } else { None };
        let what = if decision.action == Action::Update { "update" } else { decision.action.name() };
        let mut after: Vec<StepId> = self.calls_before(decision, rest).into_iter().collect();
        let mut guard = Guard::unchanged(read, seen_before, kind.has_etag());
        if !decision.repairs.is_empty() {
            after = vec![self.take_out(decision, desired, live, after)?];
            guard = decision.after_taking_out(guard);
        }
        Some(self.add(decision, what, Milestone::Accepted, Work::Send { request, guard }, after))
    }

    /// Whether the last write has failed, or has stopped where it is.
    pub(super) fn has_failed(&self, decision: &Decision, live: &Live) -> bool {
        let (kind, Some(desired)) = (decision.kind, decision.desired.as_ref()) else { return false };
        let waypoints = kind.waypoints(Target::of(desired, Some(live)), self.snapshot);
        let mut written = waypoints.iter().filter(|waypoint| waypoint.milestone != Milestone::Shared);
        written.any(|waypoint| match judge(waypoint, Some(live)) {
            Judgement::Failed(_) => true,
            Judgement::NotYet(_) => is_stuck(waypoint, kind, live),
            Judgement::Met(_) | Judgement::Unknown => false,
        })
    }

    /// While Azure is at work on a resource it refuses further writes (409), so what is under way comes first.
    pub(super) fn rest(
        &mut self,
        decision: &Decision,
        live: &Live,
        waypoints: &[Waypoint],
    ) -> Option<StepId> {
        if matches!(Condition::AtRest.judge(Some(&live.body)), Judgement::Met(_)) {
            return None;
        }
        let waits = || waypoints.iter().map(|waypoint| &waypoint.wait);
        let wait = Wait {
            read: Request::get(&decision.id, decision.kind.api_version()),
            until: Condition::AtRest,
            interval: waits().map(|wait| wait.interval).min().unwrap_or(GONE_INTERVAL),
            deadline: waits().map(|wait| wait.deadline).max().unwrap_or(GONE_WITHIN),
            operation_of: None,
            late: Late::StillRunning,
        };
        Some(self.add(decision, "at rest", Milestone::AtRest, Work::Wait(wait), Vec::new()))
    }

    fn delete(&mut self, decision: &Decision, live: Option<&Live>) -> StepId {
        let kind = decision.kind;
        if live.is_some_and(Live::is_going) {
            return self.gone(decision, None);
        }
        let read = Request::get(&decision.id, kind.api_version());
        let mut seen_before = vec![mark_seen(kind, live)];
        seen_before.extend(live.and_then(retired_seen).into_iter().flatten());
        // What works has tasks to lose: whoever has given it another size or image meanwhile counts on it.
        if let Some(live) = live.filter(|_| kind.emptying().is_some()) {
            let tree = self.trees.get(kind.name());
            let units = tree.children.get("properties").into_iter().flat_map(|it| it.children.keys());
            seen_before.extend(units.flat_map(|unit| seen(tree, unit, live)));
        }
        let guard =
            Guard::unchanged(read, seen_before, false).and_empty(live.and_then(|live| kind.content(live)));
        let request = Request::arm(Method::Delete, &decision.id, kind.api_version());
        let after = self.calls_before(decision, None).into_iter().collect();
        let sent = self.add(decision, "delete", Milestone::Accepted, Work::Send { request, guard }, after);
        self.gone(decision, Some(sent))
    }

    /// The wait until it is gone, after our own request or somebody else's.
    fn gone(&mut self, decision: &Decision, sent: Option<StepId>) -> StepId {
        let gone = Wait {
            read: Request::get(&decision.id, decision.kind.api_version()),
            until: Condition::Gone,
            interval: GONE_INTERVAL,
            deadline: GONE_WITHIN,
            operation_of: sent.clone(),
            late: Late::StillRunning,
        };
        self.add(decision, "gone", Milestone::Gone, Work::Wait(gone), sent.into_iter().collect())
    }

    /// The waits that follow a write, or that an unfinished resource still needs.
    fn waits(&mut self, decision: &Decision, live: Option<&Live>, sent: Option<&StepId>) {
        let Some(desired) = decision.desired.as_ref() else { return };
        let mut after: Vec<StepId> = sent.into_iter().cloned().collect();
        let anew = sent.is_some_and(|sent| self.begins_anew(sent, decision.kind));
        for mut waypoint in decision.kind.waypoints(Target::of(desired, live), self.snapshot) {
            if sent.is_none() && matches!(judge(&waypoint, live), Judgement::Met(_)) {
                continue;
            }
            // Each call has its own wait; until it is sent, what is there is about the one before.
            if waypoint.milestone == Milestone::Shared && self.is_called(decision) {
                continue;
            }
            if let Some(live) = live.filter(|_| anew) {
                waypoint.wait.until.forget_errors_of(&live.body);
            }
            waypoint.wait.operation_of = sent.filter(|_| waypoint.milestone == Milestone::Settled).cloned();
            let gates = waypoint.gates_next;
            let id = self.waypoint(decision, waypoint, after.clone());
            if gates {
                after = vec![id];
            }
        }
    }

    /// Whether a write makes Azure begin what the waypoints wait for: one that leaves it out does not.
    fn begins_anew(&self, sent: &StepId, kind: &dyn Planning) -> bool {
        let Some(Work::Send { request, .. }) = self.steps.get(sent).map(|step| &step.work) else {
            return false;
        };
        let properties = request.body.as_ref().and_then(|body| body.get("properties"));
        let carries = |unit: &&str| properties.is_some_and(|properties| properties.get(unit).is_some());
        kind.retry_units().iter().any(carries)
    }

    fn waypoint(&mut self, decision: &Decision, waypoint: Waypoint, after: Vec<StepId>) -> StepId {
        let what = waypoint.milestone.to_string();
        self.add(decision, &what, waypoint.milestone, Work::Wait(waypoint.wait), after)
    }

    /// Makes the first step of a resource come after what it needs.
    fn needs(&mut self, decision: &Decision) {
        let Some(desired) = decision.desired.as_ref() else { return };
        let creates = matches!(decision.action, Action::Create | Action::Replace);
        let writes = creates || matches!(decision.action, Action::Update | Action::Adopt | Action::Retry);
        if !writes {
            return;
        }
        let mut after = Vec::new();
        for need in &desired.needs {
            let milestone = match &need.until {
                Until::SettledToCreate if !creates => continue,
                Until::SettledToCreate | Until::Settled => Milestone::Settled,
                Until::ReadyIn(region) => match region_of(region, self.graph, self.snapshot) {
                    Some(region) => Milestone::Region(region),
                    None => continue,
                },
            };
            after.extend(self.reached(&need.on, &milestone));
        }
        after.sort();
        after.dedup();
        for step in self.writes_of(&decision.address) {
            step.after.extend(after.iter().cloned());
        }
    }

    /// The writes of a resource, as far as they are made.
    fn writes_of(&mut self, address: &Address) -> impl Iterator<Item = &mut Step> {
        let first = StepId::new(address, "");
        let own = self.steps.range_mut(first.clone()..).map(|(_, step)| step);
        let own = own.take_while(move |step| step.id.as_str().starts_with(first.as_str()));
        own.filter(move |step| step.address == *address && matches!(step.work, Work::Send { .. }))
    }

    /// The step in which another resource reaches a milestone; made here if it is under way by itself.
    pub(super) fn reached(&mut self, on: &Address, milestone: &Milestone) -> Option<StepId> {
        // Every step of a milestone that others wait for is called by it.
        let id = StepId::new(on, &milestone.to_string());
        if self.steps.contains_key(&id) {
            return Some(id);
        }
        let live = self.snapshot.live(on)?;
        let (kind, body): (&dyn Planning, &Value) = match self.graph.desired.get(on) {
            Some(desired) => (desired.kind, &desired.body),
            None => (self.graph.referenced.get(on)?.kind?, &live.body),
        };
        let target = Target { id: &live.id, body, live: Some(live) };
        let waypoint = kind
            .waypoints(target, self.snapshot)
            .into_iter()
            .find(|waypoint| waypoint.milestone == *milestone)?;
        if matches!(judge(&waypoint, Some(live)), Judgement::Met(_)) {
            return None;
        }
        let step = Step {
            id: id.clone(),
            address: on.clone(),
            milestone: milestone.clone(),
            work: Work::Wait(waypoint.wait),
            after: Vec::new(),
            run: Run::Always,
        };
        self.steps.insert(id.clone(), step);
        Some(id)
    }

    /// What is needed only until something else has Succeeded goes then.
    fn until(&mut self, decision: &Decision) {
        let Some(version) = &decision.until else { return };
        let live = decision.live(self.snapshot);
        let delete = StepId::new(&decision.address, "delete");
        match (decision.action, &decision.desired) {
            (Action::Delete, _) => {}
            // One that is being deleted, or replaced, has its deletion already; the next run takes away what is made then.
            (Action::Create, Some(desired)) if live.is_none() => {
                let made = Live { id: desired.id.clone(), body: desired.body.clone(), companion: None };
                self.delete(decision, Some(&made));
            }
            (Action::Update | Action::Adopt | Action::Retry, Some(_)) => {
                self.delete(decision, live);
            }
            _ => return,
        }
        let after = self.reached(version, &Milestone::Settled);
        if let Some(step) = self.steps.get_mut(&delete) {
            step.after.extend(after);
        }
    }

    /// What uses a resource, or is inside it, goes before it.
    fn removal_order(&mut self, decisions: &[Decision]) {
        for (going, before) in removal::order(decisions, self.snapshot) {
            let gone = StepId::new(before, "gone");
            for step in self.writes_of(going) {
                step.after.push(gone.clone());
            }
        }
    }
}

/// Takes out the waits that the user does not want and that nothing comes after.
fn drop_unwanted_waits(steps: &mut Vec<Step>, wait: WaitFor) {
    let level = |milestone: &Milestone| match milestone {
        Milestone::AtRest
        | Milestone::Uploaded
        | Milestone::Accepted
        | Milestone::Empty
        | Milestone::Unused
        | Milestone::Gone => WaitFor::None,
        Milestone::Region(_) | Milestone::Settled | Milestone::Shared => WaitFor::Regions,
        Milestone::Allocated => WaitFor::Allocation,
        Milestone::Usable => WaitFor::Nodes,
    };
    loop {
        let needed: BTreeSet<StepId> = steps.iter().flat_map(|step| step.after.iter().cloned()).collect();
        let before = steps.len();
        steps.retain(|step| level(&step.milestone) <= wait || needed.contains(&step.id));
        if steps.len() == before {
            return;
        }
    }
}
