//! Client assertions: what a client shows instead of a secret, a JWT made with its certificate or given by an issuer.
//! Form, times, issuer and audience are checked; signatures are not, nothing here is worth one.

use serde_json::Value;

use crate::emulator::clock::Moment;
use crate::emulator::sign_in::token_endpoint::Refusal;
use crate::emulator::sign_in::{self, oidc};

/// The only kind of assertion.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Goes on, or refuses as Entra does. `base` is where the token endpoint was asked, `tenant` for which tenant.
pub(super) fn check(
    assertion: &str,
    kind: &str,
    client: &str,
    tenant: &str,
    base: &str,
    now: Moment,
) -> Result<(), Refusal> {
    if kind != JWT_BEARER {
        let text = "Invalid request. Request is malformed or invalid.";
        return Err(Refusal::new(400, "invalid_request", 9_002_313, text));
    }
    let Some(claims) = sign_in::claims(assertion) else {
        return Err(Refusal::new(400, "invalid_request", 50_027, "JWT token is invalid or malformed."));
    };
    check_times(&claims, now)?;
    let text = |name: &str| claims[name].as_str().unwrap_or_default();
    let by_certificate = text("iss").eq_ignore_ascii_case(client);
    if by_certificate { of_certificate(&claims, client, tenant, base) } else { federated(&claims, base) }
}

fn check_times(claims: &Value, now: Moment) -> Result<(), Refusal> {
    let time = |name: &str| claims[name].as_f64();
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age fit")]
    let seconds = now.0 as f64 / 1000.0;
    let good = time("exp").is_some_and(|end| end > seconds)
        && time("nbf").is_none_or(|from| from <= seconds + 300.0);
    if good {
        return Ok(());
    }
    let print = |seconds: Option<f64>| {
        #[expect(clippy::cast_possible_truncation, reason = "a float too large saturates")]
        seconds.map_or_else(|| "none".to_owned(), |it| Moment((it as i64).saturating_mul(1000)).rfc3339())
    };
    let text = format!(
        "Client assertion is not within its valid time range. Current time: {}, assertion valid from {}, expiry time of assertion {}. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .",
        now.rfc3339(),
        print(time("nbf")),
        print(time("exp"))
    );
    Err(Refusal::new(401, "invalid_client", 700_024, &text))
}

fn of_certificate(claims: &Value, client: &str, tenant: &str, base: &str) -> Result<(), Refusal> {
    if !claims["sub"].as_str().is_some_and(|subject| subject.eq_ignore_ascii_case(client)) {
        let text = "Client assertion application identifier doesn't match 'client_id' parameter. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .";
        return Err(Refusal::new(401, "invalid_client", 700_021, text));
    }
    let own = |audience: &str| {
        let end = local(audience).trim_end_matches('/').to_ascii_lowercase();
        let start = format!("{}/{tenant}", local(base)).to_ascii_lowercase();
        ["", "/v2.0", "/oauth2/token", "/oauth2/v2.0/token"]
            .iter()
            .any(|rest| end == format!("{start}{rest}"))
    };
    if audiences(claims).into_iter().any(own) {
        return Ok(());
    }
    let text = "Client assertion audience claim does not match Realm issuer. Review the documentation at https://learn.microsoft.com/entra/identity-platform/certificate-credentials .";
    Err(Refusal::new(401, "invalid_client", 700_023, text))
}

fn federated(claims: &Value, base: &str) -> Result<(), Refusal> {
    let refuse = |code: u32, what: &str, value: &str| {
        let text = format!(
            "No matching federated identity record found for presented assertion {what} '{value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
        );
        Err(Refusal::new(401, "invalid_client", code, &text))
    };
    let issuer = claims["iss"].as_str().unwrap_or_default();
    if local(issuer) != local(&oidc::issuer(base)) {
        return refuse(700_211, "issuer", issuer);
    }
    let told = audiences(claims);
    if !told.contains(&oidc::EXCHANGE_AUDIENCE) {
        return refuse(700_212, "audience", told.first().copied().unwrap_or_default());
    }
    match claims["sub"].as_str() {
        Some(subject) if !subject.is_empty() => Ok(()),
        _ => refuse(700_213, "subject", ""),
    }
}

/// The audience, one or a list of them.
fn audiences(claims: &Value) -> Vec<&str> {
    match &claims["aud"] {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// `localhost` and `127.0.0.1` are one host.
fn local(url: &str) -> String {
    url.replacen("://localhost", "://127.0.0.1", 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::sign_in::{CLIENT, TENANT, unsigned};

    const BASE: &str = "https://localhost:1";

    fn refused(claims: &Value) -> u32 {
        let now = Moment(1_000_000_000);
        match check(&unsigned(claims), JWT_BEARER, CLIENT, TENANT, BASE, now) {
            Ok(()) => 0,
            Err(refusal) => refusal.code,
        }
    }

    #[test]
    fn an_assertion_is_judged_by_times_issuer_and_audience() {
        let endpoint = format!("https://127.0.0.1:1/{TENANT}/oauth2/v2.0/token");
        let certificate =
            json!({"iss": CLIENT, "sub": CLIENT, "aud": endpoint, "exp": 1_000_100, "nbf": 999_900});
        let federated = json!({"iss": "https://127.0.0.1:1/oidc", "sub": "me", "aud": [oidc::EXCHANGE_AUDIENCE], "exp": 1_000_100});
        for (base, name, value, code) in [
            (&certificate, "jti", json!("x"), 0),
            (&certificate, "exp", json!(999_999), 700_024),
            (&certificate, "exp", Value::Null, 700_024),
            (&certificate, "nbf", json!(1_001_000), 700_024),
            (&certificate, "sub", json!("other"), 700_021),
            (&certificate, "aud", json!("https://login.example/token"), 700_023),
            (&federated, "jti", json!("x"), 0),
            (&federated, "iss", json!("https://token.example"), 700_211),
            (&federated, "aud", json!("https://127.0.0.1:1"), 700_212),
            (&federated, "sub", json!(""), 700_213),
            (&federated, "exp", json!(1), 700_024),
        ] {
            let mut claims = base.clone();
            claims[name] = value;
            assert_eq!(refused(&claims), code, "{claims}");
        }
        let now = Moment(0);
        for broken in ["", "a.b", "a.b.c", "a.b.c.d"] {
            assert_eq!(check(broken, JWT_BEARER, CLIENT, TENANT, BASE, now).unwrap_err().code, 50_027);
        }
        assert_eq!(check("", "saml", CLIENT, TENANT, BASE, now).unwrap_err().code, 9_002_313);
    }
}
