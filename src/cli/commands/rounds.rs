//! Carries a plan out with progress. Where only changes that others have made meanwhile were in the way, it is planned again,
//! and the run goes on if that does nothing that was not agreed to.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressDrawTarget;

use crate::cli::args::inputs::{Format, RunArgs};
use crate::cli::error::Failure;
use crate::cli::session::Session;
use crate::cli::terminal::Terminal;
use crate::diag::{Files, Severity};
use crate::execute::cancel::Cancel;
use crate::execute::{Limits, execute};
use crate::model::outcome::Outcome;
use crate::model::plan::Plan;
use crate::plan::agreed;
use crate::progress::Sink;
use crate::progress::bar::Bars;
use crate::progress::jsonl::{self, JsonLines};
use crate::progress::plain::Plain;
use crate::render::outcome_human;
use crate::render::style::clean;

/// Whoever is overtaken more often than this stands against somebody who writes all the time.
const MOST: usize = 3;

/// What all rounds of a run share.
pub(super) struct Rounds<'a> {
    pub(super) files: &'a Files,
    pub(super) session: &'a Session,
    pub(super) args: &'a RunArgs,
    pub(super) terminal: &'a Terminal,
    pub(super) cancelled: Cancel,
    pub(super) goes_on: &'static str,
}

impl Rounds<'_> {
    /// Carries out `plan`, which was agreed to, and says how it ended. `again` makes the plan anew. Returns what was planned
    /// last, and how all of it ended.
    pub(super) async fn carry_out(
        &self,
        plan: Plan,
        again: impl AsyncFn() -> Result<Plan, Failure>,
    ) -> Result<(Plan, Outcome), Failure> {
        let begun = self.session.timer.now();
        let mut current = Cow::Borrowed(&plan);
        let mut outcome = Outcome::default();
        for round in 1.. {
            let ended = self.round(&current, begun).await;
            let overtaken = ended.was_overtaken();
            outcome = ended.after(outcome);
            if !overtaken || round == MOST {
                break;
            }
            let next = match again().await {
                Ok(next) => next,
                Err(failure) => {
                    self.finished(&outcome);
                    return Err(failure);
                }
            };
            if !self.is_within(&plan, &next) {
                break;
            }
            outcome = Outcome::default().after(outcome);
            current = Cow::Owned(next);
            if current.steps.is_empty() {
                break;
            }
        }
        self.finished(&outcome);
        Ok((current.into_owned(), outcome))
    }

    async fn round(&self, plan: &Plan, begun: Duration) -> Outcome {
        let sink = self.sink();
        let events = Arc::clone(&sink);
        let timer = &self.session.timer;
        let spent = timer.now().saturating_sub(begun);
        let time = self.args.timeout.map(|time| time.saturating_sub(spent));
        let limits = Limits { time, ..Limits::default() };
        let hear = move |event| events.event(&event);
        let write = self.session.write();
        let outcome = execute(&plan.steps, &write, timer, &hear, &self.cancelled, &limits).await;
        sink.finish();
        if self.args.format == Format::Human {
            let Terminal { talk_paint, width, .. } = *self.terminal;
            Terminal::say(&outcome_human::outcome(plan, &outcome, talk_paint, width));
        }
        outcome
    }

    /// Whether the run may go on with a plan, and says so.
    fn is_within(&self, agreed: &Plan, next: &Plan) -> bool {
        let mut beyond = agreed::beyond(agreed, next);
        let errors = next.findings.iter().filter(|finding| finding.severity == Severity::Error);
        beyond.extend(errors.map(|finding| format!("{}: {}", finding.code, finding.message)));
        if !beyond.is_empty() {
            let lines: Vec<String> = beyond.iter().map(|line| clean(line)).collect();
            Terminal::say(&format!(
                "Planned again, it is not what was agreed to:\n  {}\n",
                lines.join("\n  ")
            ));
            return false;
        }
        match self.args.format {
            Format::Human if next.steps.is_empty() => {
                Terminal::say("Planned again: nothing of it is left to do.\n");
            }
            Format::Human => {
                Terminal::say("Planned again: what is left was agreed to, and is carried out.\n");
            }
            Format::Json => Terminal::print(&format!("{}\n", jsonl::planned(next, self.files))),
        }
        true
    }

    fn finished(&self, outcome: &Outcome) {
        match self.args.format {
            Format::Json => Terminal::print(&format!("{}\n", jsonl::finished(outcome))),
            Format::Human if outcome.is_complete() => {}
            Format::Human => Terminal::say(&format!("{}\n", self.goes_on)),
        }
    }

    fn sink(&self) -> Arc<dyn Sink> {
        let paint = self.terminal.talk_paint;
        match self.args.format {
            Format::Json => {
                Arc::new(JsonLines::new(Box::new(move |line| Terminal::print(&format!("{line}\n")))))
            }
            Format::Human if self.terminal.interactive => {
                Arc::new(Bars::new(ProgressDrawTarget::stderr(), paint, self.terminal.width))
            }
            Format::Human => {
                Arc::new(Plain::new(Box::new(move |line| Terminal::say(&format!("{line}\n"))), paint))
            }
        }
    }
}
