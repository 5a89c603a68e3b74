//! Batch pools on the management plane: get, list, PUT, PATCH, DELETE, stop a resize, turn autoscale off.
//! Checks and sizing stand in their own files; here they are put in order, and answers get their `ETag`.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::allocation::Fleet;
use crate::emulator::azure::batch::batch_account::{self, VERSIONS};
use crate::emulator::azure::batch::batch_operation;
use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane;
use crate::emulator::azure::batch::pool_body::{self, Properties};
use crate::emulator::azure::batch::pool_check;
use crate::emulator::azure::batch::pool_image;
use crate::emulator::azure::batch::pool_patch;
use crate::emulator::azure::batch::pool_record::{Auto, Deletion, Hidden, KIND, Pool};
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::pool_sizing;
use crate::emulator::azure::batch::refusal;
use crate::emulator::azure::managed_identity;
use crate::emulator::azure::odata::{self, Filter};
use crate::emulator::azure::tags;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// A pool takes at least this long to go.
const DELETION: Duration = Duration::from_secs(90);

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::List,
        kind: "Microsoft.Batch/batchAccounts/pools",
        versions: VERSIONS,
        handler: list,
    },
    Route { verb: Verb::Get, kind: "Microsoft.Batch/batchAccounts/pools", versions: VERSIONS, handler: get },
    Route { verb: Verb::Put, kind: "Microsoft.Batch/batchAccounts/pools", versions: VERSIONS, handler: put },
    Route {
        verb: Verb::Patch,
        kind: "Microsoft.Batch/batchAccounts/pools",
        versions: VERSIONS,
        handler: patch,
    },
    Route {
        verb: Verb::Delete,
        kind: "Microsoft.Batch/batchAccounts/pools",
        versions: VERSIONS,
        handler: delete,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/batchAccounts/pools/stopResize",
        versions: VERSIONS,
        handler: stop_resize,
    },
    Route {
        verb: Verb::Post,
        kind: "Microsoft.Batch/batchAccounts/pools/disableAutoScale",
        versions: VERSIONS,
        handler: disable_auto_scale,
    },
];

/// Does what is due for a pool at `at`: a formula is evaluated, or a deletion is over.
pub(crate) fn settle(world: &mut World, key: &str, at: Moment) {
    let Some(mut pool) = Pool::find(world, key) else { return };
    match &pool.hidden.deletion {
        Some(Deletion { failure: None, .. }) => {
            world.remove(key);
            return;
        }
        Some(_) => pool.hidden.deletion = None,
        None => {}
    }
    pool_sizing::evaluate_when_due(world, &mut pool, at);
    pool.save(world);
}

/// A pool that a seed names, in the management plane's words: made before the beginning, with all its nodes.
pub(crate) fn planted(resource: &mut Resource) {
    let dialect = Dialect { data_plane: false, old: false };
    let mut properties =
        pool_body::read_management(&resource.body["properties"], dialect).unwrap_or_default();
    pool_body::canonical(&mut properties);
    resource.body["properties"] = Value::Object(properties);
    let mut pool = Pool::of(resource);
    let began = resource.created_at;
    if pool.properties()["scaleSettings"]["autoScale"].is_object() {
        pool.hidden.auto = Some(Auto { since: began, next: began, run: None });
        resource.due = Some(began);
    } else {
        pool.hidden.fleet = Fleet::settled(pool.target(), began);
    }
    pool.store_hidden(began);
    resource.hidden = pool.resource.hidden;
}

/// Makes a pool that was not there before, whichever plane asked.
pub(crate) fn create(
    world: &mut World,
    account_id: &str,
    name: &str,
    mut properties: Properties,
    extras: Map<String, Value>,
    dialect: Dialect,
) -> Result<Pool> {
    if !pool_check::is_pool_id(name) {
        let reason = "The id can contain any combination of alphanumeric characters including hyphens and underscores, and cannot contain more than 64 characters.";
        return Err(dialect.invalid("id", &json!(name), reason));
    }
    let deallocation = pool_sizing::deallocation_of(properties.get("scaleSettings"));
    pool_body::canonical(&mut properties);
    let properties = Value::Object(properties);
    pool_check::check(&properties, dialect)?;
    pool_image::check(world, &properties, account_id, dialect)?;
    let quota = world.get(account_id).map_or(0, |account| batch_account::quota(account, "poolQuota"));
    if Pool::stored(world, account_id).count() >= quota as usize {
        let text = "The specified account has reached the pool quota.";
        return Err(Failure::arm(409, "PoolQuotaReached", text));
    }
    let mut body = json!({"name": name, "properties": properties});
    if let Some(fields) = body.as_object_mut() {
        fields.extend(extras);
    }
    let resource = Resource {
        id: format!("{account_id}/pools/{name}"),
        kind: KIND.to_owned(),
        body,
        created_at: world.now,
        ..Resource::default()
    };
    let mut pool = Pool { resource, hidden: Hidden::default() };
    pool_sizing::apply_scale(world, &mut pool, deallocation);
    Ok(pool.save_changed(world))
}

/// Lays properties over a pool that is there, each as a whole, whichever plane asked.
pub(crate) fn update(
    world: &mut World,
    mut pool: Pool,
    supplied: Properties,
    dialect: Dialect,
) -> Result<Pool> {
    let standing = pool.standing(world.now);
    let scale = supplied.get("scaleSettings").cloned();
    let image = supplied.contains_key("deploymentConfiguration");
    let mut merged = pool_patch::patched(pool.properties(), supplied, standing, dialect)?;
    pool_body::canonical(&mut merged);
    let account_id = pool.account_id().to_owned();
    pool.set_properties(merged);
    pool_check::check(pool.properties(), dialect)?;
    if image {
        pool_image::check(world, pool.properties(), &account_id, dialect)?;
    }
    if let Some(scale) = scale {
        let deallocation = pool_sizing::deallocation_of(Some(&scale));
        pool_sizing::apply_scale(world, &mut pool, deallocation);
    }
    Ok(pool.save_changed(world))
}

/// Begins to take a pool away and tells how that goes on; the same when it is going already.
pub(crate) fn begin_deletion(world: &mut World, mut pool: Pool) -> (Pool, Deletion) {
    if let Some(deletion) = pool.hidden.deletion.clone() {
        return (pool, deletion);
    }
    let now = world.now;
    let gone = now + pool.hidden.fleet.time_to_empty(now).max(DELETION);
    let failure = world.faults.of_operation(&pool.resource.id);
    let deletion = Deletion { since: now, gone, failure };
    pool.hidden.deletion = Some(deletion.clone());
    (pool.save_changed(world), deletion)
}

/// Turns a formula off; the pool keeps the nodes it has and aims at.
pub(crate) fn turn_auto_scale_off(world: &mut World, mut pool: Pool) -> Result<Pool> {
    let standing = pool.standing(world.now);
    standing.not_deleting()?;
    standing.steady()?;
    let target = pool.target();
    let mut properties = pool.properties().as_object().cloned().unwrap_or_default();
    properties.insert(
        "scaleSettings".into(),
        json!({"fixedScale": {
            "targetDedicatedNodes": target.dedicated, "targetLowPriorityNodes": target.low_priority,
        }}),
    );
    pool_body::canonical(&mut properties);
    pool.set_properties(properties);
    pool.hidden.auto = None;
    Ok(pool.save_changed(world))
}

/// Stops the resize that is under way.
pub(crate) fn stop(world: &mut World, mut pool: Pool) -> Result<Pool> {
    let standing = pool.standing(world.now);
    standing.not_deleting()?;
    if standing.steady().is_ok() {
        return Err(refusal::invalid_for_state("The pool is not being resized."));
    }
    pool.hidden.fleet.stop(world.now);
    Ok(pool.save_changed(world))
}

fn dialect(call: &Call) -> Dialect {
    Dialect::management(call.api_version())
}

/// Adds what every refusal of the Batch provider has.
fn in_arms_words(world: &mut World, failure: Failure) -> Failure {
    let stamp = format!("\nRequestId:{}\nTime:{}", world.next_guid(), world.now.rfc3339());
    let mut failure = failure.on("BatchAccount");
    failure.message.push_str(&stamp);
    failure
}

fn answer(world: &World, call: &Call, pool: &Pool) -> Answer {
    let body = pool.print_management(dialect(call), world.now);
    Answer::ok(body)
        .with("etag", pool.weak_etag())
        .with("last-modified", pool.resource.changed_at.http_date())
}

/// Carries out a request on one pool, which must be there.
fn on_pool(
    world: &mut World,
    id: &str,
    act: impl FnOnce(&mut World, Pool) -> Result<Answer>,
) -> Result<Answer> {
    let done = match Pool::find(world, id) {
        Some(pool) => act(world, pool),
        None => Err(Failure::arm(404, "PoolNotFound", "The specified pool does not exist.")),
    };
    done.map_err(|failure| in_arms_words(world, failure))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    on_pool(world, &call.id.path(), |world, pool| Ok(answer(world, call, &pool)))
}

fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let filter = Filter::parse(call.query("$filter")).map_err(|failure| in_arms_words(world, failure))?;
    let account = call.id.parent().map(|account| account.path()).unwrap_or_default();
    let dialect = dialect(call);
    let now = world.now;
    let ahead = |resource: &&Resource| data_plane::is_ahead(call, &resource.key());
    let entries = Pool::stored(world, &account).filter(ahead).filter_map(|resource| {
        let entry = Pool::of(resource).print_management(dialect, now);
        filter.admits(&entry).then(|| (resource.key(), entry))
    });
    let (entries, next) = page::cut(call, page::size(call), entries);
    let entries: Vec<Value> =
        entries.into_iter().map(|entry| odata::select(entry, call.query("$select"))).collect();
    let mut body = json!({"value": entries});
    if let Some(next) = next {
        body["nextLink"] = json!(next);
    }
    Ok(Answer::ok(body))
}

/// What stands beside `properties` in a request: identity and tags, checked and completed.
fn extras(world: &World, body: &Value, dialect: Dialect) -> Result<Map<String, Value>> {
    let known = ["properties", "identity", "tags", "id", "name", "type", "etag", "location", "systemData"];
    for name in body.as_object().into_iter().flat_map(Map::keys) {
        if !known.contains(&name.as_str()) {
            let reason = format!("Could not find member '{name}' on object of type 'Pool'.");
            return Err(dialect.malformed(name, reason));
        }
    }
    let mut extras = Map::new();
    tags::check(body)?;
    if body["tags"].as_object().is_some_and(|tags| !tags.is_empty()) {
        extras.insert("tags".to_owned(), body["tags"].clone());
    }
    let identity = &body["identity"];
    if identity.is_null() {
        return Ok(extras);
    }
    let assigned = &identity["userAssignedIdentities"];
    match identity["type"].as_str() {
        Some("None") => {}
        Some("UserAssigned") if assigned.as_object().is_some_and(|ids| !ids.is_empty()) => {
            let told = managed_identity::told(world, assigned);
            extras.insert(
                "identity".to_owned(),
                json!({"type": "UserAssigned", "userAssignedIdentities": told}),
            );
        }
        _ => {
            let reason = "A pool's identity is either None or UserAssigned with at least one identity.";
            return Err(dialect.invalid("identity.type", &identity["type"], reason));
        }
    }
    Ok(extras)
}

fn put(world: &mut World, call: &Call) -> Result<Answer> {
    put_checked(world, call).map_err(|failure| in_arms_words(world, failure))
}

fn put_checked(world: &mut World, call: &Call) -> Result<Answer> {
    let body = call.object()?;
    let dialect = dialect(call);
    let found = Pool::find(world, &call.id.path());
    conditions::check_only(call, found.as_ref().map(|pool| &pool.resource), &["if-match", "if-none-match"])?;
    let extras = extras(world, body, dialect)?;
    let sent = if body["properties"].is_null() { &json!({}) } else { &body["properties"] };
    let mut properties = pool_body::read_management(sent, dialect)?;
    let Some(mut pool) = found else {
        let account = call.id.parent().map(|account| world.canonical(&account)).unwrap_or_default();
        let pool = create(world, &account, call.id.name(), properties, extras, dialect)?;
        return Ok(answer(world, call, &pool));
    };
    let scale = properties.get("scaleSettings").cloned();
    pool_body::canonical(&mut properties);
    pool_patch::replaced(pool.properties(), &properties, pool.standing(world.now), dialect)?;
    let rescaled = pool.properties()["scaleSettings"] != properties["scaleSettings"];
    pool.set_properties(properties);
    pool_check::check(pool.properties(), dialect)?;
    let account = pool.account_id().to_owned();
    pool_image::check(world, pool.properties(), &account, dialect)?;
    if let Some(fields) = pool.resource.body.as_object_mut() {
        fields.remove("tags");
        fields.remove("identity");
        fields.extend(extras);
    }
    if rescaled {
        let deallocation = pool_sizing::deallocation_of(scale.as_ref());
        pool_sizing::apply_scale(world, &mut pool, deallocation);
    }
    let pool = pool.save_changed(world);
    Ok(answer(world, call, &pool))
}

fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    on_pool(world, &call.id.path(), |world, mut pool| {
        let body = call.object()?;
        let dialect = dialect(call);
        conditions::check_only(call, Some(&pool.resource), &["if-match"])?;
        pool.standing(world.now).not_deleting()?;
        for (name, value) in extras(world, body, dialect)? {
            pool.resource.body[name] = value;
        }
        if let Some(fields) = pool.resource.body.as_object_mut() {
            // An empty map of tags takes them all away; `None` takes the identities.
            if body["tags"].as_object().is_some_and(Map::is_empty) {
                fields.remove("tags");
            }
            if body["identity"]["type"] == "None" {
                fields.remove("identity");
            }
        }
        let sent = if body["properties"].is_null() { &json!({}) } else { &body["properties"] };
        let supplied = pool_body::read_management(sent, dialect)?;
        let pool = update(world, pool, supplied, dialect)?;
        Ok(answer(world, call, &pool))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let Some(pool) = Pool::find(world, &call.id.path()) else { return Ok(Answer::empty(204)) };
    let (pool, Deletion { gone, failure, .. }) = begin_deletion(world, pool);
    let operation = format!(
        "{}/poolOperationResults/delete-{}-{}",
        pool.account_id(),
        pool.name(),
        pool.resource.etag.trim_start_matches("0x")
    );
    Ok(batch_operation::begin(world, call, &operation, gone, failure.as_ref()))
}

fn stop_resize(world: &mut World, call: &Call) -> Result<Answer> {
    let id = call.id.parent().map(|pool| pool.path()).unwrap_or_default();
    on_pool(world, &id, |world, pool| {
        let pool = stop(world, pool)?;
        Ok(answer(world, call, &pool))
    })
}

fn disable_auto_scale(world: &mut World, call: &Call) -> Result<Answer> {
    let id = call.id.parent().map(|pool| pool.path()).unwrap_or_default();
    on_pool(world, &id, |world, pool| {
        let pool = turn_auto_scale_off(world, pool)?;
        Ok(answer(world, call, &pool))
    })
}

#[cfg(test)]
mod tests;
