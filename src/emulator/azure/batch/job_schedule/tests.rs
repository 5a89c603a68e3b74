//! Job schedules through the whole emulator on the manual clock.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::emulator::azure::batch::job::tests::{batch, pool, refused};
use crate::emulator::testing::{emulator, wait};

fn add(emulator: &Emulator, id: &str, schedule: &Value) {
    let body = json!({"id": id, "schedule": schedule, "jobSpecification": {"poolInfo": {"poolId": "p"}}});
    let made = batch(emulator, "POST", "/jobschedules", Some(body));
    assert_eq!(made.status, 201, "{}", made.json());
}

fn get(emulator: &Emulator, id: &str) -> Value {
    batch(emulator, "GET", &format!("/jobschedules/{id}"), None).json()
}

fn end_job(emulator: &Emulator, id: &str) {
    assert_eq!(batch(emulator, "POST", &format!("/jobs/{id}/terminate"), None).status, 202, "{id}");
    wait(emulator, 10);
}

#[test]
fn a_schedule_without_recurrence_makes_one_job_and_ends_with_it() {
    let emulator = emulator();
    add(&emulator, "s", &json!({"doNotRunUntil": "2026-01-01T01:00:00Z"}));
    let early = get(&emulator, "s");
    assert_eq!(early["executionInfo"]["nextRunTime"], "2026-01-01T01:00:00.0000000Z");
    wait(&emulator, 3_601);
    let live = get(&emulator, "s");
    assert_eq!(live["executionInfo"]["recentJob"]["id"], "s:job-1");
    assert_eq!(batch(&emulator, "GET", "/jobs/s:job-1", None).json()["state"], "active");
    end_job(&emulator, "s:job-1");
    assert_eq!(get(&emulator, "s")["state"], "completed");
    let late = batch(&emulator, "POST", "/jobschedules/s/disable", None);
    assert_eq!(refused(&late), (409, "JobScheduleCompleted".to_owned()));
}

#[test]
fn a_recurring_schedule_has_one_job_at_a_time() {
    let emulator = emulator();
    add(&emulator, "wide", &json!({"recurrenceInterval": "PT1H"}));
    add(&emulator, "narrow", &json!({"recurrenceInterval": "PT1H", "startWindow": "PT5M"}));
    wait(&emulator, 4_200);
    for id in ["wide", "narrow"] {
        assert_eq!(get(&emulator, id)["executionInfo"]["recentJob"]["id"], format!("{id}:job-1"));
        end_job(&emulator, &format!("{id}:job-1"));
    }
    assert_eq!(get(&emulator, "wide")["executionInfo"]["recentJob"]["id"], "wide:job-2");
    assert_eq!(get(&emulator, "narrow")["executionInfo"]["recentJob"]["id"], "narrow:job-1", "lost");
    wait(&emulator, 3_600);
    assert_eq!(get(&emulator, "narrow")["executionInfo"]["recentJob"]["id"], "narrow:job-2");
    let jobs = batch(&emulator, "GET", "/jobschedules/narrow/jobs?$select=id", None).json();
    assert_eq!(jobs["value"], json!([{"id": "narrow:job-1"}, {"id": "narrow:job-2"}]));
}

#[test]
fn a_disabled_schedule_makes_no_job_and_moves_to_another_pool() {
    let emulator = emulator();
    pool(&emulator, "new", 1);
    add(&emulator, "s", &json!({"recurrenceInterval": "PT1H"}));
    assert_eq!(batch(&emulator, "POST", "/jobschedules/s/disable", None).status, 204);
    end_job(&emulator, "s:job-1");
    wait(&emulator, 7_200);
    let live = get(&emulator, "s");
    assert_eq!(
        (&live["state"], &live["executionInfo"]["recentJob"]["id"]),
        (&json!("disabled"), &json!("s:job-1"))
    );
    let moved = json!({"jobSpecification": {"poolInfo": {"poolId": "new"}}});
    assert_eq!(batch(&emulator, "PATCH", "/jobschedules/s", Some(moved)).status, 200);
    assert_eq!(batch(&emulator, "POST", "/jobschedules/s/enable", None).status, 204);
    assert_eq!(batch(&emulator, "GET", "/jobs/s:job-2", None).json()["poolInfo"]["poolId"], "new");
    assert_eq!(batch(&emulator, "POST", "/jobschedules/s/terminate", None).status, 202);
    assert_eq!(get(&emulator, "s")["state"], "terminating");
    wait(&emulator, 10);
    let ended = batch(&emulator, "GET", "/jobs/s:job-2", None).json();
    assert_eq!(ended["executionInfo"]["terminateReason"], "TerminateJobSchedule");
    assert_eq!(get(&emulator, "s")["state"], "completed");
}

#[test]
fn a_deleted_schedule_takes_its_jobs_along() {
    let emulator = emulator();
    add(&emulator, "s", &json!({}));
    let same = json!({"id": "S", "poolInfo": {"poolId": "p"}});
    let same = batch(&emulator, "POST", "/jobs", Some(same));
    assert_eq!(refused(&same), (409, "JobScheduleWithSameIdExists".to_owned()));
    assert_eq!(batch(&emulator, "HEAD", "/jobschedules/s", None).status, 200);
    assert_eq!(batch(&emulator, "DELETE", "/jobschedules/s", None).status, 202);
    let change = batch(&emulator, "PATCH", "/jobschedules/s", Some(json!({"metadata": []})));
    assert_eq!(refused(&change), (409, "JobScheduleBeingDeleted".to_owned()));
    wait(&emulator, 20);
    assert_eq!(batch(&emulator, "HEAD", "/jobschedules/s", None).status, 404);
    assert_eq!(batch(&emulator, "GET", "/jobs", None).json()["value"], json!([]));
    let short = json!({"id": "t", "schedule": {"recurrenceInterval": "PT30S"},
        "jobSpecification": {"poolInfo": {"poolId": "p"}}});
    assert_eq!(batch(&emulator, "POST", "/jobschedules", Some(short)).status, 400);
}
