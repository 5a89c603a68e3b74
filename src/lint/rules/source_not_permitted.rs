//! Whoever signs in may not make a version from its source.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Type, outside};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-not-permitted"),
    facts: &["B84"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Whoever signs in may read the managed image or the version that a new version is made from, and write the virtual machine, the disk or the snapshot, and may list the keys of a VHD's storage account.",
    why: "Azure looks whether whoever makes a version has these actions on its source, and refuses it otherwise (LinkedAuthorizationFailed). It is a warning, because whoever plans need not be who applies.",
    example: "# az role assignment list --assignee PRINCIPAL --scope SNAPSHOT\n#   Reader\nversions:\n  - version: 1.0.0\n    source: { snapshots: { os: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/snapshots/render-os } }",
    mend: "# once:\n#   az role assignment create --assignee PRINCIPAL --role \"Disk Snapshot Contributor\" --scope SNAPSHOT",
    source: "Microsoft, \"Create an image definition and an image version\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let of_version = source.written.made.kind() == "image-version";
        // Where nothing is there, that is said, and nobody needs a right to it.
        if !of_version || source.heard.there().is_none() {
            continue;
        }
        // The disks of such a machine are copied, and nothing is made from the machine itself.
        let mut versions = subject.versions.iter().filter(|version| version.address == *source.written.made);
        if versions.any(|version| version.spec.source.as_ref().is_some_and(|source| source.via.is_some())) {
            continue;
        }
        let (action, role) = match source.of {
            Type::ManagedImage => ("Microsoft.Compute/images/read", "Reader"),
            Type::Version => ("Microsoft.Compute/galleries/images/versions/read", "Reader"),
            Type::Machine => ("Microsoft.Compute/virtualMachines/write", "Virtual Machine Contributor"),
            Type::Disk => ("Microsoft.Compute/disks/write", "Virtual Machine Contributor"),
            Type::Snapshot => ("Microsoft.Compute/snapshots/write", "Disk Snapshot Contributor"),
            Type::StorageAccount => {
                ("Microsoft.Storage/storageAccounts/listKeys/action", "Storage Account Contributor")
            }
        };
        if missing(subject, &source.id, &[action]).is_empty() {
            continue;
        }
        let message = format!("whoever signs in does not have {action} on {}", source.name());
        found.push(RULE.found(source.written.node.place, message).help(grant(role, &source.id)));
    }
}
