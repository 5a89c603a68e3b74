//! `pool/node-agent-of-another-system`: the agent is made for what the image holds.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::OsType;
use crate::lint::node_agent;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::supported_agents;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/node-agent-of-another-system"),
    facts: &["A24"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The node agent is one for the image's operating system: `batch.node.windows …` for Windows, any other for Linux, and as Batch's list of supported images says where that is read.",
    why: "The agent is what makes a machine a node. One for another system does not run there: Azure refuses the pool, or its nodes never become idle.",
    example: "images:\n  - { name: ubuntu, osType: Linux }\npools:\n  - { id: render, image: ubuntu@1.0.0, nodeAgentSkuId: batch.node.windows amd64 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(agent) = pool.spec.node_agent_sku_id.as_deref() else { continue };
        let Some(image) = subject.image_of(pool) else { continue };
        let listed = supported_agents::system_of(subject, pool, agent);
        let Some(system) = listed.or_else(|| node_agent::system_of(agent)) else { continue };
        if image.spec.os_type == system {
            continue;
        }
        let name = |system| match system {
            OsType::Linux => "Linux",
            OsType::Windows => "Windows",
        };
        let (its, holds) = (name(system), name(image.spec.os_type));
        let message = format!("`{agent}` runs on {its}, and {} holds {holds}", image.address);
        found.push(
            RULE.found(pool.entry.place_of("nodeAgentSkuId"), message)
                .also(image.place_of("osType"), format!("{holds} is said here"))
                .help("`az batch pool supported-images list` shows which agent fits which system"),
        );
    }
}
