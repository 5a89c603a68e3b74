//! What goes wrong on the real Azure and not in a demonstration: things half done, busy, going, in use, or unread.
//! Each test starts from an agreement of file and Azure (`tests/plan/nothing`) and disturbs one thing.

use poolwright::diag::Files;
use poolwright::model::plan::{Action, Plan};
use poolwright::model::request::Method;
use poolwright::model::step::{Step, Work};
use poolwright::plan::{Goal, Options, check, plan};
use serde_json::{Value, json};

use crate::converge::{quickstart, settle};
use crate::plan_cases::{read, snapshot};
use crate::rehearsal::{Rehearsal, ask_text, read_json, repository, shown};

const POOL: &str = "pool/main/render";
const VERSION: &str = "image-version/renders/ubuntu/1.0.0";
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1";

/// The plan after edits of the file and of what Azure answers.
struct Case {
    plan: Plan,
    files: Files,
}

impl Case {
    fn of(edits: &[(&str, &str)], disturb: impl FnOnce(&mut Live)) -> Self {
        Self::with_goal(edits, Goal::Apply, disturb)
    }

    fn with_goal(edits: &[(&str, &str)], goal: Goal, disturb: impl FnOnce(&mut Live)) -> Self {
        let mut text = read(&repository("tests/plan/nothing/spec.yaml"));
        for (from, to) in edits {
            assert!(text.contains(from), "the file has no {from:?}");
            text = text.replacen(from, to, 1);
        }
        let asked = ask_text(&text);
        let mut live = Live(read_json(&repository("tests/plan/nothing/live.json")));
        disturb(&mut live);
        let plan = plan(&asked.graph, &snapshot(&asked.graph, &live.0), Options::new(goal));
        let case = Self { plan, files: asked.files };
        assert_eq!(check::violations(&case.plan), Vec::<String>::new(), "{}", case.shown());
        case
    }

    fn shown(&self) -> String {
        shown(&self.plan, &self.files)
    }

    fn action(&self, address: &str) -> Action {
        let found = self.plan.resources.iter().find(|planned| planned.address.as_str() == address);
        found.unwrap_or_else(|| panic!("no {address}\n{}", self.shown())).action
    }

    fn step(&self, id: &str) -> &Step {
        let all = || self.plan.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>();
        let found = self.plan.steps.iter().find(|step| step.id.as_str() == id);
        found.unwrap_or_else(|| panic!("no step `{id}` in {:?}\n{}", all(), self.shown()))
    }

    /// Whether the first step comes at once after the second.
    fn follows(&self, step: &str, before: &str) -> bool {
        self.step(step).after.iter().any(|after| after.as_str() == before)
    }

    fn sent(&self, step: &str) -> (Method, &Value) {
        match &self.step(step).work {
            Work::Send { request, .. } => (request.method, request.body.as_ref().expect("a body")),
            Work::Wait(_) | Work::MoveJobs(_) | Work::Upload(_) => panic!("`{step}` sends nothing"),
        }
    }
}

/// What Azure answers.
struct Live(Value);

impl Live {
    /// The body whose id ends so.
    fn body(&mut self, end: &str) -> &mut Value {
        let bodies = self.0["live"].as_array_mut().expect("bodies");
        let of = |body: &&mut Value| body["id"].as_str().is_some_and(|id| id.ends_with(end));
        bodies.iter_mut().find(of).unwrap_or_else(|| panic!("no body {end}"))
    }

    fn pool(&mut self) -> &mut Value {
        &mut self.body("/pools/render")["properties"]
    }

    fn version(&mut self) -> &mut Value {
        &mut self.body("/versions/1.0.0")["properties"]
    }

    fn without(&mut self, end: &str) {
        let bodies = self.0["live"].as_array_mut().expect("bodies");
        bodies.retain(|body| !body["id"].as_str().is_some_and(|id| id.ends_with(end)));
    }

    fn add(&mut self, body: Value) {
        self.0["live"].as_array_mut().expect("bodies").push(body);
    }
}

const FOUR_NODES: (&str, &str) = ("targetDedicatedNodes: 2", "targetDedicatedNodes: 4");
const ANOTHER_REGION: (&str, &str) = (
    "- { name: eastus, regionalReplicaCount: 1 }",
    "- { name: eastus, regionalReplicaCount: 1 }\n      - { name: westus2 }",
);

#[test]
fn nodes_that_are_still_booting_are_awaited_and_nothing_is_sent() {
    let case = Case::of(&[], |live| {
        let counts = live.0["companions"].as_object_mut().expect("counts").values_mut().next().expect("one");
        counts["dedicated"]["idle"] = json!(1);
        counts["dedicated"]["starting"] = json!(1);
    });
    assert_eq!(case.action(POOL), Action::Await, "{}", case.shown());
    assert!(case.plan.steps.iter().all(|step| matches!(step.work, Work::Wait(_))));
}

#[test]
fn a_resize_waits_until_the_one_under_way_is_over() {
    let case = Case::of(&[FOUR_NODES], |live| live.pool()["allocationState"] = json!("Resizing"));
    assert!(case.follows(&format!("{POOL} update"), &format!("{POOL} at rest")), "{}", case.shown());
    // What Azure takes at any time does not wait.
    let metadata = ("    scaleSettings:", "    metadata: [{ name: a, value: b }]\n    scaleSettings:");
    let case = Case::of(&[metadata], |live| live.pool()["allocationState"] = json!("Resizing"));
    assert_eq!(case.step(&format!("{POOL} update")).after, [], "{}", case.shown());
}

#[test]
fn a_version_that_is_still_replicating_is_changed_afterwards() {
    let case = Case::of(&[ANOTHER_REGION], |live| live.version()["provisioningState"] = json!("Updating"));
    assert!(case.follows(&format!("{VERSION} update"), &format!("{VERSION} at rest")), "{}", case.shown());
}

#[test]
fn what_azure_alone_writes_does_not_stop_a_write() {
    let case = Case::of(&[ANOTHER_REGION], |_| {});
    let Work::Send { guard, .. } = &case.step(&format!("{VERSION} update")).work else { panic!("a write") };
    let mut live = Live(read_json(&repository("tests/plan/nothing/live.json")));
    let moved = |live: &mut Live| guard.moved(Some(live.body("/versions/1.0.0")));
    live.version()["publishingProfile"]["publishedDate"] = json!("2026-02-02T00:00:00Z");
    assert_eq!(moved(&mut live), None);
    live.version()["publishingProfile"]["targetRegions"][0]["regionalReplicaCount"] = json!(7);
    assert!(moved(&mut live).is_some());
    let mut live = Live(read_json(&repository("tests/plan/nothing/live.json")));
    live.body("/versions/1.0.0")["tags"]["poolwright"] = json!("another@s/g#00000000");
    assert!(moved(&mut live).is_some(), "it is somebody else's now");
}

#[test]
fn what_is_being_deleted_is_made_again_when_it_is_gone() {
    let case = Case::of(&[], |live| live.pool()["provisioningState"] = json!("Deleting"));
    assert_eq!(case.action(POOL), Action::Create, "{}", case.shown());
    assert!(case.follows(&format!("{POOL} create"), &format!("{POOL} gone")));
    let case = Case::with_goal(&[], Goal::Destroy, |live| {
        live.pool()["provisioningState"] = json!("Deleting");
    });
    assert!(case.plan.steps.iter().all(|step| step.id.as_str() != format!("{POOL} delete")));
    assert!(case.follows(&format!("{VERSION} delete"), &format!("{POOL} gone")), "{}", case.shown());
}

#[test]
fn a_region_that_a_pool_boots_from_keeps_its_replicas() {
    let elsewhere =
        ("- { name: eastus, regionalReplicaCount: 1 }", "- { name: westus2, regionalReplicaCount: 1 }");
    let case = Case::of(&[elsewhere], |_| {});
    assert_eq!(case.action(VERSION), Action::Blocked, "{}", case.shown());
    // Nobody boots from there: the list may shrink.
    let case = Case::of(&[], |live| {
        let regions = live.version()["publishingProfile"]["targetRegions"].as_array_mut().expect("regions");
        regions.push(
            json!({"name": "West US 2", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}),
        );
    });
    assert_eq!(case.action(VERSION), Action::Update, "{}", case.shown());
}

#[test]
fn a_version_that_protects_its_replicas_says_so_before_azure_does() {
    let protects = (
        "    targetRegions:",
        "    safetyProfile: { allowDeletionOfReplicatedLocations: false }\n    targetRegions:",
    );
    let case = Case::of(&[protects], |live| {
        live.version()["safetyProfile"]["allowDeletionOfReplicatedLocations"] = json!(false);
        let regions = live.version()["publishingProfile"]["targetRegions"].as_array_mut().expect("regions");
        regions.push(
            json!({"name": "West US 2", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}),
        );
    });
    assert_eq!(case.action(VERSION), Action::Blocked, "{}", case.shown());
}

#[test]
fn a_version_without_regions_is_ready_where_it_is_made() {
    let none = ("    targetRegions:\n      - { name: eastus, regionalReplicaCount: 1 }\n", "");
    let case = Case::of(&[none], |live| {
        live.without("/versions/1.0.0");
        live.without("/pools/render");
    });
    assert!(
        case.follows(&format!("{POOL} create"), &format!("{VERSION} ready in eastus")),
        "{}",
        case.shown()
    );
}

#[test]
fn a_pool_whose_version_azure_chooses_waits_until_there_is_one() {
    let unversioned = ("image: ubuntu@1.0.0", "image: ubuntu");
    let case = Case::of(&[unversioned], |live| {
        live.without("/versions/1.0.0");
        live.without("/pools/render");
    });
    assert!(
        case.follows(&format!("{POOL} create"), &format!("{VERSION} ready in eastus")),
        "{}",
        case.shown()
    );
}

#[test]
fn the_last_version_of_an_image_that_a_pool_boots_unversioned_stays() {
    let unversioned = ("image: ubuntu@1.0.0", "image: ubuntu");
    let removed = ("- version: 1.0.0", "- version: 1.0.0\n        remove: true");
    let case = Case::of(&[unversioned, removed], |live| {
        let image = &mut live.pool()["deploymentConfiguration"]["virtualMachineConfiguration"]["imageReference"]
            ["id"];
        *image = json!(image.as_str().expect("an id").replace("/versions/1.0.0", ""));
    });
    assert_eq!(case.action(VERSION), Action::Blocked, "{}", case.shown());
}

#[test]
fn a_newer_version_of_the_files_moves_the_pool_although_others_published_a_higher_one() {
    let latest = ("image: ubuntu@1.0.0", "image: ubuntu@latest");
    let newer = (
        "    versions:\n",
        "    versions:\n      - version: 1.1.0\n        source: { imageVersion: /subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/o/images/i/versions/1.0.0 }\n",
    );
    let case = Case::of(&[latest, newer], |live| {
        let mut foreign = live.body("/versions/1.0.0").clone();
        foreign["id"] = json!(foreign["id"].as_str().expect("an id").replace("/1.0.0", "/1.2.0"));
        foreign["tags"] = json!({});
        live.add(foreign);
        live.pool()["currentDedicatedNodes"] = json!(0);
    });
    let pool = case.plan.resources.iter().find(|planned| planned.address.as_str() == POOL).expect("the pool");
    let after = pool.changes.first().and_then(|change| change.after.clone()).unwrap_or_default();
    assert!(after.as_str().is_some_and(|id| id.ends_with("/1.1.0")), "{}", case.shown());
}

#[test]
fn a_leftover_of_the_same_name_elsewhere_does_not_hide_what_is_wanted() {
    let moved = ("  - name: renders\n", "  - { name: renders, resourceGroup: rg2 }\n");
    let case = Case::of(&[moved], |live| {
        live.without("/pools/render");
        live.without("/versions/1.0.0");
    });
    assert_eq!(case.action("gallery/renders"), Action::Create, "{}", case.shown());
    assert_eq!(case.action("gallery/rg1/renders"), Action::Delete, "{}", case.shown());
}

#[test]
fn a_gallery_whose_images_could_not_be_listed_stays() {
    let case = Case::with_goal(&[], Goal::Destroy, |live| {
        live.without("/pools/render");
        live.without("/versions/1.0.0");
        live.without("/images/ubuntu");
        live.0["gaps"] = json!([{
            "kind": "image-definition",
            "what": format!("the list {GROUP}/providers/Microsoft.Compute/galleries/renders/images"),
            "why": "403",
        }]);
    });
    assert_eq!(case.action("gallery/renders"), Action::Blocked, "{}", case.shown());
}

#[test]
fn trying_again_loses_nothing_that_others_wrote() {
    let case = Case::of(&[], |live| {
        let gallery = live.body("/galleries/renders");
        gallery["properties"]["provisioningState"] = json!("Failed");
        gallery["properties"]["description"] = json!("theirs");
        gallery["tags"]["theirs"] = json!("kept");
    });
    let (method, body) = case.sent("gallery/renders retry");
    assert_eq!(method, Method::Put);
    assert_eq!(body["tags"]["theirs"], "kept", "{body}");
    assert_eq!(body["properties"], json!({"description": "theirs"}));
}

#[test]
fn replicas_at_the_edge_that_the_file_does_not_know_survive_a_change() {
    let edge = json!([{"name": "microsoftlosangeles1", "extendedLocationReplicaCount": 1}]);
    let case = Case::of(&[ANOTHER_REGION], |live| {
        live.version()["publishingProfile"]["targetExtendedLocations"] = edge.clone();
    });
    let (_, body) = case.sent(&format!("{VERSION} update"));
    assert_eq!(body["properties"]["publishingProfile"]["targetExtendedLocations"], edge);
}

#[test]
fn an_identity_is_sent_with_its_type() {
    let identity = format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/nodes");
    let line = format!("    identity: {{ userAssignedIdentities: [\"{identity}\"] }}\n    scaleSettings:");
    let case = Case::of(
        &[("    scaleSettings:", &line), ("targetDedicatedNodes: 2", "targetDedicatedNodes: 0")],
        |live| {
            live.pool()["currentDedicatedNodes"] = json!(0);
            live.pool()["scaleSettings"]["fixedScale"]["targetDedicatedNodes"] = json!(0);
        },
    );
    let (method, body) = case.sent(&format!("{POOL} update"));
    assert_eq!(method, Method::Patch);
    assert_eq!(body["identity"], json!({"type": "UserAssigned", "userAssignedIdentities": {identity: {}}}));
}

#[test]
fn tag_names_have_no_case() {
    let tags = ("  - name: renders\n", "  - { name: renders, tags: { Team: render } }\n");
    let case = Case::of(&[tags], |live| live.body("/galleries/renders")["tags"]["team"] = json!("render"));
    assert_eq!(case.action("gallery/renders"), Action::Nothing, "{}", case.shown());
    let case = Case::of(&[tags], |live| live.body("/galleries/renders")["tags"]["team"] = json!("other"));
    let (_, body) = case.sent("gallery/renders update");
    assert_eq!((&body["tags"]["Team"], &body["tags"]["team"]), (&json!("render"), &Value::Null), "{body}");
}

#[test]
fn a_secret_that_cannot_be_compared_is_told() {
    let user = "    userAccounts: [{ name: me, password: \"${env:PASSWORD}\" }]\n    scaleSettings:";
    let text = read(&repository("tests/plan/nothing/spec.yaml")).replacen("    scaleSettings:", user, 1);
    let (stack, files) = crate::rehearsal::declare_text(&text, &|_| Some("canary".to_owned()));
    let graph = crate::rehearsal::graph_of(&stack, &files);
    let mut live = Live(read_json(&repository("tests/plan/nothing/live.json")));
    live.pool()["userAccounts"] = json!([{"name": "me", "elevationLevel": "NonAdmin"}]);
    let plan = plan(&graph, &snapshot(&graph, &live.0), Options::new(Goal::Apply));
    let text = shown(&plan, &files);
    assert!(plan.is_empty(), "{text}");
    assert!(text.contains("userAccounts[me].password") && !text.contains("canary"), "{text}");
}

/// An image by its full id, in a gallery that the stack does not name.
#[tokio::test(start_paused = true)]
async fn an_image_in_a_gallery_that_no_file_names_is_read_and_not_taken_for_missing() {
    const CORP: &str = "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/platform/providers/Microsoft.Compute/galleries/corpimages/images/ubuntu-2404/versions/4.2.0";
    let rehearsal = Rehearsal::new(&[repository("specs/cross-subscription.seed.json")]);
    let text = quickstart().replace("image: ubuntu@1.0.0", &format!("image: {CORP}")).replacen(
        "accounts:",
        "registerProviders: true\naccounts:",
        1,
    );
    settle(&rehearsal, &ask_text(&text)).await;
}

/// The error of the old formula's last run is not the new one's.
#[tokio::test(start_paused = true)]
async fn a_mended_formula_is_judged_by_its_own_run() {
    let with = |formula: &str| {
        quickstart().replace(
            "fixedScale: { targetDedicatedNodes: 2 }",
            &format!("autoScale: {{ evaluationInterval: PT5M, formula: \"{formula}\" }}"),
        )
    };
    let rehearsal = Rehearsal::new(&[]);
    settle(&rehearsal, &ask_text(&with("$TargetDedicatedNodes = 1;"))).await;
    settle(&rehearsal, &ask_text(&with("$TargetDedicatedNodes = 2;"))).await;
}

/// A run that was stopped in the middle of a resize or a replication is followed by one with a changed file.
#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_let_finish_before_it_is_changed() {
    for at in [12, 16, 20, 24, 28, 32, 36, 40] {
        let rehearsal = Rehearsal::new(&[]);
        let kill = crate::rehearsal::Kill::at(at, true);
        if rehearsal.apply_until(&ask_text(&quickstart()), &kill).await.is_some() {
            return;
        }
        let edited = quickstart().replace("targetDedicatedNodes: 2", "targetDedicatedNodes: 3").replace(
            "- { name: eastus, regionalReplicaCount: 1 }",
            "- { name: eastus, regionalReplicaCount: 2 }",
        );
        settle(&rehearsal, &ask_text(&edited)).await;
    }
}

/// A destroy that dies leaves things on their way out: another destroy goes on, and an apply makes them again.
#[tokio::test(start_paused = true)]
async fn a_destroy_that_dies_is_carried_on_or_undone() {
    let asked = ask_text(&quickstart());
    for (seconds, goal) in
        [1, 10, 40, 70, 100].into_iter().flat_map(|s| [(s, Goal::Destroy), (s, Goal::Apply)])
    {
        let rehearsal = Rehearsal::new(&[]);
        let before = rehearsal.state();
        settle(&rehearsal, &asked).await;
        tokio::select! {
            _ = rehearsal.apply(&asked, Goal::Destroy) => {}
            () = tokio::time::sleep(std::time::Duration::from_secs(seconds)) => {}
        }
        let (plan, outcome) = rehearsal.apply(&asked, goal).await;
        let words = || format!("after {seconds} s, {goal:?}\n{}{outcome:#?}", shown(&plan, &asked.files));
        assert!(outcome.is_complete(), "{}", words());
        match goal {
            Goal::Apply => settle(&rehearsal, &asked).await,
            Goal::Destroy => assert_eq!(rehearsal.state(), before, "{}", words()),
        }
    }
}
