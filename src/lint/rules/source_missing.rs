//! Azure has nothing where the source of something to be made should be.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::azure::Heard;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::outside;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-missing"),
    facts: &["B16"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "What an image version, a managed image or a disk snapshot is to be made from is there, where the stack does not make it itself; of a VHD, its storage account.",
    why: "Azure reads the source once, when it makes the copy, and refuses to begin without it. A source that is gone afterwards is no mistake, so that nothing is said of what is made already.",
    example: "# az snapshot show -n render-os -g build\n#   (ResourceNotFound)\nversions:\n  - version: 1.0.0\n    source: { snapshots: { os: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/snapshots/render-os } }",
    mend: "    source: { snapshots: { os: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/snapshots/render-os-2 } }",
    source: "Microsoft, \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject).iter().filter(|source| source.heard == Heard::Absent) {
        let message = format!("{} is to be made from {}, which is not there", source.written.made, source.id);
        found.push(
            RULE.found(source.written.node.place, message)
                .help("correct the id, or make what it names first"),
        );
    }
}
