//! Somebody who holds the smallest role carries the quickstart out; with any one action less it is told which.

use poolwright::cli::preflight::preflight;
use poolwright::model::plan::Action;
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::{quickstart, settle};
use crate::rehearsal::{Rehearsal, ask, ask_text, read_json, repository, shown};
use crate::role_definition::printed;

/// The client that the seed declares.
const CLIENT: &str = "cccccccc-0000-4000-8000-000000000001";

/// Where the seed has the actions of the role.
const ACTIONS: &str = "/resources/0/properties/permissions/0/actions";

fn seed() -> Value {
    let text = std::fs::read_to_string(repository("tests/access/quickstart.seed.json"));
    serde_json::from_str(&text.expect("the seed is there")).expect("it is JSON")
}

fn somebody(seed: Value) -> Rehearsal {
    let mut rehearsal = Rehearsal::seeded(vec![seed]);
    rehearsal.signs_in_as = CLIENT;
    rehearsal
}

#[tokio::test(start_paused = true)]
async fn the_smallest_role_is_enough_for_the_quickstart() {
    settle(&somebody(seed()), &ask_text(&quickstart())).await;
}

/// What `access --role-definition` prints is enough to check every spec's resources, to apply it, and to destroy it again, in its groups alone.
#[tokio::test(start_paused = true)]
async fn the_printed_role_is_enough_for_its_stack() {
    let mut applied = 0;
    for name in [
        "quickstart",
        "windows-data-disks",
        "autoscale-spot",
        "production",
        "cross-subscription",
        "access",
        "from-nothing",
        "from-virtual-machine",
    ] {
        let path = format!("specs/{name}.yaml");
        let role: Value = serde_json::from_str(&printed(&path, &[])).expect("JSON");
        let mut seed = seed();
        let (who, what) = (seed["principals"][0]["objectId"].clone(), &role["Actions"]);
        let definition = &mut seed["resources"][0];
        definition["properties"]["permissions"] =
            json!([{"actions": what, "dataActions": role["DataActions"].clone()}]);
        let definition = definition.clone();
        let scopes = role["AssignableScopes"].as_array().cloned().expect("scopes");
        let assigned = scopes.iter().filter_map(Value::as_str).enumerate().map(|(number, scope)| {
            let name = format!("bbbbbbbb-0000-4000-8000-00000000001{number}");
            json!({
                "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
                "properties": {"roleDefinitionId": "bbbbbbbb-0000-4000-8000-000000000001", "principalId": who},
            })
        });
        seed["resources"] = [definition].into_iter().chain(assigned).collect();
        let own = repository(&path).with_extension("seed.json");
        let own = own.is_file().then(|| read_json(&own));
        let mut rehearsal = Rehearsal::seeded(own.into_iter().chain([seed]).collect());
        rehearsal.signs_in_as = CLIENT;
        let asked = ask(&[repository(&path)]);
        let (snapshot, read) = (rehearsal.observe(&asked.graph).await, rehearsal.read().await);
        let looked = preflight(&asked.stack, rehearsal.rules(), &snapshot, &read).await;
        // What a region offers is told in a subscription, of which the role holds groups.
        let mut resources = looked.not_checked.iter().filter(|gap| gap.what.starts_with("/subscriptions/"));
        assert_eq!(resources.next(), None, "{name}");
        settle(&rehearsal, &asked).await;
        let (plan, outcome) = rehearsal.apply(&asked, Goal::Destroy).await;
        assert!(outcome.is_complete(), "{name}: {}\n{outcome:#?}", shown(&plan, &asked.files));
        applied += plan.count(Action::Delete);
    }
    assert!(applied > 8, "{applied}");
}

/// Snapshots and role assignments are listed for what may be left over of them; who may not is told so once.
#[tokio::test(start_paused = true)]
async fn what_a_stack_has_none_of_is_missed_in_one_note() {
    let asked = ask_text(&quickstart());
    let said = shown(&somebody(seed()).plan(&asked, Goal::Apply).await, &asked.files);
    let note = "could not read what there is of disk-snapshot, role-assignment (the files hold none): GET";
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(note) && !said.contains("could not read the list"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn without_any_one_of_its_actions_it_is_said_which_is_missing() {
    let asked = ask_text(&quickstart());
    let actions = seed().pointer(ACTIONS).and_then(Value::as_array).cloned().expect("the role has actions");
    assert!(actions.len() > 5, "{actions:?}");
    for action in actions.iter().filter_map(Value::as_str) {
        let mut seed = seed();
        let kept = seed.pointer_mut(ACTIONS).and_then(Value::as_array_mut).expect("the role has actions");
        kept.retain(|kept| kept != action);
        let (plan, outcome) = somebody(seed).apply(&asked, Goal::Apply).await;
        let said = format!("{}\n{outcome:#?}", shown(&plan, &asked.files));
        let stopped = !outcome.is_complete() || plan.count(Action::Blocked) > 0;
        assert!(stopped && said.contains(action), "without {action}:\n{said}");
    }
}
