//! What was done to single nodes from outside: restarts, deallocation, scheduling turned off, users added.
//! A function of when it was asked for; everything else about a node is computed from its pool's fleet.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::emulator::clock::Moment;

/// How long each of them takes, in milliseconds.
const REBOOT: i64 = 60_000;
const REIMAGE: i64 = 180_000;
const DEALLOCATE: i64 = 60_000;
const START: i64 = 60_000;

/// The marked nodes of a pool, by number.
pub(crate) type Marks = BTreeMap<u32, Mark>;

/// What can be done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Act {
    /// The machine is started anew.
    Reboot,
    /// The machine is made anew from the pool's image.
    Reimage,
    /// The machine is given back, the node stays.
    Deallocate,
    /// A deallocated node gets a machine again.
    Start,
}

/// What was done to one node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Since when it is given no tasks, by order.
    #[serde(default)]
    pub(crate) unscheduled: Option<Moment>,
    /// The last thing done to it, and when that begins: later than it was asked for if tasks may end first.
    #[serde(default)]
    pub(crate) act: Option<(Act, Moment)>,
    /// The accounts that were made on it for logging in, by their names.
    #[serde(default)]
    pub(crate) users: BTreeSet<String>,
    /// Paths of files and folders that were deleted on it, and when.
    #[serde(default)]
    pub(crate) removed: BTreeMap<String, Moment>,
}

impl Mark {
    /// The state by its name in `nodecounts`, and since when; none while nothing has begun.
    /// `start_task` is how long the node waits for its start task.
    pub(crate) fn state(&self, now: Moment, start_task: i64) -> Option<(&'static str, Moment)> {
        let (act, since) = self.act.filter(|(_, since)| *since <= now)?;
        let (doing, length) = match act {
            Act::Reboot => ("rebooting", REBOOT),
            Act::Reimage => ("reimaging", REIMAGE),
            Act::Deallocate => ("deallocating", DEALLOCATE),
            Act::Start => ("starting", START),
        };
        let (booted, ready) = (after(since, length), after(since, length + start_task));
        Some(if now < booted {
            (doing, since)
        } else if act == Act::Deallocate {
            ("deallocated", booted)
        } else if now < ready {
            ("waitingForStartTask", booted)
        } else {
            ("idle", ready)
        })
    }

    /// When it can be given tasks again, after what is done to it; none when nothing is, or when it never will.
    pub(crate) fn ready_at(&self, start_task: i64) -> Option<Moment> {
        let (act, since) = self.act?;
        let length = match act {
            Act::Reboot => REBOOT,
            Act::Reimage => REIMAGE,
            Act::Start => START,
            Act::Deallocate => return None,
        };
        Some(after(since, length + start_task))
    }

    /// When the machine was started last by what was done to it.
    pub(crate) fn booted(&self, now: Moment) -> Option<Moment> {
        self.ready_at(0).filter(|at| *at <= now)
    }

    /// Since when the machine is another one than its tasks ran on before; none when it never was.
    pub(crate) fn made_anew(&self, now: Moment) -> Option<Moment> {
        let (act, since) = self.act.filter(|(_, since)| *since <= now)?;
        (act != Act::Reboot).then_some(since)
    }

    /// True while it is to be given no tasks: by order, or because something is done to it, or about to be.
    pub(crate) fn keeps_tasks_away(&self, now: Moment) -> bool {
        self.unscheduled.is_some()
            || self.act.is_some_and(|_| self.ready_at(0).is_none_or(|ready| now < ready))
    }
}

/// A node can wait for a task that never ends.
fn after(at: Moment, length: i64) -> Moment {
    Moment(at.0.saturating_add(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_to_a_node_takes_its_time() {
        let at = |seconds: i64| Moment(Moment::START.0 + seconds * 1_000);
        let states = |act: Act, start_task: i64| {
            let mark = Mark { act: Some((act, at(10))), ..Mark::default() };
            [0, 10, 75, 300].map(|second| mark.state(at(second), start_task).map(|(state, _)| state))
        };
        assert_eq!(
            states(Act::Reboot, 30_000),
            [None, Some("rebooting"), Some("waitingForStartTask"), Some("idle")]
        );
        assert_eq!(states(Act::Reimage, 0), [None, Some("reimaging"), Some("reimaging"), Some("idle")]);
        let gone = [None, Some("deallocating"), Some("deallocated"), Some("deallocated")];
        assert_eq!(states(Act::Deallocate, 30_000), gone);
        assert_eq!(states(Act::Start, 0), [None, Some("starting"), Some("idle"), Some("idle")]);
        let waiting = Mark { act: Some((Act::Reboot, at(10))), ..Mark::default() };
        assert!(waiting.keeps_tasks_away(at(0)) && !waiting.keeps_tasks_away(at(70)));
    }
}
