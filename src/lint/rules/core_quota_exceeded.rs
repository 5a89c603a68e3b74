//! `pool/core-quota-exceeded`: pools that ask for more cores than a quota has left.

use std::cmp::Reverse;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::cores::{Balance, Need, Quota, balance, needs};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/core-quota-exceeded"),
    facts: &["B65"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "The nodes of the pools in an account fit into its quota of cores: the dedicated one, by VM family where Azure enforces that, and the low-priority one; in a user-subscription account, into the subscription's.",
    why: "Azure makes the pool all the same. It gets as many nodes as the quota lets it have, and the resize ends with AccountCoreQuotaReached, AccountVMSeriesCoreQuotaReached or AccountLowPriorityCoreQuotaReached.",
    example: "# az batch account show -n mybatch -g rg --query dedicatedCoreQuota\n#   900\npools:\n  - { id: render, vmSize: Standard_D4ds_v5, scaleSettings: { fixedScale: { targetDedicatedNodes: 3000 } } }",
    mend: "# ask for 12000 cores: portal, the Batch account, Quotas\n# or\npools:\n  - { id: render, vmSize: Standard_D4ds_v5, scaleSettings: { fixedScale: { targetDedicatedNodes: 225 } } }",
    source: "Microsoft, \"Batch service quotas and limits\" and \"Azure Batch pool resizing failure\"; azure-mgmt-batch, BatchAccount",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if subject.azure.is_none() {
        return;
    }
    for (quota, needs) in needs(subject) {
        let Some(Balance { limit, others, needed }) = balance(&quota, &needs, subject) else { continue };
        // What is there already has its cores: only growth can fail.
        let mut growing: Vec<&Need<'_>> = needs.iter().filter(|need| need.grows()).collect();
        let asked = needed.saturating_add(others);
        if asked <= limit {
            continue;
        }
        growing.sort_by_key(|need| (Reverse(need.cores()), &need.pool.address));
        let Some((largest, rest)) = growing.split_first() else { continue };
        let (whose, what) = match &quota {
            Quota::Dedicated(account, None) => (account.name().to_owned(), "dedicated cores".to_owned()),
            Quota::Dedicated(account, Some(family)) => {
                (account.name().to_owned(), format!("dedicated cores of {family}"))
            }
            Quota::LowPriority(account) => (account.name().to_owned(), "low-priority cores".to_owned()),
            Quota::Subscription(subscription, region, name) => {
                (format!("subscription {subscription}"), format!("`{name}` in {region}"))
            }
        };
        let used = match others {
            0 => String::new(),
            others => format!(", {others} of them in use"),
        };
        let message = format!("{whose} may have {limit} {what}{used}, and the pools here ask for {needed}");
        let mut diagnostic = RULE.found(place(largest), message).label(words(largest));
        for need in rest.iter().take(3) {
            diagnostic = diagnostic.also(place(need), words(need));
        }
        found.push(diagnostic.help(format!(
            "ask for {} more (portal, Quotas of the Batch account or the subscription), or for fewer nodes",
            asked - limit
        )));
    }
}

fn place(need: &Need<'_>) -> Place {
    let target = if need.spot { "targetLowPriorityNodes" } else { "targetDedicatedNodes" };
    need.pool.entry.place_at(&["scaleSettings", "fixedScale", target])
}

fn words(need: &Need<'_>) -> String {
    let cores = if need.each == 1 { "1 core".to_owned() } else { format!("{} cores", need.each) };
    format!("{} nodes of {cores}", need.nodes)
}
