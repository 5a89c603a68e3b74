//! `/_emulator/…`: the clock, the requests and the state, for tests and for people who rehearse.
//! No part of Azure; answers without a token and is not counted as a request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Answer, Failure};
use crate::emulator::clock::Clock;
use crate::emulator::wire::Request;
use crate::emulator::{LoggedRequest, state_of, store::World};

/// Answers a control request; none when the path is not one.
pub(crate) fn answer(
    request: &Request,
    clock: &mut Clock,
    world: &World,
    log: &[LoggedRequest],
) -> Option<Answer> {
    let path = request.target().split('?').next().unwrap_or_default();
    let what = path.strip_prefix("/_emulator/")?;
    Some(match (request.method.as_str(), what) {
        ("GET", "clock") => Answer::ok(json!({"now": clock.now().rfc3339()})),
        ("POST", "clock") => advance(request, clock),
        ("GET", "requests") => Answer::ok(Value::Array(log.iter().map(entry).collect())),
        ("GET", "state") => Answer::ok(state_of(world)),
        _ => Failure::arm(404, "NotFound", "There are clock, requests and state.").into_arm(),
    })
}

fn advance(request: &Request, clock: &mut Clock) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let length = body["advance"].as_str().and_then(iso_duration::parse).and_then(|ms| u64::try_from(ms).ok());
    match length {
        Some(length) => {
            clock.advance(Duration::from_millis(length));
            Answer::ok(json!({"now": clock.now().rfc3339()}))
        }
        None => Failure::arm(400, "BadRequest", "The body must be {\"advance\": \"PT5M\"}.").into_arm(),
    }
}

fn entry(request: &LoggedRequest) -> Value {
    json!({
        "number": request.number, "method": request.method, "url": request.url, "status": request.status,
        "clientRequestId": request.client_request_id, "userAgent": request.user_agent,
        "committed": request.committed, "faulted": request.faulted,
    })
}
