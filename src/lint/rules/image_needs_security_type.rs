//! `pool/image-needs-security-type`: an image for trusted launch or confidential VMs only is started as one.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/image-needs-security-type"),
    facts: &["B42"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool has the `securityType` that its image demands with the feature `SecurityType: TrustedLaunch` or `ConfidentialVM`.",
    why: "With these values (not those that end in `Supported`) an image starts as that sort of VM and as no other: nodes of a new pool without `securityType` do not start.",
    example: "images:\n  - name: ubuntu\n    features: [{ name: SecurityType, value: TrustedLaunch }]\npools:\n  - { id: render, image: ubuntu@1.0.0 }",
    mend: "pools:\n  - { id: render, image: ubuntu@1.0.0, securityProfile: { securityType: trustedLaunch } }",
    source: "Microsoft, \"Shared image galleries\" (features of an image definition)",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let security = pool.spec.security_profile.as_ref();
        if security.is_some_and(|security| security.security_type.is_some()) {
            continue;
        }
        let Some(image) = subject.image_of(pool) else { continue };
        let Some((value, place)) = image.feature("SecurityType") else { continue };
        let word = match value.to_ascii_lowercase().as_str() {
            "trustedlaunch" => "trustedLaunch",
            "confidentialvm" => "confidentialVM",
            _ => continue,
        };
        let message = format!("{} starts as {value} only, and this pool does not ask for it", image.address);
        found.push(
            RULE.found(pool.entry.place_of("image"), message)
                .also(place, "said here")
                .help(format!("write `securityProfile: {{ securityType: {word} }}`")),
        );
    }
}
