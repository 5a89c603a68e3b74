//! `pool/disk-encryption-on-linux`: no disk encryption from inside Linux nodes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::OsType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/disk-encryption-on-linux"),
    facts: &["B51"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool that boots Linux has no `diskEncryptionConfiguration`.",
    why: "Azure refuses it on Linux pools from a gallery image, and pools boot from gallery images only.",
    example: "pools:\n  - id: render\n    nodeAgentSkuId: batch.node.ubuntu 24.04\n    diskEncryptionConfiguration: { targets: [TemporaryDisk] }",
    mend: "pools:\n  - id: render\n    nodeAgentSkuId: batch.node.ubuntu 24.04\n    securityProfile: { encryptionAtHost: true }",
    source: "azure-mgmt-batch, VirtualMachineConfiguration.diskEncryptionConfiguration",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let targets = pool.spec.disk_encryption_configuration.as_ref().map(|encryption| &encryption.targets);
        if targets.is_none_or(Vec::is_empty) || subject.system_of(pool) != Some(OsType::Linux) {
            continue;
        }
        let place = pool.entry.key_place_of("diskEncryptionConfiguration");
        found.push(
            RULE.found(place, "a Linux pool from a gallery image cannot encrypt its disks this way").help(
                "write `securityProfile: { encryptionAtHost: true }` instead, which encrypts all disks on the host",
            ),
        );
    }
}
