//! `pool/wrong-subnet`: a subnet that Batch can use.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::model::resource_id::ResourceId;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/wrong-subnet"),
    facts: &["B68"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool's `subnetId` is the id of a subnet in the subscription of its Batch account.",
    why: "Batch joins nodes only to a network in its own subscription and region. Azure refuses the pool otherwise.",
    example: "subscription: 11111111-1111-1111-1111-111111111111\naccounts: { main: { name: prod } }\npools:\n  - id: render\n    account: main\n    networkConfiguration: { subnetId: /subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s }",
    mend: "    networkConfiguration: { subnetId: /subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s }",
    source: "Microsoft.Batch management contract 2024-07-01, NetworkConfiguration",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let network = pool.spec.network_configuration.as_ref();
        let Some(text) = network.and_then(|network| network.subnet_id.as_deref()) else { continue };
        let place = pool.entry.place_at(&["networkConfiguration", "subnetId"]);
        let id =
            ResourceId::parse(text).ok().filter(|id| id.is_type("Microsoft.Network/virtualNetworks/subnets"));
        let Some(id) = id else {
            found.push(RULE.found(place, "this is no subnet's id").help(
                "write `/subscriptions/…/resourceGroups/…/providers/Microsoft.Network/virtualNetworks/…/subnets/…`",
            ));
            continue;
        };
        let Some(account) = &pool.account else { continue };
        let theirs = account.id.subscription();
        if id.subscription().eq_ignore_ascii_case(theirs) {
            continue;
        }
        let message = format!("the subnet is in another subscription than the account, which is in {theirs}");
        found.push(
            RULE.found(place, message)
                .also(pool.entry.place_of("account"), format!("account `{}`", account.id.name()))
                .help("take a subnet of the account's subscription and region"),
        );
    }
}
