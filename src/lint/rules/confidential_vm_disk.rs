//! `pool/confidential-vm-disk`: the disks of a confidential VM say how they are encrypted, and no others do.

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::kinds::pool::spec::disks::{PoolManagedDisk, SecurityEncryptionType};
use crate::kinds::pool::spec::security::SecurityType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/confidential-vm-disk"),
    facts: &["B43"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool with `securityType: confidentialVM` has `osDisk.managedDisk.securityProfile.securityEncryptionType`; no other pool has it, and no data disk has `DiskWithVMGuestState`.",
    why: "Azure demands it of confidential VMs, and refuses it elsewhere.",
    example: "pools:\n  - { id: render, securityProfile: { securityType: confidentialVM } }",
    mend: "pools:\n  - id: render\n    securityProfile: { securityType: confidentialVM }\n    osDisk: { managedDisk: { securityProfile: { securityEncryptionType: VMGuestStateOnly } } }",
    source: "azure-mgmt-batch, VMDiskSecurityProfile",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let security = pool.spec.security_profile.as_ref();
        let confidential =
            security.and_then(|security| security.security_type) == Some(SecurityType::ConfidentialVm);
        let os_disk = pool.spec.os_disk.as_ref();
        let os_encryption = encryption(os_disk.and_then(|disk| disk.managed_disk.as_ref()));
        if confidential && os_encryption.is_none() {
            let place = pool.entry.place_at(&["securityProfile", "securityType"]);
            found.push(
                RULE.found(place, "a confidential VM must say how its operating system disk is encrypted").help(
                    "write `osDisk: { managedDisk: { securityProfile: { securityEncryptionType: VMGuestStateOnly } } }`, or another of its values",
                ),
            );
        }
        if os_encryption.is_some() && !confidential {
            let route = ["osDisk", "managedDisk", "securityProfile", "securityEncryptionType"];
            found.push(only_confidential(pool.entry.place_at(&route)));
        }
        let nodes = pool.entry.node.get("dataDisks").map_or(&[][..], |node| node.elements());
        for (disk, node) in pool.spec.data_disks.iter().zip(nodes) {
            let Some(encryption) = encryption(disk.managed_disk.as_ref()) else { continue };
            let route = ["managedDisk", "securityProfile", "securityEncryptionType"];
            let written = route.iter().try_fold(node, |node, key| node.get(key));
            let place = written.map_or(node.place, |node| node.place);
            if !confidential {
                found.push(only_confidential(place));
            } else if encryption == SecurityEncryptionType::DiskWithVMGuestState {
                found.push(
                    RULE.found(place, "`DiskWithVMGuestState` is for the operating system disk only")
                        .help("write `VMGuestStateOnly`, or leave `securityProfile` out of the data disk"),
                );
            }
        }
    }
}

fn only_confidential(place: Place) -> Diagnostic {
    RULE.found(place, "`securityEncryptionType` is for confidential VMs only, and this pool has none")
        .help("leave it out, or write `securityProfile: { securityType: confidentialVM }` on the pool")
}

fn encryption(disk: Option<&PoolManagedDisk>) -> Option<SecurityEncryptionType> {
    disk?.security_profile.as_ref()?.security_encryption_type
}
