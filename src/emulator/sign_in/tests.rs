//! Tests of sign-in: what the token endpoints give and refuse, and which tokens are taken.

use super::*;
use crate::emulator::azure::authorization::fixture::{CLIENT as DECLARED, ELSEWHERE, STRANGER, world_with};

const BASE: &str = "https://127.0.0.1:1";

fn ask(path: &str, form: &str) -> Answer {
    ask_with(Vec::new(), path, form)
}

fn ask_with(headers: Vec<(String, String)>, path: &str, form: &str) -> Answer {
    let request =
        Request { method: "POST".into(), headers, body: form.as_bytes().to_vec(), ..Request::default() };
    answer(&world_with(&[]), &request, path, "", BASE).unwrap()
}

fn checked(request: &Request, base: &str, audiences: &[&str]) -> Result<Caller> {
    check(&world_with(&[]), request, base, audiences)
}

fn with(header: &str) -> Request {
    Request { headers: vec![("Authorization".into(), header.into())], ..Request::default() }
}

#[test]
fn both_token_endpoints_give_tokens_for_what_was_asked() {
    let secret = format!("grant_type=client_credentials&client_id={CLIENT}&client_secret=x");
    let new = ask(
        &format!("/{TENANT}/oauth2/v2.0/token"),
        &format!("{secret}&scope=https%3A%2F%2Fbase%2F%2F.default"),
    );
    let body = new.body.unwrap();
    assert_eq!((new.status, &body["expires_in"]), (200, &json!(3599)));
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    assert!(checked(&with(&bearer), "https://base", &["https://base"]).is_ok());
    let wrong = checked(&with(&bearer), "https://base", &[BATCH_AUDIENCE]).unwrap_err();
    assert_eq!((wrong.status, wrong.code.as_str()), (401, "InvalidAuthenticationTokenAudience"));

    let old = ask("/adfs/oauth2/token", &format!("{secret}&resource={BATCH_AUDIENCE}"));
    assert_eq!(old.body.unwrap()["expires_in"], json!("3599"));
    let behind = ask(&format!("/adfs/{TENANT}/oauth2/token"), &format!("{secret}&resource={BATCH_AUDIENCE}"));
    assert_eq!(behind.status, 200);
    let by_scope = ask("/adfs/oauth2/token", &format!("{secret}&scope=https%3A%2F%2Fbase%2F.default"));
    assert_eq!(by_scope.body.unwrap()["expires_in"], json!(3599));
}

#[test]
fn an_empty_secret_and_an_expired_token_are_refused() {
    let refused = ask(
        &format!("/{TENANT}/oauth2/token"),
        &format!("grant_type=client_credentials&client_id={CLIENT}&client_secret="),
    );
    assert_eq!((refused.status, &refused.body.unwrap()["error_codes"]), (401, &json!([7_000_216])));
    let late = token("https://base", &Principal::first(), clock::real_now(), -1);
    assert_eq!(
        checked(&with(&format!("Bearer {late}")), "", &["https://base"]).unwrap_err().code,
        "ExpiredAuthenticationToken"
    );
    let early =
        token("https://base", &Principal::first(), clock::real_now() + Duration::from_hours(1), LIFETIME);
    assert_eq!(checked(&with(&format!("bearer  {early}")), "", &["https://base"]).unwrap_err().status, 401);
    let odd = checked(&with(&format!("Bearer {}", token_for("a\n\"é"))), "", &[]).unwrap_err();
    assert!(odd.headers[0].1.contains("resource 'a?'?'"), "{odd:?}");
    assert_eq!(checked(&with("Bearer abc"), "", &[]).unwrap_err().code, "InvalidAuthenticationToken");
    assert_eq!(checked(&Request::default(), "", &[]).unwrap_err().code, "AuthenticationFailed");
}

#[test]
fn a_secret_may_come_by_http_basic_and_an_assertion_in_its_place() {
    let path = format!("/{TENANT}/oauth2/v2.0/token");
    let form = "grant_type=client_credentials&scope=https%3A%2F%2Fbase%2F.default";
    // CLIENT:a+b/?
    let coded = base64::encode(format!("{CLIENT}:a%2Bb").as_bytes());
    let with = |value: &str| vec![("Authorization".to_owned(), value.to_owned())];
    assert_eq!(ask_with(with(&format!("Basic {coded}")), &path, form).status, 200);
    assert_eq!(ask_with(with("Basic !"), &path, form).status, 400);
    let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let assert = |token: &str| {
        let answer = ask(&path, &format!("{form}&client_id={CLIENT}&{kind}&client_assertion={token}"));
        (answer.status, answer.body.unwrap()["error_codes"][0].as_u64().unwrap_or_default())
    };
    assert_eq!(assert(&federated_token(BASE)), (200, 0));
    assert_eq!(assert(&federated_token("https://elsewhere")), (401, 700_211));
    assert_eq!(assert("x"), (400, 50_027));
    let untyped =
        ask(&path, &format!("{form}&client_id={CLIENT}&client_assertion={}", federated_token(BASE)));
    assert_eq!(untyped.body.unwrap()["error_codes"], json!([900_144]));
}

#[test]
fn what_entra_refuses_has_its_number() {
    let client = format!("client_id={CLIENT}&client_secret=x");
    for (tenant, form, error, code) in [
        ("nobody", "grant_type=client_credentials".to_owned(), "invalid_request", 90002),
        (TENANT, client.clone(), "invalid_request", 900_144),
        (TENANT, format!("grant_type=password&{client}"), "unsupported_grant_type", 70003),
        (
            TENANT,
            "grant_type=client_credentials&client_id=x&client_secret=x".to_owned(),
            "unauthorized_client",
            700_016,
        ),
        (TENANT, format!("grant_type=client_credentials&{client}&scope=openid"), "invalid_scope", 1_002_012),
    ] {
        let body = ask(&format!("/{tenant}/oauth2/v2.0/token"), &form).body.unwrap();
        assert_eq!((&body["error"], &body["error_codes"]), (&json!(error), &json!([code])));
    }
}

#[test]
fn a_token_endpoint_takes_posts_only() {
    let request = Request { method: "GET".into(), ..Request::default() };
    let refused =
        answer(&world_with(&[]), &request, &format!("/{TENANT}/oauth2/v2.0/token"), "", BASE).unwrap();
    assert_eq!((refused.status, &refused.body.unwrap()["error_codes"]), (400, &json!([900_561])));
}

#[test]
fn a_declared_client_signs_in_to_its_own_tenant() {
    let form = |client: &str| {
        format!(
            "grant_type=client_credentials&client_id={client}&client_secret=x&scope=https%3A%2F%2Fbase%2F.default"
        )
    };
    for (client, tenant, status) in [
        (DECLARED, TENANT, 200),
        (DECLARED, "emulator.onmicrosoft.com", 200),
        (DECLARED, "organizations", 200),
        (DECLARED, ELSEWHERE, 400),
        (STRANGER, ELSEWHERE, 200),
        (STRANGER, TENANT, 400),
        (CLIENT, ELSEWHERE, 400),
    ] {
        let answer = ask(&format!("/{tenant}/oauth2/v2.0/token"), &form(client));
        let body = answer.body.unwrap();
        assert_eq!(answer.status, status, "{client} in {tenant}: {body}");
        if let Some(token) = body["access_token"].as_str() {
            let caller = checked(&with(&format!("Bearer {token}")), BASE, &["https://base"]).unwrap();
            assert_eq!((caller.client.as_str(), caller.tenant == ELSEWHERE), (client, client == STRANGER));
        }
    }
}

#[test]
fn a_token_of_a_tenant_that_nobody_knows_is_refused() {
    let nobody = Principal { tenant: "x".to_owned(), ..Principal::first() };
    let token = token("https://base", &nobody, clock::real_now(), LIFETIME);
    let refused = checked(&with(&format!("Bearer {token}")), BASE, &["https://base"]).unwrap_err();
    assert_eq!((refused.status, refused.code.as_str()), (401, "InvalidAuthenticationTokenTenant"));
}
