//! `image-version/encryption-in-some-regions`: keys of your own encrypt all regions or none.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/encryption-in-some-regions"),
    facts: &["B90"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A version that has `encryption` in one of its regions has it in all.",
    why: "Azure refuses a version that is encrypted with disk encryption sets in some of its regions only.",
    example: "targetRegions:\n  - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }\n  - { name: westus }",
    mend: "targetRegions:\n  - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }\n  - { name: westus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/wus } } }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let with = version.regions().find(|(target, _)| target.has_own_keys());
        let without = version.regions().find(|(target, _)| !target.has_own_keys());
        let (Some((encrypted, key)), Some((bare, node))) = (with, without) else { continue };
        let place = node.get("name").map_or(node.place, |name| name.place);
        if told.insert(place) {
            let message = format!(
                "{} is encrypted with a key of your own in {}, and not in {}",
                version.address, encrypted.name, bare.name
            );
            let key = key.entry("encryption").map_or(key.place, |entry| entry.key_place);
            found.push(
                RULE.found(place, message)
                    .also(key, "encrypted here")
                    .help("write `encryption` with a disk encryption set of each region, or in none"),
            );
        }
    }
}
