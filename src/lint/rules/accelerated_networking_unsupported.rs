//! `pool/accelerated-networking-unsupported`: accelerated networking is asked for where it is possible.

use crate::diag::{Diagnostic, RuleCode, Severity};
use crate::lint::rule::{Confidence, Needs, Rule};
use crate::lint::subject::Subject;
use crate::lint::vm_size::VmSize;

pub(super) static RULE: Rule = Rule {
    code: RuleCode("pool/accelerated-networking-unsupported"),
    facts: &["B45"],
    severity: Severity::Warning,
    confidence: Confidence::Documented,
    needs: Needs::Either,
    checks: "A pool with `enableAcceleratedNetworking: true` has an image and a VM size that can do it. Of sizes, only series that never can are held to it.",
    why: "The image says that it has no driver for it, or the size has no such network: Azure refuses the nodes, or they come without it.",
    example: "pools:\n  - id: render\n    vmSize: Standard_A2_v2\n    networkConfiguration: { enableAcceleratedNetworking: true }",
    mend: "pools:\n  - id: render\n    vmSize: Standard_D4s_v5\n    networkConfiguration: { enableAcceleratedNetworking: true }",
    source: "Microsoft, \"Shared image galleries\" (features of an image definition) and \"Av2-series\"",
    check,
};

fn check(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for pool in &subject.pools {
        let network = pool.spec.network_configuration.as_ref();
        if network.and_then(|network| network.enable_accelerated_networking) != Some(true) {
            continue;
        }
        let place = pool.entry.place_at(&["networkConfiguration", "enableAcceleratedNetworking"]);
        if let Some(name) = pool.spec.vm_size.as_deref()
            && VmSize::read(name).is_some_and(|size| size.is_a_series())
        {
            let message = format!("`{name}` has no accelerated networking");
            found.push(
                RULE.found(place, message)
                    .also(pool.entry.place_of("vmSize"), "no size of the A series has it")
                    .help("choose another size, or leave `enableAcceleratedNetworking` out"),
            );
        }
        let said = subject.image_of(pool).and_then(|image| {
            let (value, place) = image.feature("IsAcceleratedNetworkSupported")?;
            value.eq_ignore_ascii_case("false").then(|| (image.address.clone(), place))
        });
        if let Some((image, feature)) = said {
            let message = format!("{image} says that it cannot do accelerated networking");
            found.push(
                RULE.found(place, message)
                    .also(feature, "said here")
                    .help("leave `enableAcceleratedNetworking` out, or boot an image that can"),
            );
        }
    }
}
