//! `pool/inbound-twice`: names, ports and priorities that are there once.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::inbound::{endpoints_at, rules};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/inbound-twice"),
    facts: &["B70"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "In a pool no two inbound endpoints have one name or one port of the node, and no two of their rules one priority.",
    why: "Azure refuses the pool otherwise (400). Priorities are compared over all endpoints of the pool.",
    example: "inboundNatPools:\n  - { name: web, protocol: TCP, backendPort: 8080, frontendPortRangeStart: 15000, frontendPortRangeEnd: 15100 }\n  - { name: web, protocol: TCP, backendPort: 8081, frontendPortRangeStart: 16000, frontendPortRangeEnd: 16100 }",
    mend: "  - { name: log, protocol: TCP, backendPort: 8081, frontendPortRangeStart: 16000, frontendPortRangeEnd: 16100 }",
    source: "Microsoft.Batch management contract 2024-07-01, InboundNatPool and NetworkSecurityGroupRule",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let mut seen: BTreeMap<(&str, String), Place> = BTreeMap::new();
        let mut once = |what: &'static str, key: &str, value: String, place: Place| {
            let message = format!("{what} {value} stands twice in this pool");
            if let Some(first) = seen.get(&(what, value.clone())) {
                let diagnostic = RULE.found(place, message).also(*first, "first here");
                found.push(diagnostic.help(format!("give each its own `{key}`")));
            } else {
                seen.insert((what, value), place);
            }
        };
        for (endpoint, place) in endpoints_at(pool, "name") {
            once("the name", "name", format!("`{}`", endpoint.name), place);
        }
        for (endpoint, place) in endpoints_at(pool, "backendPort") {
            once("the node's port", "backendPort", endpoint.backend_port.to_string(), place);
        }
        for (rule, place) in rules(pool) {
            once("the priority", "priority", rule.priority.to_string(), place);
        }
    }
}
