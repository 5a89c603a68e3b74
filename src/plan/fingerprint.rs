//! What a plan does to each resource, in a form that is the same exactly where it does the same: by it a saved plan is held
//! against one that is made again. Secrets are left out; so is what moves by itself, such as counts of nodes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::desired::Graph;
use crate::model::digest::digest;
use crate::model::field::Compare;
use crate::model::plan::{Action, Plan, Planned};
use crate::model::request::Request;
use crate::model::step::{Guard, Run, Step, StepId, Work};
use crate::model::wait::Condition;
use crate::plan::Trees;
use crate::plan::fields::Field;

/// What is done to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The action's name.
    pub action: String,
    /// Tells what exactly is done from anything else.
    pub digest: String,
}

/// What a plan does, by address. A resource of which nothing is written is in it, however far Azure is with it.
pub fn fingerprint(plan: &Plan, graph: &Graph) -> BTreeMap<String, Done> {
    let trees = Trees::of(graph);
    let mut steps: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        steps.entry(step.address.as_str()).or_default().push(step);
    }
    let none = Field::tree(&[]);
    let done = plan.resources.iter().map(|planned| {
        let tree = graph.kinds.iter().find(|kind| kind.name() == planned.address.kind());
        let tree = tree.map_or(&none, |kind| trees.get(kind.name()));
        let own = steps.get(planned.address.as_str()).map_or(&[][..], Vec::as_slice);
        (planned.address.to_string(), of(planned, own, tree))
    });
    done.collect()
}

/// What is not as it was, in words; nothing where both plans do the same.
pub fn moved(before: &BTreeMap<String, Done>, now: &BTreeMap<String, Done>) -> Vec<String> {
    let addresses = before.keys().chain(now.keys().filter(|address| !before.contains_key(*address)));
    let differs = addresses.filter_map(|address| match (before.get(address), now.get(address)) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) if one.action == other.action => {
            Some(format!("{address}: to {} it takes something else now", one.action))
        }
        (one, other) => {
            let word =
                |done: Option<&Done>| done.map_or("not in the plan".to_owned(), |done| done.action.clone());
            Some(format!("{address}: it was `{}`, and is `{}` now", word(one), word(other)))
        }
    });
    differs.collect()
}

fn of(planned: &Planned, steps: &[&Step], tree: &Field) -> Done {
    let Planned { address: _, id, place: _, action, reasons: _, changes, ways_out: _, course: _ } = planned;
    // What is waited for comes by itself, and nothing is written meanwhile.
    if matches!(action, Action::Nothing | Action::Await) {
        return Done { action: "nothing to write".to_owned(), digest: digest(id.key()) };
    }
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| {
            let shown = |value: &Option<Value>| value.clone().filter(|_| !change.secret);
            json!([change.property, shown(&change.before), shown(&change.after)])
        })
        .collect();
    // How far is waited for what was begun is not what is done.
    let writes = steps.iter().filter(|step| !matches!(step.work, Work::Wait(_)));
    let steps: Vec<Value> = writes.map(|step| step_of(step, tree)).collect();
    let text = json!([id.key(), action.name(), changes, steps]).to_string();
    Done { action: action.name().to_owned(), digest: digest(&text) }
}

fn step_of(step: &Step, tree: &Field) -> Value {
    let Step { id, address: _, milestone: _, work, after: _, run } = step;
    let run = match run {
        Run::Always => Vec::new(),
        Run::OnFailure(of) => of.iter().map(StepId::as_str).collect(),
    };
    json!([id.as_str(), run, work_of(work, tree)])
}

fn work_of(work: &Work, tree: &Field) -> Value {
    match work {
        Work::Send { request, guard } => {
            let Request { method, plane: _, path, api_version, query, body } = request;
            let body = body.as_ref().map(|body| without_secrets(body, tree));
            let guard = match guard {
                Guard::Absent { .. } => json!("absent"),
                Guard::Unchanged { seen, holds, unless, .. } => {
                    json!([seen, holds.as_ref().map(condition), unless.as_ref().map(condition)])
                }
            };
            json!([method.as_str(), path, api_version, query, body, guard])
        }
        Work::Wait(wait) => json!(wait.read.path),
        Work::MoveJobs(jobs) => json!([jobs.from, jobs.to, jobs.deadline.as_secs()]),
    }
}

/// What is waited for, without the moment at which the last resize began.
fn condition(condition: &Condition) -> Value {
    let condition = match condition {
        Condition::Allocated { goal, stale: _ } => Condition::Allocated { goal: *goal, stale: None },
        other => other.clone(),
    };
    json!(format!("{condition:?}"))
}

/// A body in which nothing is secret: the properties whose values Azure never answers are left out.
fn without_secrets(value: &Value, field: &Field) -> Value {
    if field.compare == Compare::Secret {
        return Value::Null;
    }
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| {
                let value = match field.children.get(name.as_str()) {
                    Some(child) => without_secrets(value, child),
                    None => value.clone(),
                };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(list) => match field.element.as_deref() {
            Some(element) => list.iter().map(|value| without_secrets(value, element)).collect(),
            None => value.clone(),
        },
        _ => value.clone(),
    }
}
