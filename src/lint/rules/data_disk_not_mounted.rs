//! `pool/data-disk-not-mounted`: somebody who mounts the disks.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_disks;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/data-disk-not-mounted"),
    facts: &["A15", "B55"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool that has data disks, or whose image has, has a start task that mounts them.",
    why: "Data disks reach a node unmounted, and those of the pool also empty and unformatted: no task finds them. Extensions may do it instead; for the image's own disks so may the image.",
    example: "dataDisks: [{ lun: 1, diskSizeGB: 512, caching: ReadOnly }]",
    mend: "dataDisks: [{ lun: 1, diskSizeGB: 512, caching: ReadOnly }]\nstartTask:\n  commandLine: /bin/bash -c 'disk=/dev/disk/azure/scsi1/lun1; blkid $disk || mkfs.ext4 $disk; mkdir -p /mnt/data && mount $disk /mnt/data'\n  userIdentity: { autoUser: { elevationLevel: Admin } }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"; azure-batch 2025-06-01, DataDisk",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        if pool.spec.start_task.is_some() || !pool.spec.extensions.is_empty() {
            continue;
        }
        let help = "mount them in `startTask`, with `userIdentity: { autoUser: { elevationLevel: Admin } }`";
        if !pool.spec.data_disks.is_empty() {
            let message =
                "the data disks reach the nodes empty and unmounted, and no start task changes that";
            found.push(RULE.found(key(pool.entry, &["dataDisks"]), message).help(help));
            continue;
        }
        let Some(version) = subject.own_version_of(pool) else { continue };
        let Some((lun, place)) = source_disks::data(subject, version).first().copied() else { continue };
        let message = format!(
            "data disk {lun} of the image reaches the nodes unmounted, and this pool has no start task"
        );
        let mut diagnostic = RULE.found(pool.entry.place_of("image"), message);
        // The image may mount its own disks.
        diagnostic.severity = Severity::Note;
        found.push(diagnostic.also(place, "the disk").help(help));
    }
}
