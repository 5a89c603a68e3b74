//! Sizes pools: what a resize can draw on at its moment, fixed targets, and autoscale evaluations when due.
//! The course of a resize itself is `allocation`'s; here it is only begun.

use serde_json::Value;

use crate::emulator::azure::batch::allocation::{Ceiling, Counts, Order, Supply};
use crate::emulator::azure::batch::autoscale::{self, Trouble};
use crate::emulator::azure::batch::autoscale_history::History;
use crate::emulator::azure::batch::batch_account;
use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::pool_image;
use crate::emulator::azure::batch::pool_record::{Auto, Pool, Run};
use crate::emulator::azure::batch::resize_error::ResizeError;
use crate::emulator::azure::iso_duration;
use crate::emulator::azure::vm_size;
use crate::emulator::clock::Moment;
use crate::emulator::store::World;

/// Azure's default, and the time-out of autoscale resizes.
const DEFAULT_TIMEOUT: i64 = 15 * 60_000;
/// Nodes that can talk to each other.
const MOST_COMMUNICATING: u32 = 100;

/// Begins what the pool's scale settings ask for. `deallocation` is for this time only.
pub(crate) fn apply_scale(world: &mut World, pool: &mut Pool, deallocation: Deallocation) {
    let now = world.now;
    if pool.properties()["scaleSettings"]["autoScale"].is_object() {
        pool.hidden.auto = Some(Auto { since: now, next: now, run: None });
        evaluate_when_due(world, pool, now);
        return;
    }
    pool.hidden.auto = None;
    let timeout = pool.properties()["scaleSettings"]["fixedScale"]["resizeTimeout"].clone();
    let order = Order {
        target: pool.target(),
        timeout: timeout.as_str().and_then(iso_duration::parse).unwrap_or(DEFAULT_TIMEOUT),
        deallocation,
    };
    let untouched = pool.hidden.fleet.last.is_none() && order.target.is_zero();
    if !untouched {
        resize(world, pool, now, order);
    }
}

/// Evaluates the pool's formula if its time has come, and sizes the pool by it. `at` is the moment it is due.
pub(crate) fn evaluate_when_due(world: &mut World, pool: &mut Pool, at: Moment) {
    let Some(mut auto) = pool.hidden.auto.clone().filter(|auto| auto.next <= at) else { return };
    let settings = pool.properties()["scaleSettings"]["autoScale"].clone();
    let interval = settings["evaluationInterval"].as_str().and_then(iso_duration::parse);
    let (run, order) = evaluate(world, pool, settings["formula"].as_str().unwrap_or_default(), at);
    auto.next = Moment(at.0.saturating_add(interval.unwrap_or(DEFAULT_TIMEOUT).max(1)));
    auto.run = Some(run);
    pool.hidden.auto = Some(auto);
    let Some(order) = order.filter(|_| pool.hidden.fleet.is_steady(at)) else { return };
    if order.target != pool.hidden.fleet.counts(at) {
        resize(world, pool, at, order);
    }
}

/// Begins a resize, with what a script has in store for it.
fn resize(world: &mut World, pool: &mut Pool, at: Moment, order: Order) {
    let mut supply = supply(world, pool, at);
    let have = pool.hidden.fleet.counts(at);
    let grows = order.target.dedicated > have.dedicated || order.target.low_priority > have.low_priority;
    if grows {
        let id = &pool.resource.id;
        if let Some(shortfall) = world.faults.of_resize(id) {
            let error = ResizeError::scripted(&shortfall);
            let ceiling = Some(Ceiling { nodes: shortfall.nodes, error });
            (supply.dedicated, supply.low_priority) = (ceiling.clone(), ceiling);
        }
        supply.sick = world.faults.of_nodes(id);
    }
    pool.hidden.fleet.resize(at, order, &supply);
}

/// Evaluates a formula for the pool without effect: the run, and what it would ask for.
pub(crate) fn evaluate(world: &World, pool: &Pool, formula: &str, at: Moment) -> (Run, Option<Order>) {
    let history = History::of(world, pool, at);
    match autoscale::evaluate(formula, pool.hidden.fleet.counts(at), pool.target(), &history) {
        Ok(done) => {
            let run = Run { at, results: Some(done.results), error: None };
            let deallocation = Deallocation::parse(&done.deallocation).unwrap_or_default();
            let order = Order { target: done.target, timeout: DEFAULT_TIMEOUT, deallocation };
            (run, Some(order))
        }
        Err(Trouble::Syntax(why) | Trouble::Evaluation(why) | Trouble::TooLong(why)) => {
            (Run { at, results: None, error: Some(why) }, None)
        }
    }
}

/// What new nodes of the pool could be made from at this moment.
pub(crate) fn supply(world: &World, pool: &Pool, at: Moment) -> Supply {
    let mut supply = Supply::default();
    let Some(account) = world.get(pool.account_id()) else { return supply };
    let region = account.body["location"].as_str().unwrap_or_default();
    let machine = &pool.properties()["deploymentConfiguration"]["virtualMachineConfiguration"];
    match pool_image::find(world, &machine["imageReference"], region, at) {
        Ok(found) => {
            supply.replicas = found.replicas;
            supply.image = found.version;
        }
        Err(missing) => supply.refusal = Some(missing.resize_error()),
    }
    let size = pool.properties()["vmSize"].as_str().and_then(vm_size::parse);
    let cores = size.map_or(1, |size| size.cores.max(1));
    let used = cores_of_others(world, pool, at);
    let quota = |name: &str, used: u32, code: &str, text: &str| {
        let cores_left = batch_account::quota(account, name).saturating_sub(used);
        Some(Ceiling { nodes: cores_left / cores, error: ResizeError::new(code, text) })
    };
    supply.dedicated = quota(
        "dedicatedCoreQuota",
        used.dedicated,
        "AccountCoreQuotaReached",
        "The specified account has reached core quota. Increase the core quota or delete pools that are not needed.",
    );
    supply.low_priority = quota(
        "lowPriorityCoreQuota",
        used.low_priority,
        "AccountLowPriorityCoreQuotaReached",
        "The specified account has reached low priority core quota. Increase the core quota or delete pools that are not needed.",
    );
    if pool.properties()["interNodeCommunication"] == "Enabled" {
        let error = ResizeError::new(
            "CommunicationEnabledPoolReachedMaxVMCount",
            "The pool with inter-node communication enabled has reached the maximum number of VMs.",
        );
        for ceiling in [&mut supply.dedicated, &mut supply.low_priority] {
            if ceiling.as_ref().is_none_or(|ceiling| ceiling.nodes > MOST_COMMUNICATING) {
                *ceiling = Some(Ceiling { nodes: MOST_COMMUNICATING, error: error.clone() });
            }
        }
    }
    supply
}

/// Cores that the account's other pools have or are getting.
fn cores_of_others(world: &World, pool: &Pool, at: Moment) -> Counts {
    let mut used = Counts::default();
    for other in Pool::stored(world, pool.account_id()).filter(|other| other.id != pool.resource.id) {
        let claimed = Pool::claimed_cores(other, at);
        used.dedicated = used.dedicated.saturating_add(claimed.dedicated);
        used.low_priority = used.low_priority.saturating_add(claimed.low_priority);
    }
    used
}

/// What becomes of tasks by scale settings that were sent, if any were.
pub(crate) fn deallocation_of(scale: Option<&Value>) -> Deallocation {
    let word = scale.and_then(|scale| scale["fixedScale"]["nodeDeallocationOption"].as_str());
    word.and_then(Deallocation::parse).unwrap_or_default()
}
