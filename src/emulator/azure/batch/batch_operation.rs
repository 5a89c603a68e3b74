//! Where deletions of the Batch provider are awaited: `Location`, asked until it answers other than 202.
//! Pools and accounts file their own; nothing here takes anything away but these results.

use serde::Deserialize;
use serde_json::json;

use crate::emulator::azure::batch::batch_account::VERSIONS;
use crate::emulator::call::{Answer, Call, Failure, Result, Verb};
use crate::emulator::clock::Moment;
use crate::emulator::fault::Trouble;
use crate::emulator::operation;
use crate::emulator::router::Route;
use crate::emulator::store::{Resource, World};

/// The kind operation results are filed under.
pub(crate) const KIND: &str = "batch-operation";

pub(crate) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Get,
        kind: "Microsoft.Batch/locations/accountOperationResults",
        versions: VERSIONS,
        handler: get,
    },
    Route {
        verb: Verb::Get,
        kind: "Microsoft.Batch/batchAccounts/poolOperationResults",
        versions: VERSIONS,
        handler: get,
    },
];

/// Files an operation that is over at `done`, well or with `failure`, and answers 202 with the way to it.
pub(crate) fn begin(
    world: &mut World,
    call: &Call,
    id: &str,
    done: Moment,
    failure: Option<&Trouble>,
) -> Answer {
    let now = world.now;
    world.put(Resource {
        id: id.to_owned(),
        kind: KIND.to_owned(),
        hidden: json!({"done": done, "failure": failure}),
        created_at: now,
        changed_at: now,
        due: Some(done + operation::kept(world)),
        ..Resource::default()
    });
    pending(world, call, id, done)
}

fn pending(world: &World, call: &Call, id: &str, done: Moment) -> Answer {
    let location = call.link(&format!("{id}?api-version={}", call.api_version()));
    Answer::empty(202)
        .with("location", location)
        .with_all(operation::retry_after(world, done.since(world.now)))
}

fn get(world: &mut World, call: &Call) -> Result<Answer> {
    let found = world.get(&call.id.path()).filter(|found| found.kind == KIND);
    let Some(found) = found else {
        return Err(Failure::arm(404, "OperationNotFound", "The specified operation does not exist.")
            .on("BatchAccount"));
    };
    let done = Moment(found.hidden["done"].as_i64().unwrap_or(0));
    if done <= world.now {
        return match Trouble::deserialize(&found.hidden["failure"]) {
            Ok(Trouble { code, message }) => Err(Failure::arm(409, &code, message).on("BatchAccount")),
            Err(_) => Ok(Answer::empty(200)),
        };
    }
    let id = found.id.clone();
    Ok(pending(world, call, &id, done))
}
