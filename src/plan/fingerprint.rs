//! What a plan does to each resource, in a form that is the same exactly where it does the same: by it a saved plan is held
//! against one that is made again. Secrets are left out; so is what moves by itself, such as counts of nodes and the day.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::desired::Graph;
use crate::model::digest::digest;
use crate::model::field::Compare;
use crate::model::field_tree::Field;
use crate::model::plan::{Action, Plan, Planned};
use crate::model::request::Request;
use crate::model::retention::RETIRED;
use crate::model::step::{Guard, Run, Step, StepId, Work};
use crate::model::wait::Condition;
use crate::plan::Trees;

/// What is done to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The action's name.
    pub action: String,
    /// The digest of each part of it, by the property or the step that it is about.
    pub parts: BTreeMap<String, String>,
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
    let differs = either(before, now).filter_map(|address| match (before.get(address), now.get(address)) {
        (Some(one), Some(other)) if one == other => None,
        (Some(one), Some(other)) if one.action == other.action => {
            let parts = either(&one.parts, &other.parts);
            let parts = parts.filter(|name| one.parts.get(*name) != other.parts.get(*name));
            let parts: Vec<String> = parts.map(|name| format!("`{name}`")).collect();
            Some(format!("{address}: `{}` is not what it was: {}", one.action, parts.join(", ")))
        }
        (one, other) => {
            let word =
                |done: Option<&Done>| done.map_or("not in the plan".to_owned(), |done| done.action.clone());
            Some(format!("{address}: it was `{}`, and is `{}` now", word(one), word(other)))
        }
    });
    differs.collect()
}

/// The names that are in one of two maps, in order.
fn either<'a, T>(
    one: &'a BTreeMap<String, T>,
    other: &'a BTreeMap<String, T>,
) -> impl Iterator<Item = &'a String> {
    one.keys().chain(other.keys()).collect::<BTreeSet<_>>().into_iter()
}

fn of(planned: &Planned, steps: &[&Step], tree: &Field) -> Done {
    let Planned { address: _, id, place: _, action, reasons: _, changes, ways_out: _, course: _, until: _ } =
        planned;
    let mut parts = Parts::default();
    parts.add("id", json!(id.key()));
    // What is waited for comes by itself, and nothing is written meanwhile.
    let quiet = matches!(action, Action::Nothing | Action::Await);
    if !quiet {
        // A version is retired on the day on which that is carried out.
        let day = format!("tags[{RETIRED}]");
        for change in changes {
            let shown = |value: &Option<Value>| value.clone().filter(|_| !change.secret);
            let after = shown(&change.after).filter(|_| change.property != day);
            parts.add(&change.property, json!([shown(&change.before), after]));
        }
        // How far is waited for what was begun is not what is done.
        for step in steps.iter().filter(|step| !matches!(step.work, Work::Wait(_))) {
            parts.step(step, tree);
        }
    }
    let action = if quiet { "nothing to write" } else { action.name() };
    Done { action: action.to_owned(), parts: parts.digests() }
}

/// What makes up what is done to a resource, by the names under which users know it.
#[derive(Default)]
struct Parts(BTreeMap<String, Vec<Value>>);

impl Parts {
    fn add(&mut self, name: &str, value: Value) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    fn step(&mut self, step: &Step, tree: &Field) {
        let Step { id, address, milestone: _, work, after: _, run } = step;
        let run = match run {
            Run::Always => Vec::new(),
            Run::OnFailure(of) => of.iter().map(StepId::as_str).collect(),
        };
        let work = match work {
            Work::Send { request, guard } => self.send(id, request, guard, tree),
            Work::MoveJobs(jobs) => json!([jobs.from, jobs.to, jobs.deadline.as_secs()]),
            Work::Upload(upload) => {
                json!([upload.content.id, upload.endpoint, upload.blob.container, upload.blob.name])
            }
            Work::Wait(_) => return,
        };
        let what = id.as_str().strip_prefix(address.as_str()).unwrap_or_default();
        self.add(&format!("step{what}"), json!([run, work]));
    }

    /// Takes out of a write what is about single properties; the rest is the answer.
    fn send(&mut self, id: &StepId, request: &Request, guard: &Guard, tree: &Field) -> Value {
        let Request { method, plane: _, path, api_version, query, body } = request;
        let mut body = body.as_ref().map(|body| without_secrets(body, tree));
        if let Some(day) = body.as_mut().and_then(|body| body.pointer_mut(&format!("/tags/{RETIRED}"))) {
            *day = Value::Null;
        }
        for (name, value) in body.iter().filter_map(Value::as_object).flatten() {
            match value.as_object().filter(|_| name == "properties") {
                Some(units) => {
                    units.iter().for_each(|(unit, value)| self.add(unit, json!([id.as_str(), value])));
                }
                None => self.add(name, json!([id.as_str(), value])),
            }
        }
        let guard = match guard {
            Guard::Absent { .. } => json!("absent"),
            Guard::Unchanged { seen, holds, unless, .. } => {
                for (pointer, value) in seen {
                    let within = pointer.strip_prefix("/properties/").unwrap_or(&pointer[1..]);
                    self.add(&within.replace('/', "."), json!([id.as_str(), value]));
                }
                json!([holds.as_ref().map(condition), unless.as_ref().map(condition)])
            }
        };
        json!([method.as_str(), path, api_version, query, guard])
    }

    fn digests(self) -> BTreeMap<String, String> {
        self.0.into_iter().map(|(name, values)| (name, digest(&json!(values).to_string()))).collect()
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Done, moved};

    fn done(action: &str, parts: &[(&str, &str)]) -> BTreeMap<String, Done> {
        let parts = parts.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect();
        [("pool/main/render".to_owned(), Done { action: action.to_owned(), parts })].into()
    }

    #[test]
    fn what_has_moved_is_named() {
        let before = done("update", &[("id", "1"), ("metadata", "2"), ("vmSize", "3")]);
        let words = |now: &BTreeMap<String, Done>| moved(&before, now).join("\n");
        assert_eq!(words(&before), "");
        assert_eq!(
            words(&done("update", &[("id", "1"), ("tags", "2"), ("vmSize", "4")])),
            "pool/main/render: `update` is not what it was: `metadata`, `tags`, `vmSize`"
        );
        assert_eq!(words(&done("create", &[])), "pool/main/render: it was `update`, and is `create` now");
        assert_eq!(
            words(&BTreeMap::new()),
            "pool/main/render: it was `update`, and is `not in the plan` now"
        );
        assert_eq!(
            moved(&BTreeMap::new(), &before),
            ["pool/main/render: it was `not in the plan`, and is `update` now"]
        );
    }
}
