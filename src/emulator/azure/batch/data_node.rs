//! Compute nodes on the Batch data plane: list, get, count, remove, and finding the one that a path names.
//! Nodes are computed from the pool's fleet; what is done to single ones is `node_action`'s.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::emulator::azure::batch::allocation::{Counts, Node, Order};
use crate::emulator::azure::batch::conditions;
use crate::emulator::azure::batch::data_plane::{self, collection, dialect, entity, is_ahead, pool_of};
use crate::emulator::azure::batch::data_pool::with_tags;
use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::node_load::{Loads, loads};
use crate::emulator::azure::batch::node_mark::Mark;
use crate::emulator::azure::batch::pool_check;
use crate::emulator::azure::batch::pool_record::Pool;
use crate::emulator::azure::batch::pool_schema::REMOVE_NODES;
use crate::emulator::azure::batch::pool_shape::{Dialect, read_object};
use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Answer, Call, Failure, Result};
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// Nodes that one request can remove.
const MOST_REMOVED: usize = 100;

pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    let body = pool.print_data_plane(dialect(call), world.now, &call.base);
    let loads = loads(world, pool.account_id(), Some(pool.name()), &call.base);
    let shown = pool.of_nodes(&body, dialect(call), &call.base, &loads);
    let nodes = pool.hidden.fleet.nodes(world.now);
    let entries = nodes.iter().map(|node| (format!("{:010}", node.number), node));
    let ahead = entries.filter(|(key, _)| is_ahead(call, key));
    collection(call, ahead.map(|(key, node)| (key, shown.print(node, world.now))))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let pool = pool_of(world, call)?;
    let body = pool.print_data_plane(dialect(call), world.now, &call.base);
    let loads = loads(world, pool.account_id(), Some(pool.name()), &call.base);
    let shown = pool.of_nodes(&body, dialect(call), &call.base, &loads);
    let wanted = call.segments.get(3).map_or("", String::as_str);
    let nodes = pool.hidden.fleet.nodes(world.now);
    let node = nodes.iter().find(|node| shown.node_id(node).eq_ignore_ascii_case(wanted));
    let printed = node.map(|node| entity(call, shown.print(node, world.now))).ok_or_else(no_such_node)?;
    Ok(with_tags(printed, &pool))
}

pub(crate) fn no_such_node() -> Failure {
    Failure::arm(404, "NodeNotFound", "The specified node does not exist.")
}

/// A node that a path names.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its id and its number in the pool.
    pub(crate) id: String,
    pub(crate) number: u32,
    /// Its state, by the name in `nodecounts`.
    pub(crate) state: String,
}

/// The node that the path names, which must be there.
pub(crate) fn found_node(world: &World, call: &Call) -> Result<Found> {
    let pool = pool_of(world, call)?;
    let loads = loads(world, pool.account_id(), Some(pool.name()), &call.base);
    let body = json!({"startTask": pool.properties()["startTask"]});
    let shown = pool.of_nodes(&body, dialect(call), &call.base, &loads);
    let wanted = call.segments.get(3).map_or("", String::as_str);
    let nodes = pool.hidden.fleet.nodes(world.now);
    let node = nodes.iter().find(|node| shown.node_id(node).eq_ignore_ascii_case(wanted));
    let node = node.ok_or_else(no_such_node)?;
    Ok(Found {
        id: shown.node_id(node),
        number: node.number,
        state: shown.state_word(node, world.now).to_owned(),
    })
}

/// Changes what is marked of a node, and answers with the pool's tags.
pub(crate) fn with_node(
    world: &mut World,
    call: &Call,
    found: &Found,
    status: u16,
    change: impl FnOnce(&mut Mark) -> Result<()>,
) -> Result<Answer> {
    let mut pool = pool_of(world, call)?;
    change(pool.hidden.marks.entry(found.number).or_default())?;
    Ok(with_tags(Answer::empty(status), &pool.save(world)))
}

pub(crate) fn counts(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let now = world.now;
    let scope = call.id.path();
    let loads = loads(world, &scope, None, &call.base);
    let rows =
        Pool::stored(world, &scope).filter(|resource| is_ahead(call, &resource.key())).map(|resource| {
            let pool = Pool::of(resource);
            let body = pool.print_data_plane(dialect, now, &call.base);
            let nodes = pool.hidden.fleet.nodes(now);
            (resource.key(), pool.of_nodes(&body, dialect, &call.base, &loads).counts(&nodes, now))
        });
    collection(call, rows)
}

pub(crate) fn remove(world: &mut World, call: &Call) -> Result<Answer> {
    let dialect = dialect(call);
    let sent = Value::Object(read_object(REMOVE_NODES, data_plane::sent(call)?, dialect, "")?);
    let mut pool = pool_of(world, call)?;
    conditions::check(call, Some(&pool.resource), false)?;
    let standing = pool.standing(world.now);
    standing.not_deleting()?;
    standing.steady()?;
    pool_check::check_resize_timeout(&sent["resizeTimeout"], "resizeTimeout", dialect)?;
    let chosen = chosen(&pool, &sent["nodeList"], dialect, world.now)?;
    let target = pool.target();
    let going = |dedicated: bool| {
        u32::try_from(chosen.iter().filter(|node| node.dedicated == dedicated).count()).unwrap_or(u32::MAX)
    };
    let target = Counts {
        dedicated: target.dedicated.saturating_sub(going(true)),
        low_priority: target.low_priority.saturating_sub(going(false)),
    };
    let timeout = sent["resizeTimeout"].as_str().and_then(iso_duration::parse).unwrap_or(15 * 60_000);
    let deallocation =
        sent["nodeDeallocationOption"].as_str().and_then(Deallocation::parse).unwrap_or_default();
    let numbers: Vec<u32> = chosen.iter().map(|node| node.number).collect();
    pool.hidden.fleet.remove(world.now, &numbers, Order { target, timeout, deallocation });
    let mut properties = pool.properties().as_object().cloned().unwrap_or_default();
    if properties["scaleSettings"]["fixedScale"].is_object() {
        let fixed = &mut properties["scaleSettings"]["fixedScale"];
        fixed["targetDedicatedNodes"] = json!(target.dedicated);
        fixed["targetLowPriorityNodes"] = json!(target.low_priority);
    }
    pool.set_properties(properties);
    Ok(with_tags(Answer::empty(202), &pool.save_changed(world)))
}

/// The nodes that a list of ids names, all of which must be there. A node that is named twice is removed once.
fn chosen(pool: &Pool, list: &Value, dialect: Dialect, now: Moment) -> Result<Vec<Node>> {
    let ids: BTreeSet<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let named = list.as_array().map_or(0, Vec::len);
    if named == 0 || named > MOST_REMOVED {
        let reason = format!("Between 1 and {MOST_REMOVED} nodes can be removed at once.");
        return Err(dialect.invalid("nodeList", list, reason));
    }
    let loads = Loads::new();
    let shown = pool.of_nodes(&Value::Null, dialect, "", &loads);
    let mut nodes = pool.hidden.fleet.nodes(now);
    nodes.retain(|node| ids.contains(&shown.node_id(node).to_ascii_lowercase()));
    if nodes.len() < ids.len() {
        return Err(no_such_node());
    }
    Ok(nodes)
}
