//! Tests of scripts: what is read, what strikes when, and what a client sees of it.

use serde_json::{Value, json};

use crate::emulator::fault::{Effect, Fault, read_script};
use crate::emulator::testing::{RG1, S1, arm, ask, emulator, send, wait};
use crate::emulator::{Dropped, Emulator, IN_PROCESS_BASE, sign_in, wire::Request};

const GROUPS: &str = "2021-04-01";
const GALLERIES: &str = "2024-03-03";

fn script(faults: &Value) -> Vec<Fault> {
    read_script(json!({"faults": faults}).to_string().as_bytes()).unwrap()
}

fn with(faults: &Value) -> Emulator {
    let it = emulator();
    for fault in script(faults) {
        it.add_fault(fault);
    }
    it
}

fn group(name: &str) -> String {
    format!("{S1}/resourceGroups/{name}?api-version={GROUPS}")
}

fn gallery(name: &str) -> String {
    format!("{RG1}/providers/Microsoft.Compute/galleries/{name}?api-version={GALLERIES}")
}

/// Status of a PUT of a group; 0 when the connection was closed.
fn put(it: &Emulator, name: &str) -> u16 {
    let mut request = Request { method: "PUT".into(), url: group(name), ..Request::default() };
    let token = sign_in::token_for(IN_PROCESS_BASE);
    request.headers.push(("authorization".into(), format!("Bearer {token}")));
    request.body = b"{\"location\": \"eastus\"}".to_vec();
    match it.handle(&request) {
        Ok(response) => response.status,
        Err(Dropped) => 0,
    }
}

#[test]
fn what_is_no_script_is_refused_by_place() {
    for (faults, part) in [
        (json!([{"do": {"answer": {"status": 99}}}]), "fault 1: `status`"),
        (
            json!([{"do": {"answer": {"status": 503, "headers": {"Content-Length": "9"}}}}]),
            "the connection's own",
        ),
        (json!([{"do": {"answer": {"status": 503, "retryAfter": "a\r\nb"}}}]), "no header can have"),
        (json!([{"do": "truncate"}, {"do": {"stale": {}}}]), "fault 2: `stale` needs"),
        (json!([{"on": {"method": "PUT"}, "do": {"replication": "eastus"}}]), "the `path` of the resource"),
        (json!([{"nth": 0, "do": "malform"}]), "`nth` counts from 1"),
        (json!([{"times": 0, "do": "malform"}]), "`times` is a number above 0"),
        (json!([{"times": "ever", "do": "malform"}]), "a script of faults is"),
        (json!([{"do": {"slow": "soon"}}]), "a script of faults is"),
        (json!([{"do": {"answer": {"status": 500, "retry": 1}}}]), "a script of faults is"),
        (json!({}), "a script of faults is"),
    ] {
        let refusal = read_script(json!({"faults": faults}).to_string().as_bytes()).unwrap_err();
        assert!(refusal.to_string().contains(part), "{faults}: {refusal}");
    }
}

#[test]
fn a_fault_strikes_from_the_nth_on_as_often_as_it_says() {
    let on = json!({"method": "put", "path": "*/resourceGroups/*"});
    let busy = json!({"answer": {"status": 503}});
    let it = with(&json!([{"on": on, "nth": 2, "times": 2, "do": busy}]));
    assert_eq!([0; 5].map(|_| put(&it, "a")), [201, 503, 503, 200, 200]);
    let it = with(&json!([{"on": on, "times": "always", "do": busy}]));
    assert_eq!([0; 3].map(|_| put(&it, "a")), [503; 3]);
    it.clear_faults();
    assert_eq!(put(&it, "a"), 201);
    let it = with(
        &json!([{"on": {"request": 2}, "do": {"reset": "beforeCommit"}}, {"on": on, "nth": 3, "do": {"reset": "afterCommit"}}]),
    );
    assert_eq!(["a", "b", "c", "d"].map(|name| put(&it, name)), [201, 0, 201, 0]);
    assert_eq!(["b", "d"].map(|name| ask(&it, "GET", &group(name), None).0), [404, 200]);
}

#[test]
fn answers_come_in_azures_words_for_the_plane_that_was_asked() {
    let it = with(&json!([
        {"on": {"path": "*/resourceGroups/*"}, "do": {"answer": {"status": 429, "retryAfter": 7}}},
        {"on": {"path": "/pools"}, "do": {"answer": {"status": 409, "code": "PoolBeingResized", "message": "m"}}},
        {"on": {"path": "*/a"}, "do": {"answer": {"status": 409, "code": "ScopeLocked", "when": "afterCommit"}}},
        {"on": {"path": "*/b"}, "do": {"answer": {"status": 502}}},
        {"on": {"path": "*/c"}, "do": {"answer": {"status": 200, "body": {"odd": true}, "headers": {"Retry-After": "-1"}}}},
    ]));
    let slow = arm(&it, "GET", &group("x"), None);
    assert_eq!((slow.status, slow.header("retry-after")), (429, Some("7")));
    assert_eq!(slow.json()["error"]["code"], "TooManyRequests");
    let url = format!("{IN_PROCESS_BASE}/pools?api-version=2025-06-01");
    let pools = send(&it, "GET", &url, sign_in::BATCH_AUDIENCE, &[], None);
    assert_eq!((pools.status, &pools.json()["code"]), (409, &json!("PoolBeingResized")));
    it.add_fault(Fault::status("GET", "/pools/p", 401, 1));
    let url = format!("{IN_PROCESS_BASE}/pools/p?api-version=2025-06-01");
    let refused = send(&it, "GET", &url, sign_in::BATCH_AUDIENCE, &[], None);
    assert_eq!(refused.json()["code"], "AuthenticationFailed");
    it.add_fault(Fault::status("GET", "*/oauth2/v2.0/token", 503, 1));
    let busy = arm(&it, "GET", "/common/oauth2/v2.0/token", None);
    assert_eq!((busy.status, &busy.json()["error"]), (503, &json!("temporarily_unavailable")));
    let locked = arm(&it, "PUT", &group("a"), Some(json!({"location": "eastus"})));
    assert!(locked.json()["error"]["message"].as_str().unwrap().contains("locked"), "{:?}", locked.json());
    assert_eq!(ask(&it, "GET", &group("a"), None).0, 200);
    let proxy = arm(&it, "GET", &group("b"), None);
    assert_eq!((proxy.status, proxy.header("content-type")), (502, Some("text/html")));
    let odd = arm(&it, "GET", &group("c"), None);
    assert_eq!((odd.json(), odd.header("retry-after")), (json!({"odd": true}), Some("-1")));
}

#[test]
fn answers_come_late_cut_or_broken() {
    let it = with(&json!([
        {"on": {"request": 1}, "do": {"slow": "PT2S"}},
        {"on": {"request": 2}, "do": "truncate"},
        {"on": {"request": 3}, "do": "malform"},
    ]));
    let [late, cut, broken, whole] = [0; 4].map(|_| arm(&it, "GET", &group("rg1"), None));
    assert_eq!((late.delay.as_secs(), late.json()), (2, whole.json()));
    assert!(cut.cut && cut.body == whole.body);
    assert_eq!((broken.status, broken.json()), (200, Value::Null));
}

#[test]
fn an_operation_that_fails_leaves_the_resource_failed_and_can_be_tried_again() {
    let trouble = json!({"operation": {"code": "InternalExecutionError"}});
    let it = with(&json!([{"on": {"path": "*/galleries/g"}, "times": 2, "nth": 2, "do": trouble}]));
    let body = || Some(json!({"location": "eastus"}));
    let state = || {
        wait(&it, 60);
        ask(&it, "GET", &gallery("g"), None).1["properties"]["provisioningState"].clone()
    };
    arm(&it, "PUT", &gallery("g"), body());
    assert_eq!(state(), "Succeeded");
    let begun = arm(&it, "PUT", &gallery("g"), body());
    let poll = begun.header("azure-asyncoperation").unwrap().replace(IN_PROCESS_BASE, "");
    assert_eq!(state(), "Failed");
    assert_eq!(ask(&it, "GET", &poll, None).1["error"]["code"], "InternalExecutionError");
    assert_eq!(arm(&it, "DELETE", &gallery("g"), None).status, 202);
    assert_eq!(state(), "Failed");
    arm(&it, "DELETE", &gallery("g"), None);
    assert_eq!(state(), Value::Null);
}

#[test]
fn a_pool_and_an_account_outlive_a_deletion_that_fails() {
    let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch");
    let pool = format!("{account}/pools/p");
    let trouble = json!({"operation": {"code": "PoolDeletionFailed"}});
    let it = with(
        &json!([{"on": {"path": "*/pools/p"}, "do": trouble}, {"on": {"path": "*/mybatch"}, "do": trouble}]),
    );
    let url = |id: &str| format!("{id}?api-version=2025-06-01");
    let body = json!({"properties": {"vmSize": "Standard_D2s_v3", "deploymentConfiguration": {"virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
        "nodeAgentSkuId": "batch.node.ubuntu 24.04"}}}});
    assert_eq!(arm(&it, "PUT", &url(&pool), Some(body)).status, 200);
    for id in [&pool, &account] {
        for last in [Some("PoolDeletionFailed"), None] {
            let begun = arm(&it, "DELETE", &url(id), None);
            let location = begun.header("location").unwrap().replace(IN_PROCESS_BASE, "");
            wait(&it, 60 * 60);
            let ended = arm(&it, "GET", &location, None);
            assert_eq!(ended.json()["error"]["code"].as_str(), last, "{id}");
            let left = if last.is_some() { 200 } else { 404 };
            assert_eq!(arm(&it, "GET", &url(id), None).status, left, "{id}");
        }
    }
}

#[test]
fn for_a_while_reads_answer_what_was_before() {
    let stale = |stale: Value| {
        let on = json!({"method": "PUT", "path": "*/galleries/*"});
        let it = with(&json!([{"on": on, "times": "always", "do": {"stale": stale}}]));
        arm(&it, "PUT", &gallery("g"), Some(json!({"location": "eastus"})));
        it
    };
    let list = format!("{S1}/providers/Microsoft.Compute/galleries?api-version={GALLERIES}");
    let get = |it: &Emulator| ask(it, "GET", &gallery("G"), None).0;
    let listed = |it: &Emulator| ask(it, "GET", &list, None).1["value"].as_array().unwrap().len();

    let it = stale(json!({"reads": 2}));
    assert_eq!((get(&it), listed(&it), get(&it), listed(&it)), (404, 0, 200, 1));
    let it = stale(json!({"for": "PT30S", "seenBy": "lists"}));
    assert_eq!((get(&it), listed(&it)), (200, 0));
    wait(&it, 31);
    assert_eq!(listed(&it), 1);
    let it = stale(json!({"reads": 1, "seenBy": "gets"}));
    assert_eq!((listed(&it), get(&it), get(&it)), (1, 404, 200));
    // A second write: what was before is what was written first.
    wait(&it, 60);
    arm(&it, "PUT", &gallery("g"), Some(json!({"location": "eastus", "tags": {"a": "b"}})));
    let tags = || ask(&it, "GET", &gallery("g"), None).1["tags"].clone();
    assert_eq!(tags(), Value::Null);
    // Again at once: what the last read has seen the end of is not dug out again.
    arm(&it, "PUT", &gallery("g"), Some(json!({"location": "eastus", "tags": {"a": "c"}})));
    assert_eq!((tags(), tags()), (json!({"a": "b"}), json!({"a": "c"})));
}

#[test]
fn pools_grow_short_and_nodes_fall_sick_by_script() {
    let it = with(&json!([
        {"on": {"path": "*/pools/short"}, "do": {"resize": {"code": "AllocationFailed", "nodes": 1}}},
        {"on": {"path": "*/pools/sick"}, "do": {"nodes": {"count": 2, "are": "startTaskFailed"}}},
        {"on": {"path": "*/pools/dead"}, "do": {"nodes": {"are": "unusable"}}},
    ]));
    let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch");
    let pool = |name: &str| format!("{account}/pools/{name}?api-version=2025-06-01");
    let body = json!({"properties": {
        "vmSize": "Standard_D2s_v3",
        "deploymentConfiguration": {"virtualMachineConfiguration": {
            "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
            "nodeAgentSkuId": "batch.node.ubuntu 24.04",
        }},
        "startTask": {"commandLine": "true", "waitForSuccess": true},
        "scaleSettings": {"fixedScale": {"targetDedicatedNodes": 3}},
    }});
    for name in ["short", "sick", "dead"] {
        assert_eq!(arm(&it, "PUT", &pool(name), Some(body.clone())).status, 200);
    }
    wait(&it, 20 * 60);
    let (_, short) = ask(&it, "GET", &pool("short"), None);
    assert_eq!(short["properties"]["currentDedicatedNodes"], 1);
    assert_eq!(short["properties"]["resizeOperationStatus"]["errors"][0]["code"], "AllocationFailed");
    let url = format!("{IN_PROCESS_BASE}/nodecounts?api-version=2025-06-01");
    let counts = send(&it, "GET", &url, sign_in::BATCH_AUDIENCE, &[], None).json();
    let of = |pool: &str, state: &str| {
        let row = counts["value"].as_array().unwrap().iter().find(|row| row["poolId"] == pool).unwrap();
        row["dedicated"][state].clone()
    };
    assert_eq!((of("sick", "startTaskFailed"), of("sick", "idle")), (json!(2), json!(1)));
    assert_eq!((of("dead", "unusable"), of("dead", "idle")), (json!(1), json!(2)));
    assert!(matches!(script(&json!([{"do": {"nodes": {"are": "starting"}}}]))[0].effect, Effect::Nodes(_)));
}
