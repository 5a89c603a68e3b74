//! The machine that a source was taken from keeps its system in a storage account.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::source_facts::{Type, machine, outside};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("image-version/source-with-unmanaged-disks"),
    facts: &["A13"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The virtual machine that a source was taken from has managed disks, where Azure still knows that machine.",
    why: "Batch boots images of machines with managed disks only. One whose disk is a blob in a storage account gives nodes that do not start.",
    example: "# az vm show -n builder -g build --query storageProfile.osDisk.vhd\n#   { \"uri\": \"https://build.blob.core.windows.net/vhds/os.vhd\" }\nversions: [{ version: 1.0.0, source: { managedImage: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.Compute/images/of-builder } }]",
    mend: "# once, before the image is taken again:\n#   az vm deallocate -n builder -g build && az vm convert -n builder -g build",
    source: "Microsoft, \"Use a managed image to create a custom image pool\"; \"Troubleshoot images in an Azure Compute Gallery\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for source in outside(subject) {
        let Some(id) = source.machine() else { continue };
        let disk =
            machine(subject, &id).there().and_then(|body| body.pointer("/properties/storageProfile/osDisk"));
        let Some(disk) = disk else { continue };
        if disk.get("managedDisk").is_some() || disk.pointer("/vhd/uri").is_none() {
            continue;
        }
        let message = match source.of {
            Type::Machine => format!("the disk of {} is no managed disk", id.name()),
            _ => format!("{} was taken from {}, whose disk is no managed disk", source.name(), id.name()),
        };
        found.push(RULE.found(source.written.node.place, message).help(format!(
            "`az vm deallocate --ids {id}`, `az vm convert --ids {id}`, and take the image again"
        )));
    }
}
