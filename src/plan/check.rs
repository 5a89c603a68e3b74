//! The invariants that every plan keeps, whatever made it. Run on each plan before it is shown or carried out.
//! A violation is a fault of poolwright, never of the user.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::address::Address;
use crate::model::plan::{Action, Plan};
use crate::model::request::Method;
use crate::model::step::{Guard, Milestone, Run, StepId, Work};

/// Every way in which the plan is not sound; empty for a sound one.
pub fn violations(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let actions: BTreeMap<&Address, Action> =
        plan.resources.iter().map(|planned| (&planned.address, planned.action)).collect();
    if actions.len() != plan.resources.len() {
        found.push("a resource is planned twice".to_owned());
    }
    let passing: BTreeMap<&Address, &Address> = plan
        .resources
        .iter()
        .filter_map(|planned| Some((&planned.address, planned.until.as_ref()?)))
        .collect();
    let names: BTreeSet<&StepId> = plan.steps.iter().map(|step| &step.id).collect();
    let mut before: BTreeSet<&StepId> = BTreeSet::new();
    let mut written: BTreeMap<(Method, &str), &Address> = BTreeMap::new();
    for step in &plan.steps {
        for needed in &step.after {
            if !before.contains(needed) {
                found.push(format!("`{}` comes after `{needed}`, which does not stand before it", step.id));
            }
        }
        let triggers = match &step.run {
            Run::OnFailure(triggers) => triggers.as_slice(),
            Run::Always => &[],
        };
        for of in triggers.iter().filter(|of| !before.contains(of)) {
            found
                .push(format!("`{}` follows the failure of `{of}`, which does not stand before it", step.id));
        }
        if !before.insert(&step.id) {
            found.push(format!("two steps are called `{}`", step.id));
        }
        let action = actions.get(&step.address).copied();
        match &step.work {
            Work::Send { request, guard } => {
                // One resource may be written several times, one after another.
                let writer = written.entry((request.method, &request.path)).or_insert(&step.address);
                if **writer != step.address {
                    found.push(format!("`{}` writes what another step writes", step.id));
                }
                let until = passing.get(&step.address).filter(|_| request.method == Method::Delete);
                let until = until.map(|until| StepId::new(until, &Milestone::Settled.to_string()));
                let too_early =
                    until.as_ref().filter(|until| names.contains(until) && !step.after.contains(until));
                found.extend(too_early.map(|until| format!("`{}` does not wait for `{until}`", step.id)));
                // What was made on the way to something else may go in the same run.
                let action = if until.is_some() { Some(Action::Delete) } else { action };
                found.extend(unsound_write(&step.id, request.method, guard, action));
            }
            // It changes what uses the pool, and not the pool; what it does is in the plan as a whole.
            Work::MoveJobs(_) if action == Some(Action::Delete) => {}
            Work::MoveJobs(_) => found.push(format!("`{}` moves jobs from what stays", step.id)),
            Work::Upload(_) if matches!(action, Some(Action::Create | Action::Replace)) => {}
            Work::Upload(_) => found.push(format!("`{}` uploads for what is not made", step.id)),
            Work::Wait(wait) => {
                if wait.read.method != Method::Get {
                    found.push(format!("`{}` waits with a request that is no read", step.id));
                }
                if let Some(of) = wait.operation_of.as_ref().filter(|of| !before.contains(of)) {
                    found.push(format!(
                        "`{}` follows the operation of `{of}`, which does not stand before it",
                        step.id
                    ));
                }
            }
        }
    }
    found
}

fn unsound_write(step: &StepId, method: Method, guard: &Guard, action: Option<Action>) -> Option<String> {
    use Action::{Adopt, Create, Delete, Replace, Retry, Update};
    let fits = match (method, action) {
        (Method::Get, _) | (_, None) => false,
        (Method::Put, Some(action)) => matches!(action, Create | Replace | Retry | Adopt | Update),
        (Method::Patch, Some(action)) => matches!(action, Update | Adopt | Retry),
        (Method::Post, Some(action)) => matches!(action, Create | Replace | Update | Adopt | Retry | Delete),
        (Method::Delete, Some(action)) => matches!(action, Delete | Replace),
    };
    if !fits {
        return Some(format!("`{step}` sends {} where the plan says {action:?}", method.as_str()));
    }
    let creates = method == Method::Put && matches!(action, Some(Create | Replace));
    let guarded = match guard {
        Guard::Absent { .. } => creates,
        Guard::Unchanged { seen, .. } => !creates && (method != Method::Delete || !seen.is_empty()),
    };
    (!guarded).then(|| format!("`{step}` is not guarded as its write must be"))
}
