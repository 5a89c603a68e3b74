//! What time decides about a disk or a snapshot: how far its copy is, and whether somebody has access to its bytes.
//! Functions of what is stored and of now; changes nothing but bodies that are about to be answered.

use serde_json::{Value, json};

use crate::emulator::azure::compute;
use crate::emulator::call::{Answer, Call, Result};
use crate::emulator::clock::Moment;
use crate::emulator::page;
use crate::emulator::store::{Resource, World};

/// How many percent of a background copy are done; none for what is no such copy.
pub(crate) fn copied(found: &Resource, now: Moment) -> Option<f64> {
    let copy = found.hidden.get("copy")?;
    let (from, until) = (Moment(copy["from"].as_i64()?), Moment(copy["until"].as_i64()?));
    let at = copy["lost"].as_i64().map_or(now, |lost| now.min(Moment(lost)));
    if at >= until {
        return Some(100.0);
    }
    let (passed, whole) = (at.since(from).as_secs_f64(), until.since(from).as_secs_f64());
    Some((100.0 * passed / whole.max(1.0)).floor().clamp(0.0, 99.0))
}

/// Until when a shared access signature that was given out holds; none when none does.
pub(crate) fn access(found: &Resource, now: Moment) -> Option<Moment> {
    found.hidden["access"].as_i64().map(Moment).filter(|until| *until > now)
}

/// The body as it is now.
fn body(found: &Resource, now: Moment) -> Value {
    let mut body = found.body.clone();
    let properties = &mut body["properties"];
    if let Some(percent) = copied(found, now) {
        properties["completionPercent"] = json!(percent);
        if percent < 100.0 && found.hidden["copy"]["lost"].is_i64() {
            properties["copyCompletionError"] = json!({
                "errorCode": "CopySourceNotFound",
                "errorMessage": "The source snapshot was deleted before the copy was complete.",
            });
        }
    }
    if access(found, now).is_some() {
        let upload = properties["diskState"] == "ReadyToUpload";
        properties["diskState"] = json!(if upload { "ActiveUpload" } else { "ActiveSAS" });
    }
    body
}

/// GET of one.
pub(crate) fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = compute::find(world, call)?;
    Ok(Answer::ok(compute::view(call, &found.kind, &body(found, world.now))))
}

#[expect(clippy::unnecessary_wraps, reason = "every handler has this signature")]
/// GET of a collection.
pub(crate) fn list(world: &mut World, call: &Call) -> Result<Answer> {
    let (scope, kind, now) = (compute::scope(call), call.id.kind(), world.now);
    let items = world.below(&scope, &kind);
    Ok(page::list(call, items, |found| compute::view(call, &found.kind, &body(found, now))))
}
