//! `pool/automatic-upgrade-with-windows-updates`: Windows is updated in one way, not in two.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::OsType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/automatic-upgrade-with-windows-updates"),
    facts: &["B93"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A Windows pool with `enableAutomaticOSUpgrade: true` has `windowsConfiguration: { enableAutomaticUpdates: false }`. Where nothing is written this is a warning, because Azure's default is true.",
    why: "Azure refuses a pool that replaces its disks by new versions and lets Windows update itself on them too.",
    example: "windowsConfiguration: { enableAutomaticUpdates: true }\nupgradePolicy: { mode: automatic, automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } }",
    mend: "windowsConfiguration: { enableAutomaticUpdates: false }\nupgradePolicy: { mode: automatic, automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } }",
    source: "Microsoft, \"Create an Azure Batch pool with Auto OS Upgrade\"; azure-mgmt-batch, AutomaticOSUpgradePolicy",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in subject.pools.iter().filter(|pool| pool.upgrades_itself()) {
        if subject.system_of(pool) != Some(OsType::Windows) {
            continue;
        }
        let windows = pool.spec.windows_configuration.as_ref();
        let updates = windows.and_then(|windows| windows.enable_automatic_updates);
        let upgrade =
            pool.entry.place_at(&["upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade"]);
        match updates {
            Some(false) => {}
            Some(true) => {
                let place = pool.entry.place_at(&["windowsConfiguration", "enableAutomaticUpdates"]);
                let message = "Windows cannot update itself on nodes that have automatic OS upgrade";
                found.push(
                    RULE.found(place, message).also(upgrade, "automatic OS upgrade").help("write `false`"),
                );
            }
            None => {
                let message = "automatic OS upgrade needs Windows not to update itself, which is its default";
                let mut diagnostic = RULE
                    .found(upgrade, message)
                    .help("write `windowsConfiguration: { enableAutomaticUpdates: false }` on the pool");
                diagnostic.severity = Severity::Warning;
                found.push(diagnostic);
            }
        }
    }
}
