//! `pool/only-spot-nodes`: a node that Azure does not take away.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/only-spot-nodes"),
    facts: &["B71"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool of fixed size has a dedicated node beside its Spot nodes.",
    why: "Azure may take all Spot nodes away at once, and give none back for as long as it likes. Tasks that were running start again, and where no dedicated node is left none runs. `targetLowPriorityNodes` keeps its name: since low-priority nodes are retired, those are Spot nodes, in both modes of account.",
    example: "scaleSettings: { fixedScale: { targetLowPriorityNodes: 40 } }",
    mend: "scaleSettings: { fixedScale: { targetDedicatedNodes: 2, targetLowPriorityNodes: 40 } }",
    source: "Microsoft, \"Use Spot compute nodes with Batch\"; Azure/Batch#196",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let fixed = pool.spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref());
        let Some(fixed) = fixed else { continue };
        let spot = fixed.target_low_priority_nodes.unwrap_or(0);
        if spot == 0 || fixed.target_dedicated_nodes.unwrap_or(0) > 0 {
            continue;
        }
        let place = pool.entry.place_at(&["scaleSettings", "fixedScale", "targetLowPriorityNodes"]);
        found.push(
            RULE.found(place, "all nodes of this pool are Spot nodes, which Azure may take away together")
                .help("add `targetDedicatedNodes: 1` or more if work must go on then"),
        );
    }
}
