//! `pool/too-many-inbound-rules`: as many rules as Azure takes.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::inbound::{ENDPOINTS, rules};
use crate::lint::places::key;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/too-many-inbound-rules"),
    facts: &["B70"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "All inbound endpoints of a pool together have at most 25 rules.",
    why: "Azure refuses the pool otherwise (400). The format holds each endpoint to 25; this holds them all.",
    example: "inboundNatPools:\n  - { name: web, …, networkSecurityGroupRules: [ … 20 rules … ] }\n  - { name: log, …, networkSecurityGroupRules: [ … 20 rules … ] }",
    mend: "inboundNatPools:\n  - { name: web, …, networkSecurityGroupRules: [{ priority: 150, access: Allow, sourceAddressPrefix: 10.1.0.0/16 }] }\n  - { name: log, …, networkSecurityGroupRules: [{ priority: 160, access: Allow, sourceAddressPrefix: 10.1.0.0/16 }] }",
    source: "Microsoft.Batch management contract 2024-07-01, InboundNatPool",
    check,
};

const MOST: usize = 25;

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let rules = rules(pool).len();
        if rules <= MOST {
            continue;
        }
        let place = key(pool.entry, &ENDPOINTS);
        let message = format!("the endpoints have {rules} rules together, and Azure takes {MOST}");
        found.push(
            RULE.found(place, message).help("let one rule name a range of addresses, such as `10.1.0.0/16`"),
        );
    }
}
