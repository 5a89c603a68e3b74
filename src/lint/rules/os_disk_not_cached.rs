//! `managed-image/os-disk-not-cached`: nodes read their system disk through the host's cache.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::managed_image::spec::{ImageDiskStorage, ManagedImageSpec};
use crate::kinds::vocabulary::Caching;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::address::Address;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("managed-image/os-disk-not-cached"),
    facts: &["A18"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The `osDisk` of a managed image has `caching: ReadWrite` or `ReadOnly`, or the pools that boot it say their own.",
    why: "Microsoft advises `ReadWrite` for images of Batch pools: nodes start sooner. Azure's default is no cache for standard disks, and `ReadOnly` for premium ones. A managed image cannot change: the next one can have it.",
    example: "osDisk: { snapshot: render-os, osType: Linux, osState: Generalized }",
    mend: "osDisk: { snapshot: render-os, osType: Linux, osState: Generalized, caching: ReadWrite }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; azure-batch, OSDisk.caching",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // The pools that boot what is made from a managed image: whether each says what it wants.
    let mut decided: BTreeMap<&Address, bool> = BTreeMap::new();
    let following = subject.following();
    let all_say: BTreeMap<&Address, bool> =
        following.iter().map(|(image, pools)| (*image, pools.iter().all(|pool| says(pool)))).collect();
    for (version, pools) in subject.versions.iter().zip(subject.pinning()) {
        let source = version.spec.source.as_ref().and_then(|source| source.managed_image.as_deref());
        let Some(made) = source.and_then(|text| subject.sources.find("managed-image", text)) else {
            continue;
        };
        let image = subject.definition_of(version);
        let of_image = image.and_then(|image| all_say.get(&image.address)).copied();
        for says in pools.iter().map(|pool| says(pool)).chain(of_image) {
            *decided.entry(&made.address).or_insert(true) &= says;
        }
    }
    for image in subject.sources.all("managed-image") {
        let spec: &ManagedImageSpec = image.entry.spec();
        let uncached = match spec.os_disk.caching {
            None => spec.os_disk.storage_account_type != Some(ImageDiskStorage::PremiumLrs),
            Some(caching) => caching == Caching::None,
        };
        if !uncached || decided.get(&image.address) == Some(&true) {
            continue;
        }
        let written = image.entry.node.get("osDisk").and_then(|disk| disk.get("caching"));
        let key = image.entry.node.entry("osDisk").map(|entry| entry.key_place);
        let place = written.map(|node| node.place).or(key).unwrap_or_else(|| image.entry.place());
        let message = format!("nodes start sooner from {} with a host cache", image.address);
        let help = "write `caching: ReadWrite` in its `osDisk`, or in the `osDisk` of the pools; an image that is there is made anew by it";
        found.push(RULE.found(place, message).help(help));
    }
}

/// Whether a pool says how its disk is cached, whatever the image says.
fn says(pool: &PoolSeen<'_>) -> bool {
    let disk = pool.spec.os_disk.as_ref();
    disk.is_some_and(|disk| disk.caching.is_some() || disk.ephemeral_os_disk_settings.is_some())
}
