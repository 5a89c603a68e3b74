//! How a change that Azure takes only with zero nodes reaches something that is working: the way that is chosen, in words
//! and in steps. What it takes to empty it is its kind's knowledge.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::model::duration;
use crate::model::field::Forces;
use crate::model::plan::Change;
use crate::model::request::{Method, Request};
use crate::model::rollout::{Emptying, OnDeadline, Rollout, Strategy, Tasks};
use crate::model::snapshot::Live;
use crate::model::step::{Guard, Milestone, Run, StepId, Work};
use crate::model::wait::{Condition, Judgement, Late, Wait};
use crate::plan::Options;
use crate::plan::decide::Decision;
use crate::plan::patch::patch;
use crate::plan::rollback::memory;
use crate::plan::seen::seen;
use crate::plan::steps::Maker;

/// Tasks take minutes to hours to end.
const INTERVAL: Duration = Duration::from_secs(30);
/// Nodes whose tasks are stopped go within minutes.
const GONE_WITHIN: Duration = Duration::from_hours(1);

/// The step that ends what is under way.
const STOP: &str = "stop";

/// What is done about changes that need zero nodes.
pub(crate) enum Way {
    /// There are none.
    NotNeeded,
    /// They are written, once there is no node.
    Roll,
    /// It is deleted and made again.
    Replace,
    /// Nothing: the user holds them back.
    Hold,
    /// Nothing, for a reason; with a way out.
    Refused(&'static str, &'static str),
}

/// Chooses the way of a resource that is there.
pub(crate) fn choose(
    changes: &[Change],
    live: &Live,
    wanted: Rollout,
    emptying: Option<&dyn Emptying>,
    options: Options,
) -> Way {
    let Some(emptying) = emptying.filter(|_| changes.iter().any(needs_zero_nodes)) else {
        return Way::NotNeeded;
    };
    match wanted.strategy {
        Strategy::Hold => Way::Hold,
        _ if emptying.is_empty(live) => Way::Roll,
        Strategy::Drain => Way::Roll,
        Strategy::Replace if wanted.allow_replace || options.allow_replace => Way::Replace,
        Strategy::Replace => Way::Refused(
            "`strategy: replace` deletes the pool with its tasks",
            "agree with `--allow-replace`, or choose `strategy: drain`",
        ),
        // What is this stack's own has its twin by now (`blue_green`).
        Strategy::BlueGreen => Way::Refused(
            "`strategy: blueGreen` removes the pool in the end, and it is protected or another's",
            "take `protect` away, or take it over first; or choose `strategy: drain`",
        ),
    }
}

pub(crate) fn needs_zero_nodes(change: &Change) -> bool {
    change.forces == Forces::ZeroNodes
}

/// The way in words, a line for each thing that is done.
pub(crate) fn course(
    decision: &Decision,
    live: &Live,
    wanted: Rollout,
    emptying: &dyn Emptying,
) -> Vec<String> {
    let mut lines = Vec::new();
    if emptying.is_empty(live) {
        return lines;
    }
    let under_way = emptying.is_under_way(live);
    if !under_way && !is_at_rest(live) {
        lines.push("wait until the resize under way is over".to_owned());
    }
    let within = duration::text(wanted.deadline.as_secs());
    let otherwise = match wanted.on_deadline {
        OnDeadline::Stop => "or else it gets its size back, unchanged",
        OnDeadline::Requeue => "or else the tasks that still run are queued again",
    };
    let nodes = match emptying.nodes(live) {
        1 => "its node goes".to_owned(),
        nodes => format!("its {nodes} nodes go"),
    };
    let begins = if under_way { "go on to drain it" } else { "drain it" };
    lines.push(format!("{begins}: {nodes} as tasks end, within {within}, {otherwise}"));
    let mut changed: Vec<&str> = decision
        .changes
        .iter()
        .filter(|change| needs_zero_nodes(change))
        .map(|change| change.property.split(['.', '[']).next().unwrap_or_default())
        .collect();
    changed.dedup();
    lines.push(format!("change `{}`", changed.join("`, `")));
    lines.push("give it its size again, and wait for its nodes".to_owned());
    if let Some(image) = memory(decision, live, emptying).image {
        let version = image.rsplit('/').next().unwrap_or_default();
        lines.push(format!("go back to {version} if they do not become usable"));
    }
    lines
}

impl Maker<'_> {
    /// The steps of a change that needs zero nodes. Returns the last write, which the waits for its nodes follow.
    pub(super) fn roll_out(
        &mut self,
        decision: &Decision,
        live: &Live,
        wanted: Rollout,
        emptying: &dyn Emptying,
    ) -> StepId {
        let sizing = emptying.sizing();
        let mut units: BTreeSet<&str> = decision.changes.iter().map(|change| change.unit.as_str()).collect();
        let resized = units.remove(sizing);
        let drained = !emptying.is_empty(live);
        let empty = drained.then(|| self.drain(decision, live, wanted, emptying));
        // From here on it is as draining leaves it.
        let live = &as_drained(decision, live, emptying);

        let changed = {
            let guard = self.guard(decision, &units, live, drained);
            let request = self.patch_of(decision, live, &units);
            self.add(
                decision,
                "update",
                Milestone::Accepted,
                Work::Send { request, guard },
                empty.clone().into_iter().collect(),
            )
        };
        // What has no node because its last resize has failed does not come to any by itself.
        let given_up = !drained && self.has_failed(decision, live);
        if !drained && !resized && !given_up {
            return changed;
        }
        let size = BTreeSet::from([sizing]);
        let request = self.patch_of(decision, live, &size);
        if let Some(empty) = empty {
            // Whatever keeps the change from being made, the pool does not stay without its nodes.
            let guard = self.guard(decision, &BTreeSet::new(), live, true);
            let work = Work::Send { request: request.clone(), guard };
            let back = self.add(decision, "scale unchanged", Milestone::Accepted, work, vec![empty]);
            self.only_after_failure_of(&back, &changed);
        }
        let seen_size = if drained { BTreeSet::new() } else { size };
        let guard = self.guard(decision, &seen_size, live, drained);
        self.add(decision, "scale", Milestone::Accepted, Work::Send { request, guard }, vec![changed])
    }

    /// The steps until it is empty. Returns the last.
    fn drain(
        &mut self,
        decision: &Decision,
        live: &Live,
        wanted: Rollout,
        emptying: &dyn Emptying,
    ) -> StepId {
        let api_version = decision.kind.api_version();
        let body = decision.desired.as_ref().map(|desired| desired.body.clone()).unwrap_or_default();
        let told = |tasks, within| emptying.empty(&body, tasks, within);
        let patch = |body| Request::arm(Method::Patch, &decision.id, api_version).with_body(body);
        let mut before = Vec::new();
        if !emptying.is_under_way(live) {
            let rest = self.rest(decision, live, &[]);
            let units = decision.changes.iter().map(|change| change.unit.as_str());
            let mut units: BTreeSet<&str> = units.chain([emptying.sizing()]).collect();
            if as_drained(decision, live, emptying) != *live {
                units.insert(emptying.remembering());
            }
            let guard = self.guard(decision, &units, live, false);
            let mut body = told(Tasks::AsWritten, wanted.deadline);
            let unit = emptying.remembering();
            let remembering = as_drained(decision, live, emptying);
            if remembering != *live {
                body["properties"][unit] = remembering.body["properties"][unit].clone();
            }
            let work = Work::Send { request: patch(body), guard };
            before.push(self.add(decision, "drain", Milestone::Accepted, work, rest.into_iter().collect()));
        }
        let wait = |deadline, late| Wait { late, ..until(decision, Condition::Empty, deadline) };
        let (in_time, at_last) =
            (wait(wanted.deadline, Late::StillRunning), wait(GONE_WITHIN, Late::StillRunning));
        let or_else = wait(wanted.deadline, Late::GoOn);
        match wanted.on_deadline {
            OnDeadline::Stop => {
                let work = Work::Wait(in_time);
                let empty = self.add(decision, "empty", Milestone::Empty, work, before);
                self.give_up(decision, live, &empty, emptying);
                empty
            }
            OnDeadline::Requeue => {
                let work = Work::Wait(or_else);
                let due = self.add(decision, "drained or due", Milestone::AtRest, work, before);
                let stopped = self.stop(decision, emptying, vec![due]);
                let guard = still_emptying(decision, Some(Condition::Empty));
                let request = patch(told(Tasks::Requeued, Duration::ZERO));
                let work = Work::Send { request, guard };
                let requeued = self.add(decision, "requeue", Milestone::Accepted, work, vec![stopped]);
                let work = Work::Wait(at_last);
                self.add(decision, "empty", Milestone::Empty, work, vec![requeued])
            }
        }
    }

    /// What is done when it is not empty in time: the nodes that are left stay, and it gets its size back.
    fn give_up(&mut self, decision: &Decision, live: &Live, empty: &StepId, emptying: &dyn Emptying) {
        let stopped = self.stop(decision, emptying, Vec::new());
        self.only_after_failure_of(&StepId::new(&decision.address, STOP), empty);
        // The size that it had, or where an earlier run has taken that away, that of the file.
        let wanted = decision.desired.as_ref().map(|desired| desired.body.clone()).unwrap_or_default();
        let emptied = matches!(Condition::ToldToBeEmpty.judge(Some(&live.body)), Judgement::Met(_));
        let mut size = if emptied { wanted } else { live.body.clone() };
        emptying.gently(&mut size);
        let request = self.patch_to(decision, &size, live, &BTreeSet::from([emptying.sizing()]));
        let guard = still_emptying(decision, None);
        let work = Work::Send { request, guard };
        self.add(decision, "scale back", Milestone::Accepted, work, vec![stopped]);
    }

    /// Ends what is under way, since Azure takes no other size meanwhile. Returns the step after which it does.
    fn stop(&mut self, decision: &Decision, emptying: &dyn Emptying, after: Vec<StepId>) -> StepId {
        let guard = still_emptying(decision, Some(Condition::AtRest));
        let work = Work::Send { request: emptying.stop(&decision.id), guard };
        let stop = self.add(decision, STOP, Milestone::Accepted, work, after);
        let wait = until(decision, Condition::AtRest, GONE_WITHIN);
        self.add(decision, "stopped", Milestone::AtRest, Work::Wait(wait), vec![stop])
    }

    fn only_after_failure_of(&mut self, step: &StepId, of: &StepId) {
        if let Some(step) = self.steps.get_mut(step) {
            step.run = Run::OnFailure(vec![of.clone()]);
        }
    }

    fn patch_of(&self, decision: &Decision, live: &Live, units: &BTreeSet<&str>) -> Request {
        let desired = decision.desired.as_ref().map(|desired| desired.body.clone()).unwrap_or_default();
        self.patch_to(decision, &desired, live, units)
    }

    /// A PATCH of some units to how a body has them.
    pub(super) fn patch_to(
        &self,
        decision: &Decision,
        desired: &Value,
        live: &Live,
        units: &BTreeSet<&str>,
    ) -> Request {
        let kind = decision.kind;
        let mut body = patch(self.trees.get(kind.name()), desired, &live.body, units);
        kind.complete_patch(&live.body, &mut body);
        Request::arm(Method::Patch, &decision.id, kind.api_version()).with_body(body)
    }

    /// What must not have moved: what planning saw of some units, and that it still is as an earlier step has made it.
    fn guard(&self, decision: &Decision, units: &BTreeSet<&str>, live: &Live, emptied: bool) -> Guard {
        let kind = decision.kind;
        let tree = self.trees.get(kind.name());
        Guard::Unchanged {
            read: Request::get(&decision.id, kind.api_version()),
            seen: units.iter().flat_map(|unit| seen(tree, unit, live)).collect(),
            etag: kind.has_etag(),
            holds: emptied.then_some(Condition::Empty),
            unless: None,
            moved: None,
            empty: None,
        }
    }
}

/// How it is once draining has begun, as far as this plan writes it.
fn as_drained(decision: &Decision, live: &Live, emptying: &dyn Emptying) -> Live {
    let memory = memory(decision, live, emptying);
    let mut drained = live.clone();
    if memory != emptying.memory(live) {
        emptying.remember(&mut drained.body, &memory);
    }
    drained
}

fn is_at_rest(live: &Live) -> bool {
    matches!(Condition::AtRest.judge(Some(&live.body)), Judgement::Met(_))
}

/// The guard of what ends a drain: nobody else has given it a size meanwhile.
fn still_emptying(decision: &Decision, unless: Option<Condition>) -> Guard {
    Guard::Unchanged {
        read: Request::get(&decision.id, decision.kind.api_version()),
        seen: Vec::new(),
        etag: decision.kind.has_etag(),
        holds: Some(Condition::ToldToBeEmpty),
        unless,
        moved: None,
        empty: None,
    }
}

/// A wait for something on the way of a rollout.
pub(super) fn until(decision: &Decision, until: Condition, deadline: Duration) -> Wait {
    let read = Request::get(&decision.id, decision.kind.api_version());
    Wait { read, until, interval: INTERVAL, deadline, operation_of: None, late: Late::StillRunning }
}
