//! `pool/node-agent-retired`: the agent is still supported.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::node_agent;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::supported_agents;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/node-agent-retired"),
    facts: &["A27", "B48", "B49"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The node agent is none that Azure Batch has retired, and in Batch's list of supported images the support for one of its images goes on.",
    why: "Azure makes no new pool with an agent that is retired, and forces pools that have one down to zero nodes. Where support has ended and nothing is known to be refused yet, this is a warning: pools may fail to be made or to grow from then on.",
    example: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 16.04 }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "Microsoft's notices in Azure/Batch: issues 61, 106, 119, 152, 169, 174, 180 and 188; azure-batch 2025-06-01, BatchSupportedImage.batchSupportEndOfLife",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(today) = subject.today.as_deref() else { return };
    for pool in &subject.pools {
        let Some(agent) = pool.spec.node_agent_sku_id.as_deref() else { continue };
        let known = node_agent::end_of(agent);
        let listed = supported_agents::end_of(subject, pool, agent);
        let Some(day) = listed.or(known.map(|end| end.day)).filter(|day| *day < today) else { continue };
        let refused = known.and_then(|end| end.refused_since).filter(|since| *since < today);
        let message = match refused {
            Some(since) => format!("`{agent}` is retired: since {since} Azure makes no pool with it"),
            None => format!("support for `{agent}` ended on {day}"),
        };
        let mut diagnostic = RULE
            .found(pool.entry.place_of("nodeAgentSkuId"), message)
            .help("build the image on a later release of its system, and name the agent of that release");
        if refused.is_none() {
            diagnostic.severity = Severity::Warning;
        }
        found.push(diagnostic);
    }
}
