//! `pool/node-agent-retiring`: the agent is supported for another year.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::day::a_year_after;
use crate::lint::node_agent;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::supported_agents;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/node-agent-retiring"),
    facts: &["B48", "B49"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "Support for the node agent does not end within twelve months: by Microsoft's notices, or by Batch's list of supported images, for all its images.",
    why: "When it ends, pools with the agent may fail to be made or to grow, and Azure may force them down to zero nodes at any time. A new image takes time to build and to test.",
    example: "# in 2026: support ends on 2027-06-30\npools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 22.04 }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "Microsoft's notice in Azure/Batch: issue 200; azure-batch 2025-06-01, BatchSupportedImage.batchSupportEndOfLife",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    let horizon = a_year_after(today);
    for pool in &subject.pools {
        let Some(agent) = pool.spec.node_agent_sku_id.as_deref() else { continue };
        let listed = supported_agents::end_of(subject, pool, agent);
        let Some(day) = listed.or_else(|| Some(node_agent::end_of(agent)?.day)) else { continue };
        if day < today || day > horizon.as_str() {
            continue;
        }
        let message = format!("support for `{agent}` ends on {day}");
        found.push(
            RULE.found(pool.entry.place_of("nodeAgentSkuId"), message)
                .help("move to an image of a later release of its system, and to the agent of that release, before that day"),
        );
    }
}
