//! Whoever signs in may not make a version from its source.

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::permission::{grant, missing};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Type, outside};
use crate::lint::subject::Subject;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

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
        };
        let place = source.written.node.place;
        found.extend(refused(subject, &source.id, &source.name(), action, role, place));
    }
    for version in &subject.versions {
        let is_made = subject.azure.as_ref().is_some_and(|azure| !azure.is_absent(&version.address));
        let vhd = version.entry.node.get("source").and_then(|source| source.get("vhd"));
        let Some(vhd) = vhd.filter(|_| !is_made && !version.spec.remove) else { continue };
        let data = vhd.get("data").map_or(&[][..], Node::elements);
        for node in [vhd].into_iter().chain(data).filter_map(|disk| disk.get("storageAccountId")) {
            let Some(id) = node.text().and_then(|id| ResourceId::parse(id).ok()) else { continue };
            let (action, role) =
                ("Microsoft.Storage/storageAccounts/listKeys/action", "Storage Account Contributor");
            found.extend(refused(subject, &id, id.name(), action, role, node.place));
        }
    }
}

fn refused(
    subject: &Subject<'_>,
    id: &ResourceId,
    name: &str,
    action: &str,
    role: &str,
    place: Place,
) -> Option<Diagnostic> {
    if missing(subject, id, &[action]).is_empty() {
        return None;
    }
    let message = format!("whoever signs in does not have {action} on {name}");
    Some(RULE.found(place, message).help(grant(role, id)))
}
