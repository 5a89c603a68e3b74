//! Pools on the management plane, through the whole emulator on the manual clock.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::emulator::azure::image_fixture::{self, platform_pool as body};
use crate::emulator::testing::{RG1, arm, ask, emulator, send, wait};
use crate::emulator::{IN_PROCESS_BASE, sign_in};

const VERSION: &str = "?api-version=2025-06-01";

fn pools() -> String {
    format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools")
}

fn pool(id: &str) -> String {
    format!("{}/{id}{VERSION}", pools())
}

fn get(emulator: &Emulator, id: &str) -> Value {
    ask(emulator, "GET", &pool(id), None).1
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"]["code"].as_str().unwrap_or_default())
}

#[test]
fn a_pool_is_made_at_once_and_fills_up_in_time() {
    let emulator = emulator();
    let made = arm(&emulator, "PUT", &pool("render"), Some(body(2)));
    assert_eq!(made.status, 200, "{}", made.json());
    assert_eq!(made.header("etag"), made.json()["etag"].as_str());
    let first = made.json();
    assert_eq!(first["properties"]["allocationState"], "Resizing");
    assert_eq!(first["properties"]["currentDedicatedNodes"], 0);
    assert_eq!(first["properties"]["scaleSettings"]["fixedScale"]["resizeTimeout"], "PT15M");
    assert_eq!(first["properties"]["resizeOperationStatus"]["targetDedicatedNodes"], 2);
    wait(&emulator, 240);
    let full = get(&emulator, "RENDER");
    assert_eq!(full["properties"]["allocationState"], "Steady");
    assert_eq!(full["properties"]["currentDedicatedNodes"], 2);
    assert_eq!(full["properties"]["resizeOperationStatus"]["errors"], Value::Null);
    assert_eq!((&full["etag"], &full["id"]), (&first["etag"], &first["id"]));
}

#[test]
fn with_nodes_a_pool_keeps_its_image_and_takes_metadata_and_scale() {
    let emulator = emulator();
    ask(&emulator, "PUT", &pool("p"), Some(body(1)));
    let refused =
        ask(&emulator, "PATCH", &pool("p"), Some(json!({"properties": {"vmSize": "Standard_D4s_v5"}})));
    assert_eq!(code(&refused), (409, "PoolBeingResized"));
    wait(&emulator, 600);
    let refused =
        ask(&emulator, "PATCH", &pool("p"), Some(json!({"properties": {"vmSize": "Standard_D4s_v5"}})));
    assert_eq!(code(&refused), (400, "PropertyCannotBeUpdated"));
    assert_eq!(
        refused.1["error"]["details"][2],
        json!({"code": "PropertyPath", "message": "properties.vmSize"})
    );
    assert_eq!(refused.1["error"]["target"], "BatchAccount");
    let before = get(&emulator, "p");
    let (status, patched) = ask(
        &emulator,
        "PATCH",
        &pool("p"),
        Some(json!({"properties": {"metadata": [{"name": "a", "value": "b"}]}})),
    );
    assert_eq!((status, &patched["properties"]["metadata"][0]["value"]), (200, &json!("b")));
    assert_ne!(patched["etag"], before["etag"]);
    assert_eq!(patched["properties"]["allocationState"], "Steady");
    let empty = json!({"properties": {"scaleSettings": {"fixedScale": {"targetDedicatedNodes": 0}}}});
    assert_eq!(ask(&emulator, "PATCH", &pool("p"), Some(empty)).0, 200);
    wait(&emulator, 120);
    let bigger = json!({"properties": {"vmSize": "Standard_D4s_v5"}});
    assert_eq!(ask(&emulator, "PATCH", &pool("p"), Some(bigger)).0, 200);
}

#[test]
fn a_put_of_the_same_body_is_no_resize_and_a_put_without_metadata_removes_it() {
    let emulator = emulator();
    let mut with = body(1);
    with["properties"]["metadata"] = json!([{"name": "a", "value": "b"}]);
    ask(&emulator, "PUT", &pool("p"), Some(with));
    wait(&emulator, 600);
    let (status, again) = ask(&emulator, "PUT", &pool("p"), Some(body(1)));
    assert_eq!((status, &again["properties"]["allocationState"]), (200, &json!("Steady")));
    assert_eq!(again["properties"]["metadata"], Value::Null);
}

#[test]
fn etags_guard_writes() {
    let emulator = emulator();
    let put = |id: &str, header: (&str, &str)| {
        let url = format!("{IN_PROCESS_BASE}{}", pool(id));
        send(&emulator, "PUT", &url, IN_PROCESS_BASE, &[header], Some(body(0)))
    };
    let made = put("p", ("if-none-match", "*"));
    assert_eq!(made.status, 200);
    let again = put("p", ("if-none-match", "*"));
    assert_eq!((again.status, &again.json()["error"]["code"]), (412, &json!("ConditionNotMet")));
    let etag = made.header("etag").unwrap_or_default().to_owned();
    assert_eq!(put("p", ("if-match", etag.as_str())).status, 200);
    assert_eq!(put("p", ("if-match", etag.as_str())).status, 412);
    assert_eq!(put("other", ("if-match", "*")).status, 412);
}

#[test]
fn a_deletion_is_awaited_by_its_location() {
    let emulator = emulator();
    ask(&emulator, "PUT", &pool("p"), Some(body(1)));
    wait(&emulator, 600);
    let deleted = arm(&emulator, "DELETE", &pool("p"), None);
    assert_eq!(deleted.status, 202);
    assert!(
        deleted.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok_and(|wait| wait >= 1))
    );
    let location = deleted.header("location").unwrap_or_default().replace(IN_PROCESS_BASE, "");
    assert_eq!(ask(&emulator, "GET", &location, None).0, 202);
    assert_eq!(get(&emulator, "p")["properties"]["provisioningState"], "Deleting");
    let patch = ask(&emulator, "PATCH", &pool("p"), Some(json!({"properties": {"metadata": []}})));
    assert_eq!(code(&patch), (409, "PoolBeingDeleted"));
    assert_eq!(code(&ask(&emulator, "PUT", &pool("p"), Some(body(1)))), (409, "PoolBeingDeleted"));
    wait(&emulator, 120);
    assert_eq!(ask(&emulator, "GET", &location, None).0, 200);
    assert_eq!(code(&ask(&emulator, "GET", &pool("p"), None)), (404, "PoolNotFound"));
    assert_eq!(ask(&emulator, "DELETE", &pool("p"), None).0, 204);
}

#[test]
fn a_gallery_image_needs_a_replica_in_the_accounts_region() {
    let emulator = emulator();
    let version = image_fixture::version(&emulator, "1.0.0");
    let mut wanted = body(1);
    wanted["properties"]["deploymentConfiguration"]["virtualMachineConfiguration"]["imageReference"] =
        json!({"id": version});
    let elsewhere = pool("p").replace("rg1", "rg2").replace("mybatch", "mybatch2");
    for path in [&pool("p"), &elsewhere] {
        assert_eq!(ask(&emulator, "PUT", path, Some(wanted.clone())).0, 200);
    }
    wait(&emulator, 900);
    assert_eq!(get(&emulator, "p")["properties"]["currentDedicatedNodes"], 1);
    let failed = ask(&emulator, "GET", &elsewhere, None).1;
    let status = &failed["properties"]["resizeOperationStatus"];
    assert_eq!(failed["properties"]["currentDedicatedNodes"], 0);
    assert_eq!(status["errors"][0]["code"], "AllocationFailed");
    assert!(status["errors"][0].to_string().contains("GalleryImageNotFound"));
}

#[test]
fn images_that_do_not_fit_are_refused() {
    let emulator = emulator();
    let version = image_fixture::version(&emulator, "1.0.0");
    let with = |image: &str, agent: &str| {
        let mut wanted = body(0);
        let machine = &mut wanted["properties"]["deploymentConfiguration"]["virtualMachineConfiguration"];
        machine["imageReference"] = json!({"id": image});
        machine["nodeAgentSkuId"] = json!(agent);
        ask(&emulator, "PUT", &pool("p"), Some(wanted))
    };
    let linux = "batch.node.ubuntu 24.04";
    assert_eq!(code(&with(&version.replace("1.0.0", "9.9.9"), linux)), (400, "InvalidPropertyValue"));
    assert_eq!(code(&with(&version, "batch.node.windows amd64")), (400, "InvalidPropertyValue"));
    assert_eq!(code(&with(&version, "batch.node.ubuntu 14.04")), (404, "NodeAgentSKUNotFound"));
    let managed = format!("{RG1}/providers/Microsoft.Compute/images/img1");
    assert_eq!(code(&with(&managed, linux)), (400, "InvalidPropertyValue"));
    assert_eq!(with(&version, linux).0, 200);
    let definition = version.split("/versions/").next().unwrap_or_default();
    assert_eq!(with(definition, linux).0, 200);
}

#[test]
fn a_formula_sizes_the_pool_and_a_wrong_one_is_refused() {
    let emulator = emulator();
    let with = |formula: &str| {
        let mut wanted = body(0);
        wanted["properties"]["scaleSettings"] =
            json!({"autoScale": {"formula": formula, "evaluationInterval": "PT5M"}});
        wanted
    };
    assert_eq!(
        code(&ask(&emulator, "PUT", &pool("p"), Some(with("nodes = 1;")))),
        (400, "AutoScalingFormulaSyntaxError")
    );
    let (status, made) = ask(&emulator, "PUT", &pool("p"), Some(with("$TargetDedicatedNodes = 3;")));
    assert_eq!((status, &made["properties"]["allocationState"]), (200, &json!("Resizing")));
    wait(&emulator, 700);
    let full = get(&emulator, "p");
    assert_eq!(full["properties"]["currentDedicatedNodes"], 3);
    assert_eq!(full["properties"]["autoScaleRun"]["evaluationTime"], "2026-01-01T00:10:00.0000000Z");
    assert_eq!(full["properties"]["scaleSettings"]["autoScale"]["evaluationInterval"], "PT5M");
    let (status, off) = ask(&emulator, "POST", &format!("{}/p/disableAutoScale{VERSION}", pools()), None);
    assert_eq!(
        (status, &off["properties"]["scaleSettings"]["fixedScale"]["targetDedicatedNodes"]),
        (200, &json!(3))
    );
}

#[test]
fn lists_come_in_pages_and_can_be_filtered() {
    let emulator = emulator();
    for name in ["a", "b", "c"] {
        ask(&emulator, "PUT", &pool(name), Some(body(0)));
    }
    emulator.set_page_size(2);
    let (_, first) = ask(&emulator, "GET", &format!("{}{VERSION}", pools()), None);
    assert_eq!(first["value"].as_array().map(Vec::len), Some(2));
    let next = first["nextLink"].as_str().unwrap_or_default().replace(IN_PROCESS_BASE, "");
    let (_, second) = ask(&emulator, "GET", &next, None);
    assert_eq!((&second["value"][0]["name"], &second["nextLink"]), (&json!("c"), &Value::Null));
    let (_, some) = ask(
        &emulator,
        "GET",
        &format!("{}{VERSION}&$filter=startswith(name,'b')&$select=name", pools()),
        None,
    );
    assert_eq!(some["value"], json!([{"name": "b"}]));
}

#[test]
fn bodies_that_azure_refuses_are_refused() {
    let emulator = emulator();
    let put = |change: fn(&mut Value)| {
        let mut wanted = body(0);
        change(&mut wanted);
        let answer = ask(&emulator, "PUT", &pool("p"), Some(wanted));
        (answer.0, answer.1["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |code: &str| (400, code.to_owned());
    assert_eq!(put(|it| it["properties"]["vmsize"] = json!("x")), refused("InvalidRequestBody"));
    assert_eq!(put(|it| it["parameters"] = json!({})), refused("InvalidRequestBody"));
    assert_eq!(put(|it| it["properties"]["vmSize"] = json!(null)), refused("MissingRequiredProperty"));
    assert_eq!(put(|it| it["identity"] = json!({"type": "SystemAssigned"})), refused("InvalidPropertyValue"));
    let (status, answer) = ask(&emulator, "PUT", &pool("a.b"), Some(body(0)));
    assert_eq!((status, &answer["error"]["code"]), (400, &json!("InvalidPropertyValue")));
    let token = sign_in::BATCH_AUDIENCE;
    let url = format!("{IN_PROCESS_BASE}{}", pool("p"));
    assert_eq!(send(&emulator, "GET", &url, token, &[], None).status, 401);
}

#[test]
fn a_pool_that_is_resizing_can_be_stopped() {
    let emulator = emulator();
    ask(&emulator, "PUT", &pool("p"), Some(body(300)));
    wait(&emulator, 300);
    let (status, stopping) = ask(&emulator, "POST", &format!("{}/p/stopResize{VERSION}", pools()), None);
    assert_eq!((status, &stopping["properties"]["allocationState"]), (200, &json!("Stopping")));
    wait(&emulator, 60);
    let stopped = get(&emulator, "p");
    assert_eq!(stopped["properties"]["allocationState"], "Steady");
    assert_eq!(stopped["properties"]["resizeOperationStatus"]["errors"][0]["code"], "ResizeStopped");
    assert_eq!(code(&ask(&emulator, "POST", &format!("{}/p/stopResize{VERSION}", pools()), None)).0, 409);
}
