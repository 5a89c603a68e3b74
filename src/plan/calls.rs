//! What no write carries and an action brings about: which decisions have such calls, and where their steps stand.
//! What is called is the kind's business.

use crate::model::call::Call;
use crate::model::plan::Action;
use crate::model::request::{Method, Request};
use crate::model::snapshot::{Live, Snapshot};
use crate::model::step::{Guard, Milestone, StepId, Work};
use crate::plan::decide::Decision;
use crate::plan::seen::{as_observed, called, mark_seen};
use crate::plan::steps::Maker;

/// Says in the plan what the calls do.
pub(super) fn explain(decisions: &mut [Decision], snapshot: &Snapshot) {
    for decision in decisions {
        let calls = calls(decision, snapshot);
        decision.course.extend(calls.into_iter().map(|call| call.course));
    }
}

/// The calls that go with what happens to a resource.
fn calls(decision: &Decision, snapshot: &Snapshot) -> Vec<Call> {
    let live = match decision.action {
        Action::Create | Action::Replace => None,
        Action::Update | Action::Adopt | Action::Retry | Action::Delete => decision.live(snapshot),
        Action::Await | Action::Hold | Action::Blocked | Action::Nothing => return Vec::new(),
    };
    let goes = decision.action == Action::Delete;
    let desired = decision.desired.as_ref().filter(|_| !goes).map(|desired| &desired.body);
    decision.kind.calls(&decision.id, desired, live.filter(|live| !live.is_going()))
}

impl Maker<'_> {
    /// The calls that come before the write, or before the deletion. Returns the last of their steps.
    pub(super) fn calls_before(&mut self, decision: &Decision, mut after: Option<StepId>) -> Option<StepId> {
        for call in calls(decision, self.snapshot).into_iter().filter(|call| call.first) {
            let guard = self.before_call(decision);
            let done = format!("{} done", call.name);
            after = Some(self.call(decision, call, guard, &done, after));
        }
        after
    }

    /// Whether it has calls.
    pub(super) fn is_called(&self, decision: &Decision) -> bool {
        !calls(decision, self.snapshot).is_empty()
    }

    /// The calls that come after it: once the resource has settled.
    pub(super) fn calls_after(&mut self, decision: &Decision, before: Option<StepId>) {
        let settled = StepId::new(&decision.address, &Milestone::Settled.to_string());
        let mut after = Some(settled).filter(|settled| self.steps.contains_key(settled)).or(before);
        let calls: Vec<Call> =
            calls(decision, self.snapshot).into_iter().filter(|call| !call.first).collect();
        let last = calls.len().saturating_sub(1);
        for (at, call) in calls.into_iter().enumerate() {
            // What comes last ends in what the kind waits for in any case.
            let done = if at == last { Milestone::Shared.to_string() } else { format!("{} done", call.name) };
            let guard = after_write(decision);
            after = Some(self.call(decision, call, guard, &done, after));
        }
    }

    /// What planning saw: whose it is, and, where the files say how it shall be, what the calls are to change.
    fn before_call(&self, decision: &Decision) -> Guard {
        let kind = decision.kind;
        let live = decision.live(self.snapshot);
        let mut seen = vec![mark_seen(kind, live)];
        let mut read = Request::get(&decision.id, kind.api_version());
        if let (Some(desired), Some(live)) = (&decision.desired, live) {
            seen.extend(called(self.trees.get(kind.name()), live));
            read = as_observed(kind, desired, live);
        }
        Guard::unchanged(read, seen, false)
    }

    /// Posts a call and waits until it is in effect.
    fn call(
        &mut self,
        decision: &Decision,
        call: Call,
        guard: Guard,
        done: &str,
        after: Option<StepId>,
    ) -> StepId {
        let mut request =
            Request::arm(Method::Post, &decision.id, decision.kind.api_version()).with_body(call.body);
        request.path = format!("{}/{}", request.path, call.action);
        let work = Work::Send { request, guard };
        let posted = self.add(decision, call.name, Milestone::Accepted, work, after.into_iter().collect());
        let mut wait = call.done;
        wait.operation_of = Some(posted.clone());
        self.add(decision, done, Milestone::Shared, Work::Wait(wait), vec![posted])
    }
}

/// What is written in this run bears the mark that is written. A call adds to what is there, or takes from it what the
/// plan names: nothing that others do meanwhile is lost by it.
fn after_write(decision: &Decision) -> Guard {
    let kind = decision.kind;
    let written = decision.desired.as_ref();
    let written = written.map(|it| Live { id: it.id.clone(), body: it.body.clone(), companion: None });
    let seen = vec![mark_seen(kind, written.as_ref())];
    Guard::unchanged(Request::get(&decision.id, kind.api_version()), seen, false)
}
