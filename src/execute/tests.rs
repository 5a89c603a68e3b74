//! Whole runs over a scripted Azure: order, guards, waits, failures, and being stopped.
//! Opens no socket and waits for nothing.

#![expect(clippy::unnecessary_wraps, reason = "a script's answers have one type, the broken ones' too")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::azure::scripted::{ScriptedTransport, broken, client, response};
use crate::azure::timer::Timer;
use crate::azure::transport::{HttpRequest, HttpResponse, TransportError};
use crate::azure::write::Write;
use crate::execute::cancel::{CancelSwitch, cancel};
use crate::execute::{Limits, execute};
use crate::model::address::Address;
use crate::model::event::Event;
use crate::model::outcome::{Ended, Outcome};
use crate::model::request::{Method, Request};
use crate::model::resource_id::ResourceId;
use crate::model::step::{Guard, Milestone, Run, Step, StepId, Work};
use crate::model::wait::{Condition, Late, Wait};

/// What a script holds: all of its answers have one type, so the good ones are wrapped too.
type Answered = Result<HttpResponse, TransportError>;

fn id(name: &str, what: &str) -> StepId {
    StepId::new(&Address::new("thing", [name]), what)
}

fn get(name: &str) -> Request {
    Request::get(&ResourceId::new("s", "g", "Microsoft.Compute", "galleries", name), "2024-03-03")
}

fn step(name: &str, what: &str, work: Work, after: &[StepId]) -> Step {
    Step {
        id: id(name, what),
        address: Address::new("thing", [name]),
        milestone: Milestone::Settled,
        work,
        after: after.to_vec(),
        run: Run::Always,
    }
}

fn create(name: &str, after: &[StepId]) -> Step {
    let request = Request { method: Method::Put, ..get(name) }.with_body(json!({"location": "eastus2"}));
    let guard = Guard::Absent { read: get(name), header: true };
    step(name, "create", Work::Send { request, guard }, after)
}

fn delete(name: &str) -> Step {
    let request = Request { method: Method::Delete, ..get(name) };
    let guard = Guard::unchanged(get(name), Vec::new(), false);
    step(name, "delete", Work::Send { request, guard }, &[])
}

fn wait_until(name: &str, until: Condition, after: &[StepId]) -> Step {
    let wait = Wait {
        read: get(name),
        until,
        interval: Duration::from_secs(10),
        deadline: Duration::from_mins(1),
        operation_of: after.first().cloned(),
        late: Late::StillRunning,
    };
    step(name, "wait", Work::Wait(wait), after)
}

fn settled(name: &str, after: &[StepId]) -> Step {
    wait_until(name, Condition::Settled, after)
}

fn ok(body: &Value) -> Answered {
    Ok(response(200, &[], &body.to_string()))
}

fn absent() -> Answered {
    Ok(response(404, &[], r#"{"error":{"code":"ResourceNotFound","message":"no"}}"#))
}

fn refused(status: u16, code: &str) -> Answered {
    let body = json!({"error": {"code": code, "message": "no"}}).to_string();
    Ok(response(status, &[("x-ms-request-id", "azure-1")], &body))
}

fn state(state: &str) -> Value {
    json!({"properties": {"provisioningState": state}})
}

/// Method and last path segment of each request.
fn sent(transport: &ScriptedTransport) -> Vec<String> {
    let shown = |request: &HttpRequest| {
        let path = request.url.split('?').next().unwrap_or_default();
        format!("{} {}", request.method.as_str(), path.rsplit('/').next().unwrap_or_default())
    };
    transport.sent().iter().map(shown).collect()
}

struct Ran {
    outcome: Outcome,
    events: Vec<Event>,
    waits: Vec<Duration>,
}

/// Runs the plan; `on_event` may press the switch.
async fn run_with(
    steps: &[Step],
    transport: &Arc<ScriptedTransport>,
    limits: Limits,
    on_event: impl Fn(&Event, &CancelSwitch) + Sync,
) -> Ran {
    let (client, timer) = client(transport);
    let (switch, cancel) = cancel();
    let events = Mutex::new(Vec::new());
    let sink = |event: Event| {
        on_event(&event, &switch);
        events.lock().expect("not poisoned").push(event);
    };
    let shared: Arc<dyn Timer> = Arc::clone(&timer) as Arc<dyn Timer>;
    let outcome = execute(steps, &Write::new(client), &shared, &sink, &cancel, &limits).await;
    Ran { outcome, events: events.into_inner().expect("not poisoned"), waits: timer.waits() }
}

async fn run(steps: &[Step], transport: &Arc<ScriptedTransport>) -> Ran {
    run_with(steps, transport, Limits::default(), |_, _| {}).await
}

fn ended<'a>(ran: &'a Ran, name: &str, what: &str) -> &'a Ended {
    ran.outcome.steps.get(&id(name, what)).expect("every step has an ending")
}

#[tokio::test]
async fn a_create_is_sent_followed_and_looked_at() {
    let operation = "https://management.azure.com/operations/1?api-version=2022-01-03";
    let transport = ScriptedTransport::of(vec![
        absent(),
        Ok(response(
            201,
            &[("Azure-AsyncOperation", operation), ("Retry-After", "7")],
            &state("Creating").to_string(),
        )),
        Ok(response(200, &[("Retry-After", "3")], r#"{"status":"InProgress"}"#)),
        ok(&json!({"status": "Succeeded"})),
        ok(&state("Succeeded")),
    ]);
    let create = create("one", &[]);
    let ran = run(&[settled("one", std::slice::from_ref(&create.id)), create], &transport).await;
    assert!(ran.outcome.is_complete(), "{:?}", ran.outcome);
    assert_eq!(sent(&transport), ["GET one", "PUT one", "GET 1", "GET 1", "GET one"]);
    assert_eq!(ran.waits, [Duration::from_secs(7), Duration::from_secs(3)]);
    assert_eq!(transport.sent()[1].headers.get("if-none-match"), Some("*"));
    let last = ran.events.last().expect("there are events");
    assert!(
        matches!(last, Event::Ended { step, took, .. } if *step == id("one", "wait") && took.as_secs() == 10)
    );
}

#[tokio::test]
async fn an_operation_that_fails_gives_its_own_reason() {
    let operation = "https://management.azure.com/operations/1";
    let failed =
        json!({"status": "Failed", "error": {"code": "GalleryImageNotFound", "message": "not there"}});
    let transport = ScriptedTransport::of(vec![
        absent(),
        Ok(response(202, &[("Azure-AsyncOperation", operation)], "")),
        ok(&failed),
    ]);
    let create = create("one", &[]);
    let wait = settled("one", std::slice::from_ref(&create.id));
    let ran = run(&[create, wait], &transport).await;
    let Ended::Failed { error, .. } = ended(&ran, "one", "wait") else { panic!("{:?}", ran.outcome) };
    assert_eq!(error, "the operation failed: GalleryImageNotFound: not there");
}

#[tokio::test]
async fn what_has_moved_is_not_written() {
    let transport = ScriptedTransport::of(vec![ok(&state("Succeeded"))]);
    let create = create("one", &[]);
    let after = settled("one", std::slice::from_ref(&create.id));
    let ran = run(&[create, after], &transport).await;
    assert!(matches!(ended(&ran, "one", "create"), Ended::Moved { .. }));
    assert_eq!(*ended(&ran, "one", "wait"), Ended::Skipped { because: id("one", "create") });
    assert_eq!(sent(&transport), ["GET one"]);
}

#[tokio::test]
async fn a_change_carries_the_etag_of_the_read_just_before() {
    let transport = ScriptedTransport::of(vec![
        Ok(response(200, &[("ETag", "\"0x1\"")], &json!({"properties": {"a": 1}}).to_string())),
        refused(412, "ConditionNotMet"),
    ]);
    let request = Request { method: Method::Patch, ..get("one") }.with_body(json!({}));
    let seen = vec![("/properties/a".to_owned(), Some(json!(1)))];
    let guard = Guard::unchanged(get("one"), seen, true);
    let ran = run(&[step("one", "update", Work::Send { request, guard }, &[])], &transport).await;
    assert_eq!(transport.sent()[1].headers.get("if-match"), Some("\"0x1\""));
    assert!(matches!(ended(&ran, "one", "update"), Ended::Moved { .. }), "{:?}", ran.outcome);
}

#[tokio::test]
async fn a_failure_stops_what_hangs_on_it_and_nothing_else() {
    let transport =
        ScriptedTransport::answering(|_, request| match (request.method, request.url.contains("/bad")) {
            (Method::Get, _) => absent(),
            (_, true) => refused(403, "AuthorizationFailed"),
            (_, false) => ok(&state("Succeeded")),
        });
    let bad = create("bad", &[]);
    let child = create("child", std::slice::from_ref(&bad.id));
    let ran = run(&[bad, child, create("good", &[])], &transport).await;
    let Ended::Failed { error, request_id } = ended(&ran, "bad", "create") else {
        panic!("{:?}", ran.outcome)
    };
    assert!(error.contains("403 AuthorizationFailed"), "{error}");
    assert_eq!(request_id.as_deref(), Some("azure-1"));
    assert_eq!(*ended(&ran, "child", "create"), Ended::Skipped { because: id("bad", "create") });
    assert_eq!(*ended(&ran, "good", "create"), Ended::Done(None));
    assert!(!ran.outcome.is_complete() && !ran.outcome.interrupted);
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_done() {
    let lost = |code: &str| vec![absent(), Err(broken()), refused(409, code)];
    let there = lost("PoolExists").into_iter().chain([ok(&json!({}))]).collect();
    let ran = run(&[create("one", &[])], &ScriptedTransport::of(there)).await;
    assert!(matches!(ended(&ran, "one", "create"), Ended::Done(Some(_))), "{:?}", ran.outcome);
    assert!(ran.events.iter().any(|event| matches!(event, Event::Retrying { .. })));

    // What exists bears another name: somebody else has made it.
    let elsewhere = lost("RoleAssignmentExists").into_iter().chain([absent()]).collect();
    let ran = run(&[create("one", &[])], &ScriptedTransport::of(elsewhere)).await;
    assert!(matches!(ended(&ran, "one", "create"), Ended::Moved { .. }), "{:?}", ran.outcome);

    let transport = ScriptedTransport::of(vec![absent(), refused(409, "PoolExists")]);
    let ran = run(&[create("one", &[])], &transport).await;
    assert!(matches!(ended(&ran, "one", "create"), Ended::Moved { .. }), "{:?}", ran.outcome);
}

#[tokio::test]
async fn a_parent_is_deleted_when_azure_has_noticed_that_it_is_empty() {
    let full = || refused(409, "CannotDeleteResource");
    let answers = vec![ok(&json!({})), full(), full(), Ok(response(202, &[], ""))];
    let transport = ScriptedTransport::of(answers);
    let ran = run(&[delete("one")], &transport).await;
    assert_eq!(*ended(&ran, "one", "delete"), Ended::Done(None));

    // Something is really inside: the patience ends.
    let transport = ScriptedTransport::answering(move |_, request| match request.method {
        Method::Get => ok(&json!({})),
        _ => full(),
    });
    let ran = run(&[delete("one")], &transport).await;
    assert!(matches!(ended(&ran, "one", "delete"), Ended::Failed { .. }));
    assert!(ran.waits.iter().sum::<Duration>() <= Duration::from_secs(130));

    let transport = ScriptedTransport::of(vec![absent()]);
    let ran = run(&[delete("one")], &transport).await;
    assert!(matches!(ended(&ran, "one", "delete"), Ended::Done(Some(_))), "gone is as good as deleted");
}

#[tokio::test]
async fn who_was_made_a_moment_ago_is_waited_for() {
    let unknown = || refused(400, "PrincipalNotFound");
    let transport = ScriptedTransport::of(vec![absent(), unknown(), unknown(), Ok(response(201, &[], "{}"))]);
    let ran = run(&[create("one", &[])], &transport).await;
    assert_eq!(*ended(&ran, "one", "create"), Ended::Done(None));

    // Nobody has that id: the patience ends.
    let transport = ScriptedTransport::answering(move |_, request| match request.method {
        Method::Get => absent(),
        _ => unknown(),
    });
    let ran = run(&[create("one", &[])], &transport).await;
    assert!(matches!(ended(&ran, "one", "create"), Ended::Failed { .. }));
    assert!(ran.waits.iter().sum::<Duration>() <= Duration::from_secs(130));
}

#[tokio::test]
async fn time_that_runs_out_is_no_failure() {
    let transport = ScriptedTransport::answering(|_, _| ok(&state("Updating")));
    let ran = run(&[settled("one", &[])], &transport).await;
    assert_eq!(*ended(&ran, "one", "wait"), Ended::StillRunning { progress: "updating".to_owned() });
    assert_eq!(ran.waits.iter().sum::<Duration>(), Duration::from_mins(1));

    let limits = Limits { time: Some(Duration::from_secs(25)), ..Limits::default() };
    let next = create("next", &[id("one", "wait")]);
    let ran = run_with(&[settled("one", &[]), next], &transport, limits, |_, _| {}).await;
    assert!(matches!(ended(&ran, "one", "wait"), Ended::StillRunning { .. }));
    assert_eq!(*ended(&ran, "next", "create"), Ended::Skipped { because: id("one", "wait") });
    assert!(!ran.outcome.interrupted);
}

#[tokio::test]
async fn a_resource_that_vanishes_while_it_is_waited_for_is_a_failure() {
    let transport = ScriptedTransport::answering(|number, _| match number {
        0 => ok(&state("Updating")),
        _ => absent(),
    });
    let ran = run(&[settled("one", &[])], &transport).await;
    assert!(
        matches!(ended(&ran, "one", "wait"), Ended::Failed { error, .. } if error.contains("does not exist"))
    );
}

#[tokio::test]
async fn a_server_that_is_down_for_a_while_is_outlived() {
    let transport = ScriptedTransport::answering(|number, _| match number {
        0..9 => Err(broken()),
        _ => ok(&state("Succeeded")),
    });
    let mut step = settled("one", &[]);
    if let Work::Wait(wait) = &mut step.work {
        wait.deadline = Duration::from_hours(1);
    }
    let ran = run(&[step], &transport).await;
    assert_eq!(*ended(&ran, "one", "wait"), Ended::Done(None));
}

#[tokio::test]
async fn waits_that_look_at_the_same_thing_share_the_looks() {
    let region = |region: &str| Condition::Replicated { region: region.to_owned() };
    let body = |done: bool| {
        let state = if done { "Completed" } else { "Replicating" };
        let entry = |region: &str| json!({"region": region, "state": state, "progress": 50});
        json!({"properties": {"replicationStatus": {"summary": [entry("East US"), entry("West US"), entry("UK South")]}}})
    };
    let transport = ScriptedTransport::answering(move |number, _| ok(&body(number >= 3)));
    let steps: Vec<Step> = ["eastus", "westus", "uksouth"]
        .into_iter()
        .map(|name| Step { id: id(name, "ready"), ..wait_until("version", region(name), &[]) })
        .collect();
    let ran = run(&steps, &transport).await;
    assert!(ran.outcome.is_complete(), "{:?}", ran.outcome);
    assert!(transport.sent().len() < 3 * 3, "{} looks", transport.sent().len());
}

#[tokio::test]
async fn asked_to_stop_it_finishes_the_request_and_begins_nothing() {
    let transport = ScriptedTransport::answering(|_, request| match request.method {
        Method::Get => absent(),
        _ => ok(&state("Succeeded")),
    });
    let first = create("first", &[]);
    let wait = settled("first", std::slice::from_ref(&first.id));
    let next = create("next", &[id("first", "wait")]);
    let press = |event: &Event, switch: &CancelSwitch| {
        if matches!(event, Event::Progressed { .. }) {
            switch.press();
        }
    };
    let ran = run_with(&[first, wait, next], &transport, Limits::default(), press).await;
    assert_eq!(*ended(&ran, "first", "create"), Ended::Done(None));
    let Ended::StillRunning { .. } = ended(&ran, "first", "wait") else { panic!("{:?}", ran.outcome) };
    assert_eq!(*ended(&ran, "next", "create"), Ended::Skipped { because: id("first", "wait") });
    assert!(ran.outcome.interrupted);
    assert_eq!(ran.events.iter().filter(|event| matches!(event, Event::Stopping)).count(), 1);
}

#[tokio::test]
async fn told_twice_it_drops_what_is_in_flight() {
    let transport = ScriptedTransport::answering(|_, request| match request.method {
        Method::Get => absent(),
        _ => Err(broken()),
    });
    let press = |event: &Event, switch: &CancelSwitch| {
        if matches!(event, Event::Retrying { .. }) {
            switch.press();
            switch.press();
        }
    };
    let ran = run_with(&[create("one", &[])], &transport, Limits::default(), press).await;
    assert!(
        matches!(ended(&ran, "one", "create"), Ended::Failed { error, .. } if error.contains("may have carried it out"))
    );
    assert!(ran.outcome.interrupted);
}

#[tokio::test]
async fn every_step_starts_before_it_ends_and_ends_once() {
    let transport = ScriptedTransport::answering(|_, request| match request.method {
        Method::Get => absent(),
        _ => ok(&state("Succeeded")),
    });
    let names: Vec<String> = (0..40).map(|number| format!("g{number:02}")).collect();
    let steps: Vec<Step> = names.iter().map(|name| create(name, &[])).collect();
    let limits = Limits { writes: 3, ..Limits::default() };
    let ran = run_with(&steps, &transport, limits, |_, _| {}).await;
    assert!(ran.outcome.is_complete());
    let (mut running, mut most) = (0_i32, 0_i32);
    for event in &ran.events {
        match event {
            Event::Started { .. } => running += 1,
            Event::Ended { .. } => running -= 1,
            _ => {}
        }
        most = most.max(running);
    }
    assert_eq!((running, most, ran.outcome.steps.len()), (0, 3, 40));
}
