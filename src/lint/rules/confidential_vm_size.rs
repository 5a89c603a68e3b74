//! `pool/confidential-vm-size`: confidential VMs are of a size that can be one.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::security::SecurityType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/confidential-vm-size"),
    facts: &["B41"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool with `securityType: confidentialVM` has a VM size whose processor encrypts memory, such as those of the DCasv5 and ECasv5 series. Azure's list of sizes decides; without it only sizes of other well-known series are held to this.",
    why: "No other processor can do it: Azure refuses the pool or its nodes.",
    example: "pools:\n  - { id: render, vmSize: Standard_D4s_v5, securityProfile: { securityType: confidentialVM } }",
    mend: "pools:\n  - { id: render, vmSize: Standard_DC4as_v5, securityProfile: { securityType: confidentialVM } }",
    source: "Microsoft, \"About Azure confidential VMs\" and \"Azure virtual machine sizes naming conventions\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let security = pool.spec.security_profile.as_ref();
        if security.and_then(|security| security.security_type) != Some(SecurityType::ConfidentialVm) {
            continue;
        }
        let Some(size) = SizeFacts::of(subject, pool).filter(SizeFacts::is_never_confidential) else {
            continue;
        };
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), format!("`{}` cannot be a confidential VM", size.name))
                .also(pool.entry.place_at(&["securityProfile", "securityType"]), "asked for here")
                .help(
                    "choose a size of the DCasv5, DCadsv5, ECasv5 or ECadsv5 series, or a later one of these",
                ),
        );
    }
}
