//! `pool/formula-too-long`: a formula that Azure takes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::formula::{statements, without_comments};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/formula-too-long"),
    facts: &["B60"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A formula has at most 100 statements, and at most 8 KB with its comments.",
    why: "Azure refuses the pool otherwise (400 AutoScalingFormulaTooLong).",
    example: "scaleSettings:\n  autoScale:\n    formula: |\n      a1 = 1;\n      // … and 100 more\n      $TargetDedicatedNodes = a1;",
    mend: "scaleSettings:\n  autoScale:\n    formula: |\n      $TargetDedicatedNodes = 1;",
    source: "Microsoft, \"Automatically scale compute nodes in an Azure Batch pool\"; Azure Batch error codes",
    check,
};

/// Azure's limits.
const MOST_STATEMENTS: usize = 100;
const MOST_BYTES: usize = 8 * 1024;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(auto) = pool.spec.scale_settings.as_ref().and_then(|scale| scale.auto_scale.as_ref()) else {
            continue;
        };
        let (bytes, statements) = (auto.formula.len(), statements(&without_comments(&auto.formula)));
        let message = if statements > MOST_STATEMENTS {
            format!("the formula has {statements} statements, and Azure takes {MOST_STATEMENTS}")
        } else if bytes > MOST_BYTES {
            format!("the formula has {bytes} bytes, and Azure takes {MOST_BYTES}")
        } else {
            continue;
        };
        let place = key(pool.entry, &["scaleSettings", "autoScale", "formula"]);
        found.push(
            RULE.found(place, message).help("write several steps as one expression, or leave some out"),
        );
    }
}
