//! Carries out one wait: asks Azure again and again until the condition holds, cannot hold any more, or time is up.
//! What holds is judged by the condition itself (`model::wait`) and by the operation's own words (`azure::poll`).

use std::time::Duration;

use crate::azure::error::{AzureError, ErrorBody};
use crate::azure::poll::{Accepted, Poll, location, operation};
use crate::execute::context::{Context, failed};
use crate::model::outcome::Ended;
use crate::model::request::Plane;
use crate::model::step::StepId;
use crate::model::wait::{Condition, Judgement, Late, Progress, Wait};

/// A resource that was there and answers 404 so often in a row has been removed by somebody; once may be a stale read.
const ABSENCES_THAT_COUNT: u32 = 3;

/// Waiting as far as it has come.
struct Waiting<'a> {
    wait: &'a Wait,
    context: &'a Context,
    /// The operation that is still to be asked.
    operation: Option<Accepted>,
    progress: Progress,
    /// How long Azure wants us to wait before the next look, on the timer's clock.
    retry_after: Option<Duration>,
    seen: bool,
    /// Whether the last look has shown a failure that a stale read may show, too.
    doubted: bool,
    absences: u32,
    begun: Duration,
}

/// Runs the wait. `accepted` is what the write's answer said about the operation to follow, if this run sent it.
pub(in crate::execute) async fn wait(
    step: &StepId,
    wait: &Wait,
    accepted: Option<Accepted>,
    context: &Context,
) -> Ended {
    let read = match context.placed(&wait.read).await {
        Ok(read) => read,
        Err(error) => return failed(&error),
    };
    let wait = &Wait { read, ..wait.clone() };
    let operation = accepted.filter(|accepted| accepted.operation.is_some() || accepted.location.is_some());
    let mut waiting = Waiting {
        wait,
        context,
        retry_after: operation
            .as_ref()
            .and_then(|accepted| accepted.retry_after)
            .map(|wall| context.timer.on_this_clock(wall)),
        operation,
        progress: Progress::default(),
        seen: false,
        doubted: false,
        absences: 0,
        begun: context.timer.now(),
    };
    // Azure said when to come for the first time, or else the thing may be there already and costs no waiting.
    let mut pause = waiting.retry_after.take().unwrap_or_default();
    loop {
        let left = waiting.time_left();
        if !pause.is_zero() && !context.pause(pause.min(left)).await {
            return waiting.broken_off();
        }
        if let Some(ended) = waiting.look().await {
            return ended;
        }
        if context.cancel.is_stopping() || waiting.time_left().is_zero() {
            return if waiting.may_go_on() { waiting.late() } else { waiting.broken_off() };
        }
        context.tell_progress(step, &waiting.progress);
        pause = waiting.retry_after.take().unwrap_or(wait.interval);
    }
}

impl Waiting<'_> {
    /// Nobody waits any more, and Azure goes on.
    fn broken_off(&self) -> Ended {
        let progress = self.progress.in_words();
        Ended::StillRunning {
            progress: if progress.is_empty() { "not looked at yet".to_owned() } else { progress },
        }
    }

    /// Whether only this wait's own deadline has passed, and what comes after it does not mind.
    fn may_go_on(&self) -> bool {
        let run_is_over = self.context.end.is_some_and(|end| self.context.timer.now() >= end);
        self.wait.late == Late::GoOn && !self.context.cancel.is_stopping() && !run_is_over
    }

    fn late(&self) -> Ended {
        Ended::Done(Some(format!("{} at the deadline", self.progress.in_words())))
    }

    fn time_left(&self) -> Duration {
        let now = self.context.timer.now();
        let own = (self.begun + self.wait.deadline).saturating_sub(now);
        match self.context.end {
            Some(end) => own.min(end.saturating_sub(now)),
            None => own,
        }
    }

    /// One look at the operation, if there is one to follow, and at the resource.
    async fn look(&mut self) -> Option<Ended> {
        if let Some(accepted) = self.operation.take() {
            match self.ask(&accepted).await {
                Poll::InProgress { retry_after, percent } => {
                    self.operation = Some(accepted);
                    self.retry_after = retry_after.map(|wall| self.context.timer.on_this_clock(wall));
                    // A region is ready long before the operation is, which ends with the last region. Everything else
                    // is not before its operation is, whatever a stale read of the resource says.
                    if !matches!(self.wait.until, Condition::Replicated { .. }) {
                        self.progress = Progress {
                            percent: percent.map(whole),
                            words: "in progress".to_owned(),
                            bytes: None,
                        };
                        return None;
                    }
                }
                Poll::Failed { cancelled, error } => return Some(operation_failed(cancelled, &error)),
                Poll::Succeeded | Poll::Forgotten => {}
            }
        }
        self.look_at_resource().await
    }

    async fn ask(&self, accepted: &Accepted) -> Poll {
        let read = self.context.client.read();
        let plane: &Plane = &self.wait.read.plane;
        match (&accepted.operation, &accepted.location) {
            (Some(link), _) => operation(read.follow(plane, "Azure-AsyncOperation", link).await.as_ref()),
            (None, Some(link)) => location(read.follow(plane, "Location", link).await.as_ref()),
            (None, None) => Poll::Forgotten,
        }
    }

    async fn look_at_resource(&mut self) -> Option<Ended> {
        let Context { client, timer, reads, .. } = self.context;
        // Another wait's answer will do if it is younger than this wait and than half an interval.
        let not_before = self.begun.max(timer.now().saturating_sub(self.wait.interval / 2));
        let whole_list = matches!(self.wait.until, Condition::NodesUsable { .. } | Condition::Listed { .. });
        let body =
            match reads.read(&self.wait.read, whole_list, not_before, client.read(), timer.as_ref()).await {
                Ok(body) => body,
                Err(error) if passes(&error) => {
                    "Azure does not answer".clone_into(&mut self.progress.words);
                    return None;
                }
                Err(error) => return Some(failed(&error)),
            };
        match self.wait.until.judge(body.as_ref()) {
            Judgement::Met(note) => return Some(Ended::Done(note)),
            // A read may still show how it was before the write.
            Judgement::Failed(error) if self.wait.until == Condition::Empty && !self.doubted => {
                self.doubted = true;
                self.progress.words = error;
                return None;
            }
            Judgement::Failed(error) => return Some(Ended::Failed { error, request_id: None }),
            Judgement::NotYet(progress) => (self.progress, self.doubted) = (progress, false),
            // The first answers about a new resource may lack the part that would tell.
            Judgement::Unknown => "Azure does not show it yet".clone_into(&mut self.progress.words),
        }
        if body.is_some() {
            (self.seen, self.absences) = (true, 0);
        } else {
            self.absences += 1;
        }
        (self.seen && self.absences >= ABSENCES_THAT_COUNT)
            .then(|| Ended::Failed { error: "it does not exist any more".to_owned(), request_id: None })
    }
}

/// Errors that say nothing about the resource, and that a wait of an hour outlives.
pub(in crate::execute) fn passes(error: &AzureError) -> bool {
    match error {
        AzureError::NoAnswer { source, .. } => source.is_transient(),
        AzureError::Refused(refusal) => matches!(refusal.status, 408 | 409 | 429 | 500..),
        AzureError::Unexpected { .. } => true,
        AzureError::Auth(_) | AzureError::Endpoint(_) => false,
    }
}

fn operation_failed(cancelled: bool, error: &ErrorBody) -> Ended {
    let ErrorBody { code, message, target: _, details } = error;
    let mut text =
        if cancelled { "Azure cancelled the operation" } else { "the operation failed" }.to_owned();
    let details = details.iter().map(|detail| (detail.key.as_str(), detail.value.as_str()));
    for (name, words) in [(code.as_deref().unwrap_or_default(), message.as_str())].into_iter().chain(details)
    {
        match (name.is_empty(), words.is_empty()) {
            (true, true) => {}
            (false, true) => text = format!("{text}: {name}"),
            (true, false) => text = format!("{text}: {words}"),
            (false, false) => text = format!("{text}: {name}: {words}"),
        }
    }
    Ended::Failed { error: text, request_id: None }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is clamped to 0 to 100 first"
)]
fn whole(percent: f64) -> u8 {
    percent.clamp(0.0, 100.0) as u8
}
