//! `pool/data-disk-without-caching`: caching that is written.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::places::each;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/data-disk-without-caching"),
    facts: &["B55"],
    severity: Severity::Note,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A data disk of a pool says how the host caches it.",
    why: "What is not written differs with who asks Azure: the management API says none, the Batch API reading and writing, and Terraform reading. A pool that was made by something else has what that chose.",
    example: "dataDisks: [{ lun: 1, diskSizeGB: 512 }]",
    mend: "dataDisks: [{ lun: 1, diskSizeGB: 512, caching: ReadOnly }]",
    source: "Microsoft.Batch management contract 2024-07-01, DataDisk; azure-batch 2025-06-01, DataDisk",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let places = each(pool.entry, &["dataDisks"], "lun");
        for (disk, place) in pool.spec.data_disks.iter().zip(places) {
            if disk.caching.is_some() {
                continue;
            }
            let message =
                format!("data disk {} has whichever caching the API that made the pool chose", disk.lun);
            found.push(RULE.found(place, message).help("write `caching: None`, `ReadOnly` or `ReadWrite`"));
        }
    }
}
