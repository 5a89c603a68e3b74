//! Batch is registered where an image of another subscription needs it: where the stack may do that, when it is missing, and
//! before the pool.

use poolwright::emulator::fault::read_script;
use poolwright::model::outcome::Ended;
use poolwright::model::plan::{Action, NoteKind};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::rehearsal::{Asked, Rehearsal, ask_text, read_json, repository, shown};

const TWO: &str = "00000000-0000-0000-0000-000000000002";
const PROVIDER: &str = "provider-registration/00000000-0000-0000-0000-000000000002/Microsoft.Batch";
const POOL: &str = "pool/main/render";

/// A pool that boots an image of another subscription, in which the stack writes a gallery of its own.
fn text() -> String {
    let text =
        std::fs::read_to_string(repository("tests/preflight/subscriptions.yaml")).expect("it is there");
    text.replacen(
        "galleries:\n",
        &format!("galleries:\n  - {{ name: own, subscription: {TWO}, resourceGroup: rg3 }}\n"),
        1,
    )
}

/// The same without a gallery of its own there.
fn only_referred() -> String {
    text().lines().filter(|line| !line.contains("name: own")).collect::<Vec<_>>().join("\n")
}

fn azure(registered: bool, faults: &Value) -> Rehearsal {
    let case = read_json(&repository("tests/preflight/subscriptions.json"));
    let registrations = if registered { case["otherwise"].clone() } else { json!({}) };
    let it = Rehearsal::seeded(vec![case["always"].clone(), registrations]);
    let script = serde_json::to_vec(&json!({ "faults": faults })).expect("it was read from JSON");
    for fault in read_script(&script).expect("the faults are right") {
        it.emulator.add_fault(fault);
    }
    it
}

/// A fault that answers reads of the provider so.
fn says(times: &Value, answer: &Value) -> Value {
    json!([{
        "on": {"path": "*/providers/Microsoft.Batch", "method": "GET"}, "times": times, "do": {"answer": answer},
    }])
}

fn state(state: &str) -> Value {
    json!({"status": 200, "body": {"namespace": "Microsoft.Batch", "registrationState": state}})
}

async fn action(it: &Rehearsal, asked: &Asked) -> Option<Action> {
    let plan = it.plan(asked, Goal::Apply).await;
    plan.resources.iter().find(|planned| planned.address.as_str() == PROVIDER).map(|planned| planned.action)
}

/// The paths that were written, each with its method.
fn written(it: &Rehearsal) -> Vec<String> {
    let path = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
    it.writes().iter().map(|request| format!("{} {}", request.method, path(&request.url))).collect()
}

#[tokio::test(start_paused = true)]
async fn it_is_registered_before_the_pool_and_never_unregistered() {
    let (it, asked) = (azure(false, &json!([])), ask_text(&text()));
    let (plan, outcome) = it.apply(&asked, Goal::Apply).await;
    let shown = shown(&plan, &asked.files);
    assert!(outcome.is_complete(), "{shown}\n{outcome:#?}");
    assert_eq!(plan.errors(), 0, "{shown}");
    assert!(shown.contains(&format!("~ {PROVIDER}")), "{shown}");
    let writes = written(&it);
    let at = |what: &str| writes.iter().position(|write| write.contains(what)).expect(what);
    let register = format!("POST /subscriptions/{TWO}/providers/Microsoft.Batch/register");
    assert!(at(&register) < at("/pools/render"), "{writes:?}");
    // Azure takes its time for it, and the pool came after that.
    let settled = plan.steps.iter().find(|step| step.id.as_str() == format!("{PROVIDER} settled"));
    let create = plan.steps.iter().find(|step| step.id.as_str() == format!("{POOL} create"));
    let (settled, create) = (settled.expect("it is waited for"), create.expect("a pool is made"));
    assert!(create.after.contains(&settled.id), "{create:?}");
    settle(&it, &asked).await;

    let (_, outcome) = it.apply(&asked, Goal::Destroy).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let writes = written(&it);
    assert!(!writes.is_empty() && writes.iter().all(|write| !write.contains("register")), "{writes:?}");
    let left = it.state();
    let registration = &left[format!("/subscriptions/{TWO}/providers/microsoft.batch")];
    assert_eq!(registration["state"], "Registered", "{registration}");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_written_only_the_user_can_say_so() {
    let it = azure(false, &json!([]));
    let plan = it.plan(&ask_text(&only_referred()), Goal::Apply).await;
    let codes: Vec<_> = plan.findings.iter().map(|found| found.code.as_str()).collect();
    assert!(codes.contains(&"pool/batch-not-registered"), "{codes:?}");
    assert!(plan.resources.iter().all(|planned| planned.address.as_str() != PROVIDER));

    let told = only_referred().replacen("accounts:", "registerProviders: true\naccounts:", 1);
    settle(&it, &ask_text(&told)).await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_where_it_is_registered_and_nothing_is_read_where_no_pool_needs_it() {
    let (it, asked) = (azure(true, &json!([])), ask_text(&text()));
    assert_eq!(action(&it, &asked).await, Some(Action::Nothing));
    let own = ask_text(&std::fs::read_to_string(repository("specs/quickstart.yaml")).expect("it is there"));
    it.emulator.take_requests();
    let _ = it.plan(&own, Goal::Apply).await;
    let requests = it.emulator.take_requests();
    assert!(
        requests.iter().all(|request| !request.url.contains("/providers/Microsoft.Batch?")),
        "{requests:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_registers_is_waited_for_and_not_sent_again() {
    let asked = ask_text(&text());
    let registering = azure(true, &says(&json!(3), &state("Registering")));
    assert_eq!(action(&registering, &asked).await, Some(Action::Await));
    let (_, outcome) = registering.apply(&asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    // Registered between plan and step.
    let between = azure(true, &says(&json!(1), &state("NotRegistered")));
    let (plan, outcome) = between.apply(&asked, Goal::Apply).await;
    assert!(outcome.is_complete() && plan.count(Action::Update) == 1, "{outcome:#?}");
    for it in [registering, between] {
        let writes = written(&it);
        assert!(writes.iter().all(|write| !write.contains("/register")), "{writes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_told_and_keeps_nothing_back() {
    let refused = json!({"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}});
    let (it, asked) = (azure(true, &says(&json!("always"), &refused)), ask_text(&text()));
    let (plan, outcome) = it.apply(&asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let told =
        plan.notes.iter().filter(|note| note.address.as_ref().is_some_and(|it| it.as_str() == PROVIDER));
    let told: Vec<_> = told.map(|note| (note.kind, note.text.contains("AuthorizationFailed"))).collect();
    assert_eq!(told, [(NoteKind::CouldNotCheck, true)], "{:#?}", plan.notes);
    let (gone, outcome) = it.apply(&asked, Goal::Destroy).await;
    assert!(outcome.is_complete(), "{}", shown(&gone, &asked.files));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_to_register_is_the_reason_why_there_is_no_pool() {
    let message =
        "The client does not have authorization to perform action 'Microsoft.Batch/register/action'.";
    let faults = json!([{
        "on": {"path": "*/register", "method": "POST"}, "times": "always",
        "do": {"answer": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": message}}}},
    }]);
    let (it, asked) = (azure(false, &faults), ask_text(&text()));
    let (_, outcome) = it.apply(&asked, Goal::Apply).await;
    let ending = |step: String| {
        let found = outcome.steps.iter().find(|(id, _)| id.as_str() == step);
        found.unwrap_or_else(|| panic!("no {step}: {outcome:#?}")).1.clone()
    };
    let refused = ending(format!("{PROVIDER} register"));
    assert!(
        matches!(&refused, Ended::Failed { error, .. } if error.contains("Microsoft.Batch/register/action")),
        "{refused:?}"
    );
    assert!(matches!(ending(format!("{POOL} create")), Ended::Skipped { .. }));
}

/// Nobody knows whether a POST whose answer is lost was carried out, so it is not sent again blindly: the next run looks.
#[tokio::test(start_paused = true)]
async fn a_registration_whose_answer_is_lost_is_gone_on_from_by_the_next_run() {
    for (when, again) in [("afterCommit", 0), ("beforeCommit", 1)] {
        let faults = json!([{"on": {"path": "*/register", "method": "POST"}, "do": {"reset": when}}]);
        let (it, asked) = (azure(false, &faults), ask_text(&text()));
        let (_, outcome) = it.apply(&asked, Goal::Apply).await;
        let register = outcome.steps.iter().find(|(id, _)| id.as_str() == format!("{PROVIDER} register"));
        let ended = register.expect("it is a step").1;
        assert!(matches!(ended, Ended::Failed { .. }), "{when}: {ended:?}");
        let posts = || written(&it).iter().filter(|write| write.ends_with("/register")).count();
        assert_eq!(posts(), 1, "{when}");
        let (_, outcome) = it.apply(&asked, Goal::Apply).await;
        assert!(outcome.is_complete(), "{when}: {outcome:#?}");
        assert_eq!(posts(), again, "{when}");
        settle(&it, &asked).await;
    }
}

/// A stack that only plans for a role that lacks the action is told before anything is written.
#[tokio::test(start_paused = true)]
async fn who_may_not_register_is_told_before_anything_is_written() {
    let case = read_json(&repository("tests/preflight/subscriptions.json"));
    let mut roles = read_json(&repository("tests/access/quickstart.seed.json"));
    roles["resources"][0]["properties"]["permissions"] =
        json!([{"actions": ["*"], "notActions": ["Microsoft.Batch/register/action"], "dataActions": ["*"]}]);
    let who = roles["principals"][0]["objectId"].clone();
    let definition =
        roles["resources"][0]["id"].as_str().expect("an id").rsplit('/').next().expect("a name").to_owned();
    let assigned = ["00000000-0000-0000-0000-000000000001", TWO].iter().enumerate().map(|(number, subscription)| {
        let name = format!("bbbbbbbb-0000-4000-8000-00000000002{number}");
        json!({
            "id": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments/{name}"),
            "properties": {"roleDefinitionId": definition, "principalId": who},
        })
    });
    let role = roles["resources"][0].clone();
    roles["resources"] = [role].into_iter().chain(assigned).collect();
    let mut it = Rehearsal::seeded(vec![case["always"].clone(), roles]);
    it.signs_in_as = "cccccccc-0000-4000-8000-000000000001";
    let plan = it.plan(&ask_text(&text()), Goal::Apply).await;
    let found = plan.findings.iter().find(|found| found.code.as_str() == "pool/batch-not-registered");
    let found = found.unwrap_or_else(|| panic!("{:#?}", plan.findings));
    assert!(found.message.contains("Microsoft.Batch/register/action"), "{found:#?}");
}
