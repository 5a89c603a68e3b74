//! `pool/automatic-upgrade-interrupts-tasks`: an upgrade that nobody starts lets tasks end first.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/automatic-upgrade-interrupts-tasks"),
    facts: &["B93"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool with `enableAutomaticOSUpgrade: true` says with `osRollingUpgradeDeferral` whether nodes that run tasks wait. `false` is an answer, too.",
    why: "Without it a node is upgraded as soon as a version reaches its region, whatever it is running: the tasks are interrupted. In user subscription mode it needs the feature Microsoft.Compute/RollingUpgradeDeferral.",
    example: "automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true }",
    mend: "automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true, osRollingUpgradeDeferral: true }",
    source: "Microsoft, \"Create an Azure Batch pool with Auto OS Upgrade\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in subject.pools.iter().filter(|pool| pool.upgrades_itself()) {
        let policy = pool.spec.upgrade_policy.as_ref();
        let automatic = policy.and_then(|policy| policy.automatic_os_upgrade_policy.as_ref());
        if automatic.is_none_or(|automatic| automatic.os_rolling_upgrade_deferral.is_some()) {
            continue;
        }
        let place =
            pool.entry.place_at(&["upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade"]);
        found.push(
            RULE.found(place, "automatic OS upgrade interrupts the tasks that are running").help(
                "write `osRollingUpgradeDeferral: true` beside it, or `false` if that is what is wanted",
            ),
        );
    }
}
