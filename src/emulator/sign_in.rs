//! Sign-in as Microsoft Entra does it: who answers what, discovery documents, tokens, and the check of bearer tokens.
//! What a token is given for stands in `token_endpoint`. The tokens are plainly fake (unsigned) and guard nothing; only their form, audience and expiry are real.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::base64;
use crate::emulator::call::{Answer, Failure, Result};
use crate::emulator::clock::{self, Moment};
use crate::emulator::wire::Request;

mod assertion;
pub(crate) mod directory;
mod graph;
mod oidc;
mod token_endpoint;

use crate::emulator::sign_in::directory::Principal;
pub use crate::emulator::sign_in::oidc::{EXCHANGE_AUDIENCE, federated_token};
use crate::emulator::sign_in::token_endpoint::Refusal;
use crate::emulator::store::World;

/// The tenant of the default seed.
pub const TENANT: &str = "00000000-0000-0000-0000-0000000000aa";
/// The domain of that tenant.
pub(crate) const DOMAIN: &str = "emulator.onmicrosoft.com";
/// The client that is always there; any non-empty secret is right.
pub const CLIENT: &str = "00000000-0000-0000-0000-0000000000cc";
/// The object id of that client's service principal.
pub const PRINCIPAL: &str = "00000000-0000-0000-0000-0000000000dd";
/// The audience of the Batch data plane.
pub const BATCH_AUDIENCE: &str = "https://batch.core.windows.net/";
/// How long a token is good, in real seconds.
const LIFETIME: i64 = 3599;
/// How far a client's clock may be ahead.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

/// A bearer token for an audience, good for an hour of real time.
pub fn token_for(audience: &str) -> String {
    token(audience, &Principal::first(), clock::real_now(), LIFETIME)
}

/// A token as the token endpoint gives it: three parts, of which only the middle one says something.
pub(crate) fn token(audience: &str, principal: &Principal, now: Moment, lifetime: i64) -> String {
    let now = now.0 / 1000;
    let Principal { client, object_id, tenant, name: _ } = principal;
    let issuer = issuer(tenant);
    unsigned(&json!({
        "aud": audience, "iss": issuer, "idp": issuer, "iat": now, "nbf": now, "exp": now + lifetime,
        "appid": client, "appidacr": "1", "idtyp": "app", "oid": object_id, "sub": object_id, "tid": tenant,
        "ver": "1.0",
    }))
}

/// Who issues the tokens of a tenant.
fn issuer(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The object id of the principal; empty for whoever signs with a key.
    pub(crate) object_id: String,
    /// The id of the application it acts under.
    pub(crate) client: String,
    /// The tenant whose token it brings.
    pub(crate) tenant: String,
}

impl Caller {
    fn read(claims: &Value) -> Caller {
        let claim = |name: &str| claims[name].as_str().unwrap_or_default().to_ascii_lowercase();
        Caller { object_id: claim("oid"), client: claim("appid"), tenant: claim("tid") }
    }

    /// 401 when what is asked for belongs to another tenant.
    pub(crate) fn check_tenant(&self, base: &str, tenant: &str) -> Result<()> {
        if self.tenant.eq_ignore_ascii_case(tenant) {
            return Ok(());
        }
        Err(wrong_tenant(base, &self.tenant, tenant))
    }
}

fn wrong_tenant(base: &str, brought: &str, tenant: &str) -> Failure {
    let text = format!(
        "The access token is from the wrong issuer '{}'. It must match the tenant '{}' associated with this subscription. Please use the authority (URL) '{base}/{tenant}' to get the token.",
        issuer(brought),
        issuer(tenant)
    );
    unauthorized(base, tenant, "InvalidAuthenticationTokenTenant", &text)
}

/// The token of an `Authorization` header, if it is a bearer's.
fn bearer(authorization: &str) -> Option<&str> {
    let (kind, token) = authorization.split_once(' ')?;
    kind.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// Answers a path of the sign-in service, of its OIDC issuer or of its directory; none when it is not one of theirs.
pub(crate) fn answer(
    world: &World,
    request: &Request,
    path: &str,
    query: &str,
    base: &str,
) -> Option<Answer> {
    let lower = path.to_ascii_lowercase();
    let (first, rest) = lower.trim_start_matches('/').split_once('/')?;
    match first {
        "oidc" => return oidc::answer(request, rest, query, base),
        "v1.0" => return Some(graph::answer(world, request, rest, query, base)),
        _ => {}
    }
    // `adfs` stands where a tenant would; some clients put it behind the tenant, and some before it.
    let (first, rest) = match rest.split_once('/') {
        Some((tenant, rest)) if first == "adfs" && directory::is_authority(world, tenant) => (tenant, rest),
        _ => (first, rest.strip_prefix("adfs/").unwrap_or(rest)),
    };
    if rest == "discovery/instance" {
        return Some(instance(first, base));
    }
    let (old, what) = match rest.strip_prefix("v2.0/") {
        Some(rest) => (false, rest),
        None => (true, rest),
    };
    match (request.method.as_str(), what) {
        ("GET", ".well-known/openid-configuration") => Some(discovery(world, base, first, old)),
        (_, "oauth2/v2.0/token") => Some(token_endpoint::answer(world, request, first, base, false)),
        (_, "oauth2/token") => Some(token_endpoint::answer(world, request, first, base, true)),
        ("GET", "discovery/v2.0/keys" | "discovery/keys") => Some(Answer::ok(json!({"keys": []}))),
        _ => None,
    }
}

/// A refusal that is not of the sign-in service's own making, in its envelope; none when the path is no token endpoint's.
pub(crate) fn refuse(path: &str, failure: &Failure) -> Option<Answer> {
    if !path.to_ascii_lowercase().contains("/oauth2/") {
        return None;
    }
    let error = match failure.status {
        401 => "invalid_client",
        429 | 503 => "temporarily_unavailable",
        400..=499 => "invalid_request",
        _ => "server_error",
    };
    let body = json!({"error": error, "error_description": failure.message});
    Some(Answer::json(failure.status, body).with_all(failure.headers.clone()))
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

fn discovery(world: &World, base: &str, tenant: &str, old: bool) -> Answer {
    if !directory::is_authority(world, tenant) {
        return Refusal::unknown_tenant("invalid_tenant", tenant).answer();
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

/// Checks the bearer token of a request against the audiences of the plane it is for, and says who brings it.
pub(crate) fn check(world: &World, request: &Request, base: &str, audiences: &[&str]) -> Result<Caller> {
    let unauthorized = |code: &str, text: &str| unauthorized(base, TENANT, code, text);
    let Some(header) = request.header("authorization") else {
        return Err(unauthorized(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        ));
    };
    let Some(token) = bearer(header) else {
        let text = "Authentication failed. The 'Authorization' header is provided in an invalid format.";
        return Err(unauthorized("AuthenticationFailedInvalidHeader", text));
    };
    let Some(claims) = claims(token) else {
        return Err(unauthorized("InvalidAuthenticationToken", "The access token is invalid."));
    };
    let audience = claims["aud"].as_str().unwrap_or_default();
    if !audiences.iter().any(|known| known.trim_end_matches('/') == audience.trim_end_matches('/')) {
        let mut audiences = audiences.to_vec();
        audiences.dedup();
        let text = format!(
            "The access token has been obtained for wrong audience or resource '{audience}'. It should exactly match with one of the allowed audiences '{}'.",
            audiences.join("','")
        );
        return Err(unauthorized("InvalidAuthenticationTokenAudience", &text));
    }
    let caller = Caller::read(&claims);
    if !directory::is_tenant(world, &caller.tenant) {
        return Err(wrong_tenant(base, &caller.tenant, TENANT));
    }
    let now = clock::real_now();
    let expires = Moment(claims["exp"].as_i64().unwrap_or_default().saturating_mul(1000));
    if expires <= now {
        let text = format!(
            "The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
            expires.rfc3339(),
            now.rfc3339()
        );
        return Err(unauthorized("ExpiredAuthenticationToken", &text));
    }
    let begins = Moment(claims["nbf"].as_i64().unwrap_or_default().saturating_mul(1000));
    if begins > now + CLOCK_SKEW {
        return Err(unauthorized("InvalidAuthenticationToken", "The access token is not yet valid."));
    }
    Ok(caller)
}

fn unauthorized(base: &str, tenant: &str, code: &str, text: &str) -> Failure {
    // A token says what it likes: in a header there are neither quotes in quotes nor lines.
    let plain = text.replace('"', "'").replace(|letter: char| !(' '..='~').contains(&letter), "?");
    let challenge = format!(
        "Bearer authorization_uri=\"{base}/{tenant}\", error=\"invalid_token\", error_description=\"{plain}\""
    );
    Failure::arm(401, code, text).with("www-authenticate", challenge)
}

#[cfg(test)]
mod tests;
