//! Pools on the Batch data plane: the same pools as on the management plane, in the other spelling.
//! What is common to both stands in `pool`; here requests are read and answers printed.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane::{
    self, check_key_may_link, collection, dialect, entity, is_ahead, pool_of, tagged,
};
use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::older_versions;
use crate::emulator::azure::batch::pool;
use crate::emulator::azure::batch::pool_body;
use crate::emulator::azure::batch::pool_check;
use crate::emulator::azure::batch::pool_record::{Pool, run_body};
use crate::emulator::azure::batch::pool_schema::{AUTO_SCALE, DATA_PLANE_PATCH, DATA_PLANE_REPLACE, RESIZE};
use crate::emulator::azure::batch::pool_shape::{Dialect, read_object};
use crate::emulator::azure::batch::pool_sizing;
use crate::emulator::azure::batch::refusal;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::store::World;

/// A formula can be set once in this many milliseconds.
const BETWEEN_FORMULAS: i64 = 30_000;

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let now = world.now;
    let stored = Pool::stored(world, &call.id.path());
    let pools = stored.filter(|resource| is_ahead(call, &resource.key())).map(|resource| {
        let pool = Pool::of(resource);
        (resource.key(), pool.print_data_plane(dialect, now, &call.base))
    });
    collection(call, pools)
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), true)?;
    let body = pool.print_data_plane(dialect(call), world.now, &call.base);
    Ok(with_tags(entity(call, body), &pool))
}

pub(crate) fn head(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), true)?;
    Ok(with_tags(Answer::empty(200), &pool))
}

pub(crate) fn add(world: &mut World, call: &Call) -> Result<Answer> {
    let body = &older_versions::read(call, data_plane::sent(call)?);
    let dialect = dialect(call);
    let account = call.id.path();
    check_start_task(body, dialect)?;
    let mut properties = pool_body::read_data_plane(body, dialect, &account)?;
    let name = properties.remove("id").and_then(|id| id.as_str().map(str::to_owned)).unwrap_or_default();
    check_key_may_link(call, body)?;
    if let Some(found) = Pool::find(world, &format!("{account}/pools/{name}")) {
        found.standing(world.now).not_deleting()?;
        return Err(Failure::arm(409, "PoolExists", "The specified pool already exists."));
    }
    let pool = pool::create(world, &account, &name, properties, Map::new(), dialect)?;
    let url = call.link(&format!("/pools/{}", pool.name()));
    Ok(with_tags(Answer::empty(201).with("location", url.clone()).with("dataserviceid", url), &pool))
}

pub(crate) fn patch(world: &mut World, call: &Call) -> Result<Answer> {
    change(world, call, DATA_PLANE_PATCH, &[]).map(|pool| with_tags(Answer::empty(200), &pool))
}

/// `updateproperties`: replaces all that can change while there are nodes; what is missing is removed.
pub(crate) fn replace(world: &mut World, call: &Call) -> Result<Answer> {
    let required = ["applicationPackageReferences", "metadata"];
    change(world, call, DATA_PLANE_REPLACE, &required).map(|pool| with_tags(Answer::empty(204), &pool))
}

fn change(world: &mut World, call: &Call, names: &[&str], required: &[&str]) -> Result<Pool> {
    let body = data_plane::sent(call)?;
    let dialect = dialect(call);
    check_key_may_link(call, body)?;
    check_start_task(body, dialect)?;
    let pool = pool_of(world, call)?;
    let replacing = !required.is_empty();
    if !replacing {
        conditions::check(call, Some(&pool.resource), false)?;
    }
    let mut supplied = pool_body::read_data_plane_part(body, names, required, dialect, &call.id.path())?;
    if replacing && !supplied.contains_key("startTask") {
        supplied.insert("startTask".to_owned(), json!({}));
    }
    pool::update(world, pool, supplied, dialect)
}

/// An empty start task is how the management plane removes one; here a start task has a command line.
fn check_start_task(body: &Value, dialect: Dialect) -> Result<()> {
    let task = &body["startTask"];
    if task.is_object() && task["commandLine"].is_null() {
        return Err(dialect.missing("startTask.commandLine"));
    }
    Ok(())
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), false)?;
    pool.standing(world.now).not_deleting()?;
    pool::begin_deletion(world, pool);
    Ok(Answer::empty(202))
}

pub(crate) fn resize(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let sent = Value::Object(read_object(RESIZE, data_plane::sent(call)?, dialect, "")?);
    let mut pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), false)?;
    let standing = pool.standing(world.now);
    standing.not_deleting()?;
    if pool.hidden.auto.is_some() {
        let reason = "The pool is configured for automatic scaling and cannot be resized.";
        return Err(refusal::not_valid_on_pool(reason));
    }
    standing.steady()?;
    if sent["targetDedicatedNodes"].is_null() && sent["targetLowPriorityNodes"].is_null() {
        return Err(dialect.missing("targetDedicatedNodes"));
    }
    pool_check::check_resize_timeout(&sent["resizeTimeout"], "resizeTimeout", dialect)?;
    let mut properties = pool.properties().as_object().cloned().unwrap_or_default();
    let fixed = &mut properties["scaleSettings"]["fixedScale"];
    fixed["resizeTimeout"] = json!("PT15M");
    for name in ["targetDedicatedNodes", "targetLowPriorityNodes", "resizeTimeout"] {
        if !sent[name].is_null() {
            fixed[name] = sent[name].clone();
        }
    }
    pool.set_properties(properties);
    let deallocation = sent["nodeDeallocationOption"].as_str().and_then(Deallocation::parse);
    pool_sizing::apply_scale(world, &mut pool, deallocation.unwrap_or_default());
    Ok(with_tags(Answer::empty(202), &pool.save_changed(world)))
}

pub(crate) fn stop_resize(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), false)?;
    let pool = pool::stop(world, pool)?;
    Ok(with_tags(Answer::empty(202), &pool))
}

pub(crate) fn enable_auto_scale(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let sent = Value::Object(read_object(AUTO_SCALE, data_plane::sent(call)?, dialect, "")?);
    let mut pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), false)?;
    let standing = pool.standing(world.now);
    standing.not_deleting()?;
    let (formula, interval) = (&sent["autoScaleFormula"], &sent["autoScaleEvaluationInterval"]);
    if let Some(auto) = &pool.hidden.auto {
        if world.now.0 - auto.since.0 < BETWEEN_FORMULAS {
            let text = "The rate of enabling automatic scaling on the pool is too high.";
            return Err(Failure::arm(503, "TooManyEnableAutoScaleRequests", text).with("retry-after", "30"));
        }
    } else {
        standing.steady()?;
        if formula.is_null() {
            return Err(dialect.missing("autoScaleFormula"));
        }
    }
    pool_check::check_auto_scale(formula, interval, "", dialect)?;
    let mut properties = pool.properties().as_object().cloned().unwrap_or_default();
    let old = properties["scaleSettings"]["autoScale"].clone();
    let mut auto = json!({"evaluationInterval": "PT15M"});
    for (name, value) in [("formula", formula), ("evaluationInterval", interval)] {
        let value = if value.is_null() { &old[name] } else { value };
        if !value.is_null() {
            auto[name] = value.clone();
        }
    }
    properties.insert("scaleSettings".to_owned(), json!({"autoScale": auto}));
    pool.set_properties(properties);
    pool_sizing::apply_scale(world, &mut pool, Deallocation::default());
    Ok(with_tags(Answer::empty(200), &pool.save_changed(world)))
}

pub(crate) fn disable_auto_scale(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    let pool = pool::turn_auto_scale_off(world, pool)?;
    Ok(with_tags(Answer::empty(200), &pool))
}

pub(crate) fn evaluate_auto_scale(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let sent = Value::Object(read_object(AUTO_SCALE, data_plane::sent(call)?, dialect, "")?);
    let pool = pool_of(world, call)?;
    if pool.hidden.auto.is_none() {
        return Err(refusal::not_valid_on_pool("Automatic scaling is not enabled on the pool."));
    }
    let Some(formula) = sent["autoScaleFormula"].as_str() else {
        return Err(dialect.missing("autoScaleFormula"));
    };
    pool_check::check_auto_scale(&sent["autoScaleFormula"], &Value::Null, "", dialect)?;
    let (run, _) = pool_sizing::evaluate(world, &pool, formula, world.now);
    Ok(entity(call, run_body(&run, "timestamp")))
}

/// `ETag` and `Last-Modified` of a pool.
pub(crate) fn with_tags(answer: Answer, pool: &Pool) -> Answer {
    tagged(answer, &pool.resource)
}

#[cfg(test)]
mod tests;
