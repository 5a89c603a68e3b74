//! `pool/automatic-upgrade-of-a-pinned-image`: automatic OS upgrade has versions to go to.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{Boots, Subject};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/automatic-upgrade-of-a-pinned-image"),
    facts: &["B93"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool with `enableAutomaticOSUpgrade: true` names its image without a version.",
    why: "Azure demands the latest version there, which for a gallery is the image without one. `NAME@latest` does not say that: it is chosen when planning, and pinned.",
    example: "image: ubuntu@1.0.0\nupgradePolicy: { mode: automatic, automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } }",
    mend: "image: ubuntu\nupgradePolicy: { mode: automatic, automaticOSUpgradePolicy: { enableAutomaticOSUpgrade: true } }",
    source: "Microsoft, \"Create an Azure Batch pool with Auto OS Upgrade\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in subject.pools.iter().filter(|pool| pool.upgrades_itself() && pool.boots != Boots::Azures) {
        let Some(text) = pool.spec.image.as_deref().filter(|_| pool.definition.is_some()) else { continue };
        let lower = text.to_ascii_lowercase();
        let versions = if text.starts_with('/') { lower.rfind("/versions/") } else { lower.rfind('@') };
        let Some((name, version)) = versions.and_then(|at| Some((text.get(..at)?, text.get(at..)?))) else {
            continue;
        };
        let version = version.rsplit(['@', '/']).next().unwrap_or_default();
        let message = if version == "latest" {
            "automatic OS upgrade needs an image without a version, and `@latest` is pinned when planning"
                .to_owned()
        } else {
            format!("automatic OS upgrade cannot leave version {version}, which is pinned here")
        };
        let route = ["upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade"];
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .also(pool.entry.place_at(&route), "automatic OS upgrade")
                .help(format!("write `image: {name}`, or leave the upgrade to `rollout`")),
        );
    }
}
