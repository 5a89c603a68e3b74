//! `/_emulator/…`: the clock, the faults, the requests and the state, for tests and for people who rehearse.
//! No part of Azure; answers without a token and is not counted as a request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::azure::iso_duration;
use crate::emulator::call::{Answer, Failure};
use crate::emulator::engine::Engine;
use crate::emulator::fault;
use crate::emulator::wire::Request;
use crate::emulator::{LoggedRequest, state_of};

/// Answers a control request; none when the path is not one. The world has been brought to now.
pub(crate) fn answer(request: &Request, engine: &mut Engine) -> Option<Answer> {
    let path = request.target().split('?').next().unwrap_or_default();
    let what = path.strip_prefix("/_emulator/")?;
    Some(match (request.method.as_str(), what) {
        ("GET", "clock") => clock(engine),
        ("POST", "clock") => advance(request, engine),
        ("GET", "faults") => waiting(engine),
        ("POST", "faults") => add_faults(request, engine),
        ("DELETE", "faults") => {
            engine.world.faults.clear();
            waiting(engine)
        }
        ("GET", "requests") => Answer::ok(engine.log.iter().map(entry).collect()),
        ("GET", "state") => Answer::ok(state_of(&engine.world)),
        _ => Failure::arm(404, "NotFound", "There are clock, faults, requests and state.").into_arm(),
    })
}

fn clock(engine: &Engine) -> Answer {
    Answer::ok(json!({"now": engine.clock.now().rfc3339()}))
}

/// Moves the clock on; what comes due meanwhile happens before the answer.
fn advance(request: &Request, engine: &mut Engine) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let length = body["advance"].as_str().and_then(iso_duration::parse).and_then(|ms| u64::try_from(ms).ok());
    let Some(length) = length else {
        return refuse("The body must be {\"advance\": \"PT5M\"}.");
    };
    engine.clock.advance(Duration::from_millis(length));
    engine.settle();
    clock(engine)
}

fn waiting(engine: &Engine) -> Answer {
    Answer::ok(json!({"waiting": engine.world.faults.len()}))
}

fn add_faults(request: &Request, engine: &mut Engine) -> Answer {
    match fault::read_script(&request.body) {
        Ok(faults) => {
            for fault in faults {
                engine.world.faults.add(fault);
            }
            waiting(engine)
        }
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            refuse(&format!("{error}{}", cause.unwrap_or_default()))
        }
    }
}

fn refuse(text: &str) -> Answer {
    Failure::arm(400, "BadRequest", text).into_arm()
}

fn entry(request: &LoggedRequest) -> Value {
    json!({
        "number": request.number, "method": request.method, "url": request.url, "status": request.status,
        "clientRequestId": request.client_request_id, "userAgent": request.user_agent,
        "committed": request.committed, "faulted": request.faulted,
    })
}
