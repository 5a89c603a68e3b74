//! `pool/no-public-ip-with-endpoints`: nothing from outside to nodes without public addresses.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::network::PublicIpProvision;
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/no-public-ip-with-endpoints"),
    facts: &["B67"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "A pool without public addresses has no `endpointConfiguration` and no `ipAddressIds`.",
    why: "Both need public addresses. Azure refuses the pool (400).",
    example: "networkConfiguration:\n  subnetId: /subscriptions/…/virtualNetworks/render/subnets/nodes\n  publicIPAddressConfiguration: { provision: NoPublicIPAddresses }\n  endpointConfiguration: { inboundNatPools: [{ name: web, protocol: TCP, backendPort: 8080, frontendPortRangeStart: 15000, frontendPortRangeEnd: 15100 }] }",
    mend: "networkConfiguration:\n  subnetId: /subscriptions/…/virtualNetworks/render/subnets/nodes\n  publicIPAddressConfiguration: { provision: NoPublicIPAddresses }",
    source: "Microsoft.Batch management contract 2024-07-01, PoolEndpointConfiguration; Microsoft, \"Create a simplified node communication pool without public IP addresses\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(network) = &pool.spec.network_configuration else { continue };
        let Some(addresses) = &network.public_ip_address_configuration else { continue };
        if addresses.provision != Some(PublicIpProvision::NoPublicIPAddresses) {
            continue;
        }
        let endpoints = network.endpoint_configuration.is_some().then_some(&["endpointConfiguration"][..]);
        let ids = (!addresses.ip_address_ids.is_empty())
            .then_some(&["publicIPAddressConfiguration", "ipAddressIds"][..]);
        for route in endpoints.into_iter().chain(ids) {
            let name = route.last().copied().unwrap_or_default();
            let route: Vec<&str> =
                std::iter::once("networkConfiguration").chain(route.iter().copied()).collect();
            let provision = ["networkConfiguration", "publicIPAddressConfiguration", "provision"];
            found.push(
                RULE.found(
                    key(pool.entry, &route),
                    format!("nodes without public addresses can have no `{name}`"),
                )
                .also(pool.entry.place_at(&provision), "they have none")
                .help(format!("leave `{name}` out, or give the nodes addresses")),
            );
        }
    }
}
