//! `pool/inbound-range-unusable`: ranges of ports that do not get in each other's way.

use crate::diag::{Diagnostic, Place, RuleCode, Severity};
use crate::lint::inbound::endpoints_at;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/inbound-range-unusable"),
    facts: &["B70"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "The port range of each inbound endpoint goes up, has 40 ports at least, and shares no port with another.",
    why: "Azure refuses ranges that overlap or go down (400). Its newer contract also wants 40 ports in each, and Terraform 100.",
    example: "inboundNatPools:\n  - { name: web, protocol: TCP, backendPort: 8080, frontendPortRangeStart: 15000, frontendPortRangeEnd: 15200 }\n  - { name: log, protocol: TCP, backendPort: 8081, frontendPortRangeStart: 15100, frontendPortRangeEnd: 15300 }",
    mend: "  - { name: log, protocol: TCP, backendPort: 8081, frontendPortRangeStart: 15201, frontendPortRangeEnd: 15400 }",
    source: "azure-batch 2025-06-01, BatchInboundNatPool; Microsoft.Batch management contract 2024-07-01, InboundNatPool",
    check,
};

/// The ports that a range has at least.
const LEAST: u32 = 40;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let mut ranges = Vec::new();
        let ends = endpoints_at(pool, "frontendPortRangeEnd").map(|(_, place)| place);
        for ((endpoint, place), last) in endpoints_at(pool, "frontendPortRangeStart").zip(ends) {
            let (start, end) = (endpoint.frontend_port_range_start, endpoint.frontend_port_range_end);
            if end < start {
                let message = format!("the range ends at {end}, before it begins at {start}");
                found.push(RULE.found(last, message).also(place, "its begin").help("exchange the two"));
                continue;
            }
            let ports = end - start + 1;
            if ports < LEAST {
                let message = format!("a range of {ports} ports is too small: Azure wants {LEAST} at least");
                let mut diagnostic = RULE.found(last, message).also(place, "its begin");
                // Only one of Azure's two contracts says so.
                diagnostic.severity = Severity::Warning;
                let least = start.saturating_add(LEAST - 1);
                found.push(diagnostic.help(format!("end it at {least} or later, with a port for each node")));
            }
            ranges.push((start, end, place, &endpoint.name));
        }
        ranges.sort_unstable_by_key(|(start, end, ..)| (*start, *end));
        let mut before: Option<(u32, Place, &String)> = None;
        for (start, end, place, name) in ranges {
            if let Some((reaches, first, other)) = before.filter(|(reaches, ..)| start <= *reaches) {
                let message = format!("the ranges of `{other}` and `{name}` share port {start}");
                found.push(
                    RULE.found(place, message)
                        .also(first, format!("`{other}` reaches to {reaches}"))
                        .help("move one of them: a port outside leads to one endpoint only"),
                );
            }
            if before.is_none_or(|(reaches, ..)| end > reaches) {
                before = Some((end, place, name));
            }
        }
    }
}
