//! Which step may start, and what becomes of the others when one ends. Plain data: knows no threads, no time, no Azure.
//! Deterministic: the same endings in the same order give the same starts, in the plan's order.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::outcome::Ended;
use crate::model::step::{Run, Step, StepId};

/// The steps of a plan and how far each is.
#[derive(Debug)]
pub(in crate::execute) struct Queue {
    /// In the plan's order.
    steps: Vec<Entry>,
    places: BTreeMap<StepId, usize>,
    /// By the place of a step: those that look at how it ends.
    followers: Vec<Vec<usize>>,
    /// The steps whose verdict may be another than when they were last looked at.
    stirred: BTreeSet<usize>,
    /// Those that may start.
    startable: BTreeSet<usize>,
    /// What ended because it cannot start any more, and was not yet told.
    untold: Vec<(StepId, Ended)>,
}

#[derive(Debug)]
struct Entry {
    id: StepId,
    after: Vec<StepId>,
    run: Run,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting,
    Running,
    Ended(Ended),
}

/// What stands between a step and its start.
enum Verdict {
    Start,
    Wait,
    End(Ended),
}

impl Queue {
    /// A queue in which nothing has started.
    pub(in crate::execute) fn new(steps: &[Step]) -> Self {
        let entry = |step: &Step| Entry {
            id: step.id.clone(),
            after: step.after.clone(),
            run: step.run.clone(),
            state: State::Waiting,
        };
        let steps: Vec<Entry> = steps.iter().map(entry).collect();
        let places: BTreeMap<StepId, usize> =
            steps.iter().enumerate().map(|(place, entry)| (entry.id.clone(), place)).collect();
        let mut followers = vec![Vec::new(); steps.len()];
        for (place, entry) in steps.iter().enumerate() {
            let triggers = match &entry.run {
                Run::OnFailure(triggers) => triggers.as_slice(),
                Run::Always => &[],
            };
            for other in entry.after.iter().chain(triggers).filter_map(|id| places.get(id)) {
                followers[*other].push(place);
            }
        }
        let stirred = (0..steps.len()).collect();
        let (startable, untold) = (BTreeSet::new(), Vec::new());
        let mut queue = Self { steps, places, followers, stirred, startable, untold };
        queue.look();
        queue
    }

    /// Ends what cannot start any more, and says what ended how; repeat-free, each after what it hung on.
    pub(in crate::execute) fn settle(&mut self) -> Vec<(StepId, Ended)> {
        self.look();
        std::mem::take(&mut self.untold)
    }

    /// Looks again at the steps whose verdict may have changed: a plan of thousands of steps has as many endings, and
    /// going through all of them at each would take longer than Azure does.
    fn look(&mut self) {
        while let Some(place) = self.stirred.pop_first() {
            if !matches!(self.steps[place].state, State::Waiting) {
                continue;
            }
            match self.verdict(place) {
                Verdict::Wait => {}
                Verdict::Start => {
                    self.startable.insert(place);
                }
                Verdict::End(how) => {
                    self.steps[place].state = State::Ended(how.clone());
                    self.stirred.extend(&self.followers[place]);
                    self.untold.push((self.steps[place].id.clone(), how));
                }
            }
        }
    }

    /// The places, in the plan, of the steps that may start now.
    pub(in crate::execute) fn ready(&self) -> Vec<usize> {
        self.startable.iter().copied().collect()
    }

    /// The step has started.
    pub(in crate::execute) fn start(&mut self, place: usize) {
        self.startable.remove(&place);
        self.steps[place].state = State::Running;
    }

    /// The step has ended.
    pub(in crate::execute) fn end(&mut self, id: &StepId, how: Ended) {
        if let Some(place) = self.places.get(id) {
            self.steps[*place].state = State::Ended(how);
            self.stirred.extend(&self.followers[*place]);
        }
    }

    /// Ends everything that has not started. What cannot start because of a failure keeps saying so.
    pub(in crate::execute) fn end_rest(&mut self, how: &Ended) -> Vec<(StepId, Ended)> {
        let mut ended = self.settle();
        self.startable.clear();
        for entry in &mut self.steps {
            if matches!(entry.state, State::Waiting) {
                entry.state = State::Ended(how.clone());
                ended.push((entry.id.clone(), how.clone()));
            }
        }
        ended
    }

    fn verdict(&self, place: usize) -> Verdict {
        let entry = &self.steps[place];
        if let Run::OnFailure(triggers) = &entry.run {
            // The step has not done its work, and will not in this run.
            let has_failed = |how: &Ended| {
                matches!(how, Ended::Failed { .. } | Ended::Moved { .. } | Ended::StillRunning { .. })
            };
            let is_open =
                |trigger: &StepId| self.ending(trigger).is_none() && self.places.contains_key(trigger);
            if !triggers.iter().filter_map(|trigger| self.ending(trigger)).any(has_failed) {
                let open = triggers.iter().any(is_open);
                return if open { Verdict::Wait } else { Verdict::End(Ended::NotNeeded) };
            }
        }
        let mut all_done = true;
        for needed in &entry.after {
            match self.ending(needed) {
                Some(Ended::Done(_)) => {}
                Some(Ended::Skipped { because }) => {
                    return Verdict::End(Ended::Skipped { because: because.clone() });
                }
                Some(how @ (Ended::Cancelled | Ended::NotNeeded)) => return Verdict::End(how.clone()),
                Some(Ended::Failed { .. } | Ended::Moved { .. } | Ended::StillRunning { .. }) => {
                    return Verdict::End(Ended::Skipped { because: needed.clone() });
                }
                None if self.places.contains_key(needed) => all_done = false,
                // The plan's check refuses such a plan; if one comes anyway, nothing is sent out of order.
                None => return Verdict::End(Ended::Skipped { because: needed.clone() }),
            }
        }
        if all_done { Verdict::Start } else { Verdict::Wait }
    }

    fn ending(&self, id: &StepId) -> Option<&Ended> {
        match &self.steps[*self.places.get(id)?].state {
            State::Ended(how) => Some(how),
            State::Waiting | State::Running => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::address::Address;
    use crate::model::request::Request;
    use crate::model::resource_id::ResourceId;
    use crate::model::step::{Milestone, Work};
    use crate::model::wait::{Condition, Late, Wait};

    fn id(what: &str) -> StepId {
        StepId::new(&Address::new("thing", ["one"]), what)
    }

    fn step(what: &str, after: &[&str], run: Run) -> Step {
        let read = Request::get(&ResourceId::new("s", "g", "N", "t", "n"), "v");
        let wait = Wait {
            read,
            until: Condition::Settled,
            interval: Duration::from_secs(1),
            deadline: Duration::from_secs(9),
            operation_of: None,
            late: Late::StillRunning,
        };
        Step {
            id: id(what),
            address: Address::new("thing", ["one"]),
            milestone: Milestone::Settled,
            work: Work::Wait(wait),
            after: after.iter().map(|what| id(what)).collect(),
            run,
        }
    }

    fn failed() -> Ended {
        Ended::Failed { error: "no".to_owned(), request_id: None }
    }

    #[test]
    fn steps_start_when_all_they_come_after_is_done() {
        let mut queue = Queue::new(&[
            step("c", &["a", "b"], Run::Always),
            step("a", &[], Run::Always),
            step("b", &[], Run::Always),
        ]);
        assert_eq!(queue.ready(), [1, 2]);
        queue.start(1);
        assert_eq!(queue.ready(), [2]);
        queue.end(&id("a"), Ended::Done(None));
        queue.start(2);
        queue.end(&id("b"), Ended::Done(None));
        assert!(queue.settle().is_empty());
        assert_eq!(queue.ready(), [0]);
    }

    #[test]
    fn a_failure_skips_what_hangs_on_it_with_its_root_and_nothing_else() {
        let mut queue = Queue::new(&[
            step("last", &["next"], Run::Always),
            step("next", &["a"], Run::Always),
            step("a", &[], Run::Always),
            step("other", &[], Run::Always),
        ]);
        queue.start(2);
        queue.end(&id("a"), failed());
        let because = || Ended::Skipped { because: id("a") };
        assert_eq!(queue.settle(), [(id("next"), because()), (id("last"), because())]);
        assert_eq!(queue.ready(), [3]);
    }

    #[test]
    fn a_remedy_runs_on_failure_only() {
        let plan = [
            step("a", &[], Run::Always),
            step("remedy", &[], Run::OnFailure(vec![id("a")])),
            step("after the remedy", &["remedy"], Run::Always),
        ];
        let mut queue = Queue::new(&plan);
        assert_eq!(queue.ready(), [0]);
        queue.start(0);
        queue.end(&id("a"), failed());
        assert!(queue.settle().is_empty());
        assert_eq!(queue.ready(), [1]);

        let mut queue = Queue::new(&plan);
        queue.start(0);
        queue.end(&id("a"), Ended::Done(None));
        let ended = queue.settle();
        assert_eq!(ended, [(id("remedy"), Ended::NotNeeded), (id("after the remedy"), Ended::NotNeeded)]);
    }

    #[test]
    fn stopping_ends_what_has_not_started_and_keeps_the_reasons() {
        let mut queue = Queue::new(&[
            step("a", &[], Run::Always),
            step("b", &["a"], Run::Always),
            step("c", &[], Run::Always),
        ]);
        queue.start(0);
        queue.end(&id("a"), failed());
        let ended = queue.end_rest(&Ended::Cancelled);
        assert_eq!(ended, [(id("b"), Ended::Skipped { because: id("a") }), (id("c"), Ended::Cancelled)]);
    }

    #[test]
    fn a_step_after_something_that_is_not_in_the_plan_is_not_sent() {
        let mut queue = Queue::new(&[step("a", &["nowhere"], Run::Always)]);
        assert!(queue.ready().is_empty());
        assert_eq!(queue.settle(), [(id("a"), Ended::Skipped { because: id("nowhere") })]);
    }
}
