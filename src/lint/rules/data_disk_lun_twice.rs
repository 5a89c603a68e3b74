//! `pool/data-disk-lun-twice`: a number for each disk.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::places::each;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/data-disk-lun-twice"),
    facts: &["B54"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Each data disk of a pool has its own `lun`.",
    why: "The number is what tells disks apart on a node. Azure refuses the pool otherwise.",
    example: "dataDisks:\n  - { lun: 1, diskSizeGB: 512, caching: ReadOnly }\n  - { lun: 1, diskSizeGB: 128, caching: ReadOnly }",
    mend: "dataDisks:\n  - { lun: 1, diskSizeGB: 512, caching: ReadOnly }\n  - { lun: 2, diskSizeGB: 128, caching: ReadOnly }",
    source: "Microsoft.Batch management contract 2024-07-01, DataDisk",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let places = each(pool.entry, &["dataDisks"], "lun");
        let mut seen: BTreeMap<u32, Place> = BTreeMap::new();
        for (disk, place) in pool.spec.data_disks.iter().zip(places) {
            let Some(first) = seen.insert(disk.lun, place) else { continue };
            let free = (0..64).find(|lun| pool.spec.data_disks.iter().all(|disk| disk.lun != *lun));
            let mut diagnostic = RULE
                .found(place, format!("two data disks of this pool have the number {}", disk.lun))
                .also(first, "the other");
            if let Some(free) = free {
                diagnostic = diagnostic.help(format!("write a number that is free, such as `lun: {free}`"));
            }
            found.push(diagnostic);
        }
    }
}
