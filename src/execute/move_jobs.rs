//! Carries out a move of jobs: lists them, sends what comes next for each, and lists again until nothing does.
//! What comes next is the move's own knowledge (`model::job_move`).

use std::collections::BTreeMap;

use serde_json::Value;

use crate::azure::error::AzureError;
use crate::azure::write::Condition;
use crate::execute::context::{Context, failed};
use crate::execute::wait::passes;
use crate::model::job_move::{JobMove, Next, Sort};
use crate::model::outcome::Ended;
use crate::model::request::Request;
use crate::model::step::StepId;
use crate::model::wait::Progress;

/// Runs the step.
pub(in crate::execute) async fn move_jobs(step: &StepId, jobs: &JobMove, context: &Context) -> Ended {
    let begun = context.timer.now();
    let mut progress = Progress { words: "not looked at yet".to_owned(), ..Progress::default() };
    let mut refused = BTreeMap::new();
    loop {
        let over = context.end.is_some_and(|end| context.timer.now() >= end);
        let late = context.timer.now().saturating_sub(begun) >= jobs.deadline;
        if context.cancel.is_stopping() || over || late {
            return Ended::StillRunning { progress: progress.in_words() };
        }
        match round(jobs, &mut refused, context).await {
            Ok(Round { open: 0, stuck: None, .. }) => return Ended::Done(None),
            Ok(Round { open: 0, stuck: Some(error), .. }) => {
                return Ended::Failed { error, request_id: None };
            }
            Ok(Round { sent, words, .. }) => {
                progress.words = words;
                context.tell_progress(step, &progress);
                if !sent {
                    context.pause(jobs.interval).await;
                }
            }
            Err(error) if passes(&error) => {
                "Azure does not answer".clone_into(&mut progress.words);
                context.tell_progress(step, &progress);
                context.pause(jobs.interval).await;
            }
            Err(error) => return failed(&error),
        }
    }
}

/// The first of those that still name the pool that is left, in words; `None` if there is none.
pub(in crate::execute) async fn remaining(
    jobs: &JobMove,
    context: &Context,
) -> Result<Option<String>, AzureError> {
    for (sort, item) in all(jobs, context).await? {
        if jobs.next(sort, &item) != Next::Done {
            return Ok(Some(name(sort, &item)));
        }
    }
    Ok(None)
}

/// What one look has come to.
struct Round {
    /// How many are not done.
    open: usize,
    /// Whether something was sent, so that another look is worth it at once.
    sent: bool,
    /// The first of those that cannot be moved.
    stuck: Option<String>,
    words: String,
}

/// Why Azure will not let one be moved, by its name.
type Refused = BTreeMap<String, String>;

async fn round(jobs: &JobMove, refused: &mut Refused, context: &Context) -> Result<Round, AzureError> {
    let mut round = Round { open: 0, sent: false, stuck: None, words: String::new() };
    for (sort, item) in all(jobs, context).await? {
        let next = jobs.next(sort, &item);
        if let Some(why) = refused.get(&name(sort, &item)).filter(|_| next != Next::Done) {
            round.stuck.get_or_insert(why.clone());
            // It is not left disabled.
            if let Some(request) = jobs.give_back(sort, &item) {
                round.open += 1;
                round.sent |= send(&request, &item, context).await.is_ok();
            }
            continue;
        }
        let words = match next {
            Next::Done => continue,
            Next::Stuck(why) => {
                round.stuck.get_or_insert(format!("{}: {why}", name(sort, &item)));
                continue;
            }
            Next::Wait(what) => what,
            Next::Send(request) => {
                match send(&request, &item, context).await {
                    Ok(()) => round.sent = true,
                    // Somebody was faster: the next look shows how it is now.
                    Err(error) if matches!(error.status(), Some(404 | 409 | 412)) => {}
                    Err(error) if passes(&error) || error.status().is_none() => return Err(error),
                    // The others go on.
                    Err(error) => {
                        let name = name(sort, &item);
                        refused.insert(name.clone(), format!("{name}: {}", error.chain()));
                        round.sent = true;
                    }
                }
                "on its way".to_owned()
            }
        };
        round.open += 1;
        if round.words.is_empty() {
            round.words = format!("{}: {words}", name(sort, &item));
        }
    }
    if round.open > 1 {
        round.words = format!("{} to move, {}", round.open, round.words);
    }
    Ok(round)
}

/// Sends something under the condition that its item is still as it was found.
async fn send(request: &Request, item: &Value, context: &Context) -> Result<(), AzureError> {
    let etag = item.get("eTag").or_else(|| item.get("etag")).and_then(Value::as_str);
    let condition = etag.map_or(Condition::Always, |etag| Condition::Unchanged(etag.to_owned()));
    context.client.send(request, &condition, None).await.map(drop)
}

async fn all(jobs: &JobMove, context: &Context) -> Result<Vec<(Sort, Value)>, AzureError> {
    let mut all = Vec::new();
    for sort in Sort::ALL {
        let items = context.client.read().list(&jobs.list(sort)).await?;
        all.extend(items.into_iter().map(|item| (sort, item)));
    }
    Ok(all)
}

fn name(sort: Sort, item: &Value) -> String {
    format!("{} {}", sort.word(), item.get("id").and_then(Value::as_str).unwrap_or("?"))
}
