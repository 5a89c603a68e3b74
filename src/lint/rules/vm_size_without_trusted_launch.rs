//! `pool/vm-size-without-trusted-launch`: nodes with trusted launch are of a size that has it.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::security::SecurityType;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::size_facts::SizeFacts;
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/vm-size-without-trusted-launch"),
    facts: &["B41"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Azure,
    checks: "A pool with `securityType: trustedLaunch` has a VM size that Azure's list does not say `TrustedLaunchDisabled` of.",
    why: "Azure starts no machine of such a size with trusted launch: it refuses the pool or its nodes.",
    example: "# az vm list-skus -l eastus --size Standard_HB120rs_v3: TrustedLaunchDisabled True\npools:\n  - { id: render, vmSize: Standard_HB120rs_v3, securityProfile: { securityType: trustedLaunch } }",
    mend: "pools:\n  - { id: render, vmSize: Standard_D32ds_v5, securityProfile: { securityType: trustedLaunch } }",
    source: "Microsoft, \"Trusted Launch for Azure virtual machines\" (sizes, TrustedLaunchDisabled)",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let security = pool.spec.security_profile.as_ref();
        if security.and_then(|security| security.security_type) != Some(SecurityType::TrustedLaunch) {
            continue;
        }
        let Some(size) = SizeFacts::of(subject, pool).filter(SizeFacts::is_never_trusted) else { continue };
        found.push(
            RULE.found(pool.entry.place_of("vmSize"), format!("`{}` has no trusted launch", size.name))
                .also(pool.entry.place_at(&["securityProfile", "securityType"]), "asked for here")
                .help("choose another size, such as one of the Dsv5 or Ddsv5 series, or leave `securityType` out"),
        );
    }
}
