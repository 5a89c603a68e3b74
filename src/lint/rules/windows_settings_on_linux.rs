//! `pool/windows-settings-on-linux`: what only Windows knows is said of Windows.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::vocabulary::OsType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/windows-settings-on-linux"),
    facts: &["B53"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool that boots Linux has no `windowsConfiguration`, no `licenseType` and no `windowsUserConfiguration`.",
    why: "Azure refuses them with a Linux image (InvalidPropertyValue).",
    example: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04, licenseType: Windows_Server }",
    mend: "pools:\n  - { id: render, nodeAgentSkuId: batch.node.ubuntu 24.04 }",
    source: "azure-batch, VirtualMachineConfiguration and UserAccount",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        if subject.system_of(pool) != Some(OsType::Linux) {
            continue;
        }
        let node = &pool.entry.node;
        let accounts = node.get("userAccounts").map_or(&[][..], |node| node.elements());
        let of_pool = ["windowsConfiguration", "licenseType"].map(|key| (node, key));
        let of_users = accounts.iter().map(|account| (account, "windowsUserConfiguration"));
        for (node, key) in of_pool.into_iter().chain(of_users) {
            let Some(entry) = node.entry(key).filter(|entry| !entry.value.is_null()) else { continue };
            found.push(
                RULE.found(entry.key_place, format!("`{key}` is for Windows, and this pool boots Linux"))
                    .help("leave it out"),
            );
        }
    }
}
