//! `pool/disallowed-disk-type`: a pool has no disk that its image excludes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/disallowed-disk-type"),
    facts: &["B38"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "The `osDisk` of a pool is of no type that its image lists under `disallowed.diskTypes`.",
    why: "Whoever made the image says that it does not run well, or at all, from such a disk. Azure keeps the list, and does not hold every client to it.",
    example: "images:\n  - { name: ubuntu, disallowed: { diskTypes: [Standard_LRS] } }\npools:\n  - { id: render, image: ubuntu@1.0.0, osDisk: { managedDisk: { storageAccountType: Standard_LRS } } }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, osDisk: { managedDisk: { storageAccountType: Premium_LRS } } }",
    source: "Microsoft, \"Shared Image Galleries overview\"; azure-mgmt-compute, GalleryImage.disallowed",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let disk = ["osDisk", "managedDisk", "storageAccountType"];
        let written = disk.iter().try_fold(&pool.entry.node, |node, key| node.get(key));
        let Some((node, wanted)) = written.and_then(|node| Some((node, node.text()?))) else { continue };
        let Some(image) = subject.image_of(pool) else { continue };
        let excluded = image.spec.disallowed.as_ref().map_or(&[][..], |disallowed| &disallowed.disk_types);
        if !excluded.iter().any(|excluded| excluded.eq_ignore_ascii_case(wanted)) {
            continue;
        }
        found.push(
            RULE.found(node.place, format!("{} excludes {wanted} disks", image.address))
                .also(image.place_at(&["disallowed", "diskTypes"]), "excluded here")
                .help("write another `storageAccountType`"),
        );
    }
}
