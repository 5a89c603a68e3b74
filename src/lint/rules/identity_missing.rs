//! A pool or an account names a managed identity that Azure does not have.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::kinds::batch_account::spec::BatchAccountSpec;
use crate::kinds::declared::Declared;
use crate::lint::azure::Heard;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::address::Address;
use crate::model::facts::Question;
use crate::model::resource_id::ResourceId;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("stack/identity-missing"),
    facts: &[],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Every user-assigned managed identity that a pool or a Batch account names is there, in its lists of identities as in what the nodes use them for.",
    why: "Azure gives nobody an identity that it does not have, and refuses the pool or the account (FailedIdentityOperation). No file makes identities: they stand where what they may do is decided. One that a pool or an account has already is not asked for again.",
    example: "# az identity show -n render-nodes -g build\n#   (ResourceNotFound)\npools:\n  - id: render\n    identity: { userAssignedIdentities: [/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/build/providers/Microsoft.ManagedIdentity/userAssignedIdentities/render-nodes] }",
    mend: "# once:\n#   az identity create -n render-nodes -g build --subscription 11111111-1111-1111-1111-111111111111",
    source: "Microsoft, \"Configure managed identities in Batch pools\"; Microsoft.ManagedIdentity contract 2023-01-31",
    check,
};

const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
const API: &str = "2023-01-31";

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    if subject.azure.is_none() {
        return;
    }
    let pools = subject.pools.iter().map(|pool| (pool.entry, pool.address.clone()));
    let accounts = subject.entries.iter().filter(|entry| entry.kind.name() == "batch-account");
    for (entry, address) in pools.chain(accounts.map(account)) {
        for (id, place) in to_be_given(subject, entry, &address) {
            if subject.ask(Question::Resource { id: id.clone(), api_version: API }) != Heard::Absent {
                continue;
            }
            let (name, group, subscription) = (id.name(), id.group(), id.subscription());
            let message = format!(
                "there is no identity {name} in resource group {group} of subscription {subscription}"
            );
            found.push(RULE.found(place, message).help(format!(
                "correct the id, or make it first: `az identity create -n {name} -g {group} --subscription {subscription}`"
            )));
        }
    }
}

fn account(entry: &Declared) -> (&Declared, Address) {
    (entry, Address::new(entry.kind.name(), [entry.spec::<BatchAccountSpec>().called()]))
}

/// The identities that an entry names, each where it does so first, but for those that the resource has.
fn to_be_given(subject: &Subject<'_>, entry: &Declared, address: &Address) -> BTreeMap<ResourceId, Place> {
    let mut named = BTreeMap::new();
    collect(&entry.node, &mut named);
    if !named.is_empty()
        && let Some(live) = subject.live(address)
    {
        for id in ResourceId::all_in(&live.body) {
            named.remove(&id);
        }
    }
    named
}

fn collect(node: &Node, named: &mut BTreeMap<ResourceId, Place>) {
    let id = node.text().and_then(|text| ResourceId::parse(text).ok());
    if let Some(id) = id.filter(|id| id.is_type(TYPE)) {
        named.entry(id).or_insert(node.place);
    }
    let inside = node.elements().iter().chain(node.entries().iter().map(|entry| &entry.value));
    inside.for_each(|inner| collect(inner, named));
}
