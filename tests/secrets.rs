//! A canary in every secret field of a pool: Azure gets it, and nobody sees it.

use std::collections::{BTreeMap, BTreeSet};

use poolwright::kinds::schema::schema;
use poolwright::plan::Goal;
use poolwright::render::style::Paint;
use poolwright::render::{outcome_human, plan_json};
use serde_json::Value;

use crate::rehearsal::{Asked, Rehearsal, declare_text, graph_of, shown};

const CANARY: &str = "canary-5f1e";

/// A pool with every secret there is, each from its own variable.
const SPEC: &str = include_str!("secrets/spec.yaml");

fn environment(name: &str) -> Option<String> {
    name.strip_prefix("SECRET_").map(|number| format!("{CANARY}-{number}"))
}

/// The paths of the schema's properties that are secret, below a pool.
fn secret_paths() -> BTreeSet<String> {
    let schema = schema();
    let pool = &schema["$defs"]["StackDocument"]["properties"]["pools"]["items"];
    let mut found = BTreeSet::new();
    walk_schema(&schema, pool, "", &mut found);
    found
}

fn walk_schema(root: &Value, at: &Value, path: &str, found: &mut BTreeSet<String>) {
    if at["x-secret"] == true {
        found.insert(path.to_owned());
    }
    if let Some(pointer) = at["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
        walk_schema(root, root.pointer(pointer).expect("the schema refers to what it has"), path, found);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for one in at[key].as_array().into_iter().flatten() {
            walk_schema(root, one, path, found);
        }
    }
    for (name, property) in at["properties"].as_object().into_iter().flatten() {
        let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        walk_schema(root, property, &below, found);
    }
    if at["items"].is_object() {
        walk_schema(root, &at["items"], &format!("{path}[]"), found);
    }
    if at["additionalProperties"].is_object() {
        walk_schema(root, &at["additionalProperties"], &format!("{path}.*"), found);
    }
}

/// The paths of a value at which a canary stands; the names in a free map are `*`.
fn canaries(value: &Value, path: &str, found: &mut BTreeMap<String, String>) {
    match value {
        Value::String(text) if text.contains(CANARY) => {
            found.insert(path.to_owned(), text.clone());
        }
        Value::Array(list) => list.iter().for_each(|one| canaries(one, &format!("{path}[]"), found)),
        Value::Object(map) => {
            for (name, one) in map {
                let name = if path.ends_with("protectedSettings") { "*" } else { name };
                let below = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
                canaries(one, &below, found);
            }
        }
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_seen_and_azure_gets_each() {
    let (stack, files) = declare_text(SPEC, &environment);
    let mut given = BTreeMap::new();
    for entry in &stack.declared {
        canaries(&entry.value, "", &mut given);
    }
    assert_eq!(
        given.keys().cloned().collect::<BTreeSet<_>>(),
        secret_paths(),
        "the spec lacks a secret field"
    );

    let asked = Asked { graph: graph_of(&stack, &files), stack: stack.clone(), files };
    let rehearsal = Rehearsal::new(&[]);
    let (plan, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
    let mut seen =
        vec![("what was declared", format!("{stack:?}")), ("the graph", format!("{:?}", asked.graph))];
    let mut tell = |plan: &poolwright::model::plan::Plan| {
        seen.extend([
            ("the plan", format!("{plan:?}")),
            ("the plan for people", shown(plan, &asked.files)),
            ("the plan for programs", plan_json::plan(plan, &asked.files).expect("a plan is JSON")),
        ]);
    };
    tell(&plan);
    // A change beside the secrets sends their units again.
    let (changed, _) =
        declare_text(&SPEC.replace("maxTaskRetryCount: 0", "maxTaskRetryCount: 1"), &environment);
    let changed =
        Asked { graph: graph_of(&changed, &asked.files), stack: changed, files: asked.files.clone() };
    let (update, updated) = rehearsal.apply(&changed, Goal::Apply).await;
    assert!(!update.is_empty());
    tell(&update);
    for (words, plan, outcome) in
        [("the outcome", &plan, &outcome), ("the update's outcome", &update, &updated)]
    {
        assert!(outcome.is_complete(), "{outcome:#?}");
        seen.push((words, format!("{outcome:?}")));
        seen.push((words, outcome_human::outcome(plan, outcome, Paint::plain(), 100)));
    }
    seen.push(("the events", format!("{:?}", rehearsal.heard.events.lock().expect("nobody holds it"))));
    for (what, text) in seen {
        assert!(!text.contains(CANARY), "{what} shows a secret: {}", excerpt(&text));
    }

    let sent = rehearsal.heard.sent.lock().expect("nobody holds it").join("\n");
    for (path, secret) in given {
        assert!(sent.contains(&secret), "Azure did not get {path}");
    }
}

fn excerpt(text: &str) -> &str {
    let at = text.find(CANARY).unwrap_or(0);
    let start = text[..at].char_indices().rev().nth(300).map_or(0, |(at, _)| at);
    &text[start..(at + CANARY.len()).min(text.len())]
}
