//! `pool/data-disk-lun-of-image`: numbers that the image does not use.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::places::each;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_disks;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/data-disk-lun-of-image"),
    facts: &["B54"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Files,
    checks: "The data disks of a pool have other numbers than those that its image brings along.",
    why: "The disks of both are on one node, and a number can be there only once.",
    example: "versions:\n  - version: 1.0.0\n    source: { snapshots: { os: os-1, data: [{ lun: 0, snapshot: data-1 }] } }\npools:\n  - { id: render, image: ubuntu@1.0.0, dataDisks: [{ lun: 0, diskSizeGB: 512, caching: ReadOnly }] }",
    mend: "  - { id: render, image: ubuntu@1.0.0, dataDisks: [{ lun: 1, diskSizeGB: 512, caching: ReadOnly }] }",
    source: "what virtual machines do with their disks; nobody has shown it for Batch",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in subject.pools.iter().filter(|pool| !pool.spec.data_disks.is_empty()) {
        let Some(version) = subject.own_version_of(pool) else { continue };
        let theirs: BTreeMap<u32, Place> = source_disks::data(subject, version).into_iter().collect();
        let places = each(pool.entry, &["dataDisks"], "lun");
        for (disk, place) in pool.spec.data_disks.iter().zip(places) {
            let Some(other) = theirs.get(&disk.lun) else { continue };
            let message =
                format!("the image of this pool already has a data disk with the number {}", disk.lun);
            let own = |lun: &u32| pool.spec.data_disks.iter().any(|disk| disk.lun == *lun);
            let free = (0..64).find(|lun| !theirs.contains_key(lun) && !own(lun));
            let mut diagnostic = RULE.found(place, message).also(*other, "the image's");
            if let Some(free) = free {
                diagnostic = diagnostic.help(format!("write `lun: {free}`"));
            }
            found.push(diagnostic);
        }
    }
}
