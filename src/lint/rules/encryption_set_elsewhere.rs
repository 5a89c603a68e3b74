//! `image-version/encryption-set-elsewhere`: a disk encryption set is where the replicas are.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::region;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/encryption-set-elsewhere"),
    facts: &["B90"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Each disk encryption set of a version is in the gallery's subscription, and no region has that of another.",
    why: "Azure looks for the set in the gallery's subscription and in the region of the replicas, and refuses the version otherwise. A set is in one region, so that no two regions can have the same.",
    example: "targetRegions:\n  - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }\n  - { name: westus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }",
    mend: "targetRegions:\n  - { name: eastus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/eus } } }\n  - { name: westus, encryption: { osDiskImage: { diskEncryptionSetId: /subscriptions/…/diskEncryptionSets/wus } } }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"; terraform-provider-azurerm, shared_image_version",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Versions of one image inherit one list of regions: what is written once is told once.
    let mut told = BTreeSet::new();
    for version in subject.versions.iter().filter(|version| !version.spec.remove) {
        let mut first: BTreeMap<ResourceId, (String, Place)> = BTreeMap::new();
        for (target, node) in version.regions() {
            let here = region::normal(&target.name);
            for (place, set) in sets(node) {
                let Ok(set) = ResourceId::parse(set) else { continue };
                let wanted = version.id.subscription();
                let diagnostic = if !set.subscription().eq_ignore_ascii_case(wanted) {
                    let message =
                        format!("{} is in another subscription than {}", set.name(), version.address);
                    RULE.found(place, message).help(format!("name a set in the subscription {wanted}"))
                } else if let Some((other, first)) = first.get(&set).filter(|(other, _)| *other != here) {
                    let message = format!("{} cannot be in {other} and in {here}", set.name());
                    RULE.found(place, message)
                        .also(*first, format!("the set of {other}"))
                        .help(format!("name a set that is in {here}"))
                } else {
                    first.entry(set).or_insert_with(|| (here.clone(), place));
                    continue;
                };
                if told.insert(place) {
                    found.push(diagnostic);
                }
            }
        }
    }
}

/// The ids of the sets of one region.
fn sets(region: &Node) -> impl Iterator<Item = (Place, &str)> {
    let encryption = region.get("encryption");
    let os = encryption.and_then(|encryption| encryption.get("osDiskImage"));
    let data =
        encryption.and_then(|encryption| encryption.get("dataDiskImages")).map_or(&[][..], Node::elements);
    let ids = os.into_iter().chain(data).filter_map(|disk| disk.get("diskEncryptionSetId"));
    ids.filter_map(|id| Some((id.place, id.text()?)))
}
