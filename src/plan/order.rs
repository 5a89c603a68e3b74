//! Puts steps and resources in an order that is the same for the same input.
//! Adds and drops nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::plan::{Action, Planned};
use crate::model::step::{Run, Step, StepId};

/// What a step comes after stands before it; among those that are free, the name decides.
///
/// Steps of a cycle, which references cannot make, come last, so that the check of the plan names them.
pub(crate) fn order(steps: Vec<Step>) -> Vec<Step> {
    let mut waiting: BTreeMap<StepId, Step> = steps.into_iter().map(|step| (step.id.clone(), step)).collect();
    for step in waiting.values_mut() {
        step.after.sort();
        step.after.dedup();
    }
    let mut open: BTreeMap<StepId, usize> =
        waiting.values().map(|step| (step.id.clone(), before(step).count())).collect();
    let mut followers: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    for step in waiting.values() {
        for before in before(step) {
            followers.entry(before.clone()).or_default().push(step.id.clone());
        }
    }
    let mut free: BTreeSet<StepId> =
        open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| id.clone()).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(id) = free.pop_first() {
        for follower in followers.remove(&id).unwrap_or_default() {
            if let Some(count) = open.get_mut(&follower) {
                *count -= 1;
                if *count == 0 {
                    free.insert(follower);
                }
            }
        }
        ordered.extend(waiting.remove(&id));
    }
    ordered.extend(waiting.into_values());
    ordered
}

/// The steps that stand before a step: those that it comes after, and the one whose failure it waits for.
fn before(step: &Step) -> impl Iterator<Item = &StepId> {
    let triggers = match &step.run {
        Run::OnFailure(triggers) => triggers.as_slice(),
        Run::Always => &[],
    };
    step.after.iter().chain(triggers.iter().filter(|trigger| !step.after.contains(trigger)))
}

/// Removals first, then in the order of their first steps, then by address.
pub(crate) fn resources(resources: &mut [Planned], steps: &[Step]) {
    let mut first: BTreeMap<&Address, usize> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        first.entry(&step.address).or_insert(at);
    }
    resources.sort_by_key(|planned| {
        let removal = !matches!(planned.action, Action::Delete | Action::Replace);
        let at = first.get(&planned.address).copied().unwrap_or(usize::MAX);
        (removal, at, planned.address.clone())
    });
}
