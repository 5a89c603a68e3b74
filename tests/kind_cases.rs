//! The five cases of every kind, as data: `tests/kinds/<kind>/<case>/` holds `spec.yaml`, which is applied to a new
//! Azure, then `edit.yaml`, whose plan must be `plan.txt` and after whose apply nothing is left to do.
//!
//! A kind has `create`, `unchanged`, `update`, one of `replace` and `blocked`, and `delete`. `POOLWRIGHT_BLESS=1`
//! writes the plans anew.

use std::path::Path;

use poolwright::kinds::REGISTRY;
use poolwright::model::plan::{Action, Plan};
use poolwright::plan::Goal;

use crate::converge::settle;
use crate::plan_cases::{folders, hold, read};
use crate::rehearsal::{Rehearsal, ask_text, repository, shown};

/// A case's name, and what the plan of its edit does to a resource of the kind. `unchanged` does nothing at all.
const CASES: [(&str, Action); 6] = [
    ("blocked", Action::Blocked),
    ("create", Action::Create),
    ("delete", Action::Delete),
    ("replace", Action::Replace),
    ("unchanged", Action::Nothing),
    ("update", Action::Update),
];

#[test]
fn every_kind_has_its_five_cases() {
    let kinds = repository("tests/kinds");
    let named = |path: &Path| path.file_name().expect("a folder has a name").to_string_lossy().into_owned();
    let mut expected: Vec<&str> = REGISTRY.iter().map(|kind| kind.name()).collect();
    expected.sort_unstable();
    let found: Vec<String> = folders(&kinds).iter().map(|path| named(path)).collect();
    assert_eq!(found, expected);
    for kind in expected {
        let cases: Vec<String> = folders(&kinds.join(kind)).iter().map(|path| named(path)).collect();
        for wanted in ["create", "unchanged", "update", "delete"] {
            assert!(cases.iter().any(|case| case == wanted), "{kind} lacks {wanted}");
        }
        assert!(cases.iter().any(|case| case == "replace" || case == "blocked"), "{kind} replaces nothing");
        let known = |case: &String| CASES.iter().any(|(name, _)| name == case);
        assert!(cases.iter().all(known), "{kind}: {cases:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_kind_does_as_its_cases_say() {
    let mut wrong = Vec::new();
    for kind in REGISTRY {
        for (case, action) in CASES {
            let folder = repository("tests/kinds").join(kind.name()).join(case);
            if folder.is_dir() {
                wrong.extend(run(&folder, kind.name(), action).await);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn run(case: &Path, kind: &str, action: Action) -> Vec<String> {
    let rehearsal = Rehearsal::new(&[case.join("seed.json")]);
    settle(&rehearsal, &ask_text(&read(&case.join("spec.yaml")))).await;
    let edit = ask_text(&read(&case.join("edit.yaml")));
    let (plan, outcome) = rehearsal.apply(&edit, Goal::Apply).await;
    let text = shown(&plan, &edit.files);
    let mut wrong: Vec<String> = hold(&case.join("plan.txt"), &text).into_iter().collect();
    if !does(&plan, kind, action) {
        wrong.push(format!("{}: no {kind} to {}\n{text}", case.display(), action.name()));
    }
    if !outcome.is_complete() {
        wrong.push(format!("{}: {outcome:?}", case.display()));
    }
    let again = rehearsal.plan(&edit, Goal::Apply).await;
    let still = again.count(Action::Blocked) == plan.count(Action::Blocked);
    if !again.steps.is_empty() || !still {
        wrong.push(format!("{}: not settled\n{}", case.display(), shown(&again, &edit.files)));
    }
    wrong
}

fn does(plan: &Plan, kind: &str, action: Action) -> bool {
    let mut of_kind = plan.resources.iter().filter(|planned| planned.address.kind() == kind);
    match action {
        Action::Nothing => plan.is_empty() && of_kind.next().is_some(),
        action => of_kind.any(|planned| planned.action == action),
    }
}
