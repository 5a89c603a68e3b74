//! Holds the files against the rules once more, with what Azure answers: what `plan` finds before anything is written.
//! Reads, and writes nothing. What it may not read is told as not checked.

use crate::azure::read::Read;
use crate::diag::Report;
use crate::kinds::declared::Stack;
use crate::lint::azure::{Azure, NotChecked};
use crate::lint::{lint, subject::Subject};
use crate::model::facts::Facts;
use crate::model::plan::{Note, NoteKind, Plan};
use crate::model::snapshot::Snapshot;
use crate::model::tenant::{OtherTenant, plainly};
use crate::observe;

/// How the rules are run.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The day it is here, such as `2026-11-25`.
    pub today: String,
    /// The day it is where the resources are, which the emulator decides for itself.
    pub azures_today: String,
    /// Take warnings for errors.
    pub strict: bool,
}

/// What the rules say once Azure was looked at.
#[derive(Debug, Default)]
pub struct Preflight {
    /// All that is found, what the files alone tell among it.
    pub report: Report,
    /// What could not be looked at.
    pub not_checked: Vec<NotChecked>,
}

/// Runs the rules with what was observed. They ask for more, which is read, and run again until they have no question.
pub async fn preflight(stack: &Stack, rules: Rules, snapshot: &Snapshot, read: &Read) -> Preflight {
    let mut facts = Facts::default();
    loop {
        let open = {
            let azure = Azure::new(snapshot, &facts, &rules.azures_today);
            let subject = Subject::of(stack, Some(rules.today.clone()), Some(azure));
            let mut report = Report::default();
            lint(&subject, rules.strict, &mut report);
            let Some(azure) = &subject.azure else { return Preflight::default() };
            let open = azure.open_questions();
            if open.is_empty() {
                // What is an error needs no note for each rule that could not look.
                let is_told = |gap: &NotChecked| {
                    let words = OtherTenant::told_by(&gap.why).map(|other| other.words());
                    words.is_some_and(|words| report.iter().any(|found| found.message == words))
                };
                let not_checked = azure.not_checked().into_iter().filter(|gap| !is_told(gap)).collect();
                return Preflight { report: report.sorted(), not_checked };
            }
            open
        };
        facts.learn(observe::facts::ask(open, read).await);
    }
}

impl Preflight {
    /// Puts into a plan what was not said before.
    pub fn tell(self, plan: &mut Plan, said: &Report) {
        plan.findings = self.report.without(said).collect();
        plan.tell(self.not_checked.iter().map(note));
    }
}

fn note(gap: &NotChecked) -> Note {
    let codes: Vec<&str> = gap.rules.iter().map(|rule| rule.0).collect();
    Note {
        address: None,
        kind: NoteKind::CouldNotCheck,
        text: format!(
            "could not check {}: could not read {}: {}",
            codes.join(", "),
            gap.what,
            plainly(&gap.why)
        ),
        place: None,
    }
}
