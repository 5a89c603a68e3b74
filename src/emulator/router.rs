//! Finds the handler of a request in a plain table, after the checks that ARM makes before any provider.
//! Holds no resource's rules: those stand in `azure`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::emulator::admission;
use crate::emulator::arm_id::ArmId;
use crate::emulator::azure;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::metadata;
use crate::emulator::sign_in::{self, Caller};
use crate::emulator::store::World;
use crate::emulator::wire::{self, Request};

/// Carries out one request.
pub(crate) type Handler = fn(&mut World, &Call) -> Result<Answer>;

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Route {
    /// What is asked.
    pub(crate) verb: Verb,
    /// The type path in its canonical case, such as `Microsoft.Compute/galleries/images`; for an action its name
    /// comes last (`Microsoft.Batch/batchAccounts/listKeys`).
    pub(crate) kind: &'static str,
    /// The api-versions taken; empty means any.
    pub(crate) versions: &'static [&'static str],
    /// Who answers.
    pub(crate) handler: Handler,
}

type Table = BTreeMap<String, BTreeMap<Verb, &'static Route>>;

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::new();
        for route in azure::routes() {
            table.entry(route.kind.to_ascii_lowercase()).or_default().insert(route.verb, route);
        }
        table
    })
}

/// The largest body ARM takes.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Which service a request is for.
enum Plane {
    /// Azure Resource Manager and what is served beside it: sign-in, metadata.
    Arm,
    /// The data plane of the Batch account of that key.
    Batch(String),
}

/// Scheme and authority that a request was sent to.
pub(crate) fn base(world: &World, request: &Request) -> String {
    let authority = request.authority();
    if authority.is_empty() { world.endpoints.base.clone() } else { format!("https://{authority}") }
}

/// Path and query of a request.
fn target(request: &Request) -> (&str, &str) {
    let (path, query) = request.target().split_once('?').unwrap_or((request.target(), ""));
    // A trailing slash on a configured URL makes clients ask for `//metadata/endpoints`.
    (if path.starts_with("//") { &path[1..] } else { path }, query)
}

fn plane(world: &World, request: &Request) -> Plane {
    let authority = request.authority();
    let account = world.endpoints.account_at(&authority).or_else(|| {
        authority.is_empty().then(|| world.endpoints.account_at(&world.endpoints.base)).flatten()
    });
    let main = world.endpoints.is_main(&authority);
    match account {
        Some(account) if !main || !is_arms(target(request).0) => Plane::Batch(account.to_owned()),
        _ => Plane::Arm,
    }
}

/// True for a path that is ARM's own, where a Batch account is served at the same authority.
fn is_arms(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    ["subscriptions", "tenants", "providers", "resources"].iter().any(|own| own.eq_ignore_ascii_case(first))
}

/// The id of what a request is about, a resource or a collection, on either plane; none when there is no such thing.
pub(crate) fn subject(world: &World, request: &Request) -> Option<String> {
    let path = wire::percent_decode(target(request).0.trim_end_matches('/'), false);
    match plane(world, request) {
        Plane::Arm => ArmId::parse(&path).map(|_| path),
        Plane::Batch(account) => Some(format!("{account}{path}")),
    }
}

/// True for a request to the data plane of a Batch account.
pub(crate) fn is_for_batch(world: &World, request: &Request) -> bool {
    matches!(plane(world, request), Plane::Batch(_))
}

/// A refusal in the envelope of the plane that was asked.
pub(crate) fn refuse(world: &World, request: &Request, request_id: &str, failure: Failure) -> Answer {
    if let Some(answer) = sign_in::refuse(target(request).0, &failure) {
        return answer;
    }
    match plane(world, request) {
        Plane::Arm => failure.into_arm(),
        Plane::Batch(_) => failure.into_batch(&base(world, request), request_id, world.now),
    }
}

/// Answers one request; the world has been brought to `world.now` before.
pub(crate) fn answer(world: &mut World, request: &Request, request_id: &str) -> Answer {
    let base = base(world, request);
    let (path, query) = target(request);
    if world.endpoints.is_main(&request.authority()) {
        if path.eq_ignore_ascii_case("/metadata/endpoints") {
            let query = wire::pairs(query);
            return metadata::answer(wire::header(&query, "api-version").unwrap_or_default(), &base);
        }
        if let Some(answer) = sign_in::answer(world, request, path, query, &base) {
            return answer;
        }
    }
    let mut call = match read_call(request, path, query, world, base) {
        Ok(call) => call,
        Err(failure) => {
            let failure = match plane(world, request) {
                Plane::Arm => failure,
                Plane::Batch(_) => in_batchs_words(failure),
            };
            return refuse(world, request, request_id, failure);
        }
    };
    let answered = match plane(world, request) {
        Plane::Arm => arm_answer(world, request, &mut call),
        Plane::Batch(account) => {
            call.id = world.get(&account).and_then(|found| ArmId::parse(&found.id)).unwrap_or_default();
            check_batch(world, request, &mut call).and_then(|()| azure::data_plane(world, &call))
        }
    };
    answered.unwrap_or_else(|failure| refuse(world, request, request_id, failure))
}

/// What Batch says where ARM refuses a request that it could not even read.
pub(crate) fn in_batchs_words(failure: Failure) -> Failure {
    let (code, message) = match failure.status {
        405 => ("UnsupportedHttpVerb", "The resource doesn't support specified Http Verb."),
        413 => ("RequestBodyTooLarge", "The size of the request body exceeds the maximum size permitted."),
        _ => ("InvalidRequestBody", "The specified Request Body is not syntactically valid."),
    };
    let reason = failure.message;
    Failure::arm(failure.status, code, message).detail("Reason", reason)
}

fn check_batch(world: &World, request: &Request, call: &mut Call) -> Result<()> {
    if request.header("authorization").is_some_and(|header| header.starts_with("SharedKey ")) {
        // Whether a key may be used depends on the pool: the handlers see the header.
        return Ok(());
    }
    let checked = sign_in::check(world, request, &call.base, &[sign_in::BATCH_AUDIENCE]).and_then(|caller| {
        let tenant = azure::tenant_of(world, call.id.subscription.as_deref().unwrap_or_default());
        caller.check_tenant(&call.base, &tenant).map(|()| caller)
    });
    call.caller = checked.map_err(|failure| Failure {
        code: "AuthenticationFailed".to_owned(),
        message: "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.".to_owned(),
        details: vec![("AuthenticationErrorDetail".to_owned(), failure.message)],
        status: failure.status,
        target: None,
        headers: failure.headers,
    })?;
    azure::authorize_on_batch(world, call)
}

/// Takes a request apart.
fn read_call(request: &Request, path: &str, query: &str, world: &World, base: String) -> Result<Call> {
    let verb = match request.method.as_str() {
        "GET" => Verb::Get,
        "HEAD" => Verb::Head,
        "PUT" => Verb::Put,
        "PATCH" => Verb::Patch,
        "POST" => Verb::Post,
        "DELETE" => Verb::Delete,
        other => {
            return Err(Failure::arm(
                405,
                "MethodNotAllowed",
                format!("The method '{other}' is not allowed."),
            ));
        }
    };
    let length = request.body.len().saturating_add(request.dropped);
    if length > MAX_BODY {
        let text = format!(
            "The request content size exceeds the maximum size of {MAX_BODY} bytes. The request content size is {length} bytes."
        );
        return Err(Failure::arm(413, "RequestContentTooLarge", text));
    }
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
    let segments: Vec<String> = if trimmed.is_empty() {
        Vec::new()
    } else {
        trimmed.split('/').map(|segment| wire::percent_decode(segment, false)).collect()
    };
    let mut call = Call {
        verb,
        id: ArmId::default(),
        caller: Caller::default(),
        segments,
        path: path.to_owned(),
        query: wire::pairs(query),
        headers: request.headers.clone(),
        body: None,
        base,
        page_size: world.page_size,
    };
    if matches!(verb, Verb::Put | Verb::Patch | Verb::Post)
        && !request.body.iter().all(u8::is_ascii_whitespace)
    {
        let bytes = request.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&request.body);
        call.body =
            Some(serde_json::from_slice(bytes).map_err(|error| Failure::content(&error.to_string()))?);
    }
    Ok(call)
}

/// The checks that ARM makes itself, then the handler.
fn arm_answer(world: &mut World, request: &Request, call: &mut Call) -> Result<Answer> {
    let base = world.endpoints.base.clone();
    let audiences =
        [base.as_str(), &call.base, "https://management.azure.com/", "https://management.core.windows.net/"];
    call.caller = sign_in::check(world, request, &call.base, &audiences)?;
    let unknown = || {
        Failure::arm(
            404,
            "InvalidResourceType",
            "The requested path does not name a resource type that is known.",
        )
    };
    admission::check_path(call)?;
    call.id = ArmId::from_segments(&call.segments).ok_or_else(unknown)?;
    if call.verb == Verb::Get && !call.id.is_item() {
        call.verb = Verb::List;
    }
    let exists = call.verb == Verb::Head && call.id.is_item();
    let route = match find(call) {
        // ARM itself answers whether a resource exists, for every type that can be read.
        Err(refusal) if exists && refusal.status == 405 => {
            call.verb = Verb::Get;
            let route = find(call)?;
            admission::check_version(call, route)?;
            admission::check_scope(world, call, route)?;
            return Ok(Answer::empty(if world.has(&call.id.path()) { 204 } else { 404 }));
        }
        found => found?,
    };
    admission::check_version(call, route)?;
    admission::check_scope(world, call, route)?;
    (route.handler)(world, call)
}

/// The table's line for a call.
fn find(call: &Call) -> Result<&'static Route> {
    let kind = call.id.kind();
    // `…/providers/NS/register` asks about the provider, not about a type of its.
    let kind = match call.id.types.as_slice() {
        [what] if call.id.namespace.is_some() && is_about_provider(what) => {
            format!("providers/{}", what.to_ascii_lowercase())
        }
        _ => kind,
    };
    let verbs = table().get(&kind).ok_or_else(|| unknown_type(call, &kind))?;
    verbs.get(&call.verb).copied().ok_or_else(|| {
        let method = if call.verb == Verb::List {
            "GET".to_owned()
        } else {
            format!("{:?}", call.verb).to_uppercase()
        };
        let text = format!("The requested resource does not support http method '{method}'.");
        Failure::arm(405, "UnsupportedHttpMethod", text)
    })
}

/// 404 for a type that is not in the table, or whose provider is none.
fn unknown_type(call: &Call, kind: &str) -> Failure {
    let Some(namespace) = &call.id.namespace else {
        let text = format!("The resource type '{kind}' could not be found.");
        return Failure::arm(404, "InvalidResourceType", text);
    };
    if !azure::namespaces().iter().any(|known| known.eq_ignore_ascii_case(namespace)) {
        let text = format!("The resource namespace '{namespace}' is invalid.");
        return Failure::arm(404, "InvalidResourceNamespace", text);
    }
    let text = format!(
        "The resource type '{}' could not be found in the namespace '{namespace}' for api version '{}'.",
        call.id.types.join("/"),
        call.api_version()
    );
    Failure::arm(404, "InvalidResourceType", text)
}

/// True for the words that ask about a provider, where a type of its would stand.
pub(crate) fn is_about_provider(what: &str) -> bool {
    ["register", "unregister", "resourceTypes", "providerPermissions"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(what))
}

/// True for the types whose resources can be read.
pub(crate) fn is_resource(kind: &str) -> bool {
    table().get(kind).is_some_and(|verbs| verbs.contains_key(&Verb::Get))
}

/// The answer to a GET of another resource, in the api-version of the call in hand.
pub(crate) fn read(world: &mut World, call: &Call, id: &str) -> Result<Answer> {
    let mut other = call.clone();
    other.id = ArmId::parse(id).unwrap_or_default();
    other.verb = Verb::Get;
    id.clone_into(&mut other.path);
    other.query.retain(|(name, _)| name.eq_ignore_ascii_case("api-version"));
    (find(&other)?.handler)(world, &other)
}

/// 404 in ARM's words.
pub(crate) fn not_found(call: &Call) -> Failure {
    let id = &call.id;
    let kind = format!("{}/{}", id.namespace.as_deref().unwrap_or_default(), id.types.join("/"));
    let text = format!(
        "The Resource '{kind}/{}' under resource group '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        id.names.join("/"),
        id.group.as_deref().unwrap_or("<null>")
    );
    Failure::arm(404, "ResourceNotFound", text)
}

/// The canonical spelling of a type path, `Microsoft.Compute/galleries/images`; the lower-case one when unknown.
pub(crate) fn canonical_kind(kind: &str) -> String {
    let lower = kind.to_ascii_lowercase();
    let known = table().get(&lower).and_then(|verbs| verbs.values().next());
    known.map_or(lower, |route| route.kind.to_owned())
}
