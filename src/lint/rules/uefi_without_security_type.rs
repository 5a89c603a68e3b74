//! `pool/uefi-without-security-type`: secure boot and a virtual TPM come with a security type.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/uefi-without-security-type"),
    facts: &["B41"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Files,
    checks: "`uefiSettings` stands beside a `securityType`.",
    why: "Azure takes `uefiSettings` only where `securityType` has a value: otherwise nodes have neither secure boot nor a virtual TPM, or the pool is refused.",
    example: "pools:\n  - { id: render, securityProfile: { uefiSettings: { secureBootEnabled: true } } }",
    mend: "pools:\n  - { id: render, securityProfile: { securityType: trustedLaunch, uefiSettings: { secureBootEnabled: true } } }",
    source: "azure-mgmt-batch, SecurityProfile",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let Some(security) = pool.spec.security_profile.as_ref() else { continue };
        let Some(uefi) = security.uefi_settings.as_ref().filter(|_| security.security_type.is_none()) else {
            continue;
        };
        let key = match (uefi.secure_boot_enabled, uefi.v_tpm_enabled) {
            (Some(true), _) => "secureBootEnabled",
            (_, Some(true)) => "vTpmEnabled",
            _ => continue,
        };
        let place = pool.entry.place_at(&["securityProfile", "uefiSettings", key]);
        found.push(
            RULE.found(place, format!("`{key}` has no effect without `securityType`"))
                .help("write `securityType: trustedLaunch` beside `uefiSettings`; the image must allow it"),
        );
    }
}
