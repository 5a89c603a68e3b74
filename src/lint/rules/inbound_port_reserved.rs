//! `pool/inbound-port-reserved`: the ports that are Batch's own.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::inbound::endpoints_at;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/inbound-port-reserved"),
    facts: &["B70"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "Inbound endpoints leave the ports to Batch that are Batch's own: 29876 and 29877 on the node, 50000 to 55000 outside.",
    why: "Azure refuses the pool otherwise (400).",
    example: "inboundNatPools:\n  - { name: web, protocol: TCP, backendPort: 8080, frontendPortRangeStart: 50000, frontendPortRangeEnd: 50100 }",
    mend: "inboundNatPools:\n  - { name: web, protocol: TCP, backendPort: 8080, frontendPortRangeStart: 15000, frontendPortRangeEnd: 15100 }",
    source: "Microsoft.Batch management contract 2024-07-01, InboundNatPool",
    check,
};

/// Batch's own ports outside.
const FIRST: u32 = 50_000;
const LAST: u32 = 55_000;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        for (endpoint, place) in endpoints_at(pool, "backendPort") {
            if let port @ (29_876 | 29_877) = endpoint.backend_port {
                found.push(
                    RULE.found(place, format!("port {port} of a node is Batch's own"))
                        .help("let the service on the node listen on another port"),
                );
            }
        }
        let ends = endpoints_at(pool, "frontendPortRangeEnd").map(|(_, place)| place);
        for ((endpoint, first), last) in endpoints_at(pool, "frontendPortRangeStart").zip(ends) {
            let (start, end) = (endpoint.frontend_port_range_start, endpoint.frontend_port_range_end);
            if start <= LAST && end >= FIRST && start <= end {
                let place = if start < FIRST { last } else { first };
                let message =
                    format!("ports {start} to {end} reach into {FIRST} to {LAST}, which are Batch's own");
                found.push(RULE.found(place, message).help("choose a range below 50000 or above 55000"));
            }
        }
    }
}
