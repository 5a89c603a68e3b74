//! `pool/fixed-and-auto-scale`: a number of nodes, or a formula.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/fixed-and-auto-scale"),
    facts: &["B57"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool has either a fixed number of nodes or a formula.",
    why: "Azure refuses a pool with both (400). Maps merge: a formula in a profile and a number in the pool that names it are both.",
    example: "profiles:\n  burst:\n    scaleSettings: { autoScale: { formula: \"$TargetDedicatedNodes = 4;\" } }\npools:\n  - id: render\n    profile: burst\n    scaleSettings: { fixedScale: { targetDedicatedNodes: 4 } }",
    mend: "    scaleSettings: { autoScale: , fixedScale: { targetDedicatedNodes: 4 } }",
    source: "Microsoft.Batch management contract 2024-07-01, ScaleSettings",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(scale) = &pool.spec.scale_settings else { continue };
        if scale.fixed_scale.is_none() || scale.auto_scale.is_none() {
            continue;
        }
        let at = |sort: &str| key(pool.entry, &["scaleSettings", sort]);
        found.push(
            RULE.found(at("fixedScale"), "a pool has `fixedScale` or `autoScale`, and this one has both")
                .also(at("autoScale"), "the other")
                .help("take one out; one that comes from a profile goes with `autoScale:` and nothing behind it"),
        );
    }
}
