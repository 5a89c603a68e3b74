//! Long-running operations: begun by a write, polled by GET, done when their time has come.
//! Nothing runs in the background: an operation's status is a function of its stored end and of now.

use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::{Mode, Moment};
use crate::emulator::router::{self, Route};
use crate::emulator::store::{Resource, World};

/// The kind operations are filed under.
pub(crate) const KIND: &str = "operation";

/// Where operations are read; their api-version is their own, any is taken.
pub(crate) const ROUTES: &[Route] = &[
    Route { verb: Verb::Get, kind: "Microsoft.Compute/locations/operations", versions: &[], handler: get },
    Route {
        verb: Verb::Get,
        kind: "Microsoft.Compute/locations/capsOperations",
        versions: &[],
        handler: get,
    },
    Route {
        verb: Verb::Get,
        kind: "Microsoft.Compute/locations/diskOperations",
        versions: &[],
        handler: get,
    },
];

/// What is to be begun.
#[derive(Debug)]
pub(crate) struct Operation<'a> {
    /// The id of the resource it works on.
    pub(crate) subject: &'a str,
    /// The type under `Microsoft.Compute/locations/REGION/`: `operations`, `capsOperations` (galleries) or
    /// `diskOperations` (disks and snapshots).
    pub(crate) family: &'a str,
    /// Region in whose path it stands, without spaces.
    pub(crate) region: &'a str,
    /// When it is over.
    pub(crate) done: Moment,
    /// How it fails: code and message. None when it succeeds.
    pub(crate) failure: Option<(String, String)>,
    /// True when it takes its subject away.
    pub(crate) removes: bool,
    /// What it gives in the end; none when that is its subject, null when it gives nothing.
    pub(crate) output: Option<Value>,
}

impl Operation<'_> {
    /// Files the operation and gives the headers that lead to it: `Azure-AsyncOperation`, `Location`, `Retry-After`.
    pub(crate) fn begin(&self, world: &mut World, call: &Call) -> Vec<(String, String)> {
        let subscription = call.id.subscription.clone().unwrap_or_default().to_ascii_lowercase();
        let name = world.next_guid();
        let id = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{}/{}/{name}",
            self.region, self.family
        );
        let kept = kept(world);
        world.put(Resource {
            id: id.clone(),
            kind: KIND.to_owned(),
            body: json!({}),
            hidden: json!({
                "subject": self.subject,
                "started": world.now.0,
                "done": self.done.0,
                "failure": self.failure.as_ref().map(|(code, message)| json!({"code": code, "message": message})),
                "removes": self.removes,
                "gives": self.output.is_some(),
                "output": self.output,
            }),
            etag: String::new(),
            created_at: world.now,
            changed_at: world.now,
            due: Some(self.done + kept),
        });
        let version = call.api_version();
        let mut headers = vec![
            ("azure-asyncoperation".to_owned(), call.link(&format!("{id}?api-version={version}"))),
            ("location".to_owned(), call.link(&format!("{id}?monitor=true&api-version={version}"))),
        ];
        headers.extend(retry_after(world, self.done.since(world.now)));
        headers
    }
}

/// How long a finished operation can still be read: long enough for a client's next poll also on a clock that races.
pub(crate) fn kept(world: &World) -> Duration {
    let real = Duration::from_mins(10);
    let raced = match world.mode {
        Mode::Manual => real,
        Mode::Auto { scale } => Duration::try_from_secs_f64(real.as_secs_f64() * scale).unwrap_or(real),
    };
    world.timings.keep_operation.max(raced)
}

/// What a client is told to wait before it asks again: whole seconds always; on a clock that runs fast also
/// `retry-after-ms`, for a wait that fits.
pub(crate) fn retry_after(world: &World, remaining: Duration) -> Vec<(String, String)> {
    let wait = remaining.min(world.timings.poll).max(Duration::from_secs(1));
    match world.mode {
        Mode::Manual => {
            let seconds = wait.as_millis().div_ceil(1000);
            vec![("retry-after".to_owned(), seconds.to_string())]
        }
        Mode::Auto { scale } => {
            let real = Duration::try_from_secs_f64(wait.as_secs_f64() / scale).unwrap_or(wait);
            let seconds = real.as_millis().div_ceil(1000).max(1);
            vec![
                ("retry-after".to_owned(), seconds.to_string()),
                ("retry-after-ms".to_owned(), real.as_millis().max(20).to_string()),
            ]
        }
    }
}

/// The failure of an operation that has been filed: code and message.
fn failure(hidden: &Value) -> Option<(&str, &str)> {
    Some((hidden["failure"]["code"].as_str()?, hidden["failure"]["message"].as_str()?))
}

/// GET of an operation: its status; with `monitor=true` what the write itself would have answered in the end.
fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let Some(operation) = world.get(&call.id.path()).filter(|found| found.kind == KIND).cloned() else {
        return Err(Failure::arm(
            404,
            "NotFound",
            format!("The entity was not found. Operation: '{}'.", call.id.name()),
        ));
    };
    let hidden = &operation.hidden;
    let done = Moment(hidden["done"].as_i64().unwrap_or_default());
    let subject = hidden["subject"].as_str().unwrap_or_default();
    let running = done > world.now;
    let wait = retry_after(world, done.since(world.now));
    if call.query("monitor").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        if running {
            let again =
                call.link(&format!("{}?monitor=true&api-version={}", operation.id, call.api_version()));
            return Ok(Answer::empty(202).with("location", again).with_all(wait));
        }
        if let Some((code, message)) = failure(hidden) {
            return Err(Failure::arm(409, code, message));
        }
        if hidden["gives"] == true {
            let output = &hidden["output"];
            return Ok(if output.is_null() { Answer::empty(200) } else { Answer::ok(output.clone()) });
        }
        if hidden["removes"] == true || !world.has(subject) {
            return Ok(Answer::empty(204));
        }
        return router::read(world, call, subject);
    }
    let mut body = json!({
        "startTime": Moment(hidden["started"].as_i64().unwrap_or_default()).rfc3339_offset(),
        "status": "InProgress",
        "name": call.id.name(),
    });
    if running {
        return Ok(Answer::ok(body).with_all(wait));
    }
    body["endTime"] = json!(done.rfc3339_offset());
    if let Some((code, message)) = failure(hidden) {
        body["status"] = json!("Failed");
        body["error"] = json!({"code": code, "message": message});
    } else {
        body["status"] = json!("Succeeded");
        if hidden["output"].is_object() {
            body["properties"] = json!({"output": hidden["output"]});
        }
    }
    Ok(Answer::ok(body))
}
