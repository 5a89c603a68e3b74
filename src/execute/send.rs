//! Sends one write: reads again what planning saw, and sends only if that has not moved.
//! Chooses nothing: the request and what must hold are the step's; here is known only which refusals are no failure.

use std::time::Duration;

use serde_json::Value;

use crate::azure::error::AzureError;
use crate::azure::poll::{Accepted, accepted};
use crate::azure::write::Condition;
use crate::execute::context::{Context, Live, failed};
use crate::execute::move_jobs;
use crate::model::outcome::Ended;
use crate::model::request::{Method, Request};
use crate::model::step::{Guard, StepId};

/// For so long a refusal is taken for one that passes, and so long is waited between two tries.
const PASSES_WITHIN: Duration = Duration::from_mins(2);
const PAUSE: Duration = Duration::from_secs(10);

/// Runs the step. With the ending comes what Azure said about the operation it began, if it began one.
pub(in crate::execute) async fn send(
    step: &StepId,
    request: &Request,
    guard: &Guard,
    context: &Context,
) -> (Ended, Option<Accepted>) {
    let condition = match check(request, guard, context).await {
        Ok(condition) => condition,
        Err(ended) => return (ended, None),
    };
    let on_retry = |why: &str, after: Duration| context.tell_retry(step, why, after);
    let begun = context.timer.now();
    loop {
        if context.cancel.is_stopping() {
            return (Ended::Cancelled, None);
        }
        let error = match context.client.send(request, &condition, Some(&on_retry)).await {
            Ok(answer) => {
                context.reads.forget(&request.path).await;
                return (Ended::Done(None), Some(accepted(&answer)));
            }
            Err(error) => error,
        };
        if let Some(why) = passing(request.method, error.code())
            && context.timer.now().saturating_sub(begun) < PASSES_WITHIN
        {
            on_retry(why, PAUSE);
            if context.pause(PAUSE).await {
                continue;
            }
            return (Ended::Cancelled, None);
        }
        let live = match error.status() {
            Some(409) => context.read(guard.read()).await.ok(),
            _ => None,
        };
        // What it should end may have ended at that moment.
        if live.as_ref().is_some_and(|live| guard.is_met(live.body.as_ref())) {
            return (Ended::Done(Some("it was not needed any more".to_owned())), None);
        }
        return (refused(request, guard, &error, live.as_ref()), None);
    }
}

/// Why Azure refuses now what it will take soon, if it is such a refusal.
fn passing(method: Method, code: Option<&str>) -> Option<&'static str> {
    match (method, code?) {
        // A parent goes on saying that it has children for 10 to 20 seconds after the last one is gone
        // (azure-rest-api-specs#19686).
        (Method::Delete, "CannotDeleteResource") => Some("Azure still sees something inside it"),
        // Who was made a moment ago is not known everywhere yet.
        (Method::Put, "PrincipalNotFound") => Some("the directory does not know the principal yet"),
        _ => None,
    }
}

/// Reads what the guard names; the condition to send with, or how the step ends without sending.
async fn check(request: &Request, guard: &Guard, context: &Context) -> Result<Condition, Ended> {
    let live = context.read(guard.read()).await.map_err(|error| failed(&error))?;
    if request.method == Method::Delete && live.body.is_none() {
        return Err(Ended::Done(Some("it was already gone".to_owned())));
    }
    if guard.is_met(live.body.as_ref()) {
        return Err(Ended::Done(Some("it was not needed any more".to_owned())));
    }
    if let Guard::Unchanged { moved: Some(jobs), .. } = guard
        && let Some(what) = move_jobs::remaining(jobs, context).await.map_err(|error| failed(&error))?
    {
        // Nobody has agreed to move it yet.
        let error = format!("{what} names it again; the next run moves it");
        return Err(Ended::Failed { error, request_id: None });
    }
    if let Some(what) = guard.moved(live.body.as_ref()) {
        return Err(Ended::Moved { what });
    }
    if let Guard::Unchanged { empty: Some(list), .. } = guard {
        emptied(list, context).await?;
    }
    Ok(match guard {
        Guard::Absent { header: true, .. } => Condition::Absent,
        Guard::Unchanged { etag: true, .. } => live.etag.map_or(Condition::Always, Condition::Unchanged),
        Guard::Absent { header: false, .. } | Guard::Unchanged { etag: false, .. } => Condition::Always,
    })
}

/// Whatever is in the list would go along. Azure goes on listing for a while what has just gone.
async fn emptied(list: &Request, context: &Context) -> Result<(), Ended> {
    let begun = context.timer.now();
    loop {
        let listed = match context.client.read().list(list).await {
            Err(error) if error.is_not_found() => return Ok(()),
            listed => listed.map_err(|error| failed(&error))?,
        };
        let Some(first) = listed.first() else { return Ok(()) };
        if context.timer.now().saturating_sub(begun) >= PASSES_WITHIN {
            let name = first.get("id").and_then(Value::as_str).unwrap_or("something");
            return Err(Ended::Moved { what: format!("{name} is in it, and would go along") });
        }
        if !context.pause(PAUSE).await {
            return Err(Ended::Cancelled);
        }
    }
}

/// How the step ends when Azure has refused its write; `live` is what was read after a conflict.
fn refused(request: &Request, guard: &Guard, error: &AzureError, live: Option<&Live>) -> Ended {
    if request.method == Method::Delete && error.is_not_found() {
        return Ended::Done(Some("it was already gone".to_owned()));
    }
    let exists = matches!(guard, Guard::Absent { .. })
        && error.status() == Some(409)
        && error.code().is_some_and(|code| code.ends_with("Exists"));
    if error.status() != Some(412) && !exists {
        return failed(error);
    }
    // What exists may bear another name: Azure takes a role assignment once, under whatever name.
    let elsewhere = exists && live.is_some_and(|live| live.body.is_none());
    if error.may_have_been_done() && !elsewhere {
        // Our own first try, whose answer was lost, is what stands in the way of the second.
        return Ended::Done(Some("the connection broke, but Azure had carried it out".to_owned()));
    }
    Ended::Moved { what: "somebody else changed it at the same moment".to_owned() }
}
