//! Carries out the steps of a plan, as many at a time as their order allows, and tells what happens.
//! Decides nothing but late values: every write, its guard and its order are in the plan.

pub mod cancel;
mod context;
mod move_jobs;
mod queue;
mod send;
mod shared_reads;
mod upload;
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::azure::poll::Accepted;
use crate::azure::timer::Timer;
use crate::azure::write::Write;
use crate::execute::cancel::Cancel;
use crate::execute::context::Context;
use crate::execute::queue::Queue;
use crate::execute::shared_reads::SharedReads;
use crate::model::event::Event;
use crate::model::outcome::{Ended, Outcome};
use crate::model::step::{Step, StepId, Work};

/// How much at a time, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Writes in flight at a time. Waits are not counted: they hardly do anything.
    pub writes: usize,
    /// After this long nothing new begins, and what is waited for counts as still running.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        // ARM refills 10 writes a second; 16 at a time stay well below that, since a write takes about two.
        Self { writes: 16, time: None }
    }
}

/// Where a running step's ending is kept until all are in.
struct Running {
    is_write: bool,
    begun: Duration,
}

type Finished = (StepId, Ended, Option<Accepted>);

/// Carries out `steps` and returns how each ended.
///
/// `sink` hears of everything as it happens, in an order in which a step starts before it ends. The first word to stop
/// lets the requests in flight be answered; the second drops them.
pub async fn execute(
    steps: &[Step],
    client: &Write,
    timer: &Arc<dyn Timer>,
    sink: &(dyn Fn(Event) + Sync),
    cancel: &Cancel,
    limits: &Limits,
) -> Outcome {
    let (events, mut told) = mpsc::unbounded_channel();
    let context = Context {
        client: client.clone(),
        timer: Arc::clone(timer),
        events,
        cancel: cancel.clone(),
        reads: Arc::new(SharedReads::default()),
        end: limits.time.map(|time| timer.now() + time),
    };
    let mut run = PlanRun {
        steps,
        queue: Queue::new(steps),
        running: BTreeMap::new(),
        accepted: BTreeMap::new(),
        outcome: Outcome::default(),
        sink,
        tasks: JoinSet::new(),
    };
    let mut stopping = false;
    loop {
        let over = context.end.is_some_and(|end| timer.now() >= end);
        if !stopping && !over {
            run.start_ready(&context, limits);
        }
        if run.tasks.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            () = cancel.stopped() => {
                run.drop_all(timer.now());
            }
            () = cancel.stopping(), if !stopping => {
                stopping = true;
                sink(Event::Stopping);
            }
            Some(event) = told.recv() => sink(event),
            Some(joined) = run.tasks.join_next() => {
                while let Ok(event) = told.try_recv() {
                    sink(event);
                }
                run.finish(joined, timer.now());
            }
        }
    }
    run.end_running(timer.now(), "this is a bug in poolwright: the step came to no end");
    run.end_rest();
    run.outcome.interrupted = cancel.is_stopping();
    run.outcome
}

/// A plan under way.
struct PlanRun<'a> {
    steps: &'a [Step],
    queue: Queue,
    running: BTreeMap<StepId, Running>,
    /// What Azure said when it accepted a write, for the wait that follows its operation.
    accepted: BTreeMap<StepId, Accepted>,
    outcome: Outcome,
    sink: &'a (dyn Fn(Event) + Sync),
    tasks: JoinSet<Finished>,
}

impl PlanRun<'_> {
    /// Starts what may start, and ends what cannot start any more.
    fn start_ready(&mut self, context: &Context, limits: &Limits) {
        for (step, how) in self.queue.settle() {
            self.record(step, how, Duration::ZERO);
        }
        let mut writes = self.running.values().filter(|running| running.is_write).count();
        for place in self.queue.ready() {
            let step = &self.steps[place];
            let is_write = matches!(step.work, Work::Send { .. });
            if is_write && writes >= limits.writes.max(1) {
                continue;
            }
            writes += usize::from(is_write);
            self.queue.start(place);
            self.running.insert(step.id.clone(), Running { is_write, begun: context.timer.now() });
            (self.sink)(Event::Started { step: step.id.clone() });
            let (step, context) = (step.clone(), context.clone());
            let accepted = match &step.work {
                Work::Wait(wait) => {
                    wait.operation_of.as_ref().and_then(|write| self.accepted.get(write)).cloned()
                }
                Work::Send { .. } | Work::MoveJobs(_) | Work::Upload(_) => None,
            };
            self.tasks.spawn(async move {
                match &step.work {
                    Work::Send { request, guard } => {
                        let (how, accepted) = send::send(&step.id, request, guard, &context).await;
                        (step.id, how, accepted)
                    }
                    Work::MoveJobs(jobs) => {
                        let how = move_jobs::move_jobs(&step.id, jobs, &context).await;
                        (step.id, how, None)
                    }
                    Work::Upload(upload) => {
                        let how = upload::upload(&step.id, upload, &context).await;
                        (step.id, how, None)
                    }
                    Work::Wait(wait) => {
                        let how = wait::wait(&step.id, wait, accepted, &context).await;
                        (step.id, how, None)
                    }
                }
            });
        }
    }

    /// Takes in the ending of a step.
    fn finish(&mut self, joined: Result<Finished, tokio::task::JoinError>, now: Duration) {
        // A task that panicked has no ending; it is accounted for when nothing runs any more.
        let Ok((step, how, accepted)) = joined else { return };
        if let Some(accepted) = accepted {
            self.accepted.insert(step.clone(), accepted);
        }
        let took =
            self.running.remove(&step).map_or(Duration::ZERO, |running| now.saturating_sub(running.begun));
        self.queue.end(&step, how.clone());
        self.record(step, how, took);
    }

    /// Stops without waiting for anything.
    fn drop_all(&mut self, now: Duration) {
        // Dropping a `JoinSet` aborts its tasks.
        self.tasks = JoinSet::new();
        self.end_running(now, "stopped while the request was under way; Azure may have carried it out");
        self.end_rest();
    }

    fn end_rest(&mut self) {
        for (step, how) in self.queue.end_rest(&Ended::Cancelled) {
            self.record(step, how, Duration::ZERO);
        }
    }

    fn end_running(&mut self, now: Duration, why: &str) {
        for (step, running) in std::mem::take(&mut self.running) {
            let how = if running.is_write {
                Ended::Failed { error: why.to_owned(), request_id: None }
            } else {
                Ended::StillRunning { progress: "not looked at again".to_owned() }
            };
            self.queue.end(&step, how.clone());
            self.record(step, how, now.saturating_sub(running.begun));
        }
    }

    fn record(&mut self, step: StepId, how: Ended, took: Duration) {
        (self.sink)(Event::Ended { step: step.clone(), how: how.clone(), took });
        self.outcome.steps.insert(step, how);
    }
}

#[cfg(test)]
mod tests;
