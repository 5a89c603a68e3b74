//! `pool/node-agent-retiring`: the agent is supported for another year.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::day::a_year_after;
use crate::lint::node_agent;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/node-agent-retiring"),
    facts: &["B48"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Support for the node agent does not end within twelve months.",
    why: "When it ends, pools with the agent may fail to be made or to grow, and Azure may force them down to zero nodes at any time. A new image takes time to build and to test.",
    example: "# in 2026: support ends on 2027-06-30\npools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 22.04 }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "Microsoft's notice in Azure/Batch: issue 200",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    let horizon = a_year_after(today);
    for pool in &subject.pools {
        let Some(agent) = pool.spec.node_agent_sku_id.as_deref() else { continue };
        let Some(end) = node_agent::end_of(agent) else { continue };
        if end.day < today || end.day > horizon.as_str() {
            continue;
        }
        let message = format!("support for `{agent}` ends on {}", end.day);
        found.push(
            RULE.found(pool.entry.place_of("nodeAgentSkuId"), message)
                .help("move to an image of a later release of its system, and to the agent of that release, before that day"),
        );
    }
}
