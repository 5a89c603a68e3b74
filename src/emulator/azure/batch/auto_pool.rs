//! Pools that are made for a job, or for the jobs of a job schedule, and go with them.
//! Everything about the pools themselves is `pool`'s.

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::job_record::{Job, State};
use crate::emulator::azure::batch::pool;
use crate::emulator::azure::batch::pool_body;
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::pool_shape::Dialect;
use crate::emulator::azure::batch::refusal;
use crate::emulator::call::Result;
use crate::emulator::store::World;

/// The id of the pool that the job is to run on, and whether it was made for the job just now.
pub(crate) fn pool_for(
    world: &mut World,
    account: &str,
    info: &Value,
    dialect: Dialect,
) -> Result<(String, bool)> {
    if let Some(id) = info["poolId"].as_str() {
        return Ok((id.to_owned(), false));
    }
    let specification = &info["autoPoolSpecification"];
    let prefix = specification["autoPoolIdPrefix"].as_str().unwrap_or_default();
    if prefix.len() > 20 {
        let reason = "The prefix can be up to 20 characters long.";
        return Err(dialect.invalid("autoPoolIdPrefix", &json!(prefix), reason));
    }
    let guid = world.next_guid().to_ascii_uppercase();
    let name = if prefix.is_empty() { guid } else { format!("{prefix}_{guid}") };
    let Some(fields) = specification["pool"].as_object() else { return Err(dialect.missing("pool")) };
    let properties = pool_body::to_management(fields.clone(), account);
    pool::create(world, account, &name, properties, Map::new(), dialect)?;
    Ok((name, specification["keepAlive"] != true))
}

/// Begins to take the pool away that was made for a job, once the job is over.
pub(crate) fn release(world: &mut World, job: &Job) {
    let over = matches!(job.hidden.state, State::Completed | State::Deleting);
    if !job.hidden.own_pool || !over {
        return;
    }
    if let Some(found) = Pool::find(world, &job.pool_id()) {
        pool::begin_deletion(world, found);
    }
}

/// Judges a change of a job's pool: another one only where the job names a pool, and nothing but `keepAlive` else.
pub(crate) fn check_change(old: &Value, new: &Value) -> Result<()> {
    let without_keep_alive = |info: &Value| {
        let mut info = info.clone();
        if let Some(auto) = info["autoPoolSpecification"].as_object_mut() {
            auto.remove("keepAlive");
        }
        info
    };
    let auto = |info: &Value| info["autoPoolSpecification"].is_object();
    if (auto(old) || auto(new)) && without_keep_alive(old) != without_keep_alive(new) {
        let reason = "Only the keepAlive property of an auto pool specification can be updated.";
        return Err(refusal::invalid_property("poolInfo", reason));
    }
    Ok(())
}
