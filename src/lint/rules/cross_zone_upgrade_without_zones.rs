//! `pool/cross-zone-upgrade-without-zones`: an upgrade across zones is asked of pools that have zones.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::placement::NodePlacementPolicy;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/cross-zone-upgrade-without-zones"),
    facts: &["B92"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "`enableCrossZoneUpgrade` is written only with `nodePlacementConfiguration: { policy: Zonal }`.",
    why: "Azure takes neither value of it from a pool that is not spread over zones.",
    example: "upgradePolicy:\n  mode: rolling\n  rollingUpgradePolicy: { enableCrossZoneUpgrade: true }",
    mend: "nodePlacementConfiguration: { policy: Zonal }\nupgradePolicy:\n  mode: rolling\n  rollingUpgradePolicy: { enableCrossZoneUpgrade: true }",
    source: "azure-mgmt-batch, RollingUpgradePolicy",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let rolling = pool.rolling_upgrade();
        if rolling.and_then(|rolling| rolling.enable_cross_zone_upgrade).is_none() {
            continue;
        }
        let placement = pool.spec.node_placement_configuration.as_ref();
        if placement.and_then(|placement| placement.policy) == Some(NodePlacementPolicy::Zonal) {
            continue;
        }
        let place = pool.entry.place_at(&["upgradePolicy", "rollingUpgradePolicy", "enableCrossZoneUpgrade"]);
        let mut diagnostic = RULE.found(
            place,
            "`enableCrossZoneUpgrade` is for pools over several zones, and this one is regional",
        );
        if placement.is_some() {
            let policy = pool.entry.place_at(&["nodePlacementConfiguration", "policy"]);
            diagnostic = diagnostic.also(policy, "the pool's placement");
        }
        found.push(diagnostic.help("leave it out, or write `nodePlacementConfiguration: { policy: Zonal }`"));
    }
}
