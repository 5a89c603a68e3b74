//! Whom a gallery is shared with: nobody is taken out whom the plan does not name.

use poolwright::emulator::fault::{Effect, Fault, Trouble};
use poolwright::model::outcome::Ended;
use poolwright::model::plan::Plan;
use poolwright::model::step::{Step, StepId, Work};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text};
use crate::support::{PROGRAM, Workplace};

const OURS: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const THEIRS: &str = "bbbbbbbb-0000-0000-0000-000000000002";
const COMMUNITY: &str = "permissions: Community, communityGalleryInfo: { publisherUri: https://contoso.example, \
                         publisherContact: images@contoso.example, eula: none, publicNamePrefix: contoso }";

/// A gallery that is shared like this.
fn shared(how: &str) -> Asked {
    galleries(&format!("[{{ name: renders, sharing: {{ {how} }} }}]"))
}

fn galleries(these: &str) -> Asked {
    ask_text(&text(these))
}

fn text(these: &str) -> String {
    format!(
        "apiVersion: poolwright/v1
kind: Stack
name: render
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
galleries: {these}
"
    )
}

fn with(subscription: &str) -> Asked {
    shared(&format!("permissions: Groups, groups: [{{ type: Subscriptions, ids: [{subscription}] }}]"))
}

/// Lets in, or takes out, a subscription as somebody else, by the call that another plan makes.
async fn somebody(rehearsal: &Rehearsal, operation: &str, subscription: &str) {
    let mut plan = rehearsal.plan(&with(THEIRS), Goal::Apply).await;
    for step in &mut plan.steps {
        let Work::Send { request, .. } = &mut step.work else { continue };
        request.body = Some(json!({"operationType": operation,
            "groups": [{"type": "Subscriptions", "ids": [subscription]}]}));
    }
    plan.steps.truncate(1);
    let outcome = rehearsal.carry_out(&plan, rehearsal.client(None).await).await;
    assert!(outcome.is_complete(), "{outcome:?}");
}

/// Who is let in, as the emulator holds it.
fn subscriptions(rehearsal: &Rehearsal) -> Value {
    let resources = rehearsal.emulator.state()["resources"].clone();
    let resources = resources.as_object().expect("resources");
    let gallery = resources.iter().find(|(id, _)| id.ends_with("/galleries/renders")).expect("a gallery").1;
    gallery["hidden"]["groups"]["Subscriptions"].clone()
}

/// Lets one of the operations on the gallery fail, counted from 1.
fn failing(nth: usize) -> Fault {
    let trouble = Trouble { code: "Trouble".into(), message: "a region is down".into() };
    let fault = Fault::in_azure("*/galleries/renders", Effect::Operation(trouble));
    Fault { nth: u32::try_from(nth).expect("a few"), ..fault }
}

async fn carry_out(rehearsal: &Rehearsal, plan: &Plan, step: &str) -> Ended {
    let outcome = rehearsal.carry_out(plan, rehearsal.client(None).await).await;
    outcome.steps[&StepId::new(&plan.resources[0].address, step)].clone()
}

#[tokio::test(start_paused = true)]
async fn a_sharing_is_not_ended_over_somebody_who_was_let_in_since() {
    let rehearsal = Rehearsal::new(&[]);
    let (_, outcome) = rehearsal.apply(&with(OURS), Goal::Apply).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    let private = shared("permissions: Private");
    let plan = rehearsal.plan(&private, Goal::Apply).await;
    somebody(&rehearsal, "Add", THEIRS).await;
    let ended = carry_out(&rehearsal, &plan, "end sharing").await;
    assert!(matches!(&ended, Ended::Moved { what } if what.contains("groups")), "{ended:?}");
    assert_eq!(subscriptions(&rehearsal), json!([OURS, THEIRS]));
    let (_, outcome) = rehearsal.apply(&private, Goal::Apply).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    assert_eq!(subscriptions(&rehearsal), Value::Null);
}

#[tokio::test(start_paused = true)]
async fn who_was_let_in_since_stays_when_others_are() {
    let rehearsal = Rehearsal::new(&[]);
    let (_, outcome) = rehearsal.apply(&with(OURS), Goal::Apply).await;
    assert!(outcome.is_complete(), "{outcome:?}");
    let third = "cccccccc-0000-0000-0000-000000000003";
    let more = with(&format!("{OURS}, {third}"));
    let plan = rehearsal.plan(&more, Goal::Apply).await;
    somebody(&rehearsal, "Add", THEIRS).await;
    let ended = carry_out(&rehearsal, &plan, "let in").await;
    assert!(matches!(ended, Ended::Done(_)), "{ended:?}");
    assert_eq!(subscriptions(&rehearsal), json!([OURS, THEIRS, third]));
    // The files say who is let in: the next run takes out the other, and says so first.
    let plan = rehearsal.plan(&more, Goal::Apply).await;
    assert_eq!(plan.resources[0].course, [format!("take out subscription {THEIRS}")]);
}

#[tokio::test(start_paused = true)]
async fn a_killed_sharing_is_carried_on_from_every_request() {
    let (private, shown) = (shared("permissions: Private"), shared(COMMUNITY));
    let ways = [
        (&private, &with(OURS)),
        (&with(OURS), &with(THEIRS)),
        (&with(OURS), &private),
        (&private, &shown),
        (&shown, &private),
        (&shown, &galleries("[]")),
    ];
    let mut killed = 0;
    for (at_first, then) in ways {
        for after_commit in [false, true] {
            for at in 1.. {
                let rehearsal = Rehearsal::new(&[]);
                let (_, outcome) = rehearsal.apply(at_first, Goal::Apply).await;
                assert!(outcome.is_complete(), "{outcome:?}");
                if rehearsal.apply_until(then, &Kill::at(at, after_commit)).await.is_some() {
                    break;
                }
                killed += 1;
                let (_, outcome) = rehearsal.apply(then, Goal::Apply).await;
                assert!(outcome.is_complete(), "killed at request {at}: {outcome:?}");
                let again = rehearsal.plan(then, Goal::Apply).await;
                assert!(again.is_empty(), "killed at request {at}: {again:?}");
            }
        }
    }
    assert!(killed > 60, "{killed}");
}

#[tokio::test(start_paused = true)]
async fn a_sharing_that_fails_is_tried_again() {
    let (private, shown) = (shared("permissions: Private"), shared(COMMUNITY));
    let ways = [
        (&private, &with(OURS), "let in"),
        (&with(OURS), &with(&format!("{OURS}, {THEIRS}")), "let in"),
        (&with(&format!("{OURS}, {THEIRS}")), &with(OURS), "take out"),
        (&with(OURS), &private, "end sharing"),
        (&private, &shown, "show"),
        (&shown, &private, "end sharing"),
    ];
    for (at_first, then, step) in ways {
        let rehearsal = Rehearsal::new(&[]);
        let (_, outcome) = rehearsal.apply(at_first, Goal::Apply).await;
        assert!(outcome.is_complete(), "{outcome:?}");
        let plan = rehearsal.plan(then, Goal::Apply).await;
        // What is written before it does not fail.
        let is_write = |step: &&Step| matches!(step.work, Work::Send { .. });
        let writes = plan.steps.iter().filter(is_write).count();
        rehearsal.emulator.add_fault(failing(writes));
        let outcome = rehearsal.carry_out(&plan, rehearsal.client(None).await).await;
        assert!(!outcome.is_complete(), "{step}: {outcome:?}");
        let (plan, outcome) = rehearsal.apply(then, Goal::Apply).await;
        assert!(plan.resources[0].reasons[0].contains("a region is down"), "{step}: {plan:?}");
        assert!(outcome.is_complete(), "{step}: {outcome:?}");
        let again = rehearsal.plan(then, Goal::Apply).await;
        assert!(again.is_empty(), "{step}: {again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gallery_that_could_not_be_made_is_made_before_it_is_shared() {
    for asked in [with(OURS), shared(COMMUNITY), shared("permissions: Private")] {
        let rehearsal = Rehearsal::new(&[]);
        rehearsal.emulator.add_fault(failing(1));
        let (_, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
        assert!(!outcome.is_complete(), "{outcome:?}");
        let (_, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
        assert!(outcome.is_complete(), "{outcome:?}");
        let again = rehearsal.plan(&asked, Goal::Apply).await;
        assert!(again.is_empty(), "{again:?}");
    }
}

/// A Contributor may make a gallery, and not share it.
#[test]
fn who_may_not_share_is_told_of_a_role_that_may() {
    let workplace = Workplace::new();
    let spec = text(&format!("[{{ name: renders, sharing: {{ {COMMUNITY} }} }}]"));
    workplace.write("spec.yaml", &spec);
    let refused = json!({"answer": {"status": 403, "code": "AuthorizationFailed"}});
    let fault = json!({"on": {"method": "POST", "path": "*/share"}, "do": refused});
    workplace.write("faults.json", &json!({"faults": [fault]}).to_string());
    let said = workplace.sh(&format!(
        "{PROGRAM} emulator --state .poolwright/emulator --faults faults.json > served.json & server=$!
        until [ -s served.json ]; do sleep 0.1; done
        code=0; {PROGRAM} apply --emulator --yes spec.yaml || code=$?
        kill $server; exit $code"
    ));
    assert_eq!(said.code, Some(5), "{said:#?}");
    assert!(said.stderr.contains("poolwright access --role-definition"), "{said:#?}");
}
