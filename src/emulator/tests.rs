//! Tests of the emulator's frame: routing, refusals, faults, state. The resources have theirs beside them.
//! No sockets and no sleeps.

use std::time::Duration;

use serde_json::json;

use crate::emulator::fault::{Fault, When};
use crate::emulator::testing::{RG1, S1, arm, ask, emulator};
use crate::emulator::wire::Request;
use crate::emulator::{Dropped, Emulator, IN_PROCESS_BASE, Settings, sign_in};

const V: &str = "?api-version=2021-04-01";

#[test]
fn arm_refuses_in_its_own_words() {
    let it = emulator();
    let code = |path: &str| {
        let (status, body) = ask(&it, "GET", path, None);
        (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(code(&format!("{S1}/resourceGroups")), (400, "MissingApiVersionParameter".into()));
    assert_eq!(
        code(&format!("{S1}/resourceGroups?api-version=x")),
        (400, "InvalidApiVersionParameter".into())
    );
    assert_eq!(code(&format!("{RG1}x{V}")), (404, "ResourceGroupNotFound".into()));
    assert_eq!(
        code(&format!("/subscriptions/nope/resourceGroups{V}")),
        (400, "InvalidSubscriptionId".into())
    );
    let other = S1.replace("0001", "0009");
    assert_eq!(code(&format!("{other}/resourceGroups{V}")), (404, "SubscriptionNotFound".into()));
    assert_eq!(
        code(&format!("{RG1}/providers/Microsoft.Nope/x/y{V}")),
        (404, "InvalidResourceNamespace".into())
    );
    assert_eq!(
        code(&format!("{RG1}/providers/Microsoft.Compute/nope/y{V}")),
        (404, "InvalidResourceType".into())
    );
}

#[test]
fn without_a_token_there_is_a_challenge() {
    let it = emulator();
    let url = format!("{IN_PROCESS_BASE}{S1}{V}");
    let answer = it.handle(&Request { method: "GET".into(), url, ..Request::default() }).unwrap();
    assert_eq!(answer.status, 401);
    assert!(answer.header("WWW-Authenticate").unwrap().starts_with("Bearer authorization_uri="));
}

#[test]
fn paths_go_without_regard_to_case_and_answers_are_canonical() {
    let it = emulator();
    let (status, body) = ask(
        &it,
        "GET",
        &format!("{}{V}", RG1.to_uppercase().replace("SUBSCRIPTIONS", "subscriptions")),
        None,
    );
    assert_eq!((status, &body["id"]), (200, &json!(RG1)));
}

#[test]
fn lists_are_cut_into_pages_that_can_be_followed() {
    let it = emulator();
    it.set_page_size(1);
    let (_, first) = ask(&it, "GET", &format!("{S1}/resourcegroups{V}"), None);
    assert_eq!(first["value"].as_array().unwrap().len(), 1);
    let next = first["nextLink"].as_str().unwrap().strip_prefix(IN_PROCESS_BASE).unwrap();
    let (_, second) = ask(&it, "GET", next, None);
    assert_eq!(second["value"][0]["name"], "rg2");
    assert!(second.get("nextLink").is_none());
}

#[test]
fn a_connection_can_break_before_and_after_the_commit() {
    let it = emulator();
    let path = format!("{S1}/resourceGroups/new{V}");
    let put = || {
        let mut request = Request { method: "PUT".into(), url: path.clone(), ..Request::default() };
        let token = sign_in::token_for(IN_PROCESS_BASE);
        request.headers.push(("Authorization".into(), format!("Bearer {token}")));
        request.body = json!({"location": "East US"}).to_string().into_bytes();
        it.handle(&request)
    };
    it.add_fault(Fault::drop_at(1, When::BeforeCommit));
    assert_eq!(put().unwrap_err(), Dropped);
    assert_eq!(arm(&it, "HEAD", &path, None).status, 404);
    it.add_fault(Fault::drop_at(3, When::AfterCommit));
    assert_eq!(put().unwrap_err(), Dropped);
    assert_eq!(arm(&it, "HEAD", &path, None).status, 204);
    let log = it.requests();
    let seen: Vec<_> = log.iter().map(|entry| (entry.number, entry.status, entry.committed)).collect();
    assert_eq!(seen, [(1, 0, false), (2, 404, false), (3, 0, true), (4, 204, false)]);
    it.add_fault(Fault::status("PUT", "*/resourcegroups/new", 429, 1));
    assert_eq!(put().unwrap().status, 429);
    assert_eq!(put().unwrap().status, 200);
}

#[test]
fn state_and_clock_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || Settings { state: Some(folder.path().to_owned()), ..Settings::manual() };
    let first = Emulator::new(settings()).unwrap();
    assert!(Emulator::new(settings()).unwrap_err().is_in_use());
    first.advance(Duration::from_secs(90));
    assert_eq!(
        ask(&first, "PUT", &format!("{S1}/resourceGroups/new{V}"), Some(json!({"location": "eastus"}))).0,
        201
    );
    let before = first.state();
    drop(first);
    assert_eq!(Emulator::new(settings()).unwrap().state(), before);
}

#[test]
fn hostile_requests_are_refused_and_never_panic() {
    let it = emulator();
    for path in [
        "",
        "/",
        "//",
        "/subscriptions/",
        "/subscriptions//x",
        "/%",
        "/%ff/..",
        "/subscriptions/../x?api-version=1",
        "/providers",
        "/subscriptions/a/resourceGroups/b%2f../providers/Microsoft.Compute/galleries/c",
        "/é?é=%é",
    ] {
        assert!(arm(&it, "GET", path, None).status >= 400, "{path}");
    }
    let mut request = Request { method: "PUT".into(), url: format!("{RG1}{V}"), ..Request::default() };
    request.headers.push(("authorization".into(), format!("Bearer {}", sign_in::token_for(IN_PROCESS_BASE))));
    request.body = "[".repeat(100_000).into_bytes();
    assert_eq!(it.handle(&request).unwrap().json()["error"]["code"], "InvalidRequestContent");
    request.body = vec![b' '; 5 << 20];
    assert_eq!(it.handle(&request).unwrap().status, 413);
    request.url = format!("{IN_PROCESS_BASE}/pools?api-version=2025-06-01");
    request.method = "POST".into();
    request.dropped = 100 << 20;
    let refused = it.handle(&request).unwrap();
    assert_eq!((refused.status, &refused.json()["code"]), (413, &json!("RequestBodyTooLarge")));
    (request.body, request.dropped) = (b"{\"id\": ".to_vec(), 0);
    assert_eq!(it.handle(&request).unwrap().json()["code"], "InvalidRequestBody");
}

#[test]
fn what_stands_in_no_subscription_or_not_where_it_belongs_is_refused() {
    let it = emulator();
    let body = || Some(json!({"location": "eastus"}));
    for (method, path, code) in [
        ("PUT", "/providers/Microsoft.Compute/galleries/x?api-version=2024-03-03", "MissingSubscription"),
        ("PUT", "/providers/Microsoft.Batch/batchAccounts/xyz?api-version=2024-07-01", "MissingSubscription"),
        (
            "GET",
            "/providers/Microsoft.Compute/locations/eastus/usages?api-version=2024-07-01",
            "MissingSubscription",
        ),
        ("POST", "/providers/Microsoft.Compute/register?api-version=2024-07-01", "MissingSubscription"),
        ("GET", "/resources?api-version=2024-07-01", "MissingSubscription"),
        ("PUT", &format!("{RG1}/resourceGroups/inner?api-version=2024-07-01"), "InvalidResourceType"),
        ("GET", &format!("{S1}/tenants?api-version=2022-12-01"), "InvalidResourceType"),
    ] {
        let (status, answer) = ask(&it, method, path, body());
        assert_eq!((status, &answer["error"]["code"]), (404, &json!(code)), "{path}");
    }
}

#[test]
fn what_could_not_be_stored_was_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let settings = || Settings { state: Some(folder.path().to_owned()), ..Settings::manual() };
    let it = Emulator::new(settings()).unwrap();
    let group = |name: &str| format!("{S1}/resourceGroups/{name}?api-version=2021-04-01");
    let put = |name: &str| ask(&it, "PUT", &group(name), Some(json!({"location": "eastus"})));
    it.lock().journal.as_mut().unwrap().fill_disk();
    let (status, refusal) = put("a");
    assert_eq!((status, &refusal["error"]["code"]), (500, &json!("InternalServerError")));
    assert_eq!(ask(&it, "GET", &group("a"), None).0, 404);
    assert!(it.requests().iter().all(|request| !request.committed));
    assert_eq!(put("b").0, 201, "there is room again");
    let before = it.state();
    drop(it);
    assert_eq!(Emulator::new(settings()).unwrap().state(), before);
}
