//! A new image reaches a pool that works without losing a task: a hundred tasks run while the files change, and each ends
//! exactly once. By the manual clock: hours pass in a moment.

use std::time::Duration;

use poolwright::azure::write::{Condition, Write};
use poolwright::model::outcome::{Ended, Outcome};
use poolwright::model::plan::Plan;
use poolwright::model::request::{Method, Plane, Request};
use poolwright::plan::Goal;
use serde_json::{Value, json};

use crate::converge::settle;
use crate::rehearsal::{Asked, Kill, Rehearsal, ask_text, shown};

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

/// A stack at version 1.0.0 whose pool runs a hundred tasks of this length.
struct Working {
    it: Rehearsal,
    batch: Write,
}

impl Working {
    async fn begin(rollout: &str, length: &str) -> Self {
        let it = Rehearsal::new(&[]);
        settle(&it, &ask_text(&spec("1.0.0", rollout))).await;
        let batch = Write::new(it.client(None).await);
        let working = Self { it, batch };
        working.post("/jobs", json!({"id": "film", "poolInfo": {"poolId": "render"}})).await;
        let task =
            |number| json!({"id": format!("frame-{number}"), "commandLine": format!("/bin/sleep {length}")});
        let tasks: Vec<Value> = (0..TASKS).map(task).collect();
        working.post("/jobs/film/addtaskcollection", json!({ "value": tasks })).await;
        tokio::time::sleep(Duration::from_secs(30)).await;
        assert_eq!(working.tasks_in("running").await, TASKS, "all of them run");
        working
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

    fn image(&self) -> String {
        let pools = self.it.state();
        let pool = pools
            .as_object()
            .and_then(|all| all.iter().find(|(id, _)| id.to_lowercase().ends_with("/pools/render")))
            .map(|(_, body)| body.clone())
            .unwrap_or_default();
        let id = "/properties/deploymentConfiguration/virtualMachineConfiguration/imageReference/id";
        let id = pool.pointer(id).and_then(Value::as_str).unwrap_or_default();
        id.rsplit('/').next().unwrap_or_default().to_owned()
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
async fn killed_everywhere(after_commit: bool) {
    let asked = ask_text(&spec("2.0.0", "strategy: drain"));
    for at in 1.. {
        let working = Working::begin("strategy: drain", "4m").await;
        let kill = Kill::at(at, after_commit);
        let done = working.it.apply_until(&asked, &kill).await;
        let words = || format!("killed at request {at}, after its commit: {after_commit}");
        if done.is_none() {
            let (plan, outcome) = working.roll(&asked).await;
            assert!(outcome.is_complete(), "{}\n{}\n{outcome:#?}", words(), shown(&plan, &asked.files));
            let again = working.it.plan(&asked, Goal::Apply).await;
            assert!(again.is_empty(), "{}\n{}", words(), shown(&again, &asked.files));
        }
        working.every_task_ended_once().await;
        assert_eq!(working.image(), "2.0.0", "{}", words());
        if done.is_some() {
            assert!(at > 20, "a drain sends more than {at} requests");
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_killed_before_any_request_is_carried_on() {
    killed_everywhere(false).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_killed_after_any_request_is_carried_on() {
    killed_everywhere(true).await;
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
    for fault in poolwright::emulator::fault::read_script(script.to_string().as_bytes()).expect("it is right")
    {
        working.it.emulator.add_fault(fault);
    }
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
