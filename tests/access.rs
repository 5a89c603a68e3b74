//! Somebody who holds the smallest role carries the quickstart out; with any one action less it is told which.

use poolwright::model::plan::Action;
use poolwright::plan::Goal;
use serde_json::Value;

use crate::converge::{quickstart, settle};
use crate::rehearsal::{Rehearsal, ask_text, repository, shown};

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
