//! How a run ended, for people: what was done, what failed and why, and what is left.
//! Prints nothing; returns text.

use std::fmt::Write as _;

use crate::model::outcome::{Ended, Outcome};
use crate::model::plan::Plan;
use crate::render::style::{Paint, clean, wrapped};

/// What helps whoever is not allowed what the plan does.
const PERMITTED: &str =
    "`poolwright access --role-definition` with the same files prints a role with all that it takes.\n";

/// The end of a run.
pub fn outcome(plan: &Plan, outcome: &Outcome, paint: Paint, width: usize) -> String {
    let mut text = String::new();
    let mut counts = Counts::default();
    // In the order of the plan, so that a cause stands before what it kept from running.
    for step in &plan.steps {
        let Some(how) = outcome.steps.get(&step.id) else { continue };
        let said = match how {
            Ended::Done(None) => {
                counts.done += 1;
                None
            }
            Ended::NotNeeded => None,
            Ended::Done(Some(worth_telling)) => {
                counts.done += 1;
                Some(format!("note: {}: {}", step.id, clean(worth_telling)))
            }
            Ended::Failed { error, request_id } => {
                counts.failed += 1;
                let id =
                    request_id.as_ref().map(|id| format!(" (request id {})", clean(id))).unwrap_or_default();
                Some(format!("failed: {}: {}{id}", step.id, clean(error)))
            }
            Ended::Moved { what } => {
                counts.moved += 1;
                Some(format!("moved: {}: {}", step.id, clean(what)))
            }
            Ended::Skipped { because } => {
                counts.skipped += 1;
                Some(format!("skipped: {}: it needs `{because}`", step.id))
            }
            Ended::StillRunning { progress } => {
                counts.running += 1;
                Some(format!("still running: {}: {}; Azure goes on", step.id, clean(progress)))
            }
            Ended::Cancelled => {
                counts.cancelled += 1;
                Some(format!("not begun: {}", step.id))
            }
        };
        for (at, line) in
            said.into_iter().flat_map(|said| wrapped(&said, width.saturating_sub(4))).enumerate()
        {
            let indent = if at == 0 { "" } else { "    " };
            let _ = writeln!(text, "{indent}{line}");
        }
    }
    if outcome.is_complete() {
        let _ = writeln!(text, "{} {}.", paint.added("Done:"), steps(counts.done));
    } else {
        let _ = writeln!(text, "{} {}", paint.removed("Not complete:"), counts.words());
        if outcome.steps.values().any(is_not_permitted) {
            text.push_str(PERMITTED);
        }
    }
    text
}

/// Whether Azure has refused it to whoever signs in.
fn is_not_permitted(how: &Ended) -> bool {
    matches!(how, Ended::Failed { error, .. } if error.contains("AuthorizationFailed"))
}

#[derive(Default)]
struct Counts {
    done: usize,
    failed: usize,
    moved: usize,
    skipped: usize,
    running: usize,
    cancelled: usize,
}

impl Counts {
    fn words(&self) -> String {
        let Self { done, failed, moved, skipped, running, cancelled } = self;
        let all = [
            (*done, "done"),
            (*failed, "failed"),
            (*moved, "moved"),
            (*skipped, "skipped"),
            (*running, "still running"),
            (*cancelled, "not begun"),
        ];
        let said = all.into_iter().filter(|(count, word)| *count > 0 || *word == "done");
        let parts: Vec<String> = said.map(|(count, word)| format!("{count} {word}")).collect();
        let of = done + failed + moved + skipped + running + cancelled;
        format!("of {}, {}.", steps(of), parts.join(", "))
    }
}

fn steps(count: usize) -> String {
    format!("{count} {}", if count == 1 { "step" } else { "steps" })
}
