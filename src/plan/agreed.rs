//! Whether a plan that is made again in the middle of a run does only what the user has agreed to when the run began.
//! It may do less of it, and nothing else: not another step, and no change from or to another value.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::plan::{Change, Plan, Planned};
use crate::model::request::Method;
use crate::model::step::{Step, StepId, Work};

/// What `again` does that `agreed` does not, in words; nothing where all of it was agreed to.
pub fn beyond(agreed: &Plan, again: &Plan) -> Vec<String> {
    let known: BTreeMap<&StepId, &Step> = agreed.steps.iter().map(|step| (&step.id, step)).collect();
    let planned: BTreeMap<&Address, &Planned> =
        agreed.resources.iter().map(|planned| (&planned.address, planned)).collect();
    let mut beyond = Vec::new();
    for now in &again.resources {
        let mut writes = again
            .steps
            .iter()
            .filter(|step| step.address == now.address)
            .filter(|step| is_write(step))
            .peekable();
        if writes.peek().is_none() {
            continue;
        }
        let before = planned.get(&now.address).filter(|before| before.id == now.id);
        let changes = before.map_or(&[][..], |before| &before.changes);
        let own: Vec<&Step> = agreed.steps.iter().filter(|step| step.address == now.address).collect();
        let others = now.changes.iter().filter(|change| {
            !changes.iter().any(|known| is_same(known, change)) && !is_on_the_way(&own, change)
        });
        let others: Vec<String> = others.map(|change| format!("`{}`", change.property)).collect();
        if !others.is_empty() {
            beyond.push(format!("{}: {} is not what it was", now.address, others.join(", ")));
            continue;
        }
        let step = writes.find(|step| !known.get(&step.id).is_some_and(|known| does_the_same(known, step)));
        beyond.extend(step.map(|step| format!("{}: {}", step.id, now.reasons.join("; "))));
    }
    beyond
}

/// What is only waited for needs no agreement.
fn is_write(step: &Step) -> bool {
    !matches!(step.work, Work::Wait(_))
}

fn is_same(known: &Change, change: &Change) -> bool {
    let what = |change: &Change| (change.property.clone(), change.before.clone(), change.after.clone());
    what(known) == what(change)
}

/// Whether both values are ones that the agreed steps give to the property: a pool that is drained has no size for a while.
fn is_on_the_way(own: &[&Step], change: &Change) -> bool {
    let pointer = format!("/properties/{}", change.property.replace('.', "/"));
    let is_written = |value: &Option<Value>| {
        own.iter().any(|step| match &step.work {
            Work::Send { request, .. } => {
                let body = request.body.as_ref();
                body.is_some_and(|body| body.pointer(&pointer) == value.as_ref())
            }
            _ => false,
        })
    };
    is_written(&change.before) && is_written(&change.after)
}

/// The bodies follow from the changes, and from what nobody's file says. A deletion has neither: what goes is what was seen.
fn does_the_same(known: &Step, step: &Step) -> bool {
    match (&known.work, &step.work) {
        (Work::Send { request: known, guard: before }, Work::Send { request, guard }) => {
            (known.method, &known.path) == (request.method, &request.path)
                && (request.method != Method::Delete || before.seen() == guard.seen())
        }
        (Work::MoveJobs(known), Work::MoveJobs(jobs)) => (&known.from, &known.to) == (&jobs.from, &jobs.to),
        _ => false,
    }
}
