//! Jobs, their tasks and the nodes these run on, through the whole emulator on the manual clock.

use serde_json::{Value, json};

use crate::emulator::azure::image_fixture;
use crate::emulator::testing::{RG1, ask, emulator, send, wait};
use crate::emulator::wire::Response;
use crate::emulator::{Emulator, IN_PROCESS_BASE, sign_in};

const VERSION: &str = "2025-06-01";

pub(crate) fn batch(emulator: &Emulator, method: &str, path: &str, body: Option<Value>) -> Response {
    with(emulator, method, path, &[], body)
}

fn with(
    emulator: &Emulator,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Response {
    let sign = if path.contains('?') { '&' } else { '?' };
    let url = format!("{IN_PROCESS_BASE}{path}{sign}api-version={VERSION}");
    send(emulator, method, &url, sign_in::BATCH_AUDIENCE, headers, body)
}

pub(crate) fn refused(response: &Response) -> (u16, String) {
    (response.status, response.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn of(code: u16, text: &str) -> (u16, String) {
    (code, text.to_owned())
}

/// A pool by its management plane, with so many nodes that are up.
pub(crate) fn pool(emulator: &Emulator, name: &str, nodes: u32) {
    let url =
        format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch/pools/{name}?api-version={VERSION}");
    assert_eq!(ask(emulator, "PUT", &url, Some(image_fixture::platform_pool(nodes))).0, 200);
    wait(emulator, 900);
}

fn add_job(emulator: &Emulator, id: &str, pool: &str) {
    let body = json!({"id": id, "poolInfo": {"poolId": pool}});
    let made = batch(emulator, "POST", "/jobs", Some(body));
    assert_eq!(made.status, 201, "{}", made.json());
}

fn add_task(emulator: &Emulator, job: &str, id: &str, line: &str) {
    let body = json!({"id": id, "commandLine": line});
    let made = batch(emulator, "POST", &format!("/jobs/{job}/tasks"), Some(body));
    assert_eq!(made.status, 201, "{}", made.json());
}

fn job(emulator: &Emulator, id: &str) -> Value {
    batch(emulator, "GET", &format!("/jobs/{id}"), None).json()
}

fn task(emulator: &Emulator, job: &str, id: &str) -> Value {
    batch(emulator, "GET", &format!("/jobs/{job}/tasks/{id}"), None).json()
}

fn counts(emulator: &Emulator, job: &str) -> [Value; 3] {
    let body = batch(emulator, "GET", &format!("/jobs/{job}/taskcounts"), None).json();
    ["active", "running", "completed"].map(|name| body["taskCounts"][name].clone())
}

fn disable(emulator: &Emulator, id: &str, how: &str) -> Response {
    batch(emulator, "POST", &format!("/jobs/{id}/disable"), Some(json!({"disableTasks": how})))
}

#[test]
fn a_job_moves_to_another_pool_while_it_is_disabled() {
    let emulator = emulator();
    pool(&emulator, "old", 1);
    add_job(&emulator, "j", "old");
    add_task(&emulator, "j", "a", "sleep 600");
    add_task(&emulator, "j", "b", "sleep 60");
    assert_eq!(counts(&emulator, "j"), [json!(1), json!(1), json!(0)]);
    let moved = Some(json!({"poolInfo": {"poolId": "new"}}));
    let early = batch(&emulator, "PATCH", "/jobs/j", moved.clone());
    assert_eq!(refused(&early), of(409, "OperationInvalidForCurrentState"));
    assert_eq!(disable(&emulator, "j", "wait").status, 202);
    assert_eq!(job(&emulator, "j")["state"], "disabling");
    wait(&emulator, 300);
    assert_eq!(job(&emulator, "j")["state"], "disabling", "its task still runs");
    wait(&emulator, 301);
    let live = job(&emulator, "j");
    assert_eq!((&live["state"], &live["previousState"]), (&json!("disabled"), &json!("disabling")));
    assert_eq!(counts(&emulator, "j"), [json!(1), json!(0), json!(1)]);
    assert_eq!(batch(&emulator, "PATCH", "/jobs/j", moved).status, 200);
    assert_eq!(batch(&emulator, "POST", "/jobs/j/enable", None).status, 202);
    assert_eq!(job(&emulator, "j")["state"], "enabling");
    wait(&emulator, 5);
    assert_eq!(job(&emulator, "j")["executionInfo"]["poolId"], "new");
    wait(&emulator, 600);
    assert_eq!(task(&emulator, "j", "b")["state"], "active", "the pool does not exist yet");
    pool(&emulator, "new", 1);
    let done = task(&emulator, "j", "b");
    assert_eq!((&done["state"], &done["executionInfo"]["exitCode"]), (&json!("completed"), &json!(0)));
    assert_eq!(done["nodeInfo"]["poolId"], "new");
    let named = batch(&emulator, "GET", "/jobs?$filter=executionInfo/poolId eq 'old'", None).json();
    assert_eq!(named["value"], json!([]));
}

#[test]
fn disabling_deals_with_running_tasks_as_it_is_told() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    for (how, state, requeues) in [("requeue", "active", 1), ("terminate", "completed", 0)] {
        add_job(&emulator, how, "p");
        add_task(&emulator, how, "t", "sleep 6000");
        assert_eq!(task(&emulator, how, "t")["state"], "running");
        disable(&emulator, how, how);
        wait(&emulator, 5);
        let live = task(&emulator, how, "t");
        assert_eq!(job(&emulator, how)["state"], "disabled");
        assert_eq!(
            (&live["state"], &live["executionInfo"]["requeueCount"]),
            (&json!(state), &json!(requeues))
        );
    }
    let failure = task(&emulator, "terminate", "t")["executionInfo"]["failureInfo"]["code"].clone();
    assert_eq!(failure, "TaskEnded");
    batch(&emulator, "POST", "/jobs/requeue/enable", None);
    wait(&emulator, 5);
    assert_eq!(task(&emulator, "requeue", "t")["state"], "running");
}

#[test]
fn a_node_shows_what_it_has_to_do() {
    let emulator = emulator();
    pool(&emulator, "p", 2);
    add_job(&emulator, "j", "p");
    for (id, line) in [("good", "sleep 100"), ("bad", "sleep 100; exit 3"), ("later", "hostname")] {
        add_task(&emulator, "j", id, line);
    }
    let nodes = |filter: &str| batch(&emulator, "GET", &format!("/pools/p/nodes?{filter}"), None).json();
    let running = nodes("$filter=state eq 'running'");
    assert_eq!(running["value"].as_array().map(Vec::len), Some(2));
    let node = &running["value"][0];
    assert_eq!((&node["runningTasksCount"], &node["recentTasks"][0]["taskId"]), (&json!(1), &json!("good")));
    let sums = batch(&emulator, "GET", "/nodecounts", None).json()["value"][0]["dedicated"].clone();
    assert_eq!((&sums["running"], &sums["idle"], &sums["total"]), (&json!(2), &json!(0), &json!(2)));
    wait(&emulator, 120);
    assert_eq!(nodes("$filter=state eq 'running'")["value"], json!([]));
    assert_eq!(counts(&emulator, "j"), [json!(0), json!(0), json!(3)]);
    let bad = task(&emulator, "j", "bad")["executionInfo"].clone();
    assert_eq!((&bad["exitCode"], &bad["result"]), (&json!(3), &json!("failure")));
    let again = |id: &str| batch(&emulator, "POST", &format!("/jobs/j/tasks/{id}/reactivate"), None);
    assert_eq!(refused(&again("good")), of(409, "TaskSucceeded"));
    assert_eq!(again("bad").status, 204);
    assert_eq!(refused(&again("bad")), of(409, "TaskNotCompleted"));
    assert_eq!(task(&emulator, "j", "bad")["state"], "running");
}

#[test]
fn a_shrinking_pool_deals_with_running_tasks_as_it_is_told() {
    for (option, seen, after) in [
        (json!("taskcompletion"), "running", "completed"),
        (json!("requeue"), "active", "active"),
        (json!("terminate"), "completed", "completed"),
        (Value::Null, "active", "active"),
    ] {
        let emulator = emulator();
        pool(&emulator, "p", 1);
        add_job(&emulator, "j", "p");
        add_task(&emulator, "j", "t", "sleep 1000");
        let order = json!({"targetDedicatedNodes": 0, "nodeDeallocationOption": option});
        assert_eq!(batch(&emulator, "POST", "/pools/p/resize", Some(order)).status, 202);
        wait(&emulator, 300);
        assert_eq!(task(&emulator, "j", "t")["state"], seen, "{option}");
        let live = batch(&emulator, "GET", "/pools/p", None).json();
        let waits = seen == "running";
        assert_eq!(live["allocationState"], if waits { "resizing" } else { "steady" }, "{option}");
        assert_eq!(live["currentDedicatedNodes"], u32::from(waits), "{option}");
        wait(&emulator, 800);
        assert_eq!(task(&emulator, "j", "t")["state"], after, "{option}");
        assert_eq!(batch(&emulator, "GET", "/pools/p", None).json()["currentDedicatedNodes"], 0);
    }
}

#[test]
fn a_deleted_pool_gives_its_tasks_back() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    add_job(&emulator, "j", "p");
    add_task(&emulator, "j", "t", "sleep 10000");
    batch(&emulator, "DELETE", "/pools/p", None);
    let live = task(&emulator, "j", "t");
    assert_eq!((&live["state"], &live["executionInfo"]["requeueCount"]), (&json!("active"), &json!(1)));
    wait(&emulator, 200);
    pool(&emulator, "p", 1);
    assert_eq!(task(&emulator, "j", "t")["state"], "running");
}

#[test]
fn a_job_ends_by_itself_when_it_is_told_to() {
    let emulator = emulator();
    pool(&emulator, "p", 2);
    let reason = |id: &str| job(&emulator, id)["executionInfo"]["terminateReason"].clone();
    add_job(&emulator, "all", "p");
    add_task(&emulator, "all", "t", "sleep 100");
    let ending = Some(json!({"onAllTasksComplete": "terminatejob"}));
    assert_eq!(batch(&emulator, "PATCH", "/jobs/all", ending).status, 200);
    let back = Some(json!({"onAllTasksComplete": "noaction"}));
    assert_eq!(refused(&batch(&emulator, "PATCH", "/jobs/all", back)), of(400, "InvalidPropertyValue"));
    let managed = json!({"id": "managed", "poolInfo": {"poolId": "p"},
        "jobManagerTask": {"id": "manager", "commandLine": "sleep 50"}});
    batch(&emulator, "POST", "/jobs", Some(managed));
    let failing = json!({"id": "failing", "poolInfo": {"poolId": "p"},
        "onTaskFailure": "performexitoptionsjobaction"});
    batch(&emulator, "POST", "/jobs", Some(failing));
    let task = json!({"id": "t", "commandLine": "exit 7", "exitConditions": {
        "exitCodeRanges": [{"start": 5, "end": 9, "exitOptions": {"jobAction": "terminate"}}]}});
    batch(&emulator, "POST", "/jobs/failing/tasks", Some(task));
    let short =
        json!({"id": "short", "poolInfo": {"poolId": "p"}, "constraints": {"maxWallClockTime": "PT2M"}});
    batch(&emulator, "POST", "/jobs", Some(short));
    assert_eq!(reason("all"), Value::Null);
    wait(&emulator, 300);
    for (id, why) in [
        ("all", "AllTasksComplete"),
        ("managed", "JMComplete"),
        ("failing", "TaskFailed"),
        ("short", "MaxWallClockTimeExpiry"),
    ] {
        assert_eq!((&job(&emulator, id)["state"], reason(id)), (&json!("completed"), json!(why)), "{id}");
        let late = Some(json!({"id": "late", "commandLine": "c"}));
        let late = batch(&emulator, "POST", &format!("/jobs/{id}/tasks"), late);
        assert_eq!(refused(&late), of(409, "JobCompleted"));
    }
}

#[test]
fn a_job_that_is_told_to_end_when_all_is_done_already_ends() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    add_job(&emulator, "j", "p");
    add_task(&emulator, "j", "t", "exit 0");
    wait(&emulator, 60);
    let ending = Some(json!({"onAllTasksComplete": "terminatejob"}));
    assert_eq!(batch(&emulator, "PATCH", "/jobs/j", ending).status, 200);
    assert_eq!(job(&emulator, "j")["state"], "terminating");
    wait(&emulator, 60);
    assert_eq!(job(&emulator, "j")["state"], "completed");
}

#[test]
fn tasks_wait_for_others_for_slots_and_for_retries() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    let refusing = json!({"id": "t", "commandLine": "c", "dependsOn": {"taskIds": ["1"]}});
    add_job(&emulator, "plain", "p");
    let refusal = batch(&emulator, "POST", "/jobs/plain/tasks", Some(refusing.clone()));
    assert_eq!(refused(&refusal), of(400, "TaskDependenciesNotSpecifiedOnJob"));
    let body = json!({"id": "j", "poolInfo": {"poolId": "p"}, "usesTaskDependencies": true});
    batch(&emulator, "POST", "/jobs", Some(body));
    let tasks = json!({"value": [
        {"id": "last", "commandLine": "c", "dependsOn": {"taskIdRanges": [{"start": 1, "end": 2}]}},
        {"id": "1", "commandLine": "sleep 100"},
        {"id": "2", "commandLine": "sleep 100; exit 1", "constraints": {"maxTaskRetryCount": "1"},
            "exitConditions": {"default": {"dependencyAction": "satisfy"}}},
        {"id": "1", "commandLine": "twice"},
        {"id": "no good", "commandLine": "c"},
    ]});
    let added = batch(&emulator, "POST", "/jobs/j/addtaskcollection", Some(tasks)).json();
    let status = |index: usize| added["value"][index]["status"].as_str().unwrap_or_default().to_owned();
    assert_eq!([0, 1, 2, 3, 4].map(status), ["success", "success", "success", "clienterror", "clienterror"]);
    assert_eq!(added["value"][3]["error"]["code"], "TaskExists");
    assert_eq!(counts(&emulator, "j"), [json!(2), json!(1), json!(0)]);
    wait(&emulator, 150);
    assert_eq!(task(&emulator, "j", "2")["executionInfo"]["retryCount"], 0);
    wait(&emulator, 100);
    assert_eq!(task(&emulator, "j", "2")["executionInfo"]["retryCount"], 1);
    assert_eq!(task(&emulator, "j", "last")["state"], "active");
    wait(&emulator, 100);
    assert_eq!(task(&emulator, "j", "last")["state"], "completed");
    let many: Vec<Value> = (0..101).map(|id| json!({"id": id.to_string(), "commandLine": "c"})).collect();
    let many = batch(&emulator, "POST", "/jobs/j/addtaskcollection", Some(json!({"value": many})));
    assert_eq!(many.status, 400);
}

#[test]
fn what_can_never_be_free_waits_and_holds_nothing_up() {
    let emulator = emulator();
    pool(&emulator, "p", 2);
    let body = json!({"id": "j", "poolInfo": {"poolId": "p"}, "usesTaskDependencies": true});
    batch(&emulator, "POST", "/jobs", Some(body));
    let range = |start: i32, end: i32| json!({"taskIdRanges": [{"start": start, "end": end}]});
    let mut tasks = Vec::new();
    for (id, depends_on) in [
        ("itself", json!({"taskIds": ["itself"]})),
        ("left", json!({"taskIds": ["right"]})),
        ("right", json!({"taskIds": ["left"]})),
        ("absent", json!({"taskIds": ["nobody"]})),
        ("wide", range(i32::MIN, i32::MAX)),
        ("zeros", range(7, 7)),
        ("007", json!({})),
        ("nothing", range(2, 1)),
        ("case", json!({"taskIds": ["NOTHING"]})),
    ] {
        tasks.push(json!({"id": id, "commandLine": "sleep 5", "dependsOn": depends_on}));
    }
    batch(&emulator, "POST", "/jobs/j/addtaskcollection", Some(json!({"value": tasks})));
    wait(&emulator, 60);
    assert_eq!(counts(&emulator, "j"), [json!(6), json!(0), json!(3)]);
    assert_eq!(task(&emulator, "j", "case")["state"], "completed");
}

#[test]
fn names_quotas_and_conditions_are_kept() {
    let emulator = emulator();
    add_job(&emulator, "J-1", "nowhere");
    let add =
        |id: &str| batch(&emulator, "POST", "/jobs", Some(json!({"id": id, "poolInfo": {"poolId": "p"}})));
    assert_eq!(refused(&add("j-1")), of(409, "JobExists"));
    assert_eq!(refused(&add("a b")), of(400, "InvalidPropertyValue"));
    assert_eq!(add(&"x".repeat(65)).status, 400);
    assert_eq!(refused(&batch(&emulator, "GET", "/jobs/none", None)), of(404, "JobNotFound"));
    let body = Some(json!({"id": "n", "poolInfo": {}}));
    assert_eq!(refused(&batch(&emulator, "POST", "/jobs", body)), of(400, "InvalidPropertyValue"));
    let live = job(&emulator, "J-1");
    assert_eq!(live["constraints"]["maxWallClockTime"], "P10675199DT2H48M5.4775807S");
    assert_eq!((&live["maxParallelTasks"], &live["onTaskFailure"]), (&json!(-1), &json!("noaction")));
    let tag = live["eTag"].as_str().unwrap_or_default().to_owned();
    let put =
        |tag: &str| with(&emulator, "PUT", "/jobs/J-1", &[("if-match", tag)], Some(live.clone())).status;
    assert_eq!((put("0x1"), put(&tag), put(&tag)), (412, 200, 412));
    assert_eq!(with(&emulator, "GET", "/jobs/J-1", &[("if-none-match", "*")], None).status, 304);
    assert_eq!(batch(&emulator, "DELETE", "/jobs/J-1", None).status, 202);
    assert_eq!(job(&emulator, "J-1")["state"], "deleting");
    assert_eq!(refused(&add("j-1")), of(409, "JobBeingDeleted"));
    wait(&emulator, 10);
    assert_eq!(batch(&emulator, "GET", "/jobs/J-1", None).status, 404);
    let account = format!("{RG1}/providers/Microsoft.Batch/batchAccounts/mybatch");
    {
        let world = &mut emulator.lock().world;
        world.edit(&account, |account| {
            account.body["properties"]["activeJobAndJobScheduleQuota"] = json!(1);
        });
        world.commit();
    }
    assert_eq!(add("one").status, 201);
    assert_eq!(refused(&add("two")), of(409, "ActiveJobAndScheduleQuotaReached"));
    batch(&emulator, "POST", "/jobs/one/terminate", Some(json!({"terminateReason": "enough"})));
    wait(&emulator, 10);
    assert_eq!(job(&emulator, "one")["executionInfo"]["terminateReason"], "enough");
    assert_eq!(add("two").status, 201);
}

#[test]
fn a_caller_from_before_slots_is_spoken_to_in_its_words() {
    let emulator = emulator();
    let old = |method: &str, path: &str, body: Option<Value>| {
        let url = format!("{IN_PROCESS_BASE}{path}?api-version=2019-08-01.10.0");
        send(&emulator, method, &url, sign_in::BATCH_AUDIENCE, &[], body)
    };
    let pool = json!({"id": "p", "vmSize": "standard_d2s_v3", "maxTasksPerNode": 4,
        "virtualMachineConfiguration": {"nodeAgentSKUId": "batch.node.ubuntu 24.04", "imageReference": {
            "publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}}});
    assert_eq!(batch(&emulator, "POST", "/pools", Some(pool.clone())).status, 400);
    assert_eq!(old("POST", "/pools", Some(pool)).status, 201);
    assert_eq!(batch(&emulator, "GET", "/pools/p", None).json()["taskSlotsPerNode"], 4);
    let seen = old("GET", "/pools/p", None).json();
    assert_eq!((&seen["maxTasksPerNode"], &seen["taskSlotsPerNode"]), (&json!(4), &Value::Null));
    add_job(&emulator, "j", "p");
    add_task(&emulator, "j", "t", "c");
    let counts = old("GET", "/jobs/j/taskcounts", None).json();
    assert_eq!(counts, json!({"active": 1, "running": 0, "completed": 0, "succeeded": 0, "failed": 0}));
    assert_eq!(old("GET", "/jobs/j/tasks/t", None).json()["requiredSlots"], Value::Null);
}

#[test]
fn preparation_and_release_are_told_by_node() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    let body = json!({"id": "j", "poolInfo": {"poolId": "p"},
        "jobPreparationTask": {"commandLine": "sleep 30"}, "jobReleaseTask": {"commandLine": "sleep 20"}});
    batch(&emulator, "POST", "/jobs", Some(body));
    add_task(&emulator, "j", "t", "sleep 100");
    assert_eq!(task(&emulator, "j", "t")["state"], "preparing");
    wait(&emulator, 31);
    assert_eq!(task(&emulator, "j", "t")["state"], "running");
    batch(&emulator, "POST", "/jobs/j/terminate", None);
    wait(&emulator, 10);
    assert_eq!(job(&emulator, "j")["state"], "terminating");
    wait(&emulator, 20);
    let told = batch(&emulator, "GET", "/jobs/j/jobpreparationandreleasetaskstatus", None).json();
    let row = &told["value"][0];
    assert_eq!(row["jobPreparationTaskExecutionInfo"]["state"], "completed");
    assert_eq!(row["jobReleaseTaskExecutionInfo"]["result"], "success");
    add_job(&emulator, "plain", "p");
    let none = batch(&emulator, "GET", "/jobs/plain/jobpreparationandreleasetaskstatus", None);
    assert_eq!(refused(&none), of(409, "JobPreparationTaskNotSpecified"));
}

#[test]
fn a_task_without_end_stands_in_nobodys_way() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    add_job(&emulator, "j", "p");
    let endless = json!({"id": "t", "commandLine": "exit 1", "constraints": {"maxTaskRetryCount": -1}});
    batch(&emulator, "POST", "/jobs/j/tasks", Some(endless));
    wait(&emulator, 1_000_000);
    let live = task(&emulator, "j", "t");
    assert_eq!((&live["state"], &live["executionInfo"]["retryCount"]), (&json!("running"), &json!(100_000)));
    let nodes = batch(&emulator, "GET", "/pools/p/nodes", None).json();
    let node = format!("/pools/p/nodes/{}", nodes["value"][0]["id"].as_str().unwrap_or_default());
    let patient = Some(json!({"nodeRebootOption": "taskcompletion"}));
    assert_eq!(batch(&emulator, "POST", &format!("{node}/reboot"), patient).status, 202);
    let patient = json!({"targetDedicatedNodes": 0, "nodeDeallocationOption": "taskcompletion"});
    assert_eq!(batch(&emulator, "POST", "/pools/p/resize", Some(patient)).status, 202);
    wait(&emulator, 1_000_000);
    assert_eq!(batch(&emulator, "GET", "/pools/p", None).json()["allocationState"], "resizing");
    assert_eq!(batch(&emulator, "GET", &node, None).json()["state"], "leavingpool");
    assert_eq!(batch(&emulator, "POST", "/jobs/j/tasks/t/terminate", None).status, 204);
}

#[test]
fn many_tasks_on_few_nodes_are_looked_at_quickly() {
    let emulator = emulator();
    pool(&emulator, "p", 2);
    add_job(&emulator, "j", "p");
    for first in (0..300).step_by(100) {
        let tasks: Vec<Value> = (first..first + 100)
            .map(|id| json!({"id": format!("t{id}"), "commandLine": format!("sleep {}", 5 + id % 7)}))
            .collect();
        batch(&emulator, "POST", "/jobs/j/addtaskcollection", Some(json!({"value": tasks})));
    }
    wait(&emulator, 3_000);
    assert_eq!(counts(&emulator, "j"), [json!(0), json!(0), json!(300)]);
}

#[test]
fn a_pool_of_its_own_goes_with_its_job() {
    let emulator = emulator();
    let pool = json!({"vmSize": "standard_d2s_v3", "targetDedicatedNodes": 1, "virtualMachineConfiguration": {
        "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"},
        "nodeAgentSKUId": "batch.node.ubuntu 24.04"}});
    let mut pool = pool;
    pool["userAccounts"] = json!([{"name": "u", "password": "no-secret-at-all"}]);
    let auto = json!({"autoPoolIdPrefix": "mine", "poolLifetimeOption": "job", "pool": pool});
    let body = json!({"id": "j", "poolInfo": {"autoPoolSpecification": auto}});
    let made = batch(&emulator, "POST", "/jobs", Some(body));
    assert_eq!(made.status, 201, "{}", made.json());
    add_task(&emulator, "j", "t", "hostname");
    let told = job(&emulator, "j")["poolInfo"]["autoPoolSpecification"]["pool"].clone();
    assert_eq!(told["virtualMachineConfiguration"], pool["virtualMachineConfiguration"]);
    assert!(!emulator.state().to_string().contains("no-secret-at-all"));
    let name = job(&emulator, "j")["executionInfo"]["poolId"].as_str().unwrap_or_default().to_owned();
    assert!(name.starts_with("mine_"), "{name}");
    wait(&emulator, 600);
    assert_eq!(task(&emulator, "j", "t")["state"], "completed");
    batch(&emulator, "DELETE", "/jobs/j", None);
    wait(&emulator, 600);
    assert_eq!(batch(&emulator, "GET", &format!("/pools/{name}"), None).status, 404);
}

#[test]
fn what_is_done_to_a_node_shows_and_keeps_tasks_away() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    add_job(&emulator, "j", "p");
    let listed = batch(&emulator, "GET", "/pools/p/nodes", None).json();
    let node = format!("/pools/p/nodes/{}", listed["value"][0]["id"].as_str().unwrap_or_default());
    let post =
        |action: &str, body: Option<Value>| batch(&emulator, "POST", &format!("{node}/{action}"), body);
    let state = || batch(&emulator, "GET", &node, None).json()["state"].clone();
    assert_eq!(refused(&post("start", None)), of(409, "OperationInvalidForCurrentState"));
    assert_eq!(post("disablescheduling", None).status, 200);
    assert_eq!(state(), "offline");
    let twice = post("disablescheduling", None);
    assert_eq!(refused(&twice), of(409, "NodeAlreadyInTargetSchedulingState"));
    let sums = || batch(&emulator, "GET", "/nodecounts", None).json()["value"][0]["dedicated"].clone();
    assert_eq!((state(), &sums()["offline"], &sums()["idle"]), (json!("offline"), &json!(1), &json!(0)));
    add_task(&emulator, "j", "t", "sleep 500");
    wait(&emulator, 60);
    assert_eq!(task(&emulator, "j", "t")["state"], "active");
    assert_eq!(post("enablescheduling", None).status, 200);
    assert_eq!((task(&emulator, "j", "t")["state"].clone(), state()), (json!("running"), json!("running")));
    assert_eq!(post("reboot", Some(json!({"nodeRebootOption": "requeue"}))).status, 202);
    assert_eq!((task(&emulator, "j", "t")["state"].clone(), state()), (json!("active"), json!("rebooting")));
    assert_eq!(refused(&post("reimage", None)), of(409, "NodeBeingRebooted"));
    wait(&emulator, 200);
    assert_eq!((task(&emulator, "j", "t")["state"].clone(), state()), (json!("running"), json!("running")));
    let wait_for_it = Some(json!({"nodeDeallocateOption": "taskcompletion"}));
    assert_eq!(post("deallocate", wait_for_it).status, 202);
    assert_eq!(state(), "running");
    wait(&emulator, 600);
    assert_eq!(
        (task(&emulator, "j", "t")["state"].clone(), state()),
        (json!("completed"), json!("deallocated"))
    );
    let sums = sums();
    assert_eq!((&sums["deallocated"], &sums["total"]), (&json!(1), &json!(1)));
    assert_eq!(post("start", None).status, 202);
    wait(&emulator, 200);
    assert_eq!(state(), "idle");
    let login = batch(&emulator, "GET", &format!("{node}/remoteloginsettings"), None).json();
    assert!(login["remoteLoginPort"].is_u64());
    assert_eq!(batch(&emulator, "GET", &format!("{node}/extensions"), None).json()["value"], json!([]));
}

#[test]
fn a_node_has_users_until_its_machine_is_made_anew() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    let listed = batch(&emulator, "GET", "/pools/p/nodes", None).json();
    let users = format!("/pools/p/nodes/{}/users", listed["value"][0]["id"].as_str().unwrap_or_default());
    let ask = |method: &str, name: &str, body: Value| {
        let path = if name.is_empty() { users.clone() } else { format!("{users}/{name}") };
        batch(&emulator, method, &path, (!body.is_null()).then_some(body))
    };
    let ann = json!({"name": "ann", "isAdmin": true, "password": "p", "expiryTime": "2030-01-01T00:00:00Z"});
    assert_eq!(refused(&ask("POST", "", json!({"isAdmin": true}))), of(400, "MissingRequiredProperty"));
    assert_eq!(ask("POST", "", ann.clone()).status, 201);
    assert_eq!(refused(&ask("POST", "", ann.clone())), of(409, "NodeUserExists"));
    assert_eq!(ask("PUT", "ann", json!({"sshPublicKey": "k"})).status, 200);
    assert_eq!(ask("DELETE", "ann", Value::Null).status, 200);
    for (method, body) in [("PUT", json!({})), ("DELETE", Value::Null)] {
        assert_eq!(refused(&ask(method, "ann", body)), of(404, "NodeUserNotFound"));
    }
    assert_eq!(refused(&ask("GET", "ann", Value::Null)), of(405, "UnsupportedHttpVerb"));
    assert_eq!(ask("POST", "", ann.clone()).status, 201);
    let node = users.trim_end_matches("/users").to_owned();
    assert_eq!(batch(&emulator, "POST", &format!("{node}/reimage"), None).status, 202);
    assert_eq!(refused(&ask("POST", "", ann.clone())), of(409, "NodeBeingReimaged"));
    wait(&emulator, 600);
    assert_eq!(ask("POST", "", ann).status, 201);
}

#[test]
fn a_run_leaves_its_files_on_its_node() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    add_job(&emulator, "j", "p");
    add_task(&emulator, "j", "t", "sleep 60");
    add_task(&emulator, "j", "later", "sleep 60");
    let get = |path: &str| batch(&emulator, "GET", path, None);
    let named = |path: &str| {
        let rows = get(path).json()["value"].as_array().cloned().unwrap_or_default();
        rows.iter().map(|row| row["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let files = "/jobs/j/tasks/t/files";
    assert_eq!(named(files), ["stderr.txt", "stdout.txt", "wd"]);
    assert_eq!(refused(&get("/jobs/j/tasks/later/files")), of(404, "TaskFilesUnavailable"));
    let read = get(&format!("{files}/stdout.txt"));
    assert_eq!((read.status, read.body.len()), (200, 0));
    let folder = batch(&emulator, "HEAD", &format!("{files}/wd"), None);
    assert_eq!((folder.status, folder.header("ocp-batch-file-isdirectory")), (200, Some("True")));
    assert_eq!(refused(&get(&format!("{files}/missing"))), of(404, "FileNotFound"));
    let listed = get("/pools/p/nodes").json();
    let node = format!("/pools/p/nodes/{}", listed["value"][0]["id"].as_str().unwrap_or_default());
    assert_eq!(named(&format!("{node}/files")).len(), 6);
    let path = "workitems/j/job-1/t/stdout.txt";
    assert!(named(&format!("{node}/files?recursive=true")).contains(&path.to_owned()));
    let encoded = format!("{node}/files/{}", path.replace('/', "%2F"));
    assert_eq!((get(&encoded).status, get(&format!("{node}/files/{path}")).status), (200, 200));
    let full = batch(&emulator, "DELETE", &format!("{node}/files/workitems/j"), None);
    assert_eq!(refused(&full), of(409, "DirectoryNotEmpty"));
    assert_eq!(batch(&emulator, "DELETE", &format!("{files}/stdout.txt"), None).status, 200);
    assert_eq!((get(&encoded).status, named(files)), (404, vec!["stderr.txt".into(), "wd".into()]));
    wait(&emulator, 600);
    assert_eq!(batch(&emulator, "POST", &format!("{node}/reimage"), None).status, 202);
    wait(&emulator, 600);
    assert_eq!(named("/jobs/j/tasks/later/files"), Vec::<String>::new());
}

#[test]
fn a_formula_looks_back_at_tasks() {
    let emulator = emulator();
    pool(&emulator, "p", 1);
    let formula = |text: &str| Some(json!({"autoScaleFormula": text}));
    let fixed = formula("$TargetDedicatedNodes = 1;");
    assert_eq!(batch(&emulator, "POST", "/pools/p/enableautoscale", fixed).status, 200);
    add_job(&emulator, "j", "p");
    for id in ["a", "b", "c", "d"] {
        add_task(&emulator, "j", id, "sleep 9000");
    }
    let results = |text: &str| {
        let run = batch(&emulator, "POST", "/pools/p/evaluateautoscale", formula(text)).json();
        format!("{}{}", run["results"].as_str().unwrap_or_default(), run["error"]["message"])
    };
    // The documentation's own: by tasks, and by a look back over a time.
    let by_tasks = "$samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
        $tasks = $samples < 70 ? max(0, $ActiveTasks.GetSample(1)) :
            max($ActiveTasks.GetSample(1), avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
        $targetVMs = $tasks > 0 ? $tasks : max(0, $TargetDedicatedNodes / 2);
        $TargetDedicatedNodes = max(0, min($targetVMs, 20)); $NodeDeallocationOption = taskcompletion;";
    wait(&emulator, 1_000);
    assert!(results(by_tasks).starts_with("$TargetDedicatedNodes=3;"), "{}", results(by_tasks));
    let by_life = "lifespan = time() - time(\"Thu, 01 Jan 2026 00:00:00 GMT\"); ratio = 50;
        span = TimeInterval_Minute * 10; quiet = max($RunningTasks.GetSample(span, ratio)) == 0;
        $TargetDedicatedNodes = lifespan > span ? (quiet ? 0 : 7) : 4;";
    assert!(results(by_life).starts_with("$TargetDedicatedNodes=7;"), "{}", results(by_life));
    let by_day = "$now = time(); $TargetDedicatedNodes = $now.weekday == 4 && $now.hour < 8 ? 2 : 3;";
    assert!(results(by_day).starts_with("$TargetDedicatedNodes=2;"), "{}", results(by_day));
    let past = results("$TargetDedicatedNodes = $PendingTasks.GetSample(TimeInterval_Hour * 90, 50);");
    assert!(past.contains("less than what is required"), "{past}");
    let numbers = "a = $PendingTasks.GetSample(2); b = $CPUPercent.Count(); c = len($RunningTasks.GetSample(\
        TimeInterval_Minute * 4, TimeInterval_Minute * 2)); $TargetDedicatedNodes = 1;";
    assert!(results(numbers).contains(";a=[4,4];b=0;c=4"), "{}", results(numbers));
}
