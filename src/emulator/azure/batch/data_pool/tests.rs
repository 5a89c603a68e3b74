//! Pools and nodes on the data plane, through the whole emulator on the manual clock.

use serde_json::{Value, json};

use crate::emulator::azure::image_fixture;
use crate::emulator::testing::{RG1, ask, emulator, send, wait};
use crate::emulator::wire::{Request, Response};
use crate::emulator::{Emulator, IN_PROCESS_BASE, sign_in};

/// The first account shares ARM's authority.
fn url(path: &str) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    format!("{IN_PROCESS_BASE}{path}{sign}api-version=2025-06-01")
}

fn batch(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> Response {
    send(emulator, method, &url(path), sign_in::BATCH_AUDIENCE, &[], body)
}

fn code(response: &Response) -> (u16, String) {
    (response.status, response.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn body(id: &str, nodes: u32) -> Value {
    json!({
        "id": id, "vmSize": "Standard_D2s_v3", "targetDedicatedNodes": nodes.to_string(),
        "virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
            "nodeAgentSKUId": "batch.node.ubuntu 24.04",
        },
        "startTask": {"commandLine": "/bin/true"},
    })
}

#[test]
fn one_pool_is_one_pool_on_both_planes() {
    let emulator = emulator();
    let made = batch(&emulator, "POST", "/pools", Some(body("p", 2)));
    assert_eq!((made.status, made.body.len()), (201, 0), "{}", made.json());
    let arm = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/p?api-version=2025-06-01");
    let (status, managed) = ask(&emulator, "GET", &arm, None);
    assert_eq!((status, &managed["properties"]["vmSize"]), (200, &json!("STANDARD_D2S_V3")));
    assert_eq!(managed["properties"]["scaleSettings"]["fixedScale"]["targetDedicatedNodes"], 2);
    let patch = json!({"properties": {"metadata": [{"name": "a", "value": "b"}]}});
    let (_, patched) = ask(&emulator, "PATCH", &arm, Some(patch));
    let seen = batch(&emulator, "GET", "/pools/p", None);
    let body = seen.json();
    assert_eq!(body["metadata"][0]["value"], "b");
    assert_eq!(patched["etag"], format!("W/\"{}\"", body["eTag"].as_str().unwrap()));
    assert_eq!(seen.header("etag"), body["eTag"].as_str());
    assert_eq!((&body["allocationState"], &body["state"]), (&json!("resizing"), &json!("active")));
    assert_eq!(body["vmSize"], "standard_d2s_v3");
    assert!(seen.header("content-type").is_some_and(|kind| kind.contains("odata=minimalmetadata")));
}

#[test]
fn nodes_come_up_and_are_counted() {
    let emulator = emulator();
    batch(&emulator, "POST", "/pools", Some(body("p", 2)));
    wait(&emulator, 225);
    let counts = batch(&emulator, "GET", "/nodecounts", None).json();
    assert_eq!(
        (&counts["value"][0]["poolId"], &counts["value"][0]["dedicated"]["creating"]),
        (&json!("p"), &json!(1))
    );
    wait(&emulator, 75);
    let counts = batch(&emulator, "GET", "/nodecounts", None).json();
    assert_eq!(counts["value"][0]["dedicated"]["waitingForStartTask"], 1);
    wait(&emulator, 60);
    let counts = batch(&emulator, "GET", "/nodecounts", None).json();
    assert_eq!(counts["value"][0]["dedicated"]["idle"], 2);
    let nodes =
        batch(&emulator, "GET", "/pools/p/nodes?$filter=state eq 'idle'&$select=id,state", None).json();
    assert_eq!(nodes["value"].as_array().map(Vec::len), Some(2));
    let id = nodes["value"][0]["id"].as_str().unwrap_or_default();
    let node = batch(&emulator, "GET", &format!("/pools/p/nodes/{id}"), None).json();
    assert_eq!(node["startTaskInfo"]["result"], "success");
    let removed = batch(&emulator, "POST", "/pools/p/removenodes", Some(json!({"nodeList": [id]})));
    assert_eq!(removed.status, 202);
    wait(&emulator, 60);
    let pool = batch(&emulator, "GET", "/pools/p", None).json();
    assert_eq!((&pool["currentDedicatedNodes"], &pool["targetDedicatedNodes"]), (&json!(1), &json!(1)));
}

#[test]
fn sizing_is_refused_while_sizing_and_under_a_formula() {
    let emulator = emulator();
    batch(&emulator, "POST", "/pools", Some(body("p", 2)));
    let resize = Some(json!({"targetDedicatedNodes": 1}));
    let conflict = batch(&emulator, "POST", "/pools/p/resize", resize.clone());
    assert_eq!(code(&conflict), (409, "PoolBeingResized".into()));
    wait(&emulator, 600);
    let short = Some(json!({"targetDedicatedNodes": 1, "resizeTimeout": "PT1M"}));
    assert_eq!(code(&batch(&emulator, "POST", "/pools/p/resize", short)).0, 400);
    assert_eq!(batch(&emulator, "POST", "/pools/p/resize", resize.clone()).status, 202);
    wait(&emulator, 600);
    let formula = Some(
        json!({"autoScaleFormula": "$TargetDedicatedNodes = 0;", "autoScaleEvaluationInterval": "PT5M"}),
    );
    assert_eq!(batch(&emulator, "POST", "/pools/p/enableautoscale", formula.clone()).status, 200);
    assert_eq!(code(&batch(&emulator, "POST", "/pools/p/enableautoscale", formula)).0, 503);
    assert_eq!(
        code(&batch(&emulator, "POST", "/pools/p/resize", resize)),
        (409, "OperationNotValidOnPool".into())
    );
    let tried = Some(json!({"autoScaleFormula": "$TargetDedicatedNodes = 9;"}));
    let run = batch(&emulator, "POST", "/pools/p/evaluateautoscale", tried).json();
    assert!(run["results"].as_str().is_some_and(|it| it.starts_with("$TargetDedicatedNodes=9;")), "{run}");
    wait(&emulator, 600);
    assert_eq!(batch(&emulator, "POST", "/pools/p/disableautoscale", None).status, 200);
    let pool = batch(&emulator, "GET", "/pools/p", None).json();
    assert_eq!((&pool["enableAutoScale"], &pool["currentDedicatedNodes"]), (&json!(false), &json!(0)));
}

#[test]
fn conditions_are_kept() {
    let emulator = emulator();
    batch(&emulator, "POST", "/pools", Some(body("p", 0)));
    let etag = batch(&emulator, "GET", "/pools/p", None).header("etag").unwrap_or_default().to_owned();
    let with = |method: &str, name: &str, value: &str| {
        let body = (method == "PATCH").then(|| json!({"metadata": []}));
        send(&emulator, method, &url("/pools/p"), sign_in::BATCH_AUDIENCE, &[(name, value)], body).status
    };
    assert_eq!(with("GET", "if-none-match", &etag), 304);
    assert_eq!(with("GET", "if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT"), 304);
    assert_eq!(with("PATCH", "if-match", "0x1"), 412);
    assert_eq!(with("PATCH", "if-match", &etag), 200);
    assert_eq!(with("PATCH", "if-match", &etag), 412);
    assert_eq!(with("DELETE", "if-unmodified-since", "Wed, 31 Dec 2025 23:59:59 GMT"), 412);
}

#[test]
fn a_deleted_pool_is_there_until_it_is_gone() {
    let emulator = emulator();
    batch(&emulator, "POST", "/pools", Some(body("p", 0)));
    assert_eq!(code(&batch(&emulator, "POST", "/pools", Some(body("P", 0)))), (409, "PoolExists".into()));
    assert_eq!(batch(&emulator, "DELETE", "/pools/p", None).status, 202);
    assert_eq!(batch(&emulator, "GET", "/pools/p", None).json()["state"], "deleting");
    assert_eq!(code(&batch(&emulator, "DELETE", "/pools/p", None)), (409, "PoolBeingDeleted".into()));
    assert_eq!(
        code(&batch(&emulator, "POST", "/pools", Some(body("p", 0)))),
        (409, "PoolBeingDeleted".into())
    );
    wait(&emulator, 120);
    assert_eq!(code(&batch(&emulator, "GET", "/pools/p", None)), (404, "PoolNotFound".into()));
    assert_eq!(batch(&emulator, "HEAD", "/pools/p", None).status, 404);
}

#[test]
fn updateproperties_replaces_and_patch_does_not() {
    let emulator = emulator();
    let mut wanted = body("p", 0);
    wanted["metadata"] = json!([{"name": "a", "value": "b"}]);
    batch(&emulator, "POST", "/pools", Some(wanted));
    let patch = Some(json!({"applicationPackageReferences": [{"applicationId": "app", "version": "1"}]}));
    assert_eq!(batch(&emulator, "PATCH", "/pools/p", patch).status, 200);
    let pool = batch(&emulator, "GET", "/pools/p", None).json();
    assert_eq!(pool["metadata"][0]["name"], "a");
    assert_eq!(pool["applicationPackageReferences"], json!([{"applicationId": "app", "version": "1"}]));
    assert_eq!(
        batch(&emulator, "POST", "/pools/p/updateproperties", Some(json!({"metadata": []}))).status,
        400
    );
    let replace = Some(json!({"metadata": [], "applicationPackageReferences": []}));
    assert_eq!(batch(&emulator, "POST", "/pools/p/updateproperties", replace).status, 204);
    let pool = batch(&emulator, "GET", "/pools/p", None).json();
    for gone in ["metadata", "applicationPackageReferences", "startTask"] {
        assert_eq!(pool[gone], Value::Null, "{gone}");
    }
}

#[test]
fn a_shared_key_is_refused_for_a_gallery_image() {
    let emulator = emulator();
    let image = image_fixture::version(&emulator, "1.0.0");
    let mut wanted = body("p", 0);
    wanted["virtualMachineConfiguration"]["imageReference"] = json!({"virtualMachineImageId": image});
    let signed = |body: &Value| {
        let headers = vec![("authorization".to_owned(), "SharedKey mybatch:c2lnbmF0dXJl".to_owned())];
        let request = Request {
            method: "POST".into(),
            url: url("/pools"),
            headers,
            body: body.to_string().into_bytes(),
            ..Request::default()
        };
        emulator.handle(&request).unwrap()
    };
    let refused = signed(&wanted);
    assert_eq!(code(&refused), (403, "AuthenticationFailed".into()));
    assert!(
        refused.json()["values"][0]["value"]
            .as_str()
            .is_some_and(|text| text.contains("SharedKey is not allowed"))
    );
    assert_eq!(signed(&body("q", 0)).status, 201);
    assert_eq!(batch(&emulator, "POST", "/pools", Some(wanted)).status, 201);
}

#[test]
fn odd_requests_get_the_services_errors() {
    let emulator = emulator();
    let without = format!("{IN_PROCESS_BASE}/pools");
    let answer = send(&emulator, "GET", &without, sign_in::BATCH_AUDIENCE, &[], None);
    assert_eq!(code(&answer), (400, "MissingRequiredQueryParameter".into()));
    assert_eq!(code(&batch(&emulator, "GET", "/pools?$filter=id", None)).0, 400);
    assert_eq!(code(&batch(&emulator, "PUT", "/pools/p", Some(json!({})))).0, 405);
    let future = without.clone() + "?api-version=2040-01-01";
    let answer = send(&emulator, "GET", &future, sign_in::BATCH_AUDIENCE, &[], None);
    assert_eq!(code(&answer), (400, "InvalidQueryParameterValue".into()));
    assert_eq!(answer.json()["values"][0]["value"], "api-version");
    for (path, body) in
        [("/pools", None), ("/jobs/j/terminate", Some(json!([]))), ("/jobs", Some(json!("j")))]
    {
        let answer = batch(&emulator, "POST", path, body);
        assert_eq!(code(&answer), (400, "InvalidRequestBody".into()), "{path}");
    }
    let unknown = batch(&emulator, "POST", "/pools", Some(json!({"id": "p", "nonsense": 1})));
    assert_eq!(code(&unknown), (400, "InvalidRequestBody".into()));
    assert!(unknown.json()["message"]["value"].as_str().is_some_and(|text| text.contains("\nRequestId:")));
    let images = batch(&emulator, "GET", "/supportedimages?$filter=osType eq 'windows'", None).json();
    assert!(images["value"].as_array().is_some_and(|rows| rows.iter().all(|row| row["osType"] == "windows")));
}
