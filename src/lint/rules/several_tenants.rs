//! Something that the stack names is in another tenant than whoever signs in.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::facts::Question;
use crate::model::tenant::OtherTenant;
use crate::spec::node::Node;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("stack/several-tenants"),
    facts: &["A04"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "Every subscription that the stack names is of the tenant that is signed in to.",
    why: "A token is of one tenant, and Azure takes it for no subscription of another (401 InvalidAuthenticationTokenTenant). Nor would Batch boot an image of another tenant.",
    example: "# az account show --subscription 22222222-2222-2222-2222-222222222222 --query tenantId\n#   another one\ngalleries:\n  - { id: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.Compute/galleries/corp, as: corp }\npools:\n  - { id: render, account: main, image: corp/ubuntu@1.0.0 }",
    mend: "galleries: [{ name: own }]\nimages:\n  - name: ubuntu   # made in the account's tenant, from a disk that was copied there\npools:\n  - { id: render, account: main, image: own/ubuntu@1.0.0 }",
    source: "Microsoft, \"Use the Azure Compute Gallery to create a custom image pool\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let Some(azure) = &subject.azure else { return };
    // What is never observed (networks, identities, sources) is asked about by its subscription.
    let mut named = BTreeSet::new();
    for entry in subject.entries {
        collect(&entry.node, &mut named);
    }
    named.remove(&subject.header.subscription.to_lowercase());
    for subscription in named {
        azure.ask(Question::Subscription(subscription));
    }
    let others: BTreeSet<OtherTenant> = azure.unread().filter_map(OtherTenant::told_by).collect();
    for other in others {
        found.push(RULE.found(place_of(subject, &other.subscription), other.words()).help(other.way_out()));
    }
}

/// Where a subscription is named first: in an entry, for an account, or as the stack's own.
fn place_of(subject: &Subject<'_>, subscription: &str) -> Place {
    let entries = || subject.entries.iter().find_map(|entry| naming(&entry.node, subscription));
    let accounts = || {
        let own = |text: &String| text.eq_ignore_ascii_case(subscription);
        let mut accounts = subject.header.accounts.iter();
        let (alias, _) = accounts.find(|(_, account)| account.subscription.as_ref().is_some_and(own))?;
        subject.stack.account_places.get(alias).copied()
    };
    entries().or_else(accounts).unwrap_or(subject.stack.header_place)
}

fn naming(node: &Node, subscription: &str) -> Option<Place> {
    if node.text().is_some_and(|text| text.to_lowercase().contains(subscription)) {
        return Some(node.place);
    }
    let inside = node.elements().iter().chain(node.entries().iter().map(|entry| &entry.value));
    inside.into_iter().find_map(|inner| naming(inner, subscription))
}

/// The subscriptions of the ids that stand in an entry.
fn collect(node: &Node, named: &mut BTreeSet<String>) {
    let id = node.text().and_then(|text| text.strip_prefix("/subscriptions/"));
    named.extend(id.and_then(|rest| rest.split('/').next()).map(str::to_lowercase));
    let inside = node.elements().iter().chain(node.entries().iter().map(|entry| &entry.value));
    inside.for_each(|inner| collect(inner, named));
}
