//! `pool/no-public-ip-without-subnet`: a subnet for nodes without public addresses.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::network::PublicIpProvision;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/no-public-ip-without-subnet"),
    facts: &["B67"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool without public addresses names the subnet it is in.",
    why: "Its nodes reach Batch and storage by a way out that is the user's own (a NAT gateway, a route, private endpoints), and only a subnet of the user's can have one. Azure refuses the pool otherwise.",
    example: "networkConfiguration:\n  publicIPAddressConfiguration: { provision: NoPublicIPAddresses }",
    mend: "networkConfiguration:\n  subnetId: /subscriptions/…/virtualNetworks/render/subnets/nodes\n  publicIPAddressConfiguration: { provision: NoPublicIPAddresses }",
    source: "Microsoft, \"Create a simplified node communication pool without public IP addresses\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(network) = &pool.spec.network_configuration else { continue };
        let provision = network.public_ip_address_configuration.as_ref().and_then(|it| it.provision);
        if provision != Some(PublicIpProvision::NoPublicIPAddresses) || network.subnet_id.is_some() {
            continue;
        }
        let route = ["networkConfiguration", "publicIPAddressConfiguration", "provision"];
        found.push(
            RULE.found(pool.entry.place_at(&route), "nodes without public addresses need a subnet of yours")
                .help("write `subnetId` beside `publicIPAddressConfiguration`; the subnet needs its own way out"),
        );
    }
}
