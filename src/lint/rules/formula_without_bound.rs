//! `pool/formula-without-bound`: a formula with an end.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::formula::{calls, without_comments};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/formula-without-bound"),
    facts: &["B61"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Files,
    checks: "A formula that reckons with waiting or running tasks has a bound: `min(…)` in it, or `maxNodes` on the pool.",
    why: "A formula that follows the number of tasks asks for as many nodes as there are tasks: the quota of the account is the only bound, and the bill follows. Replicas are reckoned from `maxNodes` too.",
    example: "scaleSettings:\n  autoScale: { formula: \"$TargetDedicatedNodes = $PendingTasks.GetSample(1);\" }",
    mend: "maxNodes: 40\nscaleSettings:\n  autoScale: { formula: \"$TargetDedicatedNodes = min(40, $PendingTasks.GetSample(1));\" }",
    source: "the samples of Microsoft, \"Automatically scale compute nodes in an Azure Batch pool\", which all have a bound",
    check,
};

/// What grows without an end: how many tasks there are, and how many nodes there were.
const GROWING: [&str; 6] = [
    "$activetasks",
    "$runningtasks",
    "$pendingtasks",
    "$currentdedicatednodes",
    "$currentlowprioritynodes",
    "$usablenodecount",
];

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let auto = pool.spec.scale_settings.as_ref().and_then(|scale| scale.auto_scale.as_ref());
        let Some(auto) = auto.filter(|_| pool.spec.max_nodes.is_none()) else { continue };
        let formula = without_comments(&auto.formula).to_ascii_lowercase();
        // A condition can be a bound too: `tasks > 9 ? 9 : tasks`.
        if calls(&formula, "min") || formula.contains('?') {
            continue;
        }
        if !GROWING.iter().any(|name| formula.contains(name)) {
            continue;
        }
        let place = key(pool.entry, &["scaleSettings", "autoScale", "formula"]);
        let message = "nothing bounds the nodes that this formula asks for: it has no `min(…)`, and the pool no `maxNodes`";
        found.push(
            RULE.found(place, message)
                .help("write `min(400, …)` in the formula, and `maxNodes: 400` on the pool"),
        );
    }
}
