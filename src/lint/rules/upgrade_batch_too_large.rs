//! `pool/upgrade-batch-too-large`: a batch of an upgrade is no larger than what may be unhealthy.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/upgrade-batch-too-large"),
    facts: &["B92"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "In a `rollingUpgradePolicy`, `maxBatchInstancePercent` is at most `maxUnhealthyInstancePercent`.",
    why: "Nodes count as unhealthy while they are upgraded: a larger batch would stop the upgrade by itself, so Azure refuses it.",
    example: "rollingUpgradePolicy: { maxBatchInstancePercent: 40, maxUnhealthyInstancePercent: 20 }",
    mend: "rollingUpgradePolicy: { maxBatchInstancePercent: 20, maxUnhealthyInstancePercent: 20 }",
    source: "azure-mgmt-batch, RollingUpgradePolicy",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(rolling) = pool.rolling_upgrade() else { continue };
        let (Some(batch), Some(unhealthy)) =
            (rolling.max_batch_instance_percent, rolling.max_unhealthy_instance_percent)
        else {
            continue;
        };
        if batch <= unhealthy {
            continue;
        }
        let at = |key| pool.entry.place_at(&["upgradePolicy", "rollingUpgradePolicy", key]);
        let message =
            format!("a batch of {batch} percent is more than the {unhealthy} percent that may be unhealthy");
        found.push(
            RULE.found(at("maxBatchInstancePercent"), message)
                .also(at("maxUnhealthyInstancePercent"), "the most that may be unhealthy")
                .help(format!("write at most {unhealthy}, or raise `maxUnhealthyInstancePercent`")),
        );
    }
}
