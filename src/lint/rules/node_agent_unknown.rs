//! `pool/node-agent-unknown`: Batch has the node agent.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::decode::nearest;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::supported_agents;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/node-agent-unknown"),
    facts: &["A24"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The node agent is in Batch's list of supported images. Of a pool that is there and has the agent already, this is a warning.",
    why: "Azure refuses the pool otherwise (NodeAgentSKUNotFound).",
    example: "# az batch pool supported-images list: no batch.node.ubuntu 24.4\npools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.4 }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "azure-batch 2025-06-01, list_supported_images; Microsoft, \"Batch error codes\" (NodeAgentSKUNotFound)",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(agent) = pool.spec.node_agent_sku_id.as_deref() else { continue };
        let Some(known) = supported_agents::names(subject, pool) else { continue };
        if known.iter().any(|known| known.eq_ignore_ascii_case(agent.trim())) {
            continue;
        }
        let mut diagnostic = RULE
            .found(pool.entry.place_of("nodeAgentSkuId"), format!("Batch has no node agent `{agent}`"))
            .help(match nearest(agent, known.into_iter()) {
                Some(near) => {
                    format!("did you mean `{near}`? `az batch pool supported-images list` shows all")
                }
                None => "`az batch pool supported-images list` shows those that it has".to_owned(),
            });
        if subject.has_already(pool, AGENT, agent) {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
}

/// Where a live pool has its agent.
const AGENT: &str = "/properties/deploymentConfiguration/virtualMachineConfiguration/nodeAgentSkuId";
