//! Compute nodes as the data plane shows them: what state each is in, and how many are in which.
//! Everything is computed: from when a node joined, what was done to it, and the tasks that it was given.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::emulator::azure::batch::allocation::Node;
use crate::emulator::azure::batch::node_load::{Load, Loads};
use crate::emulator::azure::batch::node_mark::{Mark, Marks};
use crate::emulator::clock::Moment;
use crate::emulator::fault::Sickness;

const CREATING: i64 = 20_000;
const STARTING: i64 = 40_000;
const START_TASK: i64 = 30_000;

/// Every state, by the names of `nodecounts`.
const STATES: [&str; 16] = [
    "creating",
    "idle",
    "offline",
    "preempted",
    "rebooting",
    "reimaging",
    "running",
    "starting",
    "startTaskFailed",
    "leavingPool",
    "unknown",
    "unusable",
    "waitingForStartTask",
    "deallocated",
    "deallocating",
    "upgradingOS",
];

/// What the nodes of a pool have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolOfNodes<'a> {
    /// The pool's id in its account.
    pub(crate) id: &'a str,
    /// The pool as the data plane prints it.
    pub(crate) body: &'a Value,
    /// Scheme and authority of the account's endpoint.
    pub(crate) endpoint: &'a str,
    /// The caller's API is too old to know of IPv6.
    pub(crate) old: bool,
    /// What was done to single nodes.
    pub(crate) marks: &'a Marks,
    /// What they have to do.
    pub(crate) loads: &'a Loads,
}

impl PoolOfNodes<'_> {
    fn waits_for_start_task(&self) -> bool {
        self.body["startTask"].is_object() && self.body["startTask"]["waitForSuccess"] != false
    }

    /// The state by its name in `nodecounts`, and since when.
    fn state(&self, node: &Node, now: Moment) -> (&'static str, Moment) {
        if let Some(since) = node.leaving {
            return ("leavingPool", since);
        }
        let (state, since) = self.state_without_tasks(node, now);
        if state == "idle" && !self.loads.is_empty() {
            let load = self.loads.get(&self.node_id(node)).filter(|load| load.running > 0);
            if let Some(load) = load {
                return ("running", load.since);
            }
        }
        // A node that runs nothing and is to be given nothing.
        let unscheduled = self.mark(node).and_then(|mark| mark.unscheduled).filter(|_| state == "idle");
        unscheduled.map_or((state, since), |at| ("offline", at.max(since)))
    }

    /// How long a node that is up waits for its start task.
    fn waits(&self) -> i64 {
        if self.waits_for_start_task() { START_TASK } else { 0 }
    }

    fn state_without_tasks(&self, node: &Node, now: Moment) -> (&'static str, Moment) {
        let waits = self.waits();
        if let Some(marked) = self.mark(node).and_then(|mark| mark.state(now, waits)) {
            return marked;
        }
        let begins = |after: i64| Moment(node.joined.0 + after);
        let (starting, waiting, idle) =
            (begins(CREATING), begins(CREATING + STARTING), begins(CREATING + STARTING + waits));
        match node.sick {
            Some(Sickness::Starting) if now >= starting => return ("starting", starting),
            Some(Sickness::Unusable) if now >= waiting => return ("unusable", waiting),
            Some(Sickness::StartTaskFailed) if now >= begins(CREATING + STARTING + START_TASK) => {
                return ("startTaskFailed", begins(CREATING + STARTING + START_TASK));
            }
            _ => {}
        }
        if now >= idle {
            ("idle", idle)
        } else if now >= waiting {
            ("waitingForStartTask", waiting)
        } else if now >= starting {
            ("starting", starting)
        } else {
            ("creating", node.joined)
        }
    }

    /// What was done to a node, if anything was.
    pub(crate) fn mark(&self, node: &Node) -> Option<&Mark> {
        self.marks.get(&node.number)
    }

    /// The state by its name in `nodecounts`.
    pub(crate) fn state_word(&self, node: &Node, now: Moment) -> &'static str {
        self.state(node, now).0
    }

    /// True when the node can be given tasks.
    pub(crate) fn takes_tasks(&self, node: &Node, now: Moment) -> bool {
        let kept_away = self.mark(node).is_some_and(|mark| mark.keeps_tasks_away(now));
        !kept_away && matches!(self.state(node, now).0, "idle" | "running")
    }

    /// When a node that joins at that moment can be given tasks.
    pub(crate) fn ready_after_joining(&self, joined: Moment) -> Moment {
        Moment(joined.0 + CREATING + STARTING + self.waits())
    }

    /// When the node can be given tasks, if it cannot yet and that moment is known.
    pub(crate) fn ready_at(&self, node: &Node, now: Moment) -> Option<Moment> {
        let marked = self.mark(node).filter(|mark| mark.act.is_some());
        let ready = match marked {
            Some(mark) => mark.ready_at(self.waits())?,
            None => self.ready_after_joining(node.joined),
        };
        Some(ready).filter(|ready| *ready > now && node.leaving.is_none())
    }

    /// A node's id: `tvm-1695681911_2-20260101t000400z`.
    pub(crate) fn node_id(&self, node: &Node) -> String {
        // FNV-1a: the same pool has the same number in every run.
        let hash = self
            .id
            .bytes()
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        let stamp = node.joined.rfc3339();
        let stamp: String = stamp.chars().take(19).filter(char::is_ascii_alphanumeric).collect();
        let kind = if node.dedicated { "d" } else { "p" };
        format!("tvm-{hash:010}_{}-{}z-{kind}", node.number + 1, stamp.to_ascii_lowercase())
    }

    /// One node as it is answered.
    pub(crate) fn print(&self, node: &Node, now: Moment) -> Value {
        let (state, since) = self.state(node, now);
        let id = self.node_id(node);
        let mark = self.mark(node);
        let first = Moment(node.joined.0 + CREATING);
        let booted = mark.and_then(|mark| mark.booted(now)).unwrap_or(first);
        let load = self.loads.get(&id);
        let count = |of: fn(&Load) -> u32| load.map_or(0, of);
        let mut out = json!({
            "id": id,
            "url": format!("{}/pools/{}/nodes/{id}", self.endpoint, self.id),
            "state": state.to_ascii_lowercase(),
            "schedulingState": if mark.is_some_and(|mark| mark.unscheduled.is_some()) { "disabled" } else { "enabled" },
            "stateTransitionTime": since.rfc3339(),
            "lastBootTime": booted.min(now).rfc3339(),
            "allocationTime": node.joined.rfc3339(),
            "ipAddress": format!("10.{}.{}.{}", node.number >> 16 & 255, node.number >> 8 & 255, node.number & 255),
            "affinityId": format!("TVM:{id}"),
            "vmSize": self.body["vmSize"],
            "totalTasksRun": count(|load| load.total),
            "runningTasksCount": count(|load| load.running),
            "runningTaskSlotsCount": count(|load| load.slots),
            "totalTasksSucceeded": count(|load| load.succeeded),
            "isDedicated": node.dedicated,
            "virtualMachineInfo": {"imageReference": self.image(node)},
        });
        if !self.old {
            out["ipv6Address"] = json!("");
        }
        if let Some(load) = load {
            out["recentTasks"] = json!(load.recent());
        }
        if ["idle", "offline", "running", "waitingForStartTask", "startTaskFailed"].contains(&state) {
            out["nodeAgentInfo"] = json!({"version": "1.12.15", "lastUpdateTime": booted.rfc3339()});
            if self.body["startTask"].is_object() {
                let started = if booted == first { Moment(booted.0 + STARTING) } else { booted };
                let failed = node.sick == Some(Sickness::StartTaskFailed);
                out["startTask"] = self.body["startTask"].clone();
                out["startTaskInfo"] = start_task_info(started, failed, now);
            }
        }
        if state == "unusable" {
            out["errors"] = json!([{
                "code": "NodeNotReady", "message": "The node agent could not be started on the node.",
                "errorDetails": [],
            }]);
        }
        out
    }

    fn image(&self, node: &Node) -> Value {
        let mut image = self.body["virtualMachineConfiguration"]["imageReference"].clone();
        if let Some(exact) = &node.image {
            image["exactVersion"] = json!(exact.rsplit('/').next().unwrap_or_default());
        }
        image
    }

    /// The row of `nodecounts`.
    pub(crate) fn counts(&self, nodes: &[Node], now: Moment) -> Value {
        let side = |dedicated: bool| {
            let mut counts: BTreeMap<&str, u32> = STATES.iter().map(|state| (*state, 0)).collect();
            let mut total = 0;
            for node in nodes.iter().filter(|node| node.dedicated == dedicated) {
                *counts.entry(self.state(node, now).0).or_default() += 1;
                total += 1;
            }
            let mut side: Map<String, Value> =
                counts.into_iter().map(|(state, nodes)| (state.to_owned(), json!(nodes))).collect();
            side.insert("total".to_owned(), json!(total));
            Value::Object(side)
        };
        json!({"poolId": self.id, "dedicated": side(true), "lowPriority": side(false)})
    }
}

fn start_task_info(started: Moment, failed: bool, now: Moment) -> Value {
    let ended = Moment(started.0 + START_TASK);
    if now < ended {
        return json!({"state": "running", "startTime": started.rfc3339(), "retryCount": 0});
    }
    let mut info = json!({
        "state": "completed", "startTime": started.rfc3339(), "endTime": ended.rfc3339(),
        "exitCode": i32::from(failed), "retryCount": 0, "result": if failed { "failure" } else { "success" },
    });
    if failed {
        info["failureInfo"] = json!({
            "category": "userError", "code": "FailureExitCode",
            "message": "The task exited with an exit code representing a failure",
            "details": [{"name": "Message", "value": "The task exited with an exit code representing a failure"}],
        });
    }
    info
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_comes_up_step_by_step() {
        let node = Node {
            number: 0,
            dedicated: true,
            joined: Moment::START,
            leaving: None,
            image: None,
            sick: None,
        };
        let with_task = json!({"startTask": {"commandLine": "c", "waitForSuccess": true}});
        let plain = json!({});
        let (marks, loads) = (Marks::new(), Loads::new());
        let pool = |body| PoolOfNodes {
            id: "p",
            body,
            endpoint: "https://a",
            old: false,
            marks: &marks,
            loads: &loads,
        };
        let at = |seconds: i64| Moment(Moment::START.0 + seconds * 1_000);
        let states = |body| [0, 30, 70, 100].map(|seconds| pool(body).state(&node, at(seconds)).0);
        assert_eq!(states(&with_task), ["creating", "starting", "waitingForStartTask", "idle"]);
        assert_eq!(states(&plain), ["creating", "starting", "idle", "idle"]);
        let leaving = Node { leaving: Some(at(50)), ..node.clone() };
        assert_eq!(pool(&plain).state(&leaving, at(60)), ("leavingPool", at(50)));
        let counts = pool(&plain).counts(&[node, leaving], at(100));
        assert_eq!((&counts["dedicated"]["idle"], &counts["dedicated"]["total"]), (&json!(1), &json!(2)));
        assert_eq!(counts["lowPriority"]["total"], 0);
    }
}
