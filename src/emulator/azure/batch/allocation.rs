//! How a pool's nodes come and go: a pure model of sizing in virtual time.
//! Knows no HTTP and no store: everything is a function of what was asked for, when, and what time it is now.
//!
//! The figures are calibrated to what people report of Azure: nothing for about three minutes, then a scale set of
//! at most 1,000 nodes after another, each replica of the image feeding 36 nodes a minute. So one replica for 300
//! nodes and 15 minutes for 1,000 nodes are enough, and with fewer replicas the resize times out half done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::emulator::azure::batch::allocation::cohort::{Cohort, Leaving};
use crate::emulator::azure::batch::deallocation::Deallocation;
use crate::emulator::azure::batch::resize_error::ResizeError;
use crate::emulator::clock::Moment;
use crate::emulator::fault::{SickNodes, Sickness};

/// Nothing comes before this.
const LEAD: i64 = 3 * 60_000;
/// A scale set takes at least this long, however few nodes it has.
const CHUNK_AT_LEAST: i64 = 60_000;
/// Nodes in one scale set of a gallery image.
const CHUNK: u32 = 1_000;
/// Nodes one replica feeds in a minute.
const NODES_PER_REPLICA_MINUTE: i64 = 36;
/// Nodes one replica is meant for.
pub(crate) const NODES_PER_REPLICA: u32 = 300;
/// A node that leaves is gone after this at the earliest, and `LEAVE_EVERY` later for each one before it.
const LEAVE_LEAD: i64 = 30_000;
const LEAVE_EVERY: i64 = 100;
/// A resize that can give nothing fails after this.
const REFUSED_AFTER: i64 = 60_000;
/// Stopping a resize takes this long.
const STOPPING: i64 = 15_000;

/// Nodes of the two kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Dedicated nodes.
    pub(crate) dedicated: u32,
    /// Spot or low-priority nodes.
    pub(crate) low_priority: u32,
}

impl Counts {
    /// True when there is none of either kind.
    pub(crate) fn is_zero(self) -> bool {
        self == Counts::default()
    }

    fn of(self, dedicated: bool) -> u32 {
        if dedicated { self.dedicated } else { self.low_priority }
    }

    fn add(&mut self, dedicated: bool, nodes: u32) {
        if dedicated {
            self.dedicated += nodes;
        } else {
            self.low_priority += nodes;
        }
    }
}

/// The most nodes of one kind there can be, and what is said when more were asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ceiling {
    /// Nodes.
    pub(crate) nodes: u32,
    /// What stands in the way of more.
    pub(crate) error: ResizeError,
}

/// What new nodes can be made from at the moment a resize begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Supply {
    /// Finished replicas of the image in the pool's region; none for an image that never runs short.
    pub(crate) replicas: Option<u32>,
    /// The image version they are made from, by its id; none for an image that is no gallery's.
    pub(crate) image: Option<String>,
    /// Why no node at all can be made.
    pub(crate) refusal: Option<ResizeError>,
    /// The limit of dedicated nodes.
    pub(crate) dedicated: Option<Ceiling>,
    /// The limit of Spot or low-priority nodes.
    pub(crate) low_priority: Option<Ceiling>,
    /// Of the nodes that are made, those that never start, by script.
    pub(crate) sick: Option<SickNodes>,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The nodes there should be.
    pub(crate) target: Counts,
    /// When to give up, in milliseconds from the start.
    pub(crate) timeout: i64,
    /// What becomes of tasks on nodes that leave.
    pub(crate) deallocation: Deallocation,
}

/// Where the allocation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing is under way.
    Steady,
    /// Nodes come or go.
    Resizing,
    /// A resize was told to stop, and has not yet.
    Stopping,
}

/// The last resize, running or over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Resize {
    /// When it began.
    pub(crate) started: Moment,
    /// What was asked for.
    pub(crate) order: Order,
    /// When it is over.
    pub(crate) ends: Moment,
    /// When it was told to stop.
    #[serde(default)]
    stopped: Option<Moment>,
    /// What it will say when it is over.
    #[serde(default)]
    errors: Vec<ResizeError>,
}

/// One node at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its number in the pool, never given twice.
    pub(crate) number: u32,
    /// Dedicated, or Spot or low-priority.
    pub(crate) dedicated: bool,
    /// When it joined.
    pub(crate) joined: Moment,
    /// Since when it is leaving.
    pub(crate) leaving: Option<Moment>,
    /// The image version it was made from.
    pub(crate) image: Option<String>,
    /// What becomes of it, when it never starts.
    pub(crate) sick: Option<Sickness>,
}

/// A pool's nodes, with the resize that is under way or was last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fleet {
    next: u32,
    #[serde(default)]
    cohorts: Vec<Cohort>,
    #[serde(default)]
    leaving: Vec<Leaving>,
    #[serde(default)]
    pub(crate) last: Option<Resize>,
}

impl Fleet {
    /// A fleet that has had its nodes since a moment, and never was resized.
    pub(crate) fn settled(nodes: Counts, since: Moment) -> Fleet {
        let mut fleet = Fleet::default();
        for (dedicated, count) in [(true, nodes.dedicated), (false, nodes.low_priority)] {
            if count > 0 {
                let (first, origin) = (fleet.next, since.0 * 1_000);
                fleet.cohorts.push(Cohort {
                    first,
                    count,
                    dedicated,
                    origin,
                    every: 0,
                    image: None,
                    sick: None,
                });
                fleet.next += count;
            }
        }
        fleet
    }

    /// Where the allocation stands, and since when; `born` answers for a pool that never was resized.
    pub(crate) fn state(&self, now: Moment, born: Moment) -> (State, Moment) {
        match &self.last {
            None => (State::Steady, born),
            Some(resize) if now >= resize.ends => (State::Steady, resize.ends),
            Some(Resize { stopped: Some(at), .. }) => (State::Stopping, *at),
            Some(resize) => (State::Resizing, resize.started),
        }
    }

    /// True when no resize is under way.
    pub(crate) fn is_steady(&self, now: Moment) -> bool {
        self.state(now, now).0 == State::Steady
    }

    /// The nodes in the pool, those on their way out included.
    pub(crate) fn counts(&self, now: Moment) -> Counts {
        let mut counts = Counts::default();
        for cohort in &self.cohorts {
            counts.add(cohort.dedicated, cohort.joined(now));
        }
        for leaving in self.leaving.iter().filter(|leaving| leaving.gone > now) {
            counts.add(leaving.cohort.dedicated, leaving.cohort.count);
        }
        counts
    }

    /// What went wrong in the last resize; empty while one is under way.
    pub(crate) fn errors(&self, now: Moment) -> &[ResizeError] {
        match &self.last {
            Some(resize) if now >= resize.ends => &resize.errors,
            _ => &[],
        }
    }

    /// The nodes in the pool, in the order of their numbers.
    pub(crate) fn nodes(&self, now: Moment) -> Vec<Node> {
        let present = self.cohorts.iter().map(|cohort| (cohort, None));
        let leaving = self.leaving.iter().filter(|it| it.gone > now).map(|it| (&it.cohort, Some(it.since)));
        let mut nodes: Vec<Node> = present
            .chain(leaving)
            .flat_map(|(cohort, leaving)| {
                (0..cohort.joined(now)).map(move |index| Node {
                    number: cohort.first + index,
                    dedicated: cohort.dedicated,
                    joined: cohort.joins(index),
                    leaving,
                    image: cohort.image.clone(),
                    sick: cohort.sick,
                })
            })
            .collect();
        nodes.sort_by_key(|node| node.number);
        nodes
    }

    /// Begins a resize. The fleet must be steady.
    pub(crate) fn resize(&mut self, now: Moment, order: Order, supply: &Supply) {
        self.forget_the_gone(now);
        let present = self.counts(now);
        let mut errors = Vec::new();
        let mut ends = now;
        let mut wanted = Counts::default();
        for (dedicated, ceiling) in [(true, &supply.dedicated), (false, &supply.low_priority)] {
            let (have, target) = (present.of(dedicated), order.target.of(dedicated));
            if target < have {
                ends = ends.max(self.drop_newest(now, dedicated, have - target));
                continue;
            }
            let reachable = match ceiling {
                Some(ceiling) if target > ceiling.nodes => {
                    errors.push(ceiling.error.clone());
                    ends = ends.max(after(now, REFUSED_AFTER));
                    ceiling.nodes.max(have)
                }
                _ => target,
            };
            wanted.add(dedicated, reachable - have);
        }
        if !wanted.is_zero() {
            if let Some(refusal) = &supply.refusal {
                errors.push(refusal.clone());
                ends = ends.max(after(now, REFUSED_AFTER));
            } else {
                let last = self.grow(now, wanted, supply);
                let given_up = after(now, order.timeout);
                if last > given_up {
                    self.keep_joined(given_up);
                    errors.push(ResizeError::timed_out());
                }
                ends = ends.max(last.min(given_up));
            }
        }
        self.last = Some(Resize { started: now, order, ends, stopped: None, errors });
    }

    /// Tells the resize that is under way to stop: what has not come by now never does, and what has not gone stays.
    pub(crate) fn stop(&mut self, now: Moment) {
        self.keep_joined(now);
        self.forget_the_gone(now);
        self.cohorts.extend(self.leaving.drain(..).map(|leaving| leaving.cohort));
        self.cohorts.sort_by_key(|cohort| cohort.first);
        if let Some(resize) = &mut self.last {
            resize.stopped = Some(now);
            resize.ends = after(now, STOPPING);
            resize.errors = vec![ResizeError::stopped()];
        }
    }

    /// Takes single nodes out. The fleet must be steady; numbers it does not have are passed over.
    pub(crate) fn remove(&mut self, now: Moment, numbers: &[u32], order: Order) {
        self.forget_the_gone(now);
        let mut ends = now;
        for (index, number) in numbers.iter().enumerate() {
            let found = self.cohorts.iter().position(|it| (it.first..it.first + it.count).contains(number));
            let Some(at) = found else { continue };
            let offset = number - self.cohorts[at].first;
            let mut one = self.cohorts[at].split_off(offset);
            let rest = one.split_off(1);
            if rest.count > 0 {
                self.cohorts.insert(at + 1, rest);
            }
            let gone = after(now, LEAVE_LEAD + LEAVE_EVERY * i64::try_from(index).unwrap_or(0));
            self.leaving.push(Leaving { cohort: one, since: now, gone });
            ends = ends.max(gone);
        }
        self.cohorts.retain(|cohort| cohort.count > 0);
        self.last = Some(Resize { started: now, order, ends, stopped: None, errors: Vec::new() });
    }

    /// How long it takes until the last node is gone, when all have to go.
    pub(crate) fn time_to_empty(&self, now: Moment) -> Duration {
        let counts = self.counts(now);
        let nodes = i64::from(counts.dedicated) + i64::from(counts.low_priority);
        Duration::from_millis(u64::try_from(LEAVE_LEAD + LEAVE_EVERY * nodes).unwrap_or(0))
    }

    /// Adds nodes and tells when the last of them joins.
    fn grow(&mut self, now: Moment, wanted: Counts, supply: &Supply) -> Moment {
        let mut kinds = vec![(true, wanted.dedicated), (false, wanted.low_priority)];
        let mut begins = after(now, LEAD).0 * 1_000;
        let mut sick = supply.sick.clone();
        loop {
            let left: u32 = kinds.iter().map(|(_, nodes)| nodes).sum();
            if left == 0 {
                return Moment(begins / 1_000);
            }
            let chunk = left.min(CHUNK);
            let need = chunk.div_ceil(NODES_PER_REPLICA).max(1);
            let feeding = i64::from(supply.replicas.unwrap_or(need).clamp(1, need));
            let length =
                (i64::from(chunk) * 60_000 / (NODES_PER_REPLICA_MINUTE * feeding)).max(CHUNK_AT_LEAST);
            let every = length * 1_000 / i64::from(chunk);
            let mut room = chunk;
            for (dedicated, nodes) in &mut kinds {
                let count = room.min(*nodes);
                if count > 0 {
                    let origin = begins + i64::from(chunk - room) * every;
                    let image = supply.image.clone();
                    let (first, dedicated) = (self.next, *dedicated);
                    self.cohorts.push(Cohort { first, count, dedicated, origin, every, image, sick: None });
                    self.fall_sick(&mut sick);
                    self.next += count;
                    *nodes -= count;
                    room -= count;
                }
            }
            begins += i64::from(chunk) * every;
        }
    }

    /// Lets as many of the newest cohort's nodes fall sick as there are still to be, the first ones.
    fn fall_sick(&mut self, sick: &mut Option<SickNodes>) {
        let Some(left) = sick.as_mut().filter(|left| left.count > 0) else { return };
        let Some(mut cohort) = self.cohorts.pop() else { return };
        let well = cohort.split_off(left.count.min(cohort.count));
        left.count -= cohort.count;
        cohort.sick = Some(left.sickness);
        self.cohorts.push(cohort);
        if well.count > 0 {
            self.cohorts.push(well);
        }
    }

    /// Sends the newest nodes of a kind away and tells when the last of them is gone.
    fn drop_newest(&mut self, now: Moment, dedicated: bool, mut nodes: u32) -> Moment {
        let mut ends = after(now, LEAVE_LEAD);
        for cohort in self.cohorts.iter_mut().rev().filter(|cohort| cohort.dedicated == dedicated) {
            let count = nodes.min(cohort.count);
            let mut going = cohort.split_off(cohort.count - count);
            nodes -= count;
            // In steps, so that a big shrink can be watched.
            while going.count > 0 {
                let rest = going.split_off(going.count.min(50));
                ends = after(ends, LEAVE_EVERY * i64::from(going.count));
                self.leaving.push(Leaving { cohort: going, since: now, gone: ends });
                going = rest;
            }
        }
        self.cohorts.retain(|cohort| cohort.count > 0);
        ends
    }

    /// Forgets nodes that would have joined later than `until`.
    fn keep_joined(&mut self, until: Moment) {
        for cohort in &mut self.cohorts {
            cohort.count = cohort.joined(until);
        }
        self.cohorts.retain(|cohort| cohort.count > 0);
    }

    fn forget_the_gone(&mut self, now: Moment) {
        self.leaving.retain(|leaving| leaving.gone > now);
    }
}

fn after(at: Moment, milliseconds: i64) -> Moment {
    Moment(at.0.saturating_add(milliseconds))
}

mod cohort;
mod draining;
#[cfg(test)]
mod tests;
