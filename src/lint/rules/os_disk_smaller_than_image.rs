//! `pool/os-disk-smaller-than-image`: room for the image.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_disks;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/os-disk-smaller-than-image"),
    facts: &["B56"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Files,
    checks: "The operating system disk of a node is no smaller than that of the image.",
    why: "A disk that is made from an image can be larger than it, and not smaller.",
    example: "managedImages:\n  - { name: render-1, osDisk: { snapshot: os-1, osType: Linux, osState: Generalized, diskSizeGB: 128 } }\npools:\n  - { id: render, image: ubuntu@1.0.0, osDisk: { diskSizeGB: 64 } }",
    mend: "  - { id: render, image: ubuntu@1.0.0, osDisk: { diskSizeGB: 128 } }",
    source: "what virtual machines do with their disks; nobody has shown it for Batch",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(size) = pool.spec.os_disk.as_ref().and_then(|disk| disk.disk_size_gb) else { continue };
        let image = subject.own_version_of(pool).and_then(|version| source_disks::os_size(subject, version));
        let Some((least, place)) = image.filter(|(least, _)| size < *least) else { continue };
        let message =
            format!("a disk of {size} GB is too small for the image of this pool, which has {least} GB");
        found.push(
            RULE.found(pool.entry.place_at(&["osDisk", "diskSizeGB"]), message)
                .also(place, "the image's")
                .help(format!("write `diskSizeGB: {least}` or more, or leave it out")),
        );
    }
}
