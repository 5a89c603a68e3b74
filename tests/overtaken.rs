//! Somebody else writes while `apply` runs: it plans again and goes on, within what was agreed to.

use poolwright::model::mark::Owner;
use poolwright::model::resource_id::ResourceId;
use poolwright::model::step::{Step, Work};
use poolwright::plan::agreed::beyond;
use serde_json::{Value, json};

use crate::plan_cases::{disturbed, render};
use crate::support::{PROGRAM, Said, Workplace, repository};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";
const GALLERY: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1\
                       /providers/Microsoft.Compute/galleries/quickstartGallery";

/// Azure says that the resource has changed at that very moment.
fn overtaken(times: u32) -> Value {
    let answer = json!({"answer": {"status": 412}});
    json!({"on": {"method": "PATCH", "path": format!("*{GALLERY}")}, "times": times, "do": answer})
}

/// Makes the quickstart, and changes its gallery while these faults strike.
fn change(faults: &[Value], more: &str) -> (Workplace, Said) {
    let workplace = Workplace::with_specs();
    let said = workplace.poolwright(&["apply", "--emulator", "--yes", "specs/quickstart.yaml"]);
    assert_eq!(said.code, Some(0), "{said:#?}");
    let text = workplace.read("specs/quickstart.yaml");
    let changed = text.replace("name: quickstartGallery", "name: quickstartGallery, description: ours");
    assert_ne!(text, changed);
    workplace.write("specs/quickstart.yaml", &changed);
    workplace.write("faults.json", &json!({"faults": faults}).to_string());
    let said = workplace.sh(&format!(
        "{PROGRAM} emulator --state .poolwright/emulator --faults faults.json > served.json & server=$!
        until [ -s served.json ]; do sleep 0.1; done
        code=0; {PROGRAM} apply --emulator --yes {more} specs/quickstart.yaml || code=$?
        kill $server; exit $code"
    ));
    (workplace, said)
}

fn pending(workplace: &Workplace) -> Option<i32> {
    workplace.poolwright(&["plan", "--emulator", "--detailed-exitcode", "specs/quickstart.yaml"]).code
}

#[test]
fn what_was_agreed_to_is_carried_out_at_the_second_try() {
    let (workplace, said) = change(&[overtaken(1)], "");
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stderr.contains("what is left was agreed to"), "{said:#?}");
    assert_eq!(pending(&workplace), Some(0));
}

#[test]
fn programs_see_a_second_plan_and_one_end() {
    let (_, said) = change(&[overtaken(1)], "--format json");
    assert_eq!(said.code, Some(0), "{said:#?}");
    let lines: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let count = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
    assert_eq!((count("planned"), count("finished")), (2, 1), "{lines:#?}");
    assert_eq!(lines.last().map(|line| &line["complete"]), Some(&json!(true)));
}

#[test]
fn it_does_not_try_for_ever() {
    let (workplace, said) = change(&[overtaken(9)], "");
    assert_eq!(said.code, Some(5), "{said:#?}");
    assert!(said.stderr.contains("Run the same command again"), "{said:#?}");
    assert_eq!(pending(&workplace), Some(2));
}

#[test]
fn another_change_than_was_agreed_to_is_not_carried_out() {
    // Galleries are listed once for each plan.
    let owner = Owner { stack: "quickstart".into(), subscription: SUBSCRIPTION.into(), group: "rg1".into() };
    let mark = owner.mark(&ResourceId::parse(GALLERY).expect("an id"));
    let gallery = json!({
        "id": GALLERY, "name": "quickstartGallery", "type": "Microsoft.Compute/galleries", "location": "eastus",
        "tags": {"poolwright": mark}, "properties": {"provisioningState": "Succeeded", "description": "theirs"},
    });
    let theirs = json!({
        "on": {"method": "GET", "path": "*/galleries"}, "nth": 2, "times": "always",
        "do": {"answer": {"status": 200, "body": {"value": [gallery]}}},
    });
    let (workplace, said) = change(&[overtaken(1), theirs], "");
    assert_eq!(said.code, Some(5), "{said:#?}");
    assert!(said.stderr.contains("it is not what was agreed to"), "{said:#?}");
    assert_eq!(pending(&workplace), Some(2));
}

/// Azure takes an assignment once, under whatever name: what others have given meanwhile stays theirs.
#[test]
fn a_role_that_somebody_else_gives_meanwhile_is_theirs() {
    let workplace = Workplace::new();
    for file in ["spec.yaml", "seed.json"] {
        let text = std::fs::read_to_string(repository("tests/plan/access-given-by-others").join(file));
        workplace.write(file, &text.expect("the case is there"));
    }
    // When the first plan is made, nobody has given it yet.
    let none = json!({"answer": {"status": 200, "body": {"value": []}}});
    let faults =
        json!({"faults": [{"on": {"method": "GET", "path": "*/rg1/*/roleAssignments"}, "do": none}]});
    workplace.write("faults.json", &faults.to_string());
    let said = workplace.sh(&format!(
        "{PROGRAM} emulator --state .poolwright/emulator --seed seed.json --faults faults.json > served.json & server=$!
        until [ -s served.json ]; do sleep 0.1; done
        code=0; {PROGRAM} apply --emulator --yes spec.yaml || code=$?
        kill $server; exit $code"
    ));
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("2 to create"), "{said:#?}");
    assert!(said.stderr.contains("Planned again: nothing of it is left to do"), "{said:#?}");
    let again = workplace.poolwright(&["plan", "--emulator", "--detailed-exitcode", "spec.yaml"]);
    assert_eq!(again.code, Some(0), "{again:#?}");
    assert!(again.stdout.contains("this stack does not own it"), "{again:#?}");
}

/// The second plan may do less than the first, and nothing else.
#[test]
fn only_what_was_agreed_to_is_within_it() {
    let beyond = |disturb: &dyn Fn(&mut Vec<Value>)| {
        let (_, agreed) = disturbed("update-command-line", &|_| {});
        let (_, again) = disturbed("update-command-line", disturb);
        beyond(&agreed, &again)
    };
    let none: [&str; 0] = [];
    assert_eq!(beyond(&|_| {}), none);
    assert_eq!(beyond(&|bodies| render(bodies)["properties"]["currentDedicatedNodes"] = 1.into()), none);
    let made = |bodies: &mut Vec<Value>| {
        let line = &mut render(bodies)["properties"]["startTask"]["commandLine"];
        *line = line.as_str().expect("a text").replace("ffmpeg", "ffmpeg libass9").into();
    };
    assert_eq!(beyond(&made), none, "somebody has made the same change");
    assert_eq!(
        beyond(&|bodies| render(bodies)["properties"]["startTask"]["commandLine"] = "true".into()),
        ["pool/main/render: `startTask.commandLine` is not what it was"]
    );
    assert_eq!(
        beyond(&|bodies| render(bodies)["properties"]["taskSlotsPerNode"] = 7.into()),
        ["pool/main/render: `taskSlotsPerNode` is not what it was"]
    );
    assert_eq!(
        beyond(&|bodies| bodies
            .retain(|body| !body["id"].as_str().is_some_and(|id| id.ends_with("/pools/render")))),
        ["pool/main/render create: it does not exist"]
    );
}

/// What goes is what was seen when it was agreed to.
#[test]
fn what_is_deleted_is_what_was_agreed_to() {
    let beyond = |disturb: &dyn Fn(&mut Vec<Value>)| {
        let (_, agreed) = disturbed("remove-pool", &|_| {});
        let (_, again) = disturbed("remove-pool", disturb);
        beyond(&agreed, &again)
    };
    let none: [&str; 0] = [];
    assert_eq!(beyond(&|bodies| render(bodies)["properties"]["currentDedicatedNodes"] = 1.into()), none);
    let resized = |bodies: &mut Vec<Value>| {
        render(bodies)["properties"]["scaleSettings"]["fixedScale"]["targetDedicatedNodes"] = 9.into();
    };
    assert_eq!(
        beyond(&resized),
        ["pool/main/render delete: the stack owns it, and it is no longer in the files"]
    );
}

/// Whom an action lets in is in its body, and may be in no change: where a sharing has failed it is only said again.
#[test]
fn an_action_does_what_was_agreed_to() {
    let (_, agreed) = disturbed("sharing-failed", &|_| {});
    let (_, mut again) = disturbed("sharing-failed", &|_| {});
    assert_eq!(beyond(&agreed, &again), [""; 0]);
    let let_in = |step: &mut Step| match &mut step.work {
        Work::Send { request, .. } => request.body.as_mut().map(|body| body["groups"][0]["ids"].take()),
        _ => None,
    };
    assert!(again.steps.iter_mut().find_map(let_in).is_some(), "{again:?}");
    let moved = beyond(&agreed, &again);
    assert!(moved.len() == 1 && moved[0].starts_with("gallery/renders let in"), "{moved:?}");
}
