//! Lets the pools that get what needs zero nodes come one wave after another, and not too many at a time.
//!
//! A pool that does not become usable stops what comes after it, since its last step is not done.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::plan::Action;
use crate::model::resource_id::ResourceId;
use crate::model::rollout::Order;
use crate::model::step::{Run, Step, StepId};
use crate::plan::blue_green::Retiring;
use crate::plan::decide::Decision;
use crate::plan::steps::Maker;

/// Blocks what comes after a pool that is blocked itself.
pub(crate) fn hold_back(decisions: &mut [Decision], order: &Order) {
    let wave = |decision: &Decision| order.wave_of(&decision.address);
    let blocked: BTreeMap<usize, Address> = decisions
        .iter()
        .filter(|decision| decision.action == Action::Blocked && decision.address.kind() == "pool")
        .filter(|decision| order.wave_of.contains_key(&decision.address))
        .map(|decision| (wave(decision), decision.address.clone()))
        .collect();
    let Some((first, address)) = blocked.first_key_value() else { return };
    for decision in decisions.iter_mut().filter(|decision| is_rollout(decision)) {
        if wave(decision) > *first {
            decision.action = Action::Blocked;
            decision.rolls = false;
            decision.course = Vec::new();
            decision.reasons = vec![format!("it comes after {address}, which is blocked (`rollout.waves`)")];
            decision.ways_out = vec![format!("unblock {address} first, or take it out of the waves")];
        }
    }
}

/// Whether a pool is about to lose its nodes for a change.
fn is_rollout(decision: &Decision) -> bool {
    decision.address.kind() == "pool"
        && match decision.action {
            Action::Update | Action::Adopt => !decision.course.is_empty(),
            Action::Replace => true,
            // A second pool beside the one that works.
            Action::Create => !decision.changes.is_empty(),
            _ => false,
        }
}

impl Maker<'_> {
    /// Orders the rollouts of pools among themselves.
    pub(super) fn in_waves(
        &mut self,
        decisions: &[Decision],
        retiring: Option<&BTreeMap<ResourceId, Retiring>>,
    ) {
        let order = &self.graph.rollout;
        if order.wave_of.is_empty() && order.at_once.is_none() {
            return;
        }
        // What happens to a twin happens for the entry that both stand for.
        let entry = |decision: &Decision| {
            let twin = retiring.and_then(|retiring| retiring.get(&decision.id));
            twin.map_or_else(|| decision.address.clone(), |twin| twin.address().clone())
        };
        let mut groups: BTreeMap<(usize, Address), BTreeSet<Address>> = BTreeMap::new();
        let mut rolling: BTreeSet<Address> = BTreeSet::new();
        for decision in decisions.iter().filter(|decision| decision.address.kind() == "pool") {
            let entry = entry(decision);
            if is_rollout(decision) {
                rolling.insert(entry.clone());
            }
            groups.entry((order.wave_of(&entry), entry)).or_default().insert(decision.address.clone());
        }
        let mut before: Vec<StepId> = Vec::new();
        let mut of_wave: Vec<StepId> = Vec::new();
        let mut wave = 0;
        let mut slots: Vec<Vec<StepId>> = Vec::new();
        for ((of, entry), addresses) in groups {
            if of != wave {
                wave = of;
                before.append(&mut of_wave);
            }
            let (first, last) = self.ends(&addresses);
            of_wave.extend(last.iter().cloned());
            if !rolling.contains(&entry) {
                continue;
            }
            let mut after = before.clone();
            let at_once =
                order.at_once.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
            if let Some(slot) = slots.len().checked_sub(at_once) {
                after.extend(slots[slot].iter().cloned());
            }
            for step in first {
                if let Some(step) = self.steps.get_mut(&step) {
                    step.after.extend(after.iter().cloned());
                }
            }
            slots.push(last);
        }
    }

    /// Of the steps of some resources, those that none of them stands before, and those that none of them comes after.
    /// What runs only where something has failed is neither.
    fn ends(&self, addresses: &BTreeSet<Address>) -> (Vec<StepId>, Vec<StepId>) {
        let own: BTreeMap<&StepId, &Step> =
            self.steps.iter().filter(|(_, step)| addresses.contains(&step.address)).collect();
        let mut remedies: BTreeSet<&StepId> =
            own.values().filter(|step| step.run != Run::Always).map(|step| &step.id).collect();
        loop {
            let more: Vec<&StepId> = own
                .values()
                .filter(|step| !remedies.contains(&step.id))
                .filter(|step| step.after.iter().any(|id| remedies.contains(id)))
                .map(|step| &step.id)
                .collect();
            if more.is_empty() {
                break;
            }
            remedies.extend(more);
        }
        let expected = || own.values().filter(|step| !remedies.contains(&step.id));
        let inner: BTreeSet<&StepId> = expected().flat_map(|step| &step.after).collect();
        let first = expected().filter(|step| !step.after.iter().any(|id| own.contains_key(id)));
        let last = expected().filter(|step| !inner.contains(&step.id));
        (first.map(|step| step.id.clone()).collect(), last.map(|step| step.id.clone()).collect())
    }
}
