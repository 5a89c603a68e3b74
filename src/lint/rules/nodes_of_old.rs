//! `pool/nodes-of-old`: a pool that was made long ago, and may never have got a newer node agent.

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::day::count;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/nodes-of-old"),
    facts: &["B99"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "A pool with nodes was made in the last half year.",
    why: "The node agent is installed when a node is made, and its fixes come with new nodes only: after the pool was resized to zero, or made anew. When a pool last had no nodes Azure does not tell, so its own age is what is looked at.",
    example: "# az batch pool show --pool-id render --query '[creationTime, currentDedicatedNodes]'\n#   [\"2025-01-15T08:00:00Z\", 20]\npools:\n  - { id: render, account: main, image: ubuntu@1.0.0 }",
    mend: "# in a quiet hour:\n#   az batch pool resize --pool-id render --target-dedicated-nodes 0\n#   poolwright apply spec.yaml",
    source: "Microsoft, \"Azure Batch best practices\"",
    check,
};

/// Half a year.
const DAYS: i64 = 183;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.azure.as_ref().and_then(|azure| count(azure.today)) else { return };
    for pool in &subject.pools {
        let Some(live) = subject.live(&pool.address) else { continue };
        let property = |name: &str| live.body.get("properties")?.get(name);
        let number = |name: &str| property(name).and_then(Value::as_u64).unwrap_or(0);
        if number("currentDedicatedNodes") + number("currentLowPriorityNodes") == 0 {
            continue;
        }
        let Some(made) = property("creationTime").and_then(Value::as_str) else { continue };
        let Some(days) = count(made).map(|made| today - made).filter(|days| *days > DAYS) else { continue };
        let day = made.get(.."2026-11-25".len()).unwrap_or(made);
        let message = format!(
            "this pool was made on {day}, {days} days ago, and may still have the node agent of then"
        );
        found.push(
            RULE.found(pool.entry.place_of("id"), message).help(
                "in a quiet hour scale it to 0 nodes, and apply again: new nodes get the present agent",
            ),
        );
    }
}
