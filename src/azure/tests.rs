//! The client as a whole, over a scripted transport: headers, tries, pages, and where tokens do not go.
//! Opens no socket and waits for nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::azure::auth::{AuthSettings, sign_in};
use crate::azure::endpoints::Endpoints;
use crate::azure::endpoints::cloud::Cloud;
use crate::azure::error::AzureError;
use crate::azure::poll::{Poll, accepted, location, operation};
use crate::azure::read::Read;
use crate::azure::scripted::{ScriptedTransport, broken, client, response};
use crate::azure::transport::Transport;
use crate::azure::write::{Condition, Write};
use crate::model::request::{Method, Plane, Request};
use crate::model::resource_id::ResourceId;

fn gallery() -> Request {
    Request::get(&ResourceId::new("s", "g", "Microsoft.Compute", "galleries", "one"), "2024-03-03")
}

fn put_gallery() -> Request {
    Request { method: Method::Put, ..gallery() }.with_body(json!({"location": "eastus2"}))
}

fn reader(transport: &Arc<ScriptedTransport>) -> Read {
    Read::new(client(transport).0)
}

#[tokio::test]
async fn a_request_says_who_asks_and_counts_itself() {
    let transport = ScriptedTransport::of(vec![Ok(response(200, &[], "{}")), Ok(response(200, &[], "{}"))]);
    let read = reader(&transport);
    read.get(&gallery(), "a gallery").await.expect("answered");
    let pools = Request {
        plane: Plane::Batch { endpoint: "a.eastus.batch.azure.com".to_owned() },
        path: "/pools".to_owned(),
        api_version: "2025-06-01",
        ..gallery()
    };
    read.get(&pools, "pools").await.expect("answered");
    let sent = transport.sent();
    let header = |number: usize, name: &str| sent[number].headers.get(name).expect(name).to_owned();
    assert_eq!(header(0, "authorization"), "Bearer first-token-for-https://management.azure.com");
    assert_eq!(header(0, "x-ms-client-request-id"), "run-1");
    assert_eq!(header(0, "accept"), "application/json");
    assert_eq!(sent[1].url, "https://a.eastus.batch.azure.com/pools?api-version=2025-06-01");
    assert_eq!(header(1, "authorization"), "Bearer first-token-for-https://batch.core.windows.net/");
    assert_eq!(header(1, "x-ms-client-request-id"), "run-2");
    assert_eq!(header(1, "accept"), "application/json; odata=minimalmetadata");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let transport = ScriptedTransport::of(vec![Ok(response(401, &[], "")), Ok(response(200, &[], "{}"))]);
    reader(&transport).get(&gallery(), "a gallery").await.expect("the fresh token is good");
    assert!(
        transport.sent()[1]
            .headers
            .get("authorization")
            .is_some_and(|value| value.starts_with("Bearer fresh"))
    );

    let transport = ScriptedTransport::answering(|_, _| Ok(response(401, &[], "")));
    let error = reader(&transport).get(&gallery(), "a gallery").await.expect_err("no token is good");
    assert_eq!((error.status(), transport.sent().len()), (Some(401), 2));
}

#[tokio::test]
async fn throttling_is_waited_out_and_told() {
    let throttled = || Ok(response(429, &[("Retry-After", "7")], r#"{"error":{"code":"TooManyRequests"}}"#));
    let transport = ScriptedTransport::of(vec![throttled(), throttled(), Ok(response(200, &[], "{}"))]);
    let (client, timer) = client(&transport);
    let told = std::sync::Mutex::new(Vec::new());
    let on_retry =
        |why: &str, after: Duration| told.lock().expect("not poisoned").push((why.to_owned(), after));
    Write::new(client)
        .send(&put_gallery(), &Condition::Always, Some(&on_retry))
        .await
        .expect("the third is good");
    assert_eq!(timer.waits(), [Duration::from_secs(7); 2]);
    let told = told.into_inner().expect("not poisoned");
    assert_eq!(told[0], ("Azure answered 429 TooManyRequests".to_owned(), Duration::from_secs(7)));
}

#[tokio::test]
async fn a_refusal_after_a_broken_try_says_that_it_may_be_an_echo() {
    let exists = || Ok(response(412, &[], r#"{"error":{"code":"ConditionNotMet","message":"exists"}}"#));
    let transport = ScriptedTransport::of(vec![Err(broken()), exists()]);
    let write = Write::new(client(&transport).0);
    let error = write.send(&put_gallery(), &Condition::Absent, None).await.expect_err("refused");
    assert!(error.may_have_been_done(), "{error}");
    assert_eq!(transport.sent()[1].headers.get("if-none-match"), Some("*"));

    let transport = ScriptedTransport::of(vec![exists()]);
    let write = Write::new(client(&transport).0);
    let error = write.send(&put_gallery(), &Condition::Absent, None).await.expect_err("refused");
    assert!(!error.may_have_been_done(), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let transport = ScriptedTransport::answering(|_, _| Err(broken()));
    let error = reader(&transport).get(&gallery(), "a gallery").await.expect_err("nothing comes");
    assert!(matches!(error, AzureError::NoAnswer { tries: 8, .. }), "{error}");
    assert!(error.chain().ends_with("connection reset"), "{}", error.chain());
}

#[tokio::test]
async fn absent_is_none_and_unreadable_is_an_error() {
    let transport = ScriptedTransport::of(vec![
        Ok(response(404, &[], r#"{"error":{"code":"ResourceNotFound","message":""}}"#)),
        Ok(response(403, &[], r#"{"error":{"code":"AuthorizationFailed","message":"client has no right"}}"#)),
        Ok(response(200, &[("x-ms-request-id", "azure-9")], "<html>hello</html>")),
    ]);
    let read = reader(&transport);
    assert_eq!(read.get_optional(&gallery(), "a gallery").await.expect("absent"), None);
    let error = read.get_optional(&gallery(), "a gallery").await.expect_err("unreadable");
    assert_eq!(error.code(), Some("AuthorizationFailed"));
    let error = read.get_optional(&gallery(), "a gallery").await.expect_err("no JSON");
    let text = error.to_string();
    assert!(
        text.contains("not a gallery") && text.contains("azure-9") && text.contains("<html>hello"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_that_echoes_the_token_is_not_quoted() {
    let transport = ScriptedTransport::answering(|_, request| {
        let token = request.headers.get("authorization").expect("signed").to_owned();
        Ok(response(400, &[], &format!(r#"{{"error":{{"code":"Bad","message":"you sent {token}"}}}}"#)))
    });
    let error = reader(&transport).get(&gallery(), "a gallery").await.expect_err("refused");
    assert!(!error.chain().contains("first-token"), "{}", error.chain());
    assert!(!format!("{error:?}").contains("first-token"), "{error:?}");
}

#[tokio::test]
async fn lists_are_read_to_their_end_in_both_spellings() {
    let next = "https://management.azure.com/page2?$skiptoken=a";
    let transport = ScriptedTransport::of(vec![
        Ok(response(200, &[], &json!({"value": [1, 2], "nextLink": next}).to_string())),
        Ok(response(200, &[], &json!({"value": [3], "odata.nextLink": format!("{next}b")}).to_string())),
        Ok(response(200, &[], &json!({"value": [], "nextLink": null}).to_string())),
    ]);
    assert_eq!(
        reader(&transport).list(&gallery()).await.expect("three pages"),
        [json!(1), json!(2), json!(3)]
    );
    assert_eq!(transport.sent()[1].url, next);
}

#[tokio::test]
async fn a_list_that_goes_in_circles_ends() {
    let next = "https://management.azure.com/page?x";
    let page = json!({"value": [1], "nextLink": next}).to_string();
    let transport = ScriptedTransport::answering(move |_, _| Ok(response(200, &[], &page)));
    let error = reader(&transport).list(&gallery()).await.expect_err("a circle");
    assert!(error.to_string().contains("comes to an end"), "{error}");
    assert_eq!(transport.sent().len(), 2);
}

/// Invariant 12: a link, a redirect, an authority of somebody else gets no token and no request at all.
#[tokio::test]
async fn tokens_stay_in_the_cloud() {
    let evil = "https://management.azure.com.evil.example/steal";
    // nextLink
    let page = json!({"value": [], "nextLink": evil}).to_string();
    let transport = ScriptedTransport::answering(move |_, _| Ok(response(200, &[], &page)));
    let error = reader(&transport).list(&gallery()).await.expect_err("foreign");
    assert!(error.chain().contains("management.azure.com.evil.example"), "{}", error.chain());
    assert_eq!(transport.sent().len(), 1);
    // Azure-AsyncOperation and Location
    let transport = ScriptedTransport::answering(move |_, _| {
        Ok(response(202, &[("Azure-AsyncOperation", evil), ("Location", evil)], ""))
    });
    let write = Write::new(client(&transport).0);
    let answer = write.send(&put_gallery(), &Condition::Always, None).await.expect("accepted");
    let links = accepted(&answer);
    for link in [links.operation, links.location].into_iter().flatten() {
        let result = write.read().follow(&Plane::Arm, "Azure-AsyncOperation", &link).await;
        assert!(matches!(result, Err(AzureError::Endpoint(_))));
        assert_eq!(operation(result.as_ref()), Poll::Forgotten);
    }
    assert_eq!(transport.sent().len(), 1);
    // redirect
    let transport = ScriptedTransport::answering(move |_, _| Ok(response(307, &[("Location", evil)], "")));
    let error = reader(&transport).get(&gallery(), "a gallery").await.expect_err("not followed");
    assert_eq!((error.status(), transport.sent().len()), (Some(307), 1));
    // the account endpoint
    let transport = ScriptedTransport::of(Vec::new());
    let pools = Request { plane: Plane::Batch { endpoint: "evil.example".to_owned() }, ..gallery() };
    assert!(reader(&transport).get(&pools, "pools").await.is_err());
    assert!(transport.sent().is_empty());
}

fn principal() -> AuthSettings {
    let variables =
        [("AZURE_TENANT_ID", "tenant"), ("AZURE_CLIENT_ID", "client"), ("AZURE_CLIENT_SECRET", "canary&/+")];
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    AuthSettings { variables, ..AuthSettings::default() }
}

#[tokio::test]
async fn a_client_secret_is_sent_to_the_authority_and_its_token_kept() {
    let transport = ScriptedTransport::answering(|number, _| {
        let token = format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"token-{number}"}}"#);
        Ok(response(200, &[], &token))
    });
    let shared: Arc<dyn Transport> = Arc::clone(&transport) as Arc<dyn Transport>;
    let signed_in = sign_in(&principal(), &Endpoints::china(), &shared).expect("complete settings");
    assert!(signed_in.chosen.contains("client in tenant tenant") && !signed_in.chosen.contains("canary"));
    let audience = "https://batch.chinacloudapi.cn/";
    let first = signed_in.tokens.token(audience, None).await.expect("a token");
    let again = signed_in.tokens.token(audience, None).await.expect("the same");
    assert_eq!((first.secret(), again.secret()), ("token-0", "token-0"));
    let fresh = signed_in.tokens.token(audience, Some(&first)).await.expect("another");
    let late =
        signed_in.tokens.token(audience, Some(&first)).await.expect("the one another request has fetched");
    assert_eq!((fresh.secret(), late.secret()), ("token-1", "token-1"));
    let sent = transport.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].url, "https://login.chinacloudapi.cn/tenant/oauth2/v2.0/token");
    let body = String::from_utf8_lossy(sent[0].body.as_deref().expect("a form")).into_owned();
    assert!(body.contains("scope=https%3A%2F%2Fbatch.chinacloudapi.cn%2F%2F.default"), "{body}");
}

#[tokio::test]
async fn a_refused_sign_in_says_why_and_not_what_was_sent() {
    let transport = ScriptedTransport::answering(|_, request| {
        let form = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        let answer = json!({"error": "invalid_client", "error_codes": [7_000_215],
            "error_description": format!("AADSTS7000215: Invalid client secret canary&/+ in {form}")});
        Ok(response(401, &[], &answer.to_string()))
    });
    let shared: Arc<dyn Transport> = Arc::clone(&transport) as Arc<dyn Transport>;
    let signed_in = sign_in(&principal(), &Endpoints::public(), &shared).expect("complete settings");
    let error = signed_in.tokens.token("https://management.azure.com", None).await.expect_err("refused");
    let text = format!("{error} {error:?}");
    assert!(text.contains("AADSTS7000215") && !text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_described_cloud_is_asked_without_a_token() {
    let metadata = json!({"name": "local", "resourceManager": "https://127.0.0.1:8443",
        "authentication": {"loginEndpoint": "https://127.0.0.1:8443", "audiences": ["https://127.0.0.1:8443/"]},
        "batch": "https://batch.core.windows.net/"});
    let transport = ScriptedTransport::of(vec![Ok(response(200, &[], &metadata.to_string()))]);
    let cloud = Cloud::parse("https://127.0.0.1:8443/").expect("a URL");
    let endpoints = cloud.endpoints(transport.as_ref()).await.expect("described");
    assert_eq!((endpoints.name(), endpoints.is_loopback()), ("local", true));
    let sent = transport.sent();
    assert_eq!(sent[0].url, "https://127.0.0.1:8443/metadata/endpoints?api-version=2022-09-01");
    assert_eq!(sent[0].headers.get("authorization"), None);
}

#[tokio::test]
async fn operations_are_judged_by_what_they_say() {
    let in_progress = json!({"status": "InProgress", "percentComplete": 40.0}).to_string();
    let failed = json!({"status": "Failed", "error": {"code": "InternalError", "message": "jobs failed\nin one region"}});
    let transport = ScriptedTransport::of(vec![
        Ok(response(200, &[("Retry-After", "15")], &in_progress)),
        Ok(response(200, &[], r#"{"status":"Succeeded"}"#)),
        Ok(response(200, &[], &failed.to_string())),
        Ok(response(200, &[], r#"{"status":"Canceled"}"#)),
        Ok(response(404, &[], "")),
        Ok(response(202, &[("Retry-After", "3")], "")),
        Ok(response(204, &[], "")),
    ]);
    let read = reader(&transport);
    let look =
        async || read.follow(&Plane::Arm, "Azure-AsyncOperation", "https://management.azure.com/o").await;
    let wait = |seconds| Some(Duration::from_secs(seconds));
    let first = look().await;
    assert_eq!(operation(first.as_ref()), Poll::InProgress { retry_after: wait(15), percent: Some(40.0) });
    assert_eq!(operation(look().await.as_ref()), Poll::Succeeded);
    let Poll::Failed { cancelled: false, error } = operation(look().await.as_ref()) else {
        panic!("it failed")
    };
    assert_eq!(
        (error.code.as_deref(), error.message.as_str()),
        (Some("InternalError"), "jobs failed in one region")
    );
    assert!(matches!(operation(look().await.as_ref()), Poll::Failed { cancelled: true, .. }));
    assert_eq!(operation(look().await.as_ref()), Poll::Forgotten);
    assert_eq!(location(look().await.as_ref()), Poll::InProgress { retry_after: wait(3), percent: None });
    assert_eq!(location(look().await.as_ref()), Poll::Succeeded);
}
