//! What follows a rollout: a pool whose nodes do not become usable goes back to the image that it had, and what was remembered
//! on it meanwhile is forgotten.

use serde_json::{Value, json};

use crate::model::kind::Target;
use crate::model::plan::Action;
use crate::model::request::{Method, Request};
use crate::model::rollout::{Emptying, Memory, Tasks};
use crate::model::snapshot::Live;
use crate::model::step::{Guard, Milestone, Run, StepId, Work};
use crate::model::wait::Condition;
use crate::plan::decide::Decision;
use crate::plan::rollout::until;
use crate::plan::steps::Maker;

/// What is remembered on a resource once this plan has begun.
pub(crate) fn memory(decision: &Decision, live: &Live, emptying: &dyn Emptying) -> Memory {
    let before = emptying.memory(live);
    let drains = decision.rolls && !emptying.is_empty(live) && !emptying.is_under_way(live);
    match decision.desired.as_ref().filter(|_| drains) {
        Some(desired) => emptying.to_remember(&desired.body, live, desired.wishes.rollout),
        None => before,
    }
}

impl Maker<'_> {
    /// The steps after the last wait of a resource that remembers something.
    pub(super) fn after_rollout(&mut self, decision: &Decision, live: &Live) {
        let Some((desired, emptying)) = decision.desired.as_ref().zip(decision.kind.emptying()) else {
            return;
        };
        let memory = memory(decision, live, emptying);
        if memory == Memory::default() || matches!(decision.action, Action::Blocked | Action::Hold) {
            return;
        }
        let waits: Vec<StepId> = [Milestone::Allocated, Milestone::Usable]
            .iter()
            .map(|milestone| StepId::new(&decision.address, &milestone.to_string()))
            .filter(|id| self.steps.contains_key(id))
            .collect();
        let wanted = emptying.image(&desired.body);
        let former = memory.image.as_deref().filter(|former| wanted != Some(*former));
        if let Some(former) = former.filter(|_| desired.wishes.rollout.rollback && !waits.is_empty()) {
            self.roll_back(decision, live, former, &waits, emptying);
        }
        self.forget(decision, live, "forget", waits, emptying);
    }

    /// What is done when the nodes do not become usable: it is emptied once more, and gets its former image.
    fn roll_back(
        &mut self,
        decision: &Decision,
        live: &Live,
        former: &str,
        failed: &[StepId],
        emptying: &dyn Emptying,
    ) {
        let Some(desired) = decision.desired.as_ref() else { return };
        let mut back = desired.clone();
        let before = decision.rolls.then_some(&live.body);
        emptying.take_image(&mut back.body, former, before);
        let mut given = desired.body.clone();
        emptying.give_size(&mut given, live);
        let given = emptying.sized_as(&given);
        let (wanted, version) = (desired.wishes.rollout, decision.kind.api_version());
        let guard = |seen, holds, unless| Guard::Unchanged {
            read: Request::get(&decision.id, version),
            seen,
            etag: decision.kind.has_etag(),
            holds,
            unless,
            moved: None,
            empty: None,
        };
        let at_rest = guard(given.clone(), None, Some(Condition::AtRest));
        let work = Work::Send { request: emptying.stop(&decision.id), guard: at_rest };
        let stop = self.add(decision, "rollback stop", Milestone::Accepted, work, Vec::new());
        if let Some(step) = self.steps.get_mut(&stop) {
            step.run = Run::OnFailure(failed.to_vec());
        }
        let work = Work::Wait(until(decision, Condition::AtRest, wanted.deadline));
        let stopped = self.add(decision, "rollback stopped", Milestone::AtRest, work, vec![stop]);
        let empty = emptying.empty(&desired.body, Tasks::AsWritten, wanted.deadline);
        let request = Request::arm(Method::Patch, &decision.id, version).with_body(empty);
        let work = Work::Send { request, guard: guard(given, None, None) };
        let drain = self.add(decision, "rollback drain", Milestone::Accepted, work, vec![stopped]);
        let work = Work::Wait(until(decision, Condition::Empty, wanted.deadline));
        let mut last = self.add(decision, "rollback empty", Milestone::Empty, work, vec![drain]);
        let image = decision.changes.iter().find(|change| change.property == "image");
        let image_unit = image.map_or("deploymentConfiguration", |change| change.unit.as_str());
        for (name, unit) in [("rollback", image_unit), ("rollback scale", emptying.sizing())] {
            let request = self.patch_to(decision, &back.body, live, &[unit].into());
            let work = Work::Send { request, guard: guard(Vec::new(), Some(Condition::Empty), None) };
            last = self.add(decision, name, Milestone::Accepted, work, vec![last]);
        }
        for mut waypoint in decision.kind.waypoints(Target::of(&back, Some(live)), self.snapshot) {
            waypoint.wait.until.forget_errors_of(&live.body);
            let name = format!("rollback {}", waypoint.milestone);
            last = self.add(decision, &name, waypoint.milestone, Work::Wait(waypoint.wait), vec![last]);
        }
        self.forget(decision, live, "rollback forget", vec![last], emptying);
    }

    /// Takes the memory away, unless somebody has changed what it is part of meanwhile.
    fn forget(
        &mut self,
        decision: &Decision,
        live: &Live,
        name: &str,
        after: Vec<StepId>,
        emptying: &dyn Emptying,
    ) {
        let unit = emptying.remembering();
        // As the last write of this plan has left it.
        let written = ["update", "adopt", "drain"].iter().find_map(|name| {
            let step = self.steps.get(&StepId::new(&decision.address, name))?;
            let Work::Send { request, .. } = &step.work else { return None };
            request.body.as_ref()?.get("properties")?.get(unit).cloned()
        });
        let seen = written.or_else(|| live.body.get("properties")?.get(unit).cloned());
        let mut body = json!({ "properties": { unit: seen.clone().unwrap_or(Value::Null) } });
        emptying.remember(&mut body, &Memory::default());
        let kind = decision.kind;
        let request = Request::arm(Method::Patch, &decision.id, kind.api_version()).with_body(body);
        let read = Request::get(&decision.id, kind.api_version());
        let guard = Guard::unchanged(read, vec![(format!("/properties/{unit}"), seen)], kind.has_etag());
        self.add(decision, name, Milestone::Accepted, Work::Send { request, guard }, after);
    }
}
