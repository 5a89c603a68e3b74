//! Sign-in as Microsoft Entra does it: token endpoints, discovery documents, and the check of bearer tokens.
//! The tokens are plainly fake (unsigned) and guard nothing; only their form, audience and expiry are real.

use serde_json::{Value, json};

use crate::emulator::base64;
use crate::emulator::call::{Answer, Failure, Result};
use crate::emulator::clock::{self, Moment};
use crate::emulator::wire::{self, Request};

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
    let claims = json!({
        "aud": audience, "iss": format!("https://sts.windows.net/{TENANT}/"),
        "iat": now, "nbf": now, "exp": now + lifetime,
        "appid": CLIENT, "idtyp": "app", "oid": PRINCIPAL, "sub": PRINCIPAL, "tid": TENANT, "ver": "1.0",
    });
    let header = json!({"typ": "JWT", "alg": "none"});
    [header.to_string().as_str(), &claims.to_string(), "emulator"]
        .map(|part| base64::encode(part.as_bytes()))
        .join(".")
}

/// Answers a path of the sign-in service; none when the path is not one of its.
pub(crate) fn answer(request: &Request, path: &str, base: &str) -> Option<Answer> {
    let lower = path.to_ascii_lowercase();
    let (first, rest) = lower.trim_start_matches('/').split_once('/')?;
    // `adfs` stands where a tenant would; some clients put it behind the tenant.
    let rest = rest.strip_prefix("adfs/").unwrap_or(rest);
    if rest == "discovery/instance" {
        let found = format!("{base}/{first}/v2.0/.well-known/openid-configuration");
        return Some(Answer::ok(
            json!({"tenant_discovery_endpoint": found, "api-version": "1.1", "metadata": []}),
        ));
    }
    let (old, what) = match rest.strip_prefix("v2.0/") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    match (request.method.as_str(), what) {
        ("GET", ".well-known/openid-configuration") => Some(discovery(base, first, old)),
        ("POST", "oauth2/v2.0/token") => Some(issue(request, first, false).unwrap_or_else(|refusal| refusal)),
        ("POST", "oauth2/token") => Some(issue(request, first, true).unwrap_or_else(|refusal| refusal)),
        ("GET", "discovery/v2.0/keys" | "discovery/keys") => Some(Answer::ok(json!({"keys": []}))),
        _ => None,
    }
}

fn discovery(base: &str, tenant: &str, old: bool) -> Answer {
    if !knows(tenant) {
        return refusal(400, "invalid_tenant", 90002, &unknown_tenant(tenant));
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
    [TENANT, "adfs", "common", "organizations"].contains(&tenant)
}

fn unknown_tenant(tenant: &str) -> String {
    format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
    )
}

/// A token, or Entra's refusal.
fn issue(request: &Request, tenant: &str, old: bool) -> Result<Answer, Answer> {
    let form = wire::pairs(&String::from_utf8_lossy(&request.body));
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let need = |name: &str| match field(name) {
        "" => Err(refusal(
            400,
            "invalid_request",
            900_144,
            &format!("The request body must contain the following parameter: '{name}'."),
        )),
        value => Ok(value),
    };
    if !knows(tenant) {
        return Err(refusal(400, "invalid_request", 90002, &unknown_tenant(tenant)));
    }
    if need("grant_type")? != "client_credentials" {
        let text = "The app requested an unsupported grant type.";
        return Err(refusal(400, "unsupported_grant_type", 70003, text));
    }
    let client = need("client_id")?;
    if !client.eq_ignore_ascii_case(CLIENT) {
        let text =
            format!("Application with identifier '{client}' was not found in the directory 'emulator'.");
        return Err(refusal(400, "unauthorized_client", 700_016, &text));
    }
    if field("client_secret").is_empty() && field("client_assertion").is_empty() {
        let text =
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return Err(refusal(401, "invalid_client", 7_000_218, text));
    }
    let now = clock::real_now();
    if old {
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
            "The provided value for the input parameter 'scope' is not valid. The scope {} is not valid.",
            field("scope")
        );
        return Err(refusal(400, "invalid_scope", 70011, &text));
    };
    Ok(Answer::ok(json!({
        "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME,
        "access_token": token(audience, now, LIFETIME),
    })))
}

fn refusal(status: u16, error: &str, code: u32, text: &str) -> Answer {
    Answer::json(
        status,
        json!({
            "error": error,
            "error_description": format!("AADSTS{code}: {text}"),
            "error_codes": [code],
            "timestamp": clock::real_now().rfc3339(),
        }),
    )
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
    let mut parts = token.trim().split('.');
    let claims = parts.nth(1).filter(|_| parts.count() == 1).and_then(base64::decode);
    let Some(claims) = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
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

    fn ask(path: &str, form: &str) -> Answer {
        let request = Request { method: "POST".into(), body: form.as_bytes().to_vec(), ..Request::default() };
        answer(&request, path, "https://base").unwrap()
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
    }

    #[test]
    fn an_empty_secret_and_an_expired_token_are_refused() {
        let refused = ask(
            &format!("/{TENANT}/oauth2/token"),
            &format!("grant_type=client_credentials&client_id={CLIENT}&client_secret="),
        );
        assert_eq!(refused.status, 401);
        let late = token("https://base", clock::real_now(), -1);
        assert_eq!(
            check(&with(&format!("Bearer {late}")), "", &["https://base"]).unwrap_err().code,
            "ExpiredAuthenticationToken"
        );
        assert_eq!(check(&with("Bearer abc"), "", &[]).unwrap_err().code, "InvalidAuthenticationToken");
        assert_eq!(check(&Request::default(), "", &[]).unwrap_err().code, "AuthenticationFailed");
    }
}
