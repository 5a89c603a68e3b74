//! Tests of image versions through the emulator's front door.
//! On the manual clock; no sockets.

use serde_json::{Value, json};

use crate::emulator::fault::{Effect, Fault};
use crate::emulator::seed::Seed;
use crate::emulator::testing::{RG1, arm, ask, wait};
use crate::emulator::{Emulator, Settings};

use super::*;

const V: &str = "?api-version=2024-03-03";

fn definition() -> String {
    format!("{RG1}/providers/Microsoft.Compute/galleries/gal1/images/def1")
}

fn prepared() -> Emulator {
    prepared_with(Seed::default())
}

fn prepared_with(seed: Seed) -> Emulator {
    let it = Emulator::new(Settings { seed, ..Settings::manual() }).unwrap();
    let (gallery, _) =
        definition().split_once("/images/").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(ask(&it, "PUT", &format!("{gallery}{V}"), Some(json!({"location": "eastus"}))).0, 201);
    let body = json!({"location": "eastus", "properties": {
        "osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
    }});
    assert_eq!(ask(&it, "PUT", &format!("{}{V}", definition()), Some(body)).0, 201);
    wait(&it, 60);
    it
}

fn body(targets: &Value) -> Value {
    json!({"location": "eastus", "properties": {
        "publishingProfile": {"targetRegions": targets},
        "storageProfile": {"source": {"id": format!("{RG1}/providers/Microsoft.Compute/images/img1")}},
    }})
}

fn path(version: &str) -> String {
    format!("{}/versions/{version}{V}", definition())
}

fn status(it: &Emulator, version: &str) -> Value {
    ask(it, "GET", &format!("{}&$expand=ReplicationStatus", path(version)), None).1["properties"].clone()
}

#[test]
fn a_version_is_replicated_region_by_region() {
    let it = prepared();
    let targets = json!([{"name": "eastus"}, {"name": "West US 2", "regionalReplicaCount": 2}]);
    let made = arm(&it, "PUT", &path("1.0.0"), Some(body(&targets)));
    assert_eq!(made.status, 201);
    let properties = &made.json()["properties"];
    assert_eq!(
        properties["publishingProfile"]["targetRegions"],
        json!([
            {"name": "East US", "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS", "excludeFromLatest": false},
            {"name": "West US 2", "regionalReplicaCount": 2, "storageAccountType": "Standard_LRS", "excludeFromLatest": false},
        ])
    );
    assert_eq!(
        properties["storageProfile"]["osDiskImage"],
        json!({"sizeInGB": 30, "hostCaching": "ReadWrite"})
    );
    assert!(properties.get("replicationStatus").is_none());
    wait(&it, 3 * 60);
    let seen = status(&it, "1.0.0");
    assert_eq!(seen["replicationStatus"]["aggregatedState"], "InProgress");
    assert_eq!(
        seen["replicationStatus"]["summary"][0],
        json!({"region": "East US", "state": "Replicating", "details": "", "progress": 50})
    );
    wait(&it, 4 * 60);
    assert_eq!(status(&it, "1.0.0")["replicationStatus"]["summary"][0]["state"], "Completed");
    assert_eq!(status(&it, "1.0.0")["provisioningState"], "Creating");
    wait(&it, 15 * 60);
    let seen = status(&it, "1.0.0");
    assert_eq!(
        (&seen["provisioningState"], &seen["replicationStatus"]["aggregatedState"]),
        (&json!("Succeeded"), &json!("Completed"))
    );
}

#[test]
fn an_update_keeps_the_source_and_says_done_before_the_new_region_is() {
    let it = prepared();
    ask(&it, "PUT", &path("1.0.0"), Some(body(&json!([{"name": "eastus"}]))));
    assert_eq!(
        ask(&it, "PUT", &path("1.0.0"), Some(body(&json!([{"name": "eastus"}])))).1["error"]["code"],
        "Conflict"
    );
    wait(&it, 20 * 60);
    // What az does: read, change, write back with an empty storage profile.
    let mut read = ask(&it, "GET", &path("1.0.0"), None).1;
    let source = read["properties"]["storageProfile"].clone();
    read["properties"]["storageProfile"] = json!({});
    read["properties"]["publishingProfile"]["targetRegions"] =
        json!([{"name": "East US", "regionalReplicaCount": 3}, {"name": "westus2"}]);
    let (code, answer) = ask(&it, "PUT", &path("1.0.0"), Some(read));
    assert_eq!((code, &answer["properties"]["storageProfile"]), (200, &source));
    assert_eq!(answer["properties"]["provisioningState"], "Updating");
    wait(&it, 7 * 60);
    let seen = status(&it, "1.0.0");
    assert_eq!(
        (&seen["provisioningState"], &seen["replicationStatus"]["aggregatedState"]),
        (&json!("Succeeded"), &json!("InProgress"))
    );
    wait(&it, 10 * 60);
    assert_eq!(status(&it, "1.0.0")["replicationStatus"]["aggregatedState"], "Completed");
    // A list that leaves a region out removes it.
    let (code, answer) = ask(
        &it,
        "PATCH",
        &path("1.0.0"),
        Some(json!({"properties": {
        "publishingProfile": {"targetRegions": [{"name": "eastus"}]}, "storageProfile": {}}})),
    );
    assert_eq!(
        (code, answer["properties"]["publishingProfile"]["targetRegions"].as_array().unwrap().len()),
        (200, 1)
    );
}

#[test]
fn what_cannot_be_is_refused_with_azures_codes() {
    let it = prepared();
    let refuse = |version: &str, body: Value| {
        let (status, answer) = ask(&it, "PUT", &path(version), Some(body));
        (
            status,
            answer["error"]["code"].as_str().unwrap_or_default().to_owned(),
            answer["error"]["message"].to_string(),
        )
    };
    let east = json!([{"name": "eastus"}]);
    assert!(refuse("1.0", body(&east)).2.contains("Major(int)"));
    assert!(refuse("1.0.4294967296", body(&east)).2.contains("Major(int)"));
    assert!(refuse("1.0.0", body(&json!([{"name": "westus"}]))).2.contains("must contain the location"));
    assert!(
        refuse("1.0.0", body(&json!([{"name": "eastus"}, {"name": "East US"}])))
            .2
            .contains("Duplicate regions")
    );
    assert!(
        refuse("1.0.0", body(&json!([{"name": "eastus", "regionalReplicaCount": 101}])))
            .2
            .contains("out of range")
    );
    let mut wrong = body(&east);
    wrong["properties"]["storageProfile"]["source"]["id"] =
        json!(format!("{RG1}/providers/Microsoft.Compute/images/none"));
    assert_eq!(refuse("1.0.0", wrong).0, 404);
    let mut none = body(&east);
    none["properties"]["storageProfile"] = json!({});
    assert!(refuse("1.0.0", none).2.contains("One and only one source"));
    assert_eq!(ask(&it, "PUT", &path("1.0.0"), Some(body(&east))).0, 201);
    wait(&it, 20 * 60);
    for (pointer, value) in [
        ("/properties/publishingProfile/replicationMode", json!("Shallow")),
        ("/properties/publishingProfile/storageAccountType", json!("Premium_LRS")),
        (
            "/properties/storageProfile/source/id",
            json!(format!("{RG1}/providers/Microsoft.Compute/virtualMachines/vm1")),
        ),
    ] {
        let mut changed = body(&east);
        changed["properties"]["publishingProfile"]["replicationMode"] = json!("Full");
        changed["properties"]["publishingProfile"]["storageAccountType"] = json!("Standard_LRS");
        *changed.pointer_mut(pointer).unwrap() = value;
        assert_eq!(refuse("1.0.0", changed).1, "PropertyChangeNotAllowed", "{pointer}");
    }
}

#[test]
fn a_blob_is_read_by_way_of_its_storage_account_in_the_region_of_the_version() {
    let account = |name: &str| format!("{RG1}/providers/Microsoft.Storage/storageAccounts/{name}");
    let seed = json!({"resources": [
        {"id": account("near"), "location": "eastus"}, {"id": account("far"), "location": "westus"},
    ]});
    let it = prepared_with(Seed { files: vec![seed], ..Seed::default() });
    let make = |version: &str, os: &str, data: &str| {
        let source =
            |name: &str| json!({"uri": "https://a.example/vhds/x.vhd", "storageAccountId": account(name)});
        let mut body = body(&json!([{"name": "eastus"}]));
        body["properties"]["storageProfile"] = json!({
            "osDiskImage": {"source": source(os)}, "dataDiskImages": [{"lun": 0, "source": source(data)}],
        });
        let (status, answer) = ask(&it, "PUT", &path(version), Some(body));
        (status, answer["error"]["message"].as_str().unwrap_or_default().contains("in the same region"))
    };
    assert_eq!(make("1.0.0", "near", "near"), (201, false));
    for (os, data) in [("far", "near"), ("near", "far"), ("none", "near")] {
        assert_eq!(make("2.0.0", os, data), (404, true), "{os} {data}");
    }
}

#[test]
fn a_failed_region_fails_the_operation_until_it_leaves_the_version_and_comes_again() {
    let it = prepared();
    it.add_fault(Fault::in_azure("*/versions/*", Effect::Replication("West US 2".into())));
    let made = arm(&it, "PUT", &path("1.0.0"), Some(body(&json!([{"name": "eastus"}, {"name": "westus2"}]))));
    let poll = made.header("azure-asyncoperation").unwrap().replace("https://127.0.0.1:8443", "");
    wait(&it, 30 * 60);
    let (_, operation) = ask(&it, "GET", &poll, None);
    assert_eq!(
        (&operation["status"], &operation["error"]["code"]),
        (&json!("Failed"), &json!("ReplicationJobsNotCompleted"))
    );
    let seen = status(&it, "1.0.0");
    assert_eq!(
        (&seen["provisioningState"], &seen["replicationStatus"]["aggregatedState"]),
        (&json!("Failed"), &json!("Failed"))
    );
    let both = json!([{"name": "eastus"}, {"name": "westus2"}]);
    let one = json!([{"name": "eastus"}]);
    for (regions, state) in [(&both, "Failed"), (&one, "Completed"), (&both, "Completed")] {
        ask(&it, "PUT", &path("1.0.0"), Some(body(regions)));
        wait(&it, 30 * 60);
        assert_eq!(status(&it, "1.0.0")["replicationStatus"]["aggregatedState"], state, "{regions}");
    }
}

#[test]
fn a_version_that_is_protected_until_its_end_of_life_stays() {
    let it = prepared();
    let mut protected = body(&json!([{"name": "eastus"}]));
    protected["properties"]["publishingProfile"]["endOfLifeDate"] = json!("2030-01-01");
    protected["properties"]["safetyProfile"] = json!({"blockDeletionBeforeEndOfLife": true});
    ask(&it, "PUT", &path("1.0.0"), Some(protected));
    wait(&it, 20 * 60);
    assert_eq!(
        ask(&it, "DELETE", &path("1.0.0"), None).1["error"]["code"],
        "DeleteGalleryImageVersionBlockedBeforeEndOfLife"
    );
}

#[test]
fn latest_is_the_highest_number_that_is_there_and_not_excluded() {
    let mut world = World::new(
        crate::emulator::clock::Mode::Manual,
        crate::emulator::timings::Timings::default(),
        100,
        crate::emulator::endpoints::Endpoints::in_process(),
    );
    for (name, excluded, region) in [
        ("1.0.9", false, "East US"),
        ("1.0.12", false, "East US"),
        ("2.0.0", true, "East US"),
        ("3.0.0", false, "West US"),
    ] {
        let profile = json!({"targetRegions": [{"name": region, "regionalReplicaCount": 2, "excludeFromLatest": excluded}]});
        let hidden = json!({"regions": replication::long_done(&targets(&profile))});
        let id = format!("{}/versions/{name}", definition());
        world.put(Resource {
            id,
            kind: LOWER.into(),
            hidden,
            body: json!({"name": name, "properties": {"publishingProfile": profile}}),
            ..Resource::default()
        });
    }
    let at = Moment::START;
    let found = latest(&world, &definition(), "East US", at).unwrap();
    assert!(found.id.ends_with("/1.0.12") && replicas(found, "eastus", at) == 2);
    let west = world.get(&format!("{}/versions/3.0.0", definition())).unwrap();
    assert_eq!((replicas(west, "eastus", at), replicas(west, "West US", at)), (0, 2));
    assert!(latest(&world, &definition(), "westeurope", at).is_none());
}

#[test]
fn storage_is_chosen_by_a_strategy_from_2025_on_and_by_a_type_before() {
    const NEW: &str = "?api-version=2026-03-03";
    let it = prepared();
    let targets = json!([{"name": "eastus"}, {"name": "westus"}]);
    let made = |version: &str, api: &str, over: Value| {
        let mut body = body(&targets);
        for (name, value) in over.as_object().into_iter().flatten() {
            body["properties"]["publishingProfile"][name.as_str()] = value.clone();
        }
        let url = format!("{}/versions/{version}{api}", definition());
        let (status, answer) = ask(&it, "PUT", &url, Some(body));
        let profile = &answer["properties"]["publishingProfile"];
        let storage = |at: usize| {
            profile["targetRegions"][at]["storageAccountType"].as_str().unwrap_or_default().to_owned()
        };
        (
            status,
            profile["storageAccountType"].clone(),
            profile["storageAccountStrategy"].clone(),
            storage(0),
            storage(1),
        )
    };
    let (lrs, zrs) = ("Standard_LRS".to_owned(), "Standard_ZRS".to_owned());
    assert_eq!(made("1.0.0", V, json!({})), (201, json!(lrs), Value::Null, lrs.clone(), lrs.clone()));
    assert_eq!(
        made("1.0.1", NEW, json!({})),
        (201, json!(zrs), json!("PreferStandard_ZRS"), zrs.clone(), lrs.clone())
    );
    let strategy = json!({"storageAccountStrategy": "defaultstandard_lrs"});
    assert_eq!(
        made("1.0.2", NEW, strategy.clone()),
        (201, json!(lrs), json!("DefaultStandard_LRS"), lrs.clone(), lrs.clone())
    );
    assert_eq!(
        made("1.0.3", NEW, json!({"storageAccountType": "Standard_LRS"})),
        (201, json!(lrs), Value::Null, lrs.clone(), lrs)
    );
    assert_eq!(made("1.0.4", V, strategy).0, 400, "2024-03-03 knows no strategy");
    let both = json!({"storageAccountStrategy": "PreferStandard_ZRS", "storageAccountType": "Standard_LRS"});
    assert_eq!(made("1.0.4", NEW, both).0, 400);
    // An older client reads it without the strategy, and sends back what it read.
    wait(&it, 6 * 60 * 60);
    let (_, older) = ask(&it, "GET", &path("1.0.1"), None);
    let profile = &older["properties"]["publishingProfile"];
    assert_eq!(
        (&profile["storageAccountStrategy"], &profile["storageAccountType"]),
        (&Value::Null, &json!(zrs))
    );
    let (status, answer) = ask(&it, "PUT", &path("1.0.1"), Some(older));
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn a_version_has_a_hundred_replicas_at_most_and_a_shallow_one_its_own_rules() {
    let it = prepared();
    let put = |targets: Value, mode: &str| {
        let mut body = body(&targets);
        body["properties"]["publishingProfile"]["replicationMode"] = json!(mode);
        ask(&it, "PUT", &path("1.0.0"), Some(body)).0
    };
    let set = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/diskEncryptionSets/d";
    let encryption = json!({"osDiskImage": {"diskEncryptionSetId": set}});
    for (targets, mode, status) in [
        (
            json!([{"name": "eastus", "regionalReplicaCount": 60}, {"name": "westus", "regionalReplicaCount": 41}]),
            "Full",
            400,
        ),
        (json!([{"name": "eastus", "regionalReplicaCount": 0}]), "Full", 400),
        (json!([{"name": "eastus", "regionalReplicaCount": 2}]), "Shallow", 400),
        (json!([{"name": "eastus", "encryption": encryption}]), "Shallow", 400),
        (
            json!([{"name": "eastus", "regionalReplicaCount": 60}, {"name": "westus", "regionalReplicaCount": 40}]),
            "Full",
            201,
        ),
    ] {
        assert_eq!(put(targets.clone(), mode), status, "{targets} {mode}");
    }
}
