//! The disk of a source is encrypted by Azure Disk Encryption.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::outside;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-encrypted-inside"),
    facts: &["A17"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The disk with the operating system that something is made from is not encrypted by Azure Disk Encryption.",
    why: "That encryption works inside of the machine, with a key that no node has: the nodes do not boot. Encryption of the version with keys of your own is another thing, and works.",
    example: "# az disk show -n builder-os -g build --query encryptionSettingsCollection.enabled\n#   true\nsnapshots: [{ name: render-os, source: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/disks/builder-os }]",
    mend: "# once, before the disk is captured again:\n#   az vm encryption disable -n builder -g build --volume-type all",
    source: "Microsoft, \"Use a managed image to create a custom image pool\"; \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject).iter().filter(|source| source.is_encrypted_inside()) {
        let message = format!("{} is encrypted by Azure Disk Encryption", source.name());
        found.push(
            RULE.found(source.written.node.place, message)
                .help("capture a disk on which it was never turned on, or on which it is turned off again"),
        );
    }
}
