//! A small issuer of identity tokens (OIDC), for rehearsing workload identity: it stands where GitHub Actions' own would.
//! Its tokens are as plainly fake as the others: nothing signs them, and its key set is empty.

use serde_json::json;

use crate::emulator::call::{Answer, Failure};
use crate::emulator::clock::{self, Moment};
use crate::emulator::guid;
use crate::emulator::sign_in;
use crate::emulator::wire::{self, Request};

/// What Entra wants as the audience of a federated token.
pub const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";
/// Whom the federated tokens speak of.
const SUBJECT: &str = "repo:emulator/emulator:ref:refs/heads/main";
/// How long one is good, in real seconds.
const LIFETIME: i64 = 3600;

/// The issuer's own name, by the base URL it is asked at.
pub(super) fn issuer(base: &str) -> String {
    format!("{base}/oidc")
}

/// A federated token as a platform leaves it in a file, for the emulator served at `base`; good for an hour.
pub fn federated_token(base: &str) -> String {
    token(base, EXCHANGE_AUDIENCE, clock::real_now())
}

fn token(base: &str, audience: &str, now: Moment) -> String {
    let seconds = now.0 / 1000;
    sign_in::unsigned(&json!({
        "iss": issuer(base), "sub": SUBJECT, "aud": audience, "iat": seconds, "nbf": seconds,
        "exp": seconds + LIFETIME, "jti": guid::guid(now.0.unsigned_abs(), 0x0_01dc),
        "repository": "emulator/emulator", "repository_owner": "emulator", "ref": "refs/heads/main",
        "ref_type": "branch", "event_name": "workflow_dispatch", "workflow": "emulator",
    }))
}

/// Answers what is asked below `/oidc/`; none for anything else.
pub(super) fn answer(request: &Request, what: &str, query: &str, base: &str) -> Option<Answer> {
    match (request.method.as_str(), what) {
        ("GET", ".well-known/openid-configuration") => Some(Answer::ok(json!({
            "issuer": issuer(base), "jwks_uri": format!("{}/jwks", issuer(base)),
            "subject_types_supported": ["public", "pairwise"], "response_types_supported": ["id_token"],
            "claims_supported": ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "repository"],
            "id_token_signing_alg_values_supported": ["none"], "scopes_supported": ["openid"],
        }))),
        ("GET", "jwks") => Some(Answer::ok(json!({"keys": []}))),
        ("GET" | "POST", "token") => Some(give(request, query, base)),
        _ => None,
    }
}

/// A token in the shape of GitHub Actions; the bearer may be any but must be there.
fn give(request: &Request, query: &str, base: &str) -> Answer {
    if request.header("authorization").and_then(sign_in::bearer).is_none() {
        return Failure::arm(401, "Unauthorized", "The request has no bearer token.").into_arm();
    }
    let query = wire::pairs(query);
    let audience = wire::header(&query, "audience").filter(|audience| !audience.is_empty());
    let value = token(base, audience.unwrap_or("https://github.com/emulator"), clock::real_now());
    Answer::ok(json!({"count": value.len(), "value": value}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_given_to_whoever_shows_any_bearer() {
        let ask = |header: Option<&str>| {
            let headers =
                header.map(|value| ("Authorization".to_owned(), value.to_owned())).into_iter().collect();
            let request = Request { method: "GET".into(), headers, ..Request::default() };
            answer(
                &request,
                "token",
                "api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange",
                "https://b",
            )
            .unwrap()
        };
        assert_eq!((ask(None).status, ask(Some("Bearer ")).status), (401, 401));
        let body = ask(Some("bearer x")).body.unwrap();
        let claims = sign_in::claims(body["value"].as_str().unwrap()).unwrap();
        assert_eq!((&claims["aud"], &claims["iss"]), (&json!(EXCHANGE_AUDIENCE), &json!("https://b/oidc")));
        let configuration = answer(
            &Request { method: "GET".into(), ..Request::default() },
            ".well-known/openid-configuration",
            "",
            "https://b",
        );
        assert_eq!(configuration.unwrap().body.unwrap()["jwks_uri"], "https://b/oidc/jwks");
    }
}
