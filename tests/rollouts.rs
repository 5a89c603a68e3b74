//! A new image reaches a pool that works without losing a task: a hundred tasks run while the files change, and each ends
//! exactly once. By the manual clock: hours pass in a moment.

use std::fmt::Write as _;
use std::time::Duration;

use poolwright::azure::write::{Condition, Write};
use poolwright::cli::touched;
use poolwright::desired::desired;
use poolwright::diag::Report;
use poolwright::emulator::fault::read_script;
use poolwright::model::event::Event;
use poolwright::model::outcome::{Ended, Outcome};
use poolwright::model::plan::{Action, Plan};
use poolwright::model::request::{Method, Plane, Request};
use poolwright::model::step::{Run, StepId, Work};
use poolwright::model::wait::Condition as Until;
use poolwright::plan::Goal;
use poolwright::plan::agreed::beyond;
use poolwright::plan::status::status;
use poolwright::render::status_human;
use poolwright::render::style::Paint;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text, declare_text, repository, shown};

const TASKS: usize = 100;

/// 25 nodes for four tasks each, which boot one version of two.
fn spec(version: &str, rollout: &str) -> String {
    let image = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Compute/images/img1";
    format!(
        "apiVersion: poolwright/v1
kind: Stack
name: render
subscription: 00000000-0000-0000-0000-000000000001
resourceGroup: rg1
location: eastus
accounts: {{ main: {{ name: mybatch, location: eastus }} }}
galleries: [{{ name: renders }}]
images:
  - name: ubuntu
    osType: Linux
    osState: Generalized
    hyperVGeneration: V2
    identifier: {{ publisher: contoso, offer: render, sku: ubuntu }}
    targetRegions: [{{ name: eastus, regionalReplicaCount: auto }}]
    versions:
      - {{ version: 1.0.0, source: {{ managedImage: {image} }} }}
      - {{ version: 2.0.0, source: {{ managedImage: {image} }} }}
pools:
  - id: render
    account: main
    vmSize: Standard_D4ds_v5
    image: ubuntu@{version}
    nodeAgentSkuId: batch.node.ubuntu 24.04
    taskSlotsPerNode: 4
    rollout: {{ {rollout} }}
    scaleSettings: {{ fixedScale: {{ targetDedicatedNodes: 25, resizeTimeout: auto }} }}
"
    )
}

/// A stack at version 1.0.0 whose pool runs a hundred tasks of one length.
struct Working {
    it: Rehearsal,
    batch: Write,
}

impl Working {
    async fn begin(rollout: &str, length: &str) -> Self {
        Self::begin_in(Rehearsal::new(&[]), rollout, length).await
    }

    async fn begin_in(it: Rehearsal, rollout: &str, length: &str) -> Self {
        Self::begin_as(it, &spec("1.0.0", rollout), length).await
    }

    async fn begin_as(it: Rehearsal, spec: &str, length: &str) -> Self {
        settle(&it, &ask_text(spec)).await;
        // A formula is done before its nodes are there.
        tokio::time::sleep(Duration::from_mins(15)).await;
        let working = Self::of(it).await;
        working.post("/jobs", json!({"id": "film", "poolInfo": {"poolId": "render"}})).await;
        let task =
            |number| json!({"id": format!("frame-{number}"), "commandLine": format!("/bin/sleep {length}")});
        let tasks: Vec<Value> = (0..TASKS).map(task).collect();
        working.post("/jobs/film/addtaskcollection", json!({ "value": tasks })).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(working.tasks_in("running").await, TASKS, "all of them run");
        working
    }

    async fn of(it: Rehearsal) -> Self {
        let batch = Write::new(it.client(None).await);
        Self { it, batch }
    }

    fn request(method: Method, path: &str) -> Request {
        Request {
            method,
            plane: Plane::Batch { endpoint: "127.0.0.1:8443".to_owned() },
            path: path.to_owned(),
            api_version: "2025-06-01",
            query: Vec::new(),
            body: None,
        }
    }

    async fn post(&self, path: &str, body: Value) {
        let request = Self::request(Method::Post, path).with_body(body);
        let sent = self.batch.send(&request, &Condition::Always, None).await;
        sent.unwrap_or_else(|error| panic!("POST {path}: {}", error.chain()));
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let listed = self.batch.read().list(&Self::request(Method::Get, path)).await;
        listed.unwrap_or_else(|error| panic!("GET {path}: {}", error.chain()))
    }

    /// What goes wrong from now on.
    fn scripted(&self, script: &Value) {
        for fault in read_script(script.to_string().as_bytes()).expect("it is right") {
            self.it.emulator.add_fault(fault);
        }
    }

    async fn tasks_in(&self, state: &str) -> usize {
        let tasks = self.list("/jobs/film/tasks").await;
        tasks.iter().filter(|task| task["state"] == state).count()
    }

    /// Demands that every task ended, once, as if nothing had happened to the pool.
    async fn every_task_ended_once(&self) {
        for task in self.list("/jobs/film/tasks").await {
            let execution = &task["executionInfo"];
            assert_eq!(
                (&task["state"], &execution["exitCode"]),
                (&json!("completed"), &json!(0)),
                "{task:#}"
            );
            assert_eq!(execution["requeueCount"], 0, "{task:#}");
            assert_eq!(execution["retryCount"], 0, "{task:#}");
        }
    }

    /// The version that the only pool boots.
    fn image(&self) -> String {
        let [(_, image)] = self.pools().try_into().expect("there is one pool");
        image
    }

    /// How many pools remember a rollout.
    fn remembered(&self) -> usize {
        self.it.state().to_string().matches("poolwright-rollout").count()
    }

    /// The name of every pool, with the version that it boots.
    fn pools(&self) -> Vec<(String, String)> {
        let state = self.it.state();
        let all = state.as_object().into_iter().flatten();
        let pools = all.filter(|(id, _)| id.to_lowercase().contains("/pools/"));
        let id = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
        let last = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
        pools
            .map(|(name, pool)| {
                (last(name), last(pool.pointer(id).and_then(Value::as_str).unwrap_or_default()))
            })
            .collect()
    }

    async fn roll(&self, asked: &Asked) -> (Plan, Outcome) {
        self.it.apply(asked, Goal::Apply).await
    }
}

#[tokio::test(start_paused = true)]
async fn draining_a_pool_loses_no_task() {
    let working = Working::begin("strategy: drain", "20m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let (plan, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    working.every_task_ended_once().await;
    assert_eq!(working.image(), "2.0.0");
    let again = working.it.plan(&asked, Goal::Apply).await;
    assert!(again.is_empty(), "{}", shown(&again, &asked.files));
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_takes_too_long_is_given_up_and_the_pool_works_on() {
    let rollout = "strategy: drain, deadline: PT10M";
    let working = Working::begin(rollout, "20m").await;
    let asked = ask_text(&spec("2.0.0", rollout));
    let (plan, outcome) = working.roll(&asked).await;
    let empty = outcome.steps.iter().find(|(step, _)| step.as_str().ends_with(" empty"));
    assert!(matches!(empty, Some((_, Ended::StillRunning { .. }))), "{outcome:#?}");
    assert!(!outcome.is_complete(), "{}", shown(&plan, &asked.files));
    assert_eq!(working.image(), "1.0.0");
    assert_eq!(working.tasks_in("running").await, TASKS, "the nodes that were to go still work");
    tokio::time::sleep(Duration::from_mins(30)).await;
    working.every_task_ended_once().await;
    // Without tasks the next run needs no time.
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(working.image(), "2.0.0");
}

#[tokio::test(start_paused = true)]
async fn tasks_are_queued_again_at_the_deadline_where_the_file_says_so() {
    let rollout = "strategy: drain, deadline: PT10M, onDeadline: requeue";
    let working = Working::begin(rollout, "20m").await;
    let asked = ask_text(&spec("2.0.0", rollout));
    let (plan, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    assert_eq!(working.image(), "2.0.0");
    tokio::time::sleep(Duration::from_mins(30)).await;
    let tasks = working.list("/jobs/film/tasks").await;
    assert!(
        tasks.iter().all(|task| task["state"] == "completed" && task["executionInfo"]["requeueCount"] == 1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_held_is_told_and_not_done() {
    let working = Working::begin("strategy: hold", "20m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: hold"));
    let (plan, _) = working.roll(&asked).await;
    assert!(plan.steps.is_empty() && !plan.is_empty(), "{}", shown(&plan, &asked.files));
    // What Azure takes at any time is done all the same.
    let smaller =
        spec("2.0.0", "strategy: hold").replace("targetDedicatedNodes: 25", "targetDedicatedNodes: 26");
    let (plan, outcome) = working.roll(&ask_text(&smaller)).await;
    assert!(outcome.is_complete() && !plan.steps.is_empty(), "{outcome:#?}");
    assert_eq!(working.image(), "1.0.0");
    tokio::time::sleep(Duration::from_mins(30)).await;
    working.every_task_ended_once().await;
}

#[tokio::test(start_paused = true)]
async fn a_working_pool_is_replaced_only_by_agreement() {
    let working = Working::begin("strategy: replace", "20m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: replace"));
    let (plan, _) = working.roll(&asked).await;
    assert!(plan.steps.is_empty() && shown(&plan, &asked.files).contains("`--allow-replace`"));
    let agreed = ask_text(&spec("2.0.0", "strategy: replace, allowReplace: true"));
    let (_, outcome) = working.roll(&agreed).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(working.image(), "2.0.0");
}

/// Killed at every request, before or after Azure has done what it asks: the next run goes on to the same end.
async fn killed_everywhere(rollout: &str, after_commit: bool) {
    killed_on_the_way_to(&spec("2.0.0", rollout), rollout, after_commit).await;
}

async fn killed_on_the_way_to(wanted: &str, rollout: &str, after_commit: bool) {
    // Only these two may cut a task off, which then runs again.
    let loses_none = !rollout.contains("replace") && !rollout.contains("requeue");
    let length = if rollout.contains("deadline") { "8m" } else { "4m" };
    let asked = ask_text(wanted);
    let begun = tempfile::tempdir().expect("a folder");
    drop(Working::begin_in(Rehearsal::kept_in(begun.path()), rollout, length).await);
    for at in 1.. {
        let folder = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(begun.path()).expect("it is there").flatten() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("it can be copied");
        }
        let working = Working::of(Rehearsal::kept_in(folder.path())).await;
        let kill = Kill::at(at, after_commit);
        let agreed = working.it.plan(&asked, Goal::Apply).await;
        let done = working.it.apply_until(&asked, &kill).await;
        let words = || format!("killed at request {at}, after its commit: {after_commit}");
        if done.is_none() {
            let (plan, outcome) = working.roll(&asked).await;
            assert_eq!(
                beyond(&agreed, &plan),
                Vec::<String>::new(),
                "{}\n{}",
                words(),
                shown(&plan, &asked.files)
            );
            assert!(outcome.is_complete(), "{}\n{}\n{outcome:#?}", words(), shown(&plan, &asked.files));
            let again = working.it.plan(&asked, Goal::Apply).await;
            assert!(again.is_empty(), "{}\n{}", words(), shown(&again, &asked.files));
        }
        tokio::time::sleep(Duration::from_mins(30)).await;
        assert_eq!(working.tasks_in("completed").await, TASKS, "{}", words());
        if loses_none {
            working.every_task_ended_once().await;
        }
        assert_eq!(working.image(), "2.0.0", "{}", words());
        let jobs = working.list("/jobs").await;
        assert!(jobs.iter().all(|job| job["state"] == "active"), "{}: {jobs:#?}", words());
        let pools = working.list("/pools").await;
        assert_eq!(pools[0]["targetDedicatedNodes"], 25, "{}: {pools:#?}", words());
        assert_eq!(working.remembered(), 0, "{}: {pools:#?}", words());
        if done.is_some() {
            assert!(at > 20, "a rollout sends more than {at} requests");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_killed_before_any_request_is_carried_on() {
    killed_everywhere("strategy: drain", false).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_killed_after_any_request_is_carried_on() {
    killed_everywhere("strategy: drain", true).await;
}

#[tokio::test(start_paused = true)]
async fn a_takeover_killed_before_any_request_is_carried_on() {
    killed_everywhere("strategy: blueGreen", false).await;
}

#[tokio::test(start_paused = true)]
async fn a_takeover_killed_after_any_request_is_carried_on() {
    killed_everywhere("strategy: blueGreen", true).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_can_go_back_killed_after_any_request_is_carried_on() {
    killed_everywhere("strategy: drain, rollback: true", true).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_requeues_killed_after_any_request_is_carried_on() {
    killed_everywhere("strategy: drain, deadline: PT5M, onDeadline: requeue", true).await;
}

#[tokio::test(start_paused = true)]
async fn a_replacement_killed_after_any_request_is_carried_on() {
    killed_everywhere("strategy: replace, allowReplace: true", true).await;
}

/// Killed while a drain is given up: the next run finds a pool that it can drain, or give its size back, again.
#[tokio::test(start_paused = true)]
async fn a_drain_that_is_given_up_killed_after_any_request_is_carried_on() {
    let rollout = "strategy: drain, deadline: PT5M";
    let asked = ask_text(&spec("2.0.0", rollout));
    for at in (25..).step_by(3) {
        let working = Working::begin(rollout, "8m").await;
        let kill = Kill::at(at, true);
        let done = working.it.apply_until(&asked, &kill).await;
        // The tasks end meanwhile, in time for one of these.
        let mut last = working.roll(&asked).await;
        for _ in 0..2 {
            last = working.roll(&asked).await;
        }
        let (plan, outcome) = last;
        assert!(outcome.is_complete(), "killed at {at}\n{}\n{outcome:#?}", shown(&plan, &asked.files));
        assert_eq!(working.list("/pools").await[0]["targetDedicatedNodes"], 25, "killed at {at}");
        working.every_task_ended_once().await;
        if done.is_some() {
            break;
        }
    }
}

/// A file that says no size: the pool itself remembers it while it is empty.
#[tokio::test(start_paused = true)]
async fn a_size_that_no_file_says_survives_a_kill_after_any_request() {
    let written = spec("2.0.0", "strategy: drain");
    let (silent, _) = written.split_once("    scaleSettings:").expect("it has a size");
    killed_on_the_way_to(&format!("{silent}    maxNodes: 25\n"), "strategy: drain", true).await;
}

/// Given up at the deadline, the pool has the size that it had, also where the file wants a smaller one: no task is cut off.
#[tokio::test(start_paused = true)]
async fn giving_up_takes_no_node_away() {
    let rollout = "strategy: drain, deadline: PT10M";
    let working = Working::begin(rollout, "20m").await;
    let smaller = spec("2.0.0", rollout).replace("targetDedicatedNodes: 25", "targetDedicatedNodes: 10");
    let (_, outcome) = working.roll(&ask_text(&smaller)).await;
    assert!(!outcome.is_complete());
    assert_eq!(working.tasks_in("running").await, TASKS);
    tokio::time::sleep(Duration::from_mins(30)).await;
    working.every_task_ended_once().await;
    let (_, outcome) = working.roll(&ask_text(&smaller)).await;
    assert!(outcome.is_complete() && working.image() == "2.0.0", "{outcome:#?}");
}

/// What the file protects or holds stays, whatever it is called by now.
#[tokio::test(start_paused = true)]
async fn a_twin_is_protected_and_held_like_the_first() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let there = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    // Both are there by then.
    let mut at = 20;
    while working.pools().len() < 2 {
        assert!(working.it.apply_until(&there, &Kill::at(at, true)).await.is_none(), "it is half way");
        at += 1;
    }
    let held = ask_text(&spec("2.0.0", "strategy: hold"));
    let (plan, _) = working.roll(&held).await;
    assert_eq!(working.pools().len(), 2, "{}", shown(&plan, &held.files));
    let (_, outcome) = working.roll(&there).await;
    assert!(outcome.is_complete() && working.image() == "2.0.0", "{outcome:#?}");
    let protected =
        spec("2.0.0", "strategy: blueGreen").replace("account: main", "account: main\n    protect: true");
    let (plan, _) = working.it.apply(&ask_text(&protected), Goal::Destroy).await;
    assert_eq!(working.pools().len(), 1, "{}", shown(&plan, &there.files));
}

/// What the file leaves alone is not lost: the second pool has it from the first.
#[tokio::test(start_paused = true)]
async fn a_twin_has_what_the_file_leaves_alone() {
    for rollout in ["strategy: blueGreen", "strategy: replace, allowReplace: true"] {
        let written = |version: &str, more: &str| {
            spec(version, rollout)
                .replace("    taskSlotsPerNode: 4\n", &format!("    taskSlotsPerNode: 4\n{more}"))
        };
        let more = "    displayName: Render\n    metadata: [{ name: team, value: film }]\n";
        let it = Rehearsal::new(&[]);
        settle(&it, &ask_text(&written("1.0.0", more))).await;
        let asked = ask_text(&written("2.0.0", ""));
        let (plan, outcome) = it.apply(&asked, Goal::Apply).await;
        assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
        let working = Working::of(it).await;
        let pool = working.list("/pools").await[0].clone();
        let metadata = pool["metadata"].to_string();
        assert!(pool["displayName"] == "Render" && metadata.contains("film"), "{pool:#}");
        let again = working.it.plan(&asked, Goal::Apply).await;
        assert!(again.is_empty(), "{}", shown(&again, &asked.files));
    }
}

/// A pool that is replaced has its size again, although no file says it.
#[tokio::test(start_paused = true)]
async fn a_replaced_pool_has_the_size_that_it_had() {
    let rollout = "strategy: replace, allowReplace: true";
    let working = Working::begin(rollout, "4m").await;
    let written = spec("2.0.0", rollout);
    let (silent, _) = written.split_once("    scaleSettings:").expect("it has a size");
    let (_, outcome) = working.roll(&ask_text(&format!("{silent}    maxNodes: 25\n"))).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(working.list("/pools").await[0]["currentDedicatedNodes"], 25);
}

/// A read that still shows how the pool was before it was told to be empty is no word of somebody else.
#[tokio::test(start_paused = true)]
async fn a_stale_read_does_not_end_a_drain() {
    let working = Working::begin("strategy: drain", "4m").await;
    working.scripted(&json!({"faults": [{"on": {"method": "PATCH", "path": "*/pools/render"}, "do": {"stale": {"reads": 1}}}]}));
    let (_, outcome) = working.roll(&ask_text(&spec("2.0.0", "strategy: drain"))).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    working.every_task_ended_once().await;
}

/// A pool that has no node because its image could not be had gets the mended image, and then its nodes.
#[tokio::test(start_paused = true)]
async fn a_pool_whose_resize_has_failed_is_sized_again_with_the_change() {
    let it = Rehearsal::new(&[]);
    let failing = json!({"faults": [{"on": {"path": "*/pools/render"}, "do": {"resize": {"code": "AllocationFailed", "message": "no"}}}]});
    for fault in read_script(failing.to_string().as_bytes()).expect("it is right") {
        it.emulator.add_fault(fault);
    }
    let (_, outcome) = it.apply(&ask_text(&spec("1.0.0", "strategy: drain")), Goal::Apply).await;
    assert!(!outcome.is_complete());
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let (plan, outcome) = it.apply(&asked, Goal::Apply).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
}

/// While a wave waits, what its pools boot stays.
#[tokio::test(start_paused = true)]
async fn a_version_stays_while_its_pool_is_held_back() {
    let order = "waves: [[main/a], [main]]";
    let it = Rehearsal::new(&[]);
    settle(&it, &ask_text(&fleet("1.0.0", "strategy: blueGreen", order))).await;
    let blocked = fleet("2.0.0", "strategy: blueGreen", order)
        .replacen("strategy: blueGreen", "strategy: replace", 1)
        .replace("{ version: 1.0.0, source:", "{ version: 1.0.0, remove: true, source:");
    let asked = ask_text(&blocked);
    let plan = it.plan(&asked, Goal::Apply).await;
    let said = shown(&plan, &asked.files);
    let version = plan.resources.iter().find(|planned| planned.address.as_str().ends_with("ubuntu/1.0.0"));
    assert_eq!(version.expect("it is planned").action, Action::Blocked, "{said}");
    assert!(said.contains("it comes after pool/main/a"), "{said}");
}

/// Spot nodes that do not become usable do not take over either.
#[tokio::test(start_paused = true)]
async fn spot_nodes_have_to_work_before_they_take_over() {
    let of_spot = |version| {
        ask_text(
            &spec(version, "strategy: blueGreen").replace("targetDedicatedNodes", "targetLowPriorityNodes"),
        )
    };
    let it = Rehearsal::new(&[]);
    settle(&it, &of_spot("1.0.0")).await;
    let working = Working::of(it).await;
    working.post("/jobs", json!({"id": "film", "poolInfo": {"poolId": "render"}})).await;
    working.scripted(&json!({"faults": [{"on": {"path": "*/pools/render-*"}, "do": {"nodes": {"count": 25, "are": "unusable"}}}]}));
    let (_, outcome) = working.roll(&of_spot("2.0.0")).await;
    assert!(!outcome.is_complete() && working.pools().len() == 2, "{outcome:#?}");
    assert_eq!(working.list("/jobs").await[0]["poolInfo"]["poolId"], "render");
}

/// One job that Azure does not let go keeps the old pool, and neither it nor the others are left disabled.
#[tokio::test(start_paused = true)]
async fn a_job_that_cannot_move_keeps_the_old_pool_and_works_on() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    for id in ["before", "stays", "zebra"] {
        working.post("/jobs", json!({"id": id, "poolInfo": {"poolId": "render"}})).await;
    }
    let refusal = json!({"status": 403, "body": {"code": "Forbidden", "message": {"value": "no"}}});
    // The first PATCH marks it; the second would move it.
    working.scripted(&json!({"faults": [{"on": {"method": "PATCH", "path": "/jobs/stays"}, "nth": 2, "times": "always", "do": {"answer": refusal}}]}));
    let asked = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    let (_, outcome) = working.roll(&asked).await;
    assert!(!outcome.is_complete() && format!("{outcome:#?}").contains("job stays"), "{outcome:#?}");
    let state = |jobs: &[Value]| -> Vec<(String, String, bool)> {
        let text = |job: &Value, pointer| {
            job.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        jobs.iter()
            .map(|job| (text(job, "/id"), text(job, "/state"), text(job, "/poolInfo/poolId") == "render"))
            .collect()
    };
    let told = |id: &str, stays| (id.to_owned(), "active".to_owned(), stays);
    let jobs = state(&working.list("/jobs").await);
    assert_eq!(jobs, [told("before", false), told("film", false), told("stays", true), told("zebra", false)]);
    working.it.emulator.clear_faults();
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete() && working.pools().len() == 1, "{outcome:#?}");
    working.every_task_ended_once().await;
}

/// The second pool is as large as the first, although no file says how large that is.
#[tokio::test(start_paused = true)]
async fn a_twin_has_the_size_of_the_other_where_no_file_says_one() {
    let written = spec("2.0.0", "strategy: blueGreen");
    let (silent, _) = written.split_once("    scaleSettings:").expect("it has a size");
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let asked = ask_text(&format!("{silent}    maxNodes: 25\n"));
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let pools = working.list("/pools").await;
    assert_eq!((pools.len(), &pools[0]["currentDedicatedNodes"]), (1, &json!(25)));
}

/// Nodes that do not become usable with the new image: the pool goes back to the one that it had.
#[tokio::test(start_paused = true)]
async fn a_pool_that_does_not_become_usable_goes_back() {
    let rollout = "strategy: drain, rollback: true";
    let working = Working::begin(rollout, "4m").await;
    let sick = json!({"faults": [{"on": {"path": "*/pools/render"}, "do": {"nodes": {"count": 25, "are": "unusable"}}}]});
    working.scripted(&sick);
    let asked = ask_text(&spec("2.0.0", rollout));
    let (plan, outcome) = working.roll(&asked).await;
    assert!(!outcome.is_complete());
    let back = outcome.steps.iter().filter(|(step, _)| step.as_str().contains(" rollback"));
    assert!(back.clone().count() > 5 && back.clone().all(|(_, ended)| ended.is_done()), "{outcome:#?}");
    working.every_task_ended_once().await;
    assert_eq!(working.image(), "1.0.0", "{}", shown(&plan, &asked.files));
    assert_eq!(working.remembered(), 0);
    let former = ask_text(&spec("1.0.0", rollout));
    let again = working.it.plan(&former, Goal::Apply).await;
    assert!(again.is_empty(), "{}", shown(&again, &former.files));
    // The files still want the new one, and the next try succeeds.
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete() && working.image() == "2.0.0" && working.remembered() == 0, "{outcome:#?}");
}

/// Azure refuses the change of a pool that is empty by then: it gets its nodes back, with the image it had.
#[tokio::test(start_paused = true)]
async fn a_pool_whose_change_is_refused_does_not_stay_empty() {
    let working = Working::begin("strategy: drain", "4m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let plan = working.it.plan(&asked, Goal::Apply).await;
    let writes = plan.steps.iter().filter(|step| step.id.as_str().ends_with(" update")).count();
    assert_eq!(writes, 1, "{:#?}", plan.steps);
    let script = json!({"faults": [{
        "on": {"method": "PATCH", "path": "*/pools/render"}, "nth": 2, "times": 1,
        "do": {"answer": {"status": 400, "body": {"error": {"code": "PropertyCannotBeUpdated", "message": "no"}}}},
    }]});
    working.scripted(&script);
    let (_, outcome) = working.roll(&asked).await;
    assert!(!outcome.is_complete(), "{outcome:#?}");
    tokio::time::sleep(Duration::from_mins(30)).await;
    working.every_task_ended_once().await;
    assert_eq!(working.image(), "1.0.0");
    let back = ask_text(&spec("1.0.0", "strategy: drain"));
    let again = working.it.plan(&back, Goal::Apply).await;
    assert!(again.is_empty(), "it has its size again:\n{}", shown(&again, &back.files));
}

/// Two runs of one rollout at once: Azure takes the writes of one of them, and the other says so. Nothing is lost.
#[tokio::test(start_paused = true)]
async fn two_runs_at_once_do_not_overwrite_each_other() {
    let working = Working::begin("strategy: drain", "4m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let ((_, one), (_, other)) = tokio::join!(working.roll(&asked), working.roll(&asked));
    assert!(one.is_complete() != other.is_complete(), "{one:#?}\n{other:#?}");
    let loser = if one.is_complete() { &other } else { &one };
    assert!(loser.steps.values().any(|ended| matches!(ended, Ended::Moved { .. })), "{loser:#?}");
    working.every_task_ended_once().await;
    assert_eq!(working.image(), "2.0.0");
    let again = working.it.plan(&asked, Goal::Apply).await;
    assert!(again.is_empty(), "{}", shown(&again, &asked.files));
}

/// Somebody else gives the pool another size in the middle of a drain: that stays, and the run says what has happened.
#[tokio::test(start_paused = true)]
async fn a_size_that_somebody_else_gives_meanwhile_is_not_overwritten() {
    let working = Working::begin("strategy: drain", "20m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let somebody = async {
        tokio::time::sleep(Duration::from_secs(5 * 60 + 10)).await;
        working.post("/pools/render/stopresize", json!({})).await;
        tokio::time::sleep(Duration::from_secs(16)).await;
        working.post("/pools/render/resize", json!({"targetDedicatedNodes": 30})).await;
    };
    let ((plan, outcome), ()) = tokio::join!(working.roll(&asked), somebody);
    let said = format!("{outcome:#?}");
    assert!(!outcome.is_complete() && said.contains("somebody has set it to 30 nodes meanwhile"), "{said}");
    tokio::time::sleep(Duration::from_mins(30)).await;
    working.every_task_ended_once().await;
    assert_eq!(working.image(), "1.0.0", "{}", shown(&plan, &asked.files));
    let pools = working.list("/pools").await;
    assert_eq!(pools[0]["currentDedicatedNodes"], 30, "{pools:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_second_pool_takes_over_without_losing_a_task() {
    let working = Working::begin("strategy: blueGreen", "20m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    let (plan, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
    working.every_task_ended_once().await;
    let pools = working.pools();
    assert_eq!(pools.len(), 1, "{pools:?}");
    let (name, image) = &pools[0];
    assert!(
        name.starts_with("render-") && name.len() == "render-".len() + 6 && image == "2.0.0",
        "{pools:?}"
    );
    let jobs = working.list("/jobs").await;
    assert_eq!((&jobs[0]["id"], &jobs[0]["state"]), (&json!("film"), &json!("active")));
    assert_eq!(jobs[0]["poolInfo"]["poolId"], **name);
    let again = working.it.plan(&asked, Goal::Apply).await;
    assert!(again.is_empty(), "{}", shown(&again, &asked.files));
    // The next image goes the same way, and back.
    for version in ["1.0.0", "2.0.0"] {
        let asked = ask_text(&spec(version, "strategy: blueGreen"));
        let (_, outcome) = working.roll(&asked).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        assert_eq!(working.image(), version);
    }
    // Whatever else needs zero nodes goes the same way, although the image is the same.
    let larger = spec("2.0.0", "strategy: blueGreen").replace("Standard_D4ds_v5", "Standard_D8ds_v5");
    let before = working.pools();
    let (_, outcome) = working.roll(&ask_text(&larger)).await;
    assert!(outcome.is_complete() && working.pools().len() == 1, "{outcome:#?}");
    assert_ne!(working.pools()[0].0, before[0].0);
    let (_, outcome) = working.it.apply(&asked, Goal::Destroy).await;
    assert!(outcome.is_complete() && working.pools().is_empty(), "{outcome:#?}");
}

/// While both pools are there the account has to have cores for both: said before anything is written.
#[tokio::test(start_paused = true)]
async fn the_quota_has_to_be_enough_for_both_pools() {
    let id = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg1/providers/Microsoft.Batch/batchAccounts/small";
    for (quota, enough) in [(199, false), (200, true)] {
        let account = json!({"id": id, "location": "eastus", "properties": {"dedicatedCoreQuota": quota}});
        let it = Rehearsal::seeded(vec![json!({"resources": [account]})]);
        let small = |version, rollout| ask_text(&spec(version, rollout).replace("mybatch", "small"));
        settle(&it, &small("1.0.0", "strategy: blueGreen")).await;
        let plan = it.plan(&small("2.0.0", "strategy: blueGreen"), Goal::Apply).await;
        assert_eq!(plan.errors() == 0, enough, "{quota}: {:#?}", plan.findings);
        let plan = it.plan(&small("2.0.0", "strategy: drain"), Goal::Apply).await;
        assert_eq!(plan.errors(), 0, "draining needs no more than there is: {:#?}", plan.findings);
        if enough {
            // Nothing is lost where something else takes its place.
            let plan = it.plan(&small("2.0.0", "strategy: blueGreen"), Goal::Apply).await;
            assert_eq!((plan.count(Action::Delete), plan.loss.deleted), (1, 0), "{:#?}", plan.resources);
            // And afterwards nothing is counted twice.
            let (_, outcome) = it.apply(&small("2.0.0", "strategy: blueGreen"), Goal::Apply).await;
            assert!(outcome.is_complete());
            let plan = it.plan(&small("2.0.0", "strategy: blueGreen"), Goal::Apply).await;
            assert!(plan.errors() == 0 && plan.is_empty(), "{:#?}", plan.findings);
        }
    }
}

/// Azure refuses one write after another: whatever is left, the next run carries on from there.
#[tokio::test(start_paused = true)]
async fn a_refused_step_is_carried_on_from_by_the_next_run() {
    for rollout in ["strategy: drain", "strategy: drain, rollback: true", "strategy: blueGreen"] {
        let asked = ask_text(&spec("2.0.0", rollout));
        let mut refused = 0;
        for method in ["PUT", "PATCH", "POST", "DELETE"] {
            for nth in 1.. {
                let working = Working::begin(rollout, "4m").await;
                let refusal = json!({"status": 400, "body": {"error": {"code": "InvalidRequestBody", "message": "no"}}});
                let script =
                    json!({"faults": [{"on": {"method": method}, "nth": nth, "do": {"answer": refusal}}]});
                working.scripted(&script);
                let (_, first) = working.roll(&asked).await;
                if first.is_complete() {
                    break;
                }
                refused += 1;
                let (plan, second) = working.roll(&asked).await;
                let words = || format!("{rollout}: {method} {nth}\n{}", shown(&plan, &asked.files));
                assert!(second.is_complete(), "{}\n{second:#?}", words());
                working.every_task_ended_once().await;
                assert_eq!((working.image().as_str(), working.remembered()), ("2.0.0", 0), "{}", words());
                let jobs = working.list("/jobs").await;
                assert!(jobs.iter().all(|job| job["state"] == "active"), "{}: {jobs:#?}", words());
                let again = working.it.plan(&asked, Goal::Apply).await;
                assert!(again.is_empty(), "{}then\n{}", words(), shown(&again, &asked.files));
            }
        }
        assert!(refused >= 3, "{rollout}: {refused}");
    }
}

/// A pool that is sized by a formula gets its formula again.
#[tokio::test(start_paused = true)]
async fn a_formula_is_turned_off_and_on_again() {
    for rollout in ["strategy: drain", "strategy: blueGreen"] {
        let sized = |version| {
            let fixed = spec(version, rollout);
            let (pool, _) = fixed.split_once("    scaleSettings:").expect("it has a size");
            let formula = "    maxNodes: 25\n    scaleSettings: { autoScale: { formula: $TargetDedicatedNodes = 25; } }\n";
            format!("{pool}{formula}")
        };
        let working = Working::begin_as(Rehearsal::new(&[]), &sized("1.0.0"), "20m").await;
        let asked = ask_text(&sized("2.0.0"));
        let (plan, outcome) = working.roll(&asked).await;
        assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &asked.files));
        tokio::time::sleep(Duration::from_mins(30)).await;
        working.every_task_ended_once().await;
        let pools = working.list("/pools").await;
        assert_eq!(
            (&pools[0]["enableAutoScale"], &pools[0]["currentDedicatedNodes"]),
            (&json!(true), &json!(25))
        );
        assert_eq!(working.image(), "2.0.0");
        let again = working.it.plan(&asked, Goal::Apply).await;
        assert!(again.is_empty(), "{}", shown(&again, &asked.files));
    }
}

/// Once a twin has taken over it is what the entry means, whatever way the file wants the next change to go.
#[tokio::test(start_paused = true)]
async fn a_twin_stays_when_the_file_wants_another_way() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let (_, outcome) = working.roll(&ask_text(&spec("2.0.0", "strategy: blueGreen"))).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let twin = working.pools()[0].0.clone();
    for (version, rollout) in
        [("2.0.0", "strategy: drain"), ("1.0.0", "strategy: drain"), ("1.0.0", "strategy: hold")]
    {
        let asked = ask_text(&spec(version, rollout));
        let (plan, outcome) = working.roll(&asked).await;
        assert!(outcome.is_complete(), "{}", shown(&plan, &asked.files));
        assert_eq!(working.pools(), [(twin.clone(), version.to_owned())]);
    }
    working.every_task_ended_once().await;
    // A version that nobody knows blocks the entry, and nothing goes.
    let unknown = ask_text(
        &spec("latest", "strategy: drain")
            .replace("[{ name: eastus, r", "[{ name: eastus, excludeFromLatest: true, r"),
    );
    let (plan, _) = working.roll(&unknown).await;
    assert_eq!(working.pools().len(), 1, "{}", shown(&plan, &unknown.files));
}

/// The file wants the former image again while the second pool comes: that one goes, and the first goes on.
#[tokio::test(start_paused = true)]
async fn a_takeover_is_taken_back_half_way() {
    let there = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    for at in (20..).step_by(3) {
        let working = Working::begin("strategy: blueGreen", "4m").await;
        if working.it.apply_until(&there, &Kill::at(at, true)).await.is_some() {
            assert!(at > 60, "a takeover sends more than {at} requests");
            break;
        }
        let back = ask_text(&spec("1.0.0", "strategy: blueGreen"));
        let (plan, outcome) = working.roll(&back).await;
        assert!(outcome.is_complete(), "{}\n{outcome:#?}", shown(&plan, &back.files));
        assert_eq!(working.image(), "1.0.0", "killed at {at}");
        tokio::time::sleep(Duration::from_mins(30)).await;
        working.every_task_ended_once().await;
        let jobs = working.list("/jobs").await;
        assert!(jobs.iter().all(|job| job["state"] == "active"), "killed at {at}: {jobs:#?}");
        let again = working.it.plan(&back, Goal::Apply).await;
        assert!(again.is_empty(), "{}", shown(&again, &back.files));
    }
}

/// Job schedules move with their jobs; what somebody has disabled moves and stays disabled; what is over stays.
#[tokio::test(start_paused = true)]
async fn what_names_the_pool_moves_as_it_is() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let pool = json!({"poolId": "render"});
    let schedule = json!({"id": "nightly", "schedule": {"recurrenceInterval": "PT12H"},
        "jobSpecification": {"priority": 7, "poolInfo": pool}});
    working.post("/jobschedules", schedule).await;
    for id in ["paused", "over"] {
        working.post("/jobs", json!({"id": id, "poolInfo": pool})).await;
    }
    working.post("/jobs/paused/disable", json!({"disableTasks": "requeue"})).await;
    working.post("/jobs/over/terminate", json!({})).await;
    tokio::time::sleep(Duration::from_mins(1)).await;
    let asked = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    working.every_task_ended_once().await;
    let name = working.pools()[0].0.clone();
    for job in working.list("/jobs").await {
        let (state, pool) = match job["id"].as_str() {
            Some("paused") => ("disabled", name.as_str()),
            Some("over") => ("completed", "render"),
            _ => ("active", name.as_str()),
        };
        assert_eq!((&job["state"], &job["poolInfo"]["poolId"]), (&json!(state), &json!(pool)), "{job:#}");
        let metadata = job["metadata"].as_array().map_or(0, Vec::len);
        assert_eq!(metadata, 0, "{job:#}");
    }
    let schedules = working.list("/jobschedules").await;
    let specification = &schedules[0]["jobSpecification"];
    assert_eq!((&schedules[0]["state"], &specification["priority"]), (&json!("active"), &json!(7)));
    assert_eq!(specification["poolInfo"]["poolId"], *name);
}

/// A job that comes to the old pool when it is about to go keeps it, and the next run goes on.
#[tokio::test(start_paused = true)]
async fn a_job_that_comes_in_between_keeps_the_old_pool() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let asked = ask_text(&spec("2.0.0", "strategy: blueGreen"));
    // The first read of the old pool by itself is that before its deletion; meanwhile a job comes.
    let script =
        json!({"faults": [{"on": {"method": "GET", "path": "*/pools/render"}, "do": {"slow": "PT10S"}}]});
    working.scripted(&script);
    let late = async {
        let moved = |job: &Value| {
            job["poolInfo"]["poolId"] != "render" && job["metadata"].as_array().is_none_or(Vec::is_empty)
        };
        while !working.list("/jobs").await.iter().all(moved) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        working.post("/jobs", json!({"id": "late", "poolInfo": {"poolId": "render"}})).await;
    };
    let ((_, outcome), ()) = tokio::join!(working.roll(&asked), late);
    let said = format!("{outcome:#?}");
    assert!(!outcome.is_complete() && said.contains("job late names it again"), "{said}");
    assert_eq!(working.pools().len(), 2);
    let (_, outcome) = working.roll(&asked).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let jobs = working.list("/jobs").await;
    let name = working.pools()[0].0.clone();
    assert!(jobs.iter().all(|job| job["poolInfo"]["poolId"] == *name), "{jobs:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_protected_pool_is_not_replaced_by_its_twin() {
    let working = Working::begin("strategy: blueGreen", "4m").await;
    let protected =
        spec("2.0.0", "strategy: blueGreen").replace("account: main", "account: main\n    protect: true");
    let asked = ask_text(&protected);
    let (plan, _) = working.roll(&asked).await;
    assert!(
        plan.steps.is_empty() && shown(&plan, &asked.files).contains("protected"),
        "{}",
        shown(&plan, &asked.files)
    );
}

/// Three pools of one account in waves.
fn fleet(version: &str, strategy: &str, order: &str) -> String {
    let one = spec(version, strategy).replace("targetDedicatedNodes: 25", "targetDedicatedNodes: 2");
    let (header, pool) = one.split_once("  - id: render").expect("a pool");
    let pools: String = ["a", "b", "c"].map(|id| format!("  - id: {id}{pool}")).concat();
    header.replace("galleries:", &format!("rollout: {{ {order} }}\ngalleries:")) + &pools
}

/// The moment, as a number, at which a step of a pool began or ended.
fn moment(it: &Rehearsal, pool: &str, what: &str, ended: bool) -> Option<usize> {
    let events = it.heard.events.lock().expect("no test panics while it holds this");
    let step = format!("pool/main/{pool} {what}");
    events.iter().position(|event| match event {
        Event::Started { step: one } => !ended && one.as_str() == step,
        Event::Ended { step: one, how, .. } => ended && one.as_str() == step && how.is_done(),
        _ => false,
    })
}

#[tokio::test(start_paused = true)]
async fn pools_come_in_waves_and_not_too_many_at_a_time() {
    for (strategy, first) in [("strategy: drain", "drain"), ("strategy: blueGreen", "create")] {
        let order = "waves: [[main/b], [main]], maxConcurrentPools: 1";
        let it = Rehearsal::new(&[]);
        settle(&it, &ask_text(&fleet("1.0.0", strategy, order))).await;
        it.heard.events.lock().expect("nobody panics").clear();
        let (_, outcome) = it.apply(&ask_text(&fleet("2.0.0", strategy, order)), Goal::Apply).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        let began = |pool| moment(&it, pool, first, false).expect("it began");
        let done = |pool| moment(&it, pool, "nodes usable", true).expect("it was done");
        assert!(done("b") < began("a") && done("a") < began("c"), "{strategy}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pool_that_does_not_become_usable_stops_the_waves_after_it() {
    let order = "waves: [[main/b], [main]]";
    let it = Rehearsal::new(&[]);
    settle(&it, &ask_text(&fleet("1.0.0", "strategy: drain", order))).await;
    let sick =
        json!({"faults": [{"on": {"path": "*/pools/b"}, "do": {"nodes": {"count": 2, "are": "unusable"}}}]});
    for fault in read_script(sick.to_string().as_bytes()).expect("it is right") {
        it.emulator.add_fault(fault);
    }
    let asked = ask_text(&fleet("2.0.0", "strategy: drain", order));
    let (_, outcome) = it.apply(&asked, Goal::Apply).await;
    assert!(!outcome.is_complete());
    let untouched = |pool: &str| {
        outcome.steps.iter().any(|(step, ended)| {
            step.as_str() == format!("pool/main/{pool} drain") && matches!(ended, Ended::Skipped { .. })
        })
    };
    assert!(untouched("a") && untouched("c"), "{outcome:#?}");
}

#[test]
fn waves_name_what_is_there_and_once() {
    let (stack, files) = declare_text(
        &fleet("1.0.0", "strategy: drain", "waves: [[main/b, mian], [main], [main/b]]"),
        &|_| None,
    );
    let mut report = Report::default();
    desired(&stack, &mut report);
    let said: Vec<String> = report
        .iter()
        .map(|found| format!("{}: {}", files.locate(found.place().expect("a place")), found.message))
        .collect();
    assert_eq!(
        said,
        [
            "spec.yaml:8:45: `main/b` stands in two waves, or twice in one",
            "spec.yaml:8:29: `mian` is neither an account nor a pool of these files",
        ]
    );
}

/// A plan says how many tasks and jobs it touches.
#[tokio::test(start_paused = true)]
async fn a_plan_says_what_works_on_the_pool() {
    let working = Working::begin("strategy: drain", "20m").await;
    working.post("/jobs", json!({"id": "idle", "poolInfo": {"poolId": "render"}})).await;
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    let mut plan = working.it.plan(&asked, Goal::Apply).await;
    let snapshot = working.it.observe(&asked.graph).await;
    touched::tell(&mut plan, &snapshot, &working.it.read().await).await;
    let said = shown(&plan, &asked.files);
    assert!(said.contains("100 tasks run on it now, and job film, job idle name it"), "{said}");
}

/// A status says what a rollout under way waits for: while nodes go, and while jobs move.
#[tokio::test(start_paused = true)]
async fn a_status_says_what_a_rollout_waits_for() {
    for strategy in ["drain", "blueGreen"] {
        let working = Working::begin(&format!("strategy: {strategy}"), "1h").await;
        let asked = ask_text(&spec("2.0.0", &format!("strategy: {strategy}")));
        let meanwhile = async {
            tokio::time::sleep(Duration::from_mins(20)).await;
            let plan = working.it.plan(&asked, Goal::Apply).await;
            let snapshot = working.it.observe(&asked.graph).await;
            let mut status = status(&asked.graph, &snapshot, &plan);
            touched::tell_in(&mut status, &plan, &snapshot, &working.it.read().await).await;
            status_human::status(&status, Paint::plain(), 200)
        };
        let (_, said) = tokio::join!(working.roll(&asked), meanwhile);
        assert!(said.contains("; 100 tasks run on it now, and job film names it"), "{strategy}: {said}");
    }
}

/// What a step does, in a few words.
fn does(work: &Work) -> String {
    match work {
        Work::Send { request, .. } => {
            let last = request.path.rsplit('/').next().unwrap_or_default();
            let properties = request.body.as_ref().and_then(|body| body["properties"].as_object());
            let units: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            match request.method {
                Method::Post => format!("POST {last}"),
                Method::Patch => format!("PATCH {}", units.join(", ")),
                method => method.as_str().to_owned(),
            }
        }
        Work::Wait(wait) => format!("waits until it is {}", words(&wait.until)),
        Work::MoveJobs(_) => "moves jobs and job schedules, one after another".to_owned(),
        Work::Upload(_) => "uploads a file".to_owned(),
    }
}

fn words(until: &Until) -> &'static str {
    match until {
        Until::Settled => "settled",
        Until::Listed { .. } => "seen by all",
        Until::Gone => "gone",
        Until::AtRest => "steady",
        Until::Replicated { .. } => "replicated",
        Until::OnlyIn { .. } => "only in the regions that are left",
        Until::ToldToBeEmpty => "told to be empty",
        Until::Empty => "empty and steady",
        Until::Allocated { .. } => "steady with all its nodes",
        Until::Registered => "registered",
        Until::Shared => "shared",
        Until::NodesUsable { .. } => "full of nodes that can run tasks",
    }
}

/// `POOLWRIGHT_BLESS=1` writes the tables anew.
#[tokio::test(start_paused = true)]
async fn steps_of_each_strategy_are_those_of_the_page() {
    let mut expected = String::from("| strategy | step | what | after |\n| --- | --- | --- | --- |\n");
    let mut remedies =
        String::from("| strategy | step | what | where this is not done |\n| --- | --- | --- | --- |\n");
    for rollout in [
        "strategy: drain",
        "strategy: drain, onDeadline: requeue",
        "strategy: blueGreen",
        "strategy: replace, allowReplace: true",
    ] {
        let working = Working::begin("strategy: drain", "20m").await;
        let plan = working.it.plan(&ask_text(&spec("2.0.0", rollout)), Goal::Apply).await;
        let well: Vec<&StepId> = plan.expected_steps().map(|step| &step.id).collect();
        let short = |id: &StepId| id.as_str().rsplit_once("render ").map_or("", |(_, what)| what).to_owned();
        for step in &plan.steps {
            let who = if step.address.as_str() == "pool/main/render" { "" } else { "old pool: " };
            let row = format!("| `{rollout}` | {who}{} | {} |", short(&step.id), does(&step.work));
            let after = step.after.iter().map(short).collect::<Vec<_>>().join(", ");
            match &step.run {
                Run::Always if well.contains(&&step.id) => {
                    let _ = writeln!(expected, "{row} {after} |");
                }
                Run::Always => {
                    let _ = writeln!(remedies, "{row} (after {after}) |");
                }
                Run::OnFailure(of) => {
                    let of = &of[0];
                    let _ = writeln!(remedies, "{row} {} |", short(of));
                }
            }
        }
    }
    let path = repository("docs/rollouts.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let begin =
        page.find("<!-- steps:").and_then(|at| Some(at + page[at..].find('\n')? + 1)).expect("a mark");
    let end = page.find("<!-- end of steps -->").expect("a mark");
    let wanted = format!("{}\n{expected}\n{remedies}\n{}", &page[..begin], &page[end..]);
    if std::env::var_os("POOLWRIGHT_BLESS").is_some() {
        std::fs::write(&path, wanted).expect("the page can be written");
    } else {
        assert!(
            page == wanted,
            "docs/rollouts.md: POOLWRIGHT_BLESS=1 cargo test --locked steps_of_each_strategy"
        );
    }
}
