//! The Batch data plane of one account: which path is which operation, api-versions, lists, filters.
//! Each path names the file that answers it; the envelope of refusals is the router's.

use serde_json::{Value, json};

use crate::emulator::azure::batch::data_node;
use crate::emulator::azure::batch::data_pool;
use crate::emulator::azure::batch::job;
use crate::emulator::azure::batch::job_own_tasks;
use crate::emulator::azure::batch::job_schedule;
use crate::emulator::azure::batch::node_action;
use crate::emulator::azure::batch::node_file;
use crate::emulator::azure::batch::node_user;
use crate::emulator::azure::batch::older_versions;
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::supported_images;
use crate::emulator::azure::batch::task;
use crate::emulator::azure::odata::{self, Filter};
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::page;
use crate::emulator::router;
use crate::emulator::store::{Resource, World};

/// The api-versions of the data plane.
const VERSIONS: &[&str] = &[
    "2018-03-01.6.1",
    "2018-08-01.7.0",
    "2018-12-01.8.0",
    "2019-06-01.9.0",
    "2019-08-01.10.0",
    "2020-03-01.11.0",
    "2020-09-01.12.0",
    "2021-06-01.14.0",
    "2022-01-01.15.0",
    "2022-10-01.16.0",
    "2023-05-01.17.0",
    "2023-11-01.18.0",
    "2024-02-01.19.0",
    "2024-07-01.20.0",
    "2025-06-01",
];

/// Answers a request; `call.id` is the account.
pub(crate) fn answer(world: &mut World, call: &Call) -> Result<Answer> {
    let answered =
        check_version(call).and_then(|()| check_key(world, call)).and_then(|()| dispatch(world, call));
    let answer = match answered {
        Err(failure) if failure.status == 304 => Answer::empty(304),
        other => other?,
    };
    let answer = answer.with("dataserviceversion", "3.0");
    let answer = named(call, answer);
    let has_body = answer.body.is_some();
    Ok(if has_body { answer.with("content-type", "application/json;odata=minimalmetadata") } else { answer })
}

/// Names what was written, unless its handler did: the path that was asked.
fn named(call: &Call, answer: Answer) -> Answer {
    let has = |wanted: &str| answer.headers.iter().any(|(name, _)| name == wanted);
    let written = !matches!(call.verb, Verb::Get | Verb::Head) && has("etag");
    if written && !has("dataserviceid") {
        answer.with("dataserviceid", call.link(&call.path))
    } else {
        answer
    }
}

fn dispatch(world: &mut World, call: &Call) -> Result<Answer> {
    let path: Vec<String> = call.segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (call.verb, path.as_slice()) {
        (Verb::Get, ["pools"]) => data_pool::list(world, call),
        (Verb::Post, ["pools"]) => data_pool::add(world, call),
        (Verb::Get, ["pools", _]) => data_pool::get(world, call),
        (Verb::Head, ["pools", _]) => data_pool::head(world, call),
        (Verb::Patch, ["pools", _]) => data_pool::patch(world, call),
        (Verb::Delete, ["pools", _]) => data_pool::delete(world, call),
        (Verb::Post, ["pools", _, "updateproperties"]) => data_pool::replace(world, call),
        (Verb::Post, ["pools", _, "resize"]) => data_pool::resize(world, call),
        (Verb::Post, ["pools", _, "stopresize"]) => data_pool::stop_resize(world, call),
        (Verb::Post, ["pools", _, "enableautoscale"]) => data_pool::enable_auto_scale(world, call),
        (Verb::Post, ["pools", _, "disableautoscale"]) => data_pool::disable_auto_scale(world, call),
        (Verb::Post, ["pools", _, "evaluateautoscale"]) => data_pool::evaluate_auto_scale(world, call),
        (Verb::Post, ["pools", _, "removenodes"]) => data_node::remove(world, call),
        (Verb::Get, ["pools", _, "nodes"]) => data_node::list(world, call),
        (Verb::Get, ["pools", _, "nodes", _]) => data_node::get(world, call),
        (Verb::Get, ["nodecounts"]) => data_node::counts(world, call),
        (Verb::Get, ["supportedimages"]) => supported(call),
        (_, ["pools", _, "nodes", _, "files", rest @ ..] | ["jobs", _, "tasks", _, "files", rest @ ..]) => {
            on_files(world, call, rest)
        }
        (_, ["pools", _, "nodes", _, rest @ ..]) => on_node(world, call, rest),
        (_, ["jobs", rest @ ..]) => on_jobs(world, call, rest),
        (_, ["jobschedules", rest @ ..]) => on_job_schedules(world, call, rest),
        // Both are made by what the emulator has not: packages are uploaded, usage is billed.
        (Verb::Get, ["certificates"]) if dialect(call).old => collection(call, std::iter::empty()),
        (Verb::Get, ["applications" | "poolusagemetrics"]) => collection(call, std::iter::empty()),
        (Verb::Get, ["applications", _]) => {
            Err(Failure::arm(404, "ApplicationNotFound", "The specified application does not exist."))
        }
        (_, ["pools" | "nodecounts" | "supportedimages"] | ["pools", _]) => Err(wrong_verb()),
        _ => Err(no_such_path()),
    }
}

/// What is done to one node; `rest` is what follows it in the path.
fn on_node(world: &mut World, call: &Call, rest: &[&str]) -> Result<Answer> {
    match (call.verb, rest) {
        (Verb::Post, ["reboot"]) => node_action::reboot(world, call),
        (Verb::Post, ["reimage"]) => node_action::reimage(world, call),
        (Verb::Post, ["start"]) => node_action::start(world, call),
        (Verb::Post, ["deallocate"]) => node_action::deallocate(world, call),
        (Verb::Post, ["disablescheduling"]) => node_action::disable_scheduling(world, call),
        (Verb::Post, ["enablescheduling"]) => node_action::enable_scheduling(world, call),
        (Verb::Post, ["users"]) => node_user::add(world, call),
        (Verb::Put, ["users", _]) => node_user::replace(world, call),
        (Verb::Delete, ["users", _]) => node_user::delete(world, call),
        (Verb::Get, ["remoteloginsettings"]) => node_action::remote_login(world, call),
        (Verb::Get, ["extensions"]) => node_action::extensions(world, call),
        (Verb::Get, ["extensions", _]) => node_action::extension(world, call),
        (_, [] | ["users"] | ["users", _]) => Err(wrong_verb()),
        _ => Err(no_such_path()),
    }
}

/// Files on nodes, by their nodes or by tasks; `rest` is the path of one.
fn on_files(world: &mut World, call: &Call, rest: &[&str]) -> Result<Answer> {
    match (call.verb, rest) {
        (Verb::Get, []) => node_file::list(world, call),
        (Verb::Get, _) => node_file::read(world, call),
        (Verb::Head, [_, ..]) => node_file::properties(world, call),
        (Verb::Delete, [_, ..]) => node_file::delete(world, call),
        _ => Err(wrong_verb()),
    }
}

/// Jobs and their tasks; `rest` is what follows `jobs` in the path.
fn on_jobs(world: &mut World, call: &Call, rest: &[&str]) -> Result<Answer> {
    match (call.verb, rest) {
        (Verb::Get, []) => job::list(world, call),
        (Verb::Post, []) => job::add(world, call),
        (Verb::Get, [_]) => job::get(world, call),
        (Verb::Patch, [_]) => job::patch(world, call),
        (Verb::Put, [_]) => job::replace(world, call),
        (Verb::Delete, [_]) => job::delete(world, call),
        (Verb::Post, [_, "disable"]) => job::disable(world, call),
        (Verb::Post, [_, "enable"]) => job::enable(world, call),
        (Verb::Post, [_, "terminate"]) => job::terminate(world, call),
        (Verb::Get, [_, "taskcounts"]) => job::task_counts(world, call),
        (Verb::Get, [_, "jobpreparationandreleasetaskstatus"]) => job_own_tasks::list(world, call),
        (Verb::Get, [_, "tasks"]) => task::list(world, call),
        (Verb::Post, [_, "tasks"]) => task::add(world, call),
        (Verb::Post, [_, "addtaskcollection"]) => task::add_many(world, call),
        (Verb::Get, [_, "tasks", _]) => task::get(world, call),
        (Verb::Put, [_, "tasks", _]) => task::replace(world, call),
        (Verb::Delete, [_, "tasks", _]) => task::delete(world, call),
        (Verb::Post, [_, "tasks", _, "terminate"]) => task::terminate(world, call),
        (Verb::Post, [_, "tasks", _, "reactivate"]) => task::reactivate(world, call),
        (Verb::Get, [_, "tasks", _, "subtasksinfo"]) => task::subtasks(world, call),
        (_, [] | [_] | [_, "tasks"] | [_, "tasks", _]) => Err(wrong_verb()),
        _ => Err(no_such_path()),
    }
}

/// Job schedules; `rest` is what follows `jobschedules` in the path.
fn on_job_schedules(world: &mut World, call: &Call, rest: &[&str]) -> Result<Answer> {
    match (call.verb, rest) {
        (Verb::Get, []) => job_schedule::list(world, call),
        (Verb::Post, []) => job_schedule::add(world, call),
        (Verb::Get, [_]) => job_schedule::get(world, call),
        (Verb::Head, [_]) => job_schedule::head(world, call),
        (Verb::Patch, [_]) => job_schedule::patch(world, call),
        (Verb::Put, [_]) => job_schedule::replace(world, call),
        (Verb::Delete, [_]) => job_schedule::delete(world, call),
        (Verb::Post, [_, "disable"]) => job_schedule::disable(world, call),
        (Verb::Post, [_, "enable"]) => job_schedule::enable(world, call),
        (Verb::Post, [_, "terminate"]) => job_schedule::terminate(world, call),
        (Verb::Get, [_, "jobs"]) => job_schedule::jobs(world, call),
        (_, [] | [_]) => Err(wrong_verb()),
        _ => Err(no_such_path()),
    }
}

fn wrong_verb() -> Failure {
    Failure::arm(405, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
}

fn no_such_path() -> Failure {
    Failure::arm(404, "ResourceNotFound", "The specified resource does not exist.")
}

/// The body, which must be an object; the refusal is in the words of this plane.
pub(crate) fn sent(call: &Call) -> Result<&Value> {
    call.object().map_err(router::in_batchs_words)
}

/// `ETag` and `Last-Modified` of what was read or written.
pub(crate) fn tagged(answer: Answer, resource: &Resource) -> Answer {
    answer.with("etag", resource.etag.clone()).with("last-modified", resource.changed_at.http_date())
}

/// Who is spoken to.
pub(crate) fn dialect(call: &Call) -> Dialect {
    Dialect::data_plane(call.api_version())
}

/// The pool that the path names, which must be there.
pub(crate) fn pool_of(world: &World, call: &Call) -> Result<Pool> {
    let name = call.segments.get(1).map_or("", String::as_str);
    Pool::find(world, &format!("{}/pools/{name}", call.id.path()))
        .ok_or_else(|| Failure::arm(404, "PoolNotFound", "The specified pool does not exist."))
}

/// One entity, with only what `$select` names.
pub(crate) fn entity(call: &Call, body: Value) -> Answer {
    Answer::ok(odata::select(older_versions::printed(call, body), call.query("$select")))
}

/// False for an entry of an earlier page, which then need not be printed.
pub(crate) fn is_ahead(call: &Call, key: &str) -> bool {
    call.query("$skiptoken").is_none_or(|token| key > token)
}

/// One page of a list; the entries come with their keys in ascending order.
pub(crate) fn collection(call: &Call, entries: impl Iterator<Item = (String, Value)>) -> Result<Answer> {
    let filter = Filter::parse(call.query("$filter"))?;
    let wanted = match call.query("maxresults") {
        None => call.page_size,
        Some(text) => text.parse().ok().filter(|size| (1..=1_000).contains(size)).ok_or_else(|| {
            Failure::arm(
                400,
                "OutOfRangeQueryParameterValue",
                "A query parameter specified in the request URI is outside the permissible range.",
            )
            .detail("QueryParameterName", "maxresults")
            .detail("QueryParameterValue", text)
            .detail("MinimumAllowed", "1")
            .detail("MaximumAllowed", "1000")
        })?,
    };
    let entries = entries.map(|(key, entry)| (key, older_versions::printed(call, entry)));
    let admitted = entries.filter(|(_, entry)| filter.admits(entry));
    let (entries, next) = page::cut(call, wanted.min(call.page_size), admitted);
    let entries: Vec<Value> =
        entries.into_iter().map(|entry| odata::select(entry, call.query("$select"))).collect();
    let mut body = json!({"value": entries});
    if let Some(next) = next {
        body["odata.nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

fn supported(call: &Call) -> Result<Answer> {
    let rows = supported_images::rows().into_iter().enumerate();
    collection(call, rows.map(|(index, row)| (format!("{index:05}"), row)))
}

fn check_version(call: &Call) -> Result<()> {
    let version = call.api_version();
    if version.is_empty() {
        let text = "A required query parameter was not specified for this request.";
        return Err(Failure::arm(400, "MissingRequiredQueryParameter", text)
            .detail("QueryParameterName", "api-version"));
    }
    if VERSIONS.contains(&version) {
        return Ok(());
    }
    let text = "Value for one of the query parameters specified in the request URI is invalid.";
    Err(Failure::arm(400, "InvalidQueryParameterValue", text)
        .detail("QueryParameterName", "api-version")
        .detail("QueryParameterValue", version)
        .detail("Reason", "The specified api version string is invalid."))
}

/// A shared key is taken only where the account allows one; its signature is not checked.
fn check_key(world: &World, call: &Call) -> Result<()> {
    if !is_shared_key(call) {
        return Ok(());
    }
    let modes = world
        .get(&call.id.path())
        .map(|account| account.body["properties"]["allowedAuthenticationModes"].clone());
    let allowed = modes
        .as_ref()
        .and_then(Value::as_array)
        .is_none_or(|modes| modes.iter().any(|mode| mode == "SharedKey"));
    if allowed {
        return Ok(());
    }
    Err(authentication_failed(
        "The specified type of authentication SharedKey is not allowed for this account.",
    ))
}

/// 403 for a pool made from a gallery's image on behalf of a shared key, which is nobody in the tenant.
pub(crate) fn check_key_may_link(call: &Call, pool: &Value) -> Result<()> {
    let image = &pool["virtualMachineConfiguration"]["imageReference"]["virtualMachineImageId"];
    if is_shared_key(call) && image.is_string() {
        return Err(authentication_failed(
            "The specified type of authentication SharedKey is not allowed when external resources of type Compute are linked.",
        ));
    }
    Ok(())
}

/// True when the caller signed with an account key instead of bringing a token.
fn is_shared_key(call: &Call) -> bool {
    call.header("authorization").is_some_and(|header| header.starts_with("SharedKey "))
}

/// 403 in the service's words.
fn authentication_failed(detail: &str) -> Failure {
    let text = "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.";
    Failure::arm(403, "AuthenticationFailed", text).detail("AuthenticationErrorDetail", detail)
}
