//! The token endpoints of Microsoft Entra: a token for a client, against a secret or an assertion.
//! Judges no token that was given; `sign_in` does.

use serde_json::json;

use crate::emulator::base64;
use crate::emulator::call::{Answer, Result};
use crate::emulator::clock::{self, Moment};
use crate::emulator::guid;
use crate::emulator::sign_in::directory::{self, Principal};
use crate::emulator::sign_in::{self, LIFETIME, assertion};
use crate::emulator::store::World;
use crate::emulator::wire::{self, Request};

/// Answers a token endpoint with a token, or with Entra's refusal. `old` is the endpoint that is asked for a resource in
/// place of a scope.
pub(super) fn answer(world: &World, request: &Request, tenant: &str, base: &str, old: bool) -> Answer {
    if request.method != "POST" {
        let text = format!("The endpoint only accepts POST requests. Received a {} request.", request.method);
        return Refusal::new(400, "invalid_request", 900_561, &text).answer();
    }
    let fields = wire::pairs(&String::from_utf8_lossy(&request.body));
    grant(world, &Form { fields, basic: basic(request) }, tenant, base, old).unwrap_or_else(Refusal::answer)
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

/// What a client sent.
struct Form {
    fields: Vec<(String, String)>,
    /// Client and secret, where they came in a header.
    basic: Option<(String, String)>,
}

impl Form {
    fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.field(name) {
            "" => Err(Refusal::missing(name)),
            value => Ok(value),
        }
    }
}

fn grant(world: &World, form: &Form, tenant: &str, base: &str, old: bool) -> Result<Answer, Refusal> {
    if !directory::is_authority(world, tenant) {
        return Err(Refusal::unknown_tenant("invalid_request", tenant));
    }
    let kind = form.need("grant_type")?;
    if kind != "client_credentials" {
        let text = format!("The app requested an unsupported grant type '{kind}'.");
        return Err(Refusal::new(400, "unsupported_grant_type", 70003, &text));
    }
    let now = clock::real_now();
    let principal = check_client(world, form, tenant, base, now)?;
    // AD FS has one endpoint, where a scope does as well as a resource.
    let by_scope = !old || (tenant == "adfs" && form.field("resource").is_empty());
    if by_scope { by_its_scope(form, &principal, now) } else { by_its_resource(form, &principal, now) }
}

/// The principal of the client, which the tenant must know, and which must show a secret or an assertion.
fn check_client(
    world: &World,
    form: &Form,
    tenant: &str,
    base: &str,
    now: Moment,
) -> Result<Principal, Refusal> {
    let (in_header, secret_in_header) = form.basic.as_ref().map_or(("", ""), |(id, secret)| (id, secret));
    let client = [form.field("client_id"), in_header].into_iter().find(|id| !id.is_empty());
    let client = client.ok_or_else(|| Refusal::missing("client_id"))?;
    let Some(principal) = directory::signs_in(world, client, tenant) else {
        let text = format!(
            "Application with identifier '{client}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."
        );
        return Err(Refusal::new(400, "unauthorized_client", 700_016, &text));
    };
    let shown = form.field("client_assertion");
    if !shown.is_empty() {
        let kind = form.need("client_assertion_type")?;
        return assertion::check(shown, kind, client, tenant, base, now).map(|()| principal);
    }
    if form.field("client_secret").is_empty() && secret_in_header.is_empty() {
        let text = "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.";
        return Err(Refusal::new(401, "invalid_client", 7_000_216, text));
    }
    Ok(principal)
}

fn by_its_resource(form: &Form, principal: &Principal, now: Moment) -> Result<Answer, Refusal> {
    let resource = form.need("resource")?;
    let seconds = now.0 / 1000;
    Ok(Answer::ok(json!({
        "token_type": "Bearer", "expires_in": LIFETIME.to_string(), "ext_expires_in": LIFETIME.to_string(),
        "expires_on": (seconds + LIFETIME).to_string(), "not_before": seconds.to_string(),
        "resource": resource, "access_token": sign_in::token(resource, principal, now, LIFETIME),
    })))
}

fn by_its_scope(form: &Form, principal: &Principal, now: Moment) -> Result<Answer, Refusal> {
    let scopes = form.need("scope")?;
    let Some(audience) = scopes.split(' ').find_map(|scope| scope.strip_suffix("/.default")) else {
        let text = format!(
            "The provided value for scope {scopes} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."
        );
        return Err(Refusal::new(400, "invalid_scope", 1_002_012, &text));
    };
    Ok(Answer::ok(json!({
        "token_type": "Bearer", "expires_in": LIFETIME, "ext_expires_in": LIFETIME,
        "access_token": sign_in::token(audience, principal, now, LIFETIME),
    })))
}

/// Entra's refusal of a token.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    error: &'static str,
    /// The number behind `AADSTS`.
    pub(super) code: u32,
    text: String,
}

impl Refusal {
    pub(super) fn new(status: u16, error: &'static str, code: u32, text: &str) -> Refusal {
        Refusal { status, error, code, text: text.to_owned() }
    }

    fn missing(name: &str) -> Refusal {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        Refusal::new(400, "invalid_request", 900_144, &text)
    }

    pub(super) fn unknown_tenant(error: &'static str, tenant: &str) -> Refusal {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
        );
        Refusal::new(400, error, 90002, &text)
    }

    pub(super) fn answer(self) -> Answer {
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
