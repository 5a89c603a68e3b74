//! The rules of the field: what people learn from a failed resize hours later, said before anything is
//! written: of the files by themselves, and of files and Azure once that was looked at.
//! Reports and changes nothing, and reads nothing from Azure itself. What a rule may see is in `subject`.
//!
//! To add a rule: a file in `rules/` with its `RULE`, a line in [`rules::ALL`], and its cases: in `tests/diag/`, or in
//! `tests/preflight/` where it needs Azure. The page
//! `docs/rules.md` and `explain` print what stands in the rule.

pub mod azure;
pub mod booted;
pub mod control;
mod cores;
pub mod coverage;
mod day;
mod formula;
mod inbound;
mod node_agent;
pub mod page;
mod permission;
mod places;
mod replicas;
pub mod rule;
pub mod rules;
mod size_facts;
mod source_disks;
mod source_facts;
pub mod sources;
pub mod subject;
mod supported_agents;
mod vm_cores;
mod vm_size;

use std::collections::BTreeSet;

use crate::diag::Report;
use crate::lint::azure::Azure;
use crate::lint::control::Control;
use crate::lint::rule::Rule;
use crate::lint::subject::Subject;

/// Holds a stack against every rule. `strict`: a warning is an error, unless nobody has proof of it.
pub fn lint(subject: &Subject<'_>, strict: bool, report: &mut Report) {
    let mut control = Control::of(subject.stack, strict);
    control.check(report);
    for rule in rules::ALL {
        if control.is_off(rule.code.0) {
            continue;
        }
        let mut found = Vec::new();
        if let Some(azure) = &subject.azure {
            azure.runs(rule.code);
        }
        (rule.check)(subject, &mut found);
        // What stands in a profile is wrong once, however many pools have it from there.
        let mut said = BTreeSet::new();
        found.retain(|diagnostic| said.insert((diagnostic.place(), diagnostic.message.clone())));
        for diagnostic in found {
            if let Some(diagnostic) = control.admit(rule, diagnostic) {
                report.push(diagnostic);
            }
        }
    }
    let not_checked = subject.azure.as_ref().map(Azure::not_checked).unwrap_or_default();
    let blind = not_checked.iter().flat_map(|gap| &gap.rules).map(|rule| rule.0).collect();
    control.unused(subject.azure.is_some(), &blind, report);
}

/// The rule of a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    rules::ALL.iter().copied().find(|rule| rule.code.0 == code)
}
