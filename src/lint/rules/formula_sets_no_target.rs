//! `pool/formula-sets-no-target`: a formula that says how many nodes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::formula::{assigns, without_comments};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/formula-sets-no-target"),
    facts: &["B60"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A formula gives a value to `$TargetDedicatedNodes`, `$TargetLowPriorityNodes` or both.",
    why: "Nothing else in a formula changes the number of nodes: the pool stays as it is, whatever the formula works out.",
    example: "scaleSettings:\n  autoScale: { formula: \"nodes = min(40, avg($PendingTasks.GetSample(1)));\" }",
    mend: "scaleSettings:\n  autoScale: { formula: \"$TargetDedicatedNodes = min(40, avg($PendingTasks.GetSample(1)));\" }",
    source: "Microsoft, \"Automatically scale compute nodes in an Azure Batch pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(auto) = pool.spec.scale_settings.as_ref().and_then(|scale| scale.auto_scale.as_ref()) else {
            continue;
        };
        let formula = without_comments(&auto.formula);
        if ["$TargetDedicatedNodes", "$TargetLowPriorityNodes"].iter().any(|target| assigns(&formula, target))
        {
            continue;
        }
        // As Azure called it in its first versions.
        let old = ["$TargetDedicated", "$TargetLowPriority"].into_iter().find(|old| assigns(&formula, old));
        let help = match old {
            Some(old) => format!("write `{old}Nodes = …` instead of `{old} = …`"),
            None => {
                "end it with `$TargetDedicatedNodes = …;`, or with `$TargetLowPriorityNodes = …;`".to_owned()
            }
        };
        let place = key(pool.entry, &["scaleSettings", "autoScale", "formula"]);
        let message = "the formula gives no value to `$TargetDedicatedNodes` or `$TargetLowPriorityNodes`";
        found.push(RULE.found(place, message).help(help));
    }
}
