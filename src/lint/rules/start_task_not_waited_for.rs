//! `pool/start-task-not-waited-for`: tasks after the start task.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/start-task-not-waited-for"),
    facts: &["B72"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Nodes take tasks when their start task has succeeded: `waitForSuccess` is left out, or true.",
    why: "With false, tasks run beside the start task, and also on nodes where it failed: without what it was to install or to mount.",
    example: "startTask:\n  commandLine: /bin/bash -c 'apt-get update && apt-get install -y ffmpeg'\n  waitForSuccess: false",
    mend: "startTask:\n  commandLine: /bin/bash -c 'apt-get update && apt-get install -y ffmpeg'\n  waitForSuccess: true",
    source: "Microsoft.Batch management contract 2024-07-01, StartTask; Microsoft, \"Azure Batch pool and node errors\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        if pool.spec.start_task.as_ref().and_then(|task| task.wait_for_success) != Some(false) {
            continue;
        }
        let place = pool.entry.place_at(&["startTask", "waitForSuccess"]);
        found.push(
            RULE.found(place, "tasks run on nodes where the start task has not ended, or has failed")
                .help("write `waitForSuccess: true`, unless no task needs what it does"),
        );
    }
}
