//! `pool/encryption-set-of-batch-service`: disks encrypted with keys that the account's pools cannot have.

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::cores::is_user_subscription;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/encryption-set-of-batch-service"),
    facts: &["B52"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "A pool with a `diskEncryptionSet` is in an account whose `poolAllocationMode` is UserSubscription.",
    why: "In the other mode the disks are in a subscription of Batch, which cannot use the keys of another one: Azure refuses the pool.",
    example: "# az batch account show -n mybatch -g rg --query poolAllocationMode\n#   \"BatchService\"\npools:\n  - { id: render, account: main, osDisk: { managedDisk: { diskEncryptionSet: { id: /subscriptions/…/diskEncryptionSets/keys } } } }",
    mend: "pools:\n  - { id: render, account: main, osDisk: { caching: ReadWrite } }",
    source: "azure-mgmt-batch, DiskEncryptionSetParameters",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(account) = &pool.account else { continue };
        let mode = subject.account_property(account, "poolAllocationMode").and_then(Value::as_str);
        if mode.is_none() || is_user_subscription(subject, account) || is_encrypted(subject, pool) {
            continue;
        }
        let os = pool.entry.node.get("osDisk");
        let data = pool.entry.node.get("dataDisks").map_or(&[][..], |disks| disks.elements());
        for managed in os.into_iter().chain(data).filter_map(|disk| disk.get("managedDisk")) {
            let guest = managed.get("securityProfile").and_then(|profile| profile.get("diskEncryptionSet"));
            for set in managed.get("diskEncryptionSet").into_iter().chain(guest) {
                let message = format!(
                    "the account {} allocates its pools in a subscription of Batch, where no encryption set of yours can be used",
                    account.id.name()
                );
                found.push(RULE.found(set.place, message).help(
                    "leave `diskEncryptionSet` out, or use an account with `poolAllocationMode: UserSubscription`",
                ));
            }
        }
    }
}

/// Whether the pool is there with such disks: then Azure has taken it.
fn is_encrypted(subject: &Subject<'_>, pool: &PoolSeen<'_>) -> bool {
    let machine = "/properties/deploymentConfiguration/virtualMachineConfiguration";
    let live = subject.live(&pool.address).and_then(|live| live.body.pointer(machine));
    let data = live.and_then(|machine| machine.get("dataDisks")?.as_array()).into_iter().flatten();
    let mut disks = live.and_then(|machine| machine.get("osDisk")).into_iter().chain(data);
    disks.any(|disk| disk.pointer("/managedDisk/diskEncryptionSet").is_some())
}
