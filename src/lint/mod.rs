//! The rules of the field: what people learn from a failed resize hours later, said of the files at once.
//! Reports and changes nothing; asks no Azure. What a rule may see is in `subject`.
//!
//! To add a rule: a file in `rules/` with its `RULE`, a line in [`rules::ALL`], and its cases in `tests/diag/`. The page
//! `docs/rules.md` and `explain` print what stands in the rule.

pub mod azure;
pub mod booted;
mod cores;
pub mod coverage;
mod day;
mod formula;
mod inbound;
mod node_agent;
pub mod page;
mod places;
mod replicas;
pub mod rule;
pub mod rules;
mod source_disks;
pub mod sources;
pub mod subject;
mod vm_cores;
mod vm_size;

use std::collections::BTreeSet;

use crate::diag::{Report, Severity};
use crate::lint::rule::{Confidence, Rule};
use crate::lint::subject::Subject;

/// Holds a stack against every rule. `strict`: a warning is an error, unless nobody has proof of it.
pub fn lint(subject: &Subject<'_>, strict: bool, report: &mut Report) {
    for rule in rules::ALL {
        let mut found = Vec::new();
        if let Some(azure) = &subject.azure {
            azure.runs(rule.code);
        }
        (rule.check)(subject, &mut found);
        // What stands in a profile is wrong once, however many pools have it from there.
        let mut said = BTreeSet::new();
        found.retain(|diagnostic| said.insert((diagnostic.place(), diagnostic.message.clone())));
        for mut diagnostic in found {
            if strict && rule.confidence != Confidence::Inferred && diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
            report.push(diagnostic);
        }
    }
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    rules::ALL.iter().copied().find(|rule| rule.code.0 == code)
}
