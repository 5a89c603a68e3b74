//! `image-version/encrypted-and-shared`: what is encrypted with keys of your own is for nobody else.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/encrypted-and-shared"),
    facts: &[],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "No version in a gallery of `Groups` or `Community` is encrypted with a disk encryption set.",
    why: "Azure has no encrypted versions in a gallery that is shared with subscriptions, tenants or everybody: the keys would have to be shared as well.",
    example: "galleries: [{ name: g, sharing: { permissions: Groups } }]\nimages:\n  - name: ubuntu\n    targetRegions:\n      - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }",
    mend: "galleries: [{ name: g }]   # whoever boots it gets a role: access\nimages:\n  - name: ubuntu\n    targetRegions:\n      - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }",
    source: "Microsoft, \"Share a gallery with all users in a subscription or tenant\"; \"Share images using a community gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let Some((gallery, sharing)) = subject.shared_gallery_of(version) else { continue };
        let Some((region, node)) = version.regions().find(|(target, _)| target.has_own_keys()) else {
            continue;
        };
        let place = node.entry("encryption").map_or(node.place, |entry| entry.key_place);
        if told.insert(place) {
            let message = format!(
                "{} is encrypted with a key of your own in {}, and {} is shared",
                version.address, region.name, gallery.address
            );
            found.push(
                RULE.found(place, message)
                    .also(sharing, "shared here")
                    .help("keep it in a gallery of its own, and give a role to whoever boots it: `access`"),
            );
        }
    }
}
