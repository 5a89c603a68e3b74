//! `pool/disk-encryption-incomplete`: Windows nodes encrypt both disks or none.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::encryption::DiskEncryptionTarget;
use crate::kinds::vocabulary::OsType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/disk-encryption-incomplete"),
    facts: &["B51"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "On Windows, the `targets` of `diskEncryptionConfiguration` are `OsDisk` and `TemporaryDisk`.",
    why: "Azure refuses one of them without the other.",
    example: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.windows amd64, diskEncryptionConfiguration: { targets: [OsDisk] } }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.windows amd64, diskEncryptionConfiguration: { targets: [OsDisk, TemporaryDisk] } }",
    source: "azure-batch, DiskEncryptionConfiguration.targets",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(encryption) = pool.spec.disk_encryption_configuration.as_ref() else { continue };
        let has = |target| encryption.targets.contains(&target);
        let (has, lacks) = match (has(DiskEncryptionTarget::OsDisk), has(DiskEncryptionTarget::TemporaryDisk))
        {
            (true, false) => ("OsDisk", "TemporaryDisk"),
            (false, true) => ("TemporaryDisk", "OsDisk"),
            (true, true) | (false, false) => continue,
        };
        if subject.system_of(pool) != Some(OsType::Windows) {
            continue;
        }
        let place = pool.entry.place_at(&["diskEncryptionConfiguration", "targets"]);
        found.push(
            RULE.found(
                place,
                format!("on Windows, `{has}` is encrypted together with `{lacks}`, and that is missing"),
            )
            .help("write `targets: [OsDisk, TemporaryDisk]`"),
        );
    }
}
