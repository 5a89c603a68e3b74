//! Sign-in as Microsoft Entra does it: token endpoints, discovery documents, and the check of bearer tokens.
//! The tokens are plainly fake (unsigned) and guard nothing; only their form, audience and expiry are real.

use serde_json::{Value, json};

use crate::emulator::base64;
use crate::emulator::call::{Answer, Failure, Result};
use crate::emulator::clock::{self, Moment};
use crate::emulator::guid;
use crate::emulator::wire::{self, Request};

mod assertion;
mod graph;
mod oidc;

pub use crate::emulator::sign_in::oidc::{EXCHANGE_AUDIENCE, federated_token};

/// The only tenant.
pub const TENANT: &str = "00000000-0000-0000-0000-0000000000aa";
/// The only client; any non-empty secret is right.
pub const CLIENT: &str = "00000000-0000-0000-0000-0000000000cc";
/// The object id of that client's service principal.
pub const PRINCIPAL: &str = "00000000-0000-0000-0000-0000000000dd";
/// The audience of the Batch data plane.
pub const BATCH_AUDIENCE: &str = "https://batch.core.windows.net/";
/// How long a token is good, in real seconds.
const LIFETIME: i64 = 3599;

/// A bearer token for an audience, good for an hour of real time.
pub fn token_for(audience: &str) -> String {
    token(audience, clock::real_now(), LIFETIME)
}

/// A token as the token endpoint gives it: three parts, of which only the middle one says something.
pub(crate) fn token(audience: &str, now: Moment, lifetime: i64) -> String {
    let now = now.0 / 1000;
    let issuer = format!("https://sts.windows.net/{TENANT}/");
    unsigned(&json!({
        "aud": audience, "iss": issuer, "idp": issuer, "iat": now, "nbf": now, "exp": now + lifetime,
        "appid": CLIENT, "appidacr": "1", "idtyp": "app", "oid": PRINCIPAL, "sub": PRINCIPAL, "tid": TENANT,
        "ver": "1.0",
    }))
}

/// Claims as a JWT that nothing signs; the third part only says where it comes from.
fn unsigned(claims: &Value) -> String {
    let header = json!({"typ": "JWT", "alg": "none"});
    [header.to_string().as_str(), &claims.to_string(), "emulator"]
        .map(|part| base64::encode(part.as_bytes()))
        .join(".")
}

/// The claims of a JWT, whoever made it; none when it has not the form of one.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.trim().split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let object = |part: &str| {
        let value: Value = serde_json::from_slice(&base64::decode(part)?).ok()?;
        value.is_object().then_some(value)
    };
    object(header)?;
    object(claims).filter(|_| parts.next().is_none())
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The object id of the principal.
    pub(crate) object_id: String,
    /// The id of the application it acts under.
    pub(crate) client: String,
}

/// Who sends a request, by its `Authorization` header, which has been checked before.
pub(crate) fn caller(authorization: Option<&str>) -> Caller {
    let claims = authorization.and_then(|header| header.split_once(' ')).and_then(|(_, token)| claims(token));
    let claim =
        |name: &str| claims.as_ref().and_then(|all| all[name].as_str()).unwrap_or_default().to_owned();
    Caller { object_id: claim("oid").to_ascii_lowercase(), client: claim("appid") }
}

/// Answers a path of the sign-in service, of its OIDC issuer or of its directory; none when it is not one of theirs.
pub(crate) fn answer(request: &Request, path: &str, query: &str, base: &str) -> Option<Answer> {
    let lower = path.to_ascii_lowercase();
    let (first, rest) = lower.trim_start_matches('/').split_once('/')?;
    match first {
        "oidc" => return oidc::answer(request, rest, query, base),
        "v1.0" => return Some(graph::answer(request, rest, query, base)),
        _ => {}
    }
    // `adfs` stands where a tenant would; some clients put it behind the tenant.
    let rest = rest.strip_prefix("adfs/").unwrap_or(rest);
    if rest == "discovery/instance" {
        return Some(instance(first, base));
    }
    let (old, what) = match rest.strip_prefix("v2.0/") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    match (request.method.as_str(), what) {
        ("GET", ".well-known/openid-configuration") => Some(discovery(base, first, old)),
        ("POST", "oauth2/v2.0/token") => Some(issue(request, first, base, false)),
        ("POST", "oauth2/token") => Some(issue(request, first, base, true)),
        ("GET", "discovery/v2.0/keys" | "discovery/keys") => Some(Answer::ok(json!({"keys": []}))),
        _ => None,
    }
}

/// Which hosts are one cloud: here only this one.
fn instance(tenant: &str, base: &str) -> Answer {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    Answer::ok(json!({
        "tenant_discovery_endpoint": format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }))
}

fn discovery(base: &str, tenant: &str, old: bool) -> Answer {
    if !knows(tenant) {
        return Refusal::new(400, "invalid_tenant", 90002, &unknown_tenant(tenant)).answer();
    }
    let (version, issuer) = if old { ("", "/") } else { ("/v2.0", "/v2.0") };
    Answer::ok(json!({
        "token_endpoint": format!("{base}/{tenant}/oauth2{version}/token"),
        "authorization_endpoint": format!("{base}/{tenant}/oauth2{version}/authorize"),
        "device_authorization_endpoint": format!("{base}/{tenant}/oauth2{version}/devicecode"),
        "end_session_endpoint": format!("{base}/{tenant}/oauth2{version}/logout"),
        "jwks_uri": format!("{base}/{tenant}/discovery{version}/keys"),
        "issuer": format!("{base}/{tenant}{issuer}"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "NA",
        "cloud_instance_name": "emulator",
    }))
}

fn knows(tenant: &str) -> bool {
    [TENANT, "adfs", "common", "organizations", "emulator.onmicrosoft.com"].contains(&tenant)
}

fn unknown_tenant(tenant: &str) -> String {
    format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    )
}

/// A token, or Entra's refusal.
fn issue(request: &Request, tenant: &str, base: &str, old: bool) -> Answer {
    let form = wire::pairs(&String::from_utf8_lossy(&request.body));
    grant(&form, basic(request), tenant, base, old).unwrap_or_else(Refusal::answer)
}

/// Client and secret from an HTTP Basic header, which stand there in form encoding.
fn basic(request: &Request) -> Option<(String, String)> {
    let (kind, coded) = request.header("authorization")?.split_once(' ')?;
    let coded = coded.trim().replace('+', "-").replace('/', "_");
    let bytes = base64::decode(&coded).filter(|_| kind.eq_ignore_ascii_case("basic"))?;
    let text = String::from_utf8_lossy(&bytes);
    let (client, secret) = text.split_once(':')?;
    Some((wire::percent_decode(client, true), wire::percent_decode(secret, true)))
}

fn grant(
    form: &[(String, String)],
    basic: Option<(String, String)>,
    tenant: &str,
    base: &str,
    old: bool,
) -> Result<Answer, Refusal> {
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let missing = |name: &str| {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Refusal::new(400, "invalid_request", 900_144, &text)
    };
    let need = |name: &str| match field(name) {
        "" => Err(missing(name)),
        value => Ok(value),
    };
    if !knows(tenant) {
        return Err(Refusal::new(400, "invalid_request", 90002, &unknown_tenant(tenant)));
    }
    let kind = need("grant_type")?;
    if kind != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{kind}'.");
        return Err(Refusal::new(400, "unsupported_grant_type", 70003, &text));
    }
    let (in_header, secret_in_header) = basic.unwrap_or_default();
    let client = [field("client_id"), &in_header].into_iter().find(|id| !id.is_empty());
    let client = client.ok_or_else(|| missing("client_id"))?;
    if !client.eq_ignore_ascii_case(CLIENT) {
        let text = format!(
            "Application with identifier '{client}' was not found in the directory 'emulator'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        );
        return Err(Refusal::new(400, "unauthorized_client", 700_016, &text));
    }
    let now = clock::real_now();
    if !field("client_assertion").is_empty() {
        let kind = need("client_assertion_type")?;
        assertion::check(field("client_assertion"), kind, client, tenant, base, now)?;
    } else if field("client_secret").is_empty() && secret_in_header.is_empty() {
        let text = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
        return Err(Refusal::new(401, "invalid_client", 7_000_216, text));
    }
    // AD FS has one endpoint, where a scope does as well as a resource.
    let by_scope = tenant == "adfs" && field("resource").is_empty();
    if old && !by_scope {
        let resource = need("resource")?;
        let seconds = now.0 / 1000;
        return Ok(Answer::ok(json!({
            "token_type": "Bearer", "expires_in": LIFETIME.to_string(), "ext_expires_in": LIFETIME.to_string(),
            "expires_on": (seconds + LIFETIME).to_string(), "not_before": seconds.to_string(),
            "resource": resource, "access_token": token(resource, now, LIFETIME),
        })));
    }
    let scope = need("scope")?.split(' ').find(|scope| scope.ends_with("/.default"));
    let Some(audience) = scope.and_then(|scope| scope.strip_suffix("/.default")) else {
        let text = format!(
            "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
            field("scope")
        );
        return Err(Refusal::new(400, "invalid_scope", 1_002_012, &text));
    };
    Ok(Answer::ok(json!({
        "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME,
        "access_token": token(audience, now, LIFETIME),
    })))
}

/// Entra's refusal of a token.
#[derive(Debug)]
struct Refusal {
    status: u16,
    error: &'static str,
    /// The number behind `AADSTS`.
    code: u32,
    text: String,
}

impl Refusal {
    fn new(status: u16, error: &'static str, code: u32, text: &str) -> Refusal {
        Refusal { status, error, code, text: text.to_owned() }
    }

    fn answer(self) -> Answer {
        let now = clock::real_now();
        let [trace, correlation] = [1, 2].map(|salt| guid::guid(now.0.unsigned_abs(), salt));
        let time = now.rfc3339();
        let time = format!("{}Z", time.split('.').next().unwrap_or_default().replace('T', " "));
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {time}",
            self.code, self.text
        );
        Answer::json(
            self.status,
            json!({
                "error": self.error, "error_description": description, "error_codes": [self.code],
                "timestamp": time, "trace_id": trace, "correlation_id": correlation,
            }),
        )
    }
}

/// Checks the bearer token of a request against the audiences of the plane it is for.
pub(crate) fn check(request: &Request, base: &str, audiences: &[&str]) -> Result<()> {
    let Some(header) = request.header("authorization") else {
        return Err(unauthorized(
            base,
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ));
    };
    let Some(token) = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer ")) else {
        let text = "Authentication failed. The 'Authorization' header is provided in an invalid format.";
        return Err(unauthorized(base, "AuthenticationFailedInvalidHeader", text));
    };
    let Some(claims) = claims(token) else {
        return Err(unauthorized(base, "InvalidAuthenticationToken", "The access token is invalid."));
    };
    let audience = claims["aud"].as_str().unwrap_or_default();
    if !audiences.iter().any(|known| known.trim_end_matches('/') == audience.trim_end_matches('/')) {
        let text = format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the allowed audiences '{}'.",
            audiences.join("','")
        );
        return Err(unauthorized(base, "InvalidAuthenticationTokenAudience", &text));
    }
    if claims["tid"] != TENANT {
        let text = format!(
            "The access token is from the wrong issuer. It must match the tenant '{TENANT}' associated with this subscription."
        );
        return Err(unauthorized(base, "InvalidAuthenticationTokenTenant", &text));
    }
    let now = clock::real_now();
    let expires = Moment(claims["exp"].as_i64().unwrap_or_default().saturating_mul(1000));
    if expires <= now {
        let text = format!(
            "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
            expires.rfc3339(),
            now.rfc3339()
        );
        return Err(unauthorized(base, "ExpiredAuthenticationToken", &text));
    }
    Ok(())
}

fn unauthorized(base: &str, code: &str, text: &str) -> Failure {
    let challenge = format!(
        "Bearer authorization_uri=\"{base}/{TENANT}\", error=\"invalid_token\", error_description=\"{}\"",
        text.replace('"', "'")
    );
    Failure::arm(401, code, text).with("www-authenticate", challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://127.0.0.1:1";

    fn ask(path: &str, form: &str) -> Answer {
        ask_with(Vec::new(), path, form)
    }

    fn ask_with(headers: Vec<(String, String)>, path: &str, form: &str) -> Answer {
        let request =
            Request { method: "POST".into(), headers, body: form.as_bytes().to_vec(), ..Request::default() };
        answer(&request, path, "", BASE).unwrap()
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
        assert!(check(&with(&bearer), "https://base", &["https://base"]).is_ok());
        let wrong = check(&with(&bearer), "https://base", &[BATCH_AUDIENCE]).unwrap_err();
        assert_eq!((wrong.status, wrong.code.as_str()), (401, "InvalidAuthenticationTokenAudience"));

        let old = ask("/adfs/oauth2/token", &format!("{secret}&resource={BATCH_AUDIENCE}"));
        assert_eq!(old.body.unwrap()["expires_in"], json!("3599"));
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
        let late = token("https://base", clock::real_now(), -1);
        assert_eq!(
            check(&with(&format!("Bearer {late}")), "", &["https://base"]).unwrap_err().code,
            "ExpiredAuthenticationToken"
        );
        assert_eq!(check(&with("Bearer abc"), "", &[]).unwrap_err().code, "InvalidAuthenticationToken");
        assert_eq!(check(&Request::default(), "", &[]).unwrap_err().code, "AuthenticationFailed");
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
            (
                TENANT,
                format!("grant_type=client_credentials&{client}&scope=openid"),
                "invalid_scope",
                1_002_012,
            ),
        ] {
            let body = ask(&format!("/{tenant}/oauth2/v2.0/token"), &form).body.unwrap();
            assert_eq!((&body["error"], &body["error_codes"]), (&json!(error), &json!([code])));
        }
    }
}
