//! `pool/pool-quota-exceeded`: more pools than an account may have.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::{PoolSeen, Subject};
use crate::model::resource_id::ResourceId;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/pool-quota-exceeded"),
    facts: &["B65"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The pools of an account, with those that are to be made, are no more than its `poolQuota`.",
    why: "Azure refuses the pool that is one too many with PoolQuotaReached, after others of the same run were made.",
    example: "# az batch account show -n mybatch -g rg --query poolQuota\n#   100\n# az batch pool list --query 'length(@)'\n#   100\npools:\n  - { id: one-more, account: main, image: ubuntu@1.0.0 }",
    mend: "# ask for more pools: portal, the Batch account, Quotas; or remove one that nobody needs:\n#   az batch pool delete --pool-id old",
    source: "Microsoft, \"Batch service quotas and limits\"; azure-mgmt-batch, BatchAccount",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(azure) = &subject.azure else { return };
    let mut there: BTreeMap<ResourceId, u64> = BTreeMap::new();
    for account in azure.all_of("pool").filter_map(|live| live.id.parent()) {
        *there.entry(account).or_default() += 1;
    }
    let mut new: BTreeMap<&ResourceId, Vec<&PoolSeen<'_>>> = BTreeMap::new();
    for pool in subject.pools.iter().filter(|pool| azure.is_absent(&pool.address)) {
        if let Some(account) = &pool.account {
            new.entry(&account.id).or_default().push(pool);
        }
    }
    for (account, pools) in new {
        let seen = pools.first().and_then(|pool| pool.account.as_ref());
        let quota = seen.and_then(|seen| subject.account_property(seen, "poolQuota")).and_then(Value::as_u64);
        let Some(quota) = quota else { continue };
        let has = there.get(account).copied().unwrap_or(0);
        let free = usize::try_from(quota.saturating_sub(has)).unwrap_or(usize::MAX);
        for pool in pools.iter().skip(free) {
            let message = format!(
                "{} may have {quota} pools, has {has}, and {} more are asked for here",
                account.name(),
                pools.len()
            );
            found.push(RULE.found(pool.entry.place_of("id"), message).help(
                "ask for more (portal, Quotas of the Batch account), or remove a pool that nobody needs; one that this stack leaves is counted until it is gone",
            ));
        }
    }
}
