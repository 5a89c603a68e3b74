//! The cores that pools take out of quotas: whose quota it is, how much of it there is, and who needs what of it.
//! Counts, and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::kinds::pool::spec::scale::FixedScale;
use crate::lint::size_facts;
use crate::lint::subject::{AccountSeen, PoolSeen, Subject};
use crate::model::facts::Question;
use crate::model::resource_id::ResourceId;
use crate::model::snapshot::Live;

/// A quota of cores.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::lint) enum Quota {
    /// An account's, of dedicated cores, over all VM families or of one.
    Dedicated(ResourceId, Option<String>),
    /// An account's, of low-priority cores.
    LowPriority(ResourceId),
    /// A subscription's in a region, by the name of Azure's usage: where pools are allocated in the user's subscription.
    Subscription(String, String, String),
}

impl Quota {
    /// The family of sizes that it is of; none where it is of all.
    fn family(&self) -> Option<&str> {
        match self {
            Self::Dedicated(_, family) => family.as_deref(),
            Self::LowPriority(_) => None,
            Self::Subscription(_, _, name) => {
                Some(name.as_str()).filter(|name| !["cores", "lowPriorityCores"].contains(name))
            }
        }
    }
}

/// What one pool takes of a quota.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Need<'s> {
    pub(in crate::lint) pool: &'s PoolSeen<'s>,
    /// Whether they are Spot nodes.
    pub(in crate::lint) spot: bool,
    pub(in crate::lint) nodes: u64,
    /// The cores of one node.
    pub(in crate::lint) each: u64,
    /// The cores of this quota that it has already, or is on the way to.
    has: u64,
}

impl Need<'_> {
    /// The cores of all its nodes.
    pub(in crate::lint) fn cores(&self) -> u64 {
        self.nodes.saturating_mul(self.each)
    }

    /// Whether it needs more than it has.
    pub(in crate::lint) fn grows(&self) -> bool {
        self.cores() > self.has
    }
}

/// How a quota stands.
#[derive(Debug, Clone, Copy)]
pub(in crate::lint) struct Balance {
    pub(in crate::lint) limit: u64,
    /// What others use of it.
    pub(in crate::lint) others: u64,
    /// What the stack's pools need of it; of a subscription's, beyond what they have.
    pub(in crate::lint) needed: u64,
}

/// The needs of all pools with a fixed number of nodes, by the quotas that they are taken from. What cannot be counted (a size
/// whose cores nobody knows, an account that could not be read) is in none.
pub(in crate::lint) fn needs<'s>(subject: &'s Subject<'_>) -> BTreeMap<Quota, Vec<Need<'s>>> {
    let mut needs: BTreeMap<Quota, Vec<Need<'s>>> = BTreeMap::new();
    for pool in &subject.pools {
        let (Some(fixed), Some(account), Some(size)) = (fixed_scale(pool), &pool.account, &pool.spec.vm_size)
        else {
            continue;
        };
        for (spot, nodes) in targets(fixed) {
            let live = subject.live(&pool.address);
            let cores = || size_facts::cores(subject, pool, size).map(u64::from);
            let Some(each) = (nodes > 0 || live.is_some()).then(cores).flatten() else { continue };
            for quota in quotas(subject, pool, account, size, spot) {
                let family = quota.family();
                let has = live.and_then(|live| held(subject, pool, live, spot, family)).unwrap_or(0);
                needs.entry(quota).or_default().push(Need { pool, spot, nodes, each, has });
            }
        }
    }
    needs
}

/// How a quota stands, where Azure tells.
pub(in crate::lint) fn balance(quota: &Quota, needs: &[Need<'_>], subject: &Subject<'_>) -> Option<Balance> {
    let pool = needs.first()?.pool;
    let account = pool.account.as_ref()?;
    let property = |name: &str| subject.account_property(account, name);
    match quota {
        Quota::Dedicated(_, family) => {
            let limit = match family {
                None => property("dedicatedCoreQuota")?.as_u64()?,
                Some(family) => {
                    let of_families = property("dedicatedCoreQuotaPerVMFamily")?.as_array()?;
                    let named = |entry: &&Value| {
                        let name = entry.get("name").and_then(Value::as_str);
                        name.is_some_and(|name| name.eq_ignore_ascii_case(family))
                    };
                    // Azure lists a family of which there is none too: of one that it does not list nothing is known.
                    of_families.iter().find(named)?.get("coreQuota")?.as_u64()?
                }
            };
            let others = others(subject, pool, account, false, family.as_deref());
            Some(Balance { limit, others, needed: needs.iter().map(Need::cores).sum() })
        }
        Quota::LowPriority(_) => {
            let limit = property("lowPriorityCoreQuota")?.as_u64()?;
            let others = others(subject, pool, account, true, None);
            Some(Balance { limit, others, needed: needs.iter().map(Need::cores).sum() })
        }
        Quota::Subscription(subscription, region, name) => {
            let question = Question::Usages { subscription: subscription.clone(), region: region.clone() };
            let usage = subject.ask(question).there()?.get(name.to_lowercase())?;
            let limit = usage.get("limit").and_then(Value::as_u64)?;
            let used = usage.get("currentValue").and_then(Value::as_u64)?;
            // What the pools have already is in use, and what one gives back another can take.
            let cores: u64 = needs.iter().map(Need::cores).sum();
            let has = needs.iter().map(|need| need.has).sum();
            Some(Balance { limit, others: used, needed: cores.saturating_sub(has) })
        }
    }
}

/// Whether the pools of an account are allocated in the user's own subscription.
pub(in crate::lint) fn is_user_subscription(subject: &Subject<'_>, account: &AccountSeen) -> bool {
    subject.account_property(account, "poolAllocationMode").and_then(Value::as_str)
        == Some("UserSubscription")
}

fn targets(fixed: &FixedScale) -> [(bool, u64); 2] {
    let number = |target: Option<u32>| u64::from(target.unwrap_or(0));
    [(false, number(fixed.target_dedicated_nodes)), (true, number(fixed.target_low_priority_nodes))]
}

fn quotas(
    subject: &Subject<'_>,
    pool: &PoolSeen<'_>,
    account: &AccountSeen,
    size: &str,
    spot: bool,
) -> Vec<Quota> {
    if is_user_subscription(subject, account) {
        let Some(region) = &pool.region else { return Vec::new() };
        let of = |name: String| {
            Quota::Subscription(account.id.subscription().to_lowercase(), region.clone(), name)
        };
        if spot {
            return vec![of("lowPriorityCores".to_owned())];
        }
        let family = size_facts::family(subject, pool, size).map(str::to_owned);
        return [Some("cores".to_owned()), family].into_iter().flatten().map(of).collect();
    }
    if spot {
        return vec![Quota::LowPriority(account.id.clone())];
    }
    let enforced = subject.account_property(account, "dedicatedCoreQuotaPerVMFamilyEnforced");
    if enforced.and_then(Value::as_bool) != Some(true) {
        return vec![Quota::Dedicated(account.id.clone(), None)];
    }
    let family = size_facts::family(subject, pool, size).map(str::to_owned);
    family.map(|family| Quota::Dedicated(account.id.clone(), Some(family))).into_iter().collect()
}

/// The nodes that a live pool has.
fn current(live: &Live, spot: bool) -> u64 {
    let name = if spot { "currentLowPriorityNodes" } else { "currentDedicatedNodes" };
    live.body.pointer(&format!("/properties/{name}")).and_then(Value::as_u64).unwrap_or(0)
}

/// The cores of a family, or of all, that a live pool has, or is on the way to. `pool` is one of the stack's in its account.
fn held(
    subject: &Subject<'_>,
    pool: &PoolSeen<'_>,
    live: &Live,
    spot: bool,
    family: Option<&str>,
) -> Option<u64> {
    let size = live.body.pointer("/properties/vmSize")?.as_str()?;
    let own_family = || size_facts::family(subject, pool, size);
    if family.is_some_and(|family| !own_family().is_some_and(|own| own.eq_ignore_ascii_case(family))) {
        return None;
    }
    let target = if spot { "targetLowPriorityNodes" } else { "targetDedicatedNodes" };
    let target = live.body.pointer(&format!("/properties/scaleSettings/fixedScale/{target}"));
    let nodes = current(live, spot).max(target.and_then(Value::as_u64).unwrap_or(0));
    Some(u64::from(size_facts::cores(subject, pool, size)?).saturating_mul(nodes))
}

/// The cores of the pools of an account that have no fixed number of nodes in the stack: those they have, or are on the way
/// to. `pool` is one of the stack's in that account.
fn others(
    subject: &Subject<'_>,
    pool: &PoolSeen<'_>,
    account: &AccountSeen,
    spot: bool,
    family: Option<&str>,
) -> u64 {
    let Some(azure) = &subject.azure else { return 0 };
    let fixed = subject.pools.iter().filter(|pool| fixed_scale(pool).is_some());
    let counted: BTreeSet<&ResourceId> =
        fixed.filter_map(|pool| subject.live(&pool.address)).map(|live| &live.id).collect();
    let of_account = azure.all_of("pool").filter(|live| live.id.is_child_of(&account.id));
    let others = of_account.filter(|live| !counted.contains(&live.id));
    others.filter_map(|live| held(subject, pool, live, spot, family)).sum()
}

fn fixed_scale<'s>(pool: &PoolSeen<'s>) -> Option<&'s FixedScale> {
    pool.spec.scale_settings.as_ref()?.fixed_scale.as_ref()
}
