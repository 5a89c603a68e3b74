//! Whether a plan that is made again in the middle of a run does only what the user has agreed to when the run began.
//! It may do less of it, and nothing else: not another step, and no change from or to another value.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::address::Address;
use crate::model::plan::{Change, Plan, Planned};
use crate::model::request::Method;
use crate::model::step::{Step, Work};

/// What `again` does that `agreed` does not, in words; nothing where all of it was agreed to.
pub fn beyond(agreed: &Plan, again: &Plan) -> Vec<String> {
    let (known, wanted) = (writes(agreed), writes(again));
    let planned: BTreeMap<&Address, &Planned> =
        agreed.resources.iter().map(|planned| (&planned.address, planned)).collect();
    let mut beyond = Vec::new();
    for now in &again.resources {
        let Some(steps) = wanted.get(&now.address) else { continue };
        let own = known.get(&now.address).map_or(&[][..], Vec::as_slice);
        let before = planned.get(&now.address).filter(|before| before.id == now.id);
        let changes = before.map_or(&[][..], |before| &before.changes);
        let others = now.changes.iter().filter(|change| {
            !changes.iter().any(|known| is_same(known, change)) && !is_on_the_way(own, change)
        });
        let others: Vec<String> = others.map(|change| format!("`{}`", change.property)).collect();
        if !others.is_empty() {
            beyond.push(format!("{}: {} is not what it was", now.address, others.join(", ")));
            continue;
        }
        let is_known =
            |step: &Step| own.iter().any(|known| known.id == step.id && does_the_same(known, step));
        let other = steps.iter().find(|step| !is_known(step));
        beyond.extend(other.map(|step| format!("{}: {}", step.id, now.reasons.join("; "))));
    }
    beyond
}

/// The writes of each resource: what is only waited for needs no agreement.
fn writes(plan: &Plan) -> BTreeMap<&Address, Vec<&Step>> {
    let mut writes: BTreeMap<&Address, Vec<&Step>> = BTreeMap::new();
    for step in plan.steps.iter().filter(|step| !matches!(step.work, Work::Wait(_))) {
        writes.entry(&step.address).or_default().push(step);
    }
    writes
}

fn is_same(known: &Change, change: &Change) -> bool {
    (&known.property, &known.before, &known.after) == (&change.property, &change.before, &change.after)
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
/// An action may have no change, and does what is in its body.
fn does_the_same(known: &Step, step: &Step) -> bool {
    match (&known.work, &step.work) {
        (Work::Send { request: known, guard: before }, Work::Send { request, guard }) => {
            (known.method, &known.path) == (request.method, &request.path)
                && (request.method != Method::Delete || before.seen() == guard.seen())
                && (request.method != Method::Post || known.body == request.body)
        }
        (Work::MoveJobs(known), Work::MoveJobs(jobs)) => (&known.from, &known.to) == (&jobs.from, &jobs.to),
        (Work::Upload(known), Work::Upload(upload)) => known == upload,
        _ => false,
    }
}
