//! What the stack has not made is never written: not by apply, not by destroy, not for a copied mark.

use std::time::Duration;

use poolwright::azure::write::{Condition, Write};
use poolwright::model::address::Address;
use poolwright::model::plan::Action;
use poolwright::model::request::{Method, Plane, Request};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::{quickstart, settle};
use crate::rehearsal::{Asked, Rehearsal, ask_text, repository, shown};
use crate::requests::seed_of;

const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1";

/// Resources of others in the stack's own group and account. Each bears the mark of the stack's resource of the same
/// kind, as if somebody had copied its tags.
fn foreign(asked: &Asked) -> Value {
    let of = |kind: &str| {
        let mut all = asked.graph.desired.values();
        all.find(|desired| desired.address.kind() == kind).expect("the quickstart has one").body.clone()
    };
    let compute = format!("{GROUP}/providers/Microsoft.Compute");
    let image = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
    let named = |kind: &str, id: String| {
        let mut body = of(kind);
        if let Some(image) = body.pointer_mut(image) {
            *image = format!("{compute}/galleries/theirs/images/ubuntu/versions/1.0.0").into();
        }
        body["id"] = id.into();
        body
    };
    let gallery = format!("{compute}/galleries/theirs");
    let tags = of("gallery")["tags"].clone();
    let disk = json!({ "id": format!("{compute}/disks/disk1") });
    json!({ "resources": [
        named("gallery", gallery.clone()),
        named("image-definition", format!("{gallery}/images/ubuntu")),
        named("image-version", format!("{gallery}/images/ubuntu/versions/1.0.0")),
        named("pool", format!("{GROUP}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/theirs")),
        { "id": format!("{compute}/snapshots/theirs"), "location": "eastus", "tags": tags, "properties": {
            "creationData": { "createOption": "Copy", "sourceResourceId": disk["id"] } } },
        { "id": format!("{compute}/images/theirs"), "location": "eastus", "tags": tags, "properties": {
            "hyperVGeneration": "V2", "storageProfile": { "osDisk": {
                "osType": "Linux", "osState": "Generalized", "managedDisk": disk } } } },
    ] })
}

#[tokio::test(start_paused = true)]
async fn what_others_made_is_never_written() {
    let asked = ask_text(&quickstart());
    let rehearsal = Rehearsal::seeded(vec![foreign(&asked)]);
    let before = rehearsal.state();
    settle(&rehearsal, &asked).await;
    let (plan, outcome) = rehearsal.apply(&asked, Goal::Destroy).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    assert_eq!(plan.count(Action::Delete), 4, "{}", shown(&plan, &asked.files));
    let touched: Vec<String> = rehearsal
        .writes()
        .iter()
        .map(|request| request.url.to_lowercase())
        .filter(|url| url.contains("theirs") || !url.contains("quickstart"))
        .collect();
    assert_eq!(touched, Vec::<String>::new());
    assert_eq!(rehearsal.state(), before, "destroy leaves what was there as it was");
}

#[tokio::test(start_paused = true)]
async fn a_name_that_others_have_is_left_to_them() {
    let asked = ask_text(&quickstart().replace("name: quickstartGallery", "name: theirs"));
    // Marks of the other gallery and what is in it, on resources whose names the file has.
    let rehearsal = Rehearsal::seeded(vec![foreign(&ask_text(&quickstart()))]);
    let before = rehearsal.state();
    // Equal, so that the stack may build on it; but neither its own nor for it to remove.
    let (plan, _) = rehearsal.apply(&asked, Goal::Destroy).await;
    assert!(plan.is_empty() && rehearsal.writes().is_empty(), "{}", shown(&plan, &asked.files));
    assert_eq!(rehearsal.state(), before);
}

#[tokio::test(start_paused = true)]
async fn foreign_tags_and_metadata_survive_an_update() {
    let asked = ask_text(&quickstart());
    let mut seed = seed_of(&asked);
    for resource in seed["resources"].as_array_mut().expect("a list") {
        match resource.pointer_mut("/properties/metadata").and_then(Value::as_array_mut) {
            Some(metadata) => metadata.push(json!({ "name": "scheduler", "value": "on" })),
            None => resource["tags"]["costCenter"] = "42".into(),
        }
    }
    let rehearsal = Rehearsal::seeded(vec![seed]);
    let edited = quickstart()
        .replace("location: eastus\n\n", "location: eastus\ntags: { team: render }\n\n")
        .replace("    vmSize:", "    metadata: [{ name: owner, value: render }]\n    vmSize:");
    let edited = ask_text(&edited);
    let plan = rehearsal.plan(&edited, Goal::Apply).await;
    assert_eq!(plan.count(Action::Update), 4, "{}", shown(&plan, &edited.files));
    settle(&rehearsal, &edited).await;
    let state = rehearsal.state();
    for desired in edited.graph.desired.values() {
        let body = &state[desired.id.key()];
        assert_eq!(body["tags"]["team"], "render", "{}: {body}", desired.address);
        match body["properties"]["metadata"].as_array() {
            Some(metadata) => {
                let names: Vec<&Value> = metadata.iter().map(|entry| &entry["name"]).collect();
                assert_eq!(names.len(), 3, "{names:?}");
                assert!(
                    names.contains(&&json!("scheduler")) && names.contains(&&json!("owner")),
                    "{names:?}"
                );
            }
            None => assert_eq!(body["tags"]["costCenter"], "42", "{}: {body}", desired.address),
        }
    }
}

/// A platform team's gallery is read, booted from and copied; what is written there is a role that the files give, and goes
/// with them.
#[tokio::test(start_paused = true)]
async fn a_gallery_that_is_referred_to_is_never_written() {
    let path = repository("specs/cross-subscription.yaml");
    let text = std::fs::read_to_string(&path).expect("it is there");
    let given = "access:\n  - { role: Reader, principalId: 11111111-0000-4000-8000-000000000001, principalType: ServicePrincipal, scope: corp }\n";
    let retained =
        text.replacen("    versions:\n", "    retention: { keep: 1, minAge: P30D }\n    versions:\n", 1);
    assert_ne!(retained, text);
    for (text, wanted) in [(text.clone(), 0), (retained, 0), (format!("{text}\n{given}"), 2)] {
        let it = Rehearsal::new(&[path.with_extension("seed.json")]);
        let asked = ask_text(&text);
        let mut writes = Vec::new();
        for goal in [Goal::Apply, Goal::Destroy] {
            let (plan, outcome) = it.apply(&asked, goal).await;
            assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
            writes.extend(it.writes());
        }
        let there = |url: &str| url.to_ascii_lowercase().contains("/resourcegroups/platform");
        let there: Vec<_> = writes.iter().filter(|write| there(&write.url)).map(|write| &write.url).collect();
        assert_eq!(there.len(), wanted, "{there:#?}");
        assert!(there.iter().all(|url| url.contains("/providers/Microsoft.Authorization/roleAssignments/")));
        assert!(writes.len() > 5, "{writes:#?}");
    }
}

/// A stack in a group of its own, and one of others that puts a gallery there.
fn neighbours() -> (Asked, Asked) {
    let stack = |name: &str, group: &str, rest: &str| {
        ask_text(&format!(
            "apiVersion: poolwright/v1\nkind: Stack\nname: {name}\nsubscription: 00000000-0000-0000-0000-000000000001\n\
             resourceGroup: {group}\nlocation: eastus\n{rest}"
        ))
    };
    let ours = stack("ours", "farm", "resourceGroups: [{ name: farm }]\ngalleries: [{ name: ours }]\n");
    (ours, stack("theirs", "farm", "galleries: [{ name: theirs }]\n"))
}

#[tokio::test(start_paused = true)]
async fn a_group_in_which_others_have_something_is_not_removed() {
    let (ours, theirs) = neighbours();
    let rehearsal = Rehearsal::new(&[]);
    settle(&rehearsal, &ours).await;
    settle(&rehearsal, &theirs).await;
    let (plan, outcome) = rehearsal.apply(&ours, Goal::Destroy).await;
    let text = shown(&plan, &ours.files);
    assert!(outcome.is_complete(), "{text}\n{outcome:#?}");
    assert_eq!((plan.count(Action::Delete), plan.count(Action::Blocked)), (1, 1), "{text}");
    assert!(text.contains("it contains gallery theirs, which stays"), "{text}");
    settle(&rehearsal, &theirs).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_in_which_others_have_put_something_since_the_plan_is_not_removed() {
    let (ours, theirs) = neighbours();
    let rehearsal = Rehearsal::new(&[]);
    settle(&rehearsal, &ours).await;
    let plan = rehearsal.plan(&ours, Goal::Destroy).await;
    assert_eq!(plan.count(Action::Delete), 2, "{}", shown(&plan, &ours.files));
    settle(&rehearsal, &theirs).await;
    rehearsal.writes();
    let outcome = rehearsal.carry_out(&plan, rehearsal.client(None).await).await;
    assert!(format!("{outcome:?}").contains("galleries/theirs is in it, and would go along"), "{outcome:#?}");
    let groups: Vec<String> = rehearsal.writes().into_iter().map(|write| write.url).collect();
    assert!(groups.iter().all(|url| url.contains("/galleries/ours")), "{groups:?}");
    settle(&rehearsal, &theirs).await;
}

/// A text without its line breaks.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A disk is of no kind that poolwright knows: it is told by the list of the group.
#[tokio::test(start_paused = true)]
async fn a_group_is_not_removed_with_what_only_its_list_shows_or_hides() {
    let ours = ask_text(
        "apiVersion: poolwright/v1\nkind: Stack\nname: ours\nsubscription: 00000000-0000-0000-0000-000000000001\n\
         resourceGroup: farm\nlocation: eastus\nresourceGroups: [{ name: farm, adopt: true }]\n",
    );
    let role = "bbbbbbbb-0000-4000-8000-000000000001";
    let roles = format!("{}/providers/Microsoft.Authorization", GROUP.replace("/resourceGroups/rg1", ""));
    let who = "cccccccc-0000-4000-8000-000000000002";
    let actions =
        ["Microsoft.Resources/*", "Microsoft.Compute/galleries/*", "Microsoft.Authorization/*/read"];
    let seed = json!({
        "principals": [{ "clientId": who, "objectId": who, "name": "narrow" }],
        "resources": [
            { "id": format!("{}/providers/Microsoft.Compute/disks/theirs", GROUP.replace("rg1", "farm")), "location": "eastus" },
            { "id": format!("{roles}/roleDefinitions/{role}"),
                "properties": { "roleName": "narrow", "permissions": [{ "actions": actions }] } },
            { "id": format!("{roles}/roleAssignments/{role}"),
                "properties": { "roleDefinitionId": role, "principalId": who } },
        ],
    });
    let mut rehearsal = Rehearsal::seeded(vec![seed]);
    settle(&rehearsal, &ours).await;
    let plan = rehearsal.plan(&ours, Goal::Destroy).await;
    let text = in_one_line(&shown(&plan, &ours.files));
    assert!(text.contains("Microsoft.Compute/disks theirs would stay"), "{text}");
    assert_eq!(plan.steps, [], "{text}");

    rehearsal.signs_in_as = who;
    let plan = rehearsal.plan(&ours, Goal::Destroy).await;
    let text = in_one_line(&shown(&plan, &ours.files));
    assert!(text.contains("*/read is not granted there"), "{text}");
    assert!(text.contains("that could not be read whole"), "{text}");
    assert_eq!(plan.steps, [], "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_account_with_a_job_is_not_removed() {
    let text = "apiVersion: poolwright/v1\nkind: Stack\nname: ours\nsubscription: 00000000-0000-0000-0000-000000000001\n\
                resourceGroup: rg1\nlocation: eastus\nbatchAccounts: [{ name: farm }]\n";
    let ours = ask_text(text);
    let rehearsal = Rehearsal::new(&[]);
    settle(&rehearsal, &ours).await;
    let farm = Address::new("batch-account", ["farm"]);
    let snapshot = rehearsal.observe(&ours.graph).await;
    let account = snapshot.live(&farm).expect("it is made");
    let endpoint = account.body.pointer("/properties/accountEndpoint").and_then(Value::as_str);
    let request = |method, path: &str| Request {
        method,
        plane: Plane::Batch { endpoint: endpoint.expect("it has one").to_owned() },
        path: path.to_owned(),
        api_version: "2025-06-01",
        query: Vec::new(),
        body: None,
    };
    let batch = Write::new(rehearsal.client(None).await);
    let plan = rehearsal.plan(&ours, Goal::Destroy).await;
    let job =
        request(Method::Post, "/jobs").with_body(json!({"id": "film", "poolInfo": {"poolId": "render"}}));
    batch.send(&job, &Condition::Always, None).await.unwrap_or_else(|error| panic!("{}", error.chain()));

    let outcome = rehearsal.carry_out(&plan, rehearsal.client(None).await).await;
    assert!(format!("{outcome:?}").contains("film is in it, and would go along"), "{outcome:#?}");
    let plan = rehearsal.plan(&ours, Goal::Destroy).await;
    assert_eq!(plan.steps, []);
    let text = in_one_line(&shown(&plan, &ours.files));
    assert!(text.contains("job film would stay"), "{text}");

    let gone = request(Method::Delete, "/jobs/film");
    batch.send(&gone, &Condition::Always, None).await.unwrap_or_else(|error| panic!("{}", error.chain()));
    tokio::time::sleep(Duration::from_mins(5)).await;
    let (plan, outcome) = rehearsal.apply(&ours, Goal::Destroy).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(plan.count(Action::Delete), 1, "{}", shown(&plan, &ours.files));
}
