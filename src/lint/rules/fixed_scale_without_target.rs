//! `pool/fixed-scale-without-target`: a scale says how many.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/fixed-scale-without-target"),
    facts: &["B57"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "`scaleSettings` says how many nodes are wanted: a number of dedicated or of Spot nodes, or a formula.",
    why: "Azure wants one of them. Where it takes the pool all the same, the pool has no nodes. A pool that something else scales has no `scaleSettings` at all.",
    example: "scaleSettings: { fixedScale: { resizeTimeout: PT30M } }",
    mend: "scaleSettings: { fixedScale: { targetDedicatedNodes: 4, resizeTimeout: PT30M } }",
    source: "Microsoft.Batch management contract 2024-07-01, ScaleSettings and FixedScaleSettings",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(scale) = &pool.spec.scale_settings else { continue };
        let (route, message): (&[&str], _) = match (&scale.fixed_scale, &scale.auto_scale) {
            (Some(fixed), _)
                if fixed.target_dedicated_nodes.or(fixed.target_low_priority_nodes).is_none() =>
            {
                (&["scaleSettings", "fixedScale"], "`fixedScale` says no number of nodes")
            }
            (None, None) => {
                (&["scaleSettings"], "`scaleSettings` says neither a number of nodes nor a formula")
            }
            _ => continue,
        };
        found.push(
            RULE.found(key(pool.entry, route), message)
                .help("write `targetDedicatedNodes` or `targetLowPriorityNodes`; 0 is a number too"),
        );
    }
}
