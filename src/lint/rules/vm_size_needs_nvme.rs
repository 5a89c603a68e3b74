//! `pool/vm-size-needs-nvme`: the image can be started from an `NVMe` disk.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-needs-nvme"),
    facts: &["B44"],
    severity: Severity::Warning,
    confidence: Confidence::Inferred,
    needs: Needs::Either,
    checks: "The image of a pool whose VM size has NVMe disks only has `NVMe` in its feature `DiskControllerTypes`.",
    why: "Azure takes an image without the feature for one that starts from SCSI disks, and refuses to start it on a size that has none.",
    example: "images:\n  - { name: ubuntu, hyperVGeneration: V2 }\npools:\n  - { id: render, image: ubuntu@1.0.0, vmSize: Standard_D4s_v6 }",
    mend: "images:\n  - name: ubuntu-nvme\n    hyperVGeneration: V2\n    features: [{ name: DiskControllerTypes, value: \"SCSI, NVMe\" }]",
    source: "Microsoft, \"Shared image galleries\" (features of an image definition); that the two must fit is inferred",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(image) = subject.image_of(pool) else { continue };
        let Some(size) = SizeFacts::of(subject, pool) else { continue };
        let name = size.name;
        if !size.has_nvme_only() {
            continue;
        }
        let can = image.feature("DiskControllerTypes").is_some_and(|(value, _)| {
            value.split(',').any(|controller| controller.trim().eq_ignore_ascii_case("nvme"))
        });
        if can {
            continue;
        }
        let message = format!(
            "`{name}` has NVMe disks only, and {} does not say that it starts from one",
            image.address
        );
        let said = image.feature("DiskControllerTypes").map(|(_, place)| (place, "not among these"));
        let (place, text) =
            said.unwrap_or_else(|| (image.place_of("name"), "no `DiskControllerTypes` among its features"));
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), message).also(place, text).help(
                "where the system has the driver, make a new image with `features: [{ name: DiskControllerTypes, value: \"SCSI, NVMe\" }]`",
            ),
        );
    }
}
