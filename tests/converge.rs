//! After a successful apply the next plan is empty, for every spec; a change of the file changes exactly that; and
//! destroy leaves nothing of the stack.

use std::path::PathBuf;

use poolwright::model::plan::Action;
use poolwright::plan::Goal;
use serde_json::Value;

use crate::rehearsal::{Asked, Rehearsal, ask, ask_text, repository, shown};

/// The quickstart, as a text to edit.
pub(crate) fn quickstart() -> String {
    std::fs::read_to_string(repository("specs/quickstart.yaml")).expect("the quickstart is there")
}

pub(crate) fn specs() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository("specs")).expect("specs are there");
    let mut specs: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    specs.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    specs.sort();
    assert!(specs.len() >= 5, "{specs:?}");
    specs
}

/// Applies, and demands that it was complete and that nothing is left to do, without a further write.
pub(crate) async fn settle(rehearsal: &Rehearsal, asked: &Asked) {
    let (plan, outcome) = rehearsal.apply(asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    rehearsal.writes();
    let (again, outcome) = rehearsal.apply(asked, Goal::Apply).await;
    assert!(again.is_empty(), "not empty after an apply:\n{}", shown(&again, &asked.files));
    assert!(outcome.is_complete());
    assert_eq!(rehearsal.writes(), [], "a plan without steps writes nothing");
}

#[tokio::test(start_paused = true)]
async fn every_spec_converges_and_is_destroyed_again() {
    for path in specs() {
        let rehearsal = Rehearsal::new(&[path.with_extension("seed.json")]);
        let before = rehearsal.state();
        let asked = ask(std::slice::from_ref(&path));
        settle(&rehearsal, &asked).await;

        let (plan, outcome) = rehearsal.apply(&asked, Goal::Destroy).await;
        assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
        let mut left = differing(&before, &rehearsal.state());
        // That a provider is registered is nobody's to take back.
        left.retain(|id| !id.ends_with("/providers/microsoft.batch"));
        assert_eq!(left, Vec::<String>::new(), "{}: destroy leaves something", path.display());
        let nothing = rehearsal.plan(&asked, Goal::Destroy).await;
        assert!(nothing.is_empty(), "{}", shown(&nothing, &asked.files));
    }
}

/// The ids that are not the same in two states.
fn differing(before: &Value, after: &Value) -> Vec<String> {
    let (before, after) = (before.as_object().expect("a map"), after.as_object().expect("a map"));
    let ids = before.keys().chain(after.keys()).filter(|id| before.get(*id) != after.get(*id));
    ids.cloned().collect()
}

/// One edit of the quickstart: what it replaces, by what, and the properties that the plan must then show.
async fn edit(from: &str, to: &str, wanted: &[(&str, &str)]) {
    let text = quickstart();
    assert!(text.contains(from), "the quickstart has no {from:?}");
    let rehearsal = Rehearsal::new(&[]);
    settle(&rehearsal, &ask_text(&text)).await;
    let edited = ask_text(&text.replacen(from, to, 1));
    let plan = rehearsal.plan(&edited, Goal::Apply).await;
    let changes: Vec<(String, String)> = plan
        .resources
        .iter()
        .flat_map(|planned| {
            planned.changes.iter().map(|change| (planned.address.to_string(), change.property.clone()))
        })
        .collect();
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|(address, property)| ((*address).to_owned(), (*property).to_owned())).collect();
    assert_eq!(changes, wanted, "{}", shown(&plan, &edited.files));
    assert_eq!(plan.count(Action::Blocked), 0, "{}", shown(&plan, &edited.files));
    settle(&rehearsal, &edited).await;
}

#[tokio::test(start_paused = true)]
async fn more_nodes_are_one_change() {
    edit(
        "targetDedicatedNodes: 2",
        "targetDedicatedNodes: 4",
        &[("pool/main/quickstart", "scaleSettings.fixedScale.targetDedicatedNodes")],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_nodes_are_one_change() {
    edit(
        "targetDedicatedNodes: 2",
        "targetDedicatedNodes: 0",
        &[("pool/main/quickstart", "scaleSettings.fixedScale.targetDedicatedNodes")],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_region_and_replicas_are_a_change_each() {
    let version = "image-version/quickstartGallery/ubuntu/1.0.0";
    edit(
        "- { name: eastus, regionalReplicaCount: 1 }",
        "- { name: eastus, regionalReplicaCount: 3 }\n      - { name: westus2 }",
        &[(version, "targetRegions[eastus].regionalReplicaCount"), (version, "targetRegions[westus2]")],
    )
    .await;
}
