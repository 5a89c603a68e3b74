//! From a virtual machine to a version by way of its disks: what is made on the way, how long it stays, and that a run that dies
//! anywhere is gone on with. `POOLWRIGHT_BLESS=1` writes the expected plans in `tests/chain/` anew.

use poolwright::model::plan::Action;
use poolwright::plan::Goal;
use poolwright::plan::agreed::beyond;
use poolwright::plan::fingerprint::{fingerprint, moved};
use serde_json::{Value, json};

use crate::converge::settle;
use crate::plan_cases::{hold, read};
use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text, repository, shown};

/// The ids of what stands on the way begin so.
const HOME: &str = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/render-images/providers/Microsoft.Compute/";

/// The spec, with this instead of its `keepIntermediates: false`.
fn asked(instead: &str) -> Asked {
    let text = read(&repository("specs/from-virtual-machine.yaml"));
    assert!(text.contains("keepIntermediates: false"));
    ask_text(&text.replace("keepIntermediates: false", instead))
}

/// The same without its pool.
fn without_pool(instead: &str) -> Asked {
    let text = read(&repository("specs/from-virtual-machine.yaml"));
    let (before, _) = text.split_once("pools:").expect("the spec has pools");
    ask_text(&before.replace("keepIntermediates: false", instead))
}

fn azure() -> Rehearsal {
    Rehearsal::new(&[repository("specs/from-virtual-machine.seed.json")])
}

/// What stands on the way, by the last part of its id.
fn on_the_way(rehearsal: &Rehearsal) -> Vec<(String, Value)> {
    let Value::Object(state) = rehearsal.state() else { panic!("the state is a map") };
    let home = HOME.to_lowercase();
    let own = state
        .into_iter()
        .filter_map(|(id, body)| Some((id.to_lowercase().strip_prefix(&home)?.to_owned(), body)));
    own.filter(|(id, _)| id.starts_with("snapshots/") || id.starts_with("images/")).collect()
}

fn names(rehearsal: &Rehearsal) -> Vec<String> {
    on_the_way(rehearsal).into_iter().map(|(name, _)| name).collect()
}

#[tokio::test(start_paused = true)]
async fn the_plan_shows_every_step_and_why() {
    let mut wrong = Vec::new();
    for (instead, name) in [("keepIntermediates: true", "kept"), ("keepIntermediates: false", "removed")] {
        let (rehearsal, asked) = (azure(), asked(instead));
        let plan = rehearsal.plan(&asked, Goal::Apply).await;
        let path = repository(&format!("tests/chain/{name}.txt"));
        wrong.extend(hold(&path, &shown(&plan, &asked.files)));
        let again = fingerprint(&rehearsal.plan(&asked, Goal::Apply).await, &asked.graph);
        assert_eq!(moved(&fingerprint(&plan, &asked.graph), &again), Vec::<String>::new());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn disks_become_snapshots_and_those_an_image_with_the_same_numbers() {
    let rehearsal = azure();
    settle(&rehearsal, &asked("")).await;
    let made = on_the_way(&rehearsal);
    let [(image, body), (assets, _), (tools, _), (os, snapshot)] = &made[..] else { panic!("{made:#?}") };
    let name = image.strip_prefix("images/").expect("an image");
    assert!(name.starts_with("ubuntu-render-1.0.0-"), "{name}");
    let ends = [(assets, "-data-0"), (tools, "-data-4"), (os, "-os")];
    assert!(ends.iter().all(|(id, end)| **id == format!("snapshots/{name}{end}")), "{made:#?}");
    let properties = &snapshot["properties"];
    let source = properties["creationData"]["sourceResourceId"].as_str().expect("a source");
    assert!(source.ends_with("/disks/render-builder-os"), "{source}");
    let profile = &body["properties"]["storageProfile"];
    let id = |end: &str| json!(format!("{HOME}snapshots/{name}{end}"));
    let os = &profile["osDisk"];
    assert_eq!(
        (
            &os["caching"],
            &os["osType"],
            &os["osState"],
            &os["snapshot"]["id"],
            &body["properties"]["hyperVGeneration"]
        ),
        (&json!("ReadWrite"), &json!("Linux"), &json!("Generalized"), &id("-os"), &json!("V2"))
    );
    let data = profile["dataDisks"].as_array().expect("data disks").iter();
    let data: Vec<_> = data.map(|disk| (disk["lun"].clone(), disk["snapshot"]["id"].clone())).collect();
    assert_eq!(data, [(json!(0), id("-data-0")), (json!(4), id("-data-4"))]);
    let state = rehearsal.state();
    let mut versions =
        state.as_object().expect("a map").iter().filter(|(id, _)| id.ends_with("/versions/1.0.0"));
    let (_, version) = versions.next().expect("the version is there");
    assert_eq!(
        version["properties"]["storageProfile"]["source"]["id"],
        json!(format!("{HOME}images/{name}"))
    );
}

/// What was only a means is neither missed nor in the way once the version is there, and its machine is not asked for.
#[tokio::test(start_paused = true)]
async fn what_is_kept_stays_until_it_is_not_wanted_and_is_not_missed_then() {
    let rehearsal = azure();
    let (kept, removed) = (asked("keepIntermediates: true"), asked("keepIntermediates: false"));
    settle(&rehearsal, &kept).await;
    assert_eq!(names(&rehearsal).len(), 4);
    rehearsal.emulator.take_requests();
    let _ = rehearsal.plan(&kept, Goal::Apply).await;
    let asked_for = rehearsal.emulator.take_requests();
    assert!(!asked_for.iter().any(|request| request.url.contains("virtualMachines")), "{asked_for:#?}");

    let plan = rehearsal.plan(&removed, Goal::Apply).await;
    assert_eq!((plan.count(Action::Delete), plan.loss.deleted), (4, 0), "{}", shown(&plan, &removed.files));
    settle(&rehearsal, &removed).await;
    assert_eq!(names(&rehearsal), Vec::<String>::new());
    settle(&rehearsal, &kept).await;
    assert_eq!(names(&rehearsal), Vec::<String>::new());
}

/// A version that leaves the files stays; what it was made from is a leftover like any other.
#[tokio::test(start_paused = true)]
async fn what_is_kept_goes_with_the_lines_that_made_it() {
    let text = read(&repository("specs/from-virtual-machine.yaml"));
    let rehearsal = azure();
    settle(&rehearsal, &asked("")).await;
    let (before, pools) = text.split_once("pools:").expect("the spec has pools");
    let removed = before.replace("        source:\n", "        remove: true\n        source:\n");
    let removed = ask_text(&removed.replace("          keepIntermediates: false\n", ""));
    let (plan, outcome) = rehearsal.apply(&removed, Goal::Apply).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &removed.files));
    assert_eq!(plan.count(Action::Delete), 6, "{}{pools}", shown(&plan, &removed.files));
    assert_eq!(names(&rehearsal), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn while_the_version_is_not_there_what_it_is_made_from_stays() {
    let rehearsal = azure();
    let asked = asked("keepIntermediates: false");
    let refusal = json!({
        "on": {"method": "PUT", "path": "*/versions/*"}, "times": 1,
        "do": {"answer": {"status": 400, "body": {"error": {"code": "Refused", "message": "not now"}}}},
    });
    rehearsal.emulator.add_fault(serde_json::from_value(refusal).expect("a fault"));
    let (_, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
    assert!(!outcome.is_complete());
    assert_eq!(names(&rehearsal).len(), 4);
    let before = on_the_way(&rehearsal);
    let plan = rehearsal.plan(&asked, Goal::Apply).await;
    assert_eq!(
        (plan.count(Action::Delete), plan.count(Action::Create)),
        (4, 2),
        "{}",
        shown(&plan, &asked.files)
    );
    assert_eq!(on_the_way(&rehearsal), before);
    settle(&rehearsal, &asked).await;
    assert_eq!(names(&rehearsal), Vec::<String>::new());
}

/// The home of the stack may be the stack's own: it is made before what is on the way, and removed after it.
#[tokio::test(start_paused = true)]
async fn the_group_comes_before_what_is_made_in_it() {
    let rehearsal = azure();
    let text = read(&repository("specs/from-virtual-machine.yaml"));
    let text = text.replace("resourceGroup: render-images\n", "resourceGroup: brand-new\n");
    let (before, _) = text.split_once("pools:").expect("the spec has pools");
    let kept = before.replace("keepIntermediates: false", "keepIntermediates: true");
    let asked = ask_text(&format!("{kept}resourceGroups: [{{ name: brand-new }}]\n"));
    let undisturbed = rehearsal.state();
    settle(&rehearsal, &asked).await;
    let (plan, outcome) = rehearsal.apply(&asked, Goal::Destroy).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    assert_eq!(rehearsal.state(), undisturbed);
}

#[tokio::test(start_paused = true)]
async fn without_its_machine_nothing_is_made() {
    let text = read(&repository("specs/from-virtual-machine.yaml"));
    let asked = ask_text(&text.replace("virtualMachines/render-builder", "virtualMachines/nobody"));
    let plan = azure().plan(&asked, Goal::Apply).await;
    let text = shown(&plan, &asked.files);
    assert!(text.contains("blocked: its virtual machine nobody is not there"), "{text}");
    assert!(!text.contains("disk-snapshot/") && !text.contains("managed-image/"), "{text}");
}

/// What another machine left behind is not gone on with.
#[tokio::test(start_paused = true)]
async fn another_machine_begins_anew() {
    let rehearsal = azure();
    let first = asked("");
    let refusal = json!({
        "on": {"method": "PUT", "path": "*/versions/*"}, "times": 1,
        "do": {"answer": {"status": 400, "body": {"error": {"code": "Refused", "message": "not now"}}}},
    });
    rehearsal.emulator.add_fault(serde_json::from_value(refusal).expect("a fault"));
    let _ = rehearsal.apply(&first, Goal::Apply).await;
    let left = names(&rehearsal);
    let text = read(&repository("specs/from-virtual-machine.yaml"))
        .replace("          keepIntermediates: false\n", "");
    let other = text
        .replace("000000000002/resourceGroups/render-build/", "000000000001/resourceGroups/rg1/")
        .replace("virtualMachines/render-builder", "virtualMachines/vm1");
    settle(&rehearsal, &ask_text(&other)).await;
    let now = names(&rehearsal);
    assert_eq!((left.len(), now.len()), (4, 3));
    assert!(!now.iter().any(|name| left.contains(name)), "{left:?} {now:?}");
}

/// Wherever a run dies around a write, the next one ends as if nothing had happened.
#[tokio::test(start_paused = true)]
async fn a_killed_run_is_carried_on_from_every_write() {
    for instead in ["keepIntermediates: true", "keepIntermediates: false"] {
        // Nodes are no part of the way, and asking for them takes long.
        let asked = without_pool(instead);
        let rehearsal = azure();
        let agreed = rehearsal.plan(&asked, Goal::Apply).await;
        rehearsal.emulator.take_requests();
        let (_, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        let requests = rehearsal.emulator.take_requests();
        let writes = requests.iter().zip(1..).filter(|(request, _)| request.method != "GET");
        let writes: Vec<usize> = writes.map(|(_, at)| at).collect();
        let undisturbed = rehearsal.state();
        for (at, after_commit) in writes.iter().flat_map(|at| [(*at, false), (*at, true)]) {
            let rehearsal = azure();
            let died = rehearsal.apply_until(&asked, &Kill::at(at, after_commit)).await.is_none();
            assert!(died, "the run sends more than {at} requests");
            let (plan, outcome) = rehearsal.apply(&asked, Goal::Apply).await;
            let words = || format!("killed at {at}, after: {after_commit}\n{}", shown(&plan, &asked.files));
            assert!(outcome.is_complete(), "{}{outcome:#?}", words());
            assert_eq!(beyond(&agreed, &plan), Vec::<String>::new(), "{}", words());
            let again = rehearsal.plan(&asked, Goal::Apply).await;
            assert!(again.is_empty(), "{}then:\n{}", words(), shown(&again, &asked.files));
            assert_eq!(rehearsal.state(), undisturbed, "{}", words());
        }
        assert!(writes.len() >= 7, "{writes:?}");
    }
}
