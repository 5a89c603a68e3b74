//! `pool/security-type-not-in-image`: the image may be started as the sort of VM that the pool asks for.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::kinds::pool::spec::security::SecurityType;
use crate::kinds::vocabulary::HyperVGeneration;
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/security-type-not-in-image"),
    facts: &["B41"],
    severity: Severity::Error,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool with `securityType` boots an image of generation 2 whose feature `SecurityType` allows it.",
    why: "Both need a boot chain that only generation 2 has, and Azure starts an image in no way that its definition does not name. Neither can be changed later: a new image is needed.",
    example: "images:\n  - { name: ubuntu, hyperVGeneration: V2 }\npools:\n  - { id: render, image: ubuntu@1.0.0, securityProfile: { securityType: trustedLaunch } }",
    mend: "images:\n  - name: ubuntu-trusted\n    hyperVGeneration: V2\n    features: [{ name: SecurityType, value: TrustedLaunchSupported }]",
    source: "Microsoft, \"Shared image galleries\" (features of an image definition); azure-mgmt-batch, SecurityProfile",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let security = pool.spec.security_profile.as_ref();
        let Some(wanted) = security.and_then(|security| security.security_type) else { continue };
        let Some(image) = subject.image_of(pool) else { continue };
        let (word, feature) = match wanted {
            SecurityType::TrustedLaunch => ("trustedLaunch", "TrustedLaunchSupported"),
            SecurityType::ConfidentialVm => ("confidentialVM", "ConfidentialVMSupported"),
        };
        let place = pool.entry.place_at(&["securityProfile", "securityType"]);
        if image.spec.hyper_v_generation == HyperVGeneration::V1 {
            let message =
                format!("{word} needs an image of generation 2, and {} is of generation 1", image.address);
            found.push(
                RULE.found(place, message)
                    .also(image.place_of("hyperVGeneration"), "this never changes")
                    .help(format!(
                        "make a new image with `hyperVGeneration: V2` and the feature `SecurityType: {feature}`"
                    )),
            );
            continue;
        }
        let said = image.feature("SecurityType");
        let (value, place_of_feature) = said.unwrap_or_else(|| ("Standard", image.place_of("name")));
        let allowed: &[SecurityType] = match value.to_ascii_lowercase().as_str() {
            "standard" | "none" => &[],
            "trustedlaunch" | "trustedlaunchsupported" => &[SecurityType::TrustedLaunch],
            "confidentialvm" | "confidentialvmsupported" => &[SecurityType::ConfidentialVm],
            // Both, or a word that Azure has added since.
            _ => continue,
        };
        if allowed.contains(&wanted) {
            continue;
        }
        let (message, label) = if said.is_some() {
            (format!("{} may be started as {value} only, not as {word}", image.address), "said here")
        } else {
            (
                format!("{} has no feature `SecurityType`, so it cannot be started as {word}", image.address),
                "features never change",
            )
        };
        found.push(RULE.found(place, message).also(place_of_feature, label).help(format!(
            "make a new image with `features: [{{ name: SecurityType, value: {feature} }}]`, or leave `securityType` out"
        )));
    }
}
