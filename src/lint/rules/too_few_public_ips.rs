//! `pool/too-few-public-ips`: addresses for all nodes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::network::PublicIpProvision;
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/too-few-public-ips"),
    facts: &["B66"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "With `UserManaged` there is a public address for every started 100 dedicated and every started 100 Spot nodes.",
    why: "The addresses bound the pool: Azure allocates no node for which there is none.",
    example: "networkConfiguration:\n  publicIPAddressConfiguration: { provision: UserManaged, ipAddressIds: [/subscriptions/…/publicIPAddresses/ip1] }\nscaleSettings: { fixedScale: { targetDedicatedNodes: 250 } }",
    mend: "    ipAddressIds: [/subscriptions/…/publicIPAddresses/ip1, /subscriptions/…/publicIPAddresses/ip2, /subscriptions/…/publicIPAddresses/ip3]",
    source: "Microsoft.Batch management contract 2024-07-01, PublicIPAddressConfiguration",
    check,
};

const NODES_PER_ADDRESS: u32 = 100;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let network = pool.spec.network_configuration.as_ref();
        let addresses = network.and_then(|network| network.public_ip_address_configuration.as_ref());
        let Some(addresses) = addresses.filter(|it| it.provision == Some(PublicIpProvision::UserManaged))
        else {
            continue;
        };
        let needed = |nodes: Option<u32>| nodes.unwrap_or(0).div_ceil(NODES_PER_ADDRESS);
        let fixed = pool.spec.scale_settings.as_ref().and_then(|scale| scale.fixed_scale.as_ref());
        let target = fixed.map_or(0, |fixed| {
            needed(fixed.target_dedicated_nodes).saturating_add(needed(fixed.target_low_priority_nodes))
        });
        let most = needed(pool.spec.max_nodes);
        let has = addresses.ip_address_ids.len();
        let is_short = |wanted: u32| usize::try_from(wanted).is_ok_and(|wanted| has < wanted);
        let (needs, of, label) = if is_short(target) {
            (target, &["scaleSettings", "fixedScale"][..], "the nodes")
        } else if is_short(most) {
            (most, &["maxNodes"][..], "the most nodes")
        } else {
            continue;
        };
        let route = ["networkConfiguration", "publicIPAddressConfiguration", "ipAddressIds"];
        let there = if has == 0 { "none is given".to_owned() } else { format!("has {has}") };
        let addresses =
            if needs == 1 { "a public address".to_owned() } else { format!("{needs} public addresses") };
        let message = format!("this pool needs {addresses} of yours, and {there}");
        let mut diagnostic = RULE.found(key(pool.entry, &route), message);
        if needs != target {
            diagnostic.severity = Severity::Warning;
        }
        found.push(
            diagnostic
                .also(key(pool.entry, of), label)
                .help("one address for every started 100 dedicated and every started 100 Spot nodes"),
        );
    }
}
